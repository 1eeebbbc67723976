//! FTP's control connection, RFC 959: commands in four letters and replies in three digits. Files and listings go
//! over a second connection, whose address is agreed upon here (§3.2, RFC 2428).
//! Not here: the words' meanings (`ftp_words`), the second connection (`ftp_data`), TLS (RFC 4217).

use std::net::{IpAddr, Ipv4Addr};

use super::dialogue::{self, answered, asked, code, judge_line, take_command, take_reply, verb};
use super::{ftp_data, ftp_words, tls};
use crate::dissect::{
    Claim, Cut, Field, GistForm, Level, Next, Protocol, Reader,
    Show::{Dec, Ip, Names, Nothing, Text, Unit},
    Talk, field,
};

static COMMAND: Field = field("command", "command", Text)
    .gist("")
    .spec("RFC 959 §4.1")
    .explain("What the client wants, in three or four letters since 1971. A person could type it by hand, and for years people did.");
static ARGUMENT: Field = field("argument", "of what", Text)
    .tells()
    .gist("")
    .spec("RFC 959 §4.1")
    .explain("A file, a folder, a name: what the command works on, all that stands behind it on the line.");
static MEANING: Field = field("meaning", "that is", Text)
    .spec("RFC 959 §4.1")
    .explain("The command in plain words: its four letters come from a time in which every byte on the line was dear.");
static PASSWORD: Field = field("password_in_clear", "password, readable by all", Nothing)
    .tells()
    .gist("password in the clear")
    .spec("RFC 2577 §8")
    .explain("Everyone on the way can read and reuse it. That is why SFTP (over SSH) and FTPS have taken FTP's place.");
static CODE: Field = field("code", "reply", Names(ftp_words::CODES))
    .gist_as(GistForm::Numbered, "")
    .spec("RFC 959 §4.2")
    .explain("For programs. First digit: 1 wait, 2 done, 3 go on, 4 try again later, 5 no; the second says what it is about.");
static TEXT: Field = field("text", "in words", Text).spec("RFC 959 §4.2").explain(
    "The same for people, one or more lines. Programs ignore it, except where a reply hides an address in its words.",
);
static ADDRESS: Field = field("address", "second connection to", Ip)
    .gist("data to ")
    .spec("RFC 959 §4.1.2, RFC 2428")
    .explain("Which machine waits for the connection that will carry the file. Address translators on the way have to rewrite it, or the transfer hangs.");
static PORT: Field = field("port", "at port", Dec)
    .gist("port ")
    .spec("RFC 959 §4.1.2, RFC 2428")
    .explain("In PORT and PASV written as two bytes: the first times 256 plus the second. Firewalls read along to let just this one through.");
static BAD_ADDRESS: Field = field("bad_address", "address that makes no sense", Nothing)
    .gist("impossible address")
    .spec("RFC 959 §4.1.2, RFC 2428 §2")
    .explain("Not six numbers up to 255, nor an address between bars. A server must refuse it: nobody knows where to connect.");
static ELSEWHERE: Field = field("bounce", "points to a third machine", Nothing)
    .gist("points to a third machine")
    .spec("RFC 2577 §3")
    .explain("The address is not the one that speaks here: a translated network, or an attempt to make the server connect to a victim (bounce attack).");
static LINE_TOO_LONG: Field = field("line_too_long", "line that does not end", Nothing)
    .gist("line that does not end")
    .spec("RFC 959 §4, RFC 1123 §4.1")
    .explain("The standard gives no limit, so each server has one of its own, mostly a few thousand bytes. Those that forgot it could be taken over with a long USER.");
static ANSWERS: Field = field("answers_packet", "answers packet", Dec)
    .spec("layercake")
    .quiet()
    .explain("The packet with the command that this replies to. Nothing on the wire says so; replies come in the order of the commands.");
static TOOK: Field = field("response_time", "after", Unit("µs")).spec("layercake").quiet().explain(
    "From the command to this reply, as the capture saw both: the way there and back and what the server needed.",
);

