//! One line a packet: when, who to whom, what. Made for speed: no allocation after warm-up.

use std::net::IpAddr;

use super::cake::clean;
use super::line_cut::cut;
use super::value::{self, byte, decimal, zero_padded};
use super::{Charset, Renderer, Style, View};
use crate::dissect::{By, DATA, GistForm, Layer, Level, Node, PART, Protocol, Show, Value};

/// Columns that endpoints get at first; wider ones move the column for all that follow.
const ENDPOINTS: usize = 37;
/// Beyond that a wide one stands alone and the column stays.
const WIDEST: usize = 60;
/// Bytes of one text that a line shows.
const TEXT: usize = 48;

/// Writes summary lines.
pub struct Line {
    style: Style,
    limit: Option<usize>,
    first: Option<u64>,
    column: usize,
    scratch: Vec<u8>,
    /// Places of the nodes that are not hushed: few of many.
    loud: Vec<u32>,
}

/// What a line says of a packet, column by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Seconds since the first packet; empty where the capture has no times.
    pub time: String,
    /// Who to whom.
    pub ends: String,
    /// What.
    pub saying: String,
    /// The layer that speaks for it.
    pub level: Level,
    /// Whether something is remarked in it.
    pub warns: bool,
}

/// What a packet says aloud: its nodes that are not hushed.
#[derive(Clone, Copy)]
struct Loud<'a> {
    view: View<'a>,
    places: &'a [u32],
}

impl<'a> Loud<'a> {
    fn of(self, layer: usize) -> impl Iterator<Item = &'a Node> {
        let nodes = self.places.iter().filter_map(move |at| self.view.tape.nodes.get(*at as usize));
        nodes.filter(move |n| usize::from(n.layer) == layer)
    }

    /// Notes the places of a packet's nodes in a used vector.
    fn places(view: View<'_>, places: &mut Vec<u32>) {
        places.clear();
        places.extend((0..).zip(&view.tape.nodes).filter(|(_, n)| !n.hushed).map(|(at, _)| at));
    }
}

impl Line {
    /// Lines are cut at `limit` columns, if there is one.
    pub fn new(style: Style, limit: Option<usize>) -> Self {
        Line { style, limit, first: None, column: ENDPOINTS, scratch: Vec::new(), loud: Vec::new() }
    }

    /// Times count from this one, in nanoseconds since 1970, whichever packet comes first.
    #[must_use]
    pub fn since(self, first: Option<u64>) -> Self {
        Line { first, ..self }
    }

    /// The same as the line says, for somebody who puts it into columns of their own.
    pub fn columns(&mut self, view: View<'_>) -> Columns {
        let text = |out: &mut Vec<u8>| String::from_utf8_lossy(&std::mem::take(out)).trim().to_owned();
        let mut out = Vec::new();
        self.time(&mut out, view.packet.time);
        let time = text(&mut out);
        self.endpoints(&mut out, view);
        let ends = text(&mut out);
        self.saying(&mut out, view);
        let saying = text(&mut out);
        let speaker = Self::speaker(Loud { view, places: &self.loud });
        let level = speaker.map_or(Level::Physical, |(_, layer)| layer.protocol.level);
        let warns = saying.contains(" ! ");
        Columns { time, ends, saying, level, warns }
    }

    fn write(&mut self, out: &mut Vec<u8>, view: View<'_>) {
        let start = out.len();
        decimal(out, view.packet.number);
        pad_left(out, start, 5);
        out.extend_from_slice(b"  ");
        self.time(out, view.packet.time);
        out.extend_from_slice(b"  ");

        let start = out.len();
        let wide = self.endpoints(out, view);
        let width = out.len() - start - wide;
        if width <= WIDEST {
            self.column = self.column.max(width);
        }
        out.resize(out.len() + self.column.saturating_sub(width), b' ');
        out.extend_from_slice(b"  ");
        Loud::places(view, &mut self.loud);
        self.summary(out, Loud { view, places: &self.loud });
    }

    /// Seconds since the first packet, with microseconds.
    fn time(&mut self, out: &mut Vec<u8>, time: Option<u64>) {
        let start = out.len();
        if let Some(time) = time {
            let first = *self.first.get_or_insert(time);
            if time < first {
                out.push(b'-');
            }
            let micros = time.abs_diff(first) / 1000;
            decimal(out, micros / 1_000_000);
            out.push(b'.');
            zero_padded(out, micros % 1_000_000, 6);
        }
        pad_left(out, start, 10);
    }

