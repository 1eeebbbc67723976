//! A table of sockets: which port, who sits behind it, who can reach it. Columns give way by importance where the
//! terminal is narrow.
//! Not here: sentences, JSON and CSV (`sockets_text`), where sockets come from (`ports`), the order of rows (`cli`).

use std::borrow::Cow;
use std::net::SocketAddr;
use std::rc::Rc;

use unicode_width::UnicodeWidthStr;

use super::{Style, quantity, table, value};

/// A program that holds a socket.
#[derive(Debug, Clone, Default)]
pub struct Holder {
    /// Its short name as the system has it.
    pub name: Vec<u8>,
    /// Its number.
    pub pid: u32,
    /// Its command line, with spaces between the arguments.
    pub command: Vec<u8>,
    /// Its systemd unit.
    pub unit: Option<String>,
    /// Its container.
    pub container: Option<String>,
    /// For how many seconds it has been running.
    pub age: Option<u64>,
}

/// One end: an address with a port, or a path.
#[derive(Debug, Clone)]
pub enum End {
    /// Of TCP and UDP.
    Port(SocketAddr),
    /// Of a UNIX socket; may be empty.
    Path(Vec<u8>),
}

/// What runs down for a socket.
#[derive(Debug, Clone)]
pub struct Clock {
    /// What happens then: "send again".
    pub what: &'static str,
    /// Nanoseconds until then.
    pub rings_in: u64,
    /// How often it was tried in vain.
    pub repeats: u8,
    /// It says when the state is over: it stands beside the state.
    pub ends_state: bool,
}

/// What the kernel measures of a connection.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Way of not flooding the network.
    pub congestion: String,
    /// Nanoseconds: round trip, its variance, wait before sending again.
    pub times: [Option<u64>; 3],
    /// Congestion window in segments, largest segment in bytes, segments sent again.
    pub counts: [Option<u32>; 3],
    /// Bytes acknowledged and received.
    pub bytes: [Option<u64>; 2],
}

/// One socket, as words and numbers.
#[derive(Debug, Clone)]
pub struct Row {
    /// "TCP", "UDP", "UNIX".
    pub protocol: &'static str,
    /// "stream", "datagram" …, for UNIX sockets.
    pub kind: Option<&'static str>,
    /// Its own end.
    pub local: End,
    /// The other end.
    pub remote: Option<SocketAddr>,
    /// Who can call, or where the other end is.
    pub reach: Option<&'static str>,
    /// It answers IPv4 through an IPv6 address.
    pub answers_ipv4_too: bool,
    /// Its state's name.
    pub state: &'static str,
    /// What the state means, first sentence.
    pub meaning: &'static str,
    /// It waits for callers: queues count callers.
    pub listens: bool,
    /// What usually waits behind the port; whether the program confirms it.
    pub service: Option<(&'static str, bool)>,
    /// Who holds it.
    pub holders: Vec<Rc<Holder>>,
    /// What stands there where nobody is known: "?", "(kernel)".
    pub unheld: &'static str,
    /// Its user.
    pub user: Option<Rc<str>>,
    /// Its user's number.
    pub uid: Option<u32>,
    /// Waiting to be read, waiting to be acknowledged.
    pub queues: [u32; 2],
    /// Its clock.
    pub clock: Option<Clock>,
    /// What the kernel measures.
    pub measured: Option<Box<Measured>>,
    /// Its number in the kernel.
    pub inode: u64,
    /// The number of the only card that it uses; 0 for any.
    pub interface: u32,
}

/// Columns that a name of the system may take; the kernel keeps 15 bytes of a program's.
const NAME: usize = 15;
/// Columns that an address may take on a terminal of up to 120 columns; IPv4 always fits.
const ADDRESS: usize = 21;

/// A column: its head, whether it holds numbers, how important it is (0 always stays), whether only `--wide` has it.
struct Column {
    head: &'static str,
    right: bool,
    gives_way: u8,
    wide: bool,
    cell: for<'a> fn(&'a Row, Style) -> Cow<'a, str>,
}

/// The program behind a port is what the list is for: its name gives way, its number never.
const PROCESS: &str = "process (pid)";
/// Among sockets that all wait, the state says the same as the kind.
const STATE: &str = "state";

