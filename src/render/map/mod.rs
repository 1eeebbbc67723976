//! All ports as one picture: the ranges as background, the taken ones marked by kind. Marks differ in shape, never
//! in colour alone.

mod picture;
mod svg;

pub use picture::write;
pub use svg::svg;

use super::value::decimal;
use super::{Charset, Style, json, quantity, value, wrap};

/// What is drawn.
pub struct Map {
    /// "TCP"
    pub protocol: &'static str,
    /// The first port that is shown.
    pub first: u16,
    /// The last one.
    pub last: u16,
    /// What the numbers are meant for, all of them, in order.
    pub spans: Vec<Span>,
    /// The taken ones among those that are shown, in order.
    pub rooms: Vec<Room>,
    /// How many are taken in all.
    pub taken: u64,
}

/// Neighbouring ports that are meant for the same.
pub struct Span {
    /// For what.
    pub realm: Realm,
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

/// What ports are meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// Services that everyone knows.
    WellKnown,
    /// Written down by IANA.
    Registered,
    /// Lent by the kernel to callers.
    Ephemeral,
    /// Nobody's.
    Dynamic,
}

impl Realm {
    const ALL: [Realm; 4] = [Realm::WellKnown, Realm::Registered, Realm::Ephemeral, Realm::Dynamic];

    fn name(self) -> &'static str {
        match self {
            Realm::WellKnown => "well-known",
            Realm::Registered => "registered",
            Realm::Ephemeral => "ephemeral",
            Realm::Dynamic => "dynamic",
        }
    }

    fn purpose(self) -> &'static str {
        match self {
            Realm::WellKnown => "for services that everyone knows; only root may listen there on most systems",
            Realm::Registered => "IANA writes down who uses them, and any program may take them",
            Realm::Ephemeral => "the kernel of this machine lends them to programs that call others",
            Realm::Dynamic => "given to nobody, and not lent by this kernel by itself",
        }
    }
}

/// A port that is taken.
pub struct Room {
    /// Which.
    pub port: u16,
    /// How.
    pub kind: Kind,
    /// How many partners it has: one number, many guests.
    pub guests: u32,
    /// What the number hints at.
    pub service: Option<&'static str>,
    /// Who holds it, any bytes.
    pub process: Option<Vec<u8>>,
}

/// How a port is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// By closed connections that rest.
    Waiting,
    /// By connections.
    Connected,
    /// By a program that does nothing with it yet.
    Bound,
    /// By a program that waits for callers or datagrams.
    Listening,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Listening, Kind::Bound, Kind::Connected, Kind::Waiting];

    fn name(self) -> &'static str {
        match self {
            Kind::Waiting => "waiting",
            Kind::Connected => "connected",
            Kind::Bound => "bound only",
            Kind::Listening => "listening",
        }
    }
}

impl Map {
    fn count(&self, kind: Kind) -> u64 {
        self.rooms.iter().filter(|r| r.kind == kind).count() as u64
    }

    fn realm(&self, port: u16) -> Realm {
        self.spans.iter().find(|s| port <= s.last).map_or(Realm::Dynamic, |s| s.realm)
    }

    /// Each realm with its first and last port. Reserved ports may tear the one that is lent: its whole extent is said.
    fn extents(&self) -> impl Iterator<Item = (Realm, u16, u16)> {
        Realm::ALL.into_iter().filter_map(|realm| {
            let of_it = |s: &&Span| s.realm == realm;
            let first = self.spans.iter().find(of_it)?;
            let last = self.spans.iter().rfind(of_it).filter(|_| realm == Realm::Ephemeral).unwrap_or(first);
            Some((realm, first.first, last.last))
        })
    }

    fn is_whole(&self) -> bool {
        (self.first, self.last) == (0, u16::MAX)
    }

    /// Ports that are shown.
    fn len(&self) -> usize {
        usize::from(self.last - self.first) + 1
    }

    /// The rooms that a list names: those that wait for somebody, and those that are bound.
    fn named(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter().filter(|r| r.kind >= Kind::Bound)
    }

