//! What FTP and SMTP share: a client's command is one line, a server's reply begins with three digits and may have
//! several lines (RFC 959 §4.2, RFC 5321 §4.2). Which reply belongs to which command is known by their order.

use std::collections::VecDeque;

use crate::dissect::{Cut, Field, Framing, Reader, Talk};

/// A command or reply longer than this is none.
const MAX_MESSAGE: usize = 64 * 1024;
/// A line longer than this has no honest end: four times what RFC 5321 §4.5.3.1 allows, for extensions may add to it.
const MAX_LINE: usize = 2048;
/// Commands that wait for their replies.
const MAX_WAITING: usize = 64;

/// A command that waits for its reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    /// Its name in capitals, as far as it has four letters: `RETR`.
    pub verb: [u8; 4],
    pub packet: u64,
    pub time: u64,
}

/// The commands that wait for their replies, oldest first.
#[derive(Default)]
pub(super) struct Waiting(VecDeque<Asked>);

/// The first four letters of a command in capitals.
pub(super) fn verb(command: &[u8]) -> [u8; 4] {
    let mut verb = [b' '; 4];
    for (to, from) in verb.iter_mut().zip(command) {
        *to = from.to_ascii_uppercase();
    }
    verb
}

/// A command was said.
pub(super) fn asked(r: &mut Reader<'_>, verb: [u8; 4]) {
    let (packet, time) = (r.packet().number, r.packet().time.unwrap_or(0));
    if let Some(talk) = r.talk() {
        let waiting = &mut talk.memory::<Waiting>().0;
        if waiting.len() >= MAX_WAITING {
            waiting.pop_front();
        }
        waiting.push_back(Asked { verb, packet, time });
    }
}

/// Notes which command this reply answers, and how long it took; a reply below 200 is not the last word.
pub(super) fn answered(r: &mut Reader<'_>, code: u64, packet: &'static Field, time: &'static Field) -> Option<Asked> {
    let now = r.packet().time.unwrap_or(0);
    let waiting = &mut r.talk()?.memory::<Waiting>().0;
    let asked = if code < 200 { waiting.front().copied() } else { waiting.pop_front() }?;
    r.note(packet, asked.packet);
    r.note(time, now.saturating_sub(asked.time) / 1000);
    Some(asked)
}

/// Whether bytes can be shown as text: UTF-8 without control characters.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let controls = bytes.iter().any(|b| *b < b' ' && !matches!(b, b'\t' | b'\r' | b'\n'));
    !controls && std::str::from_utf8(bytes).is_ok()
}

/// Length of the first line, and of it with its end (CR LF, or a bare LF).
pub(super) fn line(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = memchr::memchr(b'\n', bytes)?;
    let cr = bytes.get(..end).is_some_and(|line| line.ends_with(b"\r"));
    Some((end - usize::from(cr), end + 1))
}

/// The code of a reply: three digits, then a space, a dash or the end of the line.
pub(super) fn code(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [a @ b'1'..=b'6', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..]
            if matches!(rest.first(), None | Some(b' ' | b'-' | b'\r' | b'\n')) =>
        {
            Some([a, b, c].iter().fold(0, |v, d| v * 10 + u64::from(**d - b'0')))
        }
        _ => None,
    }
}

/// Bytes of the reply that begins here: `220-…` goes on up to a line that begins with `220` and no dash.
fn reply(bytes: &[u8]) -> Option<usize> {
    let code = bytes.get(..3)?;
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let (_, end) = line(rest)?;
        let (first, dash) = (at == 0, rest.get(3) == Some(&b'-'));
        at += end;
        if !dash && (first || rest.starts_with(code)) {
            return Some(at);
        }
    }
}

