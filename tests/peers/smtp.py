"""SMTP, both ends: two messages in the clear, then one behind STARTTLS (`smtp.py CERTIFICATE KEY`)."""

import smtplib
import ssl
import sys

from aiosmtpd.controller import Controller


class Inbox:
    async def handle_DATA(self, server, session, envelope):
        return "250 Message accepted" if b"refuse" not in envelope.content else "554 Not here"


here = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
here.load_cert_chain(sys.argv[1], sys.argv[2])
trusting = ssl._create_unverified_context()
controller = Controller(Inbox(), hostname="127.0.0.1", port=8025, tls_context=here, server_hostname="mail.example.org")
controller.start()

with smtplib.SMTP("127.0.0.1", 8025, local_hostname="client.example.org") as client:
    client.sendmail("a@example.org", ["b@example.net", "c@example.net"], "Subject: Soup\r\n\r\nThe soup is ready.\r\n.a dot\r\n")
    client.sendmail("a@example.org", ["b@example.net"], "Subject: Long\r\n\r\n" + "All work and no play.\r\n" * 4000)
with smtplib.SMTP("127.0.0.1", 8025, local_hostname="client.example.org") as client:
    client.starttls(context=trusting)
    client.sendmail("a@example.org", ["b@example.net"], "Subject: Secret\r\n\r\nNobody shall read this.\r\n")
controller.stop()
