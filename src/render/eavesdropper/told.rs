//! The same in sentences, and as JSON.

use super::super::cake::clean;
use super::super::{Charset, Style, json, quantity};
use super::{Eavesdropper, Outside, Row, facts};

impl Eavesdropper {
    /// The same in sentences, one a line.
    pub fn describe(&self, outside: &Outside, style: Style, out: &mut Vec<u8>) {
        let mut say = |line: String| {
            out.extend_from_slice(clean(&line, style.charset).as_bytes());
            out.push(b'\n');
        };
        let tell = |row: &Row| {
            let value = String::from_utf8_lossy(&row.value).into_owned();
            format!("{}: {value}; {}, packet {}.", row.what, row.protocol, row.packet)
        };
        say("Whoever carries the packets, Wi-Fi, provider or employer, can see:".to_owned());
        for (what, text, _) in facts(outside, style) {
            say(format!("{what}: {text}."));
        }
        for row in &self.seen {
            say(tell(row));
        }
        if self.left_out[0] > 0 {
            say(format!("And {} more of these.", quantity::grouped(self.left_out[0])));
        }
        if self.sealed.is_empty() {
            say(format!(
                "Nothing is hidden: no byte of this conversation is encrypted{}.",
                if self.clear > 0 {
                    format!(", {} are said in the clear", quantity::counted(self.clear, "byte"))
                } else {
                    String::new()
                }
            ));
        }
        for sealed in &self.sealed {
            let amount = |n: usize| {
                let (bytes, records) = (sealed.bytes[n], sealed.records[n]);
                format!("{} in {}", quantity::counted(bytes, "byte"), quantity::counted(records, "record"))
            };
            say(format!(
                "Cannot be seen without the keys: {}, {}; from the client {}, from the server {}.",
                sealed.what,
                sealed.detail,
                amount(0),
                amount(1)
            ));
        }
        if !self.hidden.is_empty() {
            say("With the keys that one of the two ends has noted down, you can see:".to_owned());
        }
        for row in &self.hidden {
            say(tell(row));
        }
        if self.left_out[1] > 0 {
            say(format!("And {} more of these.", quantity::grouped(self.left_out[1])));
        }
    }

    /// The same as one JSON object.
    pub fn json(&self, outside: &Outside, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{{\"flow\":{},\"can_see\":[", outside.number).as_bytes());
        let style = Style { width: 80, color: false, charset: Charset::Ascii, explain: false };
        let mut comma = "";
        for (what, text, key) in facts(outside, style) {
            object(
                &[("what", what.as_bytes()), ("value", text.as_bytes()), ("field", key.as_bytes())],
                None,
                comma,
                out,
            );
            comma = ",";
        }
        let list = |rows: &[Row], mut comma: &'static str, out: &mut Vec<u8>| {
            for row in rows {
                let pairs = [
                    ("what", row.what.as_bytes()),
                    ("value", &row.value),
                    ("protocol", row.protocol.as_bytes()),
                    ("field", row.key.as_bytes()),
                ];
                object(&pairs, Some(row.packet), comma, out);
                comma = ",";
            }
        };
        list(&self.seen, ",", out);
        out.extend_from_slice(format!("],\"in_the_clear\":{},\"sealed\":[", self.clear).as_bytes());
        for (number, s) in self.sealed.iter().enumerate() {
            out.extend_from_slice(if number > 0 { b",{\"what\":" } else { b"{\"what\":" });
            json::string(out, s.what.as_bytes());
            for (key, [client, server]) in [("records", s.records), ("bytes", s.bytes)] {
                out.extend_from_slice(format!(",\"{key}\":{{\"client\":{client},\"server\":{server}}}").as_bytes());
            }
            out.push(b'}');
        }
        out.extend_from_slice(b"],\"cannot_see\":[");
        list(&self.hidden, "", out);
        out.extend_from_slice(b"]}\n");
    }
}

/// One object of a list.
fn object(pairs: &[(&str, &[u8])], packet: Option<u64>, comma: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(comma.as_bytes());
    for (number, (key, text)) in pairs.iter().enumerate() {
        out.extend_from_slice(format!("{}\"{key}\":", if number == 0 { '{' } else { ',' }).as_bytes());
        json::string(out, text);
    }
    if let Some(packet) = packet {
        out.extend_from_slice(format!(",\"packet\":{packet}").as_bytes());
    }
    out.push(b'}');
}
