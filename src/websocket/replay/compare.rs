//! What was recorded beside what was heard now: messages that are the same are found first, what lies between them is
//! different, missing, or new.

use crate::websocket::Incoming;

/// So many comparisons are made; beyond that messages are compared place by place.
const MOST: usize = 4_000_000;

/// What came of one message, by its place in the recording and in what was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same in both.
    Same(usize, usize),
    /// Another one came in its place.
    Different(usize, usize),
    /// It did not come.
    Missing(usize),
    /// It was not recorded.
    New(usize),
}

/// Compares.
pub fn compare(recorded: &[&Incoming], heard: &[Incoming]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let (mut r, mut h) = (0, 0);
    let ends = std::iter::once((recorded.len(), heard.len()));
    for (same_r, same_h) in same(recorded, heard).into_iter().chain(ends) {
        while r < same_r && h < same_h {
            verdicts.push(Verdict::Different(r, h));
            (r, h) = (r + 1, h + 1);
        }
        verdicts.extend((r..same_r).map(Verdict::Missing));
        verdicts.extend((h..same_h).map(Verdict::New));
        if same_r < recorded.len() && same_h < heard.len() {
            verdicts.push(Verdict::Same(same_r, same_h));
        }
        (r, h) = (same_r + 1, same_h + 1);
    }
    verdicts
}

/// Places of the longest common sequence.
fn same(recorded: &[&Incoming], heard: &[Incoming]) -> Vec<(usize, usize)> {
    let (rows, columns) = (recorded.len(), heard.len());
    if rows.saturating_mul(columns) > MOST {
        return (0..rows.min(columns)).filter(|at| *recorded[*at] == heard[*at]).map(|at| (at, at)).collect();
    }
    let mut longest = vec![vec![0u32; columns + 1]; rows + 1];
    for r in (0..rows).rev() {
        for h in (0..columns).rev() {
            longest[r][h] = if *recorded[r] == heard[h] {
                longest[r + 1][h + 1] + 1
            } else {
                longest[r + 1][h].max(longest[r][h + 1])
            };
        }
    }
    let (mut r, mut h, mut found) = (0, 0, Vec::new());
    while r < rows && h < columns {
        if *recorded[r] == heard[h] {
            found.push((r, h));
            (r, h) = (r + 1, h + 1);
        } else if longest[r + 1][h] >= longest[r][h + 1] {
            r += 1;
        } else {
            h += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Different, Missing, New, Same};
    use super::*;

    fn verdicts(recorded: &str, heard: &str) -> Vec<Verdict> {
        let texts = |all: &str| all.chars().map(|c| Incoming::Text(c.into())).collect::<Vec<_>>();
        compare(&texts(recorded).iter().collect::<Vec<_>>(), &texts(heard))
    }

    #[test]
    fn same_different_missing_and_new_are_told_apart() {
        assert_eq!(verdicts("ab", "ab"), [Same(0, 0), Same(1, 1)]);
        assert_eq!(verdicts("abc", "axc"), [Same(0, 0), Different(1, 1), Same(2, 2)]);
        assert_eq!(verdicts("abc", "ac"), [Same(0, 0), Missing(1), Same(2, 1)]);
        assert_eq!(verdicts("ac", "abc"), [Same(0, 0), New(1), Same(1, 2)]);
        assert_eq!(verdicts("ab", ""), [Missing(0), Missing(1)]);
        assert_eq!(verdicts("", "x"), [New(0)]);
    }
}
