"""An FTP server for its present folder, with one user. Writes the file `ready` when it listens."""

import pathlib

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

users = DummyAuthorizer()
users.add_user("cook", "soup", ".", perm="elradfmw")
FTPHandler.authorizer = users
server = FTPServer(("127.0.0.1", 21), FTPHandler)
pathlib.Path("ready").touch()
server.serve_forever()
