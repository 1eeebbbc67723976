//! Where a message ends in a stream of bytes: a rule, tried on streams that arrive in a hundred different pieces.

use super::super::shuffle;

/// How messages are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Bytes that stand behind each message.
    Delimiter(Vec<u8>),
    /// So many bytes before each message say how long it is, the most significant first.
    Length(usize),
}

/// Streams that are tried.
const STREAMS: u64 = 100;

impl Rule {
    /// "delimiter 0a", "length 2".
    ///
    /// # Errors
    /// What to type, for the learner.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = || "Type `delimiter` and its bytes in hex, or `length` and how many bytes it has.".to_owned();
        let text = text.trim().to_lowercase();
        let (name, rest) = text.split_once(' ').ok_or_else(words)?;
        match name {
            "delimiter" => super::super::answer::hex(rest).map(Rule::Delimiter).ok_or_else(words),
            "length" => rest.trim().parse().ok().filter(|n| (1..=8).contains(n)).map(Rule::Length).ok_or_else(words),
            _ => Err(words()),
        }
    }

    fn write(&self, message: &[u8], stream: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Rule::Delimiter(end) => {
                stream.extend_from_slice(message);
                stream.extend_from_slice(end);
            }
            Rule::Length(size) => {
                let length = (message.len() as u64).to_be_bytes();
                if length[..8 - size].iter().any(|byte| *byte != 0) {
                    let bytes = message.len();
                    return Err(format!("A message of {bytes} bytes came: that number does not fit into {size} byte."));
                }
                stream.extend_from_slice(&length[8 - size..]);
                stream.extend_from_slice(message);
            }
        }
        Ok(())
    }

    /// Takes the next message from the front of what has arrived.
    fn take(&self, arrived: &mut Vec<u8>) -> Option<Vec<u8>> {
        match self {
            Rule::Delimiter(end) => {
                let at = arrived.windows(end.len()).position(|bytes| bytes == end)?;
                let message = arrived[..at].to_vec();
                arrived.drain(..at + end.len());
                Some(message)
            }
            Rule::Length(size) => {
                let head = arrived.get(..*size)?;
                let length = head.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)) as usize;
                let message = arrived.get(*size..size.checked_add(length)?)?.to_vec();
                arrived.drain(..size + length);
                Some(message)
            }
        }
    }
}

/// Messages of many lengths; with `binary` any byte may be in them.
fn messages(seed: u64, binary: bool) -> Vec<Vec<u8>> {
    let lengths = shuffle::order("lengths", seed, 6);
    let bytes = |number: usize, at: usize| {
        let any = ((seed as usize * 31 + number * 7 + at * 13) % 256) as u8;
        if binary { any } else { b'a' + any % 26 }
    };
    let of = |number: &usize| [0, 1, 5, 120, 255, 700][*number];
    lengths.iter().map(|number| (0..of(number)).map(|at| bytes(*number, at)).collect()).collect()
}

/// Whether each message comes out whole, however the stream was cut.
pub(super) fn survives(rule: &Rule, binary: bool) -> Result<(), String> {
    for seed in 0..STREAMS {
        let mut sent = messages(seed, binary);
        if let (Rule::Delimiter(end), true) = (&rule, binary) {
            // Any bytes may be in a message, so also these.
            sent[seed as usize % 6] = [b"left", end.as_slice(), b"right"].concat();
        }
        let mut stream = Vec::new();
        sent.iter().try_for_each(|message| rule.write(message, &mut stream))?;
        let (mut arrived, mut heard, mut at, mut piece) = (Vec::new(), Vec::new(), 0, 1 + seed as usize % 7);
        while at < stream.len() {
            let end = (at + piece).min(stream.len());
            arrived.extend_from_slice(&stream[at..end]);
            while let Some(message) = rule.take(&mut arrived) {
                heard.push(message);
            }
            (at, piece) = (end, (piece * 5 + seed as usize) % 97 + 1);
        }
        if heard != sent {
            return Err(format!(
                "Stream {} of {STREAMS}: {} messages were sent and {} came out. A byte of a message looked like its end.",
                seed + 1,
                sent.len(),
                heard.len()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_tells_texts_apart_but_not_bytes() {
        let rule = Rule::parse("delimiter 0a").expect("a rule");
        assert_eq!(survives(&rule, false), Ok(()));
        let rare = Rule::parse("delimiter 0d 0a 0d 0a").expect("a rule");
        assert!(survives(&rare, true).is_err(), "bytes may hold any delimiter");
        assert!(survives(&rule, true).expect_err("a 0a inside").contains("looked like its end"));
    }

    #[test]
    fn a_length_does_it_for_all_if_the_number_fits() {
        assert_eq!(survives(&Rule::parse("length 2").expect("a rule"), true), Ok(()));
        assert!(survives(&Rule::parse("length 1").expect("a rule"), true).expect_err("700 > 255").contains("700"));
    }

    #[test]
    fn what_is_no_rule_is_said() {
        for text in ["", "sleep 100", "length 0", "length 99999", "delimiter xx", "flush"] {
            assert!(Rule::parse(text).is_err(), "{text}");
        }
    }
}
