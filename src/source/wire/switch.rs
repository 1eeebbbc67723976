//! A learning Ethernet switch (IEEE 802.1D §7.8): remembers behind which port it saw a MAC, and sends frames
//! only there; what it does not know goes everywhere. Not here: spanning tree (scripts have no rings), VLANs.

use std::collections::BTreeMap;

use super::happening::Log;
use super::node::{Leaving, Node};

/// MACs that it remembers; cheap switches know a few thousand.
const MOST: usize = 4096;
/// Five minutes in microseconds: for so long it remembers (802.1D's default).
const AGE: u64 = 300_000_000;

pub(super) struct Switch {
    ports: usize,
    seen: BTreeMap<[u8; 6], (usize, u64)>,
}

impl Switch {
    pub(super) fn new(ports: usize) -> Self {
        Switch { ports, seen: BTreeMap::new() }
    }

    fn learn(&mut self, mac: [u8; 6], port: usize, now: u64) {
        let group_address = mac[0] & 1 == 1;
        if !group_address && (self.seen.len() < MOST || self.seen.contains_key(&mac)) {
            self.seen.insert(mac, (port, now));
        }
    }
}

impl Node for Switch {
    fn receive(&mut self, port: usize, frame: Vec<u8>, now: u64, out: &mut Leaving, _: &mut Log) {
        let Some((to, rest)) = frame.split_first_chunk::<6>() else { return };
        let Some(from) = rest.first_chunk::<6>() else { return };
        self.learn(*from, port, now);
        match self.seen.get(to) {
            Some((known, when)) if now - when < AGE => {
                if *known != port {
                    out.push((*known, frame));
                }
            }
            _ => out.extend((0..self.ports).filter(|p| *p != port).map(|p| (p, frame.clone()))),
        }
    }

    fn wakes_at(&self) -> Option<u64> {
        None
    }

    fn wake(&mut self, _: u64, _: &mut Leaving, _: &mut Log) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(switch: &mut Switch, port: usize, to: u8, from: u8, now: u64) -> Vec<usize> {
        let mut frame = vec![2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0];
        if to == 255 {
            frame[..6].fill(255);
        }
        let mut out = Vec::new();
        switch.receive(port, frame, now, &mut out, &mut Log::default());
        out.into_iter().map(|(port, _)| port).collect()
    }

    #[test]
    fn what_it_does_not_know_goes_everywhere_but_back() {
        assert_eq!(sent(&mut Switch::new(4), 1, 9, 5, 0), [0, 2, 3]);
        assert_eq!(sent(&mut Switch::new(4), 1, 255, 5, 0), [0, 2, 3]);
    }

    #[test]
    fn it_learns_who_is_where_and_forgets_after_five_minutes() {
        let mut switch = Switch::new(4);
        sent(&mut switch, 1, 255, 5, 0);
        assert_eq!(sent(&mut switch, 3, 5, 9, 10), [1]);
        assert_eq!(sent(&mut switch, 1, 5, 7, 10), Vec::<usize>::new(), "both are behind the same port");
        assert_eq!(sent(&mut switch, 3, 5, 9, AGE), [0, 1, 2]);
    }

    #[test]
    fn it_moves_with_a_host_and_survives_stumps() {
        let mut switch = Switch::new(3);
        sent(&mut switch, 0, 255, 5, 0);
        sent(&mut switch, 2, 255, 5, 1);
        assert_eq!(sent(&mut switch, 1, 5, 9, 2), [2]);
        for length in 0..12 {
            let mut out = Vec::new();
            switch.receive(0, vec![0; length], 3, &mut out, &mut Log::default());
            assert!(out.is_empty());
        }
    }
}
