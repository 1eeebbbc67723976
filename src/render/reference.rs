//! The pages of `layercake explain` and the list of `layercake fields`.

use super::value::{decimal, hex};
use super::{Style, wrap};
use crate::dissect::{Claim, Field, Level, Name, Protocol, Show};

/// Columns before the text of a page.
const INDENT: usize = 2;

/// What a protocol is for, by what it is recognised, and its fields.
pub fn protocol(out: &mut Vec<u8>, style: Style, protocol: &Protocol) {
    title(out, style, protocol, protocol.name, protocol.key);
    wrap::wrap(out, protocol.explain, INDENT, &style);
    let mut facts = format!("Layer {}, {}. {}", protocol.level.number(), protocol.level.name(), protocol.spec);
    for claim in protocol.claims {
        match claim {
            Claim::Link(n) => facts += &format!(" · link type {n}"),
            Claim::EtherType(n) => facts += &format!(" · EtherType 0x{n:04x}"),
            Claim::IpProto(n) => facts += &format!(" · IP protocol {n}"),
            Claim::TcpPort(n) => facts += &format!(" · TCP port {n}"),
            Claim::UdpPort(n) => facts += &format!(" · UDP port {n}"),
            Claim::TcpLooks(_) | Claim::UdpLooks(_) => facts += " · recognised by its content",
        }
    }
    out.push(b'\n');
    wrap::wrap(out, &facts, INDENT, &style);
    out.push(b'\n');
    for field in protocol.fields {
        entry(out, style, protocol, field);
    }
}

/// What a field is for, where it is specified, and its named values.
pub fn field(out: &mut Vec<u8>, style: Style, protocol: &Protocol, field: &Field) {
    title(out, style, protocol, field.name, &format!("{}.{}", protocol.key, field.key));
    wrap::wrap(out, field.explain, INDENT, &style);
    out.push(b'\n');
    wrap::wrap(
        out,
        &format!("In {}, layer {}. {}.", protocol.name, protocol.level.number(), field.spec),
        INDENT,
        &style,
    );
    if let Show::Names(names) | Show::Flags(names) = field.show {
        out.push(b'\n');
        for name in names {
            named(out, style, field, name);
        }
    }
}

/// What one value or flag of a field means.
pub fn value(out: &mut Vec<u8>, style: Style, protocol: &Protocol, field: &Field, name: &Name) {
    let flags = matches!(field.show, Show::Flags(_));
    title(out, style, protocol, name.name, &format!("{}.{}", protocol.key, field.key));
    if !name.explain.is_empty() {
        wrap::wrap(out, name.explain, INDENT, &style);
        out.push(b'\n');
    }
    let mut number = Vec::new();
    hex(&mut number, name.value, 2);
    let number = if flags { String::from_utf8_lossy(&number).into_owned() } else { name.value.to_string() };
    let kind = if flags { "a flag" } else { "a value" };
    wrap::wrap(
        out,
        &format!("{number}, {kind} of \"{}\" in {}: {} {}.", field.name, protocol.name, field.explain, field.spec),
        INDENT,
        &style,
    );
}

/// What usually waits behind a port.
pub struct Service {
    /// "TCP", "UDP" or both.
    pub over: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Who speaks there.
    pub explain: &'static str,
    /// Who gave the name.
    pub by: &'static str,
}

/// What a port's number hints at.
pub fn port(out: &mut Vec<u8>, style: Style, port: u16, realm: &str, services: &[Service]) {
    style.begin(out, Level::Transport);
    out.extend_from_slice(format!("4 port {port}").as_bytes());
    style.end(out);
    out.push(b'\n');
    for service in services {
        let Service { over, name, explain, by } = service;
        wrap::wrap(out, &format!("{name} over {over} ({by}): {explain}"), INDENT, &style);
    }
    if services.is_empty() {
        wrap::wrap(out, "No name is known for it.", INDENT, &style);
    }
    out.push(b'\n');
    let guess = "A name is a guess by number: any program may take any free port.";
    wrap::wrap(
        out,
        &format!("It is {realm}. {guess} `layercake ports why {port}` says who has it on this machine."),
        INDENT,
        &style,
    );
}

/// All keys of these protocols with the name of each.
pub fn fields_list(out: &mut Vec<u8>, style: Style, protocols: &[&'static Protocol]) {
    for (number, protocol) in protocols.iter().enumerate() {
        if number > 0 {
            out.push(b'\n');
        }
        title(out, style, protocol, protocol.name, protocol.key);
        for field in protocol.fields {
            entry(out, style, protocol, field);
        }
    }
}

/// `4 TCP · tcp`
fn title(out: &mut Vec<u8>, style: Style, protocol: &Protocol, name: &str, key: &str) {
    style.begin(out, protocol.level);
    decimal(out, u64::from(protocol.level.number()));
    out.push(b' ');
    put(out, style, name);
    style.end(out);
    out.push(b' ');
    out.extend_from_slice(style.dot().as_bytes());
    out.push(b' ');
    out.extend_from_slice(key.as_bytes());
    out.push(b'\n');
}

/// One line of a list: key and name.
fn entry(out: &mut Vec<u8>, style: Style, protocol: &Protocol, field: &Field) {
    let start = out.len();
    out.extend_from_slice(b"  ");
    out.extend_from_slice(protocol.key.as_bytes());
    out.push(b'.');
    out.extend_from_slice(field.key.as_bytes());
    let width = out.len() - start;
    out.resize(out.len() + 36usize.saturating_sub(width).max(2), b' ');
    put(out, style, field.name);
    out.push(b'\n');
}

/// A named value with its meaning beside it.
fn named(out: &mut Vec<u8>, style: Style, field: &Field, name: &Name) {
    let mut lead = Vec::new();
    match field.show {
        Show::Flags(_) => hex(&mut lead, name.value, if name.value > 0xff { 4 } else { 2 }),
        _ => decimal(&mut lead, name.value),
    }
    let lead = String::from_utf8_lossy(&lead).into_owned();
    let text = if name.explain.is_empty() { name.name.to_owned() } else { format!("{}: {}", name.name, name.explain) };
    let start = out.len();
    wrap::wrap(out, &text, 12, &style);
    // The number stands in the indent of the first line.
    let lead = format!("{lead:>10}");
    out[start..start + 10].copy_from_slice(&lead.as_bytes()[lead.len() - 10..]);
}

/// A name with its meaning beside it, over several lines where it has to be.
pub fn line(out: &mut Vec<u8>, style: Style, name: &str, text: &str) {
    const COLUMN: usize = 18;
    let start = out.len();
    wrap::wrap(out, text, COLUMN, &style);
    // The name stands in the indent of the first line, which is spaces only.
    let name = name.as_bytes();
    let length = name.len().min(COLUMN - 3);
    out[start + 2..start + 2 + length].copy_from_slice(&name[..length]);
}

fn put(out: &mut Vec<u8>, style: Style, text: &str) {
    let plain = wrap::spell(text);
    out.extend_from_slice(style.pick(text, plain.as_str()).as_bytes());
}
