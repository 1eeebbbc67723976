//! The same messages four ways, side by side: a table, bars, and what it means. Not here: counting (`websocket::versus`).

use super::json::string;
use super::quantity::{bar, counted, grouped};
use super::wrap::wrap;
use super::{Style, table};

/// Columns of the names before a bar, and of the number before it.
const NAME: usize = 18;
const NUMBER: usize = 9;
/// A longer bar says no more.
const LONGEST: usize = 60;
/// Prose is not read well in longer lines.
const PROSE: usize = 100;

/// All four ways.
pub struct Told {
    /// Messages in all, in both directions.
    pub messages: u64,
    /// Bytes of each.
    pub size: u64,
    /// In both directions, or only from the server.
    pub both: bool,
    /// The ways.
    pub ways: Vec<Way>,
    /// The packets were captured, not rebuilt.
    pub captured: bool,
    /// How it was played and counted, in sentences.
    pub how: Vec<String>,
    /// What it means, in sentences.
    pub meaning: Vec<String>,
}

/// What one way took.
pub struct Way {
    /// "long polling"
    pub name: &'static str,
    /// As JSON names it: "long-polling".
    pub key: &'static str,
    /// HTTP requests.
    pub requests: u64,
    /// Bytes to the server.
    pub up: u64,
    /// Bytes to the client.
    pub down: u64,
    /// Bytes to open and close it without any message.
    pub opening: u64,
    /// Bytes around each message, in hundredths.
    pub around: u64,
    /// Answers that were waited for.
    pub round_trips: u64,
    /// Packets.
    pub packets: u64,
    /// TCP connections.
    pub connections: u64,
}

impl Way {
    fn around(&self) -> u64 {
        (self.around + 50) / 100
    }
}

impl Told {
    fn title(&self) -> String {
        let messages = counted(self.messages, "message");
        let way = if self.both { "half from the page, half from the server" } else { "from the server to the page" };
        format!("{messages} of {}, {way}", counted(self.size, "byte"))
    }

    /// A row each: what is counted, and each way's number.
    fn rows(&self) -> Vec<(&'static str, Vec<u64>)> {
        let row = |label, of: fn(&Way) -> u64| (label, self.ways.iter().map(of).collect());
        vec![
            row("HTTP requests", |way| way.requests),
            row("bytes to the server", |way| way.up),
            row("bytes to the page", |way| way.down),
            row("bytes to open and close", |way| way.opening),
            row("bytes around a message", Way::around),
            row("round trips waited for", |way| way.round_trips),
            row(if self.captured { "packets, captured" } else { "packets, at least" }, |way| way.packets),
            row("TCP connections", |way| way.connections),
        ]
    }
}

/// Appends table, bars and meaning.
pub fn text(out: &mut Vec<u8>, style: Style, told: &Told) {
    style.strong(out);
    prose(out, style, &told.title());
    style.end(out);
    let header: Vec<&str> = std::iter::once("").chain(told.ways.iter().map(|way| way.name)).collect();
    let right: Vec<usize> = (1..header.len()).collect();
    let row = |(label, numbers): (&str, Vec<u64>)| {
        std::iter::once(label.to_owned()).chain(numbers.into_iter().map(grouped)).collect()
    };
    let rows: Vec<Vec<String>> = told.rows().into_iter().map(row).collect();
    table::aligned(out, style, &header, &right, &rows);
    out.push(b'\n');
    prose(out, style, "Bytes around each message, once it is open:");
    bars(out, style, told);
    out.push(b'\n');
    told.meaning.iter().for_each(|sentence| prose(out, style, sentence));
    if !told.how.is_empty() {
        out.push(b'\n');
    }
    told.how.iter().for_each(|sentence| faint(out, style, sentence));
}

fn bars(out: &mut Vec<u8>, style: Style, told: &Told) {
    let most = told.ways.iter().map(|way| way.around).max().unwrap_or(0);
    let room = style.width.saturating_sub(2 + NAME + NUMBER + 1).clamp(1, LONGEST);
    for way in &told.ways {
        let bar = bar(way.around, most, room, style);
        let line = format!("  {:<NAME$}{:>NUMBER$} {bar}", way.name, grouped(way.around()));
        out.extend_from_slice(line.trim_end().as_bytes());
        out.push(b'\n');
    }
}