/// The File Transfer Protocol's control connection.
pub static PROTOCOL: Protocol = Protocol {
    key: "ftp",
    name: "FTP",
    level: Level::Application,
    explain: "Fetches and stores files: commands and replies on one connection, each file on another. Nothing is encrypted, not even the password.",
    spec: "RFC 959",
    claims: &[Claim::TcpLooks(looks), Claim::TcpPort(21)],
    fields: &[
        &COMMAND,
        &ARGUMENT,
        &MEANING,
        &PASSWORD,
        &CODE,
        &TEXT,
        &ADDRESS,
        &PORT,
        &BAD_ADDRESS,
        &ELSEWHERE,
        &LINE_TOO_LONG,
        &ANSWERS,
        &TOOK,
    ],
    read,
    frame: Some(|bytes, talk, last| dialogue::frame(bytes, talk, last, |word| ftp_words::meaning(word).is_some())),
};

/// What settles that this is FTP: a server's greeting that says so, its question for a password (no other protocol
/// asks with 331), or a command that only FTP has.
fn looks(bytes: &[u8]) -> bool {
    let head = bytes.get(..512).unwrap_or(bytes);
    match code(bytes) {
        Some(220) => {
            let says = |word: &[u8]| head.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word));
            memchr::memmem::find(head, b"FTP").is_some() || says(b"ftp") && !says(b"smtp")
        }
        Some(331) => dialogue::line(bytes).is_some() && dialogue::is_text(head),
        _ => [b"FEAT\r\n".as_slice(), b"AUTH TLS\r\n", b"AUTH SSL\r\n", b"SYST\r\n", b"OPTS UTF8 ON\r\n"]
            .contains(&bytes),
    }
}

/// Whether the dialogue has been recognised, for both sides.
#[derive(Default)]
struct Settled(bool);

/// The first words that settle what is spoken settle it for both sides, whatever the port.
fn settled(r: &mut Reader<'_>, by: bool) -> Next {
    let first = |talk: &mut Talk| !std::mem::replace(&mut talk.memory::<Settled>().0, true);
    if by && r.talk().is_some_and(first) { Next::Switch(&PROTOCOL) } else { Next::Again }
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    judge_line(r, &LINE_TOO_LONG);
    if code(r.rest()).is_none() {
        let by = looks(r.rest());
        command(r)?;
        return Ok(settled(r, by));
    }
    let (by, rest) = (looks(r.rest()), r.rest());
    let number = take_reply(r, &CODE, &TEXT)?;
    answered(r, number, &ANSWERS, &TOOK);
    match number {
        227 => meet(r, passive(rest)),
        229 => meet(r, extended(rest.split(|b| *b == b'(').nth(1).unwrap_or(&[]))),
        234 => return Ok(Next::Switch(&tls::PROTOCOL)),
        _ => {}
    }
    Ok(settled(r, by))
}

fn command(r: &mut Reader<'_>) -> Result<(), Cut> {
    let (said, argument) = take_command(r, &COMMAND, &ARGUMENT)?;
    let verb = verb(said);
    if let Some(meaning) = ftp_words::meaning(said) {
        r.made(&MEANING, r.span(0), |out| out.extend_from_slice(meaning.as_bytes()));
    }
    match &verb {
        b"PASS" if !argument.is_empty() => r.note(&PASSWORD, 1),
        b"PORT" => meet(r, six(argument)),
        b"EPRT" => meet(r, extended(argument)),
        _ => {}
    }
    asked(r, verb);
    Ok(())
}

/// Notes where the second connection will go and remembers it, so that it is recognised.
fn meet(r: &mut Reader<'_>, place: Option<(Option<IpAddr>, u16)>) {
    let Some((address, port)) = place else { return r.note(&BAD_ADDRESS, 1) };
    let speaker = r.facts().addresses.map(|(from, _)| from);
    let Some(address) = address.or(speaker) else { return };
    let at = r.span(0);
    r.made(&ADDRESS, at, |out| match address {
        IpAddr::V4(v4) => out.extend_from_slice(&v4.octets()),
        IpAddr::V6(v6) => out.extend_from_slice(&v6.octets()),
    });
    r.note(&PORT, u64::from(port));
    if speaker.is_some_and(|speaker| speaker != address) {
        r.note(&ELSEWHERE, 1);
    }
    // Who speaks is where the connection will go, also behind an address translator; a service's port, or that of
    // a third machine, is not to be taken for a file.
    let packet = r.packet().number;
    if let Some(talk) = r.talk().filter(|_| port >= 1024) {
        talk.expect(speaker.unwrap_or(address), port, &ftp_data::PROTOCOL, packet);
    }
}

