//! The same for ears and for programs: whole sentences, and one JSON object a line.

use super::line::{plain, quoted};
use super::{Answer, Data, Line, Options};
use crate::render::quantity::counted;
use crate::render::value::{byte, decimal};
use crate::render::{Style, changing, json as text};

/// Columns of a message that is read out.
const LONGEST: usize = 200;

/// Appends a line in sentences.
pub fn describe(out: &mut Vec<u8>, style: Style, options: Options, told: &Line) {
    let call = &told.call;
    let who = sentence(&told.who);
    let mut words = format!("After {:.3} seconds: ", told.at.as_secs_f64());
    if matches!(told.answer, Answer::Moved) {
        words += &format!("{who}, closed before.");
    } else {
        words += &format!("{who} calls {}", call.name);
        if let Some(data) = call.data.as_ref().filter(|data| !data.bytes.is_empty()) {
            words += &format!(" with {}", quoted(data, style, LONGEST));
        }
        if !call.arguments.is_empty() {
            words += &format!(" {} {}", if call.data.is_some() { "to" } else { "with" }, call.arguments);
        }
        words += &format!(": {}.", answer(&told.answer, style));
    }
    if let Some(state) = told.state {
        words += &format!(" State {state}.");
    }
    if let (true, Some(data)) = (options.hex, told.data()) {
        words += &format!(" Bytes: {}.", hex(data, " "));
    }
    if let Some(begins) = &told.begins {
        words += &format!(" {}.", sentence(begins));
    }
    if let (true, Some(kind)) = (options.explain, told.kind) {
        words += &format!(" {}", kind.sentence());
    }
    out.extend_from_slice(plain(&words, style).as_bytes());
    out.push(b'\n');
}

/// A sentence begins with a capital.
fn sentence(words: &str) -> String {
    let mut words = words.to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn answer(answer: &Answer, style: Style) -> String {
    match answer {
        Answer::Done | Answer::Moved => "done".to_owned(),
        Answer::Made(what) => format!("done, {what}"),
        Answer::Took(length) => format!("{} taken", counted(*length, "byte")),
        Answer::Gave(data, from) => {
            let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
            format!("{} came{from}, {}", counted(data.length, "byte"), quoted(data, style, LONGEST))
        }
        Answer::End => "0 bytes, the other side is done".to_owned(),
        Answer::More(calls, bytes) => format!("{} more, {}", counted(*calls, "call"), counted(*bytes, "byte")),
        Answer::Silence => "no answer yet".to_owned(),
        Answer::Refused(name, message) => format!("refused with {name}, {message}"),
    }
}

fn hex(data: &Data, between: &str) -> String {
    let mut out = Vec::new();
    for (at, b) in data.bytes.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(between.as_bytes());
        }
        byte(&mut out, *b);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends a line as one JSON object.
pub fn json(out: &mut Vec<u8>, options: Options, told: &Line) {
    out.extend_from_slice(format!("{{\"at\":{:.6}", told.at.as_secs_f64()).as_bytes());
    string(out, "who", &told.who);
    string(out, "call", if matches!(told.answer, Answer::Moved) { "" } else { told.call.name });
    string(out, "arguments", &told.call.arguments);
    string(out, "result", result(&told.answer));
    match &told.answer {
        Answer::Refused(_, message) => string(out, "message", message),
        Answer::Took(bytes) => number(out, "bytes", *bytes),
        Answer::Gave(data, _) => number(out, "bytes", data.length),
        Answer::End => number(out, "bytes", 0),
        Answer::More(calls, bytes) => {
            number(out, "calls", *calls);
            number(out, "bytes", *bytes);
        }
        Answer::Made(what) => string(out, "made", what),
        _ => {}
    }
    if let Some(data) = told.data() {
        out.extend_from_slice(b",\"data\":");
        text::string(out, &data.bytes);
        string(out, "hex", &hex(data, ""));
    }
    for (which, end) in [("local", told.local), ("remote", told.remote)] {
        match end {
            Some(end) => {
                string(out, &format!("{which}_address"), &end.ip().to_string());
                number(out, &format!("{which}_port"), u64::from(end.port()));
            }
            None => out.extend_from_slice(format!(",\"{which}_address\":null,\"{which}_port\":null").as_bytes()),
        }
    }
    match told.state {
        Some(state) => string(out, "state", &changing::key(state)),
        None => out.extend_from_slice(b",\"state\":null"),
    }
    if let (true, Some(kind)) = (options.explain, told.kind) {
        string(out, "explain", kind.sentence());
    }
    out.extend_from_slice(b"}\n");
}

fn result(answer: &Answer) -> &str {
    match answer {
        Answer::Refused(name, _) => name,
        Answer::End => "end",
        Answer::Silence => "silence",
        Answer::Moved => "moved",
        Answer::More(..) => "more",
        _ => "ok",
    }
}

fn string(out: &mut Vec<u8>, key: &str, value: &str) {
    out.extend_from_slice(format!(",\"{key}\":").as_bytes());
    text::string(out, value.as_bytes());
}

fn number(out: &mut Vec<u8>, key: &str, value: u64) {
    out.extend_from_slice(format!(",\"{key}\":").as_bytes());
    decimal(out, value);
}
