//! The picture that `layercake ports watch` draws on a terminal, and how long it marks what has changed.

use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::wanted::Wanted;
use super::watch::{NAP, every, mark, nanos, row, takes};
use crate::cli::console::InPlace;
use crate::cli::{Console, Error};
use crate::ports::changes::{self, Change, Changes};
use crate::ports::{Protocol, Socket};
use crate::render::changing::{Mark, Row};
use crate::render::watch::{self, Counts, Screen};

/// How long a change is marked.
const MARKED: Duration = Duration::from_secs(4);
/// Rows that are gone and still shown.
const MOST_GONE: usize = 200;

type Ends = (Protocol, std::net::SocketAddr, Option<std::net::SocketAddr>, u64);

fn ends(socket: &Socket) -> Ends {
    (socket.protocol, socket.local, socket.remote, socket.cookie)
}

/// The picture on the terminal, and which marks it still shows.
pub(super) struct Picture {
    place: InPlace,
    marks: FxHashMap<Ends, (Mark, Instant)>,
    gone: Vec<(changes::Event, Instant)>,
}

impl Picture {
    pub(super) fn new(console: &mut Console) -> Result<Self, Error> {
        Ok(Picture { place: InPlace::begin(console)?, marks: FxHashMap::default(), gone: Vec::new() })
    }

    pub(super) fn note(&mut self, event: &changes::Event) {
        let now = Instant::now();
        if event.change == Change::Closed {
            self.marks.remove(&ends(&event.socket));
            if self.gone.len() < MOST_GONE {
                self.gone.push((event.clone(), now));
            }
            return;
        }
        // What is new and was accepted since is still new.
        let mark = mark(&event.change);
        if mark != Mark::Handed || !self.marks.contains_key(&ends(&event.socket)) {
            self.marks.insert(ends(&event.socket), (mark, now));
        }
    }

    pub(super) fn draw(
        &mut self,
        changes: &Changes,
        wanted: &Wanted,
        what: &str,
        interval: Duration,
        counts: Counts,
        console: &mut Console,
    ) -> Result<(), Error> {
        // With long intervals a mark must survive until the next picture.
        let marked = MARKED.max(interval + NAP);
        self.marks.retain(|_, (_, since)| since.elapsed() < marked);
        self.gone.retain(|(_, since)| since.elapsed() < marked);
        let there = changes.sockets().filter(|k| takes(wanted, k)).map(|k| (&k.socket, &k.holders, false));
        let gone = self.gone.iter().map(|(event, _)| (&event.socket, &event.holders, true));
        let mut all: Vec<_> = there.chain(gone).collect();
        all.sort_by_cached_key(|(socket, ..)| changes::order(socket));
        let marks = &self.marks;
        let mark = |socket: &Socket, gone| match marks.get(&ends(socket)) {
            _ if gone => Mark::Gone,
            Some((mark, _)) => *mark,
            None => Mark::Same,
        };
        let rows: Vec<Row> = all.into_iter().map(|(s, h, gone)| row(s, h, mark(s, gone))).collect();
        let style = console.style();
        let style = crate::render::Style { width: InPlace::width(style.width), ..style };
        let mut out = Vec::new();
        let interval = every(interval);
        let screen = Screen { time: nanos(), interval, what, rows: &rows, counts };
        watch::screen(&mut out, style, InPlace::height(), &screen);
        self.place.draw(console, &out)
    }
}