/// Where a command or a reply ends. The first command of a conversation must be a `known` one: else a capture that
/// began in the middle would show the lines of a mail as commands.
pub(super) fn frame(bytes: &[u8], talk: &mut Talk, last: bool, known: fn(&[u8]) -> bool) -> Framing {
    let replies = code(bytes).is_some();
    let text = bytes.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == 0xff);
    let begun = talk.recall::<Waiting>().is_some();
    let word = bytes.split(u8::is_ascii_whitespace).next().unwrap_or(bytes);
    if !replies && (!text || !begun && line(bytes).is_some() && !known(word)) {
        return Framing::Alien;
    }
    let end = if replies { reply(bytes) } else { line(bytes).map(|(_, end)| end) };
    match end {
        Some(end) => Framing::Message(end),
        None if last => Framing::Message(bytes.len()),
        None if bytes.len() > MAX_MESSAGE => Framing::Alien,
        None => Framing::More(None),
    }
}

/// Notes `field` where the line that begins here is longer than a program may say it.
pub(super) fn judge_line(r: &mut Reader<'_>, field: &'static Field) {
    if line(r.rest()).map_or(r.left(), |(length, _)| length) > MAX_LINE {
        r.note(field, 1);
    }
}

/// Takes a reply: its code once, then the text of each line.
pub(super) fn take_reply(r: &mut Reader<'_>, field: &'static Field, text: &'static Field) -> Result<u64, Cut> {
    let number = code(r.rest()).ok_or(Cut)?;
    let digits = r.rest().get(..3).unwrap_or(&[]);
    let whole = reply(r.rest());
    r.note_at(field, r.span(3), number);
    r.within(whole.unwrap_or(r.left()), |r| {
        while r.left() > 0 {
            let (length, end) = line(r.rest()).unwrap_or((r.left(), r.left()));
            let coded = r.rest().starts_with(digits) && matches!(r.rest().get(3), Some(b' ' | b'-' | b'\r' | b'\n'));
            let skip = if coded { length.min(4) } else { 0 };
            r.skip(skip);
            if length > skip {
                r.bytes(text, length - skip)?;
            }
            r.skip(end - length);
        }
        Ok(())
    })?;
    Ok(number)
}

/// Takes a command and its argument; gives both, and where they stand.
pub(super) fn take_command<'a>(
    r: &mut Reader<'a>,
    command: &'static Field,
    argument: &'static Field,
) -> Result<(&'a [u8], &'a [u8]), Cut> {
    let (length, end) = line(r.rest()).unwrap_or((r.left(), r.left()));
    let said = r.within(length, |r| {
        // Telnet's "interrupt" and "synch" may stand before ABOR (RFC 959 §4.1.3).
        r.skip(r.rest().iter().take_while(|b| !b.is_ascii()).count());
        let n = memchr::memchr(b' ', r.rest()).unwrap_or(r.left());
        let said = r.bytes(command, n)?;
        r.skip(1);
        Ok((said, r.all(argument)))
    })?;
    r.skip(end - length);
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_ends_with_the_line_that_has_the_code_and_no_dash() {
        assert_eq!(reply(b"220 hi\r\nmore"), Some(8));
        assert_eq!(reply(b"211-x\r\n 211 no\r\n200 no\r\n211 end\r\n"), Some(33));
        assert_eq!(reply(b"211-x\r\n211-y\r\n"), None, "the last line is missing");
    }

    #[test]
    fn what_does_not_begin_with_three_digits_is_a_command() {
        let mut talk = Talk::default();
        assert_eq!(frame(b"NOOP\r\nQUIT\r\n", &mut talk, false, |word| word == b"NOOP"), Framing::Message(6));
        assert_eq!(frame(b"\x16\x03\x01", &mut talk, false, |_| true), Framing::Alien);
        assert_eq!(frame(b"Hello Bob,\r\n", &mut talk, false, |_| false), Framing::Alien, "the middle of a mail");
        assert_eq!(code(b"220"), Some(220));
        assert_eq!(code(b"2200"), None);
    }

    #[test]
    fn verbs_are_compared_in_capitals() {
        assert_eq!(&verb(b"retr"), b"RETR");
        assert_eq!(&verb(b"Cwd"), b"CWD ");
        assert_eq!(&verb(b"STARTTLS"), b"STAR");
    }
}
