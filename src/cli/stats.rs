//! `layercake stats`: what a capture is made of.

use std::process::ExitCode;

use clap::ValueEnum;

use super::reel::{Moment, Reel};
use super::{Console, Error, open};
use crate::flow::Tracker;
use crate::render::stats::Stats;

const EXAMPLES: &str = "\
Examples:
  layercake stats --demo                  protocols, talkers, rate, lengths
  layercake stats -r FILE                 of a capture file
  layercake stats -r FILE tcp.retransmission  only packets that match
  layercake stats -r FILE --format json   the same as one JSON object
  layercake stats -i lo                   live, until Ctrl-C

Bars and shares are of bytes on the wire; a packet counts in each of its layers.";

/// Sum up a capture: protocols, talkers, rate over time, packet lengths
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    from: open::From,
    /// How it is shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Bars)]
    format: Format,
    /// Only packets that match
    #[arg(value_name = "EXPR")]
    expression: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Bars for people
    Bars,
    /// One JSON object
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut reel = Reel::new(&args.from, &args.expression, Tracker::new(), console)?;
    let mut stats = Stats::new();
    let outcome = reel.each(console, |moment, _, _| {
        if let Moment::Packet(view, true) = moment {
            stats.add(view);
        }
        Ok(true)
    });
    // What was read before an error still counts.
    let style = console.style();
    match args.format {
        Format::Json => stats.json(console.buffer()),
        Format::Bars if console.describe() => stats.describe(style, console.buffer()),
        Format::Bars => stats.write(style, console.buffer()),
    }
    outcome.map(|()| ExitCode::SUCCESS)
}
