//! Packets from text: hex digits in any spelling, and the dumps of tcpdump, Wireshark, xxd, hexdump and od
//! as they are pasted. `# link: 101` says how the packets that follow begin; other `#` lines are comments.

use std::collections::VecDeque;

use super::{Counters, Error, Event, Source};
use crate::dissect::{Interface, LinkType, Packet, Secrets};

const ETHERNET: LinkType = 1;
const RAW_IP: LinkType = 101;

/// Bytes in a row of a dump, where the next row's offset does not tell.
const ROW: usize = 16;

/// Packets that were written out as text.
#[derive(Debug)]
pub struct Hex {
    packets: VecDeque<(LinkType, Vec<u8>)>,
    current: Vec<u8>,
    interfaces: Vec<Interface>,
    seen: u64,
    secrets: Option<Secrets>,
}

impl Hex {
    /// Reads `text`. Without `link` and without a `# link:` line, bytes that begin like an IP packet whose
    /// length fits are taken for one (tcpdump -x prints no link header), all others for Ethernet.
    ///
    /// # Errors
    /// There are no bytes, or something in between is no hex digit.
    pub fn parse(text: &str, link: Option<LinkType>) -> Result<Self, Error> {
        let lines: Vec<&str> = text.lines().collect();
        let mut draft = Draft { given: link, packets: VecDeque::new(), bytes: Vec::new() };
        if lines.iter().enumerate().any(|(n, _)| begins_a_dump(&lines, n)) {
            draft.dump(&lines)?;
        } else {
            draft.digits(&lines)?;
        }
        draft.finish();
        if draft.packets.is_empty() {
            return Err(Error::NoBytes);
        }
        Ok(Hex { packets: draft.packets, current: Vec::new(), interfaces: Vec::new(), seen: 0, secrets: None })
    }

    /// Brings these secrets along: a key log that stands beside the text.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// How the next packet will be read.
    pub fn link(&self) -> Option<LinkType> {
        self.packets.front().map(|(link, _)| *link)
    }
}

impl Source for Hex {
    fn next(&mut self) -> Result<Event<'_>, Error> {
        let Some((link, bytes)) = self.packets.pop_front() else { return Ok(Event::End) };
        self.seen += 1;
        self.current = bytes;
        let known = self.interfaces.iter().position(|i| i.link == link);
        let interface = known.unwrap_or_else(|| {
            self.interfaces.push(Interface { name: "hex".to_owned(), link, snaplen: 0 });
            self.interfaces.len() - 1
        });
        Ok(Event::Packet(Packet {
            number: self.seen,
            length: self.current.len() as u32,
            bytes: &self.current,
            link,
            interface: interface as u32,
            interfaces: &self.interfaces,
            ..Packet::default()
        }))
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn secrets(&self) -> Option<Secrets> {
        self.secrets.clone()
    }

    fn counters(&mut self) -> Counters {
        Counters { seen: self.seen, lost: 0 }
    }
}

/// What has been read so far.
struct Draft {
    given: Option<LinkType>,
    packets: VecDeque<(LinkType, Vec<u8>)>,
    bytes: Vec<u8>,
}

impl Draft {
    fn finish(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        if !bytes.is_empty() {
            self.packets.push_back((self.given.unwrap_or_else(|| guess_link(&bytes)), bytes));
        }
    }

    /// Takes a comment line; gives whether it was one.
    fn comment(&mut self, line: &str) -> bool {
        let Some(words) = line.trim_start().strip_prefix('#') else { return false };
        if let Some(number) = words.trim().strip_prefix("link:").and_then(|n| n.trim().parse().ok()) {
            self.finish();
            self.given = Some(number);
        }
        true
    }

    /// Rows with offsets. Lines without one (headlines of tcpdump, ribbons of ours) are passed over.
    fn dump(&mut self, lines: &[&str]) -> Result<(), Error> {
        for (number, line) in lines.iter().enumerate() {
            if self.comment(line) {
                continue;
            }
            let Some((offset, rest)) = offset(line) else { continue };
            if offset.is(0) && begins_a_dump(lines, number) {
                self.finish();
            } else if !offset.is(self.bytes.len()) {
                if self.bytes.is_empty() {
                    continue;
                }
                let what = format!("the offset does not fit: {} bytes stand before this line", self.bytes.len());
                return Err(Error::Hex { line: number + 1, column: 1, what });
            }
            let next = lines[number + 1..].iter().find_map(|l| offset_only(l));
            let row = next.and_then(|n| n.since(offset)).filter(|n| (1..=64).contains(n));
            take_row(&mut self.bytes, rest, row);
        }
        Ok(())
    }

