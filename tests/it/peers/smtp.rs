//! SMTP: Python's smtplib and aiosmtpd, in the clear and behind STARTTLS.

use super::talk;

#[test]
fn mails_are_read_whole_and_what_starttls_hides_is_read_as_tls() {
    let Some(talk) = talk(
        &["pip:aiosmtpd", "openssl"],
        r#"
        openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=mail.example.org 2> /dev/null
        capture_begins
        "$PYTHON" "$PEERS/smtp.py" cert.pem key.pem 2> /dev/null"#,
    ) else {
        return;
    };
    talk.is_whole();
    let mails = String::from_utf8_lossy(&talk.raw(2, "--client")).into_owned();
    assert_eq!(mails.matches("All work and no play.").count(), 4000);
    let shown = talk.follow(2);
    for said in ["The soup is ready.", "rcpt TO", "b@example.net", "c@example.net", "Message accepted"] {
        assert!(shown.contains(said), "{said} is missing:\n{shown:.3000}");
    }
    assert!(talk.layers().any(|(_, l)| l["protocol"] == "tls"), "after STARTTLS");
    let flows: Vec<_> = talk.flows();
    assert_eq!(flows[0]["application"], "SMTP", "{flows:?}");
}
