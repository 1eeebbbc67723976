//! What other machines say to each other is nobody's business here: headers only.

use crate::dissect::{Dissection, Packet};

/// The packet without what its transport layer carries.
pub fn without_payload<'a>(packet: Packet<'a>, tape: &Dissection) -> Packet<'a> {
    // Pieces of a larger IP packet mostly have no transport header: all behind their IP header is payload.
    let piece = tape.facts.piece.map(|piece| piece.at);
    let Some(at) = piece.or(Some(tape.facts.payload)).filter(|at| !at.is_empty()) else { return packet };
    let headers = at.start as usize;
    Packet { bytes: packet.bytes.get(..headers).unwrap_or(packet.bytes), ..packet }
}
