//! One end of an in-memory Ethernet cable, as the network card that smoltcp talks to.

use std::collections::VecDeque;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// Bytes of a frame: an Ethernet header and 1,500 bytes of packet.
const FRAME: usize = 1514;

/// A card: frames that arrived and frames that wait to leave.
pub(super) struct Card {
    pub(super) arrived: VecDeque<Vec<u8>>,
    pub(super) leaving: VecDeque<Vec<u8>>,
    /// Bytes of the largest frame.
    pub(super) frame: usize,
}

impl Default for Card {
    fn default() -> Self {
        Card { arrived: VecDeque::new(), leaving: VecDeque::new(), frame: FRAME }
    }
}

pub(super) struct Arriving(Vec<u8>);

pub(super) struct Leaving<'a>(&'a mut VecDeque<Vec<u8>>);

impl RxToken for Arriving {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut frame = vec![0; length];
        let result = write(&mut frame);
        self.0.push_back(frame);
        result
    }
}

impl Device for Card {
    type RxToken<'a> = Arriving;
    type TxToken<'a> = Leaving<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Arriving, Leaving<'_>)> {
        let frame = self.arrived.pop_front()?;
        Some((Arriving(frame), Leaving(&mut self.leaving)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Leaving<'_>> {
        Some(Leaving(&mut self.leaving))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut card = DeviceCapabilities::default();
        card.medium = Medium::Ethernet;
        card.max_transmission_unit = self.frame;
        card
    }
}
