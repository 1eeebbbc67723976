//! What a person types: lines for clients, and commands that begin with a slash. Read by a thread, since reading a
//! keyboard blocks.

use std::io::{self, BufRead, Read};

use tokio::sync::mpsc::{self, Receiver};

use crate::sockets::live::{Order, Wish};

/// A longer line is sent in pieces.
const LONGEST: u64 = 64 * 1024;
/// Lines that wait until those before them are sent.
const WAITING: usize = 16;

const HELP: &str = "\
  text          is sent to every client     /shutdown [2]   half-close: say no more, but listen
  /to 2 text    only to client 2            /close [2]      close the connection
  //text        a line that begins with /   Ctrl-C          end";

/// Reads the keyboard (or a pipe) to its end.
pub(super) fn listen() -> Receiver<Wish> {
    let (way, wishes) = mpsc::channel(WAITING);
    // It may block for ever in a read; the end of the program ends it.
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut line = Vec::new();
        while let Ok(length) = input.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            if length == 0 || way.blocking_send(wish(&line)).is_err() {
                break;
            }
            line.clear();
        }
        let _ = way.blocking_send(Wish::End);
    });
    wishes
}

/// Nobody types.
pub(super) fn nobody() -> Receiver<Wish> {
    mpsc::channel(1).1
}

fn wish(line: &[u8]) -> Wish {
    let Some(rest) = line.strip_prefix(b"/") else { return Wish::Do(None, Order::Send(line.to_vec())) };
    if rest.starts_with(b"/") {
        return Wish::Do(None, Order::Send(rest.to_vec()));
    }
    let text = String::from_utf8_lossy(rest);
    let (command, more) = text.trim_end().split_once(' ').unwrap_or((text.trim_end(), ""));
    let number = more.trim().parse::<u32>();
    match (command, number, more.trim()) {
        ("help", ..) => Wish::Aside(HELP.to_owned()),
        ("to", ..) => to(rest).unwrap_or_else(|| Wish::Aside("write it so: /to 2 hello".to_owned())),
        ("shutdown", Ok(number), _) => Wish::Do(Some(number), Order::Shutdown),
        ("shutdown", _, "") => Wish::Do(None, Order::Shutdown),
        ("close", Ok(number), _) => Wish::Do(Some(number), Order::Close),
        ("close", _, "") => Wish::Do(None, Order::Close),
        ("shutdown" | "close", ..) => Wish::Aside(format!("write it so: /{command}, or /{command} 2 for one client")),
        _ => Wish::Aside(format!(
            "there is no command /{}; /help lists them, and // sends a line that begins with a slash",
            crate::cli::console::tame(command)
        )),
    }
}

/// `to 2 text`: the text goes on as the bytes it is.
fn to(rest: &[u8]) -> Option<Wish> {
    let mut parts = rest.splitn(3, |b| *b == b' ');
    let (_, number, text) = (parts.next()?, parts.next()?, parts.next()?);
    let number = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some(Wish::Do(Some(number), Order::Send(text.to_vec())))
}

/// Bytes on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

/// `hello\r\n`, `\x00`, `\\`.
pub(super) fn bytes(text: &str) -> Result<Bytes, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.extend_from_slice(before.as_bytes());
        let (byte, length) = match after.as_bytes() {
            [b'n', ..] => (b'\n', 1),
            [b'r', ..] => (b'\r', 1),
            [b't', ..] => (b'\t', 1),
            [b'0', ..] => (0, 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (u8::from_str_radix(&after[1..3], 16).map_err(|e| e.to_string())?, 3)
            }
            _ => return Err(r"after \ comes n, r, t, 0, \ or x and two digits: \n, \x1b".to_owned()),
        };
        out.push(byte);
        rest = &after[length..];
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(Bytes(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sends(to: Option<u32>, text: &[u8]) -> Wish {
        Wish::Do(to, Order::Send(text.to_vec()))
    }

    #[test]
    fn a_line_is_for_everybody_unless_it_says_for_whom() {
        assert_eq!(wish(b"hello\n"), sends(None, b"hello\n"));
        assert_eq!(wish(b"\xff\n"), sends(None, b"\xff\n"));
        assert_eq!(wish(b"/to 2 hello  you\n"), sends(Some(2), b"hello  you\n"));
        assert_eq!(wish(b"//etc\n"), sends(None, b"/etc\n"));
    }

    #[test]
    fn commands_name_a_client_or_mean_all() {
        assert_eq!(wish(b"/close\n"), Wish::Do(None, Order::Close));
        assert_eq!(wish(b"/shutdown 3\n"), Wish::Do(Some(3), Order::Shutdown));
        for line in ["/", "/to", "/to x y", "/close me", "/\u{1b}[2J", "/help"] {
            let Wish::Aside(text) = wish(line.as_bytes()) else { panic!("{line}") };
            assert!(!text.contains('\u{1b}'), "{text}");
        }
    }

    #[test]
    fn escapes_make_any_byte_and_mistakes_are_said() {
        assert_eq!(bytes(r"a\r\n\x00\\é"), Ok(Bytes("a\r\n\0\\é".as_bytes().to_vec())));
        for wrong in [r"\", r"\x", r"\x0", r"\xé0", r"\q"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
