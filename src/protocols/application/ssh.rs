//! SSH, RFC 4253: two lines that name the programs, then binary packets. Those that agree on keys are in the clear;
//! behind NEWKEYS nothing is but sizes and times.
//! Not here: the messages of the key exchange (`ssh_kex`), what is said behind the encryption.

use super::ssh_kex::{self, Kex};
use crate::dissect::{
    Claim, Cut, Field, Framing, GistForm, Level, Name, Next, Protocol, Reader,
    Show::{Bytes, Names, Nothing, Text, Unit},
    Side, Talk, field, name,
};

static GREETING: Field = field("greeting", "line before the name", Text).gist_as(GistForm::Quoted, "").spec("RFC 4253 §4.2").explain(
    "A server may say something before it gives its name; clients show it or pass over it. It must not begin with SSH-.",
);
static IDENTIFICATION: Field = field("protocol", "protocol and program", Text).tells()
    .gist("")
    .spec("RFC 4253 §4.2")
    .explain("Both sides say it at once, without waiting for each other. It goes into the hash that the server signs, so nobody on the way can change it unnoticed.");
static VERSION: Field = field("version", "protocol version", Text)
    .spec("RFC 4253 §4.2, §5.1")
    .explain("2.0 today; 1.99 says that the old and broken version 1 is understood as well.");
static SOFTWARE: Field = field("software", "program", Text)
    .spec("RFC 4253 §4.2")
    .explain("The program and its version, so that the other side can work around known bugs. Attackers read it for the same reason.");
static COMMENTS: Field = field("comments", "about the program", Text)
    .spec("RFC 4253 §4.2")
    .explain("Whatever the packager adds, often the system's name and patch level.");
static PACKET_LENGTH: Field = field("packet_length", "packet length", Unit("bytes"))
    .spec("RFC 4253 §6")
    .explain("Bytes that follow, without this number itself. Once keys are in use most ciphers encrypt it too.");
static PADDING_LENGTH: Field = field("padding_length", "of these padding", Unit("bytes"))
    .spec("RFC 4253 §6")
    .explain("At least 4, so many that the whole fills the cipher's blocks; it blurs how long the message really is.");
static CODE: Field = field("message_code", "message", Names(CODES))
    .gist("")
    .spec("RFC 4250 §4.1.2")
    .explain("What kind of message it is. 30 to 49 mean something different for each method of key exchange.");
static BODY: Field = field("body", "content", Bytes)
    .spec("RFC 4253 §11")
    .explain("What the message says beyond its code; this reader does not take it apart.");
static REASON: Field = field("reason", "why it ends", Names(REASONS))
    .gist("")
    .spec("RFC 4253 §11.1")
    .explain("Why this side hangs up. In the clear it mostly means that both could not agree on algorithms.");
static DESCRIPTION: Field = field("description", "why, in words", Text)
    .spec("RFC 4253 §11.1")
    .explain("The reason for a person who reads the log; its language may follow.");
static PADDING: Field = field("padding", "padding", Bytes).spec("RFC 4253 §6").quiet().explain(
    "Random bytes that fill up the packet. Unencrypted, some programs send zeros here: nothing is given away yet.",
);
static ENCRYPTED_LENGTH: Field = field("encrypted_length", "encrypted", Unit("bytes"))
    .gist("encrypted bytes=")
    .spec("RFC 4253 §6.3")
    .explain("All that an eavesdropper learns: how much, which way and when. Even that talks: single keystrokes come one by one, each answered by its echo.");
static ENCRYPTED: Field = field("encrypted", "encrypted bytes", Bytes)
    .seals("what is said", "the log-in, commands and what they print, files")
    .spec("RFC 4253 §7.3")
    .explain(
        "One or more packets, or a piece of one, under the new keys: passwords, commands and files look all alike.",
    );
static NAME_TOO_LONG: Field = field("name_too_long", "name that does not end", Nothing)
    .gist("name that does not end")
    .spec("RFC 4253 §4.2")
    .explain("255 bytes and its end are all that a name may have. It comes before any key and any password: whoever takes more can be filled up by strangers.");
static MIDWAY: Field = field("midway", "beginning not captured", Nothing).spec("layercake").explain(
    "Neither the name of the program nor a key exchange was seen before these bytes: the capture began later. They are taken for encrypted ones.",
);

