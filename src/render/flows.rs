//! A table of conversations: who talks to whom, what, how much, how long. Columns give way by importance
//! where the terminal is narrow.
//! Not here: which packets belong together (`flow`), in which order the rows come (`cli`).

use std::net::IpAddr;

use unicode_width::UnicodeWidthStr;

use super::value::{self, decimal, zero_padded};
use super::{Style, json, line, quantity, table};

/// One conversation, as numbers. Pairs are client's and server's.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number, to follow it.
    pub number: u64,
    /// Address and port of client and server.
    pub ends: [(IpAddr, u16); 2],
    /// The transport protocol's name.
    pub transport: &'static str,
    /// What is spoken, where it is known.
    pub application: Option<&'static str>,
    /// Packets sent.
    pub packets: [u64; 2],
    /// Bytes sent, with all headers.
    pub bytes: [u64; 2],
    /// Nanoseconds since 1970 of the first and the last packet.
    pub times: Option<(u64, u64)>,
    /// Nanoseconds that the handshake took.
    pub round_trip: Option<u64>,
    /// Segments sent again, where they are numbered.
    pub resent: Option<[u64; 2]>,
    /// How far it has come, in words.
    pub state: Option<&'static str>,
    /// What it is about, as it stood on the wire.
    pub title: Option<Vec<u8>>,
}

/// Columns that a title may take.
const TITLE: usize = 28;

/// A column: its head, whether it holds numbers, and how important it is (0 always stays).
struct Column {
    head: &'static str,
    right: bool,
    gives_way: u8,
    cell: fn(&Row, Style) -> String,
}

const COLUMNS: &[Column] = &[
    Column { head: "#", right: true, gives_way: 0, cell: |r, _| r.number.to_string() },
    Column { head: "client", right: false, gives_way: 0, cell: |r, _| end(r.ends[0]) },
    Column { head: "server", right: false, gives_way: 0, cell: |r, _| end(r.ends[1]) },
    Column { head: "speaks", right: false, gives_way: 0, cell: |r, _| r.application.unwrap_or(r.transport).into() },
    Column { head: "over", right: false, gives_way: 6, cell: |r, _| r.transport.into() },
    Column { head: "about", right: false, gives_way: 3, cell: |r, s| title(r, s, TITLE) },
    Column { head: "packets", right: true, gives_way: 1, cell: |r, _| pair(r.packets.map(|n| n.to_string())) },
    Column { head: "bytes", right: true, gives_way: 2, cell: |r, _| pair(r.bytes.map(quantity::bytes)) },
    Column { head: "lasted", right: true, gives_way: 5, cell: |r, s| lasted(r, s) },
    Column { head: "round trip", right: true, gives_way: 7, cell: |r, s| optional(r.round_trip, s) },
    Column { head: "resent", right: true, gives_way: 8, cell: |r, _| r.resent.map_or(String::new(), resent) },
    Column { head: "state", right: false, gives_way: 4, cell: |r, _| r.state.unwrap_or_default().into() },
];

fn end((address, port): (IpAddr, u16)) -> String {
    let mut out = Vec::new();
    line::endpoint(&mut out, address, Some(port));
    String::from_utf8_lossy(&out).into_owned()
}

fn title(row: &Row, style: Style, most: usize) -> String {
    let mut out = Vec::new();
    value::text(&mut out, row.title.as_deref().unwrap_or_default(), style.charset);
    let text = String::from_utf8_lossy(&out).into_owned();
    if text.width() <= most {
        return text;
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + 4 > most {
            break;
        }
        kept.push(c);
    }
    kept + style.ellipsis()
}

fn pair([client, server]: [String; 2]) -> String {
    format!("{client}/{server}")
}

fn lasted(row: &Row, style: Style) -> String {
    optional(row.times.map(|(first, last)| last.saturating_sub(first)), style)
}

fn optional(nanos: Option<u64>, style: Style) -> String {
    nanos.map_or(String::new(), |n| quantity::span(n, style.charset))
}

fn resent([client, server]: [u64; 2]) -> String {
    if client + server == 0 { "0".into() } else { format!("{client}/{server}") }
}

/// Appends the table; gives the heads of the columns for which the terminal is too narrow.
pub fn write(out: &mut Vec<u8>, style: Style, rows: &[Row]) -> Vec<&'static str> {
    // A column without a word in it says nothing.
    let cells: Vec<(usize, Vec<String>)> = (0..COLUMNS.len())
        .map(|at| (at, rows.iter().map(|row| (COLUMNS[at].cell)(row, style)).collect::<Vec<_>>()))
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
        .collect();
    let width = |(at, cells): &(usize, Vec<String>)| {
        cells.iter().map(|c| c.width()).max().unwrap_or(0).max(COLUMNS[*at].head.width()) + 2
    };
    // The most important ones that have room, in their order.
    let mut candidates: Vec<_> = cells.iter().map(|column| (column.0, width(column), &column.1)).collect();
    candidates.sort_by_key(|(at, ..)| COLUMNS[*at].gives_way);
    let (mut shown, mut left_out, mut used) = (Vec::new(), Vec::new(), 0);
    for column in candidates {
        if COLUMNS[column.0].gives_way == 0 || used + column.1 <= style.width + 1 {
            used += column.1;
            shown.push(column);
        } else {
            left_out.push(COLUMNS[column.0].head);
        }
    }
    shown.sort_by_key(|(at, ..)| *at);
    let heads: Vec<&str> = shown.iter().map(|(at, ..)| COLUMNS[*at].head).collect();
    let right: Vec<usize> = (0..shown.len()).filter(|place| COLUMNS[shown[*place].0].right).collect();
    let rows: Vec<Vec<String>> =
        (0..rows.len()).map(|row| shown.iter().map(|(.., cells)| cells[row].clone()).collect()).collect();
    table::aligned(out, style, &heads, &right, &rows);
    left_out
}

