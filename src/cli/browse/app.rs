//! The loop: a key changes the view, the view is drawn. Nothing here takes long: what does, is a thread's.

use std::time::Duration;

use crossterm::event::{self, Event, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui_core::layout::Rect;
use rustc_hash::FxHashMap;

use super::super::stop::{Stop, when_the_terminal_is_gone};
use super::super::{Console, Error};
use super::canvas::{Canvas, Stage};
use super::job::{Job, Kind, Outcome};
use super::keys::{self, Wish};
use super::typing::{For, Typed, Typing};
use super::{export, paint};
use crate::dissect::Secrets;
use crate::render::tui::{Look, Page, Pane, Places, Theme, byte_at, per_row};
use crate::render::{Columns, Line, Style};
use crate::view::{Choice, Goto, Home, Jump, View};

/// How long a key is waited for while packets come or are looked for, and when nothing happens.
const BUSY: Duration = Duration::from_millis(40);
const QUIET: Duration = Duration::from_millis(200);
/// Rows that the wheel scrolls.
const WHEEL: isize = 3;

/// All that is on the screen.
pub(super) struct App {
    pub view: View,
    pub secrets: Secrets,
    pub look: Look,
    pub title: String,
    pub label: Option<&'static str>,
    pub live: bool,
    pub pane: Pane,
    pub area: Rect,
    /// The first row of the list, of the tree and of the bytes that is seen.
    pub tops: [usize; 3],
    /// What `capture` says of packets that were seen.
    pub told: FxHashMap<u64, Columns>,
    pub line: Line,
    pub typing: Option<Typing>,
    pub page: Option<Page>,
    pub job: Option<Job>,
    pub notice: Option<String>,
    /// The filter that was typed last.
    filter: String,
    canvas: Canvas,
}

impl App {
    pub fn new(
        view: View,
        secrets: Secrets,
        title: String,
        label: Option<&'static str>,
        theme: Theme,
        live: bool,
        console: &Console,
    ) -> Self {
        let look = Look { theme, charset: console.style().charset };
        let style = Style { color: false, ..console.style() };
        let filter = view.narrowed().unwrap_or_default().to_owned();
        App {
            view,
            secrets,
            look,
            title,
            label,
            live,
            pane: Pane::List,
            area: Canvas::area(),
            tops: [0; 3],
            told: FxHashMap::default(),
            line: Line::new(style, None),
            typing: None,
            page: None,
            job: None,
            notice: None,
            filter,
            canvas: Canvas::new(),
        }
    }

    /// Until somebody leaves.
    pub fn run(mut self, mouse: bool, console: &mut Console) -> Result<(), Error> {
        let stop = Stop::listen();
        when_the_terminal_is_gone(|| ());
        let _stage = Stage::enter(mouse, console)?;
        let failed = |error| Error::asked(format!("cannot read a key: {error}"), "run it in a terminal");
        let mut said = false;
        while !stop.asked() {
            if Stage::is_broken() {
                return Err(Error::asked(
                    "a part of layercake has failed",
                    "please report it, with the capture if you may",
                ));
            }
            if let Some(jump) = self.view.tick() {
                self.tell(jump);
            }
            if !said && let Some(error) = &*self.view.shelf().trouble() {
                (said, self.notice) = (true, Some(format!("! {error}")));
            }
            self.finish_job();
            self.draw(console)?;
            let status = self.view.status();
            let busy = !status.done || status.filtered.is_some() || status.searched.is_some() || self.job.is_some();
            let mut wait = if busy { BUSY } else { QUIET };
            // All keys that have come are done before the next picture.
            while event::poll(wait).map_err(failed)? {
                if !self.event(&event::read().map_err(failed)?, console)? {
                    return Ok(());
                }
                wait = Duration::ZERO;
            }
        }
        Ok(())
    }

    fn draw(&mut self, console: &mut Console) -> Result<(), Error> {
        self.area = Canvas::area();
        let buffer = paint::paint(self);
        self.canvas.show(buffer, console)
    }

    /// Whether it goes on.
    fn event(&mut self, event: &Event, console: &mut Console) -> Result<bool, Error> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.notice = None;
                return self.key(*key, console);
            }
            Event::Mouse(mouse) => self.mouse(*mouse),
            Event::Resize(..) => self.canvas.forget(),
            _ => {}
        }
        Ok(true)
    }

    fn key(&mut self, key: KeyEvent, console: &mut Console) -> Result<bool, Error> {
        if let Some(typing) = &mut self.typing {
            match typing.key(key) {
                Typed::Goes => {}
                Typed::Cancelled => self.typing = None,
                Typed::Done => self.typed(),
            }
            return Ok(true);
        }
        let Some(wish) = keys::wish(key) else { return Ok(true) };
        if self.page.is_some() || self.job.is_some() {
            return Ok(self.read(wish));
        }
        match wish {
            Wish::Quit => return Ok(false),
            Wish::Copy => self.copy(console)?,
            wish => self.wish(wish),
        }
        Ok(true)
    }

    /// A key while a page is read.
    fn read(&mut self, wish: Wish) -> bool {
        let window = self.area.height;
        let screen = isize::from(u16::cast_signed(window.saturating_sub(3)));
        match (wish, &mut self.page) {
            (Wish::Quit | Wish::Back | Wish::Help | Wish::Ladder | Wish::Flows | Wish::Statistics, _) => {
                (self.page, self.job) = (None, None);
            }
            (Wish::By(rows), Some(page)) => page.by(rows, window),
            (Wish::Screens(screens), Some(page)) => page.by(screens * screen, window),
            (Wish::Pause, Some(page)) => page.by(screen, window),
            (Wish::First, Some(page)) => page.top = 0,
            (Wish::Last, Some(page)) => page.by(isize::MAX, window),
            _ => {}
        }
        true
    }

    fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::By(_) | Wish::Screens(_) | Wish::First | Wish::Last | Wish::In | Wish::Out | Wish::Toggle => {
                self.walk(wish);
            }
            Wish::All(open) => self.view.open_all(open),
            Wish::Packet(by) => self.view.by(by),
            Wish::Part(by) => self.part(by),
            Wish::Filter => self.ask(For::Filter),
            Wish::Search => self.ask(For::Search),
            Wish::Go => self.ask(For::Go),
            Wish::Export => self.ask(For::Export),
            Wish::Find(forward) => {
                let jump = self.view.find(forward);
                self.tell(jump);
            }
            Wish::Conversation => self.conversation(),
            Wish::Mark => {
                self.view.mark();
                self.view.by(1);
            }
            Wish::NextMark => self.next_mark(),
            Wish::Ladder => self.begin(Kind::Ladder),
            Wish::Flows => self.begin(Kind::Flows),
            Wish::Statistics => self.begin(Kind::Statistics),
            Wish::Pause if self.live => self.view.pause(),
            Wish::Pause => self.walk(Wish::Screens(1)),
            Wish::Help => self.page = Some(paint::help(self.area.width)),
            Wish::Back => self.view.widen(),
            Wish::Redraw => self.canvas.forget(),
            Wish::Copy | Wish::Quit => {}
        }
    }

    /// Moves within the part that the keys go to.
    fn walk(&mut self, wish: Wish) {
        let places = Places::of(self.area).unwrap_or_default();
        let height = match self.pane {
            Pane::List => places.list.height,
            Pane::Tree => places.tree.height,
            Pane::Bytes => places.bytes.height,
        };
        let screen = isize::from(u16::cast_signed(height.max(2) - 1));
        let row = per_row(places.bytes.width).cast_signed();
        let view = &mut self.view;
        match (self.pane, wish) {
            (Pane::List, Wish::By(rows)) => view.by(rows),
            (Pane::List, Wish::Screens(screens)) => view.by(screens * screen),
            (Pane::List, Wish::First) => view.first(),
            (Pane::List, Wish::Last) => view.last(),
            (Pane::List, Wish::Toggle | Wish::In) => self.pane = Pane::Tree,
            (Pane::Tree, Wish::By(rows)) => view.tree_by(rows),
            (Pane::Tree, Wish::Screens(screens)) => view.tree_by(screens * screen),
            (Pane::Tree, Wish::First) => view.tree_by(isize::MIN / 2),
            (Pane::Tree, Wish::Last) => view.tree_by(isize::MAX / 2),
            (Pane::Tree, Wish::In) => view.open(true),
            (Pane::Tree, Wish::Out) => view.open(false),
            (Pane::Tree, Wish::Toggle) => {
                let open = view.tree().iter().find(|r| Some(r.choice) == view.choice()).and_then(|r| r.open);
                view.open(open != Some(true));
            }
            (Pane::Bytes, Wish::By(rows)) => view.byte_by(rows * row),
            (Pane::Bytes, Wish::Screens(screens)) => view.byte_by(screens * screen * row),
            (Pane::Bytes, Wish::In) => view.byte_by(1),
            (Pane::Bytes, Wish::Out) => view.byte_by(-1),
            (Pane::Bytes, Wish::First) => view.byte_by(isize::MIN / 2),
            (Pane::Bytes, Wish::Last) => view.byte_by(isize::MAX / 2),
            _ => {}
        }
    }

    fn part(&mut self, by: isize) {
        const PARTS: [Pane; 3] = [Pane::List, Pane::Tree, Pane::Bytes];
        let at = PARTS.iter().position(|p| *p == self.pane).unwrap_or(0);
        self.pane = PARTS[(at.cast_signed() + by).rem_euclid(3).cast_unsigned()];
    }

    fn conversation(&mut self) {
        if self.view.narrowed().is_some_and(|words| words.starts_with("conversation ")) {
            self.view.widen();
        } else if !self.view.follow() {
            self.notice = Some("this packet belongs to no conversation: it has no ports".to_owned());
        }
    }

    fn next_mark(&mut self) {
        let number = self.view.status().number;
        let marks = self.view.marks();
        match marks.range(number + 1..).next().or_else(|| marks.first()) {
            Some(mark) => {
                let mark = *mark;
                self.view.go(Goto::Number(mark));
            }
            None => self.notice = Some("no packet is marked; m marks one".to_owned()),
        }
    }

    fn tell(&mut self, jump: Jump) {
        let text = self.view.searched().unwrap_or_default();
        self.notice = match jump {
            Jump::There => None,
            Jump::Around => Some("the search goes on from the other end".to_owned()),
            Jump::Looking => Some(format!("looking for {text}")),
            Jump::Nowhere if text.is_empty() => Some("nothing is searched for; / begins a search".to_owned()),
            Jump::Nowhere => Some(format!("no listed packet has {text}")),
        };
    }

    // What is typed.

    fn ask(&mut self, what: For) {
        let marks = self.view.marks().len();
        let title = match what {
            For::Filter => {
                "Filter: list only packets that match. Enter lists them, Tab completes, Esc leaves".to_owned()
            }
            For::Search => "Search: go to the next packet that has it. n and N go on".to_owned(),
            For::Go => "Go to a packet or a time".to_owned(),
            For::Export if marks > 0 => format!("Save the {}", export::count(marks as u64, "marked packet")),
            For::Export => format!("Save the {}", export::count(self.view.total() as u64, "listed packet")),
        };
        let text = if what == For::Filter { self.filter.clone() } else { String::new() };
        self.typing = Some(Typing::new(what, &text, title));
    }

    fn typed(&mut self) {
        let Some(mut typing) = self.typing.take() else { return };
        let text = typing.text.trim().to_owned();
        let everything = 0..typing.text.len();
        match typing.what {
            For::Filter => match self.view.narrow(&text) {
                Ok(()) => self.filter = text,
                Err(error) => {
                    typing.refuse(&error);
                    self.typing = Some(typing);
                }
            },
            For::Search => {
                let jump = self.view.search(&text);
                self.tell(jump);
            }
            For::Go => match Goto::parse(&text).map(|to| self.view.go(to)) {
                Ok(Jump::There) => {}
                Ok(_) => {
                    typing.wrong = Some(("there is no such packet in the list".to_owned(), everything));
                    self.typing = Some(typing);
                }
                Err(words) => {
                    typing.wrong = Some((words.to_owned(), everything));
                    self.typing = Some(typing);
                }
            },
            For::Export if text.is_empty() => {}
            For::Export if std::path::Path::new(&text).exists() => {
                typing.wrong = Some(("this file exists already: choose another name".to_owned(), everything));
                self.typing = Some(typing);
            }
            For::Export => self.begin(Kind::File(text)),
        }
    }

    /// Puts the filter on the terminal's clipboard (OSC 52), and says it for terminals that have none.
    fn copy(&mut self, console: &mut Console) -> Result<(), Error> {
        if let Some(text) = self.view.as_filter() {
            let coded = data_encoding::BASE64.encode(text.as_bytes());
            console.print(format!("\x1b]52;c;{coded}\x07").as_bytes())?;
            self.notice = Some(format!("copied: {text}"));
            self.filter = text;
        }
        Ok(())
    }

    // Pages.

    fn begin(&mut self, kind: Kind) {
        self.job = Some(Job::begin(kind, self));
    }

    fn finish_job(&mut self) {
        match self.job.as_ref().and_then(Job::outcome) {
            Some(Outcome::Page(page)) => (self.page, self.job) = (Some(page), None),
            Some(Outcome::Said(words)) => (self.notice, self.job) = (Some(words), None),
            None => {}
        }
    }

    // The mouse.

    fn mouse(&mut self, mouse: MouseEvent) {
        let wheel = match mouse.kind {
            MouseEventKind::ScrollDown => WHEEL,
            MouseEventKind::ScrollUp => -WHEEL,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return,
        };
        if let Some(page) = &mut self.page {
            page.by(wheel, self.area.height);
            return;
        }
        let Some(places) = Places::of(self.area).filter(|_| self.typing.is_none()) else { return };
        let Some(pane) = places.pane(mouse.column, mouse.row) else { return };
        self.notice = None;
        self.pane = pane;
        if wheel != 0 {
            self.walk(Wish::By(wheel));
            return;
        }
        match pane {
            Pane::List => {
                let row = self.tops[0] + usize::from(mouse.row - places.list.y);
                if row < self.view.total() {
                    self.view.go_to_row(row);
                }
            }
            Pane::Tree => {
                let row = self.tops[1] + usize::from(mouse.row - places.tree.y);
                let Some(row) = self.view.tree().get(row).copied() else { return };
                // A click on what is chosen already opens it, or closes it.
                match row.open.filter(|_| Some(row.choice) == self.view.choice()) {
                    Some(open) => self.view.open(!open),
                    None => self.view.choose(row.choice),
                }
            }
            Pane::Bytes => {
                let (bytes, home) = paint::bytes(&self.view, self.tops[2]);
                if let Some((at, made)) = byte_at(&bytes, places.bytes, mouse.column, mouse.row) {
                    let from = if made { self.view.lit().and_then(|l| l.made).map_or(0, |m| m.start) } else { 0 };
                    let home = if made { Home::Made } else { home };
                    self.view.choose_byte(home, from + at as u32);
                }
            }
        }
    }

    /// What is chosen, in the words of the renderer.
    pub fn what(choice: Choice) -> crate::render::tui::What {
        match choice {
            Choice::Layer(number) => crate::render::tui::What::Layer(number),
            Choice::Node(place) => crate::render::tui::What::Node(place),
        }
    }
}
