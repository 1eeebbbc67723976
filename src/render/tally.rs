//! The closing words of a capture, for people who have never read a drop counter.

use super::quantity::grouped;

/// What a capture counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Packets that the source delivered.
    pub seen: u64,
    /// Packets that the kernel had to throw away.
    pub lost: u64,
    /// Packets that were shown, counted or saved.
    pub kept: u64,
    /// Whether a filter chose among them.
    pub filtered: bool,
    /// The file they are in.
    pub saved_to: Option<String>,
    /// Whether the user ended it.
    pub interrupted: bool,
}

impl Tally {
    /// A few sentences on one line or two.
    pub fn words(&self) -> String {
        let packets = |n: u64| if n == 1 { "1 packet".to_owned() } else { format!("{} packets", grouped(n)) };
        let mut words = if self.interrupted { "stopped: ".to_owned() } else { String::new() };
        words += &format!("{} seen", packets(self.seen));
        if self.filtered {
            words += &format!(", {} matched the filter", grouped(self.kept));
        }
        words += match self.lost {
            0 => ", none lost".to_owned(),
            n => format!(", {} lost by the kernel", grouped(n)),
        }
        .as_str();
        if let Some(file) = &self.saved_to {
            words += &format!("; {} saved in {file}", packets(self.kept));
        }
        if self.lost > 0 {
            words += "\nhint: packets came faster than they could be shown; save them with -w FILE --quiet, or show less with a filter";
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginner_reads_what_was_seen_kept_and_lost() {
        let tally = Tally {
            seen: 12_345,
            lost: 0,
            kept: 7,
            filtered: true,
            saved_to: Some("talk.pcapng".into()),
            interrupted: true,
        };
        assert_eq!(
            tally.words(),
            "stopped: 12,345 packets seen, 7 matched the filter, none lost; 7 packets saved in talk.pcapng"
        );
        let lossy = Tally { seen: 1, lost: 1000, ..Tally::default() };
        assert!(lossy.words().starts_with("1 packet seen, 1,000 lost by the kernel\nhint: "));
    }
}
