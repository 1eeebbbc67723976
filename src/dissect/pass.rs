//! One walk through the layers of a packet. It pauses at the payload of TCP and UDP, so that whoever knows the
//! conversation can read what the programs say; else it goes on by content and by port.

use super::reader::Inside;
use super::{
    By, Cut, DATA, Dissection, Index, Layer, MAX_LAYERS, Next, Node, Packet, Protocol, Reader, Span, TRAILER, Talks,
    Value, remark,
};

/// Most nested lengths that can end before the bytes do.
const MAX_BEHIND: usize = 8;
/// Most bytes joined or made that layers of one packet are read in.
const MAX_JOINED: usize = 4 * 1024 * 1024;

/// What is read after all the layers in front of it.
#[derive(Clone, Copy)]
struct Behind {
    at: Span,
    protocol: &'static Protocol,
    nest: u8,
    quoted: bool,
}

/// A protocol, and who decided that it is this one.
pub type Found = (&'static Protocol, By);

/// Where a walk pauses: at a payload that travels between two ports.
#[derive(Debug, Clone, Copy)]
pub struct Pause {
    /// `TcpPorts` or `UdpPorts`.
    pub next: Next,
    protocol: &'static Protocol,
}

impl Pause {
    /// A pause behind the layer that was read last: for what other packets have left unread.
    pub fn behind(next: Next, tape: &Dissection) -> Option<Pause> {
        Some(Pause { next, protocol: tape.layers.last()?.protocol })
    }

    /// Who would read these bytes here: by content, then by port.
    pub fn find(&self, index: &Index, bytes: &[u8]) -> Option<Found> {
        index.find(&self.next, self.protocol, bytes)
    }
}

/// Where a walk is.
#[derive(Clone, Copy)]
struct Place {
    window: Span,
    nest: u8,
    joined: bool,
    made: bool,
}

/// The walk: which bytes remain, and how deep it is.
pub struct Pass<'p> {
    index: &'p Index,
    packet: &'p Packet<'p>,
    window: Span,
    nest: u8,
    quoted: bool,
    /// The window counts in the joined bytes.
    joined: bool,
    /// The window counts in bytes that the layer around has made.
    made: bool,
    deep: bool,
    behind: [Behind; MAX_BEHIND],
    behind_count: usize,
    /// A payload of TCP in joined bytes: the walk pauses there once it has come back from around them.
    later: Option<(Pause, Place)>,
    /// Where the walk goes on behind such a payload.
    home: Option<Place>,
    /// What the connection speaks from now on.
    switch: Option<&'static Protocol>,
}

impl<'p> Pass<'p> {
    /// A walk over `packet`; the tape is cleared.
    pub fn new(index: &'p Index, packet: &'p Packet<'p>, tape: &mut Dissection) -> Self {
        tape.clear();
        let nothing = Behind { at: Span::default(), protocol: &TRAILER, nest: 0, quoted: false };
        Pass {
            index,
            packet,
            window: Span::new(0, packet.bytes.len()),
            nest: 0,
            quoted: false,
            joined: false,
            made: false,
            deep: false,
            behind: [nothing; MAX_BEHIND],
            behind_count: 0,
            later: None,
            home: None,
            switch: None,
        }
    }

    /// Reads up to the payload of the first transport layer; `None` where all has been read.
    pub fn headers(&mut self, tape: &mut Dissection, talks: Option<&mut dyn Talks>) -> Option<Pause> {
        let pause = self.walk((self.index.root(), By::Parent), tape, talks, true);
        pause.or_else(|| self.resume())
    }

    /// Reads the payload by content, then by port. Pauses again where a tunnel holds another transport layer.
    pub fn payload(&mut self, pause: Pause, tape: &mut Dissection, talks: Option<&mut dyn Talks>) -> Option<Pause> {
        let bytes = self.window.of(if self.joined { &tape.joined } else { self.packet.bytes });
        let found = self.index.find(&pause.next, pause.protocol, bytes)?;
        self.walk(found, tape, talks, true).or_else(|| self.resume())
    }

    /// Pauses at the payload that was found in joined bytes.
    fn resume(&mut self) -> Option<Pause> {
        let (pause, there) = self.later.take()?;
        self.home = Some(self.place());
        self.go(there);
        Some(pause)
    }

    fn place(&self) -> Place {
        Place { window: self.window, nest: self.nest, joined: self.joined, made: self.made }
    }

    fn go(&mut self, to: Place) {
        (self.window, self.nest, self.joined, self.made) = (to.window, to.nest, to.joined, to.made);
    }

