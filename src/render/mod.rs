//! Everything a person sees is a rendering of the tape. Knows no protocol: only fields, layers, values.
//! Renderers append to a buffer and never fail; `cli::console` writes it out.

pub mod beside;
pub mod board;
mod cake;
pub mod calls;
pub mod changing;
mod describe;
pub mod eavesdropper;
pub mod flows;
pub mod follow;
pub mod frame_bits;
mod hex;
pub mod hotel;
mod json;
pub mod ladder;
mod layers;
pub mod lesson;
mod line;
mod line_cut;
pub mod lossy;
pub mod machine;
pub mod map;
pub mod packets_told;
pub mod quantity;
pub mod reference;
pub mod replay;
pub mod served;
pub mod sight;
pub mod sockets;
pub mod sockets_text;
pub mod start;
pub mod stats;
pub mod step;
pub mod table;
pub mod tally;
pub mod tap;
mod theme;
pub mod trace;
pub mod tui;
pub mod value;
pub mod versus;
pub mod watch;
pub mod why;
pub mod wire;
pub mod wrap;

pub use cake::{Cake, CakeOptions};
pub use describe::Describe;
pub use hex::HexDump;
pub use json::Json;
pub use ladder::Ladder;
pub use layers::Layers;
pub use line::{Columns, Line};

use crate::dissect::{Dissection, Packet};

/// One packet with its tape.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The bytes and when they came.
    pub packet: &'a Packet<'a>,
    /// What was read in them.
    pub tape: &'a Dissection,
}

/// Which characters the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Box drawing, arrows, middle dots.
    #[default]
    Unicode,
    /// 7-bit only.
    Ascii,
}

/// How to draw: decided once, by the console.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// ANSI colours (16-colour palette only, so that light and dark terminals both work).
    pub color: bool,
    /// Which characters.
    pub charset: Charset,
    /// Say what each field is for.
    pub explain: bool,
}

/// Draws packets one after another, on whichever thread.
pub trait Renderer: Send {
    /// Appends one packet.
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>);

    /// Appends what it has held back: nothing more comes, at least for a moment.
    fn flush(&mut self, _out: &mut Vec<u8>) {}
}
