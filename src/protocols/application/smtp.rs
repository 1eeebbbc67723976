//! SMTP, RFC 5321: the way of a mail between two machines. Commands of four letters, replies of three digits, and
//! between them the mail itself, up to a line with nothing but a dot.
//! Not here: the words' meanings (`smtp_words`), the mail (`smtp_mail`), TLS (RFC 3207).

use super::dialogue::{self, answered, asked, code, judge_line, take_command, take_reply, verb};
use super::{smtp_mail, smtp_words, tls};
use crate::dissect::{
    Claim, Cut, Field, Framing, GistForm, Level, Next, Protocol, Reader,
    Show::{Bytes, Dec, Names, Nothing, Text, Unit},
    Side, Talk, field,
};

static COMMAND: Field = field("command", "command", Text)
    .gist("")
    .spec("RFC 5321 §4.1")
    .explain("What the sending machine wants. It says MAIL, then RCPT for each receiver, then DATA: one copy crosses, however many read it there.");
static ARGUMENT: Field = field("argument", "of what", Text).tells()
    .gist("")
    .spec("RFC 5321 §4.1.1")
    .explain("The envelope's addresses, for example. They need not match the From and To in the mail itself, and nobody here checks that they are true.");
static MEANING: Field = field("meaning", "that is", Text).spec("RFC 5321 §4.1.1").explain(
    "The same in plain words; the four letters are those of 1982, and every mail server still starts with them.",
);
static CODE: Field = field("code", "reply", Names(smtp_words::CODES))
    .gist_as(GistForm::Numbered, "")
    .spec("RFC 5321 §4.2")
    .explain("For programs: 2 done, 3 go on, 4 try again later, 5 never. With a 4 the mail waits in the sender's queue, with a 5 it comes back.");
static ENHANCED: Field = field("enhanced_code", "more precisely", Text)
    .gist("")
    .spec("RFC 3463")
    .explain("Three numbers: how it went, about what (1 address, 2 mailbox, 5 protocol, 7 policy), and the detail. They end up in the bounce.");
static TEXT: Field = field("text", "in words", Text).spec("RFC 5321 §4.2").explain(
    "For people who read the log. After EHLO it is for programs: each line names an extension that the server offers.",
);
static CREDENTIALS: Field = field("credentials", "answer to the login", Bytes)
    .spec("RFC 4954 §4")
    .quiet()
    .explain("Name and password in base64, which is a spelling and no encryption: whoever sees it can read it. It is not decoded here.");
static IN_CLEAR: Field = field("credentials_in_clear", "login, readable by all", Nothing)
    .tells()
    .gist("login in the clear")
    .spec("RFC 4954 §4, §6")
    .explain("Without TLS everyone on the way gets the password. With PLAIN and LOGIN it is only spelled differently.");
static LINE_TOO_LONG: Field = field("line_too_long", "line that does not end", Nothing)
    .gist("line that does not end")
    .spec("RFC 5321 §4.5.3.1.4, §4.5.3.1.5")
    .explain("512 bytes are allowed, a few hundred more where an extension needs them, and this has over 2048. A server says 500 and throws the line away, or its memory fills.");
static ANSWERS: Field = field("answers_packet", "answers packet", Dec).spec("layercake").quiet().explain(
    "The packet with the command, or the end of the mail, that this replies to; replies come in the same order.",
);
static TOOK: Field = field("response_time", "after", Unit("µs"))
    .spec("layercake")
    .quiet()
    .explain("From the command to this reply. Servers that fight spam let strangers wait on purpose (tarpitting).");

/// The Simple Mail Transfer Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "smtp",
    name: "SMTP",
    level: Level::Application,
    explain: "Hands a mail from one machine to the next, with an envelope of its own. The sender's name in it is as true as on a postcard.",
    spec: "RFC 5321",
    claims: &[Claim::TcpLooks(looks), Claim::TcpPort(25), Claim::TcpPort(587)],
    fields: &[
        &COMMAND,
        &ARGUMENT,
        &MEANING,
        &CODE,
        &ENHANCED,
        &TEXT,
        &CREDENTIALS,
        &IN_CLEAR,
        &smtp_mail::HEADER,
        &smtp_mail::SUBJECT,
        &smtp_mail::FROM,
        &smtp_mail::TO,
        &smtp_mail::BODY,
        &smtp_mail::END,
        &smtp_mail::NO_END,
        &smtp_mail::CHUNK_LENGTH,
        &smtp_mail::CHUNK,
        &LINE_TOO_LONG,
        &ANSWERS,
        &TOOK,
    ],
    read,
    frame: Some(frame),
};

