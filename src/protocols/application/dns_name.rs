//! Domain names on the wire, RFC 1035 §3.1 and §4.1.4: labels with a length in front, and pointers to
//! names that stood earlier in the message.
//! Not here: internationalised names (`xn--…`), which are shown as they travel.

use crate::dissect::{Cut, Field, Reader, Show::Nothing, field};

pub(super) static BAD_POINTER: Field = field("bad_pointer", "pointer that leads nowhere", Nothing)
    .gist("bad name pointer")
    .spec("RFC 1035 §4.1.4")
    .explain("Names may end in a pointer to an earlier place in the message. One that points forward, in a circle or outside could trap a careless reader for ever.");
pub(super) static BAD_LABEL: Field = field("bad_label", "unknown kind of label", Nothing)
    .gist("bad label")
    .spec("RFC 1035 §4.1.4, RFC 6891 §5")
    .explain("The two highest bits of a label's length are 00 or 11 (a pointer); the others were given up, so that where the name ends cannot be known.");
pub(super) static NAME_TOO_LONG: Field = field("name_too_long", "name above 255 bytes", Nothing)
    .gist("name above 255 bytes")
    .spec("RFC 1035 §2.3.4")
    .explain(
        "Pointers can blow up a short message into a huge name; the limit stops it, and the name is shown up to there.",
    );

/// Most pointers that one name can need: each one follows a label of at least two bytes.
const MAX_POINTERS: usize = 127;

/// The message that pointers refer to.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    /// From its first byte, the ID.
    pub bytes: &'a [u8],
    /// Where that byte stands in the packet.
    pub start: usize,
}

/// Takes a name and notes it as text with dots, "." for the root.
pub(super) fn name(r: &mut Reader<'_>, field: &'static Field, message: Message<'_>) -> Result<(), Cut> {
    let at = r.position().saturating_sub(message.start);
    let length = match length_on_wire(r.rest()) {
        Ok(length) => length,
        Err(None) => return Err(Cut),
        Err(Some(fault)) => {
            r.note(fault, 1);
            return Err(Cut);
        }
    };
    let mut fault = None;
    r.made(field, r.span(length), |out| fault = expand(message.bytes, at, out).err());
    r.skip(length);
    if let Some(fault) = fault {
        r.note(fault, 1);
    }
    Ok(())
}

/// Takes all that remains as one name that may lack its end, "laptop" without "example.org": DHCP calls
/// it partial (RFC 4702 §2.3.1, RFC 4704 §4.2). Pointers have no message to point into here.
pub(super) fn open_name(r: &mut Reader<'_>, field: &'static Field) {
    let bytes = r.rest();
    let mut fault = None;
    r.made(field, r.span(bytes.len()), |out| fault = join(bytes, out).err());
    r.skip(bytes.len());
    if let Some(fault) = fault {
        r.note(fault, 1);
    }
}

/// Appends the labels of a name without pointers; it ends with the bytes or with the root.
fn join(mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), &'static Field> {
    let begin = out.len();
    while let [label, ref rest @ ..] = *bytes {
        match label {
            0 => break,
            1..0x40 => {
                let Some((label, after)) = rest.split_at_checked(usize::from(label)) else { return Err(&BAD_LABEL) };
                if out.len() > begin {
                    out.push(b'.');
                }
                push_label(label, out);
                bytes = after;
            }
            0xc0.. => return Err(&BAD_POINTER),
            0x40..0xc0 => return Err(&BAD_LABEL),
        }
    }
    Ok(())
}

/// Bytes that a name takes where it stands, up to its end or its first pointer.
fn length_on_wire(bytes: &[u8]) -> Result<usize, Option<&'static Field>> {
    let mut at = 0;
    loop {
        match *bytes.get(at).ok_or(None)? {
            0 => return Ok(at + 1),
            label @ 1..0x40 => at += 1 + usize::from(label),
            0xc0.. if at + 1 < bytes.len() => return Ok(at + 2),
            0xc0.. => return Err(None),
            0x40..0xc0 => return Err(Some(&BAD_LABEL)),
        }
    }
}

