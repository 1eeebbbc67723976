//! A mail as SMTP carries it: headers, an empty line, the text, and a line with nothing but a dot (RFC 5321 §4.5.2,
//! RFC 5322). Not here: attachments (MIME) and what headers mean to mail programs.

use super::dialogue::{is_text, line};
use crate::dissect::{
    Cut, Field, Framing, GistForm, Reader,
    Show::{Bytes, Nothing, Text, Unit},
    field,
};

pub(super) static HEADER: Field = field("mail_header", "header", Text)
    .spec("RFC 5322 §2.2")
    .explain("A name, a colon, a value. Each machine on the way puts its Received line on top: read from below they are the mail's journey.");
pub(super) static SUBJECT: Field = field("mail_subject", "subject", Text)
    .tells()
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 5322 §3.6.5")
    .explain("For the receiver's list of mails; other letters than ASCII are spelled as =?utf-8?…?=.");
pub(super) static FROM: Field = field("mail_from", "from", Text).tells()
    .gist("from ")
    .spec("RFC 5322 §3.6.2")
    .explain("The sender that the reader sees. Anybody can write anything here; only DKIM and DMARC tell whether the domain stands by it.");
pub(super) static TO: Field = field("mail_to", "to", Text).tells().spec("RFC 5322 §3.6.3").explain(
    "Whom the writer names. The mail goes to the envelope's receivers (RCPT), not to these: that is how Bcc works.",
);
pub(super) static BODY: Field = field("mail_body", "text", Text).tells()
    .spec("RFC 5322 §2.3")
    .explain("What was written, readable at every machine on the way. A line that begins with a dot is sent with two, so that it does not end the mail.");
pub(super) static END: Field = field("mail_end", "the lonely dot", Nothing)
    .spec("RFC 5321 §4.1.1.4")
    .explain("With this line the mail is over; if the server says 250 now, it has taken the duty to deliver it or to tell the sender.");
pub(super) static NO_END: Field = field("mail_without_end", "mail so far, without an end", Unit("bytes"))
    .gist("mail so far bytes=")
    .spec("RFC 5321 §4.5.3.1.7, RFC 1870 §6")
    .explain("Nothing in a mail says how long it will be: whoever takes it must keep it until the dot comes. So servers name a limit (SIZE), and say 552 beyond it.");
pub(super) static CHUNK_LENGTH: Field = field("chunk_length", "mail, unread", Unit("bytes"))
    .gist("mail bytes=")
    .spec("RFC 3030 §2")
    .explain("How much of the mail comes here. It may hold zero bytes and lines without end: a picture needs no base64 then.");
pub(super) static CHUNK: Field = field("chunk", "piece of the mail", Bytes)
    .spec("RFC 3030 §2")
    .explain("So many bytes as BDAT said, as they are: no dot ends them, so nothing in them has to be changed.");

/// A mail longer than this is read in pieces.
const MAX_PIECE: usize = 128 * 1024;
/// Most header lines that are noted one by one.
const MAX_HEADERS: usize = 256;

/// Where the mail ends; a very long one ends a piece before.
pub(super) fn frame(bytes: &[u8], last: bool) -> Framing {
    if bytes.starts_with(b".\r\n") {
        return Framing::Message(3);
    }
    match memchr::memmem::find(bytes, b"\r\n.\r\n") {
        Some(end) => Framing::Message(end + 5),
        None if last => Framing::Message(bytes.len()),
        // The last four bytes may be the beginning of the end.
        None if bytes.len() > MAX_PIECE => Framing::Message(bytes.len() - 4),
        None => Framing::More(None),
    }
}

/// Takes a mail or a piece of it, of which so many bytes came `before`. Says whether it ended.
pub(super) fn read(r: &mut Reader<'_>, before: u64) -> Result<bool, Cut> {
    let ended = r.rest().ends_with(b"\r\n.\r\n") || r.rest() == b".\r\n";
    let text = r.left() - if ended { 3 } else { 0 };
    if !ended && r.left() > MAX_PIECE - 4 {
        r.note(&NO_END, before.saturating_add(r.left() as u64));
    }
    r.within(text, |r| {
        if before == 0 {
            headers(r)?;
        }
        if is_text(r.rest()) {
            r.all(&BODY);
        } else {
            chunk(r);
        }
        Ok(())
    })?;
    if ended {
        r.note_at(&END, r.span(3), 1);
        r.skip(3);
    }
    Ok(ended)
}

/// Takes bytes of a mail as they are.
pub(super) fn chunk(r: &mut Reader<'_>) {
    r.note_at(&CHUNK_LENGTH, r.span(r.left()), r.left() as u64);
    r.all(&CHUNK);
}

/// Takes the headers and the empty line behind them.
fn headers(r: &mut Reader<'_>) -> Result<(), Cut> {
    for _ in 0..MAX_HEADERS {
        let Some((length, end)) = line(r.rest()) else { return Ok(()) };
        if length == 0 {
            r.skip(end);
            return Ok(());
        }
        let text = r.rest().get(..length).unwrap_or(&[]);
        let named = memchr::memchr(b':', text).and_then(|colon| text.split_at_checked(colon));
        if named.is_none() && !text.starts_with(b" ") && !text.starts_with(b"\t") {
            return Ok(()); // no header: the text begins without an empty line
        }
        let known = [(&b"subject"[..], &SUBJECT), (b"from", &FROM), (b"to", &TO)];
        let found = named.and_then(|(name, value)| {
            known.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, field)| (*field, value))
        });
        match found {
            Some((field, value)) => {
                let value = value.get(1..).unwrap_or(&[]).trim_ascii();
                r.made(field, r.span(length), |out| out.extend_from_slice(value));
                r.skip(length);
            }
            None => _ = r.bytes(&HEADER, length)?,
        }
        r.skip(end - length);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_mail_is_only_a_dot() {
        assert_eq!(frame(b".\r\n", false), Framing::Message(3));
    }

    #[test]
    fn dots_at_the_beginning_of_a_line_do_not_end_it() {
        assert_eq!(frame(b"\r\n..\r\n.x\r\n", false), Framing::More(None));
    }

    #[test]
    fn a_long_mail_is_read_in_pieces_that_never_split_its_end() {
        let long = vec![b'x'; MAX_PIECE + 1];
        assert_eq!(frame(&long, false), Framing::Message(MAX_PIECE - 3));
    }
}