/// `192,0,2,9,195,149`
fn six(text: &[u8]) -> Option<(Option<IpAddr>, u16)> {
    let mut numbers = [0u8; 6];
    let mut parts = std::str::from_utf8(text).ok()?.trim().split(',');
    for number in &mut numbers {
        *number = parts.next()?.trim().parse().ok()?;
    }
    let [a, b, c, d, high, low] = numbers;
    Some((Some(Ipv4Addr::new(a, b, c, d).into()), u16::from_be_bytes([high, low])))
}

/// The six numbers somewhere in the words of a 227 reply: the RFC does not say where.
fn passive(reply: &[u8]) -> Option<(Option<IpAddr>, u16)> {
    let words = reply.get(4..)?;
    let line = words.split(|b| *b == b'\n').next()?;
    line.split(|b| !b.is_ascii_digit() && *b != b',').find(|word| word.len() >= 11).and_then(six)
}

/// `|1|192.0.2.9|50069|`, or `|||50069|` for the machine that speaks; any sign may stand for the bars.
fn extended(text: &[u8]) -> Option<(Option<IpAddr>, u16)> {
    let (bar, rest) = text.split_first()?;
    let mut parts = rest.split(|b| b == bar).map(|part| std::str::from_utf8(part).ok());
    let _family = parts.next()??;
    let address = parts.next()??;
    let port = parts.next()??.parse().ok()?;
    Some((if address.is_empty() { None } else { Some(address.parse().ok()?) }, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::{Seen, hex, read_bytes};

    fn tcp(payload: &str) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d20015 00000001 00000001 5018 fa00 0000 0000";
        let mut bytes = hex(head);
        bytes.extend_from_slice(payload.as_bytes());
        read_bytes(1, bytes)
    }

    #[test]
    fn passive_and_active_addresses_are_read() {
        let place = Some((Some(IpAddr::from([192, 0, 2, 9])), 50069));
        assert_eq!(passive(b"227 Entering Passive Mode (192,0,2,9,195,149)\r\n"), place);
        assert_eq!(passive(b"227 =192,0,2,9,195,149\r\n"), place);
        assert_eq!(extended(b"|1|192.0.2.9|50069|"), place);
        assert_eq!(extended(b"|||50069|)"), Some((None, 50069)));
        assert_eq!(six(b"114,115"), None);
        assert_eq!(six(b"192,0,2,256,1,1"), None);
    }

    #[test]
    fn a_password_is_remarked_upon() {
        let seen = tcp("PASS secret\r\n");
        assert_eq!(seen.texts("ftp.argument"), ["secret"]);
        assert_eq!(seen.numbers("ftp.password_in_clear"), [1]);
    }

    #[test]
    fn a_reply_of_several_lines_has_one_code() {
        let seen = tcp("211-Features:\r\n MDTM\r\n211 End\r\n");
        assert_eq!(seen.numbers("ftp.code"), [211]);
        assert_eq!(seen.texts("ftp.text"), ["Features:", " MDTM", "End"]);
    }

    #[test]
    fn a_greeting_is_recognised_by_its_words() {
        assert!(looks(b"220 (vsFTPd 3.0.5)\r\n"));
        assert!(looks(b"220 pyftpdlib 2.0 ready.\r\n"));
        assert!(!looks(b"220 mail.example.com ESMTP\r\n"));
        assert!(!looks(b"220 ftp.example.com smtp ready\r\n"));
        assert!(!looks(b"220 Welcome.\r\n"), "too little to tell");
    }

    #[test]
    fn a_greeting_that_says_nothing_is_made_good_by_what_only_ftp_says() {
        assert!(looks(b"331 Please specify the password.\r\n"));
        assert!(looks(b"FEAT\r\n") && looks(b"AUTH TLS\r\n"));
        assert!(!looks(b"AUTH PLAIN\r\n"), "a mail server's");
        assert!(!looks(b"USER bob\r\n"), "a mailbox has users too");
    }
}
