//! What stands at the end of a link: a host, a switch or a router.

use super::happening::Log;
use super::router::Router;

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
    fn receive(&mut self, port: usize, frame: Vec<u8>, now: u64, out: &mut Leaving, _: &mut Log) {
        Router::receive(self, port, &frame, now, out);
    }

    fn wakes_at(&self) -> Option<u64> {
        Router::wakes_at(self)
    }

    fn wake(&mut self, now: u64, out: &mut Leaving, _: &mut Log) {
        Router::wake(self, now, out);
    }
}