const fn column(head: &'static str, gives_way: u8, cell: for<'a> fn(&'a Row, Style) -> Cow<'a, str>) -> Column {
    Column { head, right: false, gives_way, wide: false, cell }
}

const fn wide(head: &'static str, gives_way: u8, cell: for<'a> fn(&'a Row, Style) -> Cow<'a, str>) -> Column {
    Column { head, right: false, gives_way, wide: true, cell }
}

const COLUMNS: &[Column] = &[
    column("kind", 0, |r, _| r.kind.unwrap_or(r.protocol).into()),
    column("local", 0, |r, s| end(&r.local, s)),
    column("remote", 0, |r, s| r.remote.map(|e| address(e, s)).unwrap_or_default().into()),
    column("reach", 1, |r, _| r.reach.unwrap_or_default().into()),
    column(STATE, 0, state),
    column("service", 2, |r, _| r.service.map_or("".into(), service)),
    column(PROCESS, 0, |r, s| holders(r, s, s.width)),
    column("user", 4, user),
    column("queues", 6, |r, _| queues(r).into()),
    column("age", 5, |r, s| r.holders.first().and_then(|h| h.age).map(|a| age(a, s)).unwrap_or_default().into()),
    wide("round trip", 7, |r, s| {
        r.measured.as_ref().and_then(|m| m.times[0]).map(|n| span(n, s)).unwrap_or_default().into()
    }),
    wide("congestion", 8, |r, s| r.measured.as_ref().map_or("".into(), |m| cut(m.congestion.as_bytes(), s, NAME))),
    wide("timer", 9, |r, s| timer(r, s).into()),
    wide("unit", 10, |r, s| first(r, s, |h| h.unit.as_deref())),
    wide("container", 11, |r, s| first(r, s, |h| h.container.as_deref().map(|id| id.get(..12).unwrap_or(id)))),
    Column {
        head: "inode",
        right: true,
        gives_way: 12,
        wide: true,
        cell: |r, _| if r.inode == 0 { "".into() } else { r.inode.to_string().into() },
    },
];

/// The heads of all columns.
pub fn heads() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|c| c.head)
}

/// An address with its port as people write it.
pub(super) fn socket_address(end: SocketAddr) -> String {
    let mut out = Vec::with_capacity(ADDRESS);
    super::line::endpoint(&mut out, end.ip(), Some(end.port()));
    String::from_utf8(out).unwrap_or_default() // digits, letters, dots, colons
}

/// As on the wire: `::ffff:192.0.2.1` is IPv4. The middle of a long one is left out.
fn address(end: SocketAddr, style: Style) -> String {
    let text = socket_address(SocketAddr::new(end.ip().to_canonical(), end.port()));
    if style.width > 120 || text.len() <= ADDRESS {
        return text;
    }
    // An address is ASCII.
    let port = text.rfind(']').map_or(0, |at| text.len() - at);
    let room = ADDRESS.saturating_sub(port + style.ellipsis().width());
    let head = room.div_ceil(2);
    format!("{}{}{}", &text[..head], style.ellipsis(), &text[text.len() - port - (room - head)..])
}

fn end(end: &End, style: Style) -> Cow<'_, str> {
    match end {
        End::Port(end) => address(*end, style).into(),
        End::Path(path) => cut(path, style, style.width.saturating_sub(44).max(NAME)),
    }
}

/// Text of the system, harmless and at most so many columns wide.
pub(super) fn cut(bytes: &[u8], style: Style, most: usize) -> Cow<'_, str> {
    if bytes.len() <= most
        && let Ok(text) = str::from_utf8(bytes)
        && bytes.iter().all(|b| matches!(b, b' '..=b'~'))
    {
        return text.into(); // nearly always
    }
    let mut out = Vec::new();
    value::text(&mut out, bytes.get(..4 * most).unwrap_or(bytes), style.charset);
    let text = String::from_utf8_lossy(&out).into_owned();
    if text.width() <= most {
        return text.into();
    }
    let room = most.saturating_sub(style.ellipsis().width());
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if kept.width() > room {
            kept.pop();
            break;
        }
    }
    (kept + style.ellipsis()).into()
}

fn service((name, confirmed): (&'static str, bool)) -> Cow<'static, str> {
    if confirmed { name.into() } else { format!("{name}?").into() }
}

fn holders(row: &Row, style: Style, room: usize) -> Cow<'_, str> {
    let Some(holder) = row.holders.first() else { return row.unheld.into() };
    let more = match row.holders.len() - 1 {
        0 => String::new(),
        n => format!(" +{n}"),
    };
    let number = format!(" ({}){more}", holder.pid);
    let name = cut(&holder.name, style, room.saturating_sub(number.len()).clamp(4, NAME));
    (name.into_owned() + &number).into()
}

fn user(row: &Row, style: Style) -> Cow<'_, str> {
    let number = || row.uid.map_or("".into(), |uid| uid.to_string().into());
    row.user.as_ref().map_or_else(number, |name| cut(name.as_bytes(), style, NAME))
}