    /// Digits without offsets: pairs, groups or one long run, with whatever people put in between.
    fn digits(&mut self, lines: &[&str]) -> Result<(), Error> {
        let braces = lines.iter().any(|l| l.contains('{'));
        let mut inside = !braces;
        for (number, line) in lines.iter().enumerate() {
            if self.comment(line) {
                continue;
            }
            if line.trim().is_empty() {
                self.finish();
            }
            let mut start = 0;
            if !inside {
                let Some(at) = line.find('{') else { continue };
                (inside, start) = (true, at + 1);
            }
            let end = if braces { line.find('}').unwrap_or(line.len()) } else { line.len() };
            self.words(&line[start.min(end)..end], start, number)?;
            if braces && end < line.len() {
                inside = false;
                self.finish();
            }
        }
        Ok(())
    }

    fn words(&mut self, text: &str, base: usize, line: usize) -> Result<(), Error> {
        let separator = |c: char| c.is_whitespace() || ":-,;.\"'{}[]()".contains(c);
        for word in text.split(separator).filter(|w| !w.is_empty()) {
            let column = base + (word.as_ptr() as usize - text.as_ptr() as usize) + 1;
            for piece in word.split("\\x").filter(|p| !p.is_empty()) {
                let digits = piece.strip_prefix("0x").or_else(|| piece.strip_prefix("0X")).unwrap_or(piece);
                let wrong = |what: String| Error::Hex { line: line + 1, column, what };
                if let Some(bad) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
                    return Err(wrong(format!("{bad:?} is no hex digit")));
                }
                if digits.len() % 2 == 1 && digits.len() > 1 {
                    return Err(wrong(format!("`{digits}` has an odd number of digits; two make a byte")));
                }
                push(&mut self.bytes, digits);
            }
        }
        Ok(())
    }
}

/// An offset as it may be meant: in hex, or in octal as od writes it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Offset {
    hex: usize,
    octal: Option<usize>,
}

impl Offset {
    fn is(self, count: usize) -> bool {
        self.hex == count || self.octal == Some(count)
    }

    fn since(self, before: Offset) -> Option<usize> {
        let octal = || self.octal?.checked_sub(before.octal?);
        self.hex.checked_sub(before.hex).filter(|n| *n <= 64).or_else(octal)
    }
}

/// The offset that a line begins with, and the rest of the line.
fn offset(line: &str) -> Option<(Offset, &str)> {
    let line = line.trim_start();
    let end = line.find(|c: char| c.is_whitespace() || c == ':').unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let digits = word.strip_prefix("0x").unwrap_or(word);
    if !(4..=16).contains(&digits.len()) {
        return None;
    }
    let hex = usize::from_str_radix(digits, 16).ok()?;
    let octal = usize::from_str_radix(digits, 8).ok().filter(|_| digits.len() == 7);
    Some((Offset { hex, octal }, rest.strip_prefix(':').unwrap_or(rest)))
}

fn offset_only(line: &str) -> Option<Offset> {
    offset(line).map(|(offset, _)| offset)
}

/// Whether line `number` is the first row of a dump: its offset is 0, and it is no data. Four zeros are an
/// offset if a colon or two spaces follow, or if the next line's offset fits what stands here.
fn begins_a_dump(lines: &[&str], number: usize) -> bool {
    let Some((first, rest)) = offset(lines[number]).filter(|(o, _)| o.is(0)) else { return false };
    let marked = rest.starts_with("  ")
        || lines[number].trim_start().find(':').is_some_and(|at| at <= 18 && rest.starts_with(' '));
    let row = |n: usize| first.octal.map_or(n == ROW, |_| n == ROW) || (1..=64).contains(&n);
    let followed = lines.get(number + 1).and_then(|l| offset_only(l)).and_then(|o| o.since(first)).is_some_and(row);
    marked || (followed && rest.starts_with(' '))
}

/// Takes the bytes of a row and leaves its column of characters. `row` is how many bytes it has, if known.
fn take_row(bytes: &mut Vec<u8>, rest: &str, row: Option<usize>) {
    let most = row.unwrap_or(ROW);
    let mut taken = 0;
    let mut at = 0;
    while taken < most {
        let gap = rest[at..].len() - rest[at..].trim_start().len();
        // Characters stand behind a gap; hexdump also leaves one of two spaces in the middle.
        if taken > 0 && (gap >= 3 || (gap == 2 && taken != 8)) && row.is_none_or(|n| taken >= n) {
            return;
        }
        let word = rest[at + gap..].split_whitespace().next().unwrap_or_default();
        let pairs = word.len() / 2;
        let fits = word.len().is_multiple_of(2) && matches!(pairs, 1 | 2 | 4 | 8 | 16) && taken + pairs <= most;
        if !fits || !word.bytes().all(|b| b.is_ascii_hexdigit()) {
            return;
        }
        push(bytes, word);
        taken += pairs;
        at += gap + word.len();
    }
}

/// Appends hex digits, two a byte; a single digit is a small byte.
fn push(bytes: &mut Vec<u8>, digits: &str) {
    let value = |b: u8| char::from(b).to_digit(16).unwrap_or(0) as u8;
    for pair in digits.as_bytes().chunks(2) {
        bytes.push(pair.iter().fold(0, |v, b| (v << 4) | value(*b)));
    }
}

