//! The view as somebody uses it, without a screen.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::dissect::{Dissection, Packet, Secrets, Value};
use crate::filter::Filter;
use crate::flow::Tracker;
use crate::protocols;
use crate::save::PcapNg;
use crate::source::file::File;
use crate::source::hex::Hex;
use crate::source::{Event, Source, wire};

fn capture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/captures").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn order(open: Opening, keep: Keep) -> Order {
    Order { open, keep, size: 0, secrets: Secrets::new(), guard: false }
}

/// All packets of a dump, kept in a ring.
fn ring(name: &str, most: usize) -> Arc<Shelf> {
    let text = capture(name);
    let open: Opening = Box::new(move || Ok(Box::new(Hex::parse(&text, None)?)));
    finished(gather(order(open, Keep::Packets(most))).expect("opened"))
}

fn finished(shelf: Arc<Shelf>) -> Arc<Shelf> {
    while !shelf.is_done() {
        std::thread::sleep(Duration::from_millis(1));
    }
    shelf
}

/// The packets of a dump, saved to a file that is removed at the end.
struct Saved(PathBuf);

impl Saved {
    fn of(source: &mut dyn Source, name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("layercake-view-{}-{name}.pcapng", std::process::id()));
        let mut file = PcapNg::new(std::fs::File::create(&path).expect("created")).expect("begun");
        let mut known = 0;
        while let Ok(Event::Packet(packet)) = source.next() {
            while known < packet.interfaces.len() {
                file.interface(&packet.interfaces[known]).expect("written");
                known += 1;
            }
            file.packet(packet.interface, &packet).expect("written");
        }
        file.flush().expect("written");
        Saved(path)
    }

    fn shelf(&self) -> Arc<Shelf> {
        let path = self.0.to_string_lossy().into_owned();
        let again = path.clone();
        let open: Opening = Box::new(move || Ok(Box::new(File::open(&again)?)));
        finished(gather(order(open, Keep::File(path))).expect("opened"))
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What was read in a packet, to be compared.
fn told(packet: &Packet<'_>, tape: &Dissection) -> String {
    let mut text =
        format!("{} {:?} {} {:?} {:?}\n", packet.number, packet.time, packet.length, packet.comment, packet.fate);
    for node in &tape.nodes {
        let layer = &tape.layers[usize::from(node.layer)];
        let value = match node.value {
            Value::Number(number) => format!("{number}"),
            _ => format!("{:02x?}", tape.bytes_of(node, packet.bytes)),
        };
        text += &format!("{}.{} {:?} {value}\n", layer.protocol.key, node.field.key, node.at);
    }
    text
}

/// The same packets, read one after another as `capture` does.
fn in_order(source: &mut dyn Source) -> Vec<String> {
    let (mut tracker, mut tape, mut all) = (Tracker::new(), Dissection::new(), Vec::new());
    while let Ok(Event::Packet(packet)) = source.next() {
        tracker.read(protocols::index(), &packet, &mut tape);
        all.push(told(&packet, &tape));
    }
    all
}

fn again(shelf: &Arc<Shelf>, numbers: impl Iterator<Item = u64>) -> Vec<(u64, String)> {
    let (mut reader, mut replay, mut tape) = (Reader::new(shelf), Replay::new(Secrets::new()), Dissection::new());
    numbers
        .map(|number| {
            assert_eq!(replay.read(&mut reader, number, &mut tape), Some(Memory::Whole), "packet {number}");
            let (packet, _) = reader.packet(number).expect("there");
            (number, told(&packet, &tape))
        })
        .collect()
}

/// Captures whose conversations do not lean on other conversations.
const DUMPS: &[&str] = &[
    "http.hex",
    "websocket.hex",
    "dns.hex",
    "tls.hex",
    "ipv4.hex",
    "tcp.hex",
    "arp.hex",
    "http2.hex",
    "mqtt.hex",
    "quic.hex",
    "smtp.hex",
    "part.hex",
    "tcp_talk.hex",
    "ipv6_extensions.hex",
    "vlan.hex",
    "websocket_talk.hex",
    "ssh.hex",
];

#[test]
fn a_packet_that_is_read_again_in_any_order_tells_the_same_as_in_the_order_of_the_capture() {
    for name in DUMPS {
        let open = || Hex::parse(&capture(name), None).expect("a dump");
        let expected = in_order(&mut open());
        let saved = Saved::of(&mut open(), name);
        for shelf in [ring(name, 1 << 24), saved.shelf()] {
            let last = shelf.last();
            assert_eq!(last, expected.len() as u64, "{name}");
            let backwards = (1..=last).rev().chain(1..=last).chain((1..=last).map(|n| 1 + n * 7 % last));
            for (number, text) in again(&shelf, backwards) {
                assert_eq!(text, expected[number as usize - 1], "{name}, packet {number}");
            }
        }
    }
}

#[test]
fn the_demo_is_the_same_from_the_ring_and_from_a_file() {
    let expected = in_order(&mut wire::demo());
    let open: Opening = Box::new(|| Ok(Box::new(wire::demo())));
    let kept = finished(gather(order(open, Keep::Packets(1 << 20))).expect("opened"));
    let saved = Saved::of(&mut wire::demo(), "demo");
    for shelf in [kept, saved.shelf()] {
        for (number, text) in again(&shelf, (1..=expected.len() as u64).rev()) {
            assert_eq!(text, expected[number as usize - 1]);
        }
    }
}

fn demo() -> View {
    let open: Opening = Box::new(|| Ok(Box::new(wire::demo())));
    let shelf = finished(gather(order(open, Keep::Packets(1 << 20))).expect("opened"));
    let mut view = View::new(&shelf, Secrets::new(), false);
    view.tick();
    view
}

/// Ticks until the searches have come to their end.
fn settle(view: &mut View) {
    while {
        view.tick();
        let status = view.status();
        status.filtered.is_some() || status.searched.is_some()
    } {
        std::thread::sleep(Duration::from_millis(1));
    }
    view.tick();
}

fn key(view: &View) -> String {
    view.explained().map_or_else(String::new, |e| {
        e.field.map_or(e.protocol.key.to_owned(), |f| format!("{}.{}", e.protocol.key, f.key))
    })
}

#[test]
fn a_byte_chooses_the_field_and_the_field_lights_the_byte() {
    let mut view = demo();
    view.go(Goto::Number(7));
    let bytes = view.bytes(Home::Packet).len() as u32;
    let mut fields = 0;
    for at in 0..bytes {
        view.choose_byte(Home::Packet, at);
        let lit = view.lit().expect("something is lit");
        assert!(lit.at.start <= at && at < lit.at.end, "byte {at}: {lit:?}");
        fields += usize::from(view.explained().expect("explained").field.is_some());
    }
    assert!(fields > 50, "{fields} of {bytes} bytes have a field");
    view.choose_byte(Home::Packet, 22);
    assert_eq!(key(&view), "ipv4.ttl");
    view.byte_by(1);
    assert_eq!(key(&view), "ipv4.proto");
}

#[test]
fn bytes_that_were_made_are_lit_beside_those_that_they_were_made_of() {
    let mut view = demo();
    view.search("Hello");
    settle(&mut view);
    let tape = &view.packet().expect("chosen").tape;
    let made = tape.nodes.iter().position(|n| matches!(n.value, Value::Made(_))).expect("unmasked bytes");
    view.choose(Choice::Node(made));
    let lit = view.lit().expect("lit");
    let span = lit.made.expect("made");
    assert_eq!(span.of(view.bytes(Home::Made)), b"Hello");
    assert_eq!((lit.home, lit.at.len()), (Home::Packet, 5));
    view.choose(Choice::Layer(0));
    view.choose_byte(Home::Made, span.start + 1);
    assert_eq!(view.choice(), Some(Choice::Node(made)));
}

#[test]
fn the_same_field_stays_chosen_from_packet_to_packet() {
    let mut view = demo();
    view.go(Goto::Number(7));
    view.choose_byte(Home::Packet, 22);
    view.by(1);
    assert_eq!((view.status().number, key(&view).as_str()), (8, "ipv4.ttl"));
    view.first(); // ARP has no TTL: its own says most
    assert_eq!(view.status().number, 1);
    assert!(!key(&view).is_empty());
    view.by(7);
    assert_eq!(key(&view), "ipv4.ttl");
}

#[test]
fn a_filter_lists_what_capture_would_and_says_why_each_packet_matches() {
    let mut view = demo();
    view.narrow("tcp.flags.syn").expect("a filter");
    settle(&mut view);
    assert_eq!(view.total(), 2);
    let why: Vec<_> =
        view.why().iter().map(|n| view.packet().expect("chosen").tape.nodes[*n as usize].field.key).collect();
    assert_eq!(why, ["flags"]);
    assert_eq!(key(&view), "tcp.flags", "what matches is chosen as long as nothing else was");
    assert_eq!(view.rows(0, 9).iter().filter(|r| r.chosen).count(), 1);
    assert!(view.narrow("tcp.flags.sny").is_err());
    assert_eq!(view.narrowed(), Some("tcp.flags.syn"));
    view.narrow(" ").expect("all again");
    assert_eq!((view.total() as u64, view.why().len()), (view.shelf().last(), 0));
}

#[test]
fn a_conversation_is_followed_and_left_again() {
    let mut view = demo();
    assert!(!view.follow(), "ARP belongs to no conversation");
    view.go(Goto::Number(7));
    assert!(view.follow());
    settle(&mut view);
    let all = view.shelf().last();
    assert!(view.total() > 10 && (view.total() as u64) < all);
    assert_eq!(view.status().number, 7);
    view.widen();
    assert_eq!(view.total() as u64, all);
}

#[test]
fn a_search_goes_on_and_around_in_both_directions() {
    let mut view = demo();
    view.search("hello");
    settle(&mut view);
    let first = view.status().number;
    assert_eq!(view.find(true), Jump::There);
    let second = view.status().number;
    assert!(second > first);
    assert_eq!(view.find(false), Jump::There);
    assert_eq!(view.status().number, first);
    assert_eq!(view.find(false), Jump::Around);
    assert!(view.status().number >= second);
    assert!(view.rows(0, 99).iter().any(|r| r.found));
    view.search("no such word");
    settle(&mut view);
    assert_eq!(view.find(true), Jump::Nowhere);
    // What it is called is found, too.
    view.search("SYN");
    settle(&mut view);
    assert_eq!(key(&view).split('.').next(), Some("tcp"));
}

#[test]
fn times_and_numbers_lead_to_packets_and_marks_stay() {
    let mut view = demo();
    assert_eq!(view.go(Goto::Number(9_999)), Jump::Nowhere);
    assert_eq!(view.go(Goto::After(0)), Jump::There);
    assert_eq!(view.status().number, 1);
    assert_eq!(view.go(Goto::Number(5)), Jump::There);
    view.mark();
    view.by(2);
    view.mark();
    assert_eq!(view.marks().iter().copied().collect::<Vec<_>>(), [5, 7]);
    view.mark();
    assert_eq!(view.status().marks, 1);
    assert!(view.rows(0, 9)[4].marked);
}

#[test]
fn what_is_chosen_is_a_filter_that_matches_the_packet() {
    let mut view = demo();
    view.go(Goto::Number(7));
    let nodes = view.packet().expect("chosen").tape.nodes.len();
    for place in 0..nodes {
        view.choose(Choice::Node(place));
        let text = view.as_filter().expect("a filter");
        let filter = Filter::parse(&text, protocols::index()).expect("that can be read");
        let loaded = view.packet().expect("chosen");
        assert!(filter.matches(&loaded.packet(), &loaded.tape), "{text}");
    }
    view.choose_byte(Home::Packet, 26);
    assert!(view.as_filter().expect("a filter").starts_with("ipv4.src == 192.168.1."));
}

#[test]
fn layers_are_opened_and_closed_and_what_is_chosen_is_seen() {
    let mut view = demo();
    view.go(Goto::Number(7));
    let folded = view.tree().len();
    view.open_all(true);
    assert!(view.tree().len() > folded);
    view.open_all(false);
    assert!(view.tree().iter().all(|r| r.depth == 0));
    view.choose_byte(Home::Packet, 22);
    assert!(view.tree().iter().any(|r| Some(r.choice) == view.choice()));
    view.open(false);
    assert!(matches!(view.choice(), Some(Choice::Layer(_))));
    view.open(false);
    view.open(true);
    view.open(true);
    assert!(matches!(view.choice(), Some(Choice::Node(_))));
}

#[test]
fn in_a_ring_the_oldest_packets_go_and_the_view_stays_on_its_feet() {
    let shelf = ring("http.hex", 2_000);
    assert!(shelf.first() > 1 && shelf.last() > shelf.first());
    let mut view = View::new(&shelf, Secrets::new(), false);
    view.tick();
    assert_eq!(view.status().number, shelf.first());
    assert_eq!(view.status().gone, shelf.first() - 1);
    assert_eq!(view.total() as u64, shelf.last() + 1 - shelf.first());
    for number in shelf.first()..=shelf.last() {
        assert!(view.read(number, |packet, _| assert_eq!(packet.number, number)));
    }
    assert!(!view.read(1, |_, _| ()));
    view.narrow("tcp").expect("a filter");
    settle(&mut view);
    assert!(view.total() > 0);
}

#[test]
fn a_paused_list_stands_still() {
    let mut view = demo();
    view.pause();
    assert_eq!(view.status().paused, Some(0));
    view.pause();
    assert_eq!(view.status().paused, None);
}

#[test]
fn a_capture_without_packets_has_nothing_to_choose_and_breaks_nothing() {
    let shelf = Arc::new(Shelf::new(Keep::Packets(1), 0));
    let mut view = View::new(&shelf, Secrets::new(), true);
    view.tick();
    view.by(1);
    view.by(-1);
    view.first();
    view.last();
    view.mark();
    view.tree_by(1);
    view.byte_by(1);
    view.open(true);
    view.open_all(false);
    assert!(!view.follow());
    assert_eq!(view.go(Goto::Number(1)), Jump::Nowhere);
    assert_eq!(view.go(Goto::After(1)), Jump::Nowhere);
    assert!(
        view.packet().is_none() && view.lit().is_none() && view.explained().is_none() && view.as_filter().is_none()
    );
    assert!(view.rows(0, 10).is_empty());
}