    /// Appends "from → to"; gives the bytes by which it is longer than its columns.
    fn endpoints(&self, out: &mut Vec<u8>, view: View<'_>) -> usize {
        let facts = &view.tape.facts;
        let arrow = self.style.arrow();
        let between = |out: &mut Vec<u8>| {
            out.push(b' ');
            out.extend_from_slice(arrow.as_bytes());
            out.push(b' ');
        };
        if let Some((from, to)) = facts.addresses {
            let ports = facts.ports;
            endpoint(out, from, ports.map(|p| p.0));
            between(out);
            endpoint(out, to, ports.map(|p| p.1));
        } else if let Some((from, to)) = facts.macs {
            value::mac(out, &from);
            between(out);
            value::mac(out, &to);
        } else {
            return 0;
        }
        arrow.len() - arrow.chars().count()
    }

    fn summary(&self, out: &mut Vec<u8>, loud: Loud<'_>) {
        let view = loud.view;
        let layers = &view.tape.layers;
        let Some((place, top)) = Self::speaker(loud) else { return };
        self.ahead(out, loud, top.protocol);
        self.style.begin(out, top.protocol.level);
        out.extend_from_slice(top.protocol.name.as_bytes());
        self.style.end(out);
        if top.by == By::Port {
            out.extend_from_slice(b" (by port)");
        }
        let shown = |l: &Layer| std::ptr::eq(l.protocol, top.protocol) && !l.quoted;
        let begun = out.len();
        for (number, layer) in layers.iter().enumerate() {
            if shown(layer) {
                if out.len() > begun {
                    out.extend_from_slice(b" |");
                }
                let first = |n: &&Node| n.field.gist_form == GistForm::First;
                loud.of(number).filter(first).for_each(|node| self.gist(out, view, node));
                loud.of(number).filter(|n| !first(n)).for_each(|node| self.gist(out, view, node));
            }
        }
        for (number, layer) in layers.iter().enumerate() {
            if !shown(layer) && !layer.quoted {
                self.remarks(out, loud, number, layer.behind);
                if number > place && is_part(layer) && !is_mute(loud, number, layer) {
                    out.extend_from_slice(b" | part");
                    loud.of(number).for_each(|node| self.gist(out, view, node));
                }
            }
            // A quotation is a beginning by nature.
            if layer.cut && !layer.quoted {
                out.extend_from_slice(b" (cut short)");
            }
        }
        let unread = layers
            .iter()
            .filter(|l| std::ptr::eq(l.protocol, &raw const DATA) && !l.quoted)
            .map(|l| l.at.len())
            .sum::<usize>();
        if unread > 0 && top.protocol.level != Level::Transport {
            out.extend_from_slice(b" +");
            value::counted(out, unread as u64, "bytes");
        }
    }

    /// What the packet says, without its time and its ends.
    pub(super) fn saying(&mut self, out: &mut Vec<u8>, view: View<'_>) {
        Loud::places(view, &mut self.loud);
        self.summary(out, Loud { view, places: &self.loud });
    }

    /// What the packet says, in pieces: the name of the layer that speaks for it, then one piece a field.
    /// Remarks are left out: they are told apart.
    pub(super) fn pieces(&mut self, view: View<'_>) -> Option<(Level, Vec<String>)> {
        Loud::places(view, &mut self.loud);
        let (_, top) = Self::speaker(Loud { view, places: &self.loud })?;
        Some((top.protocol.level, self.pieces_of(view, top.protocol)))
    }

    /// What the layers of one protocol say.
    pub(super) fn pieces_of(&mut self, view: View<'_>, protocol: &'static Protocol) -> Vec<String> {
        let layers = &view.tape.layers;
        let mut pieces = vec![protocol.name.to_owned()];
        let mut piece = Vec::new();
        for (number, layer) in layers.iter().enumerate() {
            if !std::ptr::eq(layer.protocol, protocol) || layer.quoted {
                continue;
            }
            let before = pieces.len();
            let nodes = view.tape.nodes_of(number);
            let first = |n: &&Node| n.field.gist_form == GistForm::First;
            for node in nodes.iter().filter(first).chain(nodes.iter().filter(|n| !first(n))) {
                if matches!(node.field.show, Show::Nothing) {
                    continue;
                }
                piece.clear();
                self.gist(&mut piece, view, node);
                match piece.strip_prefix(b" ") {
                    Some(new) => pieces.push(String::from_utf8_lossy(new).into_owned()),
                    None if piece.is_empty() => {}
                    // A range: `seq 1..5` is one piece.
                    None => {
                        if let Some(last) = pieces.last_mut() {
                            last.push_str(&String::from_utf8_lossy(&piece));
                        }
                    }
                }
            }
            // A layer that says nothing of itself, such as one whose content was decrypted, needs no bar.
            if before > 1 && pieces.len() > before {
                pieces.insert(before, "|".to_owned());
            }
        }
        pieces
    }

