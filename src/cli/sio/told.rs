//! What server and client tell, in words: what each digit means, and what an event says.

use std::sync::mpsc::Receiver;

use crate::cli::{Console, Error};
use crate::render::packets_told::{Line, PacketsTold};
use crate::render::{Charset, Renderer, View, quantity};
use crate::socket_io::engine::Packet;
use crate::socket_io::packet::{Head, Kind};
use crate::socket_io::{Crossed, Event, Told, Way};

/// The own view is drawn from what is told, not from packets.
pub(super) struct Nothing;

impl Renderer for Nothing {
    fn packet(&mut self, _: View<'_>, _: &mut Vec<u8>) {}
}

/// Draws events as they come; or keeps quiet, where packets are shown instead.
pub(super) struct Teller {
    events: Receiver<Told>,
    page: Option<PacketsTold>,
}

impl Teller {
    pub(super) fn new(events: Receiver<Told>, page: Option<PacketsTold>) -> Self {
        Teller { events, page }
    }

    pub(super) fn begin(&self, title: &str, more: &[String], console: &mut Console) {
        if let Some(page) = &self.page {
            page.begin(title, more, console.buffer());
        }
    }

    /// Draws all that has come.
    pub(super) fn draw(&mut self, console: &mut Console) -> Result<(), Error> {
        let mut any = false;
        while let Ok(told) = self.events.try_recv() {
            any = true;
            let Some(page) = &self.page else {
                if let Event::Aside(text) = told.event {
                    console.remark(&text);
                }
                continue;
            };
            let name = if told.session > 0 { format!("#{}", told.session) } else { String::new() };
            if told.left_out > 0 {
                let words =
                    format!("{} not shown: more came than could be drawn", quantity::counted(told.left_out, "event"));
                page.line(&Line { at: told.at, words: &words, ..Line::default() }, console.buffer());
            }
            if let Event::Aside(text) = &told.event {
                page.note(text, console.buffer());
                continue;
            }
            let (way, ours, wire, words) = said(&told.event);
            let line = Line { at: told.at, name: &name, way, ours, wire: &wire, words: &words };
            page.line(&line, console.buffer());
            console.turn()?;
        }
        if any { console.flush() } else { Ok(()) }
    }
}

fn over(way: Way) -> &'static str {
    match way {
        Way::Polling => "HTTP",
        Way::WebSocket => "WS",
    }
}

fn said(event: &Event) -> (&'static str, Option<bool>, String, String) {
    let span = |time: std::time::Duration| quantity::span(time.as_nanos() as u64, Charset::Unicode);
    let plain = |words: String| ("", None, String::new(), words);
    match event {
        Event::Crossed(crossed) => {
            let wire = crossed.text.clone().unwrap_or_else(|| quantity::counted(crossed.size as u64, "byte"));
            (over(crossed.way), Some(crossed.ours), wire, meaning(crossed))
        }
        Event::Began(sid, Way::Polling) => {
            (over(Way::Polling), None, String::new(), format!("session {} begins with an HTTP request", short(sid)))
        }
        Event::Began(sid, Way::WebSocket) => (
            over(Way::WebSocket),
            None,
            String::new(),
            format!("session {} begins with a WebSocket at once", short(sid)),
        ),
        Event::Moved => (
            over(Way::WebSocket),
            None,
            String::new(),
            "moved: no more HTTP requests, the WebSocket carries all".into(),
        ),
        Event::Unhandled(name) => {
            plain(format!("nobody here handles \"{name}\"; who wants an answer gets the arguments back"))
        }
        Event::Ended(why) => plain(format!("the session ended: {why}")),
        Event::Limit(text) | Event::Aside(text) => plain(text.clone()),
        Event::Refused(status, words) => ("HTTP", Some(true), status.to_string(), format!("refused: {words}")),
        Event::Connected(local, remote, why) => {
            ("TCP", None, String::new(), format!("connected to {remote} from our port {}, {why}", local.port()))
        }
        Event::Asked(number, what) => {
            ("HTTP", Some(true), String::new(), format!("request {number}: {}", shortened(what)))
        }
        Event::Answered(number, status, size, took) => {
            let bytes = quantity::counted(*size as u64, "byte");
            ("HTTP", Some(false), String::new(), format!("answer {number}: {status}, {bytes}, after {}", span(*took)))
        }
        Event::RoundTrip(id, took) => plain(format!("event {id} was answered after {}", span(*took))),
        Event::Before(count) => {
            plain(format!("{} came before the WebSocket", quantity::counted(*count, "HTTP request")))
        }
        Event::NoSocket => plain("no WebSocket came about: the session goes on over HTTP requests".into()),
    }
}

/// The beginning of an id.
fn short(sid: &str) -> String {
    let mut letters = sid.chars();
    let beginning: String = letters.by_ref().take(4).collect();
    if letters.next().is_some() { beginning + "…" } else { beginning }
}

