//! Fields that several protocols share: the verdict on a checksum, lengths that do not fit, and the
//! two layers that no protocol reads (`data`: bytes without a reader; `trailer`: bytes after the end).

use std::net::IpAddr;

use super::field::{Show, field, name};
use super::{Checksum, Cut, Field, Level, Next, Protocol, Reader, Span, checksum};

/// What verifying a checksum gave. Listed by every protocol that has one.
pub static CHECKSUM_STATUS: Field = field(
    "checksum_status",
    "checksum verdict",
    Show::Names(&[
        name(GOOD, "right", "The bytes add up: they are as they were when the checksum was computed."),
        name(WRONG, "wrong", "The bytes do not add up: damaged on the way, or changed after the checksum was computed."),
        name(UNFINISHED, "left to the card", "Captured before the network card filled it in (checksum offload). Normal for packets that this machine sends."),
        name(ABSENT, "not used", "The sender chose not to compute one."),
        name(UNCHECKED, "not checked", "Some of the bytes that it covers are not in this packet."),
    ]),
)
.spec("RFC 1071")
.explain("Whether the checksum fits the bytes. A wrong one on a packet that was just sent mostly means that the card computes it after the capture saw the packet.")
.quiet();

/// Noted beside the status only where the checksum is wrong, so that summaries and filters see it.
pub static CHECKSUM_WRONG: Field =
    field("checksum_wrong", "wrong checksum", Show::Nothing).gist("wrong checksum").spec("RFC 1071").explain(
        "The receiver would throw this packet away without a word; the sender finds out only because no answer comes.",
    );

/// A length field contradicts the bytes that are there.
pub static BAD_LENGTH: Field = field("bad_length", "impossible length", Show::Nothing)
    .gist("impossible length")
    .spec("RFC 1122 §1.2.2")
    .explain("A length in this header contradicts the bytes around it. Honest software does not send this; a receiver must check before it believes.");

/// Value of [`CHECKSUM_STATUS`].
pub const GOOD: u64 = 0;
/// Value of [`CHECKSUM_STATUS`].
pub const WRONG: u64 = 1;
/// Value of [`CHECKSUM_STATUS`].
pub const UNFINISHED: u64 = 2;
/// Value of [`CHECKSUM_STATUS`].
pub const ABSENT: u64 = 3;
/// Value of [`CHECKSUM_STATUS`].
pub const UNCHECKED: u64 = 4;

impl Reader<'_> {
    /// Takes a header checksum over `covered` (RFC 1071 without a pseudo-header) and notes the verdict.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn checksum(&mut self, field: &'static Field, covered: Option<&[u8]>) -> Result<u16, Cut> {
        let stored = self.u16(field)?;
        let verdict = match covered {
            Some(bytes) if checksum::fold(checksum::sum(bytes)) == 0xffff => GOOD,
            Some(_) => WRONG,
            None => UNCHECKED,
        };
        self.verdict(verdict);
        Ok(stored)
    }

    /// As [`checksum`](Self::checksum), but 0 says that the sender did not compute it.
    ///
    /// # Errors
    /// The bytes end before the checksum does.
    pub fn optional_checksum(&mut self, field: &'static Field, covered: Option<&[u8]>) -> Result<u16, Cut> {
        if !self.rest().starts_with(&[0, 0]) {
            return self.checksum(field, covered);
        }
        self.u16(field)?;
        self.verdict(ABSENT);
        Ok(0)
    }

    /// Takes the checksum of TCP, UDP or `ICMPv6`, which covers the whole layer and the pseudo-header
    /// with IP protocol number `proto`, and notes the verdict.
    ///
    /// # Errors
    /// [`Cut`] where the bytes end first.
    pub fn transport_checksum(&mut self, field: &'static Field, proto: u8) -> Result<u16, Cut> {
        let stored = self.u16(field)?;
        let facts = self.facts();
        let announced = !facts.fragment && facts.missing == 0;
        let complete = announced && !self.quoted() && !self.captured_short();
        let verdict = match self.facts().addresses {
            _ if stored == 0 && proto == 17 => ABSENT,
            Some((src, dst)) if complete => self.judge(stored, src, dst, proto),
            _ => UNCHECKED,
        };
        self.verdict(verdict);
        Ok(stored)
    }

    fn judge(&self, stored: u16, src: IpAddr, dst: IpAddr, proto: u8) -> u64 {
        let bytes = self.whole();
        let pseudo = checksum::pseudo_header(src, dst, proto, bytes.len());
        if checksum::fold(pseudo + checksum::sum(bytes)) == 0xffff {
            GOOD
        } else if self.packet().checksum != Checksum::Unknown || stored == checksum::fold(pseudo) {
            // Offload: the kernel leaves the folded pseudo-header sum for the card to finish.
            UNFINISHED
        } else {
            WRONG
        }
    }

    fn verdict(&mut self, verdict: u64) {
        self.note(&CHECKSUM_STATUS, verdict);
        if verdict == WRONG {
            self.note(&CHECKSUM_WRONG, 1);
        }
    }

    /// Notes that a length in this header contradicts the bytes.
    pub fn bad_length(&mut self) {
        self.note(&BAD_LENGTH, 1);
    }

    /// The span of the next `n` bytes, or of those that remain.
    pub fn span(&self, n: usize) -> Span {
        Span::new(self.position(), self.position() + n.min(self.left()))
    }
}

static DATA_BYTES: Field = field("bytes", "bytes", Show::Bytes)
    .explain("Bytes that no reader claims: an unknown protocol, encrypted text, or a piece of a longer message.")
    .spec("none: shown as they are");
static TOO_DEEP: Field = field("too_deep", "too many layers", Show::Nothing)
    .gist("more layers than are read")
    .spec("layercake")
    .explain("More layers are packed into each other than layercake opens; the rest is shown as bytes.");
static TOO_MUCH: Field = field("too_much", "too many fields", Show::Nothing)
    .gist("more fields than are kept")
    .spec("layercake")
    .explain("The packet has more fields than layercake keeps for one packet; the last ones are left out so that no packet can exhaust memory.");

/// The layer of bytes that nobody reads.
pub static DATA: Protocol = Protocol {
    key: "data",
    name: "data",
    level: Level::Application,
    explain: "Bytes that no reader claims, shown as they are.",
    spec: "none",
    claims: &[],
    fields: &[&DATA_BYTES, &TOO_DEEP, &TOO_MUCH],
    read: |r| {
        r.all(&DATA_BYTES);
        Ok(Next::Data)
    },
    frame: None,
};

static TRAILER_BYTES: Field = field("bytes", "left over", Show::Bytes)
    .explain("Ethernet frames have at least 60 bytes: short packets are padded, mostly with zeros, and the length field inside says where the packet ends.")
    .spec("IEEE 802.3 §4.2.3.3");

/// The layer of bytes after a packet's stated end.
pub static TRAILER: Protocol = Protocol {
    key: "trailer",
    name: "trailer",
    level: Level::Link,
    explain: "Bytes after the end that a length field inside states: padding, or a frame check sequence.",
    spec: "IEEE 802.3 §4.2.3.3",
    claims: &[],
    fields: &[&TRAILER_BYTES],
    read: |r| {
        r.all(&TRAILER_BYTES);
        Ok(Next::Data)
    },
    frame: None,
};

/// Which cap was hit.
pub(super) fn too_deep() -> &'static Field {
    &TOO_DEEP
}

/// Which cap was hit.
pub(super) fn too_much() -> &'static Field {
    &TOO_MUCH
}
