//! Keys and mouse: what somebody wants who presses them.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::render::tui::Pane;

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// So many rows down, or up.
    By(isize),
    /// So many screens down, or up.
    Screens(isize),
    /// To the beginning, to the end.
    First,
    Last,
    /// Open or inwards; close or outwards.
    In,
    Out,
    /// Open or close.
    Toggle,
    /// All layers open, or closed.
    All(bool),
    /// The next packet, or the one before, whichever part is chosen.
    Packet(isize),
    Part(isize),
    Filter,
    Search,
    Find(bool),
    Go,
    Export,
    Conversation,
    Mark,
    NextMark,
    Ladder,
    Flows,
    Statistics,
    Copy,
    Pause,
    Help,
    /// One step back: a page, a filter.
    Back,
    Redraw,
    Quit,
}

/// What this key stands for.
pub(super) fn wish(key: KeyEvent) -> Option<Wish> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return Some(match key.code {
            KeyCode::Char('c') => Wish::Quit,
            KeyCode::Char('d' | 'f') => Wish::Screens(1),
            KeyCode::Char('u' | 'b') => Wish::Screens(-1),
            KeyCode::Char('l') => Wish::Redraw,
            _ => return None,
        });
    }
    Some(match key.code {
        KeyCode::Down | KeyCode::Char('j') => Wish::By(1),
        KeyCode::Up | KeyCode::Char('k') => Wish::By(-1),
        KeyCode::PageDown => Wish::Screens(1),
        KeyCode::PageUp => Wish::Screens(-1),
        KeyCode::Home => Wish::First,
        KeyCode::End | KeyCode::Char('G') => Wish::Last,
        KeyCode::Right => Wish::In,
        KeyCode::Left | KeyCode::Char('h') => Wish::Out,
        KeyCode::Enter => Wish::Toggle,
        KeyCode::Char('+') => Wish::All(true),
        KeyCode::Char('-') => Wish::All(false),
        KeyCode::Char(']' | 'J') => Wish::Packet(1),
        KeyCode::Char('[' | 'K') => Wish::Packet(-1),
        KeyCode::Tab => Wish::Part(1),
        KeyCode::BackTab => Wish::Part(-1),
        KeyCode::Char('f') => Wish::Filter,
        KeyCode::Char('/') => Wish::Search,
        KeyCode::Char('n') => Wish::Find(true),
        KeyCode::Char('N') => Wish::Find(false),
        KeyCode::Char('g') => Wish::Go,
        KeyCode::Char('e') => Wish::Export,
        KeyCode::Char('c') => Wish::Conversation,
        KeyCode::Char('m') => Wish::Mark,
        KeyCode::Char('\'') => Wish::NextMark,
        KeyCode::Char('l') => Wish::Ladder,
        KeyCode::Char('w') => Wish::Flows,
        KeyCode::Char('s') => Wish::Statistics,
        KeyCode::Char('y') => Wish::Copy,
        KeyCode::Char(' ') => Wish::Pause,
        KeyCode::Char('?') | KeyCode::F(1) => Wish::Help,
        KeyCode::Esc => Wish::Back,
        KeyCode::Char('q') => Wish::Quit,
        _ => return None,
    })
}

/// The last line: what matters most in this part stands first.
pub(super) fn hints(pane: Pane, live: bool, narrowed: bool) -> Vec<(&'static str, &'static str)> {
    let mut hints = match pane {
        Pane::List => vec![("↑ ↓", "packet"), ("Tab", "layers")],
        Pane::Tree => vec![("↑ ↓", "field"), ("→ ←", "open, close"), ("Tab", "bytes")],
        Pane::Bytes => vec![("↑ ↓ → ←", "byte"), ("Tab", "packets")],
    };
    hints.extend(narrowed.then_some(("Esc", "all packets")));
    hints.extend(live.then_some(("space", "pause")));
    hints.extend([("f", "filter"), ("/", "search"), ("c", "conversation"), ("?", "keys"), ("q", "quit")]);
    hints.extend([("g", "go to"), ("m", "mark"), ("l", "ladder"), ("w", "who talks"), ("s", "statistics")]);
    hints.extend([("e", "export"), ("y", "copy as filter")]);
    hints
}

/// The keys of a page.
pub(super) const PAGE: &[(&str, &str)] = &[("↑ ↓ PgUp PgDn", "scroll"), ("Esc or q", "back")];

/// All keys, for the page that `?` shows.
pub(super) const ALL: &[(&str, &[(&str, &str)])] = &[
    (
        "Walk",
        &[
            ("↑ ↓  k j", "one row; in the bytes: one row of bytes"),
            ("PgUp PgDn", "one screen; also Ctrl-U, Ctrl-D"),
            ("Home End  G", "first, last; at the end of a live list you go along with it"),
            ("Tab", "from the packets to the layers, to the bytes; Shift-Tab back"),
            ("→ ←", "open, close a layer; in the bytes: one byte"),
            ("Enter", "open or close; from the packets to the layers"),
            ("+ -", "all layers open, all closed"),
            ("[ ]  K J", "the packet before, the next one, from any part"),
            ("mouse", "click a packet, a field or a byte; the wheel scrolls"),
        ],
    ),
    (
        "Find",
        &[
            ("f", "list only packets that match a filter; Tab completes; empty lists all"),
            ("/", "search text in the bytes, also unmasked and unpacked ones, or SYN, dns, tcp.port 80"),
            ("n N", "the next one that was found, the one before"),
            ("c", "only this conversation; again: all packets"),
            ("g", "go to a packet (120) or a time (1.5s after the first, 14:05:30)"),
            ("m  '", "mark a packet, go to the next mark"),
            ("Esc", "all packets again"),
        ],
    ),
    (
        "See it otherwise",
        &[
            ("l", "the packets around this one as arrows between machines"),
            ("w", "who talks to whom"),
            ("s", "what the listed packets are made of"),
        ],
    ),
    (
        "Take along",
        &[
            ("e", "save the marked packets, or the listed ones: x.pcapng, or x.json"),
            ("y", "copy what is chosen as a filter"),
        ],
    ),
    (
        "Else",
        &[
            ("space", "live: stop the list, let it go on; else one screen down"),
            ("?", "this page"),
            ("q", "leave; also Ctrl-C"),
        ],
    ),
];