    /// The layer that speaks for the packet, and its number: the innermost that somebody reads. A message speaks
    /// before the part of another one that follows it.
    fn speaker(loud: Loud<'_>) -> Option<(usize, &Layer)> {
        let layers = &loud.view.tape.layers;
        let speaks = |(number, l): &(usize, &Layer)| {
            !l.quoted && !l.behind && !std::ptr::eq(l.protocol, &raw const DATA) && !is_mute(loud, *number, l)
        };
        let whole = |(_, l): &(usize, &Layer)| l.protocol.level == Level::Application && !is_part(l);
        let speakers = || layers.iter().enumerate().rev().filter(speaks);
        // A packet beside it that could not be opened says less than what came out of the one that could.
        let carrier = |(number, _): &(usize, &Layer)| loud.of(*number).any(ahead);
        let last = speakers().find(whole);
        let inside = || speakers().take_while(|s| whole(s) || is_part(s.1)).find(|s| whole(s) && !carrier(s));
        last.filter(|s| !carrier(s))
            .or_else(inside)
            .or(last)
            .or_else(|| speakers().next())
            .or(layers.first().map(|l| (0, l)))
    }

    /// How what `speaker` says came: "QUIC Initial: ".
    fn ahead(&self, out: &mut Vec<u8>, loud: Loud<'_>, speaker: &'static Protocol) {
        let mut last: Option<(&Protocol, Value)> = None;
        for (number, layer) in loud.view.tape.layers.iter().enumerate() {
            if layer.quoted || std::ptr::eq(layer.protocol, speaker) {
                continue;
            }
            for node in loud.of(number).filter(|n| ahead(n)) {
                match last {
                    Some((protocol, value)) if std::ptr::eq(protocol, layer.protocol) && value == node.value => {
                        continue;
                    }
                    Some((protocol, _)) if std::ptr::eq(protocol, layer.protocol) => out.push(b','),
                    _ => {
                        self.style.begin(out, layer.protocol.level);
                        out.extend_from_slice(layer.protocol.name.as_bytes());
                        self.style.end(out);
                    }
                }
                self.gist(out, loud.view, node);
                last = Some((layer.protocol, node.value));
            }
        }
        if last.is_some() {
            out.extend_from_slice(b": ");
        }
    }

    /// What other layers have to remark: a wrong checksum, a comment in the file, a VLAN.
    fn remarks(&self, out: &mut Vec<u8>, loud: Loud<'_>, number: usize, behind: bool) {
        for node in loud.of(number) {
            // A group says what its bytes are; it warns of nothing.
            let remark = matches!((node.field.show, node.value), (Show::Nothing, Value::Number(_)));
            if remark && node.field.gist.is_some() {
                out.push(b' ');
                self.style.warn(out);
                out.extend_from_slice(b"! ");
                out.extend_from_slice(node.field.gist.unwrap_or_default().as_bytes());
                self.style.end(out);
            } else if node.field.gist_form == GistForm::Aside || behind {
                self.gist(out, loud.view, node);
            }
        }
    }

    /// Appends one field of the summary. Our own words and units may have arrows and µ: they are spelled where only
    /// ASCII is wanted.
    fn gist(&self, out: &mut Vec<u8>, view: View<'_>, node: &Node) {
        let start = out.len();
        self.gist_as_written(out, view, node);
        if self.style.charset == Charset::Ascii && !out[start..].is_ascii() {
            let spelled = clean(&String::from_utf8_lossy(&out[start..]), Charset::Ascii);
            out.truncate(start);
            out.extend_from_slice(spelled.as_bytes());
        }
    }

