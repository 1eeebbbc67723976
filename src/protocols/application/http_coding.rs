//! Content codings of HTTP undone, RFC 9110 §8.4.1: gzip, deflate and Brotli, as far as a limit goes.
//! Not here: which of them a head names (`http_headers`), where a body ends (`http_body`).

use std::io::{ErrorKind, Read};

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// Most bytes that are unpacked of one body.
pub(super) const MAX_DECODED: usize = 64 * 1024;

/// How a body was made smaller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not at all.
    #[default]
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 1950, or what some send instead: RFC 1951.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// One that nobody here undoes, or several on top of each other.
    Other,
}

impl Coding {
    /// Whether the bytes are as they are.
    pub fn is_identity(self) -> bool {
        self == Coding::Identity
    }

    /// The coding that Content-Encoding names.
    pub fn named(name: &str) -> Self {
        const KNOWN: [(&str, Coding); 6] = [
            ("", Coding::Identity),
            ("identity", Coding::Identity),
            ("gzip", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("deflate", Coding::Deflate),
            ("br", Coding::Brotli),
        ];
        KNOWN.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map_or(Coding::Other, |(_, coding)| *coding)
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All of it.
    Whole,
    /// The packed bytes end early.
    Cut,
    /// There is more than [`MAX_DECODED`].
    TooLong,
    /// The bytes are not what the head calls them.
    Bad,
}

/// Unpacks `bytes`; `None` where nobody here can.
pub(super) fn decode(coding: Coding, bytes: &[u8]) -> Option<(Vec<u8>, Outcome)> {
    match coding {
        Coding::Identity | Coding::Other => None,
        Coding::Gzip => Some(unpack(GzDecoder::new(bytes))),
        // The name means zlib; some servers send the bare stream all the same, and browsers take both.
        Coding::Deflate if matches!(bytes, [cmf, flg, ..] if cmf & 15 == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0) => {
            Some(unpack(ZlibDecoder::new(bytes)))
        }
        Coding::Deflate => Some(unpack(DeflateDecoder::new(bytes))),
        Coding::Brotli => Some(unpack(Decompressor::new(bytes, 4096))),
    }
}

fn unpack(from: impl Read) -> (Vec<u8>, Outcome) {
    let mut out = Vec::new();
    let end = from.take(MAX_DECODED as u64 + 1).read_to_end(&mut out);
    let outcome = match end {
        Ok(_) if out.len() > MAX_DECODED => Outcome::TooLong,
        Ok(_) => Outcome::Whole,
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Outcome::Cut,
        Err(_) => Outcome::Bad,
    };
    out.truncate(MAX_DECODED);
    (out, outcome)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut to = GzEncoder::new(Vec::new(), Compression::best());
        to.write_all(bytes).expect("memory takes all");
        to.finish().expect("memory takes all")
    }

    #[test]
    fn a_small_body_that_unfolds_to_megabytes_is_stopped() {
        let bomb = gzip(&vec![0; 8 << 20]);
        assert!(bomb.len() < 10_000);
        let (out, outcome) = decode(Coding::Gzip, &bomb).expect("gzip is known");
        assert_eq!((out.len(), outcome), (MAX_DECODED, Outcome::TooLong));
    }

    #[test]
    fn a_body_that_is_cut_shows_its_beginning() {
        let text: Vec<u8> = (0..20_000u32).flat_map(u32::to_be_bytes).collect();
        let whole = gzip(&text);
        let (out, outcome) = decode(Coding::Gzip, &whole[..whole.len() / 2]).expect("gzip is known");
        assert_eq!(outcome, Outcome::Cut);
        assert!(!out.is_empty() && text.starts_with(&out));
    }

    #[test]
    fn deflate_is_taken_with_and_without_its_envelope() {
        let bare = [0x4b, 0xcc, 0x04, 0x00]; // "ai"
        assert_eq!(decode(Coding::Deflate, &bare), Some((b"ai".to_vec(), Outcome::Whole)));
        let zlib = [0x78, 0x9c, 0x4b, 0xcc, 0x04, 0x00, 0x01, 0x2d, 0x00, 0xcb];
        assert_eq!(decode(Coding::Deflate, &zlib), Some((b"ai".to_vec(), Outcome::Whole)));
    }

    #[test]
    fn a_stored_brotli_stream_is_read() {
        let stored = [0x0b, 0x02, 0x80, b'H', b'e', b'l', b'l', b'o', 0x03];
        assert_eq!(decode(Coding::Brotli, &stored), Some((b"Hello".to_vec(), Outcome::Whole)));
    }

    #[test]
    fn bytes_that_are_no_gzip_are_said_to_be_none() {
        assert_eq!(decode(Coding::Gzip, b"Hello, this is plain text").map(|d| d.1), Some(Outcome::Bad));
        assert_eq!(decode(Coding::named("zstd"), b"Hello"), None);
    }
}