    /// Notes a layer over the next `n` bytes that nobody reads as they are: `note` says why.
    pub fn aside(
        &mut self,
        n: usize,
        protocol: &'static Protocol,
        tape: &mut Dissection,
        note: impl FnOnce(&mut Reader<'_>),
    ) {
        if tape.layers.len() >= MAX_LAYERS - 2 {
            return;
        }
        let whole = self.window;
        let at = Span { start: whole.start, end: whole.start.saturating_add(n as u32).min(whole.end) };
        if self.joined {
            let home = std::mem::take(&mut tape.joined);
            self.note_aside(at, true, &home, protocol, tape, note);
            tape.joined = home;
        } else {
            self.note_aside(at, false, self.packet.bytes, protocol, tape, note);
        }
        self.window.start = at.end;
    }

    /// The same over the joined bytes from `start` on; they are not walked through.
    pub(super) fn aside_joined(
        &self,
        start: usize,
        protocol: &'static Protocol,
        tape: &mut Dissection,
        note: impl FnOnce(&mut Reader<'_>),
    ) {
        let home = std::mem::take(&mut tape.joined);
        self.note_aside(Span::new(start, home.len()), true, &home, protocol, tape, note);
        tape.joined = home;
    }

    fn note_aside(
        &self,
        at: Span,
        joined: bool,
        bytes: &[u8],
        protocol: &'static Protocol,
        tape: &mut Dissection,
        note: impl FnOnce(&mut Reader<'_>),
    ) {
        if tape.layers.len() >= MAX_LAYERS - 2 {
            return;
        }
        let (number, first) = (tape.layers.len(), tape.nodes.len() as u32);
        let by = By::Parent;
        let (cut, quoted, behind, made) = (false, self.quoted, false, false);
        let layer = Layer {
            protocol,
            at,
            inner_end: at.end,
            first,
            last: first,
            nest: self.nest,
            by,
            cut,
            quoted,
            behind,
            joined,
            made,
        };
        tape.layers.push(layer);
        note(&mut Reader::new(self.packet, bytes, at, tape, (number as u8, self.quoted), None));
        close_last(tape);
    }

    /// The bytes that remain; they count in the packet, or in the joined bytes where the walk has paused in those.
    pub fn rest(&self) -> Span {
        self.window
    }

    /// Whether the walk has paused in joined bytes.
    pub fn in_joined(&self) -> bool {
        self.joined
    }

    /// Reads the next `n` bytes with this protocol. Returns what the connection speaks from now on, where it changes.
    pub fn message(
        &mut self,
        n: usize,
        found: Found,
        tape: &mut Dissection,
        talks: Option<&mut dyn Talks>,
    ) -> Option<&'static Protocol> {
        let (nest, whole) = (self.nest, self.window);
        self.window.end = whole.start.saturating_add(n as u32).min(whole.end);
        let end = self.window.end;
        self.walk(found, tape, talks, false);
        self.leftover(tape);
        (self.nest, self.window) = (nest, Span { start: end, end: whole.end });
        self.switch.take()
    }

    /// Reads bytes that the packet does not hold: they were joined from several packets.
    pub fn join(
        &mut self,
        bytes: &[u8],
        found: Found,
        tape: &mut Dissection,
        talks: Option<&mut dyn Talks>,
    ) -> Option<&'static Protocol> {
        if let Some(start) = bring(bytes, tape) {
            self.inside(start, found, tape, talks, false);
        }
        self.switch.take()
    }

    /// The same for bytes that nobody needs afterwards: they are not copied. What `bytes` is then has no meaning, but
    /// its memory can be used again.
    pub fn join_all(
        &mut self,
        bytes: &mut Vec<u8>,
        found: Found,
        tape: &mut Dissection,
        talks: Option<&mut dyn Talks>,
    ) -> Option<&'static Protocol> {
        if !tape.joined.is_empty() || bytes.len() > MAX_JOINED {
            return self.join(bytes, found, tape, talks);
        }
        std::mem::swap(bytes, &mut tape.joined);
        self.inside(0, found, tape, talks, false);
        self.switch.take()
    }

    /// Reads IP's payload of protocol `proto` in bytes that were joined from fragments; pauses as
    /// [`headers`](Self::headers) does.
    pub fn join_ip(
        &mut self,
        bytes: &[u8],
        proto: u8,
        tape: &mut Dissection,
        talks: Option<&mut dyn Talks>,
    ) -> Option<Pause> {
        let found = self.index.find(&Next::IpProto(proto), self.index.root(), bytes)?;
        let start = bring(bytes, tape)?;
        self.inside(start, found, tape, talks, true);
        self.resume()
    }