/// What the client says next.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Client {
    /// A command.
    #[default]
    Command,
    /// The mail, up to a dot; how much of it has come.
    Mail(u64),
    /// So many bytes of mail (RFC 3030).
    Chunk(u64),
    /// Base64, for the login.
    Login,
}

/// A server's greeting that says what it speaks.
fn looks(bytes: &[u8]) -> bool {
    let head = bytes.get(..512).unwrap_or(bytes);
    code(bytes) == Some(220)
        && memchr::memmem::find(head, b"SMTP").is_some()
        && memchr::memmem::find(head, b"FTP ").is_none()
}

fn frame(bytes: &[u8], talk: &mut Talk, last: bool) -> Framing {
    let client = if talk.side == Side::Client { *talk.memory::<Client>() } else { Client::Command };
    match client {
        Client::Mail(_) => smtp_mail::frame(bytes, last),
        Client::Chunk(left) => match usize::try_from(left) {
            Ok(n) if n <= bytes.len() || last => Framing::Message(n.min(bytes.len())),
            _ => Framing::More(Some(left)),
        },
        Client::Login if dialogue::line(bytes).is_none() && !last && bytes.len() < 64 * 1024 => Framing::More(None),
        Client::Login => Framing::Message(dialogue::line(bytes).map_or(bytes.len(), |(_, end)| end)),
        Client::Command => dialogue::frame(bytes, talk, last, |word| smtp_words::meaning(word).is_some()),
    }
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let client = match r.talk() {
        Some(talk) if talk.side == Side::Client => *talk.memory::<Client>(),
        _ => Client::Command,
    };
    match client {
        Client::Mail(before) => {
            let all = before.saturating_add(r.left() as u64);
            let ended = smtp_mail::read(r, before)?;
            if ended {
                asked(r, *b"mail");
            }
            expect(r, if ended { Client::Command } else { Client::Mail(all) });
        }
        Client::Chunk(_) => {
            smtp_mail::chunk(r);
            expect(r, Client::Command);
        }
        Client::Login => {
            let (length, end) = dialogue::line(r.rest()).unwrap_or((r.left(), r.left()));
            r.bytes(&CREDENTIALS, length)?;
            r.skip(end - length);
            r.note(&IN_CLEAR, 1);
            asked(r, *b"AUTH");
        }
        Client::Command if code(r.rest()).is_some() => return reply(r),
        Client::Command => command(r)?,
    }
    Ok(Next::Again)
}

/// What the client will say next.
fn expect(r: &mut Reader<'_>, next: Client) {
    if let Some(talk) = r.talk() {
        *talk.memory::<Client>() = next;
    }
}

fn command(r: &mut Reader<'_>) -> Result<(), Cut> {
    judge_line(r, &LINE_TOO_LONG);
    let (line, _) = dialogue::line(r.rest()).unwrap_or((r.left(), r.left()));
    let text = r.rest().get(..line).unwrap_or(&[]);
    let login = text.get(..5).is_some_and(|t| t.eq_ignore_ascii_case(b"AUTH "));
    // AUTH PLAIN may bring the password on the same line: it is no argument to be shown.
    let secret = if login { text.get(5..).and_then(|rest| memchr::memchr(b' ', rest)).map(|at| at + 5) } else { None };
    let (said, argument) = match secret {
        None => take_command(r, &COMMAND, &ARGUMENT)?,
        Some(at) => {
            let said = r.within(at, |r| take_command(r, &COMMAND, &ARGUMENT))?;
            r.skip(1);
            r.bytes(&CREDENTIALS, line - at - 1)?;
            r.note(&IN_CLEAR, 1);
            let end = dialogue::line(r.rest()).map_or(0, |(_, end)| end);
            r.skip(end);
            said
        }
    };
    if let Some(meaning) = smtp_words::meaning(said) {
        r.made(&MEANING, r.span(0), |out| out.extend_from_slice(meaning.as_bytes()));
    }
    let verb = verb(said);
    asked(r, verb);
    match &verb {
        b"DATA" => expect(r, Client::Mail(0)),
        b"AUTH" => expect(r, Client::Login),
        b"BDAT" => {
            let size = argument.split(|b| *b == b' ').next().unwrap_or(&[]);
            let size = std::str::from_utf8(size).ok().and_then(|s| s.parse().ok()).unwrap_or(0);
            expect(r, if size > 0 { Client::Chunk(size) } else { Client::Command });
        }
        _ => {}
    }
    Ok(())
}