/// An address whose session id is cut: all of a session have the same.
fn shortened(target: &str) -> String {
    let Some((before, rest)) = target.split_once("&sid=") else { return target.to_owned() };
    let end = rest.find([',', '&', ' ']).unwrap_or(rest.len());
    format!("{before}&sid={}{}", short(&rest[..end]), &rest[end..])
}

/// What a packet says.
fn meaning(crossed: &Crossed) -> String {
    let Some(text) = &crossed.text else { return "an attachment: the bytes that a placeholder stands for".into() };
    let Ok(packet) = Packet::read(text) else { return "no packet of Engine.IO".into() };
    match packet {
        Packet::Open(json) => format!("0 open: {}", greeting(&json)),
        Packet::Close => "1 close: this session ends".into(),
        Packet::Ping(word) if word == "probe" => "2 ping: does this WebSocket work?".into(),
        Packet::Pong(word) if word == "probe" => "3 pong: it does".into(),
        Packet::Ping(_) => "2 ping: are you there?".into(),
        Packet::Pong(_) => "3 pong: I am here".into(),
        Packet::Upgrade => "5 upgrade: all over this one now".into(),
        Packet::Noop => "6 noop: ends the waiting request".into(),
        Packet::Message(_) => format!("4 message {}", message(&text[1..], crossed.size > text.len())),
    }
}

/// The rules of a session.
fn greeting(json: &str) -> String {
    let Ok(rules) = serde_json::from_str::<serde_json::Value>(json) else { return "the rules of this session".into() };
    let seconds =
        |key: &str| rules[key].as_u64().map_or("?".to_owned(), |ms| quantity::span(ms * 1_000_000, Charset::Unicode));
    let upgrade = if rules["upgrades"].as_array().is_some_and(|all| !all.is_empty()) {
        "; a WebSocket may take over"
    } else {
        ""
    };
    format!("asks every {}, gives up after {}{upgrade}", seconds("pingInterval"), seconds("pingTimeout"))
}

/// What Socket.IO says.
fn message(text: &str, cut: bool) -> String {
    let Ok(head) = Head::read(text) else { return "the program's own text".into() };
    let mut words = match head.kind {
        Kind::Connect if head.data.starts_with("{\"sid\"") => format!("0 connect: you are in {}", head.namespace),
        Kind::Connect if head.data.is_empty() => format!("0 connect: let me into {}", head.namespace),
        Kind::Connect => format!("0 connect: let me into {}, here are my credentials", head.namespace),
        Kind::Disconnect => format!("1 disconnect: out of {}", head.namespace),
        Kind::ConnectError => format!("4 connect error: no way into {}", head.namespace),
        Kind::Event => format!("{} event{}", head.digit, named(head.data)),
        Kind::Ack => format!("{} ack: the answer to event {}", head.digit, head.id.unwrap_or_default()),
    };
    if matches!(head.kind, Kind::Event | Kind::Ack) && head.namespace != "/" {
        words.push_str(&format!(" in {}", head.namespace));
    }
    if let (Kind::Event, Some(id)) = (head.kind, head.id) {
        words.push_str(&format!(", wants answer {id}"));
    }
    if head.attachments > 0 {
        words.push_str(&format!(", then {}", quantity::counted(head.attachments as u64, "attachment")));
    }
    if cut {
        words.push_str(" (its beginning)");
    }
    words
}

/// The name of an event, out of the beginning of its JSON.
fn named(json: &str) -> String {
    let mut all =
        serde_json::Deserializer::from_str(json.trim_start_matches(['[', ' '])).into_iter::<serde_json::Value>();
    match all.next() {
        Some(Ok(name)) => format!(" {name}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        meaning(&Crossed { ours: true, way: Way::Polling, text: Some(text.to_owned()), size: text.len() })
    }

    #[test]
    fn every_digit_says_what_it_means() {
        for (text, expected) in [
            (
                "0{\"sid\":\"a\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000}",
                "0 open: asks every 25 s, gives up after 20 s; a WebSocket may take over",
            ),
            ("2probe", "2 ping: does this WebSocket work?"),
            ("40", "4 message 0 connect: let me into /"),
            ("40/custom,{\"sid\":\"a\"}", "4 message 0 connect: you are in /custom"),
            ("421[\"hi\",1]", "4 message 2 event \"hi\", wants answer 1"),
            (
                "451-/a,7[\"hi\",{\"_placeholder\":true,\"num\":0}]",
                "4 message 5 event \"hi\" in /a, wants answer 7, then 1 attachment",
            ),
            ("431[]", "4 message 3 ack: the answer to event 1"),
            ("4hello", "4 message the program's own text"),
        ] {
            assert_eq!(words(text), expected);
        }
    }
}
