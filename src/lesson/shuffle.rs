//! In which order options are shown: another one for each student, the same each time, on every machine.

/// The numbers below `count`, shuffled by `seed` and `id` (Fisher-Yates over `SplitMix64`).
pub fn order(id: &str, seed: u64, count: usize) -> Vec<usize> {
    // FNV-1a: equal everywhere, and no crate may change it.
    let start =
        id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut state = start ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let chosen = (mixed ^ (mixed >> 31)) % (last as u64 + 1);
        order.swap(last, chosen as usize);
    }
    order
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
    fn the_right_answer_stands_everywhere_equally_often() {
        let first = (0..1000).filter(|seed| order("x", *seed, 4)[0] == 0).count();
        assert!((200..300).contains(&first), "{first}");
    }
}