const CODES: &[Name] = &[
    name(1, "DISCONNECT", "I hang up, and this is why."),
    name(2, "IGNORE", "To be thrown away: it only confuses those who measure sizes."),
    name(3, "UNIMPLEMENTED", "I do not know the message that you sent."),
    name(4, "DEBUG", "For the log."),
    name(5, "SERVICE_REQUEST", "Let me use this service."),
    name(6, "SERVICE_ACCEPT", "You may use this service."),
    name(20, "KEXINIT", "All that I can do, what I like best first."),
    name(21, "NEWKEYS", "From the next packet on I use the new keys."),
    name(30, "KEX_INIT", "The client's half of the key exchange (KEXDH_INIT, KEX_ECDH_INIT)."),
    name(31, "KEX_REPLY", "The server's half and its signature; in a group exchange: the group (KEX_DH_GEX_GROUP)."),
    name(32, "KEX_GEX_INIT", "The client's half within the server's group."),
    name(33, "KEX_GEX_REPLY", "The server's half within its group, and its signature."),
    name(34, "KEX_GEX_REQUEST", "Choose a group of about this size."),
];

const REASONS: &[Name] = &[
    name(1, "host not allowed", "This machine must not connect."),
    name(2, "protocol error", "The other side broke the rules."),
    name(3, "key exchange failed", "No method that both know, or the signature was wrong."),
    name(4, "reserved", "Never used."),
    name(5, "MAC error", "The packet was changed on the way."),
    name(6, "compression error", "The compressed bytes make no sense."),
    name(7, "service not available", "There is no such service."),
    name(8, "version not supported", "Only another version of SSH is spoken here."),
    name(9, "host key not verifiable", "The server's key is not the known one."),
    name(10, "connection lost", "The network failed."),
    name(11, "by application", "The ordinary end."),
    name(12, "too many connections", "Come back later."),
    name(13, "cancelled by user", "Somebody changed their mind."),
    name(14, "no more ways to log in", "All methods were tried in vain."),
    name(15, "illegal user name", "There cannot be such a user."),
];

/// Longest line with the name (RFC 4253 §4.2), and longest line before it that is read.
const MAX_NAME: usize = 255;
/// Longest packet that `OpenSSH` takes.
const MAX_PACKET: u64 = 256 * 1024;

/// The Secure Shell transport.
pub static PROTOCOL: Protocol = Protocol {
    key: "ssh",
    name: "SSH",
    level: Level::Application,
    explain: "Logs in to another machine: both sides agree on a key in the open, the server signs it, and from then on nobody else reads along.",
    spec: "RFC 4253",
    claims: &[Claim::TcpLooks(looks), Claim::TcpPort(22)],
    fields: &[
        &GREETING,
        &IDENTIFICATION,
        &VERSION,
        &SOFTWARE,
        &COMMENTS,
        &PACKET_LENGTH,
        &PADDING_LENGTH,
        &CODE,
        &ssh_kex::COOKIE,
        &ssh_kex::KEX_ALGORITHMS,
        &ssh_kex::HOST_KEY_ALGORITHMS,
        &ssh_kex::ENCRYPTION_CLIENT,
        &ssh_kex::ENCRYPTION_SERVER,
        &ssh_kex::MAC_CLIENT,
        &ssh_kex::MAC_SERVER,
        &ssh_kex::COMPRESSION_CLIENT,
        &ssh_kex::COMPRESSION_SERVER,
        &ssh_kex::LANGUAGES_CLIENT,
        &ssh_kex::LANGUAGES_SERVER,
        &ssh_kex::FIRST_FOLLOWS,
        &ssh_kex::RESERVED,
        &ssh_kex::AGREED_KEX,
        &ssh_kex::AGREED_HOST_KEY,
        &ssh_kex::AGREED_CIPHER,
        &ssh_kex::NO_AGREEMENT,
        &ssh_kex::GROUP_MIN,
        &ssh_kex::GROUP_BITS,
        &ssh_kex::GROUP_MAX,
        &ssh_kex::PRIME,
        &ssh_kex::GENERATOR,
        &ssh_kex::CLIENT_PUBLIC,
        &ssh_kex::HOST_KEY,
        &ssh_kex::HOST_KEY_TYPE,
        &ssh_kex::HOST_KEY_BYTES,
        &ssh_kex::SERVER_PUBLIC,
        &ssh_kex::SIGNATURE,
        &ssh_kex::SIGNATURE_TYPE,
        &ssh_kex::SIGNATURE_BYTES,
        &REASON,
        &DESCRIPTION,
        &BODY,
        &PADDING,
        &NAME_TOO_LONG,
        &MIDWAY,
        &ENCRYPTED_LENGTH,
        &ENCRYPTED,
    ],
    read,
    frame: Some(frame),
};

