//! What programs and routers did, in words for the ladder.

use std::net::{IpAddr, Ipv4Addr};

use crate::cli::console::tame;
use crate::render::Charset;
use crate::render::ladder::Told;
use crate::render::quantity::{counted, span};
use crate::source::wire::{Answer, Bytes, Deed, Did, End, Flaw, Happening, Routed, Says};

/// Letters of a message that are shown.
const LETTERS: usize = 24;

/// A step, told; `names` says what machines are called.
pub(in crate::cli) fn told(step: &Happening, names: &[(IpAddr, String)]) -> Told {
    let called = Called(names);
    let (what, why, alarm) = match &step.what {
        Did::Routed(deed) => routed(deed, &called),
        did => program(did, step, &called),
    };
    Told { time: step.time, who: step.host.to_string(), what, why: why.to_owned(), alarm }
}

/// What machines are called.
struct Called<'a>(&'a [(IpAddr, String)]);

impl Called<'_> {
    fn name(&self, address: Ipv4Addr) -> String {
        let known = self.0.iter().find(|(ip, _)| *ip == IpAddr::V4(address));
        known.map_or_else(|| address.to_string(), |(_, name)| name.clone())
    }

    fn end(&self, (address, port): (Ipv4Addr, u16)) -> String {
        format!("{}:{port}", self.name(address))
    }
}

