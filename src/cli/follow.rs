//! `layercake follow`: what two ends said to each other, in order, each byte once.

use std::process::ExitCode;

use clap::ValueEnum;

use super::reel::{Moment, Reel};
use super::{Console, Error, flows, open};
use crate::dissect::{PART, Side};
use crate::flow::{Conversation, Tracker, Unfinished};
use crate::render::eavesdropper::{Eavesdropper, Outside};
use crate::render::follow::Follow;

const EXAMPLES: &str = "\
Examples:
  layercake flows -r FILE                        the numbers of all conversations
  layercake follow 1 --demo                      a WebSocket: what both sides said
  layercake follow 3 -r FILE --as hex            the bytes of both streams
  layercake follow 3 -r FILE --as eavesdropper   what somebody on the way can see of it
  layercake follow 3 -r FILE --server --as raw > answer.bin
                                                 what the server sent, byte by byte

Text shows messages as their readers understood them: unmasked, decoded. Bytes
come in the order of the stream, each once, however they travelled.";

/// Tell one conversation: what both sides said, in order
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Number of the conversation, as `layercake flows` lists it
    #[arg(value_name = "FLOW", value_parser = clap::value_parser!(u64).range(1..))]
    flow: u64,
    #[command(flatten)]
    from: open::From,
    /// How it is told
    #[arg(long = "as", value_name = "HOW", value_enum, default_value_t = As::Text)]
    how: As,
    /// How the eavesdropper's view is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Only what the client said
    #[arg(long, conflicts_with = "server")]
    client: bool,
    /// Only what the server said
    #[arg(long)]
    server: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object (with --as eavesdropper)
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum As {
    /// Messages in words
    Text,
    /// Bytes as a hex dump
    Hex,
    /// The bytes themselves, into a file or a pipe
    Raw,
    /// What somebody on the way can see of it, and what not
    Eavesdropper,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    if args.how == As::Raw && console.is_terminal() {
        return Err(Error::asked("raw bytes could steer this terminal", "send them to a file: `--as raw > FILE`"));
    }
    if args.format == Format::Json && args.how != As::Eavesdropper {
        return Err(Error::asked(
            "only the eavesdropper's view can be written as JSON",
            "add `--as eavesdropper`, or `layercake capture --format json` for all packets",
        ));
    }
    let mut reel = Reel::new(&args.from, &[], Tracker::new().listen(), console)?;
    let style = console.style();
    let mut follow = Follow::new(style, &PART, console.describe());
    let wanted = |side: Side| match side {
        Side::Client => !args.server,
        Side::Server => !args.client,
    };
    let (mut found, mut said, mut last) = (false, false, 0);
    let (mut listener, mut outside) = (Eavesdropper::default(), None);
    let outcome = reel.each(console, |moment, tracker, console| {
        let Moment::Packet(view, _) = moment else { return Ok(true) };
        let Some(conversation) = tracker.current() else { return Ok(true) };
        last = last.max(conversation.talk.flow);
        if conversation.talk.flow != args.flow {
            return Ok(true);
        }
        if args.how == As::Eavesdropper {
            found = true;
            listener.listen(view, conversation.talk.side);
            outside = Some(of(conversation));
            return Ok(true);
        }
        if !found && args.how != As::Raw {
            let ends = [conversation.client, conversation.server].map(|end| {
                let address = end.address;
                if address.is_ipv6() { format!("[{address}]:{}", end.port) } else { format!("{address}:{}", end.port) }
            });
            let over = flows::transport(conversation.key.transport);
            let heading = format!("conversation {}, {over}: client {}, server {}\n\n", args.flow, ends[0], ends[1]);
            console.buffer().extend_from_slice(heading.as_bytes());
        }
        found = true;
        follow.tick(view);
        // What waited for lost bytes is read when the other side acknowledges them: it is said by that side's peer.
        let mut with_bytes = tracker.heard().iter().filter(|h| !h.bytes.is_empty()).map(|h| h.side);
        let side = conversation.talk.side;
        let side = if with_bytes.clone().any(|s| s == side) { side } else { with_bytes.next().unwrap_or(side) };
        let told = args.how == As::Text && wanted(side) && follow.messages(view, side, console.buffer());
        said |= told;
        for heard in tracker.heard().iter().filter(|h| wanted(h.side)) {
            if let (Some(cut), As::Text) = (&heard.unfinished, args.how) {
                tell(&mut follow, cut, console);
                said = true;
            }
            if heard.missing > 0 && args.how != As::Raw {
                follow.missing(heard.side, heard.missing, console.buffer());
            }
            if heard.bytes.is_empty() {
                continue;
            }
            said = true;
            match args.how {
                As::Text if told && heard.side == side => {}
                As::Text => follow.text(view, heard.side, &heard.bytes, console.buffer()),
                As::Hex => follow.hex(view, heard.side, &heard.bytes, console.buffer()),
                As::Eavesdropper => {}
                As::Raw => console.buffer().extend_from_slice(&heard.bytes),
            }
        }
        Ok(true)
    });
    // Whatever ended the file: what came of the last messages is told.
    for left in reel.tracker.conversation(args.flow).map(Conversation::left).unwrap_or_default() {
        // A raw stream ends where it is known to be whole.
        if !wanted(left.side) || args.how == As::Raw {
            continue;
        }
        if left.missing > 0 {
            follow.missing(left.side, left.missing, console.buffer());
        }
        if left.early {
            follow.waiting(left.side, left.packet, &left.bytes, args.how == As::Hex, console.buffer());
            said = true;
        } else if args.how == As::Text {
            tell(&mut follow, &left, console);
            said = true;
        }
    }
    if !found {
        outcome?;
        let (there, hint) = match last {
            0 => (
                "there is no conversation in it".to_owned(),
                "nothing in it has ports; `layercake capture` shows what is there".to_owned(),
            ),
            1 => (
                "there is one conversation in it".to_owned(),
                "that is number 1; `layercake flows` says who talks".to_owned(),
            ),
            n => (
                format!("there are {n} conversations in it"),
                format!("choose 1 to {n}; `layercake flows` says who talks"),
            ),
        };
        return Err(Error::asked(format!("no conversation {}: {there}", args.flow), hint));
    }
    if let Some(outside) = outside {
        match args.format {
            Format::Json => listener.json(&outside, console.buffer()),
            Format::Text if console.describe() => listener.describe(&outside, style, console.buffer()),
            Format::Text => listener.write(&outside, style, console.buffer()),
        }
        return Ok(ExitCode::SUCCESS);
    }
    if !said && args.how != As::Raw {
        console.print(b"nothing was said: no packet carries bytes\n")?;
    }
    outcome.map(|()| ExitCode::SUCCESS)
}

fn tell(follow: &mut Follow, cut: &Unfinished, console: &mut Console) {
    follow.unfinished(cut.side, cut.packet, cut.of, (&cut.bytes, cut.needed), console.buffer());
}

/// What of the conversation nobody can hide.
fn of(conversation: &Conversation) -> Outside {
    Outside {
        number: conversation.talk.flow,
        transport: flows::transport(conversation.key.transport),
        ends: [conversation.client, conversation.server].map(|end| (end.address, end.port)),
        packets: conversation.counts.map(|c| c.packets),
        bytes: conversation.counts.map(|c| c.bytes),
        lasted: conversation.times.map(|(first, last)| last - first),
    }
}