    /// Shows what remains as bytes, then what stands behind.
    pub fn finish(mut self, tape: &mut Dissection) {
        if let Some(home) = self.home.take() {
            self.leftover(tape);
            self.go(home);
        }
        if !self.window.is_empty() || tape.full || self.deep {
            self.nest = tape.layers.last().map_or(0, |l| l.nest.saturating_add(1));
            let _ = self.layer((&DATA, By::Parent), tape, None, false);
            for (hit, field) in [(self.deep, remark::too_deep()), (tape.full, remark::too_much())] {
                if hit {
                    let at = Span::new(self.packet.bytes.len(), self.packet.bytes.len());
                    let layer = tape.layers.len() as u8 - 1;
                    let value = Value::Number(1);
                    tape.nodes.push(Node { field, at, value, layer, depth: 0, bit: 0, bits: 0, hushed: false });
                    close_last(tape);
                }
            }
        }
        for at in (0..self.behind_count).rev() {
            let Behind { at, protocol, nest, quoted } = self.behind[at];
            if tape.layers.len() < MAX_LAYERS {
                (self.window, self.nest, self.quoted) = (at, nest, quoted);
                let _ = self.layer((protocol, By::Parent), tape, None, false);
                if let Some(layer) = tape.layers.last_mut() {
                    layer.behind = true;
                }
            }
        }
    }

    /// Reads layer after layer; with `pause` up to a payload.
    fn walk(
        &mut self,
        first: Found,
        tape: &mut Dissection,
        mut talks: Option<&mut dyn Talks>,
        pause: bool,
    ) -> Option<Pause> {
        let mut found = Some(first);
        while let Some((protocol, by)) = found.take() {
            // Two places are kept: for the data that remains and for a trailer.
            if tape.layers.len() >= MAX_LAYERS - 2 {
                self.deep = true;
                return None;
            }
            let before = self.window.start;
            // Only looked at where it stands: a reader has just written it byte by byte, and a copy would have to wait.
            let outcome = self.layer((protocol, by), tape, again(&mut talks), pause);
            let Ok(next) = &outcome else { return None };
            match next {
                Next::TcpPorts(..) | Next::UdpPorts(..) if !self.quoted && !self.joined => {
                    tape.facts.payload = self.window;
                    if pause && !self.window.is_empty() {
                        self.nest = self.nest.saturating_add(1);
                        return Some(Pause { next: *next, protocol });
                    }
                }
                Next::TcpPorts(..)
                    if pause
                        && !self.quoted
                        && self.home.is_none()
                        && self.later.is_none()
                        && !self.window.is_empty() =>
                {
                    self.nest = self.nest.saturating_add(1);
                    self.later = Some((Pause { next: *next, protocol }, self.place()));
                    self.window.start = self.window.end;
                    return None;
                }
                Next::QuotedIp => self.quoted = true,
                Next::Switch(to) => self.switch = Some(*to),
                _ => {}
            }
            let stuck = matches!(next, Next::Again) && self.window.start == before;
            if stuck || (self.window.is_empty() && !matches!(next, Next::Link(_))) {
                return None;
            }
            let bytes = self.window.of(if self.joined { &tape.joined } else { self.packet.bytes });
            found = self.index.find(next, protocol, bytes);
            self.nest = self.nest.saturating_add(u8::from(!matches!(next, Next::Again)));
        }
        None
    }

    /// Reads the joined bytes from `start` on, one level deeper, and comes back.
    fn inside(
        &mut self,
        start: usize,
        found: Found,
        tape: &mut Dissection,
        talks: Option<&mut dyn Talks>,
        pause: bool,
    ) {
        if start == tape.joined.len() {
            return;
        }
        let outer = (self.nest, self.window, self.joined, self.quoted);
        (self.window, self.joined) = (Span::new(start, tape.joined.len()), true);
        self.walk(found, tape, talks, pause);
        self.leftover(tape);
        (self.nest, self.window, self.joined, self.quoted) = outer;
    }

    /// As `inside`, for the stream within a conversation.
    pub(super) fn deeper(&mut self, start: usize, found: Found, tape: &mut Dissection, talks: Option<&mut dyn Talks>) {
        if tape.layers.len() < MAX_LAYERS - 2 {
            self.inside(start, found, tape, talks, false);
        }
    }