/// Appends the name at `at` as text. What was read before a fault stays.
fn expand(message: &[u8], mut at: usize, out: &mut Vec<u8>) -> Result<(), &'static Field> {
    let begin = out.len();
    // A pointer must lead to before the piece that it ends: so it goes backwards only and never in circles.
    let (mut piece, mut pointers, mut length) = (at, 0, 1);
    loop {
        match *message.get(at).ok_or(&BAD_POINTER)? {
            0 => break,
            label @ 1..0x40 => {
                let end = at + 1 + usize::from(label);
                let bytes = message.get(at + 1..end).ok_or(&BAD_POINTER)?;
                length += 1 + bytes.len();
                if length > 255 {
                    return Err(&NAME_TOO_LONG);
                }
                if out.len() > begin {
                    out.push(b'.');
                }
                push_label(bytes, out);
                at = end;
            }
            high @ 0xc0.. => {
                let low = *message.get(at + 1).ok_or(&BAD_POINTER)?;
                let target = usize::from(u16::from_be_bytes([high & 0x3f, low]));
                pointers += 1;
                if target >= piece || pointers > MAX_POINTERS {
                    return Err(&BAD_POINTER);
                }
                (piece, at) = (target, target);
            }
            0x40..0xc0 => return Err(&BAD_LABEL),
        }
    }
    if out.len() == begin {
        out.push(b'.');
    }
    Ok(())
}

/// Appends one label as a zone file writes it (RFC 1035 §5.1): a dot inside is `\.`, other bytes that
/// are no text are `\DDD`.
fn push_label(label: &[u8], out: &mut Vec<u8>) {
    let text = std::str::from_utf8(label).is_ok();
    for &byte in label {
        match byte {
            b'.' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 | 0x7f => push_decimal(byte, out),
            0x80.. if !text => push_decimal(byte, out),
            _ => out.push(byte),
        }
    }
}

fn push_decimal(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'\\', b'0' + byte / 100, b'0' + byte / 10 % 10, b'0' + byte % 10]);
}

#[cfg(test)]
mod tests {
    use super::{Field, expand, join};

    fn text(message: &[u8], at: usize) -> (String, Option<&'static str>) {
        let mut out = Vec::new();
        let fault: Option<&'static Field> = expand(message, at, &mut out).err();
        (String::from_utf8(out).unwrap_or_default(), fault.map(|f| f.key))
    }

    #[test]
    fn a_pointer_continues_the_name_at_an_earlier_place() {
        assert_eq!(text(b"\x07example\x00\x03www\xc0\x00", 9), ("www.example".into(), None));
    }

    #[test]
    fn the_root_is_a_dot() {
        assert_eq!(text(b"\x00", 0), (".".into(), None));
    }

    #[test]
    fn a_pointer_to_itself_or_forward_is_refused() {
        assert_eq!(text(b"\xc0\x00", 0), (String::new(), Some("bad_pointer")));
        assert_eq!(text(b"\x01a\xc0\x04\x01b\x00", 0), ("a".into(), Some("bad_pointer")));
    }

    #[test]
    fn two_pointers_cannot_make_a_circle() {
        assert_eq!(text(b"\x01a\xc0\x04\x01b\xc0\x00", 4), ("b.a".into(), Some("bad_pointer")));
    }

    #[test]
    fn a_name_grows_to_255_bytes_and_no_further() {
        let mut message = Vec::new();
        for _ in 0..5 {
            message.push(63);
            message.extend_from_slice(&[b'x'; 63]);
        }
        message.push(0);
        let (name, fault) = text(&message, 0);
        assert_eq!((name.len(), fault), (63 * 3 + 2, Some("name_too_long")));
    }

    #[test]
    fn dots_and_control_bytes_within_a_label_are_escaped() {
        assert_eq!(text(b"\x04a.\x1b\xff\x00", 0), ("a\\.\\027\\255".into(), None));
        assert_eq!(text(b"\x05caf\xc3\xa9\x00", 0), ("caf\u{e9}".into(), None));
    }

    #[test]
    fn a_partial_name_ends_where_its_bytes_do() {
        let mut out = Vec::new();
        assert!(join(b"\x06laptop", &mut out).is_ok());
        assert_eq!(out, b"laptop");
        assert_eq!(join(b"\x06lap", &mut Vec::new()).err().map(|f| f.key), Some("bad_label"));
        assert_eq!(join(b"\x01a\xc0\x00", &mut Vec::new()).err().map(|f| f.key), Some("bad_pointer"));
    }
}
