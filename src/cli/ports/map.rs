//! `layercake ports map`: all 65,536 ports as one picture, or a part of them.

use std::process::ExitCode;

use clap::ValueEnum;

use super::{Console, Error, parse, who};
use crate::ports::rooms::{self, Kind, Realm};
use crate::ports::{self, Protocol, System, Wants, services};
use crate::render::map::{self, Map};

const EXAMPLES: &str = "\
Examples:
  layercake ports map                     all 65,536 ports of TCP
  layercake ports map --udp               those of UDP: the same numbers, other rooms
  layercake ports map 8000-8127           a part of them, one by one
  layercake ports map well-known          0 to 1023
  layercake ports map --svg ports.svg     as a picture for slides, one square a port
  layercake ports map --describe          in sentences

A number is a room, not a connection: a room may have many guests, told apart by address and port of both ends.";

/// Draw all 65,536 ports: which are taken, and what the others are for
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// From where to where: `8000-8127`, `well-known`, `registered`, `dynamic`, or a port for those around it
    #[arg(value_name = "RANGE", value_parser = parse::range, default_value = "all")]
    range: (u16, u16),
    /// UDP's ports instead of TCP's
    #[arg(long)]
    udp: bool,
    /// Write it as a picture; `-` for the output
    #[arg(long, value_name = "FILE")]
    svg: Option<String>,
    /// How it is shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Picture)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Picture,
    /// One JSON object
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let protocol = if args.udp { Protocol::Udp } else { Protocol::Tcp };
    let map = draw(ports::system().as_mut(), protocol, args.range)?;
    let (style, spoken) = (console.style(), console.describe());
    match args.svg.as_deref() {
        Some("-") => map::svg(console.buffer(), &map),
        Some(path) => {
            let mut picture = Vec::new();
            map::svg(&mut picture, &map);
            std::fs::write(path, picture).map_err(|error| {
                Error::asked(format!("cannot write {path}: {error}"), "choose a file in a folder that you may write to")
            })?;
            console.remark(&format!("{} written; any browser shows it", super::super::console::tame(path)));
        }
        None if args.format == Format::Json => map::json(console.buffer(), &map),
        None if spoken => map::describe(console.buffer(), style, &map),
        None => map::write(console.buffer(), style, &map),
    }
    Ok(ExitCode::SUCCESS)
}

