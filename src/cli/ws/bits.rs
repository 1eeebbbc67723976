//! `ws trace --bits`: a frame that has just crossed, bit by bit under its line. Long payloads are shown in part.

use super::frame::ROWS;
use super::picture::{From, Reader};
use crate::render::{Style, frame_bits};
use crate::websocket::Anatomy;
use crate::websocket::client::Frame;
use crate::websocket::frame::mask;

/// Draws the frames of one connection.
pub(super) struct Bits {
    style: Style,
    spoken: bool,
    /// The server's frames, and the client's.
    readers: [Reader; 2],
}

impl Bits {
    pub(super) fn new(style: Style, spoken: bool) -> Self {
        Bits { style, spoken, readers: readers(false) }
    }

    /// The connection is open: whether RSV1 means compressed.
    pub(super) fn agreed(&mut self, deflate: bool) {
        self.readers = readers(deflate);
    }

    pub(super) fn draw(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let bytes = crossed(frame);
        let Some((anatomy, _)) = Anatomy::take(&bytes) else { return };
        let reader = &mut self.readers[usize::from(frame.from_client)];
        let mut picture = reader.picture(&anatomy, 1, 1, 0);
        // The line above has said it.
        picture.title.clear();
        if self.spoken {
            frame_bits::describe(out, self.style, &picture);
        } else {
            out.push(b'\n');
            frame_bits::draw(out, self.style, &picture);
            out.push(b'\n');
        }
    }
}

fn readers(deflate: bool) -> [Reader; 2] {
    [From::Server, From::Client].map(|from| Reader::live(from, deflate, ROWS))
}

/// As it was on the wire, as far as it was kept.
fn crossed(frame: &Frame) -> Vec<u8> {
    let mut bytes = frame.head.clone();
    let start = bytes.len();
    bytes.extend_from_slice(&frame.payload);
    if let Some(key) = frame.mask {
        mask(&mut bytes[start..], key, 0);
    }
    bytes
}
