//! What happens while a recording is played, handed to whoever draws it, or as JSON.

use std::time::Duration;

use crate::cli::Console;
use crate::render::replay::{Found, Replay, Row, Said};
use crate::websocket::Incoming;
use crate::websocket::replay::{Event, Recording, Verdict, compare};

/// Draws events as they come.
pub(super) struct Teller {
    draws: Replay,
    json: bool,
    /// What a client is expected to say, where we are the server.
    expected: Vec<Incoming>,
}

impl Teller {
    pub(super) fn new(console: &Console, json: bool) -> Self {
        Teller { draws: Replay::new(console.style(), console.describe()), json, expected: Vec::new() }
    }

    /// The same, for a client that is expected to say this.
    pub(super) fn expecting(&self, expected: Vec<Incoming>) -> Self {
        Teller { draws: self.draws, json: self.json, expected }
    }

    pub(super) fn row(&self, row: &Row<'_>, console: &mut Console) {
        if !self.json {
            return self.draws.row(row, console.buffer());
        }
        let [client, server] = &row.ends;
        let line = format!(
            "{{\"conversation\":{},\"target\":{},\"client\":\"{client}\",\"server\":\"{server}\",\"client_messages\":{},\"server_messages\":{},\"lasted\":{},\"whole\":{}}}\n",
            row.number,
            quoted(row.target),
            row.counts[0],
            row.counts[1],
            row.lasted,
            row.lacks.is_none()
        );
        console.buffer().extend_from_slice(line.as_bytes());
    }

    /// What would be said, and when.
    pub(super) fn steps(&self, recording: &Recording, speed: f64, console: &mut Console) {
        for step in &recording.steps {
            let at = if speed > 0.0 { step.at.div_f64(speed) } else { Duration::ZERO };
            self.said(step.from_client, at, &step.what, console);
        }
    }

    pub(super) fn note(&self, text: &str, console: &mut Console) {
        if self.json {
            return console.remark(text);
        }
        self.draws.note(text, console.buffer());
    }

    pub(super) fn event(&self, at: Duration, event: Event, console: &mut Console) {
        match event {
            Event::Said(what) => self.said(true, at, &what, console),
            Event::Heard(what) => self.said(false, at, &what, console),
            Event::Came(from) => self.note(&format!("{from} has connected."), console),
            Event::Refused(from, why) => self.note(&format!("{from} was refused: {why}."), console),
            Event::Gone(from, said) => {
                self.note(&format!("{from} has gone. What it said, beside the recording:"), console);
                replied(self, &self.expected.iter().collect::<Vec<_>>(), &said, console);
            }
        }
    }

    fn said(&self, outwards: bool, at: Duration, what: &Incoming, console: &mut Console) {
        if !self.json {
            return self.draws.said(outwards, at.as_nanos() as u64, &said(what), console.buffer());
        }
        let line = format!("{{\"at\":{},\"outwards\":{outwards},{}}}\n", at.as_nanos(), fields(what));
        console.buffer().extend_from_slice(line.as_bytes());
    }
}

/// Tells what came of each recorded message; whether all is as it was.
pub(super) fn replied(teller: &Teller, recorded: &[&Incoming], heard: &[Incoming], console: &mut Console) -> bool {
    let verdicts = compare(recorded, heard);
    let same = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Same(..))).count();
    for verdict in &verdicts {
        if teller.json {
            let (word, then, now) = match *verdict {
                Verdict::Same(r, h) => ("same", Some(recorded[r]), Some(&heard[h])),
                Verdict::Different(r, h) => ("different", Some(recorded[r]), Some(&heard[h])),
                Verdict::Missing(r) => ("missing", Some(recorded[r]), None),
                Verdict::New(h) => ("new", None, Some(&heard[h])),
            };
            let side = |what: Option<&Incoming>| what.map_or("null".to_owned(), |what| format!("{{{}}}", fields(what)));
            let line = format!("{{\"answer\":\"{word}\",\"recorded\":{},\"now\":{}}}\n", side(then), side(now));
            console.buffer().extend_from_slice(line.as_bytes());
            continue;
        }
        let found = match *verdict {
            Verdict::Same(r, _) => Found::Same(said(recorded[r])),
            Verdict::Different(r, h) => Found::Different(said(recorded[r]), said(&heard[h])),
            Verdict::Missing(r) => Found::Missing(said(recorded[r])),
            Verdict::New(h) => Found::New(said(&heard[h])),
        };
        teller.draws.found(&found, console.buffer());
    }
    let all = same == verdicts.len();
    let summary = match (all, recorded.len()) {
        (true, 0) => "Nothing was recorded, and nothing came.".to_owned(),
        (true, 1) => "The one message is as it was recorded.".to_owned(),
        (true, count) => format!("All {count} messages are as they were recorded."),
        (false, count) => {
            format!("{same} of {count} recorded messages came as they were; the others are marked above.")
        }
    };
    teller.note(&summary, console);
    all
}

/// A message, for drawing.
fn said(what: &Incoming) -> Said<'_> {
    let (kind, bytes, text, code): (_, &[u8], _, _) = match what {
        Incoming::Text(text) => ("text", text.as_bytes(), true, None),
        Incoming::Binary(bytes) => ("binary", bytes, false, None),
        Incoming::Ping(bytes) => ("ping", bytes, false, None),
        Incoming::Pong(bytes) => ("pong", bytes, false, None),
        Incoming::Close(None) => ("close", &[], true, None),
        Incoming::Close(Some((code, reason))) => ("close", reason.as_bytes(), true, Some(*code)),
    };
    Said { kind, bytes, text, code }
}

/// A message, as JSON.
fn fields(what: &Incoming) -> String {
    let said = said(what);
    let code = said.code.map_or(String::new(), |code| format!(",\"code\":{code}"));
    let content = if said.text {
        format!("\"text\":{}", quoted(&String::from_utf8_lossy(said.bytes)))
    } else {
        format!("\"hex\":\"{}\"", data_encoding::HEXLOWER.encode(said.bytes))
    };
    format!("\"kind\":\"{}\"{code},{content}", said.kind)
}

/// A string of JSON (RFC 8259 §7).
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
