//! `layercake flows`: who talked to whom, what, how much and how long.

use std::cmp::Reverse;
use std::process::ExitCode;

use clap::ValueEnum;
use rustc_hash::FxHashSet;

use super::reel::{Moment, Reel};
use super::{Console, Error, open};
use crate::dissect::Claim;
use crate::flow::{Conversation, State, Tracker};
use crate::protocols;
use crate::render::flows::{self, Row};

const EXAMPLES: &str = "\
Examples:
  layercake flows --demo                       the conversations of a simulated wire
  layercake flows -r FILE                      all conversations of a capture file
  layercake flows -r FILE --sort bytes --top 10  who said most
  layercake flows -r FILE dns                  those in which a packet matches
  layercake flows -r FILE --format json        one JSON object a conversation
  layercake follow 3 -r FILE                   what was said in the third

Where the terminal is narrow, columns are left out; --width 140 shows them.";

/// List the conversations of a capture: who, what, how much, how long
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    from: open::From,
    /// What comes first: the largest, or for `start` and `rtt` the smallest
    #[arg(long, value_name = "BY", value_enum, default_value_t = Sort::Start)]
    sort: Sort,
    /// Only so many
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,
    /// How they are shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Only conversations of which a packet matches
    #[arg(value_name = "EXPR")]
    expression: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// In the order in which they began
    Start,
    /// The most bytes first
    Bytes,
    /// The most packets first
    Packets,
    /// The longest first
    Duration,
    /// The quickest handshake first
    Rtt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people
    Table,
    /// One JSON object a conversation
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut reel = Reel::new(&args.from, &args.expression, Tracker::new().keep_all(), console)?;
    let mut chosen = FxHashSet::default();
    let all = args.expression.is_empty();
    let outcome = reel.each(console, |moment, tracker, _| {
        if let (Moment::Packet(_, true), Some(conversation), false) = (moment, tracker.current(), all) {
            chosen.insert(conversation.talk.flow);
        }
        Ok(true)
    });
    let mut conversations = reel.tracker.conversations();
    conversations.retain(|c| all || chosen.contains(&c.talk.flow));
    sort(&mut conversations, args.sort);
    let found = conversations.len();
    conversations.truncate(args.top.unwrap_or(usize::MAX));
    let rows: Vec<Row> = conversations.into_iter().map(row).collect();
    let style = console.style();
    let mut left_out = Vec::new();
    if args.format == Format::Json {
        flows::json(console.buffer(), &rows);
    } else if rows.is_empty() {
        console.print(b"no conversations: nothing in it has ports\n")?;
    } else if console.describe() {
        flows::describe(console.buffer(), style, &rows);
    } else {
        left_out = flows::write(console.buffer(), style, &rows);
    }
    console.flush()?;
    if args.format == Format::Table && console.is_terminal() {
        if !left_out.is_empty() {
            console.remark(&format!("no room for: {}; --width 140 shows them", left_out.join(", ")));
        }
        if rows.len() < found {
            console.remark(&format!("{} of {found} conversations", rows.len()));
        }
    }
    if reel.tracker.forgotten() > 0 {
        console.remark(&format!("{} more conversations than a list holds were left out", reel.tracker.forgotten()));
    }
    outcome.map(|()| ExitCode::SUCCESS)
}

fn sort(conversations: &mut [&Conversation], by: Sort) {
    match by {
        Sort::Start => {}
        Sort::Bytes => conversations.sort_by_key(|c| Reverse(c.counts.iter().map(|n| n.bytes).sum::<u64>())),
        Sort::Packets => conversations.sort_by_key(|c| Reverse(c.counts.iter().map(|n| n.packets).sum::<u64>())),
        Sort::Duration => conversations.sort_by_key(|c| Reverse(c.times.map_or(0, |(first, last)| last - first))),
        Sort::Rtt => conversations.sort_by_key(|c| c.talk.counters.handshake.unwrap_or(u64::MAX)),
    }
}

/// The protocol with this IP protocol number.
pub(super) fn transport(number: u8) -> &'static str {
    let claims = |claim: &Claim| matches!(claim, Claim::IpProto(n) if *n == number);
    protocols::ALL.iter().find(|p| p.claims.iter().any(claims)).map_or("unknown", |p| p.name)
}

/// What a list says of it.
pub(super) fn row(conversation: &Conversation) -> Row {
    let numbered = conversation.key.transport == 6;
    Row {
        number: conversation.talk.flow,
        ends: [conversation.client, conversation.server].map(|end| (end.address, end.port)),
        transport: transport(conversation.key.transport),
        application: conversation.application.map(|p| p.name),
        packets: conversation.counts.map(|c| c.packets),
        bytes: conversation.counts.map(|c| c.bytes),
        times: conversation.times,
        round_trip: conversation.talk.counters.handshake,
        resent: numbered.then_some(conversation.talk.counters.resent),
        state: numbered.then_some(match conversation.state {
            State::Midway => "under way",
            State::Opening => "asked for",
            State::Open => "open",
            State::HalfClosed => "half closed",
            State::Closed => "closed",
            State::Reset => "broken off",
        }),
        title: conversation.title.clone(),
    }
}
