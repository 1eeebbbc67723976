//! The packets of a run: captured on loopback while it plays, read by the dissector afterwards. The kernel's ring
//! collects them meanwhile, so no thread of ours has to.

use crate::cli::{Console, Error};
use crate::dissect::{Checksum, Direction, Dissection, Fate, Interface, Level, LinkType, Packet};
use crate::filter::Filter;
use crate::flow::Tracker;
use crate::protocols;
use crate::render::{Ladder, Renderer, Style, View, beside};
use crate::sockets::Transport;
use crate::sockets::compare::SIZES;
use crate::source::live::rights::{self, Rights};
use crate::source::live::{self, Options};
use crate::source::{Event, Source};

/// When packets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum When {
    /// Where it works without asking
    Auto,
    /// Or not at all
    Always,
    /// Not
    Never,
}

/// How they can be had.
pub(in crate::cli) const HOW: &str =
    "The packets of this run are shown where this program may capture: `layercake doctor` says how to get there.";
/// More packets of one run are counted, not kept.
const KEPT: usize = 4_096;
/// So many packets are drawn at the beginning and at the end of a run.
const DRAWN: usize = 12;
/// A run of no more packets than this is drawn whole.
const MOST: usize = 32;
/// The ring is asked until it was empty so often.
const SILENCES: usize = 2;

/// A capture on loopback.
pub(in crate::cli) struct Tap {
    source: Box<dyn Source>,
    interfaces: Vec<Interface>,
    kept: Vec<Kept>,
    place: &'static str,
}

/// A packet without its source.
struct Kept {
    time: Option<u64>,
    length: u32,
    bytes: Vec<u8>,
    link: LinkType,
    interface: u32,
    direction: Direction,
    checksum: Checksum,
}

/// What was seen of one protocol.
pub(in crate::cli) struct Seen {
    pub(in crate::cli) packets: u64,
    pub(in crate::cli) picture: Vec<u8>,
    /// Bytes of headers of a message of each of [`SIZES`], where one was seen alone in its packet.
    pub(in crate::cli) headers: Vec<(usize, u64)>,
}

/// Opens the capture that was asked for; `None` where it is not wanted or not to be had without asking.
pub(in crate::cli) fn open(when: When, sandbox: bool, one: bool) -> Result<Option<Tap>, Error> {
    let rights = Rights::of_this_process();
    let wanted = match when {
        When::Never if sandbox => return enter(false),
        When::Never => return Ok(None),
        When::Always => true,
        When::Auto => sandbox,
    };
    if sandbox {
        return enter(true);
    }
    if rights.capture {
        return if wanted || one { tap("this machine's loopback").map(Some) } else { Ok(None) };
    }
    if wanted || (one && rights.no_sandbox.is_none()) {
        return enter(true);
    }
    Ok(None)
}

/// Opens the capture, then gives up the right to do so.
fn tap(place: &'static str) -> Result<Tap, Error> {
    let source = live::open(&Options::new("lo"))?;
    rights::drop_privileges().map_err(crate::source::Error::from)?;
    let interfaces = source.interfaces().to_vec();
    Ok(Tap { source, interfaces, kept: Vec::new(), place })
}

#[cfg(target_os = "linux")]
fn enter(capture: bool) -> Result<Option<Tap>, Error> {
    use crate::source::live::sandbox::Sandbox;
    let _inside = Sandbox::enter().map_err(crate::source::Error::from)?;
    if capture {
        tap("the loopback of a private network that this run has made for itself").map(Some)
    } else {
        Ok(None)
    }
}

#[cfg(not(target_os = "linux"))]
fn enter(_: bool) -> Result<Option<Tap>, Error> {
    Err(Error::asked("only Linux has private networks", "`layercake doctor` says how to capture on this system"))
}

impl Tap {
    /// Where the packets come from, and what their times are.
    pub(in crate::cli) fn place(&self) -> String {
        format!(
            "Packets of this very run, captured on {}. Between two calls the kernel was asked for the states, so the \
             times of the packets lie further apart than those of the calls.",
            self.place
        )
    }