/// Appends one sentence a conversation.
pub fn describe(out: &mut Vec<u8>, style: Style, rows: &[Row]) {
    for row in rows {
        let speaks = match row.application {
            Some(name) => format!("{name} over {}", row.transport),
            None => row.transport.to_owned(),
        };
        let mut words = format!(
            "Conversation {}: {} from client {} to server {}",
            row.number,
            speaks,
            end(row.ends[0]),
            end(row.ends[1])
        );
        if row.title.is_some() {
            words += &format!(", about \"{}\"", title(row, style, 255));
        }
        words += &format!(
            ". The client sent {}, {}; the server sent {}, {}",
            quantity::counted(row.packets[0], "packet"),
            quantity::bytes(row.bytes[0]),
            quantity::counted(row.packets[1], "packet"),
            quantity::bytes(row.bytes[1])
        );
        if row.times.is_some() {
            words += &format!(". It lasted {}", lasted(row, style));
        }
        if row.round_trip.is_some() {
            words += &format!(", one round trip took {}", optional(row.round_trip, style));
        }
        match row.resent.map(|[client, server]| client + server) {
            Some(0) => words += ", nothing was sent again",
            Some(n) => words += &format!(", {} sent again", quantity::counted(n, "segment")),
            None => {}
        }
        if let Some(state) = row.state {
            words += &format!(". It is {state}");
        }
        out.extend_from_slice(words.as_bytes());
        out.extend_from_slice(b".\n");
    }
}

/// Appends one JSON object a conversation.
pub fn json(out: &mut Vec<u8>, rows: &[Row]) {
    for row in rows {
        out.extend_from_slice(b"{\"number\":");
        decimal(out, row.number);
        for (name, (address, port)) in ["client", "server"].into_iter().zip(row.ends) {
            out.extend_from_slice(format!(",\"{name}\":{{\"address\":\"{address}\",\"port\":{port}}}").as_bytes());
        }
        out.extend_from_slice(b",\"transport\":");
        json::string(out, row.transport.as_bytes());
        if let Some(name) = row.application {
            out.extend_from_slice(b",\"application\":");
            json::string(out, name.as_bytes());
        }
        if let Some(title) = &row.title {
            out.extend_from_slice(b",\"about\":");
            json::string(out, title);
        }
        for (name, [client, server]) in
            [("packets", Some(row.packets)), ("bytes", Some(row.bytes)), ("resent", row.resent)]
                .into_iter()
                .filter_map(|(name, pair)| Some((name, pair?)))
        {
            out.extend_from_slice(format!(",\"{name}\":{{\"client\":{client},\"server\":{server}}}").as_bytes());
        }
        if let Some((first, last)) = row.times {
            out.extend_from_slice(b",\"start\":\"");
            seconds(out, first);
            out.extend_from_slice(b"\",\"duration\":\"");
            seconds(out, last.saturating_sub(first));
            out.push(b'"');
        }
        if let Some(nanos) = row.round_trip {
            out.extend_from_slice(b",\"round_trip\":\"");
            seconds(out, nanos);
            out.push(b'"');
        }
        if let Some(state) = row.state {
            out.extend_from_slice(b",\"state\":");
            json::string(out, state.as_bytes());
        }
        out.extend_from_slice(b"}\n");
    }
}

/// Seconds with nine digits behind the point, as the packets' `timestamp`.
fn seconds(out: &mut Vec<u8>, nanos: u64) {
    decimal(out, nanos / 1_000_000_000);
    out.push(b'.');
    zero_padded(out, nanos % 1_000_000_000, 9);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Charset;

    fn row() -> Row {
        Row {
            number: 1,
            ends: [("192.0.2.1".parse().expect("an address"), 40_000), ("192.0.2.9".parse().expect("an address"), 80)],
            transport: "TCP",
            application: Some("HTTP"),
            packets: [6, 5],
            bytes: [600, 12_345],
            times: Some((1_000_000_000, 1_001_600_000)),
            round_trip: Some(400_000),
            resent: Some([1, 0]),
            state: Some("closed"),
            title: Some(b"example\x1b[2J.com".to_vec()),
        }
    }

    fn style(width: usize) -> Style {
        Style { width, color: false, charset: Charset::Unicode, explain: false }
    }

    #[test]
    fn columns_give_way_until_the_table_fits() {
        for width in [40, 60, 80, 100, 120, 160] {
            let mut out = Vec::new();
            let left_out = write(&mut out, style(width), &[row()]);
            let text = String::from_utf8(out).expect("UTF-8");
            assert!(text.lines().all(|l| l.width() <= width), "{width}:\n{text}");
            assert_eq!(left_out.is_empty(), width == 160, "{width}:\n{text}");
        }
    }

    #[test]
    fn a_name_from_the_wire_cannot_steer_the_terminal() {
        let mut out = Vec::new();
        write(&mut out, style(160), &[row()]);
        describe(&mut out, style(160), &[row()]);
        json(&mut out, &[row()]);
        assert!(!out.contains(&0x1b));
    }

    #[test]
    fn a_sentence_says_what_the_table_says() {
        let mut out = Vec::new();
        describe(&mut out, style(80), &[Row { title: None, ..row() }]);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "Conversation 1: HTTP over TCP from client 192.0.2.1:40000 to server 192.0.2.9:80. The client sent 6 \
             packets, 600 B; the server sent 5 packets, 12 kB. It lasted 1.6 ms, one round trip took 400 µs, 1 \
             segment sent again. It is closed.\n"
        );
    }
}
