//! Colours and glyphs. Colour is never the only carrier: layer numbers, border styles and marks say the same.
//! Only the terminal's own 16 colours are used, so that light and dark backgrounds both work.

use super::{Charset, Style};
use crate::dissect::Level;

/// ANSI code of a layer's colour: link blue, network cyan, transport magenta, application bold.
const fn code(level: Level) -> &'static [u8] {
    match level {
        Level::Physical => b"\x1b[33m",
        Level::Link => b"\x1b[34m",
        Level::Network => b"\x1b[36m",
        Level::Transport => b"\x1b[35m",
        Level::Application => b"\x1b[1m",
    }
}

const PLAIN: &[u8] = b"\x1b[0m";
const STRONG: &[u8] = b"\x1b[1m";
const WARN: &[u8] = b"\x1b[31m";

impl Style {
    /// Begins the colour of a layer.
    pub fn begin(&self, out: &mut Vec<u8>, level: Level) {
        if self.color {
            out.extend_from_slice(code(level));
        }
    }

    /// Begins bold text.
    pub fn strong(&self, out: &mut Vec<u8>) {
        if self.color {
            out.extend_from_slice(STRONG);
        }
    }

    /// Begins the colour of a warning; a `!` or `✗` stands beside it always.
    pub fn warn(&self, out: &mut Vec<u8>) {
        if self.color {
            out.extend_from_slice(WARN);
        }
    }

    /// Ends any colour.
    pub fn end(&self, out: &mut Vec<u8>) {
        if self.color {
            out.extend_from_slice(PLAIN);
        }
    }

    /// From sender to receiver.
    pub fn arrow(&self) -> &'static str {
        self.pick("→", "->")
    }

    /// Between two things of equal weight.
    pub fn dot(&self) -> &'static str {
        self.pick("·", "-")
    }

    /// Something was left out here.
    pub fn ellipsis(&self) -> &'static str {
        self.pick("…", "...")
    }

    /// The one for this character set.
    pub fn pick<T>(&self, unicode: T, ascii: T) -> T {
        match self.charset {
            Charset::Unicode => unicode,
            Charset::Ascii => ascii,
        }
    }
}
