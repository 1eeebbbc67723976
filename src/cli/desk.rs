//! Who draws the packets of a capture, if anybody does: this thread, or for a long file another one beside it (`press`).

use super::press::Press;
use super::{Console, Error};
use crate::dissect::{Dissection, Packet};
use crate::render::{Renderer, View};

/// Where packets are read and drawn.
pub(super) enum Desk {
    /// Nobody looks; packets may be read for a filter.
    Nobody(Dissection),
    /// Each packet is drawn before the next one is read.
    Here(Box<dyn Renderer>, Dissection),
    /// Another thread draws.
    Press(Press),
}

impl Desk {
    /// A desk for this renderer; for a `long` source with another thread.
    pub(super) fn new(renderer: Option<Box<dyn Renderer>>, long: bool) -> Self {
        match renderer {
            None => Desk::Nobody(Dissection::new()),
            Some(renderer) if long => Desk::Press(Press::start(renderer)),
            Some(renderer) => Desk::Here(renderer, Dissection::new()),
        }
    }

    pub(super) fn shows(&self) -> bool {
        !matches!(self, Desk::Nobody(_))
    }

    /// Where the next packet is to be read.
    pub(super) fn tape(&mut self) -> &mut Dissection {
        match self {
            Desk::Nobody(tape) | Desk::Here(_, tape) => tape,
            Desk::Press(press) => press.tape(),
        }
    }

    /// Shows the packet that was read there.
    pub(super) fn show(&mut self, packet: &Packet<'_>, console: &mut Console) -> Result<(), Error> {
        match self {
            Desk::Nobody(_) => Ok(()),
            Desk::Here(renderer, tape) => {
                renderer.packet(View { packet, tape }, console.buffer());
                console.turn()
            }
            Desk::Press(press) => press.show(packet, console),
        }
    }

    /// Nothing comes for a moment: what the renderer has held back is due. A long file never pauses.
    pub(super) fn pause(&mut self, console: &mut Console) {
        if let Desk::Here(renderer, _) = self {
            renderer.flush(console.buffer());
        }
    }

    /// Nothing comes any more: shows all that was read.
    pub(super) fn close(self, console: &mut Console) -> Result<(), Error> {
        let (mut renderer, printed) = match self {
            Desk::Nobody(_) => return Ok(()),
            Desk::Here(renderer, _) => (renderer, Ok(())),
            Desk::Press(press) => press.finish(console),
        };
        renderer.flush(console.buffer());
        printed
    }
}