    /// What is spoken from now on, where the last message has changed it.
    pub(super) fn switched(&mut self) -> Option<&'static Protocol> {
        self.switch.take()
    }

    pub(super) fn packet(&self) -> &'p Packet<'p> {
        self.packet
    }

    pub(super) fn index(&self) -> &'p Index {
        self.index
    }

    /// Shows what a message leaves unread as bytes of its own.
    fn leftover(&mut self, tape: &mut Dissection) {
        if !self.window.is_empty() && tape.layers.len() < MAX_LAYERS - 1 {
            self.nest = tape.layers.last().map_or(0, |l| l.nest.saturating_add(1));
            let _ = self.layer((&DATA, By::Parent), tape, None, false);
        }
    }

    /// Reads one layer at the front of the window and moves the window to what is inside it.
    fn layer(
        &mut self,
        (protocol, by): Found,
        tape: &mut Dissection,
        mut talks: Option<&mut dyn Talks>,
        pause: bool,
    ) -> Result<Next, Cut> {
        let (number, window) = (tape.layers.len(), self.window);
        let first = tape.nodes.len() as u32;
        tape.layers.push(Layer {
            protocol,
            at: Span { start: window.start, end: window.start },
            inner_end: window.end,
            first,
            last: first,
            nest: self.nest,
            by,
            cut: false,
            quoted: self.quoted,
            behind: false,
            joined: self.joined,
            made: self.made,
        });
        let home = if self.joined { std::mem::take(&mut tape.joined) } else { Vec::new() };
        let bytes = if self.joined { &home[..] } else { self.packet.bytes };
        let place = (number as u8, self.quoted);
        let mut reader = Reader::new(self.packet, bytes, window, tape, place, again(&mut talks));
        let outcome = (protocol.read)(&mut reader);
        let (position, end) = (reader.position() as u32, reader.window_end() as u32);
        let (behind, inside) = (reader.behind, reader.inside);
        if self.joined {
            tape.joined = home;
        }
        let last = tape.nodes.len() as u32;
        let layer = &mut tape.layers[number];
        layer.at.end = position;
        layer.inner_end = match behind {
            Some((at, protocol)) if !std::ptr::eq(protocol, &raw const TRAILER) => at.end,
            _ => end,
        };
        layer.last = last;
        layer.cut = outcome.is_err();
        // A port is a hint. Where the reader made sense of every byte, the bytes have confirmed it.
        if by == By::Port && outcome.is_ok() && position == end {
            layer.by = By::Content;
        }
        self.window = Span { start: position, end };
        match behind {
            // Padding belongs to the layer around, all else to the layer that has announced it.
            Some((at, protocol)) if self.behind_count < MAX_BEHIND && !self.joined => {
                let nest = self.nest.saturating_add(u8::from(!std::ptr::eq(protocol, &raw const TRAILER)));
                self.behind[self.behind_count] = Behind { at, protocol, nest, quoted: self.quoted };
                self.behind_count += 1;
            }
            Some(_) => self.window.end = window.end, // too many nested ends: keep the bytes with the data
            None => {}
        }
        if let Some((Inside::Stream(piece), made)) = inside {
            self.nest = self.nest.saturating_add(1);
            self.stream(piece, made, tape, talks);
            self.nest -= 1;
        } else if let Some((Inside::Message(next), made)) = inside {
            let start = tape.joined.len();
            if made.len() <= MAX_JOINED.saturating_sub(start) {
                tape.joined.extend_from_slice(made.of(&tape.made));
            }
            if let Some(found) = self.index.find(&next, protocol, tape.joined.get(start..).unwrap_or(&[])) {
                self.nest = self.nest.saturating_add(1);
                let outer = std::mem::replace(&mut self.made, true);
                self.inside(start, found, tape, talks, pause);
                self.made = outer;
                self.nest -= 1;
            }
        }
        outcome
    }
}

/// Appends bytes to those that layers are read in though the packet does not hold them; says where they begin.
pub(super) fn bring(bytes: &[u8], tape: &mut Dissection) -> Option<usize> {
    let start = tape.joined.len();
    (bytes.len() <= MAX_JOINED.saturating_sub(start)).then(|| tape.joined.extend_from_slice(bytes))?;
    Some(start)
}

/// The same conversations for one more call.
fn again<'t>(talks: &'t mut Option<&mut dyn Talks>) -> Option<&'t mut dyn Talks> {
    match talks {
        Some(talks) => Some(&mut **talks),
        None => None,
    }
}

fn close_last(tape: &mut Dissection) {
    let last = tape.nodes.len() as u32;
    if let Some(layer) = tape.layers.last_mut() {
        layer.last = last;
    }
}
