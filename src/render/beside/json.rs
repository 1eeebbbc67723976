//! The same as one JSON object a scenario.

use super::calls::{Answer, Argument, Said};
use super::{Cell, Side, Told};
use crate::render::json::string;
use crate::render::value::decimal;

/// Appends the scenario as one line.
pub fn json(out: &mut Vec<u8>, told: &Told) {
    text(out, "{\"scenario\":", told.key);
    text(out, ",\"title\":", told.title);
    text(out, ",\"question\":", told.question);
    for (name, side) in [("tcp", &told.tcp), ("udp", &told.udp)] {
        out.extend_from_slice(format!(",\"{name}\":{{\"calls\":[").as_bytes());
        for (at, said) in side.calls.iter().enumerate() {
            out.extend_from_slice(if at == 0 { b"" } else { b"," });
            call(out, said);
        }
        out.push(b']');
        rest(out, side);
        out.push(b'}');
    }
    out.extend_from_slice(b",\"findings\":[");
    for (at, row) in told.rows.iter().enumerate() {
        text(out, if at == 0 { "{\"label\":" } else { ",{\"label\":" }, &row.label);
        for (name, value) in [("tcp", &row.tcp), ("udp", &row.udp)] {
            out.extend_from_slice(format!(",\"{name}\":").as_bytes());
            cell(out, value.as_ref());
        }
        let unit = [&row.tcp, &row.udp].into_iter().flatten().find_map(|cell| match cell {
            Cell::Number(_, unit) | Cell::Bar(_, unit) => Some(unit.key()).filter(|key| !key.is_empty()),
            Cell::Text(_) => None,
        });
        if let Some(unit) = unit {
            text(out, ",\"unit\":", unit);
        }
        out.push(b'}');
    }
    text(out, "],\"explain\":", told.explain);
    if let Some(caution) = told.caution {
        text(out, ",\"caution\":", caution);
    }
    if let Some(predicted) = &told.predicted {
        text(out, ",\"prediction\":{\"choice\":", &predicted.letter.to_string());
        out.extend_from_slice(format!(",\"confidence\":{},\"right\":{}", predicted.sure, predicted.right).as_bytes());
        text(out, ",\"why\":", predicted.why);
        text(out, ",\"answer\":", &predicted.answer.0.to_string());
        out.push(b'}');
    }
    out.extend_from_slice(b"}\n");
}

/// Appends the names and questions, one object a line.
pub fn list(out: &mut Vec<u8>, all: &[(&str, &str, &str)]) {
    for (key, title, question) in all {
        text(out, "{\"scenario\":", key);
        text(out, ",\"title\":", title);
        text(out, ",\"question\":", question);
        out.extend_from_slice(b"}\n");
    }
}

fn text(out: &mut Vec<u8>, key: &str, value: &str) {
    out.extend_from_slice(key.as_bytes());
    string(out, value.as_bytes());
}

fn number(out: &mut Vec<u8>, key: &str, value: u64) {
    out.extend_from_slice(key.as_bytes());
    decimal(out, value);
}

fn rest(out: &mut Vec<u8>, side: &Side) {
    if let Some(packets) = side.packets {
        number(out, ",\"packets\":", packets);
    }
    if let Some(trouble) = &side.trouble {
        text(out, ",\"trouble\":", trouble);
    }
}

fn cell(out: &mut Vec<u8>, cell: Option<&Cell>) {
    match cell {
        None => out.extend_from_slice(b"null"),
        Some(Cell::Number(number, _) | Cell::Bar(number, _)) => decimal(out, *number),
        Some(Cell::Text(text)) => string(out, text.as_bytes()),
    }
}

fn call(out: &mut Vec<u8>, said: &Said) {
    let who = if said.who.ends_with('*') { "connection" } else { said.who };
    text(out, "{\"who\":", who);
    text(out, ",\"call\":", said.call);
    match &said.argument {
        Argument::None => {}
        Argument::Word(word) => text(out, ",\"type\":", word),
        Argument::Number(value) => number(out, ",\"number\":", *value),
        Argument::Option(name, value) => {
            text(out, ",\"option\":", name);
            out.extend_from_slice(format!(",\"value\":{value}").as_bytes());
        }
        Argument::Address(address) => text(out, ",\"address\":", &address.to_string()),
        Argument::Bytes(_, length, to) => {
            number(out, ",\"bytes\":", *length as u64);
            if let Some(to) = to {
                text(out, ",\"to\":", &to.to_string());
            }
        }
    }
    answer(out, &said.answer);
    number(out, ",\"at_nanoseconds\":", said.at);
    number(out, ",\"took_nanoseconds\":", said.took);
    for (key, value) in [(",\"local\":", said.local), (",\"remote\":", said.remote)] {
        if let Some(value) = value {
            text(out, key, &value.to_string());
        }
    }
    if let Some(state) = said.state {
        text(out, ",\"state\":", &state.to_lowercase());
    }
    out.push(b'}');
}

fn answer(out: &mut Vec<u8>, answer: &Answer) {
    match answer {
        Answer::Done => text(out, ",\"result\":", "ok"),
        Answer::Sent(length) => number(out, ",\"result\":\"sent\",\"sent\":", *length as u64),
        Answer::Received(bytes, length, from) => {
            number(out, ",\"result\":\"received\",\"received\":", *length as u64);
            if bytes.len() == *length {
                text(out, ",\"text\":", &String::from_utf8_lossy(bytes));
            }
            if let Some(from) = from {
                text(out, ",\"from\":", &from.to_string());
            }
        }
        Answer::End => text(out, ",\"result\":", "end"),
        Answer::More(calls, bytes) => {
            number(out, ",\"result\":\"more\",\"calls\":", *calls);
            number(out, ",\"all_bytes\":", *bytes);
        }
        Answer::TimedOut => text(out, ",\"result\":", "timed out"),
        Answer::Refused(name, message) => {
            text(out, ",\"result\":", name);
            text(out, ",\"message\":", message);
        }
    }
}
