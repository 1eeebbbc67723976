//! What stands at the end of a link: a host, a switch or a router.

use std::sync::Arc;

use super::EPOCH;
use super::happening::{Did, Happening, Log};
use super::router::{Deed, Router};

/// Frames that leave, each by the port of that number.
pub(super) type Leaving = Vec<(usize, Vec<u8>)>;

/// A thing with ports. Times are microseconds since the simulation began.
pub(super) trait Node: Send {
    fn receive(&mut self, port: usize, frame: Vec<u8>, now: u64, out: &mut Leaving, log: &mut Log);

    /// When it next has something to do by itself.
    fn wakes_at(&self) -> Option<u64>;

    fn wake(&mut self, now: u64, out: &mut Leaving, log: &mut Log);
}

impl Node for Router {
    fn receive(&mut self, port: usize, frame: Vec<u8>, now: u64, out: &mut Leaving, log: &mut Log) {
        Router::receive(self, port, &frame, now, out);
        tell(self, log);
    }

    fn wakes_at(&self) -> Option<u64> {
        Router::wakes_at(self)
    }

    fn wake(&mut self, now: u64, out: &mut Leaving, log: &mut Log) {
        Router::wake(self, now, out);
        tell(self, log);
    }
}

/// What a router did beside passing packets on and asking for cards, which the packets show.
fn tell(router: &mut Router, log: &mut Log) {
    let host = Arc::clone(router.name());
    for deed in router.did() {
        if matches!(deed.what, Deed::Forwarded { .. } | Deed::ArpAsked { .. } | Deed::ArpAnswered) {
            continue;
        }
        log.push(Happening {
            time: EPOCH + deed.at * 1000,
            after: log.recorded,
            host: Arc::clone(&host),
            program: u32::MAX,
            run: 0,
            port: 0,
            peer: None,
            what: Did::Routed(deed),
        });
    }
}
