//! Takes fields off the front of the bytes and notes each on the tape.
//! The only code that indexes packet bytes: it checks every length, and bytes that end too early are
//! a finding ([`Cut`]), never a panic and never an error.

use super::{Dissection, Facts, Field, Next, Node, Packet, Protocol, Span, Stream, TRAILER, Talk, Talks, Value, tape};

/// The bytes ended before the field did. The layer is marked "cut short here".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut;

/// Up to eight bytes taken off at once, to be shared out as bit fields by [`Reader::part`].
#[derive(Debug, Clone, Copy)]
pub struct Raw {
    /// The bytes as one big-endian number.
    pub value: u64,
    start: u32,
    bits: u8,
}

impl Raw {
    /// The bits `range`, counted from the most significant bit as RFC diagrams do.
    pub fn bits(self, range: std::ops::Range<u8>) -> u64 {
        let width = range.end.saturating_sub(range.start).min(64);
        let shifted = self.value.checked_shr(u32::from(self.bits.saturating_sub(range.end))).unwrap_or(0);
        if width == 64 { shifted } else { shifted & ((1 << width) - 1) }
    }
}

/// Who reads the bytes that a reader has made.
#[derive(Clone, Copy)]
pub(super) enum Inside {
    /// A message of its own.
    Message(Next),
    /// The next bytes of a stream.
    Stream(Stream),
}

/// Reads one layer. See the protocol files for how it reads: like the RFC's header diagram.
pub struct Reader<'a> {
    packet: &'a Packet<'a>,
    bytes: &'a [u8],
    at: usize,
    end: usize,
    start: usize,
    tape: &'a mut Dissection,
    layer: u8,
    depth: u8,
    quoted: bool,
    pub(super) behind: Option<(Span, &'static Protocol)>,
    pub(super) inside: Option<(Inside, Span)>,
    talks: Option<&'a mut dyn Talks>,
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $kind:ty, $from:ident) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`Cut`] where the bytes end first.
        pub fn $name(&mut self, field: &'static Field) -> Result<$kind, Cut> {
            let at = self.at;
            let value = <$kind>::$from(self.take()?);
            self.push(field, Span::new(at, self.at), Value::Number(u64::from(value)), 0, 0);
            Ok(value)
        }
    };
}

impl<'a> Reader<'a> {
    /// Reads layer number `layer` of the tape, which may be `quoted`.
    pub(super) fn new(
        packet: &'a Packet<'a>,
        bytes: &'a [u8],
        window: Span,
        tape: &'a mut Dissection,
        (layer, quoted): (u8, bool),
        talks: Option<&'a mut dyn Talks>,
    ) -> Self {
        let (start, end) = (window.start as usize, window.end as usize);
        Reader {
            packet,
            bytes,
            at: start,
            end,
            start,
            tape,
            layer,
            depth: 0,
            quoted,
            behind: None,
            inside: None,
            talks,
        }
    }

    number!(
        /// Takes one byte as a number.
        u8, u8, from_be_bytes
    );
    number!(
        /// Takes two bytes, most significant first.
        u16, u16, from_be_bytes
    );
    number!(
        /// Takes four bytes, most significant first.
        u32, u32, from_be_bytes
    );
    number!(
        /// Takes eight bytes, most significant first.
        u64, u64, from_be_bytes
    );
    number!(
        /// Takes two bytes, least significant first (radiotap, 802.11).
        u16_le, u16, from_le_bytes
    );
    number!(
        /// Takes four bytes, least significant first (radiotap, BSD null).
        u32_le, u32, from_le_bytes
    );
    number!(
        /// Takes eight bytes, least significant first.
        u64_le, u64, from_le_bytes
    );

    /// Takes one byte as a number that may be negative; shown by [`Show::Signed`](super::Show::Signed).
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn i8(&mut self, field: &'static Field) -> Result<i8, Cut> {
        let at = self.at;
        let value = i8::from_be_bytes(self.take()?);
        self.push(field, Span::new(at, self.at), Value::Number(i64::from(value).cast_unsigned()), 0, 0);
        Ok(value)
    }

