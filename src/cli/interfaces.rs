//! `layercake interfaces`: the physical and the link layer of this machine's network cards.

use std::process::ExitCode;

use super::{Console, Error};
use crate::render::table::table;
use crate::source::live::interfaces::{Card, Duplex, Kind, MacMeaning, MacOrigin, Traffic, list};

/// Show this machine's network cards: layer 1 and 2, and their addresses
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  layercake interfaces            all cards
  layercake interfaces eth0       one of them, with every detail explained
  layercake interfaces --json     for scripts")]
pub(super) struct Args {
    /// Only this card, in detail
    name: Option<String>,
    /// One JSON object a card
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut cards = list();
    if let Some(name) = &args.name {
        let known: Vec<String> = cards.iter().map(|c| c.name.clone()).collect();
        cards.retain(|c| c.name == *name);
        if cards.is_empty() {
            return Err(Error::asked(
                format!("there is no interface called {name:?}"),
                format!("this machine has: {}", known.join(", ")),
            ));
        }
    }
    if args.json {
        for card in &cards {
            console.print(json(card).as_bytes())?;
        }
    } else if args.name.is_some() || console.describe() {
        for card in &cards {
            console.print(detail(card).as_bytes())?;
        }
    } else {
        let style = console.style();
        let rows: Vec<Vec<String>> = cards.iter().map(row).collect();
        table(console.buffer(), style, &["card", "what", "signal", "speed", "MTU", "addresses: MAC, IP"], &rows);
        console
            .print(b"\nlayercake interfaces NAME explains one of them; layercake capture -i NAME listens to it\n")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(card: &Card) -> Vec<String> {
    let mac = card.mac.filter(|m| m.meaning() != MacMeaning::None).map(|m| m.to_string());
    let ips = card.addresses.iter().map(|(a, prefix)| format!("{a}/{prefix}"));
    let addresses: Vec<String> = mac.into_iter().chain(ips).collect();
    vec![
        card.name.clone(),
        kind(card.kind).0.to_owned(),
        signal(card).to_owned(),
        speed(card),
        card.mtu.map_or_else(String::new, |mtu| mtu.to_string()),
        addresses.join("\n"),
    ]
}

fn signal(card: &Card) -> &'static str {
    match (card.up, card.carrier) {
        (false, _) => "off",
        (true, Some(true)) => "yes",
        (true, Some(false)) => "no cable",
        (true, None) => "on",
    }
}

fn speed(card: &Card) -> String {
    let speed = match card.speed {
        Some(mbit) if mbit >= 1000 && mbit % 1000 == 0 => format!("{} Gbit/s", mbit / 1000),
        Some(mbit) => format!("{mbit} Mbit/s"),
        None => return "none".to_owned(),
    };
    match card.duplex {
        Some(Duplex::Half) => format!("{speed}, half duplex"),
        Some(Duplex::Full) => format!("{speed}, full duplex"),
        None => speed,
    }
}

/// A word for a kind of card, and what it is.
fn kind(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Loopback => ("loopback", "the machine talks to itself; nothing ever leaves it, and no card is involved"),
        Kind::Wired => ("wired", "a card with a cable, or a virtual machine's imitation of one"),
        Kind::Wireless => ("wireless", "a Wi-Fi card: its frames can be heard by everybody nearby"),
        Kind::Bridge => ("bridge", "a switch made of software: it joins cards and containers"),
        Kind::Veth => ("virtual cable", "one end of a cable that exists in memory only, often to a container"),
        Kind::Tun => ("tunnel (tun)", "a program is the other end and reads IP packets: that is how a VPN works"),
        Kind::Tap => ("tunnel (tap)", "a program is the other end and reads Ethernet frames: a virtual machine"),
        Kind::Bond => ("bond", "several cards used as one"),
        Kind::Vlan => ("VLAN", "one virtual network on another card; its frames carry a tag"),
        Kind::Stacked => ("stacked", "a further card on top of another one"),
        Kind::Tunnel => ("tunnel", "packets travel inside other packets"),
        Kind::WireGuard => ("WireGuard", "an encrypted tunnel"),
        Kind::PointToPoint => ("point to point", "a line with exactly one other end: nobody needs an address on it"),
        Kind::Virtual => ("virtual", "made by software"),
        Kind::Unknown => ("unknown", "the system does not tell"),
    }
}

