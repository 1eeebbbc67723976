//! `layercake ladder`: hosts as columns, every packet an arrow, time runs down.

use std::process::ExitCode;

use super::reel::{Moment, Reel};
use super::{Console, Error, open, step};
use crate::flow::Tracker;
use crate::render::ladder::Steps;
use crate::render::{Ladder, Renderer};

const EXAMPLES: &str = "\
Examples:
  layercake ladder --demo                 a handshake, a WebSocket, a goodbye
  layercake ladder --demo --step          the same, one arrow per key press, explained
  layercake ladder -r FILE tcp.stream == 0  one connection of a capture file
  layercake ladder -r FILE dns            questions and answers
  layercake ladder -i lo port 8000        live, on this machine's loopback

Up to four hosts have a column, the busiest of the first packets. What an arrow
means stands at the right; `!` marks what went wrong.";

/// Draw who sent what to whom: hosts as columns, every packet an arrow
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    from: open::From,
    /// One arrow per key press, with what it means
    #[arg(long, conflicts_with = "interface")]
    step: bool,
    /// Only packets that match
    #[arg(value_name = "EXPR")]
    expression: Vec<String>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut reel = Reel::new(&args.from, &args.expression, Tracker::new(), console)?;
    let (style, describe, label) = (console.style(), console.describe(), reel.opened.label);
    if args.step && !describe {
        let mut steps = Steps::new(style, label);
        reel.each(console, |moment, _, _| match moment {
            Moment::Packet(view, true) => Ok(steps.add(view)),
            _ => Ok(true),
        })?;
        if steps.is_empty() {
            return Err(Error::asked(
                "no packet matches",
                "leave out the filter, or `layercake flows` lists what is there",
            ));
        }
        return step::walk(&mut steps, console);
    }
    let mut ladder = Ladder::new(style, label, describe);
    let mut drawn = false;
    let outcome = reel.each(console, |moment, _, console| {
        drawn |= matches!(moment, Moment::Packet(_, true));
        match moment {
            Moment::Packet(view, true) => ladder.packet(view, console.buffer()),
            Moment::Packet(_, false) => {}
            Moment::Idle => ladder.flush(console.buffer()),
        }
        Ok(true)
    });
    if !matches!(outcome, Err(Error::Closed)) {
        ladder.flush(console.buffer());
        if !drawn {
            let words: &[u8] = if args.expression.is_empty() {
                b"nothing to draw: no packets\n"
            } else {
                b"nothing to draw: no packet matches\n"
            };
            console.print(words)?;
        }
    }
    outcome.map(|()| ExitCode::SUCCESS)
}
