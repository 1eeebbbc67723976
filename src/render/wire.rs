//! What stands around a simulated network: what it is, what its links counted, where it is no real one.

use super::quantity::{bytes, counted, grouped};
use super::wrap::{spell, wrap};
use super::{Charset, Style, table};

/// What a link counted.
#[derive(Debug, Clone, Default)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Whether its packets were shown.
    pub captured: bool,
    /// Packets sent into it.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Never arrived.
    pub lost: u64,
    /// Arrived twice.
    pub doubled: u64,
    /// Arrived with a bit changed.
    pub damaged: u64,
    /// Held up.
    pub delayed: u64,
    /// Thrown away because the queue was full.
    pub overflowed: u64,
}

impl Link {
    /// "11 packets, 660 B: 1 lost"
    fn words(&self) -> String {
        let wrong = [
            (self.lost, "lost"),
            (self.doubled, "doubled"),
            (self.damaged, "damaged"),
            (self.delayed, "held up"),
            (self.overflowed, "thrown away, queue full"),
        ];
        let wrong: Vec<String> =
            wrong.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", grouped(*n))).collect();
        let sum = format!("{}, {}", counted(self.packets, "packet"), bytes(self.bytes));
        if wrong.is_empty() { sum } else { format!("{sum}: {}", wrong.join(", ")) }
    }
}

/// What is played.
pub fn head(out: &mut Vec<u8>, style: Style, title: &str, about: &str, seed: u64) {
    style.strong(out);
    let title = super::cake::clean(title, style.charset);
    wrap(out, &format!("{title} {} simulated wire {} seed {seed}", style.dot(), style.dot()), 0, &style);
    style.end(out);
    if !about.is_empty() {
        wrap(out, &super::cake::clean(about, style.charset), 0, &style);
    }
    out.push(b'\n');
}

/// What its links counted, and what not to believe.
pub fn foot(out: &mut Vec<u8>, style: Style, links: &[Link], differs: &[String]) {
    out.push(b'\n');
    for link in links {
        let hidden = if link.captured { "" } else { " (not shown; --at shows it)" };
        let words = super::cake::clean(&format!("{}: {}{hidden}", link.name, link.words()), style.charset);
        wrap(out, &words, 0, &style);
    }
    for remark in differs {
        wrap(out, &super::cake::clean(remark, style.charset), 0, &style);
    }
    let known = "Simulated: it waits 1000 ms before it sends again (Linux 200 ms) and knows no congestion. \
                 `layercake wire differences` lists where Linux does otherwise.";
    wrap(out, known, 0, &style);
}

/// The scripts that there are.
pub fn list(out: &mut Vec<u8>, style: Style, rows: &[(&str, &str)]) {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|(name, about)| vec![(*name).to_owned(), (*about).to_owned()]).collect();
    table::dense(out, style, &["network", "what it shows"], &[], &rows);
    wrap(out, "`layercake wire run NAME` plays it, `layercake wire show NAME` prints its script.", 0, &style);
}

/// Who is in a network, and what joins them.
pub fn network(
    out: &mut Vec<u8>,
    style: Style,
    title: &str,
    machines: &[(String, Vec<String>)],
    links: &[(&str, bool)],
) {
    let clean = |text: &str| super::cake::clean(text, style.charset);
    wrap(out, &format!("{}: the script is right.", clean(title)), 0, &style);
    let rows: Vec<Vec<String>> = machines.iter().map(|(name, all)| vec![name.clone(), all.join(", ")]).collect();
    table::dense(out, style, &["machine", "addresses"], &[], &rows);
    let rows: Vec<Vec<String>> = links
        .iter()
        .map(|(name, captured)| vec![(*name).to_owned(), if *captured { "shown" } else { "with --at" }.to_owned()])
        .collect();
    table::dense(out, style, &["link", "its packets"], &[], &rows);
}

/// Where the simulated wire is not Linux.
pub fn differences(out: &mut Vec<u8>, style: Style, rows: &[(&str, &str, &str)]) {
    for (about, here, linux) in rows {
        style.strong(out);
        out.extend_from_slice(about.as_bytes());
        style.end(out);
        out.push(b'\n');
        for (who, what) in [("here", here), ("Linux", linux)] {
            let text = format!("{who}: {what}.");
            let text = if style.charset == Charset::Ascii { spell(&text) } else { text };
            wrap(out, &text, 2, &style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_only_what_went_wrong() {
        let link = Link { packets: 11, bytes: 660, lost: 1, ..Link::default() };
        assert_eq!(link.words(), "11 packets, 660 B: 1 lost");
        assert_eq!(Link { lost: 0, ..link }.words(), "11 packets, 660 B");
    }

    #[test]
    fn all_of_it_fits_and_is_ascii_where_that_is_asked_for() {
        for (width, charset) in [(80, Charset::Unicode), (40, Charset::Ascii), (80, Charset::Ascii)] {
            let style = Style { width, color: false, charset, explain: false };
            let mut out = Vec::new();
            head(&mut out, style, "A title", "About it, in a sentence that is longer than one line of forty.", 7);
            foot(&mut out, style, &[Link { name: "a-b".into(), lost: 3, ..Link::default() }], &["A remark".into()]);
            differences(&mut out, style, &[("timer", "waits at least 1000 ms", "waits at least 200 ms")]);
            let text = String::from_utf8(out).expect("UTF-8");
            assert!(text.lines().all(|l| l.chars().count() <= width), "{text}");
            assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
        }
    }
}
