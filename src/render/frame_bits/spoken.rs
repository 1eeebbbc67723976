//! The same frame in sentences, and for programs.

use super::{Fact, Picture, range};
use crate::render::value::{byte, decimal, text};
use crate::render::{Style, json as quoted, wrap};

/// Bytes of payload that are read out.
const READ_OUT: usize = 64;

/// Appends the picture in whole sentences.
pub fn describe(out: &mut Vec<u8>, style: Style, picture: &Picture) {
    let mut say = |sentence: String| wrap::wrap(out, &sentence, 0, &style);
    if !picture.title.is_empty() {
        say(format!("{}.", picture.title.replace(" · ", ", ").replace(" → ", " to ")));
    }
    for (number, byte) in picture.bytes.iter().enumerate() {
        say(format!("Byte {number} is {:02x}, in bits {:08b}.", byte.value, byte.value));
        let mut bit = 0;
        for label in &byte.labels {
            let place =
                if label.bits == 1 { format!("Bit {bit}") } else { format!("Bits {bit} to {}", bit + label.bits - 1) };
            say(format!("{place}: {}.", label.text));
            bit += label.bits;
        }
    }
    for part in &picture.parts {
        let place = capital(&range(part.at, part.bytes.len()));
        let text = if part.text.is_empty() { String::new() } else { format!(" {}", part.text) };
        say(format!("{place}, {}: {}{text}.", part.name, digits(&part.bytes)));
    }
    let payload = &picture.payload;
    if !payload.wire.is_empty() {
        let place = capital(&range(payload.at, payload.wire.len()));
        say(format!("{place}, on the wire: {}.", digits(&payload.wire)));
        if payload.key.is_some() {
            say(format!("In plain, each byte XORed with the key's next one: {}.", digits(&payload.plain)));
        }
        if let Some((_, number)) = payload.number {
            say(format!("The first bytes are the number {number}."));
        }
        if payload.text {
            let from = payload.number.map_or(0, |(size, _)| size).min(payload.plain.len());
            let words = &payload.plain[from..];
            let mut tame = Vec::new();
            text(&mut tame, &words[..words.len().min(READ_OUT)], style.charset);
            let more = if words.len() > READ_OUT { ", and so on" } else { "" };
            say(format!("As text: \"{}\"{more}.", String::from_utf8_lossy(&tame)));
        }
    }
    picture.wrong.iter().for_each(|sentence| say(format!("Wrong: {sentence}")));
    picture.notes.iter().for_each(|sentence| say(sentence.clone()));
}

fn capital(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

fn digits(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(READ_OUT).map(|b| format!("{b:02x}")).collect();
    let more = if bytes.len() > READ_OUT { " and so on" } else { "" };
    format!("{}{more}", shown.join(" "))
}

/// Appends the picture as one line of JSON.
pub fn json(out: &mut Vec<u8>, picture: &Picture) {
    out.extend_from_slice(b"{\"frame\":");
    decimal(out, picture.number);
    out.extend_from_slice(b",\"offset\":");
    decimal(out, picture.offset);
    for (name, fact) in &picture.facts {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        self::fact(out, fact);
    }
    for (name, sentences) in [("wrong", &picture.wrong), ("notes", &picture.notes)] {
        out.extend_from_slice(format!(",\"{name}\":").as_bytes());
        list(out, sentences);
    }
    out.extend_from_slice(b"}\n");
}

/// Appends facts as one line of JSON.
pub fn object(out: &mut Vec<u8>, facts: &[(&'static str, Fact)]) {
    for (number, (name, fact)) in facts.iter().enumerate() {
        out.push(if number == 0 { b'{' } else { b',' });
        out.extend_from_slice(format!("\"{name}\":").as_bytes());
        self::fact(out, fact);
    }
    out.extend_from_slice(b"}\n");
}

fn fact(out: &mut Vec<u8>, fact: &Fact) {
    match fact {
        Fact::Number(number) => decimal(out, *number),
        Fact::Flag(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        Fact::Text(text) => quoted::string(out, text),
        Fact::Hex(bytes) => {
            out.push(b'"');
            for b in bytes {
                byte(out, *b);
            }
            out.push(b'"');
        }
        Fact::List(sentences) => list(out, sentences),
    }
}

fn list(out: &mut Vec<u8>, sentences: &[String]) {
    out.push(b'[');
    for (number, sentence) in sentences.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        quoted::string(out, sentence.as_bytes());
    }
    out.push(b']');
}
