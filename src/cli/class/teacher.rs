//! The teacher's side of `class serve`: a live board in the terminal and its keys; without a terminal, or spoken, the same
//! words as lines of the input.

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read};
use crossterm::terminal;

use super::board::picture;
use super::files;
use super::projector::runs;
use crate::class::{Hall, Phase, Picture, Room};
use crate::cli::console::tame;
use crate::cli::lesson::{Home, Place};
use crate::cli::step::Screen;
use crate::cli::stop::Stop;
use crate::cli::{Console, Error};
use crate::render::{Style, board};

/// How often the board looks whether somebody has voted.
const BEAT: Duration = Duration::from_millis(150);

/// What stands on the screen about the class itself.
pub(super) struct Told {
    /// Where browsers find it.
    pub(super) addresses: Vec<String>,
    /// Other machines can reach it.
    pub(super) lan: bool,
    /// Where votes are saved.
    pub(super) save: Option<String>,
}

/// What the teacher wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Next,
    Back,
    Close,
    Reveal,
    Again,
    Picture,
    Look,
    Status,
    Quit,
}

/// Keys, the words for them, and what they do.
const WISHES: [(char, &str, Wish); 8] = [
    ('n', "next", Wish::Next),
    ('b', "back", Wish::Back),
    ('c', "close", Wish::Close),
    (' ', "reveal", Wish::Reveal),
    ('v', "again", Wish::Again),
    ('p', "picture", Wish::Picture),
    ('l', "look", Wish::Look),
    ('q', "quit", Wish::Quit),
];

/// A class, and what its teacher sees of it.
pub(super) struct Teacher<'a> {
    hall: Hall,
    told: Told,
    place: &'a Place,
    save: Option<&'a PathBuf>,
    /// Bars are shown while the vote is open.
    looks: bool,
    /// What went wrong, or is going on.
    remark: String,
}

impl<'a> Teacher<'a> {
    pub(super) fn new(hall: Hall, told: Told, place: &'a Place, save: Option<&'a PathBuf>) -> Self {
        Teacher { hall, told, place, save, looks: false, remark: String::new() }
    }

    /// Teaches until the teacher quits.
    pub(super) fn teach(mut self, stop: &Stop, console: &mut Console) -> Result<(), Error> {
        if console.is_terminal() && io::stdin().is_terminal() && !console.describe() {
            self.by_keys(stop, console)
        } else {
            self.by_lines(stop, console)
        }
    }

    fn by_keys(&mut self, stop: &Stop, console: &mut Console) -> Result<(), Error> {
        let _screen = Screen::enter()?;
        let failed = |error| Error::asked(format!("cannot read a key: {error}"), "run it in a terminal");
        let mut shown = Vec::new();
        while !stop.asked() {
            let (width, height) = terminal::size().unwrap_or((80, 24));
            let style = Style { width: usize::from(width).clamp(40, 120), ..console.style() };
            let now = self.screen(&style, usize::from(height));
            if now != shown {
                console.print(&now)?;
                console.flush()?;
                shown = now;
            }
            if !poll(BEAT).map_err(failed)? {
                continue;
            }
            let wish = match read().map_err(failed)? {
                Event::Key(key) if key.kind != KeyEventKind::Release => wish(key),
                // The terminal has another size: draw anew.
                Event::Resize(..) => {
                    shown.clear();
                    None
                }
                _ => None,
            };
            match wish {
                Some(Wish::Quit) => break,
                Some(Wish::Picture) => {
                    "Running the commands of this question…".clone_into(&mut self.remark);
                    let busy = self.screen(&style, usize::from(height));
                    console.print(&busy)?;
                    console.flush()?;
                    self.remark.clear();
                    self.grant(Wish::Picture)?;
                }
                Some(wish) => self.grant(wish)?,
                None => {}
            }
        }
        Ok(())
    }

