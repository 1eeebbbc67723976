//! In which order options are shown: another one for each student, the same each time, on every machine.

/// The numbers below `count`, shuffled by `seed` and `id` (Fisher-Yates over `SplitMix64`).
pub fn order(id: &str, seed: u64, count: usize) -> Vec<usize> {
    let start = fnv(id);
    let mut chance = Chance::new(start ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last, chance.below(last as u64 + 1) as usize);
    }
    order
}

/// FNV-1a: equal everywhere, and no crate may change it.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The seed of a student: whoever knows the word of the class and the student's id finds it again. Case and spaces at
/// the ends do not matter; 48 bits, which JavaScript's numbers hold.
pub fn seed_of(class: &str, student: &str) -> u64 {
    let plain = |text: &str| text.trim().to_lowercase();
    Chance::new(fnv(&format!("{}\u{0}{}", plain(class), plain(student)))).next() >> 16
}

/// `SplitMix64`: the same on every machine.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Chance(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// One of them; `items` is not empty.
    pub(super) fn one<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    /// All of them in another order.
    pub(super) fn shuffled<T: Copy>(&mut self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_shown_once_and_students_see_different_orders() {
        let orders: std::collections::BTreeSet<_> = (0..50).map(|seed| order("05-rooms", seed, 4)).collect();
        assert!(orders.len() > 10, "{}", orders.len());
        for mut one in orders {
            one.sort_unstable();
            assert_eq!(one, [0, 1, 2, 3]);
        }
        assert_eq!(order("05-rooms", 7, 4), order("05-rooms", 7, 4));
    }

    #[test]
    fn a_student_has_one_seed_in_a_class_however_it_is_typed() {
        assert_eq!(seed_of("tea", "s12"), seed_of(" Tea ", "S12"));
        assert_ne!(seed_of("tea", "s12"), seed_of("tea", "s13"));
        assert_ne!(seed_of("tea", "s12"), seed_of("te", "as12"));
        assert!(seed_of("tea", "s12") < 1 << 48);
    }

    #[test]
    fn the_right_answer_stands_everywhere_equally_often() {
        let first = (0..1000).filter(|seed| order("x", *seed, 4)[0] == 0).count();
        assert!((200..300).contains(&first), "{first}");
    }
}
