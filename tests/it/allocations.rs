//! After warm-up a packet costs no allocation: reading, filtering, a line, JSON and all fields. What has to be
//! unpacked or put together (`HELD`) may.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use layercake::dissect::{Dissection, Packet, dissect};
use layercake::filter::Filter;
use layercake::protocols;
use layercake::render::{Charset, Json, Layers, Line, Renderer, Style, View};

use crate::support::{each, open, own_captures};

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged; only a counter is kept beside it.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|c| c.set(c.get() + 1));
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `alloc` above with the same layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = COUNT.with(Cell::get);
    work();
    COUNT.with(Cell::get) - before
}

/// Messages that are unpacked, decrypted, or whose pieces are compared: their readers hold bytes of their own.
const HELD: &[&str] = &["ipcomp", "http2", "engine_io", "socket_io", "ssh", "tls", "quic"];

/// All packets of our captures but those messages, copied.
fn packets() -> Vec<(u32, Vec<u8>)> {
    let mut all = Vec::new();
    let mut alone = Dissection::new();
    for path in own_captures() {
        let mut source = open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        each(source.as_mut(), |packet, tape| {
            let held = |tape: &Dissection| {
                let coded = tape.nodes.iter().any(|n| ["content_encoding", "chunk_size"].contains(&n.field.key));
                coded || tape.layers.iter().any(|l| HELD.contains(&l.protocol.key))
            };
            // In its conversation, and alone as below.
            dissect(protocols::index(), packet, &mut alone);
            if !held(tape) && !held(&alone) {
                all.push((packet.link, packet.bytes.to_vec()));
            }
        });
    }
    assert!(all.len() > 20);
    all
}

#[test]
fn reading_filtering_and_showing_a_packet_allocates_nothing_after_warm_up() {
    let packets = packets();
    let style = Style { width: 80, color: false, charset: Charset::Unicode, explain: true };
    let filter = Filter::parse(
        "tcp.dst_port == 443 and ip.ttl < 64 or host 192.0.2.1 or dns.qname contains \"x\"",
        protocols::index(),
    )
    .expect("a filter");
    let mut line = Line::new(style, Some(80));
    let mut json = Json::new(style);
    let mut layers = Layers::new(style);
    let mut tape = Dissection::new();
    let mut out = Vec::new();
    let mut matched = 0u64;
    let mut round = || {
        for (number, (link, bytes)) in (1..).zip(&packets) {
            let packet = Packet {
                number,
                time: Some(number),
                length: bytes.len() as u32,
                bytes,
                link: *link,
                ..Packet::default()
            };
            dissect(protocols::index(), &packet, &mut tape);
            matched += u64::from(filter.matches(&packet, &tape));
            let view = View { packet: &packet, tape: &tape };
            out.clear();
            line.packet(view, &mut out);
            json.packet(view, &mut out);
            layers.packet(view, &mut out);
        }
    };
    let first = allocations(&mut round);
    assert!(first > 0, "the counter counts");
    assert_eq!(allocations(&mut round), 0);
}
