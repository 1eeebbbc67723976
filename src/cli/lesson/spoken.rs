//! A lesson without a screen: whole sentences, and answers read line by line. For screen readers, pipes and tests.

use std::io::{self, BufRead};

use super::home::Home;
use super::machine::Machine;
use super::page::page;
use super::{Console, Error, play};
use crate::lesson::{Deed, Key, Session, Waits};

/// Talks until the lesson or the input ends; whether it was the lesson.
pub(super) fn talk(
    session: &mut Session<'_>,
    home: &mut Home,
    machine: &mut Machine,
    console: &mut Console,
) -> Result<bool, Error> {
    let style = console.style();
    loop {
        let mut said = Vec::new();
        page(session, machine, home.progress.seed).speak(&mut said, &style);
        said.extend_from_slice(b"Type next, back, hint or leave; an empty line is Enter.\n\n");
        console.print(&said)?;
        console.flush()?;
        let mut line = String::new();
        if !io::stdin().lock().read_line(&mut line).is_ok_and(|n| n > 0) {
            return Ok(false);
        }
        let mut deed = Deed::Nothing;
        for key in keys(line.trim_end_matches(['\r', '\n']), session) {
            deed = session.key(key, &mut home.progress);
        }
        match deed {
            Deed::Keep => home.keep()?,
            Deed::Run(run) => {
                for command in &run.commands {
                    if run.background {
                        machine.start(command)?;
                    } else {
                        machine.show(command)?;
                    }
                }
                session.ran(&mut home.progress);
                home.keep()?;
            }
            Deed::Judge(given) => play::judge(given, session, home)?,
            Deed::Done => return Ok(true),
            Deed::Leave => return Ok(false),
            Deed::Draw | Deed::Nothing => {}
        }
    }
}

/// A line as keys.
fn keys(line: &str, session: &Session<'_>) -> Vec<Key> {
    match line {
        "next" => vec![Key::Next],
        "back" => vec![Key::Back],
        "hint" | "?" => vec![Key::Hint],
        "leave" | "quit" => vec![Key::Leave],
        // How sure somebody is needs no Enter, which would go on.
        line if session.waits() == Waits::Sure => line.trim().chars().take(1).map(Key::Char).collect(),
        line => line.chars().map(Key::Char).chain([Key::Enter]).collect(),
    }
}
