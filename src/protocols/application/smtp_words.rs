//! What SMTP's commands and reply codes mean: RFC 5321 §4.1.1 and §4.2.3, with RFC 3030, 3207 and 4954.

use crate::dissect::{Name, name};

/// Commands in plain words.
static COMMANDS: &[(&str, &str)] = &[
    ("HELO", "hello, I am this machine"),
    ("EHLO", "hello, I am this machine; which extensions do you have?"),
    ("MAIL", "the envelope's sender: bounces go there"),
    ("RCPT", "the envelope's receiver"),
    ("DATA", "now comes the mail"),
    ("BDAT", "now come so many bytes of the mail"),
    ("RSET", "forget this mail"),
    ("VRFY", "is there somebody of this name?"),
    ("EXPN", "who is on this mailing list?"),
    ("HELP", "what can I say?"),
    ("NOOP", "nothing: I am still here"),
    ("QUIT", "goodbye"),
    ("STARTTLS", "let us encrypt this connection"),
    ("AUTH", "let me log in this way"),
];

/// What a command says.
pub(super) fn meaning(command: &[u8]) -> Option<&'static str> {
    COMMANDS.iter().find(|(name, _)| command.eq_ignore_ascii_case(name.as_bytes())).map(|(_, meaning)| *meaning)
}

/// The replies.
pub(super) const CODES: &[Name] = &[
    name(211, "system status", "Or help."),
    name(214, "help", "For people."),
    name(220, "ready", "The greeting: the server speaks first. After STARTTLS: begin the TLS handshake."),
    name(221, "goodbye", "The connection closes."),
    name(235, "logged in", "The name and the proof were right."),
    name(250, "okay", "Done. After the lonely dot: the mail is mine now."),
    name(251, "will forward", "The receiver has moved; the mail will be sent on."),
    name(252, "cannot verify", "The mail will be taken and tried: telling spammers who exists would be worse."),
    name(334, "go on logging in", "A challenge in base64; the answer comes on a line of its own."),
    name(354, "start mail input", "Send it, and end with a line that has only a dot."),
    name(421, "not available", "The server hangs up; try later."),
    name(432, "password change needed", "Log in otherwise first."),
    name(450, "mailbox unavailable", "Try later: greylisting makes every stranger do so."),
    name(451, "local error", "Something failed here; try later."),
    name(452, "not enough storage", "The disk or the mailbox is full for now."),
    name(454, "not now", "TLS or the login does not work at the moment."),
    name(455, "cannot take parameters", "For now."),
    name(500, "not understood", "There is no such command here."),
    name(501, "bad argument", "The command is known, what stands behind it is not."),
    name(502, "not implemented", "Known, but not done here."),
    name(503, "bad sequence", "Something else has to come first."),
    name(504, "parameter not implemented", "Known, but not in this form."),
    name(521, "takes no mail", "This machine never accepts mail."),
    name(530, "log in first", "Authentication, or encryption, is required."),
    name(534, "login too weak", "Use a better way to log in."),
    name(535, "login failed", "Wrong name or password."),
    name(538, "encrypt first", "This way to log in needs TLS."),
    name(
        550,
        "mailbox unavailable",
        "There is no such receiver, or the mail is not wanted; it goes back to the sender.",
    ),
    name(551, "not here", "The receiver is elsewhere; try there."),
    name(552, "too much", "The mail is too large or the mailbox full."),
    name(553, "name not allowed", "The address is not written as it must be."),
    name(554, "refused", "No reason that has a number of its own; often: taken for spam."),
    name(555, "parameters unknown", "MAIL or RCPT had something behind the address that is not known."),
];
