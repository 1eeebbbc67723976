//! Answers what viewers ask, from the same view model that `browse` has. Every answer is made and framed once, and kept
//! for a while: a room full of people asks for the same.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::stop::Stop;
use crate::dissect::{Dissection, Secrets};
use crate::gallery::{Ask, Frame, Gallery, Wish};
use crate::render::sight::{self, BYTES, FIELDS, Light, Sight};
use crate::render::{self, Charset, Line, Style};
use crate::view::{Choice, Goto, Home, Jump, Lit, Loaded, Open, Shelf, View, choose};

/// How often all are told what is new.
const BEAT: Duration = Duration::from_millis(200);
/// Rows that are asked for together, and rows that all are told unasked: a screen full.
const BLOCK: u64 = 64;
/// Answers that are kept.
const KEPT: usize = 64;
const HOMES: [Home; 3] = [Home::Packet, Home::Joined, Home::Made];

/// See the module.
pub(super) struct Desk {
    shelf: Arc<Shelf>,
    gallery: Gallery,
    live: bool,
    /// Reads what is asked, and the newest packets: each goes its own way through a conversation.
    asked: View,
    newest: View,
    line: Line,
    kept: VecDeque<(Wish, Frame)>,
    /// What all were told last: first, last, viewers, done.
    told: (u64, u64, usize, bool),
}

impl Desk {
    pub fn new(shelf: &Arc<Shelf>, secrets: Secrets, gallery: Gallery, live: bool) -> Self {
        let style = Style { width: 200, color: false, charset: Charset::Unicode, explain: false };
        Desk {
            shelf: Arc::clone(shelf),
            gallery,
            live,
            asked: View::new(shelf, secrets.clone(), false),
            newest: View::new(shelf, secrets, false),
            line: Line::new(style, None),
            kept: VecDeque::new(),
            told: (0, 0, 0, false),
        }
    }

    /// Until somebody stops it.
    pub fn work(mut self, asks: &Receiver<Ask>, stop: &Stop) {
        let mut next = Instant::now();
        while !stop.asked() {
            match asks.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(ask) => self.answer(ask),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if Instant::now() >= next {
                self.beat();
                next = Instant::now() + BEAT;
            }
        }
    }

    /// Tells all what is new, at most a screen full of it.
    fn beat(&mut self) {
        let now = (self.shelf.first(), self.shelf.last(), self.gallery.here(), self.shelf.is_done());
        if now == self.told {
            return self.gallery.catch_up();
        }
        let from = (self.told.1 + 1).max(now.0).max((now.1 + 1).saturating_sub(BLOCK));
        let rows = if self.live { rows(&mut self.newest, &mut self.line, from..=now.1) } else { Vec::new() };
        self.told = now;
        let lost = self.shelf.lost();
        let beat = json!({ "t": "beat", "first": now.0, "last": now.1, "here": now.2, "done": now.3, "lost": lost,
            "percent": self.shelf.percent(), "rows": rows });
        self.gallery.tell_all(&Frame::new(&beat.to_string()));
    }

    fn answer(&mut self, ask: Ask) {
        if let Some((_, frame)) = self.kept.iter().find(|(wish, _)| *wish == ask.wish) {
            return self.gallery.answer(ask.viewer, frame);
        }
        let (answer, keep) = match ask.wish {
            Wish::Rows(block) => self.block(block),
            Wish::Packet(number) => (self.packet(number), true),
            Wish::Choose(number, choice) => {
                let mut packet = self.packet(number);
                packet["choice"] = choice.into();
                packet["t"] = "teacher".into();
                return self.gallery.point(Frame::new(&packet.to_string()));
            }
        };
        let frame = Frame::new(&answer.to_string());
        self.gallery.answer(ask.viewer, &frame);
        if keep {
            if self.kept.len() >= KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back((ask.wish, frame));
        }
    }

    /// A block of rows, and whether it is as it will stay.
    fn block(&mut self, block: u64) -> (Value, bool) {
        let from = block.saturating_mul(BLOCK).saturating_add(1);
        let end = from.saturating_add(BLOCK - 1);
        let rows = rows(&mut self.asked, &mut self.line, from..=end.min(self.shelf.last()));
        let whole = rows.len() as u64 == BLOCK;
        (json!({ "t": "rows", "block": block, "rows": rows }), whole)
    }

    fn packet(&mut self, number: u64) -> Value {
        let there = self.asked.go(Goto::Number(number)) == Jump::There;
        let Some(loaded) = self.asked.packet().filter(|p| there && p.packet().number == number) else {
            return json!({ "t": "gone", "number": number });
        };
        let view = render::View { packet: &loaded.packet(), tape: &loaded.tape };
        let homes = HOMES.map(|home| self.asked.bytes(home));
        let mut packet = sight::packet(view, &seen(loaded, homes), homes);
        packet["t"] = "packet".into();
        packet
    }
}

fn rows(view: &mut View, line: &mut Line, numbers: std::ops::RangeInclusive<u64>) -> Vec<Value> {
    let mut rows = Vec::new();
    for number in numbers {
        view.read(number, |packet, tape| {
            rows.push(sight::row(number, &line.columns(render::View { packet, tape })));
        });
    }
    rows
}

/// What the view model says of a packet, in the page's numbers.
fn seen(loaded: &Loaded, homes: [&[u8]; 3]) -> Sight {
    let tape = &loaded.tape;
    let open = Open::default().rows(tape);
    let opened = |choice| open.iter().any(|row| row.choice == choice && row.open == Some(true));
    let layers = (0..tape.layers.len()).map(Choice::Layer).map(|choice| (light(choice, tape), opened(choice)));
    let nodes = (0..tape.nodes.len().min(FIELDS)).map(Choice::Node);
    let named = |choice| loaded.explained(choice).map(|e| e.named).unwrap_or_default();
    let best = open.iter().rev().find(|r| r.depth == 0 && r.open == Some(true)).or_else(|| open.last());
    let mut homes = HOMES.into_iter().zip(homes);
    Sight {
        layers: layers.collect(),
        nodes: nodes.map(|choice| (light(choice, tape), named(choice))).collect(),
        runs: std::array::from_fn(|_| {
            homes.next().map_or_else(Vec::new, |(home, bytes)| runs(home, bytes.len(), tape))
        }),
        best: best.map(|row| number(row.choice)),
    }
}

fn light(choice: Choice, tape: &Dissection) -> Light {
    let Lit { home, at, made, .. } = Lit::of(choice, tape);
    Light { home: HOMES.iter().position(|h| *h == home).unwrap_or(0) as u8, at, made }
}

fn number(choice: Choice) -> i64 {
    match choice {
        Choice::Layer(number) => -1 - number.cast_signed() as i64,
        Choice::Node(place) => place.cast_signed() as i64,
    }
}

/// Neighbouring bytes that mean the same.
fn runs(home: Home, bytes: usize, tape: &Dissection) -> Vec<(u32, Option<i64>)> {
    let mut runs: Vec<(u32, Option<i64>)> = Vec::new();
    for at in 0..bytes.min(BYTES) as u32 {
        let meant = choose(home, at, tape).map(number);
        match runs.last_mut().filter(|(_, last)| *last == meant) {
            Some((end, _)) => *end = at + 1,
            None => runs.push((at + 1, meant)),
        }
    }
    runs
}
