//! What a capture is made of: protocols, talkers, packets over time, lengths. Only sums are kept, so that memory
//! does not grow with the capture.
//! Not here: how it looks (`show`), the time line (`rate`).

mod rate;
mod show;

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::View;
use crate::dissect::{Level, Protocol};
use rate::Rate;

/// Most places in the tree of protocols.
const MAX_BRANCHES: usize = 2048;
/// Most addresses that are counted; the quietest half gives way.
const MAX_TALKERS: usize = 16 * 1024;
/// Upper ends of the classes of length.
const LENGTHS: [u32; 7] = [64, 128, 256, 512, 1024, 1518, u32::MAX];

/// Packets and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    packets: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.packets += 1;
        self.bytes += bytes;
    }
}

/// A protocol at its place in the tree: inside these protocols.
#[derive(Debug)]
struct Branch {
    protocol: &'static Protocol,
    parent: Option<usize>,
    depth: usize,
    sum: Sum,
    /// The last packet that was counted here: two frames in one packet are one packet.
    last: u64,
}

/// What an address sent and received.
#[derive(Debug, Clone, Copy, Default)]
struct Talker {
    sent: Sum,
    received: Sum,
}

impl Talker {
    fn bytes(&self) -> u64 {
        self.sent.bytes + self.received.bytes
    }
}

/// The sums.
#[derive(Debug, Default)]
pub struct Stats {
    all: Sum,
    branches: Vec<Branch>,
    /// Its children by place in the tree and protocol.
    places: FxHashMap<(Option<usize>, *const Protocol), usize>,
    talkers: FxHashMap<IpAddr, Talker>,
    /// Whether addresses had to give way.
    crowded: bool,
    rate: Rate,
    lengths: [Sum; LENGTHS.len()],
    times: Option<(u64, u64)>,
    /// Where in the tree the layers of the present packet are.
    path: Vec<(u8, usize)>,
}