/// What is remembered of one connection, for client and server.
#[derive(Default)]
struct Memory {
    named: [bool; 2],
    encrypted: [bool; 2],
    /// Its name had no end: nobody knows what it says.
    endless: [bool; 2],
    kex: Kex,
}

fn looks(bytes: &[u8]) -> bool {
    bytes.starts_with(b"SSH-2.0-") || bytes.starts_with(b"SSH-1.")
}

fn frame(bytes: &[u8], talk: &mut Talk, last: bool) -> Framing {
    let side = talk.side;
    let memory = talk.memory::<Memory>();
    if memory.encrypted[side.index()] || memory.endless[side.index()] {
        return Framing::Message(bytes.len());
    }
    if !memory.named[side.index()] && (looks(bytes) || b"SSH-".starts_with(bytes) || text_line(bytes, side)) {
        return match memchr::memchr(b'\n', bytes) {
            Some(end) => Framing::Message(end + 1),
            None if last => Framing::Message(bytes.len()),
            None if bytes.len() > MAX_NAME => Framing::Message(bytes.len()), // read, with a remark
            None => Framing::More(None),
        };
    }
    if bytes.len() < 6 && !last {
        return Framing::More(None);
    }
    match packet_length(bytes) {
        Some(length) if length <= bytes.len() => Framing::Message(length),
        Some(length) if !last => Framing::More(Some(length as u64)),
        _ => Framing::Message(bytes.len()),
    }
}

/// Whether a server says something before its name.
fn text_line(bytes: &[u8], side: Side) -> bool {
    let head = bytes.get(..MAX_NAME * 4).unwrap_or(bytes);
    let end = memchr::memchr(b'\n', head);
    let text = |line: &[u8]| line.iter().all(|b| matches!(b, b'\t' | b'\r' | b' '..=b'~'));
    side == Side::Server && end.and_then(|end| head.get(..end)).is_some_and(text)
}

/// Length of the unencrypted packet that begins here, with its length field; `None` where there cannot be one.
fn packet_length(bytes: &[u8]) -> Option<usize> {
    let [a, b, c, d, padding, code, ..] = bytes else { return None };
    let length = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
    let sane = length <= MAX_PACKET && u64::from(*padding) + 1 < length && *padding >= 4;
    (sane && (length + 4).is_multiple_of(8) && matches!(code, 1..=6 | 20 | 21 | 30..=49)).then_some(length as usize + 4)
}

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let (mut named, mut hidden, mut endless, mut side) = (false, false, false, Side::Server);
    if let Some(talk) = r.talk() {
        side = talk.side;
        let memory = talk.memory::<Memory>();
        (named, hidden) = (memory.named[side.index()], memory.encrypted[side.index()]);
        endless = !named && !hidden && (memory.endless[side.index()] || long_name(r.rest()));
    }
    if endless {
        r.note(&NAME_TOO_LONG, 1);
        if let Some(talk) = r.talk() {
            talk.memory::<Memory>().endless[side.index()] = true;
        }
        return Ok(Next::Data);
    }
    if hidden {
        encrypted(r);
    } else if !named && looks(r.rest()) {
        identification(r)?;
        if let Some(talk) = r.talk() {
            talk.memory::<Memory>().named[side.index()] = true;
        }
    } else if let Some(length) = packet_length(r.rest()) {
        packet(r, length - 4)?;
    } else if !named && text_line(r.rest(), side) {
        let line = memchr::memchr(b'\n', r.rest()).ok_or(Cut)?;
        let text = r.rest().get(..line).unwrap_or(&[]).trim_ascii_end().len();
        r.bytes(&GREETING, text)?;
        r.skip(line + 1 - text);
    } else {
        if !named {
            r.note(&MIDWAY, 1);
        }
        encrypted(r);
        if let Some(talk) = r.talk() {
            talk.memory::<Memory>().encrypted[side.index()] = true;
        }
    }
    Ok(Next::Again)
}

/// Whether a name begins here that is longer than any may be.
fn long_name(bytes: &[u8]) -> bool {
    let head = bytes.get(..=MAX_NAME).unwrap_or(bytes);
    looks(bytes) && head.len() > MAX_NAME && memchr::memchr(b'\n', head).is_none()
}

