//! Reads ahead in a file, so that a part can say in which packet its message is complete. Only where somebody asks:
//! a file without unfinished messages is read once.

use super::open::Again;
use crate::flow::{Foresight, Scout};
use crate::protocols;
use crate::source::{Event, Source};

/// Opens the source a second time when it is asked for the first time.
pub(super) fn ahead(again: Again) -> Foresight {
    let mut again = Some(again);
    let mut source: Option<Box<dyn Source>> = None;
    Scout::new().foresight(move |scout| {
        if let Some(open) = again.take() {
            source = open();
        }
        match source.as_mut().map(|s| s.next()) {
            Some(Ok(Event::Packet(packet))) => {
                scout.read(protocols::index(), &packet);
                true
            }
            _ => false,
        }
    })
}