    /// Fetches what the kernel has collected.
    pub(in crate::cli) fn collect(&mut self) -> Result<(), Error> {
        let mut silences = 0;
        while silences < SILENCES {
            match self.source.next()? {
                Event::Packet(packet) if self.kept.len() < KEPT => self.kept.push(Kept {
                    time: packet.time,
                    length: packet.length,
                    bytes: packet.bytes.to_vec(),
                    link: packet.link,
                    interface: packet.interface,
                    direction: packet.direction,
                    checksum: packet.checksum,
                }),
                Event::Packet(_) => {}
                Event::Idle => silences += 1,
                Event::End => break,
            }
        }
        Ok(())
    }

    /// Before the next run.
    pub(in crate::cli) fn forget(&mut self) {
        self.kept.clear();
    }

    /// What one protocol's sockets have said, drawn; with the ICMP errors that quote it.
    pub(in crate::cli) fn of(&self, transport: Transport, ports: &[u16], console: &Console) -> Result<Seen, Error> {
        let filter = filter(transport, ports)?;
        let style = Style { width: beside::width(console.style()), ..console.style() };
        let mut ladder = Ladder::new(style, None, console.describe());
        let mut seen = Seen { packets: 0, picture: Vec::new(), headers: Vec::new() };
        let ours = self.matching(&filter);
        let all = ours.len();
        let mut tracker = Tracker::new();
        let mut tape = Dissection::new();
        for (at, kept) in ours.into_iter().enumerate() {
            let packet = self.packet(kept, at as u64 + 1);
            tracker.read(protocols::index(), &packet, &mut tape);
            seen.packets += 1;
            seen.measure(&packet, &tape);
            if all <= MOST || at < DRAWN || at + DRAWN >= all {
                ladder.packet(View { packet: &packet, tape: &tape }, &mut seen.picture);
            } else if at == DRAWN {
                ladder.flush(&mut seen.picture);
                beside::left_out(&mut seen.picture, style, (all - 2 * DRAWN) as u64);
            }
        }
        ladder.flush(&mut seen.picture);
        Ok(seen)
    }

    /// The kept packets that match.
    fn matching(&self, filter: &Filter) -> Vec<&Kept> {
        let mut tape = Dissection::new();
        let index = protocols::index();
        let matches = |kept: &&Kept| {
            let packet = self.packet(kept, 1);
            crate::dissect::dissect(index, &packet, &mut tape);
            filter.matches(&packet, &tape)
        };
        self.kept.iter().filter(matches).collect()
    }

    fn packet<'a>(&'a self, kept: &'a Kept, number: u64) -> Packet<'a> {
        Packet {
            number,
            time: kept.time,
            length: kept.length,
            bytes: &kept.bytes,
            link: kept.link,
            interface: kept.interface,
            interfaces: &self.interfaces,
            names: &[],
            direction: kept.direction,
            checksum: kept.checksum,
            comment: None,
            fate: Fate::default(),
        }
    }
}

impl Seen {
    /// Notes how many bytes stand around a message whose length is one of those that are compared.
    fn measure(&mut self, packet: &Packet<'_>, tape: &Dissection) {
        let payload = tape.facts.payload;
        let length = payload.end.saturating_sub(payload.start) as usize;
        let begin = tape.layers.iter().find(|l| l.protocol.level == Level::Network).map(|l| l.at.start);
        let known = self.headers.iter().any(|(size, _)| *size == length);
        if let (Some(begin), false, true) = (begin, known, SIZES.contains(&length)) {
            let inside = u64::from(packet.length.saturating_sub(begin));
            self.headers.push((length, inside.saturating_sub(length as u64)));
        }
    }
}

/// Packets from or to these ports; a field term sees quoted packets, too.
fn filter(transport: Transport, ports: &[u16]) -> Result<Filter, Error> {
    let key = if transport == Transport::Tcp { "tcp" } else { "udp" };
    let terms: Vec<_> = ports.iter().map(|p| format!("{key}.src_port == {p} or {key}.dst_port == {p}")).collect();
    let text = if terms.is_empty() { format!("{key}.src_port == 0") } else { terms.join(" or ") };
    Filter::parse(&text, protocols::index()).map_err(|error| Error::Filter { error, text })
}