fn draw(system: &mut dyn System, protocol: Protocol, (first, last): (u16, u16)) -> Result<Map, Error> {
    let missing = |error: ports::Error| {
        Error::asked(error.to_string(), "`layercake ports why PORT` tries a single port without that list")
    };
    let table = system.table(Wants { owners: true, details: false, unix: false }).map_err(missing)?;
    let ranges = system.ranges().map_err(missing)?;
    let mut spans: Vec<map::Span> = Vec::new();
    for port in 0..=u16::MAX {
        let realm = match ranges.realm(port) {
            Realm::WellKnown => map::Realm::WellKnown,
            Realm::Registered => map::Realm::Registered,
            Realm::Ephemeral => map::Realm::Ephemeral,
            Realm::Dynamic => map::Realm::Dynamic,
        };
        match spans.last_mut() {
            Some(span) if span.realm == realm => span.last = port,
            _ => spans.push(map::Span { realm, first: port, last: port }),
        }
    }
    let rooms = rooms::rooms(&table.sockets, protocol);
    let room = |(port, room): (&u16, &rooms::Room)| map::Room {
        port: *port,
        kind: match room.kind {
            Kind::Waiting => map::Kind::Waiting,
            Kind::Connected => map::Kind::Connected,
            Kind::Bound => map::Kind::Bound,
            Kind::Listening => map::Kind::Listening,
        },
        guests: room.guests,
        service: services::service(protocol, *port).map(|s| s.name),
        process: table.owners.of(&room.owners).next().map(|o| o.name.clone()),
    };
    Ok(Map {
        protocol: who::protocol(protocol),
        first,
        last,
        spans,
        rooms: rooms.range(first..=last).map(room).collect(),
        taken: rooms.len() as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::testing::{Fake, socket};
    use crate::ports::{Socket, State};
    use crate::render::{Charset, Style};

    fn sockets() -> Vec<Socket> {
        let mut all: Vec<Socket> = ["0.0.0.0:22", "127.0.0.1:631", "[::]:3000", "127.0.0.1:5432", "0.0.0.0:8000"]
            .into_iter()
            .map(|local| socket(State::Listen, local))
            .collect();
        all[2].owners = vec![0];
        all.push(socket(State::BoundInactive, "127.0.0.1:8008"));
        for port in [33_000_u16, 41_234, 52_000, 60_998] {
            let mut call = socket(State::Established, &format!("192.0.2.1:{port}"));
            call.remote = Some("192.0.2.9:443".parse().expect("an address"));
            all.push(call);
            all.push(socket(State::TimeWait, &format!("127.0.0.1:{}", port + 500)));
        }
        all
    }

    fn picture(range: (u16, u16), charset: Charset, width: usize) -> String {
        let map = draw(&mut Fake::holding(sockets()), Protocol::Tcp, range).expect("a map");
        let mut out = Vec::new();
        map::write(&mut out, Style { width, color: false, charset, explain: false }, &map);
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(text.lines().all(|l| l.chars().count() <= width), "{width}\n{text}");
        assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
        text
    }

    #[test]
    fn all_ports_fit_one_screen() {
        let unicode = picture((0, u16::MAX), Charset::Unicode, 80);
        assert!(unicode.lines().count() < 24, "{unicode}");
        assert_eq!(unicode, include_str!("../../../tests/goldens/ports.map.txt"));
        let ascii = picture((0, u16::MAX), Charset::Ascii, 80);
        assert_eq!(ascii, include_str!("../../../tests/goldens/ports.map.ascii.txt"));
    }

    #[test]
    fn a_part_shows_every_port_by_itself() {
        let text = picture((8000, 8127), Charset::Unicode, 80);
        assert!(text.lines().count() < 24, "{text}");
        assert_eq!(text, include_str!("../../../tests/goldens/ports.map.zoom.txt"));
    }

    #[test]
    fn every_range_fits_every_width() {
        for width in [20, 40, 60, 80, 120, 200] {
            for range in [(0, u16::MAX), (0, 1023), (3000, 3000), (65_535, 65_535), (8000, 9000), (1024, 49151)] {
                picture(range, Charset::Ascii, width);
                picture(range, Charset::Unicode, width);
            }
        }
    }

    #[test]
    fn the_picture_in_sentences_and_as_json_says_the_same() {
        let map = draw(&mut Fake::holding(sockets()), Protocol::Tcp, (0, u16::MAX)).expect("a map");
        let mut out = Vec::new();
        map::json(&mut out, &map);
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(json["taken"].as_array().map(Vec::len), Some(14));
        assert_eq!(json["counts"]["listening"], 5);
        let mut out = Vec::new();
        map::describe(&mut out, Style { width: 80, color: false, charset: Charset::Ascii, explain: false }, &map);
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(text.contains("Port 3000") && text.contains("32768 to 39999") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn the_svg_is_well_formed_and_carries_no_script() {
        for range in [(0, u16::MAX), (8000, 8127), (1, 1)] {
            let map = draw(&mut Fake::holding(sockets()), Protocol::Tcp, range).expect("a map");
            let mut out = Vec::new();
            map::svg(&mut out, &map);
            let text = String::from_utf8(out).expect("UTF-8");
            assert!(!text.contains("script") && !text.contains('\u{1b}'));
            well_formed(&text);
        }
    }

    /// Every element that is opened is closed, in order; attributes are quoted, `&` begins an entity.
    fn well_formed(text: &str) {
        let mut open: Vec<&str> = Vec::new();
        let mut parts = text.split('<');
        assert_eq!(parts.next(), Some(""));
        for part in parts {
            let (tag, content) = part.split_once('>').expect("a tag ends");
            assert!(tag.matches('"').count() % 2 == 0, "{tag}");
            for entity in content.split('&').skip(1).chain(tag.split('&').skip(1)) {
                assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|e| entity.starts_with(e)), "{entity}");
            }
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(tag.split_whitespace().next().expect("a name"));
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}
