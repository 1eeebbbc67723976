//! Bytes over time in a fixed number of boxes: when they are full, two become one and each is twice as wide.

/// Boxes of the time line; even, so that pairs can be merged.
const BOXES: usize = 128;
/// Width of a box at first, in nanoseconds.
const FINEST: u64 = 100_000;

/// The time line.
#[derive(Debug)]
pub(super) struct Rate {
    boxes: Vec<u64>,
    width: u64,
    start: Option<u64>,
}

impl Default for Rate {
    fn default() -> Self {
        Rate { boxes: vec![0; BOXES], width: FINEST, start: None }
    }
}

impl Rate {
    /// Counts bytes at a time; what is older than the first packet counts with it.
    pub fn add(&mut self, time: u64, bytes: u64) {
        let after = time.saturating_sub(*self.start.get_or_insert(time));
        while after / self.width >= BOXES as u64 {
            for at in 0..BOXES / 2 {
                self.boxes[at] = self.boxes[2 * at] + self.boxes[2 * at + 1];
            }
            self.boxes[BOXES / 2..].fill(0);
            self.width *= 2;
        }
        self.boxes[(after / self.width) as usize] += bytes;
    }

    /// The boxes up to the last one that holds anything, merged to at most `most`, and the width of each in
    /// nanoseconds.
    pub fn line(&self, most: usize) -> (Vec<u64>, u64) {
        let used = self.boxes.iter().rposition(|b| *b > 0).map_or(0, |last| last + 1);
        let merge = used.div_ceil(most.max(1)).max(1);
        let line = self.boxes[..used].chunks(merge).map(|c| c.iter().sum()).collect();
        (line, self.width.saturating_mul(merge as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_lost_when_the_boxes_become_wider() {
        let mut rate = Rate::default();
        for second in 0..1000 {
            rate.add(second * 1_000_000_000, 7);
        }
        rate.add(u64::MAX, 1);
        rate.add(0, 1);
        let (line, width) = rate.line(60);
        assert_eq!(line.iter().sum::<u64>(), 7002);
        assert!(line.len() <= 60 && width > 0);
    }
}
