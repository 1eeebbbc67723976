//! Lines that a person or a script writes for a WebSocket: text is sent, commands begin with a slash.

use std::io::{self, BufRead, Read};

use tokio::sync::mpsc::{self, Receiver};

use crate::cli::capture::duration;
use crate::websocket::client::Order;

/// A longer line is sent in pieces.
const LONGEST: u64 = 1 << 20;
/// Lines that wait until those before them are sent.
const WAITING: usize = 16;

const HELP: &str = "\
  text               is sent               /ping [text]       are you there?
  //text             begins with a slash   /pong [text]       a sign of life
  /binary 00 ff 7f   bytes, as numbers     /close [1000 why]  say goodbye
  /fragment 3 text   text in three frames  /raw 81 00         bytes as they are
  /wait 500ms        do nothing            /expect text       until such a message comes
  /quit              the same as /close 1000";

/// Orders from --send and --script, and then, if wanted, from the keyboard (or a pipe) to its end.
pub(super) fn orders(first: Vec<Order>, listens: bool) -> Receiver<Order> {
    let (way, orders) = mpsc::channel(WAITING);
    // It may block for ever in a read; the end of the program ends it.
    std::thread::spawn(move || {
        let mut sent = first.into_iter().all(|order| way.blocking_send(order).is_ok());
        let input = io::stdin();
        let mut line = Vec::new();
        while listens && sent {
            line.clear();
            match input.lock().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) => sent = way.blocking_send(typed(&line)).is_ok(),
            }
        }
    });
    orders
}

fn typed(line: &[u8]) -> Order {
    order(&String::from_utf8_lossy(line)).unwrap_or_else(Order::Aside)
}

/// All lines of a script; empty ones and those that begin with `#` are left out.
///
/// # Errors
/// Which line is wrong, and why.
pub(super) fn script(text: &str) -> Result<Vec<Order>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|(number, line)| order(line).map_err(|why| format!("line {}: {why}", number + 1))).collect()
}

/// One line.
///
/// # Errors
/// How it should be written.
pub(super) fn order(line: &str) -> Result<Order, String> {
    let line = line.trim_end_matches(['\r', '\n']);
    let Some(rest) = line.strip_prefix('/') else { return Ok(Order::Text(line.to_owned(), 1)) };
    if rest.starts_with('/') {
        return Ok(Order::Text(rest.to_owned(), 1));
    }
    let (command, more) = rest.split_once(' ').unwrap_or((rest, ""));
    match command {
        "help" => Ok(Order::Aside(HELP.to_owned())),
        "binary" => Ok(Order::Binary(hex(more)?)),
        "raw" => Ok(Order::Raw(hex(more)?)),
        "ping" | "pong" if more.len() > 125 => Err(format!("a {command} carries 125 bytes at most (RFC 6455 s.5.5)")),
        "ping" => Ok(Order::Ping(more.as_bytes().to_vec())),
        "pong" => Ok(Order::Pong(more.as_bytes().to_vec())),
        "close" => close(more),
        "quit" => Ok(Order::Close(Some(1000), String::new())),
        "fragment" => fragment(more),
        "wait" => duration(more.trim()).map(Order::Wait),
        "expect" if more.is_empty() => Err("write it so: /expect hello".to_owned()),
        "expect" => Ok(Order::Expect(more.to_owned())),
        _ => Err(format!(
            "there is no command /{command}; /help lists them, and // sends a line that begins with a slash"
        )),
    }
}

fn close(text: &str) -> Result<Order, String> {
    let (code, reason) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    if code.is_empty() {
        return Ok(Order::Close(None, String::new()));
    }
    let code = code.parse().map_err(|_| "write it so: /close 1000 goodbye".to_owned())?;
    if reason.len() > 123 {
        return Err("a reason has 123 bytes at most (RFC 6455 s.5.5)".to_owned());
    }
    Ok(Order::Close(Some(code), reason.to_owned()))
}

fn fragment(text: &str) -> Result<Order, String> {
    let wrong = || "write it so: /fragment 3 hello".to_owned();
    let (count, text) = text.split_once(' ').ok_or_else(wrong)?;
    let count = count.parse().ok().filter(|count| (1..=1000).contains(count)).ok_or_else(wrong)?;
    Ok(Order::Text(text.to_owned(), count))
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .map_err(|_| "bytes are written with two digits from 0 to f each: 81 05 48".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_sent_and_a_slash_begins_a_command() {
        let good = |line| order(line).expect("an order");
        assert_eq!(good("hello\r\n"), Order::Text("hello".into(), 1));
        assert_eq!(good("//etc"), Order::Text("/etc".into(), 1));
        assert_eq!(good("/binary 00 fF7f"), Order::Binary(vec![0, 255, 127]));
        assert_eq!(good("/fragment 3 abc def"), Order::Text("abc def".into(), 3));
        assert_eq!(good("/close 4001 so it is"), Order::Close(Some(4001), "so it is".into()));
        assert_eq!(good("/close"), Order::Close(None, String::new()));
        assert_eq!(good("/wait 500ms"), Order::Wait(std::time::Duration::from_millis(500)));
        for wrong in ["/nope", "/raw 8", "/fragment x", "/close soon", "/wait never", "/expect"] {
            assert!(order(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_script_says_which_line_is_wrong() {
        assert_eq!(script("# greet\nhello\n\n/ping\n").map(|all| all.len()), Ok(2));
        assert!(script("hello\n/nope\n").is_err_and(|why| why.starts_with("line 2: ")));
    }
}
