//! `IPComp`, RFC 3173: what IP carries, compressed once for the whole way. Hardly used: most bytes are encrypted
//! today, and encrypted bytes cannot be compressed.
//! Not here: compressions other than DEFLATE (RFC 2394); their bytes stay data.

use flate2::{Decompress, FlushDecompress};

use super::ip_protocols;
use crate::dissect::{
    Claim, Cut, Field, Level, Next, Protocol, Reader,
    Show::{Bytes, Hex, Names, Nothing},
    field, name,
};

/// IP carries no more, so neither does what was compressed.
const MAX_BYTES: usize = 65_535;
/// Number of DEFLATE among the compressions that IANA has numbered.
const DEFLATE: u16 = 2;

static NEXT_HEADER: Field = field("next_header", "inside me", Names(ip_protocols::NAMES))
    .spec("RFC 3173 §3.1")
    .explain("What the bytes are once they are unpacked; IP itself only says that they are compressed.");
static FLAGS: Field = field("flags", "flags", Hex)
    .spec("RFC 3173 §3.1")
    .explain("Eight bits that nobody has found a use for. Senders write 0.")
    .quiet();
static CPI: Field = field(
    "cpi",
    "compression",
    Names(&[
        name(1, "by agreement", "Both ends have agreed on it beforehand."),
        name(2, "DEFLATE", "The same as in gzip and PNG."),
        name(3, "LZS", ""),
        name(4, "LZJH", ""),
    ]),
)
.gist("")
.spec("RFC 3173 §3.1, IANA IPComp transform identifiers")
.explain("Which compression was used. Numbers from 256 on are chosen by the two ends when they set up the link, and mean nothing to others.");
static UNPACKED: Field = field("unpacked", "unpacked", Bytes)
    .spec("RFC 2394 §2")
    .explain("The bytes as they were before they were compressed; the checksum of TCP or UDP inside covers these.");
static COMPRESSED: Field = field("compressed", "compressed", Bytes)
    .spec("RFC 3173 §2")
    .explain("Bytes whose compression is not known here, shown as they crossed the wire.");
static BROKEN: Field = field("broken", "cannot be unpacked", Nothing)
    .gist("cannot be unpacked")
    .spec("RFC 3173 §2.1")
    .explain("The compressed bytes contradict themselves; a receiver drops such a packet without a word.");

/// The IP Payload Compression Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "ipcomp",
    name: "IPComp",
    level: Level::Network,
    explain: "Compresses what IP carries, packet by packet, for slow lines between two networks.",
    spec: "RFC 3173",
    claims: &[Claim::IpProto(108)],
    fields: &[&NEXT_HEADER, &FLAGS, &CPI, &UNPACKED, &COMPRESSED, &BROKEN],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let next = r.u8(&NEXT_HEADER)?;
    r.u8(&FLAGS)?;
    let compression = r.u16(&CPI)?;
    // Ends that set up the link by hand use numbers of their own for DEFLATE: the bytes decide.
    let unpacked = if compression == DEFLATE || compression >= 256 { inflate(r.rest()) } else { None };
    if let Some(bytes) = unpacked {
        let at = r.span(r.left());
        r.made(&UNPACKED, at, |out| out.extend_from_slice(&bytes));
        r.inside_as(Next::IpProto(next));
        r.skip(at.len());
        return Ok(Next::Data);
    }
    if compression == DEFLATE {
        r.note(&BROKEN, 1);
    }
    r.all(&COMPRESSED);
    Ok(Next::Data)
}

/// The unpacked bytes, where these are DEFLATE to their end.
fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(MAX_BYTES);
    let status = Decompress::new(false).decompress_vec(bytes, &mut out, FlushDecompress::Finish).ok()?;
    (status == flate2::Status::StreamEnd && !out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    const IP: &str = "45000000 00000000 406c0000 c0000201 c0000202";

    #[test]
    fn a_stored_block_of_deflate_is_unpacked_and_read_by_its_number() {
        // Header 11 00 0002; DEFLATE, one stored block of 12 bytes: a UDP datagram.
        let seen = read(101, &format!("{IP} 11000002 01 0c00 f3ff 9c409c41 000c0000 61626364"));
        assert_eq!(seen.layers(), "raw_ip ipv4 ipcomp udp data");
        assert_eq!(seen.numbers("udp.src_port"), [40_000]);
    }

    #[test]
    fn bytes_that_are_no_deflate_are_remarked_upon_and_kept() {
        let seen = read(101, &format!("{IP} 11000002 ffffffff"));
        assert_eq!(seen.numbers("ipcomp.broken"), [1]);
        assert_eq!(seen.nodes("ipcomp.compressed")[0].at.len(), 4);
    }

    #[test]
    fn an_unknown_compression_stays_as_it_is() {
        let seen = read(101, &format!("{IP} 11000003 01020304"));
        assert_eq!(seen.nodes("ipcomp.compressed")[0].at.len(), 4);
        assert!(seen.numbers("ipcomp.broken").is_empty());
    }
}
