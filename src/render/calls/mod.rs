//! Calls to the kernel told as they happen: when, who, what, the answer, and the socket's state after it.
//! Not here: making them (`sockets`), which sentence explains which call (`words`).

mod line;
mod notes;
mod spoken;
mod words;

use std::net::SocketAddr;
use std::time::Duration;

use super::{Style, wrap};

pub use notes::{Open, invite, invite_spoken, note};
pub use spoken::{describe, json};
pub use words::Kind;

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Since the beginning.
    pub at: Duration,
    /// Who called: "server", "connection 2".
    pub who: String,
    /// What.
    pub call: Call,
    /// What came back.
    pub answer: Answer,
    /// The socket's own end.
    pub local: Option<SocketAddr>,
    /// The other end.
    pub remote: Option<SocketAddr>,
    /// Its state afterwards; `None` where it has none.
    pub state: Option<&'static str>,
    /// Both ends are said below it: here a connection begins.
    pub begins: Option<String>,
    /// What has just happened, the first time that it happens.
    pub kind: Option<Kind>,
}

/// What was asked of the kernel.
#[derive(Debug, Clone)]
pub struct Call {
    /// "bind"
    pub name: &'static str,
    /// "127.0.0.1:40123"; what is sent is not here.
    pub arguments: String,
    /// What is sent.
    pub data: Option<Data>,
}

/// Bytes of a message.
#[derive(Debug, Clone)]
pub struct Data {
    /// The first of them.
    pub bytes: Vec<u8>,
    /// How many there are.
    pub length: u64,
}

/// What the kernel answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Yes.
    Done,
    /// It made this: "connection 1".
    Made(String),
    /// It took so many bytes.
    Took(u64),
    /// It gave these, from whom.
    Gave(Data, Option<SocketAddr>),
    /// The other side is done.
    End,
    /// So many more calls and bytes.
    More(u64, u64),
    /// Nobody has answered yet.
    Silence,
    /// No.
    Refused(String, String),
    /// Nobody asked: the kernel went on by itself.
    Moved,
}

/// How much is told.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Sentences that explain.
    pub explain: bool,
    /// The bytes as numbers.
    pub hex: bool,
}

/// Where explanations begin: below who calls.
const INDENT: usize = 10;

/// Appends a line with what belongs below it.
pub fn text(out: &mut Vec<u8>, style: Style, options: Options, told: &Line) {
    let style = Style { width: style.width.min(110), ..style };
    line::write(out, style, told);
    if let (true, Some(data)) = (options.hex, told.data()) {
        line::hex(out, style, data);
    }
    if let Some(begins) = &told.begins {
        out.resize(out.len() + INDENT, b' ');
        style.strong(out);
        out.extend_from_slice(line::plain(begins, style).as_bytes());
        style.end(out);
        out.push(b'\n');
    }
    if let (true, Some(kind)) = (options.explain, told.kind) {
        wrap::wrap(out, kind.sentence(), INDENT, &Style { width: style.width.min(90), ..style });
    }
}

impl Line {
    /// The bytes that went or came.
    fn data(&self) -> Option<&Data> {
        match &self.answer {
            Answer::Gave(data, _) => Some(data),
            _ => self.call.data.as_ref().filter(|data| !data.bytes.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests;