/// Only what waits is worth a look, and how many may wait.
fn queues(row: &Row) -> String {
    match row.queues {
        [0, 0] => String::new(),
        [waiting, most] if row.listens => format!("{waiting} of {most}"),
        [receive, send] => format!("{receive} in, {send} out"),
    }
}

fn state(row: &Row, style: Style) -> Cow<'_, str> {
    match &row.clock {
        Some(clock) if clock.ends_state => format!("{} {}", row.state, span(rounded(clock.rings_in), style)).into(),
        _ => row.state.into(),
    }
}

fn timer(row: &Row, style: Style) -> String {
    let Some(clock) = &row.clock else { return String::new() };
    let again = if clock.repeats > 0 { format!(", {} in vain", clock.repeats) } else { String::new() };
    format!("{} in {}{again}", clock.what, span(rounded(clock.rings_in), style))
}

/// Nobody reads tenths of a second of a minute.
pub(super) fn rounded(nanos: u64) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    if nanos > SECOND { nanos.div_ceil(SECOND) * SECOND } else { nanos }
}

fn span(nanos: u64, style: Style) -> String {
    quantity::span(nanos, style.charset)
}

/// The largest unit alone: "3 min", "5 h".
pub(super) fn age(seconds: u64, style: Style) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => span(seconds.saturating_mul(1_000_000_000), style),
    }
}

fn first<'a>(row: &'a Row, style: Style, of: impl FnMut(&'a Holder) -> Option<&'a str>) -> Cow<'a, str> {
    row.holders.iter().map(|h| &**h).find_map(of).map_or("".into(), |text| cut(text.as_bytes(), style, NAME))
}

/// Appends the table; gives the heads of the columns for which the terminal is too narrow.
pub fn write(out: &mut Vec<u8>, style: Style, rows: &[&Row], all: bool) -> Vec<&'static str> {
    // A column without a word in it says nothing; between two of them stand two spaces.
    fn filled<'a>(head: &str, cells: Vec<Cow<'a, str>>) -> Option<(usize, Vec<Cow<'a, str>>)> {
        let widest = cells.iter().map(|c| if c.is_ascii() { c.len() } else { c.width() }).max().unwrap_or(0);
        (widest > 0).then(|| (widest.max(head.width()) + 2, cells))
    }
    let waiting = rows.iter().all(|r| r.listens || (r.remote.is_none() && r.kind.is_none() && r.clock.is_none()));
    let gives_way = |column: &Column| if waiting && column.head == STATE { 3 } else { column.gives_way };
    let mut candidates: Vec<_> = COLUMNS
        .iter()
        .enumerate()
        .filter(|(_, column)| (all || !column.wide) && column.head != PROCESS)
        .filter_map(|(at, column)| {
            let (width, cells) = filled(column.head, rows.iter().map(|row| (column.cell)(row, style)).collect())?;
            Some((gives_way(column), at, width, cells))
        })
        .collect();
    // The program has the room that the columns before it in importance leave.
    let fixed: usize = candidates.iter().filter(|c| c.0 == 0).map(|c| c.2).sum();
    let room = style.width.saturating_sub(fixed + 1);
    let process = COLUMNS.iter().position(|c| c.head == PROCESS).unwrap_or_default();
    if let Some((width, cells)) = filled(PROCESS, rows.iter().map(|row| holders(row, style, room)).collect()) {
        candidates.push((0, process, width, cells));
    }
    candidates.sort_by_key(|(importance, at, ..)| (*importance, *at));
    let (mut shown, mut left_out, mut used) = (Vec::new(), Vec::new(), 0);
    for (importance, at, width, cells) in candidates {
        if importance == 0 || used + width <= style.width + 1 {
            used += width;
            shown.push((at, cells));
        } else {
            left_out.push(COLUMNS[at].head);
        }
    }
    shown.sort_by_key(|(at, ..)| *at);
    let heads: Vec<&str> = shown.iter().map(|(at, ..)| COLUMNS[*at].head).collect();
    let right: Vec<usize> = (0..shown.len()).filter(|place| COLUMNS[shown[*place].0].right).collect();
    let mut lines: Vec<Vec<Cow<'_, str>>> = rows.iter().map(|_| Vec::with_capacity(shown.len())).collect();
    for (_, cells) in &mut shown {
        lines.iter_mut().zip(std::mem::take(cells)).for_each(|(line, cell)| line.push(cell));
    }
    table::dense(out, style, &heads, &right, &lines);
    left_out
}