fn guess_link(bytes: &[u8]) -> LinkType {
    let half = |at: usize| usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1]);
    let ipv4 = || {
        bytes.len() >= 20 && bytes[0] & 15 >= 5 && (20..=bytes.len()).contains(&half(2)) && bytes.len() - half(2) < 64
    };
    let ipv6 = || bytes.len() >= 40 && half(4) + 40 == bytes.len();
    match bytes.first().map(|b| b >> 4) {
        Some(4) if ipv4() => RAW_IP,
        Some(6) if ipv6() => RAW_IP,
        _ => ETHERNET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(LinkType, Vec<u8>)> {
        Hex::parse(text, None).map_or_else(|e| panic!("{e}"), |h| h.packets.into())
    }

    fn error(text: &str) -> String {
        Hex::parse(text, None).expect_err("a mistake").to_string()
    }

    const BYTES: [u8; 18] = [0x45, 0, 0, 0x12, 0xde, 0xad, 0xbe, 0xef, 0x40, 0x11, 1, 2, 3, 4, 0x61, 0x62, 0x63, 0x64];

    #[test]
    fn digits_come_in_every_spelling() {
        for text in [
            "45 00 00 12 de ad be ef 40 11 01 02 03 04 61 62 63 64",
            "45:00:00:12:de:ad:be:ef:40:11:01:02:03:04:61:62:63:64",
            "45-00-00-12-DE-AD-BE-EF-40-11-01-02-03-04-61-62-63-64",
            "45000012deadbeef40110102030461626364",
            "4500 0012 dead beef 4011 0102 0304 6162 6364",
            "0x45, 0x00, 0x00, 0x12, 0xde, 0xad, 0xbe, 0xef, 0x40, 0x11, 1, 2, 3, 4, 0x61, 0x62, 0x63, 0x64",
            "char packet[] = {\n  0x45, 0x00, 0x00, 0x12, 0xde, 0xad, 0xbe, 0xef,\n  0x40, 0x11, 0x01, 0x02, 3, 4, 0x61, 0x62, 0x63, 0x64 };",
            r#""\x45\x00\x00\x12\xde\xad\xbe\xef" "\x40\x11\x01\x02\x03\x04\x61\x62\x63\x64""#,
        ] {
            assert_eq!(all(text), [(1, BYTES.to_vec())], "{text}");
        }
    }

    #[test]
    fn dumps_are_taken_as_they_are_pasted() {
        for text in [
            // tcpdump -xx -X
            "12:00:00.000000 IP 192.0.2.1.1 > 192.0.2.2.2: UDP\n\t0x0000:  4500 0012 dead beef 4011 0102 0304 6162  E.....@.......ab\n\t0x0010:  6364                                     cd\n",
            // Wireshark
            "0000   45 00 00 12 de ad be ef 40 11 01 02 03 04 61 62   E.......@.....ab\n0010   63 64                                             cd\n",
            // xxd
            "00000000: 4500 0012 dead beef 4011 0102 0304 6162  E.......@.....ab\n00000010: 6364                                     cd\n",
            // hexdump -C
            "00000000  45 00 00 12 de ad be ef  40 11 01 02 03 04 61 62  |E.......@.....ab|\n00000010  63 64                                             |cd|\n00000012\n",
            // od -tx1
            "0000000 45 00 00 12 de ad be ef 40 11 01 02 03 04 61 62\n0000020 63 64\n0000022\n",
        ] {
            assert_eq!(all(text), [(1, BYTES.to_vec())], "{text}");
        }
    }

    #[test]
    fn characters_that_look_like_hex_are_not_taken_for_bytes() {
        let text = "0000   61 62 63 64 65 66 30 31 32 33 34 35 36 37 38 39   abcdef0123456789\n0010   61 62                                             ab\n";
        assert_eq!(all(text)[0].1, b"abcdef0123456789ab");
    }

    #[test]
    fn several_packets_and_their_links() {
        let text = "# one\n# link: 101\n0000  45 00\n\n# two\n0000  46 00\n# link: 113\n0000  01\n";
        assert_eq!(all(text), [(101, vec![0x45, 0]), (101, vec![0x46, 0]), (113, vec![1])]);
    }

    #[test]
    fn bytes_that_begin_like_an_ip_packet_of_fitting_length_are_one() {
        let mut packet = vec![0u8; 28];
        (packet[0], packet[3]) = (0x45, 28);
        assert_eq!(guess_link(&packet), RAW_IP);
        packet[3] = 29;
        assert_eq!(guess_link(&packet), ETHERNET);
    }

    #[test]
    fn mistakes_are_pointed_at() {
        assert_eq!(error("45 00\n45 zz"), "line 2, column 4: 'z' is no hex digit");
        assert_eq!(error("450"), "line 1, column 1: `450` has an odd number of digits; two make a byte");
        assert!(error("0000   45 00 00\n0010   11").starts_with("line 2, column 1: the offset does not fit"));
        assert_eq!(error("  \n# nothing\n"), "there are no bytes");
    }
}