fn detail(card: &Card) -> String {
    use std::fmt::Write;
    let (word, meaning) = kind(card.kind);
    let mut text = format!("{}: {word}\n  {meaning}\n", card.name);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "1 physical");
    let state = match signal(card) {
        "off" => "switched off: nothing can cross it",
        "no cable" => "switched on, but no signal: no cable, or no Wi-Fi joined",
        _ => "switched on, signal present",
    };
    let _ = writeln!(text, "  state        {state}");
    match card.speed {
        Some(_) => {
            let _ = writeln!(
                text,
                "  speed        {}: how fast bits leave the card, not how soon they arrive",
                speed(card)
            );
        }
        None => text += "  speed        none to tell: virtual cards have no clock, wireless ones change all the time\n",
    }
    if let Some(driver) = &card.driver {
        let _ = writeln!(text, "  driver       {driver}: the part of the kernel that speaks to it");
    }
    let _ = writeln!(text, "2 link");
    if let Some(mac) = card.mac {
        let _ = writeln!(text, "  MAC          {mac}: {}{}", mac_meaning(mac.meaning()), origin(card.mac_origin));
    }
    if let Some(mtu) = card.mtu {
        let _ = writeln!(text, "  MTU          {mtu}: the largest IP packet that fits into one frame, in bytes");
    }
    for (word, traffic) in [("received", card.received), ("sent", card.sent)] {
        if let Some(Traffic { packets, bytes, errors, dropped }) = traffic {
            let _ = writeln!(
                text,
                "  {word:<12} {packets} packets, {bytes} bytes, {errors} damaged, {dropped} thrown away"
            );
        }
    }
    let _ = writeln!(text, "3 network");
    for (address, prefix) in &card.addresses {
        let _ = writeln!(text, "  IP           {address}, and the first {prefix} bits name its network");
    }
    if card.addresses.is_empty() {
        text += "  IP           no address: it can carry frames, but nobody can send it a packet\n";
    }
    text.push('\n');
    text
}

fn mac_meaning(meaning: MacMeaning) -> String {
    match meaning {
        MacMeaning::None => "none; loopback needs none".to_owned(),
        MacMeaning::Broadcast => "everybody on the link".to_owned(),
        MacMeaning::Multicast => "a group, never the address of a card".to_owned(),
        MacMeaning::Local => "locally administered: chosen by software, as phones do against being followed".to_owned(),
        MacMeaning::Universal { oui: [a, b, c] } => {
            format!("universally administered: the maker owns {a:02x}:{b:02x}:{c:02x} and numbered the card")
        }
    }
}

fn origin(origin: Option<MacOrigin>) -> &'static str {
    match origin {
        Some(MacOrigin::Random) => " (thrown by the kernel)",
        Some(MacOrigin::Stolen) => " (taken over from another interface)",
        Some(MacOrigin::Set) => " (set by a program)",
        Some(MacOrigin::Permanent) | None => "",
    }
}

/// One line of JSON.
fn json(card: &Card) -> String {
    let text = |words: &str| format!("\"{}\"", words.replace('\\', "\\\\").replace('"', "\\\""));
    let option = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
    let traffic = |traffic: Option<Traffic>| {
        option(traffic.map(|t| {
            format!(
                "{{\"packets\":{},\"bytes\":{},\"errors\":{},\"dropped\":{}}}",
                t.packets, t.bytes, t.errors, t.dropped
            )
        }))
    };
    let addresses: Vec<String> = card.addresses.iter().map(|(a, p)| text(&format!("{a}/{p}"))).collect();
    format!(
        "{{\"name\":{},\"index\":{},\"kind\":{},\"up\":{},\"carrier\":{},\"mac\":{},\"speed\":{},\"mtu\":{},\"driver\":{},\"addresses\":[{}],\"received\":{},\"sent\":{}}}\n",
        text(&super::console::tame(&card.name)),
        card.index,
        text(kind(card.kind).0),
        card.up,
        option(card.carrier.map(|c| c.to_string())),
        option(card.mac.map(|m| text(&m.to_string()))),
        option(card.speed.map(|s| s.to_string())),
        option(card.mtu.map(|m| m.to_string())),
        option(card.driver.as_ref().map(|d| text(&super::console::tame(d)))),
        addresses.join(","),
        traffic(card.received),
        traffic(card.sent),
    )
}