    /// "20 of 65,536 ports taken"
    fn share(&self) -> String {
        let all = quantity::grouped(self.len() as u64);
        format!("{} of {all} ports taken", quantity::grouped(self.rooms.len() as u64))
    }
}

/// "5432 postgresql (postgres)"
fn label(room: &Room, charset: Charset) -> String {
    let mut text = room.port.to_string();
    if let Some(service) = room.service {
        text += &format!(" {service}");
    }
    if let Some(process) = &room.process {
        let mut name = Vec::new();
        value::text(&mut name, process, charset);
        let name = String::from_utf8_lossy(&name).into_owned();
        if room.service != Some(name.as_str()) {
            text += &format!(" ({name})");
        }
    }
    text
}

/// Appends the picture in sentences.
pub fn describe(out: &mut Vec<u8>, style: Style, map: &Map) {
    let mut all = vec![format!("{} ports {} to {}: {}.", map.protocol, map.first, map.last, map.share())];
    for span in map.spans.iter().filter(|s| s.last >= map.first && s.first <= map.last) {
        let (name, purpose) = (span.realm.name(), span.realm.purpose());
        let which = if span.first == span.last {
            format!("Port {} is", span.first)
        } else {
            format!("Ports {} to {} are", span.first, span.last)
        };
        all.push(format!("{which} {name}: {purpose}."));
    }
    for room in map.named() {
        let mut sentence = format!("Port {}", label(room, style.charset));
        sentence += if room.kind == Kind::Listening { ": a program waits there" } else { ": bound, but silent" };
        if room.guests > 0 {
            sentence += &format!(", {}", quantity::counted(u64::from(room.guests), "guest"));
        }
        all.push(sentence + ".");
    }
    for kind in [Kind::Connected, Kind::Waiting] {
        let ports: Vec<String> = map.rooms.iter().filter(|r| r.kind == kind).map(|r| r.port.to_string()).collect();
        if !ports.is_empty() {
            let counted = quantity::counted(ports.len() as u64, "port");
            let more = if ports.len() > LISTED { " and more" } else { "" };
            let list = ports[..ports.len().min(LISTED)].join(", ");
            all.push(format!(
                "{}, {counted}: {list}{more}.",
                if kind == Kind::Connected { "Connected" } else { "Waiting" }
            ));
        }
    }
    for sentence in all {
        wrap::wrap(out, &sentence, 0, &style);
    }
}

/// Ports without a name that a sentence lists.
const LISTED: usize = 20;

/// Appends the map as one JSON object.
pub fn json(out: &mut Vec<u8>, map: &Map) {
    out.extend_from_slice(b"{\"protocol\":");
    json::string(out, map.protocol.as_bytes());
    out.extend_from_slice(format!(",\"first\":{},\"last\":{},\"ranges\":[", map.first, map.last).as_bytes());
    for (number, span) in map.spans.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let (first, last, name) = (span.first, span.last, span.realm.name());
        out.extend_from_slice(format!("{comma}{{\"name\":\"{name}\",\"first\":{first},\"last\":{last}}}").as_bytes());
    }
    out.extend_from_slice(b"],\"counts\":{");
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        out.extend_from_slice(format!("{comma}\"{}\":{}", key(kind), map.count(kind)).as_bytes());
    }
    out.extend_from_slice(b"},\"taken\":[");
    for (number, room) in map.rooms.iter().enumerate() {
        out.extend_from_slice(if number > 0 { b",{\"port\":" } else { b"{\"port\":" });
        decimal(out, u64::from(room.port));
        out.extend_from_slice(format!(",\"kind\":\"{}\",\"guests\":{}", key(room.kind), room.guests).as_bytes());
        if let Some(service) = room.service {
            out.extend_from_slice(b",\"service\":");
            json::string(out, service.as_bytes());
        }
        if let Some(process) = &room.process {
            out.extend_from_slice(b",\"process\":");
            json::string(out, process);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}\n");
}

fn key(kind: Kind) -> &'static str {
    if kind == Kind::Bound { "bound" } else { kind.name() }
}
