//! HTTP in conversations: which answer belongs to which question, and how long it took. What hex dumps cannot show:
//! they know no time.

use layercake::dissect::{Dissection, Packet, Value};
use layercake::flow::Tracker;
use layercake::protocols;
use layercake::source::Event;

use crate::support::{open, root};

/// All numbers of these fields in one of our captures, with the packet: as if one packet came each millisecond.
fn numbers(capture: &str, keys: [&str; 2]) -> Vec<(u64, u64, u64)> {
    let path = root().join("tests/captures").join(capture);
    let mut source = open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (mut tracker, mut tape, mut all) = (Tracker::new(), Dissection::new(), Vec::new());
    while let Ok(Event::Packet(packet)) = source.next() {
        let packet = Packet { time: Some(packet.number * 1_000_000), ..packet };
        tracker.read(protocols::index(), &packet, &mut tape);
        for layer in 0..tape.layers.len() {
            let find = |key: &str| {
                tape.nodes_of(layer).iter().find(|n| n.field.key == key).map(|n| match n.value {
                    Value::Number(number) => number,
                    _ => 0,
                })
            };
            if let (Some(first), Some(second)) = (find(keys[0]), find(keys[1])) {
                all.push((packet.number, first, second));
            }
        }
    }
    all
}

#[test]
fn answers_come_in_the_order_of_the_questions_in_http_1() {
    let seen = numbers("http_bodies.hex", ["answers", "time"]);
    assert_eq!(seen[..3], [(6, 4, 2000), (6, 4, 2000), (10, 9, 1000)]);
}

#[test]
fn answers_come_in_any_order_in_http_2() {
    let seen = numbers("http2.hex", ["stream", "answers"]);
    assert_eq!(seen, [(7, 3, 6), (9, 1, 6), (13, 5, 12), (13, 5, 12), (24, 1, 23)]);
}