fn encrypted(r: &mut Reader<'_>) {
    r.note_at(&ENCRYPTED_LENGTH, r.span(r.left()), r.left() as u64);
    r.all(&ENCRYPTED);
}

/// `SSH-2.0-OpenSSH_9.6 Ubuntu-3`
fn identification(r: &mut Reader<'_>) -> Result<(), Cut> {
    let line = memchr::memchr(b'\n', r.rest()).ok_or(Cut)?;
    let end = if r.rest().get(..line).is_some_and(|l| l.ends_with(b"\r")) { 2 } else { 1 };
    r.within(line + 1 - end, |r| {
        r.note_bytes(&IDENTIFICATION, r.span(r.left()));
        r.skip(4);
        r.until(&VERSION, b"-")?;
        let program = memchr::memchr(b' ', r.rest()).unwrap_or(r.left());
        r.bytes(&SOFTWARE, program)?;
        r.skip(1);
        r.all(&COMMENTS);
        Ok(())
    })?;
    r.skip(end);
    Ok(())
}

fn packet(r: &mut Reader<'_>, length: usize) -> Result<(), Cut> {
    r.u32(&PACKET_LENGTH)?;
    let code = r.within(length, |r| {
        let padding = usize::from(r.u8(&PADDING_LENGTH)?);
        let payload = r.left().saturating_sub(padding);
        let code = r.within(payload, |r| {
            let code = r.u8(&CODE)?;
            message(r, code)?;
            r.all(&BODY);
            Ok(code)
        })?;
        r.all(&PADDING);
        Ok(code)
    })?;
    if code != 21 {
        return Ok(());
    }
    if let Some(talk) = r.talk() {
        let side = talk.side.index();
        talk.memory::<Memory>().encrypted[side] = true;
    } else if r.left() > 0 {
        encrypted(r);
    }
    Ok(())
}

fn message(r: &mut Reader<'_>, code: u8) -> Result<(), Cut> {
    match code {
        1 => {
            r.u32(&REASON)?;
            ssh_kex::string(r, &DESCRIPTION)?;
            r.skip(4); // the language, always empty
        }
        20 => {
            let lists = ssh_kex::init(r)?;
            if let Some(talk) = r.talk() {
                let side = talk.side;
                let agreed = talk.memory::<Memory>().kex.offer(side, lists);
                ssh_kex::note_agreed(r, agreed);
            }
        }
        30..=34 => {
            let group = r.talk().and_then(|talk| talk.memory::<Memory>().kex.group_exchange);
            ssh_kex::exchange(r, code, group)?;
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{looks, packet_length};
    use crate::protocols::testing::{Seen, hex, read_bytes};

    fn tcp(payload: &[u8]) -> Seen {
        let head = "020000000009 020000000005 0800 4500ffff 00000000 4006 0000 c0000201 c0000202 c9d20016 00000001 00000001 5018 fa00 0000 0000";
        let mut bytes = hex(head);
        bytes.extend_from_slice(payload);
        read_bytes(1, bytes)
    }

    #[test]
    fn a_name_says_protocol_program_and_comment() {
        let seen = tcp(b"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3\r\n");
        assert_eq!(seen.texts("ssh.protocol"), ["SSH-2.0-OpenSSH_9.6p1 Ubuntu-3"]);
        assert_eq!(seen.texts("ssh.software"), ["OpenSSH_9.6p1"]);
        assert_eq!(seen.texts("ssh.comments"), ["Ubuntu-3"]);
    }

    #[test]
    fn behind_newkeys_all_is_encrypted() {
        let seen = tcp(&hex("0000000c 0a 15 00000000000000000000 aabbcc"));
        assert_eq!(seen.numbers("ssh.message_code"), [21]);
        assert_eq!(seen.numbers("ssh.encrypted_length"), [3]);
    }

    #[test]
    fn only_whole_blocks_with_padding_and_a_known_code_are_packets() {
        assert_eq!(packet_length(&hex("0000000c 0a 15")), Some(16));
        assert_eq!(packet_length(&hex("0000000d 0a 15")), None, "17 bytes are no blocks of 8");
        assert_eq!(packet_length(&hex("0000000c 03 15")), None, "too little padding");
        assert_eq!(packet_length(&hex("0000000c 0a 63")), None, "no such message in the clear");
        assert_eq!(packet_length(&hex("0000000c 0b 15")), None, "nothing but padding");
        assert!(!looks(b"SSH is nice"));
    }
}