    /// Appends one field of the summary: its prefix and its value in the shortest form.
    fn gist_as_written(&self, out: &mut Vec<u8>, view: View<'_>, node: &Node) {
        let Some(prefix) = node.field.gist.filter(|_| !node.hushed) else { return };
        let form = node.field.gist_form;
        if form == GistForm::NonZero && is_zero(view, node) {
            return;
        }
        if !prefix.starts_with("..") {
            out.push(b' ');
        }
        match (node.value, node.field.show) {
            (Value::Number(_), Show::Nothing) => {
                self.style.warn(out);
                out.extend_from_slice(b"! ");
                out.extend_from_slice(prefix.as_bytes());
                self.style.end(out);
                return;
            }
            _ => out.extend_from_slice(prefix.as_bytes()),
        }
        if form == GistForm::Ahead && matches!(node.field.show, Show::Bytes) {
            return; // the layer that reads them says what they are
        }
        if form == GistForm::Quoted {
            out.push(b'"');
        }
        match (node.value, node.field.show) {
            (Value::Number(number), Show::Names(_)) if form == GistForm::Numbered => {
                decimal(out, number);
                if let Some(name) = node.field.named(number) {
                    out.push(b' ');
                    out.extend_from_slice(name.name.as_bytes());
                }
            }
            (Value::Number(number), Show::Names(names)) => match names.iter().find(|n| n.value == number) {
                Some(name) => out.extend_from_slice(name.name.as_bytes()),
                None => decimal(out, number),
            },
            (Value::Number(number), Show::Flags(flags)) => {
                out.push(b'[');
                value::flags(out, number, flags);
                out.push(b']');
            }
            (Value::Number(number), Show::Unit(_)) if !prefix.is_empty() && form != GistForm::Counted => {
                decimal(out, number);
            }
            (Value::Wire | Value::Made(_), Show::Text) => {
                let bytes = view.tape.bytes_of(node, view.packet.bytes);
                let cut = floor_boundary(bytes, TEXT);
                value::text(out, &bytes[..cut], self.style.charset);
                if cut < bytes.len() {
                    out.extend_from_slice(self.style.ellipsis().as_bytes());
                }
            }
            (Value::Wire | Value::Made(_), Show::Bytes) => {
                let bytes = view.tape.bytes_of(node, view.packet.bytes);
                bytes.iter().take(8).for_each(|b| byte(out, *b));
            }
            _ => value::value(out, &view, node, self.style.charset),
        }
        if form == GistForm::Quoted {
            out.push(b'"');
        }
    }
}

/// Whether a field goes in front of whatever another layer says.
fn ahead(node: &Node) -> bool {
    node.field.gist_form == GistForm::Ahead
}

impl Renderer for Line {
    fn packet(&mut self, view: View<'_>, out: &mut Vec<u8>) {
        let Some(limit) = self.limit else {
            self.write(out, view);
            out.push(b'\n');
            return;
        };
        let mut line = std::mem::take(&mut self.scratch);
        line.clear();
        self.write(&mut line, view);
        cut(out, &line, limit, &self.style);
        out.push(b'\n');
        self.scratch = line;
    }
}

/// A part of something unknown has only remarks: its segment says more.
fn is_mute(loud: Loud<'_>, number: usize, layer: &Layer) -> bool {
    let says = |node: &Node| !matches!(node.field.show, Show::Nothing);
    is_part(layer) && !loud.of(number).any(says)
}

fn is_part(layer: &Layer) -> bool {
    std::ptr::eq(layer.protocol, &raw const PART)
}

/// A number 0, or an address of zeros only, which stands for none.
fn is_zero(view: View<'_>, node: &Node) -> bool {
    match node.value {
        Value::Number(number) => number == 0,
        _ => view.tape.bytes_of(node, view.packet.bytes).iter().all(|b| *b == 0),
    }
}

pub(super) fn endpoint(out: &mut Vec<u8>, address: IpAddr, port: Option<u16>) {
    match (address, port) {
        (IpAddr::V4(a), _) => value::ip(out, &a.octets()),
        (IpAddr::V6(a), None) => value::ip(out, &a.octets()),
        (IpAddr::V6(a), Some(_)) => {
            out.push(b'[');
            value::ip(out, &a.octets());
            out.push(b']');
        }
    }
    if let Some(port) = port {
        out.push(b':');
        decimal(out, u64::from(port));
    }
}

/// Moves what was appended since `start` to the right, to end `width` columns further.
fn pad_left(out: &mut Vec<u8>, start: usize, width: usize) {
    let length = out.len() - start;
    if length < width {
        out.resize(start + width, b' ');
        out.copy_within(start..start + length, start + width - length);
        out[start..start + width - length].fill(b' ');
    }
}

/// The longest prefix of at most `most` bytes that does not cut a UTF-8 character.
fn floor_boundary(bytes: &[u8], most: usize) -> usize {
    if bytes.len() <= most {
        return bytes.len();
    }
    let is_start = |at: &usize| bytes[*at] & 0xc0 != 0x80;
    (most.saturating_sub(3)..=most).rev().find(is_start).unwrap_or(most)
}