    /// Takes `N` bytes whose value is the bytes themselves: addresses.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn array<const N: usize>(&mut self, field: &'static Field) -> Result<[u8; N], Cut> {
        let at = self.at;
        let value = self.take()?;
        self.push(field, Span::new(at, self.at), Value::Wire, 0, 0);
        Ok(value)
    }

    /// Takes `n` bytes whose value is the bytes themselves.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn bytes(&mut self, field: &'static Field, n: usize) -> Result<&'a [u8], Cut> {
        let at = self.at;
        let value = self.advance(n)?;
        self.push(field, Span::new(at, self.at), Value::Wire, 0, 0);
        Ok(value)
    }

    /// Takes all remaining bytes of the layer; notes nothing where there are none.
    pub fn all(&mut self, field: &'static Field) -> &'a [u8] {
        let n = self.left();
        if n == 0 { &[] } else { self.bytes(field, n).unwrap_or(&[]) }
    }

    /// Takes the bytes before `stop` and steps over `stop`. Without a `stop` it is cut and takes nothing.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn until(&mut self, field: &'static Field, stop: &[u8]) -> Result<&'a [u8], Cut> {
        let found = memchr::memmem::find(self.rest(), stop).ok_or(Cut)?;
        let value = self.bytes(field, found)?;
        self.skip(stop.len());
        Ok(value)
    }

    /// Takes `N` (at most 8) bytes for bit fields; notes nothing by itself.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn raw<const N: usize>(&mut self) -> Result<Raw, Cut> {
        let start = self.at as u32;
        let value = self.take::<N>()?.iter().fold(0, |v, b| (v << 8) | u64::from(*b));
        Ok(Raw { value, start, bits: 8 * N as u8 })
    }

    /// The next `N` (at most 8) bytes for bit fields, without taking them: bits of a field that is noted whole.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn ahead<const N: usize>(&self) -> Result<Raw, Cut> {
        let bytes: &[u8; N] = self.rest().first_chunk().ok_or(Cut)?;
        let value = bytes.iter().fold(0, |v, b| (v << 8) | u64::from(*b));
        Ok(Raw { value, start: self.at as u32, bits: 8 * N as u8 })
    }

    /// Notes the bits `range` of `raw`, counted from the most significant bit as RFC diagrams do.
    pub fn part(&mut self, field: &'static Field, raw: Raw, range: std::ops::Range<u8>) -> u64 {
        self.part_times(field, raw, range, 1)
    }

    /// As [`part`](Self::part), but the value counts units of `times`: a header length in 4-byte words.
    pub fn part_times(&mut self, field: &'static Field, raw: Raw, range: std::ops::Range<u8>, times: u64) -> u64 {
        let value = raw.bits(range.clone()) * times;
        let first = raw.start as usize + usize::from(range.start / 8);
        let last = raw.start as usize + usize::from(range.end.saturating_sub(1) / 8) + 1;
        let bits = range.end.saturating_sub(range.start);
        self.push(field, Span::new(first, last), Value::Number(value), range.start % 8, bits);
        value
    }

    /// Notes a remark: a finding that has no bytes of its own.
    pub fn note(&mut self, field: &'static Field, value: u64) {
        self.push(field, Span::new(self.at, self.at), Value::Number(value), 0, 0);
    }

    /// Notes a finding about the field `of`, noted before in this layer, right behind it. The summary shows the
    /// finding in its place.
    pub fn note_instead(&mut self, of: &'static Field, field: &'static Field, value: u64) {
        // It stands near the layer's beginning, in front of what took long to find out.
        let first = self.tape.layers.get(usize::from(self.layer)).map_or(0, |l| l.first as usize);
        let found = self.tape.nodes.iter().skip(first).position(|n| std::ptr::eq(n.field, of));
        let Some(at) = found.map(|at| first + at) else { return };
        if self.tape.nodes.len() >= tape::MAX_NODES {
            self.tape.full = true;
            return;
        }
        let known = &mut self.tape.nodes[at];
        known.hushed = true;
        let at_end = Span { start: known.at.end, end: known.at.end };
        let node = Node {
            field,
            at: at_end,
            value: Value::Number(value),
            bit: 0,
            bits: 0,
            hushed: field.gist.is_none(),
            ..*known
        };
        self.tape.nodes.insert(at + 1, node);
    }

    /// Notes a number that stands at `at`, for numbers that no other method reads.
    pub fn note_at(&mut self, field: &'static Field, at: Span, value: u64) {
        self.push(field, at, Value::Number(value), 0, 0);
    }

    /// Notes bytes that stand at `at` as they are, without moving.
    pub fn note_bytes(&mut self, field: &'static Field, at: Span) {
        self.push(field, at, Value::Wire, 0, 0);
    }

    /// Notes bytes that `make` appends (unmasked, decompressed); they stand for the wire bytes at `at`.
    pub fn made(&mut self, field: &'static Field, at: Span, make: impl FnOnce(&mut Vec<u8>)) {
        let start = self.tape.made.len();
        make(&mut self.tape.made);
        if self.tape.made.len() > tape::MAX_MADE {
            self.tape.made.truncate(tape::MAX_MADE.max(start));
            self.tape.full = true;
        }
        let made = Span::new(start, self.tape.made.len());
        self.push(field, at, Value::Made(made), 0, 0);
    }

    /// Says that `protocol` reads the bytes that were noted last by [`made`](Self::made): what a mask or a
    /// compression hid.
    pub fn inside(&mut self, protocol: &'static Protocol) {
        self.inside_as(Next::To(protocol));
    }

    /// The same, where a number says who reads them.
    pub fn inside_as(&mut self, next: Next) {
        if let Some(Node { value: Value::Made(at), .. }) = self.tape.nodes.last() {
            self.inside = Some((Inside::Message(next), *at));
        }
    }

    /// Says that the bytes that were noted last by [`made`](Self::made) are the next ones of a stream within the
    /// conversation: messages in it end where they like, and are read where they are complete.
    pub fn inside_stream(&mut self, piece: Stream) {
        if let Some(Node { value: Value::Made(at), .. }) = self.tape.nodes.last() {
            self.inside = Some((Inside::Stream(piece), *at));
        }
    }

    /// Says that the stream within the conversation ends here in this direction.
    pub fn end_stream(&mut self) {
        self.inside = Some((Inside::Stream(Stream { speaks: None, last: true }), Span::default()));
    }

    /// Notes `field` over all that `body` takes; what `body` notes stands one level deeper.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn group<T>(
        &mut self,
        field: &'static Field,
        body: impl FnOnce(&mut Self) -> Result<T, Cut>,
    ) -> Result<T, Cut> {
        let (at, index, depth) = (self.at, self.tape.nodes.len(), self.depth);
        self.push(field, Span::new(at, at), Value::Wire, 0, 0);
        self.depth = depth.saturating_add(1);
        let result = body(self);
        self.depth = depth;
        if let Some(node) = self.tape.nodes.get_mut(index) {
            node.at = Span::new(at, self.at);
        }
        result
    }

    /// Steps over up to `n` bytes without noting them.
    pub fn skip(&mut self, n: usize) {
        self.at = self.at.saturating_add(n).min(self.end);
    }

    /// Says that the layer has only `n` more bytes; what follows is shown as a trailer. Where there are
    /// fewer, the facts remember how many are missing.
    pub fn trim(&mut self, n: usize) {
        let end = self.at.saturating_add(n);
        self.facts().missing = end.saturating_sub(self.end) as u32;
        if end < self.end {
            self.behind = Some((Span::new(end, self.end), &TRAILER));
            self.end = end;
        }
    }

    /// Says that after `n` more bytes `protocol` takes over, once the layers in between are read: what ICMP
    /// appends to the packet that it quotes.
    pub fn append(&mut self, n: usize, protocol: &'static Protocol) {
        let end = self.at.saturating_add(n);
        if end < self.end {
            self.behind = Some((Span::new(end, self.end), protocol));
            self.end = end;
        }
    }

    /// The remaining bytes of this layer, without taking them.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.end).unwrap_or(&[])
    }

    /// How many bytes remain.
    pub fn left(&self) -> usize {
        self.end - self.at
    }

    /// Where the next byte stands in the packet.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The bytes of this layer from its first one, those taken and those that remain.
    pub fn whole(&self) -> &'a [u8] {
        self.bytes.get(self.start..self.end).unwrap_or(&[])
    }

    /// The same, where none of them is missing: what a checksum over the whole layer needs.
    pub fn complete(&self) -> Option<&'a [u8]> {
        let facts = &self.tape.facts;
        let all = !self.quoted && !self.captured_short() && !facts.fragment && facts.missing == 0;
        all.then(|| self.whole())
    }

    /// What is remembered of the conversation that this packet belongs to; `None` where it is read alone.
    pub fn talk(&mut self) -> Option<&mut Talk> {
        if self.quoted {
            return None;
        }
        self.talks.as_deref_mut()?.talk(&self.tape.facts, self.packet)
    }

    /// The packet as its source delivered it.
    pub fn packet(&self) -> &'a Packet<'a> {
        self.packet
    }

    /// The typed facts to fill in. Within a quotation they are kept apart.
    pub fn facts(&mut self) -> &mut Facts {
        if self.quoted { &mut self.tape.quoted_facts } else { &mut self.tape.facts }
    }

    /// Whether this layer is part of a packet that an ICMP error quotes.
    pub fn quoted(&self) -> bool {
        self.quoted
    }

    /// Whether the layer around has made the bytes of this one (inflated, decrypted), so that nothing of a transport
    /// stands in front of them.
    pub fn is_made(&self) -> bool {
        self.tape.layers.get(usize::from(self.layer)).is_some_and(|l| l.made)
    }

    /// Whether the capture holds fewer bytes than the wire carried.
    pub fn captured_short(&self) -> bool {
        self.packet.bytes.len() < self.packet.length as usize
    }

    /// The span of the last `n` bytes taken, for numbers that were taken by [`raw`](Self::raw).
    pub fn behind(&self, n: usize) -> Span {
        Span::new(self.at.saturating_sub(n).max(self.start), self.at)
    }

    /// Runs `body` on the next `n` bytes as if nothing came after them (an option, an element); bytes
    /// that `body` leaves are stepped over. Cut where fewer than `n` remain, after `body` saw those.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn within<T>(&mut self, n: usize, body: impl FnOnce(&mut Self) -> Result<T, Cut>) -> Result<T, Cut> {
        let outer = self.end;
        let end = self.at.saturating_add(n);
        self.end = end.min(outer);
        let result = body(self);
        self.at = self.end;
        self.end = outer;
        if end > outer { Err(Cut) } else { result }
    }

    pub(super) fn window_end(&self) -> usize {
        self.end
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Cut> {
        let bytes: [u8; N] = self.rest().first_chunk().copied().ok_or(Cut)?;
        self.at += N;
        Ok(bytes)
    }

    fn advance(&mut self, n: usize) -> Result<&'a [u8], Cut> {
        let value = self.rest().get(..n).ok_or(Cut)?;
        self.at += n;
        Ok(value)
    }

    fn push(&mut self, field: &'static Field, at: Span, value: Value, bit: u8, bits: u8) {
        if self.tape.nodes.len() < tape::MAX_NODES {
            self.tape.nodes.push(Node {
                field,
                at,
                value,
                layer: self.layer,
                depth: self.depth,
                bit,
                bits,
                hushed: field.gist.is_none(),
            });
        } else {
            self.tape.full = true;
        }
    }
}
