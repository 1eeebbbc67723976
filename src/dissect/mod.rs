//! Bytes → tape. No I/O, no text, no clock; knows no protocol by name.
//!
//! [`dissect`] reads a [`Packet`] once into a [`Dissection`]: layers, and a flat list of (field, byte
//! range, value). Everything a person ever sees is a rendering of that tape.

mod checksum;
mod field;
mod index;
mod packet;
mod protocol;
mod reader;
mod remark;
mod tape;

pub use checksum::{fold, pseudo_header, sum};
pub use field::{Field, GistForm, Name, Show, field, name};
pub use index::Index;
pub use packet::{Checksum, Direction, Interface, LinkType, Packet};
pub use protocol::{Claim, Level, Next, Protocol};
pub use reader::{Cut, Raw, Reader};
pub use remark::{BAD_LENGTH, CHECKSUM_STATUS, CHECKSUM_WRONG, DATA, TRAILER};
pub use tape::{By, Dissection, Facts, Layer, MAX_LAYERS, MAX_MADE, MAX_NODES, Node, Span, TcpFacts, Value};

/// Most nested lengths that can end before the bytes do.
const MAX_BEHIND: usize = 8;

/// What is read after all the layers in front of it.
#[derive(Clone, Copy)]
struct Behind {
    at: Span,
    protocol: &'static Protocol,
    nest: u8,
    quoted: bool,
}

/// Reads `packet` into `tape`, which is cleared first. Never fails: what cannot be read is shown as bytes.
pub fn dissect(index: &Index, packet: &Packet<'_>, tape: &mut Dissection) {
    tape.clear();
    let mut behind = [Behind { at: Span::default(), protocol: &TRAILER, nest: 0, quoted: false }; MAX_BEHIND];
    let mut behind_count = 0;
    let mut window = Span::new(0, packet.bytes.len());
    let mut found = Some((index.root(), By::Parent));
    let (mut nest, mut quoted, mut deep) = (0u8, false, false);

    while let Some((protocol, by)) = found.take() {
        let (before, end) = (window.start, window.end);
        let (next, appended) = read_layer(protocol, by, packet, &mut window, tape, nest, quoted);
        if let Some((at, protocol)) = appended
            && behind_count < MAX_BEHIND
        {
            // Padding belongs to the layer around, all else to the layer that has announced it.
            let nest = nest + u8::from(!std::ptr::eq(protocol, &raw const TRAILER));
            behind[behind_count] = Behind { at, protocol, nest, quoted };
            behind_count += 1;
        } else if appended.is_some() {
            window.end = end; // too many nested ends: keep the bytes with the data
        }
        let Some(next) = next else { break };
        match next {
            Next::TcpPorts(..) | Next::UdpPorts(..) if !quoted => tape.facts.payload = window,
            Next::QuotedIp => quoted = true,
            _ => {}
        }
        let stuck = matches!(next, Next::Again) && window.start == before;
        if stuck || (window.is_empty() && !matches!(next, Next::Link(_))) {
            break;
        }
        // Two places are kept: for the data that remains and for a trailer.
        deep = tape.layers.len() >= MAX_LAYERS - 2;
        if !deep {
            found = index.find(next, protocol, window.of(packet.bytes));
        }
        nest += u8::from(!matches!(next, Next::Again));
    }

    if !window.is_empty() || tape.full || deep {
        let nest = tape.layers.last().map_or(0, |l| l.nest + 1);
        read_layer(&DATA, By::Parent, packet, &mut window, tape, nest, quoted);
        if deep {
            remark_on_last(packet, tape, remark::too_deep);
        }
        if tape.full {
            let layer = tape.layers.len() as u8 - 1;
            let at = Span::new(packet.bytes.len(), packet.bytes.len());
            let node =
                Node { field: remark::too_much(), at, value: Value::Number(1), layer, depth: 0, bit: 0, bits: 0 };
            tape.nodes.push(node);
            close_last(tape);
        }
    }
    for Behind { at, protocol, nest, quoted } in behind[..behind_count].iter_mut().rev() {
        if tape.layers.len() < MAX_LAYERS {
            read_layer(protocol, By::Parent, packet, at, tape, *nest, *quoted);
            if let Some(layer) = tape.layers.last_mut() {
                layer.behind = true;
            }
        }
    }
}

/// Reads one layer at the front of `window` and moves the window to what is inside it.
fn read_layer(
    protocol: &'static Protocol,
    by: By,
    packet: &Packet<'_>,
    window: &mut Span,
    tape: &mut Dissection,
    nest: u8,
    quoted: bool,
) -> (Option<Next>, Option<(Span, &'static Protocol)>) {
    let layer = tape.layers.len();
    let first = tape.nodes.len() as u32;
    let at = Span { start: window.start, end: window.start };
    let inner_end = window.end;
    let (cut, behind) = (false, false);
    tape.layers.push(Layer { protocol, at, inner_end, first, last: first, nest, by, cut, quoted, behind });
    let mut reader = Reader::new(packet, *window, tape, layer as u8, quoted);
    let outcome = (protocol.read)(&mut reader);
    let (position, end, appended) = (reader.position() as u32, reader.window_end() as u32, reader.behind);
    let last = tape.nodes.len() as u32;
    let layer = &mut tape.layers[layer];
    layer.at.end = position;
    layer.inner_end = match appended {
        Some((at, protocol)) if !std::ptr::eq(protocol, &raw const TRAILER) => at.end,
        _ => end,
    };
    layer.last = last;
    layer.cut = outcome.is_err();
    // A port is a hint. Where the reader made sense of every byte, the bytes have confirmed it.
    if by == By::Port && outcome.is_ok() && position == end {
        layer.by = By::Content;
    }
    *window = Span { start: position, end };
    (outcome.ok(), appended)
}

fn remark_on_last(packet: &Packet<'_>, tape: &mut Dissection, remark: fn(&mut Reader<'_>)) {
    let layer = tape.layers.len() as u8 - 1;
    let end = packet.bytes.len();
    remark(&mut Reader::new(packet, Span::new(end, end), tape, layer, false));
    close_last(tape);
}

fn close_last(tape: &mut Dissection) {
    let last = tape.nodes.len() as u32;
    if let Some(layer) = tape.layers.last_mut() {
        layer.last = last;
    }
}