fn reply(r: &mut Reader<'_>) -> Result<Next, Cut> {
    judge_line(r, &LINE_TOO_LONG);
    let (greets, rest, at) = (looks(r.rest()), r.rest(), r.position());
    let number = take_reply(r, &CODE, &TEXT)?;
    if let Some((start, end)) = enhanced(rest) {
        r.note_bytes(&ENHANCED, crate::dissect::Span::new(at + start, at + end));
    }
    let asked = answered(r, number, &ANSWERS, &TOOK);
    match (asked.map(|asked| asked.verb), number) {
        (Some(verb), 220) if verb == *b"STAR" => return Ok(Next::Switch(&tls::PROTOCOL)),
        // No mail comes after a "no", and after a login's end commands come again.
        (Some(verb), 400..) if verb == *b"DATA" => expect(r, Client::Command),
        (Some(verb), _) if verb == *b"AUTH" && number != 334 => expect(r, Client::Command),
        (None, 354) => expect(r, Client::Mail(0)),
        (None, 220) if greets => return Ok(Next::Switch(&PROTOCOL)),
        _ => {}
    }
    Ok(Next::Again)
}

/// Where `2.1.0` stands behind a reply's code.
fn enhanced(reply: &[u8]) -> Option<(usize, usize)> {
    let text = reply.get(4..)?;
    let length = text.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let word = text.get(..length)?;
    let class = matches!(word, [b'2' | b'4' | b'5', b'.', ..]) && word.first() == reply.first();
    (class && memchr::memchr_iter(b'.', word).count() == 2 && text.get(length) == Some(&b' '))
        .then_some((4, 4 + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{Seen, hex, read_bytes};

    fn tcp(payload: &str) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d20019 00000001 00000001 5018 fa00 0000 0000";
        let mut bytes = hex(head);
        bytes.extend_from_slice(payload.as_bytes());
        read_bytes(1, bytes)
    }

    #[test]
    fn enhanced_codes_must_agree_with_the_reply() {
        assert_eq!(enhanced(b"250 2.1.0 Ok"), Some((4, 9)));
        assert_eq!(enhanced(b"250 5.1.0 Ok"), None);
        assert_eq!(enhanced(b"250 2.1 Ok"), None);
        assert_eq!(tcp("550-5.7.1 no\r\n550 5.7.1 never\r\n").texts("smtp.enhanced_code"), ["5.7.1"]);
    }

    #[test]
    fn a_password_on_the_auth_line_is_no_argument() {
        let seen = tcp("AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n");
        assert_eq!(seen.texts("smtp.argument"), ["PLAIN"]);
        assert_eq!(seen.texts("smtp.credentials"), ["AGJvYgBzZWNyZXQ="]);
        assert_eq!(seen.numbers("smtp.credentials_in_clear"), [1]);
        assert_eq!(seen.layers(), "ethernet ipv4 tcp smtp");
    }

    #[test]
    fn the_mail_ends_with_a_dot_and_commands_come_again() {
        let mut talk = Talk::default();
        *talk.memory::<Client>() = Client::Mail(0);
        assert_eq!(frame(b"Subject: x\r\n\r\nhi\r\n", &mut talk, false), Framing::More(None));
        assert_eq!(frame(b"Subject: x\r\n\r\nhi\r\n.\r\nQUIT\r\n", &mut talk, false), Framing::Message(21));
        *talk.memory::<Client>() = Client::Chunk(4);
        assert_eq!(frame(b"abcdQUIT\r\n", &mut talk, false), Framing::Message(4));
    }

    #[test]
    fn greetings_say_which_of_the_two_it_is() {
        assert!(looks(b"220 mail.example.com ESMTP\r\n"));
        assert!(!looks(b"220 FTP server ready\r\n"));
        assert!(!looks(b"250 SMTP\r\n"));
    }
}