/// Appends the same in sentences.
pub fn describe(out: &mut Vec<u8>, style: Style, told: &Told) {
    let mut say = |sentence: &str| wrap(out, sentence, 0, &style);
    say(&format!("{}.", told.title()));
    for (at, way) in told.ways.iter().enumerate() {
        let all: Vec<String> =
            told.rows().iter().map(|(label, numbers)| format!("{label} {}", grouped(numbers[at]))).collect();
        say(&format!("With {}: {}.", way.name, all.join("; ")));
    }
    told.meaning.iter().chain(&told.how).for_each(|sentence| say(sentence));
}

/// Appends an object for each way.
pub fn json(out: &mut Vec<u8>, told: &Told) {
    for way in &told.ways {
        let direction = if told.both { "both" } else { "down" };
        out.extend_from_slice(format!("{{\"direction\":\"{direction}\",\"way\":\"{}\"", way.key).as_bytes());
        let numbers = [
            ("messages", told.messages),
            ("message_bytes", told.size),
            ("requests", way.requests),
            ("bytes_to_server", way.up),
            ("bytes_to_client", way.down),
            ("bytes_to_open_and_close", way.opening),
            ("round_trips", way.round_trips),
            ("packets", way.packets),
            ("connections", way.connections),
        ];
        for (key, number) in numbers {
            out.extend_from_slice(format!(",\"{key}\":{number}").as_bytes());
        }
        let (whole, rest) = (way.around / 100, way.around % 100);
        let captured = told.captured;
        let more = format!(",\"bytes_around_message\":{whole}.{rest:02},\"packets_captured\":{captured}}}\n");
        out.extend_from_slice(more.as_bytes());
    }
}

/// Appends a prediction and what became of it.
pub fn json_prediction(out: &mut Vec<u8>, key: &str, predicted: &super::beside::Prediction) {
    let mut text = |lead: &str, value: &str| {
        out.extend_from_slice(lead.as_bytes());
        string(out, value.as_bytes());
    };
    text("{\"prediction\":", key);
    text(",\"choice\":", &predicted.letter.to_string());
    text(",\"answer\":", &predicted.answer.0.to_string());
    text(",\"why\":", predicted.why);
    out.extend_from_slice(format!(",\"confidence\":{},\"right\":{}}}\n", predicted.sure, predicted.right).as_bytes());
}

fn prose(out: &mut Vec<u8>, style: Style, text: &str) {
    wrap(out, text, 0, &Style { width: style.width.min(PROSE), ..style });
}

fn faint(out: &mut Vec<u8>, style: Style, text: &str) {
    if style.color {
        out.extend_from_slice(b"\x1b[2m");
    }
    prose(out, style, text);
    style.end(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Charset;

    fn told() -> Told {
        let way = |name, key, around| Way {
            name,
            key,
            requests: 20,
            up: 1_234_567,
            down: 4,
            opening: 0,
            around,
            round_trips: 21,
            packets: 1,
            connections: 2,
        };
        Told {
            messages: 10,
            size: 20,
            both: false,
            ways: vec![way("Server-Sent Events", "events", 170_000), way("WebSocket", "websocket", 250)],
            captured: false,
            how: vec!["Counted → so.".into()],
            meaning: vec!["It means something.".into()],
        }
    }

    #[test]
    fn a_table_and_bars_fit_the_terminal() {
        for (width, charset) in [(60, Charset::Ascii), (80, Charset::Unicode), (120, Charset::Ascii)] {
            let mut out = Vec::new();
            text(&mut out, Style { width, color: false, charset, explain: false }, &told());
            let drawn = String::from_utf8(out).expect("text");
            assert!(drawn.lines().all(|line| line.chars().count() <= width), "{drawn}");
            assert!(charset == Charset::Unicode || drawn.is_ascii(), "{drawn}");
            assert!(drawn.contains("1,234,567") && drawn.contains("packets, at least"), "{drawn}");
        }
    }

    #[test]
    fn programs_get_an_object_for_each_way() {
        let mut out = Vec::new();
        json(&mut out, &told());
        let drawn = String::from_utf8(out).expect("text");
        let objects: Vec<serde_json::Value> =
            drawn.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(objects[1]["bytes_around_message"], 2.5);
        assert_eq!(objects[0]["way"], "events");
    }
}
