//! One frame, bit by bit: its first bytes as boxes with labels, then what follows, masked and in plain.
//! Not here: what the bits mean; whoever knows the protocol fills a [`Picture`].

mod bits;
mod payload;
mod spoken;

pub use spoken::{describe, json, object};

use super::{Style, wrap};

/// Everything that is to be said of one frame.
pub struct Picture {
    /// Which one it is, counted from 1.
    pub number: u64,
    /// How many bytes stand before it.
    pub offset: u64,
    /// In one line; empty where it was said already.
    pub title: String,
    /// The bytes that are shown bit by bit.
    pub bytes: Vec<Byte>,
    /// What stands between them and the payload.
    pub parts: Vec<Part>,
    /// The payload.
    pub payload: Payload,
    /// More payload than this many rows is left out.
    pub rows: usize,
    /// What is wrong or missing, in sentences.
    pub wrong: Vec<String>,
    /// What else should be known, in sentences.
    pub notes: Vec<String>,
    /// What programs want to know, beside the bytes.
    pub facts: Vec<(&'static str, Fact)>,
}

/// A value for programs.
pub enum Fact {
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Any bytes as text.
    Text(Vec<u8>),
    /// Bytes as hex digits.
    Hex(Vec<u8>),
    /// A list of sentences.
    List(Vec<String>),
}

/// A byte, bit by bit.
pub struct Byte {
    /// Its eight bits.
    pub value: u8,
    /// From the first bit to the last, all eight covered.
    pub labels: Vec<Label>,
}

/// What some bits mean.
pub struct Label {
    /// How many of them.
    pub bits: usize,
    /// What they say.
    pub text: String,
    /// The other values that they may have: short rows, shown where there is room.
    pub others: Vec<String>,
}

/// Some bytes with a name.
pub struct Part {
    /// What they are.
    pub name: &'static str,
    /// Where in the frame they begin.
    pub at: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What they say.
    pub text: String,
}

/// What a frame carries.
#[derive(Default)]
pub struct Payload {
    /// Where in the frame it begins.
    pub at: u64,
    /// As it travels.
    pub wire: Vec<u8>,
    /// The key, where it is masked.
    pub key: Option<[u8; 4]>,
    /// In plain.
    pub plain: Vec<u8>,
    /// So many bytes are a number, shown under them.
    pub number: Option<(usize, u64)>,
    /// The rest is text.
    pub text: bool,
    /// So many bytes behind these were not kept; `None` where all can be had.
    pub beyond: Option<u64>,
}

/// Appends the picture.
pub fn draw(out: &mut Vec<u8>, style: Style, picture: &Picture) {
    if !picture.title.is_empty() {
        style.strong(out);
        wrap::wrap(out, &picture.title, 1, &style);
        style.end(out);
        out.push(b'\n');
    }
    bits::draw(out, style, &picture.bytes);
    let above = out.len();
    payload::draw(out, style, picture);
    if out.len() > above && (!picture.wrong.is_empty() || !picture.notes.is_empty()) {
        out.push(b'\n');
    }
    for sentence in &picture.wrong {
        let mark = style.pick("✗ ", "! ");
        let mut text = Vec::new();
        wrap::wrap(&mut text, sentence, 3, &style);
        style.warn(out);
        out.extend_from_slice(b" ");
        out.extend_from_slice(mark.as_bytes());
        out.extend_from_slice(text.trim_ascii());
        style.end(out);
        out.push(b'\n');
    }
    for sentence in &picture.notes {
        wrap::wrap(out, sentence, 1, &style);
    }
}

/// "bytes 2-5"
fn range(at: u64, count: usize) -> String {
    match count {
        1 => format!("byte {at}"),
        n => format!("bytes {at}-{}", at + n as u64 - 1),
    }
}

/// Appends sentences under a title.
pub fn section(out: &mut Vec<u8>, style: Style, spoken: bool, title: &str, sentences: &[String]) {
    let indent = usize::from(!spoken);
    let heading = if spoken { format!("{title}:") } else { title.to_owned() };
    style.strong(out);
    wrap::wrap(out, &heading, indent, &style);
    style.end(out);
    for sentence in sentences {
        wrap::wrap(out, sentence, 3 * indent, &style);
    }
}

/// Appends rows under headings; the last column takes what is left.
pub fn table(out: &mut Vec<u8>, style: Style, spoken: bool, heads: [&str; 4], rows: &[[String; 4]]) {
    if spoken {
        for row in rows {
            let sentence = format!("{}: {}. {} {}, {} {}.", row[0], row[3], heads[1], row[1], heads[2], row[2]);
            wrap::wrap(out, &sentence, 0, &style);
        }
        return;
    }
    let spelled =
        |text: &str| text.split(' ').map(|w| style.pick(w.to_owned(), wrap::spell(w))).collect::<Vec<_>>().join(" ");
    let heads = heads.map(str::to_owned);
    let wide: Vec<usize> = (0..3)
        .map(|n| rows.iter().chain([&heads]).map(|row| spelled(&row[n]).chars().count()).max().unwrap_or(0) + 2)
        .collect();
    for (number, row) in [&heads].into_iter().chain(rows).enumerate() {
        if number == 0 {
            style.strong(out);
        }
        let lead = (0..3).fold(String::new(), |lead, n| lead + &format!("{:<1$}", spelled(&row[n]), wide[n]));
        let mut last = Vec::new();
        wrap::wrap(&mut last, &row[3], 1 + lead.chars().count(), &style);
        if lead.chars().count() + 20 < style.width {
            out.extend_from_slice(format!(" {lead}").as_bytes());
            out.extend_from_slice(last.trim_ascii());
        } else {
            out.extend_from_slice(format!(" {}\n", lead.trim_end()).as_bytes());
            wrap::wrap(out, &row[3], 3, &style);
            out.truncate(out.len() - 1);
        }
        if number == 0 {
            style.end(out);
        }
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::render::Charset;

    fn label(bits: usize, text: &str, others: &[&str]) -> Label {
        Label { bits, text: text.into(), others: others.iter().map(|o| (*o).to_owned()).collect() }
    }

    fn picture(text: &str) -> Picture {
        let plain = text.as_bytes().to_vec();
        let wire = plain.iter().zip([1, 2, 3, 4].into_iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        let labels = [[1, 3, 4], [1, 6, 1]].map(|bits| bits.map(|n| label(n, "one two three", &["other", "values"])));
        Picture {
            number: 1,
            offset: 0,
            title: "A frame".into(),
            bytes: labels.into_iter().map(|labels| Byte { value: 0xa5, labels: labels.into() }).collect(),
            parts: vec![Part { name: "mask key", at: 2, bytes: vec![1, 2, 3, 4], text: "a key → of four".into() }],
            payload: Payload { at: 6, wire, key: Some([1, 2, 3, 4]), plain, number: None, text: true, beyond: None },
            rows: usize::MAX,
            wrong: vec!["Something is wrong with it.".into()],
            notes: vec!["Something should be known of it.".into()],
            facts: vec![("text", Fact::Text(text.into())), ("fin", Fact::Flag(true))],
        }
    }

    fn drawn(width: usize, charset: Charset, text: &str) -> String {
        let mut out = Vec::new();
        draw(&mut out, Style { width, color: false, charset, explain: false }, &picture(text));
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_every_label_is_there_once() {
        for width in 40..=200 {
            for charset in [Charset::Unicode, Charset::Ascii] {
                let drawn = drawn(width, charset, "abc é € 🙂 e\u{301} and a longer rest");
                for line in drawn.lines() {
                    assert!(line.width() <= width, "{width}: {line:?}");
                }
                assert_eq!(drawn.matches(charset.pick_corner()).count(), 6, "{width}: {drawn}");
                assert!(charset == Charset::Unicode || drawn.is_ascii(), "{drawn}");
            }
        }
    }

    impl Charset {
        /// What a label begins with.
        fn pick_corner(self) -> &'static str {
            if self == Charset::Unicode { "╰ one" } else { "` one" }
        }
    }

    #[test]
    fn all_bytes_are_drawn_whatever_stands_under_them() {
        for width in [40, 80, 120] {
            let text = "x\u{1b}[2J\u{202e}é🙂";
            let drawn = drawn(width, Charset::Unicode, text);
            let plain: Vec<&str> =
                drawn.lines().filter_map(|line| line.split_once("in plain").map(|(_, hex)| hex.trim())).collect();
            let wanted: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(plain.join(" "), wanted.join(" "));
            assert!(!drawn.contains(['\u{1b}', '\u{202e}']), "{drawn:?}");
        }
    }

    #[test]
    fn a_character_stands_under_its_first_byte_and_reaches_to_its_last() {
        let drawn = drawn(80, Charset::Unicode, "aé€🙂b\n");
        assert!(drawn.contains(" a  é──╯  €─────╯  🙂───────╯  b \\n"), "{drawn}");
        let drawn = self::drawn(80, Charset::Ascii, "aé€🙂b\n");
        assert!(drawn.contains(" a U+E9- U+20AC-- U+1F642----  b \\n"), "{drawn}");
    }

    #[test]
    fn for_programs_it_is_one_object() {
        let mut out = Vec::new();
        json(&mut out, &picture("\u{1b}"));
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!((&json["text"], &json["fin"]), (&"\u{1b}".into(), &true.into()));
        assert!(out.is_ascii());
    }
}