    fn by_lines(&mut self, stop: &Stop, console: &mut Console) -> Result<(), Error> {
        let lines = lines();
        self.say(console)?;
        while !stop.asked() {
            let line = match lines.recv_timeout(BEAT) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => continue,
                // Nobody will say anything more; the class goes on until Ctrl-C.
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(BEAT);
                    continue;
                }
            };
            let word = line.trim().to_lowercase();
            let known = WISHES.iter().find(|(_, name, _)| *name == word).map(|(.., wish)| *wish);
            match known.or_else(|| word.is_empty().then_some(Wish::Status)) {
                Some(Wish::Quit) => break,
                Some(wish) => self.grant(wish)?,
                None => self.remark = format!("`{}` is none of the words that are understood.", tame(&word)),
            }
            self.say(console)?;
        }
        Ok(())
    }

    /// Does what is wished.
    fn grant(&mut self, wish: Wish) -> Result<(), Error> {
        self.remark.clear();
        let phase = self.hall.look(|room, _| room.phase());
        match wish {
            Wish::Next | Wish::Back => {
                self.looks = false;
                if !self.hall.change(|room| room.turn(wish == Wish::Next)) {
                    self.remark =
                        format!("This is the {} question.", if wish == Wish::Next { "last" } else { "first" });
                }
            }
            Wish::Close if phase == Phase::Revealed => {
                "What is right has been shown; a vote would say nothing now.".clone_into(&mut self.remark);
            }
            Wish::Close => self.hall.change(|room| room.close(phase == Phase::Open)),
            Wish::Reveal => self.hall.change(Room::reveal),
            Wish::Again => {
                self.looks = false;
                if !self.hall.change(Room::again) {
                    "What is right has been shown; a vote would say nothing now.".clone_into(&mut self.remark);
                }
            }
            Wish::Picture if self.hall.look(|room, _| room.has_picture()) => self.hall.change(|room| room.show(None)),
            Wish::Picture => match self.paint() {
                Ok(picture) => self.hall.change(|room| room.show(Some(picture))),
                Err(error) => self.remark = error.to_string(),
            },
            Wish::Look => self.looks = !self.looks,
            Wish::Status | Wish::Quit => {}
        }
        if matches!(wish, Wish::Close | Wish::Reveal | Wish::Next | Wish::Back) {
            self.keep()?;
        }
        Ok(())
    }

    /// What was voted so far is not lost if the machine is.
    fn keep(&self) -> Result<(), Error> {
        let Some(path) = self.save else { return Ok(()) };
        let course = self.place.all()?;
        files::write(path, &self.hall.look(|room, _| room.codes(&course)))
    }

    /// Runs what was predicted, and takes what it prints, with its colours.
    fn paint(&self) -> Result<Picture, Error> {
        let (id, lesson) = self.hall.look(|room, _| (room.question().to_owned(), room.lesson()));
        let home = Home::open(self.place)?;
        let found = home.deal(self.place.one(&lesson.to_string())?)?;
        let mut machine = home.machine(self.place, &found)?;
        machine.coloured();
        let (mut output, mut title) = (String::new(), Vec::new());
        for run in runs(&found, &id) {
            for line in &run.commands {
                if run.background {
                    machine.start(line)?;
                    continue;
                }
                let shown = machine.fill(&line.replace("{lesson}/", ""));
                if run.commands.len() > 1 {
                    output += &format!("$ {shown}\n");
                }
                output += &machine.take(line)?.output;
                output.push('\n');
                title.push(shown);
            }
        }
        if title.is_empty() {
            return Err(Error::asked("No run follows this question.", "choose another one"));
        }
        Ok(Picture::new(&title.join(", "), &output))
    }

    /// The board of this moment.
    fn board(&self) -> board::Board {
        let (counted, phase, second, (at, all), painted) = self.hall.look(|room, here| {
            let seen = room.board(here.max(room.answered()));
            (seen, room.phase(), room.is_second(), room.place(), room.has_picture())
        });
        let here = self.hall.look(|_, here| here);
        let answered = counted.answered[usize::from(second)];
        let open = phase == Phase::Open;
        let words = match (phase, second) {
            (Phase::Open, false) => "open",
            (Phase::Open, true) => "open again",
            (Phase::Closed, _) => "closed",
            (Phase::Revealed, _) => "revealed",
        };
        let mut shown = picture(&counted, phase == Phase::Revealed);
        shown.title = format!("class · lesson {:02} · {at}/{all}", counted.lesson);
        shown.state = format!("{answered} of {here} answered, {words}");
        shown.second = second;
        shown.hidden = open && !self.looks;
        shown.talk = if open { None } else { shown.talk };
        shown.notes = self.notes(painted);
        shown.keys = vec![("n", "next"), ("b", "back")];
        if phase != Phase::Revealed {
            shown.keys.extend([("c", if open { "close" } else { "open" }), ("space", "reveal *"), ("v", "vote again")]);
        }
        shown.keys.push(("p", if painted { "picture away" } else { "picture" }));
        shown.keys.extend(open.then_some(("l", if self.looks { "look away" } else { "look" })));
        shown.keys.push(("q", "quit"));
        shown
    }

    fn notes(&self, painted: bool) -> Vec<String> {
        let code = self.hall.code();
        let mut notes = vec![format!("Join at {} with the code {code}", self.told.addresses.join(" or "))];
        let kept = match &self.told.save {
            Some(name) => format!("Nobody is asked for a name. Votes go to {name}, without names and in no order."),
            None => "Nobody is asked for a name. Votes are in memory only, and gone when this ends.".to_owned(),
        };
        notes.push(kept);
        if self.told.lan {
            notes.push("A phone cannot reach it? Many Wi-Fis keep their guests apart.".to_owned());
        }
        if painted {
            notes.push("All see the picture of the run.".to_owned());
        }
        notes.extend((!self.remark.is_empty()).then(|| self.remark.clone()));
        notes
    }

    /// The screen, made to fit so many lines.
    fn screen(&self, style: &Style, height: usize) -> Vec<u8> {
        let mut shown = self.board();
        shown.fit(style, height);
        let mut out = Vec::new();
        shown.draw(&mut out, style);
        let mut screen = b"\x1b[2J\x1b[H".to_vec();
        let lines = out.strip_suffix(b"\n").unwrap_or(&out).split(|byte| *byte == b'\n');
        for (number, line) in lines.take(height).enumerate() {
            screen.extend_from_slice(if number > 0 { b"\r\n" } else { b"" });
            screen.extend_from_slice(line);
        }
        screen
    }

    /// The board in the flow of the output.
    fn say(&self, console: &mut Console) -> Result<(), Error> {
        let mut shown = self.board();
        let words = WISHES.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ");
        shown.keys.clear();
        shown.notes.push(format!("Type one of: {words}. An empty line shows this again."));
        let mut out = Vec::new();
        if console.describe() {
            shown.speak(&mut out, &console.style());
        } else {
            shown.draw(&mut out, &console.style());
        }
        out.push(b'\n');
        console.print(&out)?;
        console.flush()
    }
}

/// Lines of the input, read beside everything else.
fn lines() -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

fn wish(KeyEvent { code, modifiers, .. }: KeyEvent) -> Option<Wish> {
    match code {
        KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => Some(Wish::Quit),
        KeyCode::Char(c) => WISHES.iter().find(|(key, ..)| *key == c).map(|(.., wish)| *wish),
        KeyCode::Right | KeyCode::PageDown => Some(Wish::Next),
        KeyCode::Left | KeyCode::PageUp => Some(Wish::Back),
        _ => None,
    }
}
