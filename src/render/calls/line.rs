//! One call as one line: time, who, call and answer, state.

use unicode_width::UnicodeWidthStr;

use super::{Answer, Data, Line};
use crate::render::quantity::{bytes, counted};
use crate::render::{Charset, Style, changing, value, wrap};

/// Columns for the time, for who calls, and for the state at the end of the line.
const TIME: usize = 8;
const WHO: usize = 14;
const STATE: usize = 14;
/// Bytes in a line of numbers, and lines of them.
const HEX_BYTES: usize = 16;

pub(super) fn write(out: &mut Vec<u8>, style: Style, told: &Line) {
    let seconds = told.at.as_secs_f64();
    out.extend_from_slice(format!("{seconds:>TIME$.3}  {:<WHO$}", told.who).as_bytes());
    let used = TIME + 2 + WHO.max(told.who.width());
    let room = style.width.saturating_sub(used + 1 + STATE);
    let (words, mark) = words(told, style, room);
    let bad = matches!(told.answer, Answer::Refused(..));
    out.extend_from_slice(words.as_bytes());
    out.push(b' ');
    if bad {
        style.warn(out);
    }
    out.extend_from_slice(mark.as_bytes());
    if bad {
        style.end(out);
    }
    if let Some(state) = told.state {
        let width = words.width() + 1 + mark.width();
        out.resize(out.len() + room.saturating_sub(width) + 1, b' ');
        style.strong(out);
        out.extend_from_slice(state.as_bytes());
        style.end(out);
    }
    out.push(b'\n');
}

/// The call and its answer; together they fit into the room, and what is cut is never the answer.
fn words(told: &Line, style: Style, room: usize) -> (String, String) {
    let call = &told.call;
    let arrow = style.arrow();
    let answer = match &told.answer {
        Answer::Done => style.pick("✓", "ok").to_owned(),
        Answer::Made(what) => format!("{arrow} {what}"),
        Answer::Took(length) => format!("{arrow} {}", bytes(*length)),
        Answer::Gave(data, from) => {
            gave(data, from.map(changing::end), style, room.saturating_sub(call.name.len() + 3))
        }
        Answer::End => format!("{arrow} 0 B: they are done"),
        Answer::More(calls, sum) => format!("{} more, {}", counted(*calls, "call"), bytes(*sum)),
        Answer::Silence => format!("{} no answer yet", style.ellipsis()),
        Answer::Refused(name, _) => format!("{} {name}", style.pick("✗", "!")),
        Answer::Moved => return (plain("(later, by itself)", style), String::new()),
    };
    let left = room.saturating_sub(answer.width() + 1 + call.name.len() + 2);
    let arguments = match &call.data {
        Some(data) if !data.bytes.is_empty() => {
            let to = if call.arguments.is_empty() { String::new() } else { format!(", {}", call.arguments) };
            format!("{}{to}", quoted(data, style, left.saturating_sub(to.width())))
        }
        _ => changing::cut(&call.arguments, left, style),
    };
    (format!("{}({arguments})", call.name), answer)
}

/// `→ 6 B "hello\n"`
fn gave(data: &Data, from: Option<String>, style: Style, room: usize) -> String {
    let mut text = format!("{} {}", style.arrow(), bytes(data.length));
    if data.length > 0 {
        text.push(' ');
        let room = room.saturating_sub(text.width());
        text += &quoted(data, style, room);
    }
    // Who sent it is said by name in front, too: the message is worth more room than the address.
    let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
    if text.width() + from.width() <= room { text + &from } else { text }
}

/// Bytes as text between quotation marks, in at most so many columns.
pub(super) fn quoted(data: &Data, style: Style, room: usize) -> String {
    let text = changing::text(&data.bytes, style);
    let whole = data.bytes.len() as u64 == data.length && text.width() + 2 <= room;
    if whole {
        return format!("\"{text}\"");
    }
    let dots = style.ellipsis();
    let room = room.saturating_sub(2 + dots.width()).max(1);
    let mut used = 0;
    let fits = |c: &char| {
        used += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
        used <= room
    };
    let front: String = text.chars().take_while(fits).collect();
    format!("\"{front}\"{dots}")
}

/// Bytes as numbers, and as text beside them.
pub(super) fn hex(out: &mut Vec<u8>, style: Style, data: &Data) {
    for (row, piece) in data.bytes.chunks(HEX_BYTES).enumerate() {
        out.resize(out.len() + super::INDENT, b' ');
        out.extend_from_slice(format!("{:04x} ", row * HEX_BYTES).as_bytes());
        for at in 0..HEX_BYTES {
            match piece.get(at) {
                Some(byte) => {
                    out.push(b' ');
                    value::byte(out, *byte);
                }
                None => out.extend_from_slice(b"   "),
            }
        }
        out.extend_from_slice(b"  ");
        out.extend(piece.iter().map(|b| if (0x20..0x7f).contains(b) { *b } else { b'.' }));
        out.push(b'\n');
    }
    let more = data.length.saturating_sub(data.bytes.len() as u64);
    if more > 0 {
        out.resize(out.len() + super::INDENT, b' ');
        out.extend_from_slice(format!("{} and {}\n", style.ellipsis(), counted(more, "more byte")).as_bytes());
    }
}

/// A text of ours in the characters that there are.
pub(super) fn plain(text: &str, style: Style) -> String {
    if style.charset == Charset::Ascii { wrap::spell(text) } else { text.to_owned() }
}
