//! `layercake` alone: the start page. Every fact that cannot be had is left out: this page never fails.

use std::process::ExitCode;

use super::{Console, Error, lesson};
use crate::ports::{self, State, Wants};
use crate::render::start::{Sockets, Start};
use crate::source::live::interfaces::list;
use crate::source::live::rights::Rights;

pub(super) fn run(console: &mut Console) -> Result<ExitCode, Error> {
    let rights = Rights::of_this_process();
    let (next, lessons) = lesson::progress();
    let start = Start {
        sockets: sockets(),
        cards: list().into_iter().filter(|card| card.up).map(|card| card.name).collect(),
        capture: rights.capture,
        sandbox: rights.no_sandbox.is_none(),
        next,
        lessons,
        demos: lesson::demo::demos(),
    };
    let style = console.style();
    if console.describe() {
        start.speak(console.buffer(), &style);
    } else {
        start.draw(console.buffer(), &style);
    }
    console.turn().map(|()| ExitCode::SUCCESS)
}

fn sockets() -> Option<Sockets> {
    let table = ports::system().table(Wants { owners: false, details: false, unix: false }).ok()?;
    let tcp = |state| {
        let is = |socket: &&ports::Socket| socket.protocol == ports::Protocol::Tcp && socket.state == state;
        table.sockets.iter().filter(is).count()
    };
    Some(Sockets { listen: tcp(State::Listen), open: tcp(State::Established) })
}
