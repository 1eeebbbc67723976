//! What takes a moment: a thread reads the packets and writes a page or a file, the screen says how far it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use rustc_hash::FxHashSet;

use super::super::flows;
use super::app::App;
use crate::dissect::{Dissection, Secrets};
use crate::flow::Tracker;
use crate::protocols;
use crate::render::stats::Stats;
use crate::render::tui::{Page, Theme};
use crate::render::{Ladder, Renderer, Style, View};
use crate::view::{Reader, Replay, Shelf};

/// Arrows of a ladder: so many packets before the chosen one, and so many in all.
const BEFORE: usize = 60;
const ARROWS: usize = 400;

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Ladder,
    Flows,
    Statistics,
    /// A file of the marked packets, or of those that are listed.
    File(String),
}

/// What came of it.
pub(super) enum Outcome {
    Page(Page),
    Said(String),
}

/// Something that is being written.
pub(super) struct Job {
    kind: Kind,
    done: Receiver<Vec<u8>>,
    read: Arc<AtomicU64>,
    all: u64,
    stop: Arc<AtomicBool>,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// What the thread knows.
pub(super) struct Work {
    kind: Kind,
    pub shelf: Arc<Shelf>,
    pub secrets: Secrets,
    pub style: Style,
    label: Option<&'static str>,
    /// The packets of a ladder, or those that are listed; all where there is no filter.
    numbers: Option<Vec<u32>>,
    last: u64,
    read: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Job {
    pub fn begin(kind: Kind, app: &App) -> Self {
        let view = &app.view;
        let short = |number: u64| u32::try_from(number).ok();
        let numbers = match kind {
            Kind::Ladder => {
                let at = view.position(view.status().number).saturating_sub(BEFORE);
                Some(view.rows(at, ARROWS).iter().filter_map(|r| short(r.number)).collect())
            }
            Kind::File(_) if !view.marks().is_empty() => Some(view.marks().iter().copied().filter_map(short).collect()),
            _ => view.listed(),
        };
        let last = view.shelf().last();
        // Behind the last of those that are wanted nothing is read.
        let last = numbers.as_ref().map_or(last, |n: &Vec<u32>| n.last().map_or(0, |n| u64::from(*n)).min(last));
        let style = Style {
            width: usize::from(app.area.width).clamp(40, 240),
            color: app.look.theme != Theme::Mono,
            charset: app.look.charset,
            explain: false,
        };
        let (read, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (send, done) = channel();
        let work = Work {
            kind: kind.clone(),
            shelf: Arc::clone(view.shelf()),
            secrets: app.secrets.clone(),
            style,
            label: app.label,
            numbers,
            last,
            read: Arc::clone(&read),
            stop: Arc::clone(&stop),
        };
        let all = work.numbers.as_ref().filter(|_| kind == Kind::Ladder).map_or(work.last, |n| n.len() as u64);
        // Without a thread there is no page: it closes at once.
        let _ = std::thread::Builder::new().name("page".to_owned()).spawn(move || {
            let text = work.write();
            let _ = send.send(text); // the page may have been closed
        });
        Job { kind, done, read, all, stop }
    }

    fn name(&self) -> String {
        match &self.kind {
            Kind::Ladder => "Who sent what to whom, around the chosen packet".to_owned(),
            Kind::Flows => "Who talks to whom".to_owned(),
            Kind::Statistics => "What the listed packets are made of".to_owned(),
            Kind::File(path) => format!("Saving to {path}"),
        }
    }

    /// Its first line while it is written.
    pub fn title(&self) -> String {
        let share = self.read.load(Ordering::Relaxed) * 100 / self.all.max(1);
        format!("{} · {} % read", self.name(), share.min(99))
    }

    /// What came of it, once it is written.
    pub fn outcome(&self) -> Option<Outcome> {
        match (self.done.try_recv(), &self.kind) {
            (Ok(text), Kind::File(_)) => Some(Outcome::Said(String::from_utf8_lossy(&text).into_owned())),
            (Ok(text), _) => Some(Outcome::Page(Page::new(&self.name(), &text))),
            (Err(TryRecvError::Empty), _) => None,
            (Err(TryRecvError::Disconnected), _) => Some(Outcome::Said("! it could not be written".to_owned())),
        }
    }
}

impl Work {
    fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match &self.kind {
            Kind::File(path) => return super::export::save(self, path).into_bytes(),
            Kind::Ladder => self.ladder(&mut out),
            Kind::Flows => self.flows(&mut out),
            Kind::Statistics => {
                let mut stats = Stats::new();
                self.each(Tracker::new(), |view, matches, _| {
                    if matches {
                        stats.add(view);
                    }
                });
                stats.write(self.style, &mut out);
            }
        }
        out
    }

    fn ladder(&self, out: &mut Vec<u8>) {
        let mut ladder = Ladder::new(self.style, self.label, false);
        let (mut reader, mut replay) = (Reader::new(&self.shelf), Replay::new(self.secrets.clone()));
        let mut tape = Dissection::new();
        for number in self.numbers.iter().flatten() {
            self.read.fetch_add(1, Ordering::Relaxed);
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if replay.read(&mut reader, u64::from(*number), &mut tape).is_some()
                && let Some((packet, _)) = reader.packet(u64::from(*number))
            {
                ladder.packet(View { packet: &packet, tape: &tape }, out);
            }
        }
        ladder.flush(out);
    }

    fn flows(&self, out: &mut Vec<u8>) {
        let mut chosen = FxHashSet::default();
        let all = self.numbers.is_none();
        let tracker = self.each(Tracker::new().keep_all(), |_, matches, tracker| {
            if let (true, false, Some(conversation)) = (matches, all, tracker.current()) {
                chosen.insert(conversation.talk.flow);
            }
        });
        let mut conversations = tracker.conversations();
        conversations.retain(|c| all || chosen.contains(&c.talk.flow));
        let rows: Vec<_> = conversations.into_iter().map(flows::row).collect();
        if rows.is_empty() {
            out.extend_from_slice(b"\n  no conversations: nothing in it has ports\n");
        } else {
            crate::render::flows::write(out, self.style, &rows);
        }
    }

    /// The numbers of the packets that are wanted.
    pub fn listed(&self) -> impl Iterator<Item = u64> {
        let all = self.numbers.is_none().then_some(self.shelf.first()..=self.last);
        self.numbers.iter().flatten().map(|n| u64::from(*n)).chain(all.into_iter().flatten())
    }

    /// Notes how far it is; whether nobody waits any more.
    pub fn is_stopped(&self, number: u64) -> bool {
        self.read.store(number, Ordering::Relaxed);
        self.stop.load(Ordering::Relaxed)
    }

    /// Reads all packets in order; each is shown with whether it is listed.
    pub fn each(&self, mut tracker: Tracker, mut see: impl FnMut(View<'_>, bool, &Tracker)) -> Tracker {
        tracker = tracker.with_secrets(self.secrets.clone());
        let (mut reader, mut tape) = (Reader::new(&self.shelf), Dissection::new());
        for number in self.shelf.first()..=self.last {
            if self.is_stopped(number) {
                break;
            }
            let Some((packet, _)) = reader.packet(number) else { continue };
            tracker.read(protocols::index(), &packet, &mut tape);
            let listed = |n: &Vec<u32>| u32::try_from(number).is_ok_and(|number| n.binary_search(&number).is_ok());
            let matches = self.numbers.as_ref().is_none_or(listed);
            see(View { packet: &packet, tape: &tape }, matches, &tracker);
        }
        tracker
    }
}
