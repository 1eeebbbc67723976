//! What pages that look on are told: handshakes and frames as JSON, over a WebSocket of their own. A page sees what its own
//! connection says; of others only that they speak, unless all may be shown. Who is slow misses something, and is told so.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustc_hash::FxHashMap;
use tokio::sync::mpsc::Sender;

use super::eye::{Handshake, What};
use super::session::Outgoing;
use crate::websocket::client::Frame;

/// Lookers-on at a time.
pub(super) const MOST: usize = 32;
/// Bytes of a payload that are told.
pub(super) const SHOWN: usize = 512;
/// Characters of a line of a head.
const LINE: usize = 2000;

/// A page that looks on.
pub(super) struct Viewer {
    /// The number of its page.
    pub(super) page: u64,
    /// It may see what others say.
    pub(super) all: bool,
    pub(super) sender: Sender<Outgoing>,
    /// What found no room since it was last told.
    pub(super) missed: u64,
}

/// All of them, and which page a connection belongs to.
#[derive(Default)]
pub(super) struct Viewers(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    viewers: Vec<Viewer>,
    pages: FxHashMap<u64, u64>,
}

impl Viewers {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there was room for one more.
    pub(super) fn add(&self, viewer: Viewer) -> bool {
        let viewers = &mut self.inner().viewers;
        viewers.retain(|viewer| !viewer.sender.is_closed());
        let room = viewers.len() < MOST;
        if room {
            viewers.push(viewer);
        }
        room
    }

    /// This connection was opened by the page with this number.
    pub(super) fn belongs(&self, connection: u64, page: u64) {
        self.inner().pages.insert(connection, page);
    }

    pub(super) fn forget(&self, connection: u64) {
        let inner = &mut *self.inner();
        if let Some(page) = inner.pages.remove(&connection) {
            for viewer in inner.viewers.iter_mut().filter(|viewer| viewer.page == page) {
                viewer.tell(format!("{{\"t\":\"gone\",\"n\":{connection}}}"));
            }
        }
    }

    /// Tells what happened to whoever may know it.
    pub(super) fn tell(&self, connection: u64, at: Duration, what: &What) {
        let inner = &mut *self.inner();
        if inner.viewers.is_empty() {
            return;
        }
        inner.viewers.retain(|viewer| !viewer.sender.is_closed());
        let page = inner.pages.get(&connection).copied();
        let (mut whole, mut less) = (None, None);
        for viewer in &mut inner.viewers {
            let own = page == Some(viewer.page);
            let text = if own || viewer.all { &mut whole } else { &mut less };
            let open = own || viewer.all;
            let text = text.get_or_insert_with(|| json(connection, at, what, open));
            if let Some(text) = text {
                viewer.tell(text.replace("\"own\":null", if own { "\"own\":true" } else { "\"own\":false" }));
            }
        }
    }
}

impl Viewer {
    fn tell(&mut self, text: String) {
        if self.missed > 0 {
            let missed = Outgoing::Text(format!("{{\"t\":\"missed\",\"count\":{}}}", self.missed));
            if self.sender.try_send(missed).is_err() {
                self.missed += 1;
                return;
            }
            self.missed = 0;
        }
        if self.sender.try_send(Outgoing::Text(text)).is_err() {
            self.missed += 1;
        }
    }
}

/// `None` for what pages are not told.
fn json(connection: u64, at: Duration, what: &What, open: bool) -> Option<String> {
    let start =
        |kind| format!("{{\"t\":\"{kind}\",\"n\":{connection},\"own\":null,\"at\":{:.3}", at.as_secs_f64() * 1e3);
    Some(match what {
        What::Opened(_) if !open => start("open") + "}",
        What::Opened(handshake) => start("open") + &opened(handshake) + "}",
        What::Frame(frame) => start("frame") + &framed(frame, open) + "}",
        What::NoFrame(from_client) => format!("{},\"up\":{from_client}}}", start("noframe")),
        What::Ended(end) => format!("{},\"why\":{}}}", start("end"), quoted(&end.to_string())),
        What::Asked { .. } | What::Limit(_) => return None,
    })
}

fn opened(handshake: &Handshake) -> String {
    let list = |lines: &[String]| lines.iter().map(|line| quoted(line)).collect::<Vec<_>>().join(",");
    format!(
        ",\"request\":[{}],\"answer\":[{}],\"key\":{},\"sha1\":\"{}\",\"accept\":{}",
        list(&handshake.request),
        list(&handshake.answer),
        quoted(&handshake.key),
        hex(&handshake.digest),
        quoted(&handshake.accept)
    )
}

fn framed(frame: &Frame, open: bool) -> String {
    // The key would give others' words away together with what a capture shows: it goes with the payload.
    let head = if open { &frame.head[..] } else { &frame.head[..frame.head.len() - frame.mask.map_or(0, |_| 4)] };
    let payload =
        if open { format!("\"{}\"", hex(&frame.payload[..frame.payload.len().min(SHOWN)])) } else { "null".into() };
    format!(",\"up\":{},\"head\":\"{}\",\"length\":{},\"plain\":{payload}", frame.from_client, hex(head), frame.length)
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// A JSON string (RFC 8259 §7).
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars().take(LINE) {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' | '\x7f' => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::client::frames::Frames;

    fn hello() -> What {
        let bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        What::Frame(Frames::new(true).take(&bytes).remove(0))
    }

    #[test]
    fn a_page_sees_what_its_own_connection_says_and_of_others_only_the_heads() {
        let viewers = Viewers::default();
        let (sender, mut told) = tokio::sync::mpsc::channel(8);
        assert!(viewers.add(Viewer { page: 7, all: false, sender, missed: 0 }));
        viewers.belongs(3, 7);
        viewers.tell(3, Duration::ZERO, &hello());
        viewers.tell(4, Duration::ZERO, &hello());
        let mut next = || match told.try_recv() {
            Ok(Outgoing::Text(text)) => serde_json::from_str::<serde_json::Value>(&text).expect("JSON"),
            other => panic!("{other:?}"),
        };
        let (own, other) = (next(), next());
        assert_eq!(
            (&own["own"], &own["plain"], &own["head"]),
            (&true.into(), &"48656c6c6f".into(), &"818537fa213d".into())
        );
        assert_eq!((&other["plain"], &other["head"], &other["length"]), (&().into(), &"8185".into(), &5.into()));
    }

    #[test]
    fn who_is_slow_is_told_how_much_was_missed() {
        let viewers = Viewers::default();
        let (sender, mut told) = tokio::sync::mpsc::channel(2);
        viewers.add(Viewer { page: 1, all: true, sender, missed: 0 });
        (0..5).for_each(|_| viewers.tell(3, Duration::ZERO, &hello()));
        (0..2).for_each(|_| assert!(told.try_recv().is_ok()));
        viewers.tell(3, Duration::ZERO, &hello());
        assert!(matches!(told.try_recv(), Ok(Outgoing::Text(text)) if text.contains("\"count\":3")));
    }

    #[test]
    fn a_string_is_json_whatever_is_in_it() {
        let text = "a\"\\\x1b\n\u{2028}é";
        assert_eq!(serde_json::from_str::<String>(&quoted(text)).expect("JSON"), text);
    }
}
