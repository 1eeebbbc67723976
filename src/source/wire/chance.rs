//! Chance that is the same everywhere: `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
//! Generators, 2014). Ours, because bytes must not change when a crate does.

#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// Each `purpose` of one seed has its own sequence, so that adding a link changes nothing on the others.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let mut chance = Chance(seed ^ purpose.wrapping_mul(0xd134_2543_de82_ef95));
        chance.next();
        chance
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// Whether something happens that has this chance in a million.
    pub(super) fn hits(&mut self, millionths: u32) -> bool {
        millionths > 0 && self.below(1_000_000) < u64::from(millionths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut chance = Chance(1_234_567);
        assert_eq!([chance.next(), chance.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn never_and_always_are_meant() {
        let mut chance = Chance::new(7, 1);
        assert!((0..1000).all(|_| !chance.hits(0)));
        assert!((0..1000).all(|_| chance.hits(1_000_000)));
    }
}