impl Stats {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a packet.
    pub fn add(&mut self, view: View<'_>) {
        let bytes = u64::from(view.packet.length);
        self.all.add(bytes);
        self.protocols(view, bytes);
        if let Some((from, to)) = view.tape.facts.addresses {
            self.talker(from).sent.add(bytes);
            self.talker(to).received.add(bytes);
        }
        if let Some(time) = view.packet.time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
            self.rate.add(time, bytes);
        }
        let class = LENGTHS.iter().position(|most| view.packet.length <= *most).unwrap_or(LENGTHS.len() - 1);
        self.lengths[class].add(bytes);
    }

    fn protocols(&mut self, view: View<'_>, bytes: u64) {
        self.path.clear();
        for layer in &view.tape.layers {
            if layer.quoted || layer.behind || layer.protocol.level == Level::Physical {
                continue;
            }
            while self.path.last().is_some_and(|(nest, _)| *nest >= layer.nest) {
                self.path.pop();
            }
            let parent = self.path.last().map(|(_, place)| *place);
            let key = (parent, std::ptr::from_ref(layer.protocol));
            let place = match self.places.get(&key) {
                Some(place) => *place,
                None if self.branches.len() < MAX_BRANCHES => {
                    let depth = parent.map_or(0, |p| self.branches[p].depth + 1);
                    let (sum, last) = (Sum::default(), 0);
                    self.branches.push(Branch { protocol: layer.protocol, parent, depth, sum, last });
                    self.places.insert(key, self.branches.len() - 1);
                    self.branches.len() - 1
                }
                None => return,
            };
            let branch = &mut self.branches[place];
            if branch.last != self.all.packets {
                branch.last = self.all.packets;
                branch.sum.add(bytes);
            }
            self.path.push((layer.nest, place));
        }
    }

    fn talker(&mut self, address: IpAddr) -> &mut Talker {
        if self.talkers.len() >= MAX_TALKERS && !self.talkers.contains_key(&address) {
            let mut sizes: Vec<u64> = self.talkers.values().map(Talker::bytes).collect();
            let middle = sizes.len() / 2;
            let (_, limit, _) = sizes.select_nth_unstable(middle);
            let limit = *limit;
            // Where all are equally quiet, every other one goes.
            let mut keep = MAX_TALKERS / 2;
            self.talkers.retain(|_, t| {
                let stays = t.bytes() > limit || (t.bytes() == limit && keep > 0);
                keep = keep.saturating_sub(usize::from(stays));
                stays
            });
            self.crowded = true;
        }
        self.talkers.entry(address).or_default()
    }

    /// Places of the tree, parents before children, the largest first.
    fn tree(&self) -> Vec<&Branch> {
        let mut children: FxHashMap<Option<usize>, Vec<usize>> = FxHashMap::default();
        for (place, branch) in self.branches.iter().enumerate() {
            children.entry(branch.parent).or_default().push(place);
        }
        let mut tree = Vec::new();
        let mut open = Vec::new();
        let mut visit = |parent: Option<usize>, open: &mut Vec<usize>| {
            let mut below = children.remove(&parent).unwrap_or_default();
            below.sort_by_key(|place| (self.branches[*place].sum.bytes, std::cmp::Reverse(*place)));
            open.extend(below);
        };
        visit(None, &mut open);
        while let Some(place) = open.pop() {
            tree.push(&self.branches[place]);
            visit(Some(place), &mut open);
        }
        tree
    }

    /// The addresses that moved most, largest first.
    fn top(&self, most: usize) -> Vec<(IpAddr, Talker)> {
        let mut all: Vec<_> = self.talkers.iter().map(|(address, talker)| (*address, *talker)).collect();
        all.sort_by_key(|(address, talker)| (std::cmp::Reverse(talker.bytes()), *address));
        all.truncate(most);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::{DATA, Dissection, Packet};
    use crate::render::{Charset, Style};

    fn style(width: usize, charset: Charset) -> Style {
        Style { width, color: false, charset, explain: false }
    }

    fn filled() -> Stats {
        let mut stats = Stats::new();
        let mut tape = Dissection::new();
        tape.facts.addresses =
            Some(("192.0.2.1".parse().expect("an address"), "192.0.2.2".parse().expect("an address")));
        for number in 0..100_u64 {
            let length = if number % 10 == 0 { 1500 } else { 60 };
            let packet = Packet { number, length, time: Some(number * 1_000_000_000), ..Packet::default() };
            stats.add(View { packet: &packet, tape: &tape });
        }
        stats
    }

    #[test]
    fn everything_is_counted_once() {
        let stats = filled();
        assert_eq!(stats.all, Sum { packets: 100, bytes: 10 * 1500 + 90 * 60 });
        assert_eq!(stats.lengths.iter().map(|s| s.packets).sum::<u64>(), 100);
        assert_eq!((stats.lengths[0].packets, stats.lengths[5].packets), (90, 10));
        assert_eq!(stats.top(9).len(), 2);
    }

    #[test]
    fn addresses_beyond_the_cap_push_out_the_quiet_ones_and_never_a_loud_one() {
        let mut stats = Stats::new();
        stats.talker(IpAddr::from([192, 0, 2, 1])).sent.add(1_000_000);
        for number in 0..100_000_u32 {
            stats.talker(IpAddr::from(number.to_be_bytes())).sent.add(1);
        }
        assert!(stats.talkers.len() <= MAX_TALKERS && stats.crowded);
        assert_eq!(stats.top(1)[0].0, IpAddr::from([192, 0, 2, 1]));
    }

    #[test]
    fn the_picture_fits_its_width_and_its_characters() {
        let mut stats = filled();
        let _ = stats.places.insert((None, &raw const DATA), 0);
        stats.branches.push(Branch { protocol: &DATA, parent: None, depth: 0, sum: stats.all, last: 0 });
        for width in [40, 80, 120] {
            for charset in [Charset::Unicode, Charset::Ascii] {
                let mut out = Vec::new();
                stats.write(style(width, charset), &mut out);
                let text = String::from_utf8(out).expect("UTF-8");
                assert!(text.lines().all(|l| l.chars().count() <= width), "{width}\n{text}");
                assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
            }
        }
    }

    #[test]
    fn an_empty_capture_has_no_shares() {
        let mut out = Vec::new();
        Stats::new().write(style(80, Charset::Unicode), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), " 0 packets\n");
    }
}