type Words = (String, &'static str, bool);

fn fine(what: impl Into<String>, why: &'static str) -> Words {
    (what.into(), why, false)
}

fn bad(what: impl Into<String>, why: &'static str) -> Words {
    (what.into(), why, true)
}

fn program(did: &Did, step: &Happening, called: &Called<'_>) -> Words {
    let peer = step.peer.map_or_else(|| "somebody".to_owned(), |peer| called.end(peer));
    match did {
        Did::Listening => fine(
            format!("waits at port {}", step.port),
            "From now on the kernel answers whoever calls this port; before, callers would be turned away.",
        ),
        Did::PortTaken => bad(
            format!("cannot have port {}: taken", step.port),
            "EADDRINUSE: one protocol, address and port have one program. The first one keeps it.",
        ),
        Did::Connecting => {
            fine(format!("calls {peer}"), "connect(): the program waits; the kernel sends a SYN in its name.")
        }
        Did::Connected => fine(
            format!("is connected with {peer}"),
            "Both sides know that the other one hears them; now bytes may go.",
        ),
        Did::Sent(bytes) => fine(
            format!("sends {}", message(bytes)),
            "send() returned: the kernel has taken the bytes. That says nothing about whether they arrived.",
        ),
        Did::Read(bytes) => fine(
            format!("reads {}", message(bytes)),
            "This is what the program gets to see, whatever the wire had to do for it.",
        ),
        Did::Blocked => bad(
            "has to wait: send() blocks",
            "The socket's buffer is full, because the other side reads too slowly or acknowledgments are missing. The program stands still in send().",
        ),
        Did::Unblocked => fine("goes on sending", "There is room in the buffer again; send() returns."),
        Did::EndOfStream => {
            fine("reads the end", "recv() gave 0 bytes: the other side has said FIN and will send nothing more.")
        }
        Did::Closed => fine("closes", "close(): the program is done; the kernel says FIN when all bytes are out."),
        Did::Refused => bad(
            format!("is turned away by {peer}"),
            "ECONNREFUSED: the machine is there, but nobody listens at that port.",
        ),
        Did::Reset => bad("is cut off", "ECONNRESET: the other side sent a RST; what was on its way is gone."),
        Did::TimedOut => bad("gives up", "ETIMEDOUT: no answer, however often it was tried."),
        Did::Answer(answer) => answered(answer, called),
        Did::NoAnswer(number) => bad(
            format!("has no answer to probe {number}"),
            "Silence can mean many things: lost on the way there, lost on the way back, or somebody who does not answer.",
        ),
        Did::Routed(deed) => routed(deed, called),
    }
}

fn message(bytes: &Bytes) -> String {
    let text = String::from_utf8_lossy(&bytes.bytes);
    let short: String = text.chars().take(LETTERS).collect();
    let whole = bytes.length <= bytes.bytes.len() && short.len() == text.len();
    if whole { format!("\"{}\"", tame(&short)) } else { counted(bytes.length as u64, "byte") }
}

fn answered(answer: &Answer, called: &Called<'_>) -> Words {
    let after = span(answer.rtt.saturating_mul(1000), Charset::Unicode);
    let from = called.name(answer.from);
    let number = answer.number;
    match answer.says {
        Says::Here => fine(
            format!("ping {number}: {from} is there, {after}"),
            "Echo reply (ICMP type 0): the packet went there and back in this time.",
        ),
        Says::TimeExceeded => fine(
            format!("hop {number} is {from}, {after}"),
            "The TTL ran out at this router, and it said so (ICMP type 11). Traceroute lives on these complaints.",
        ),
        Says::Unreachable(3) => fine(
            format!("hop {number} is {from}, the goal, {after}"),
            "Port unreachable (ICMP type 3, code 3): nobody listens there, so only the goal itself can have said it.",
        ),
        Says::Unreachable(code) => bad(
            format!("hears from {from}: unreachable, code {code}"),
            "A router knows no way, or the last network does not answer (ICMP type 3).",
        ),
        Says::TooBig(mtu) => bad(
            format!("hears from {from}: at most {mtu} bytes"),
            "Fragmentation needed (ICMP type 3, code 4): the packet says that it must not be cut, and the next link is narrower.",
        ),
    }
}

/// A packet thrown away, and whether its sender hears of it.
fn thrown(why: &str, told: bool, deed: &Routed, called: &Called<'_>, meaning: &'static str) -> Words {
    let from = called.name(deed.from);
    let rest = if told { format!("; tells {from}") } else { " without a word".to_owned() };
    bad(format!("throws it away: {why}{rest}"), meaning)
}

fn routed(deed: &Routed, called: &Called<'_>) -> Words {
    let end = |e: &End| called.end((e.address, e.port));
    match &deed.what {
        Deed::Forwarded { port, ttl } => fine(format!("passes it on by port {port}, TTL {ttl}"), ""),
        Deed::TtlExpired { told } => thrown(
            "TTL reached 0",
            *told,
            deed,
            called,
            "Every router takes 1 off the TTL. Without it a packet that goes in a circle would go for ever.",
        ),
        Deed::NoRoute { told } => thrown(
            "no way there",
            *told,
            deed,
            called,
            "No route in its table fits this address, and it has no default.",
        ),
        Deed::HostSilent { told } => thrown(
            "the host does not answer",
            *told,
            deed,
            called,
            "It asked by ARP who has that address, three times; nobody said \"I\".",
        ),
        Deed::TooBig { mtu, told } => thrown(
            &format!("more than {mtu} bytes"),
            *told,
            deed,
            called,
            "The next link carries less, and the packet says \"don't fragment\".",
        ),
        Deed::Fragmented { pieces } => fine(
            format!("cuts it into {pieces} pieces"),
            "The next link carries less. Only the receiver puts the pieces together again.",
        ),
        Deed::Redirected { via } => fine(
            format!("says: {} is nearer", called.name(*via)),
            "An ICMP redirect: next time ask the neighbour directly.",
        ),
        Deed::Pong => {
            fine(format!("answers {}'s ping", called.name(deed.from)), "The echo request was for the router itself.")
        }
        Deed::NobodyAtPort { told } => thrown(
            "nobody at that port",
            *told,
            deed,
            called,
            "It was for the router itself, which listens on no port.",
        ),
        Deed::NoSuchProtocol { told } => {
            thrown("it does not speak that", *told, deed, called, "It was for the router itself.")
        }
        Deed::Translated { before, after } => fine(
            format!("NAT: {} becomes {}", end(before), end(after)),
            "The router writes its own address and a port of its own on the packet, and remembers whose it was. Outside, nobody knows the machine behind it.",
        ),
        Deed::NobodyAsked => bad(
            "throws it away: nobody inside asked",
            "NAT knows nobody whom this could be for: it is not a firewall, but it acts like one.",
        ),
        Deed::NoPorts => {
            bad("throws it away: no port to translate", "NAT tells machines apart by ports; this protocol has none.")
        }
        Deed::TableFull => bad(
            "throws it away: its table is full",
            "Every conversation through NAT takes a place in a table, and the table has an end.",
        ),
        Deed::QueueFull => bad(
            "throws away the eldest that waits",
            "Packets wait while ARP asks for the neighbour's card, but only so many.",
        ),
        Deed::ArpAsked { address } => fine(format!("asks who has {address}"), ""),
        Deed::ArpAnswered => fine("tells its card", ""),
        Deed::Refused(flaw) => bad(
            format!("throws it away: {}", flawed(*flaw)),
            "A router checks the header before it looks at the address.",
        ),
    }
}

fn flawed(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Short => "too short",
        Flaw::Version => "not version 4",
        Flaw::Length => "its lengths contradict each other",
        Flaw::Checksum => "wrong checksum",
        Flaw::Sender => "nobody can have that sender address",
        Flaw::Broadcast => "a broadcast stays in its network",
        Flaw::Piece => "a piece for the router itself",
    }
}
