//! permessage-deflate, RFC 7692: what is offered and agreed on, and messages that travel compressed.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::frame::Broken;

/// What ends every compressed message and is left out of it (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// Bytes that are inflated at a time.
const STEP: usize = 16 * 1024;

/// What two sides have agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// The client begins each message anew.
    pub client_no_context_takeover: bool,
    /// The server does.
    pub server_no_context_takeover: bool,
    /// How far back the client's compressor looks, as a power of two: 9 to 15.
    pub client_max_window_bits: u8,
    /// How far back the server's does.
    pub server_max_window_bits: u8,
}

impl Default for Agreement {
    fn default() -> Self {
        Agreement {
            client_no_context_takeover: false,
            server_no_context_takeover: false,
            client_max_window_bits: 15,
            server_max_window_bits: 15,
        }
    }
}

impl Agreement {
    /// What a client writes into `Sec-WebSocket-Extensions`.
    pub const OFFER: &'static str = "permessage-deflate; client_max_window_bits";

    /// A server's answer to a client's `Sec-WebSocket-Extensions`: the first offer that can be had, and the header.
    pub fn accept(offers: &str) -> Option<(Self, String)> {
        offers.split(',').find_map(|offer| {
            let (agreement, hinted) = Self::parse(offer, true)?;
            let mut header = "permessage-deflate".to_owned();
            if agreement.server_no_context_takeover {
                header += "; server_no_context_takeover";
            }
            if agreement.client_no_context_takeover {
                header += "; client_no_context_takeover";
            }
            if agreement.server_max_window_bits < 15 {
                header += &format!("; server_max_window_bits={}", agreement.server_max_window_bits);
            }
            if hinted && agreement.client_max_window_bits < 15 {
                header += &format!("; client_max_window_bits={}", agreement.client_max_window_bits);
            }
            Some((agreement, header))
        })
    }

    /// What a server's header agrees on, for a client that offered [`Self::OFFER`].
    pub fn of_answer(answer: &str) -> Option<Self> {
        Self::parse(answer, false).map(|(agreement, _)| agreement)
    }

    /// The agreement, and whether the client may be told its window.
    fn parse(text: &str, offer: bool) -> Option<(Self, bool)> {
        let mut parts = text.split(';').map(str::trim);
        if parts.next()? != "permessage-deflate" {
            return None;
        }
        let (mut agreement, mut hinted) = (Agreement::default(), false);
        let mut seen: Vec<&str> = Vec::new();
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
                None => (part, None),
            };
            if seen.contains(&name) {
                return None; // §7: a parameter that comes twice makes the offer invalid
            }
            seen.push(name);
            // zlib cannot make windows of 2^8 bytes, so a peer that asks for them is refused.
            let bits = || value?.parse().ok().filter(|bits| (9..=15).contains(bits));
            match (name, value) {
                ("client_no_context_takeover", None) => agreement.client_no_context_takeover = true,
                ("server_no_context_takeover", None) => agreement.server_no_context_takeover = true,
                ("server_max_window_bits", _) => agreement.server_max_window_bits = bits()?,
                ("client_max_window_bits", None) if offer => hinted = true,
                ("client_max_window_bits", _) => {
                    agreement.client_max_window_bits = bits()?;
                    hinted = true;
                }
                _ => return None,
            }
        }
        Some((agreement, hinted))
    }
}

/// Compresses what one side sends and inflates what it receives.
pub struct Deflate {
    compress: Compress,
    decompress: Decompress,
    fresh_out: bool,
    fresh_in: bool,
}

impl Deflate {
    /// For a client or a server.
    pub fn new(agreement: Agreement, client: bool) -> Self {
        let mine = [agreement.client_max_window_bits, agreement.server_max_window_bits];
        let fresh = [agreement.client_no_context_takeover, agreement.server_no_context_takeover];
        let side = usize::from(!client);
        Deflate {
            compress: Compress::new_with_window_bits(Compression::default(), false, mine[side]),
            decompress: Decompress::new_with_window_bits(false, mine[1 - side]),
            fresh_out: fresh[side],
            fresh_in: fresh[1 - side],
        }
    }

    /// A message as it travels.
    pub fn deflate(&mut self, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len() / 2 + 64);
        let begun = self.compress.total_in();
        loop {
            out.reserve(message.len() / 2 + 64);
            let done = (self.compress.total_in() - begun) as usize;
            let rest = message.get(done..).unwrap_or_default();
            // Compressing into memory that grows cannot fail.
            let _ = self.compress.compress_vec(rest, &mut out, FlushCompress::Sync);
            let all = (self.compress.total_in() - begun) as usize == message.len();
            if all && out.len() < out.capacity() {
                break;
            }
        }
        if out.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        if out.is_empty() {
            out.push(0); // §7.2.3.6: an empty message
        }
        if self.fresh_out {
            self.compress.reset();
        }
        out
    }

    /// Appends a piece of a message, inflated; `last` where the message ends with it.
    ///
    /// # Errors
    /// It is no deflate stream, or becomes larger than `most` bytes.
    pub fn inflate(&mut self, piece: &[u8], last: bool, most: usize, out: &mut Vec<u8>) -> Result<(), Broken> {
        self.feed(piece, most, out)?;
        if last {
            self.feed(&TAIL, most, out)?;
            if self.fresh_in {
                self.decompress.reset(false);
            }
        }
        Ok(())
    }

    fn feed(&mut self, mut bytes: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), Broken> {
        loop {
            if out.capacity() - out.len() < STEP {
                out.reserve(STEP);
            }
            let (before_in, before_out) = (self.decompress.total_in(), out.len());
            let status = self.decompress.decompress_vec(bytes, out, FlushDecompress::Sync);
            bytes = &bytes[(self.decompress.total_in() - before_in) as usize..];
            if out.len() > most {
                return Err(Broken {
                    code: 1009,
                    rule: "RFC 6455 §7.4.1",
                    what: "the message inflates to more than is allowed",
                });
            }
            match status {
                Ok(Status::StreamEnd) => {
                    // §7.2.3.4: a last block may be set; the next message begins a new stream.
                    self.decompress.reset(false);
                }
                Ok(_) if bytes.is_empty() && out.len() < out.capacity() => return Ok(()),
                Ok(Status::BufError) if out.len() == before_out && out.len() < out.capacity() => return Ok(()),
                Ok(_) => {}
                Err(_) => {
                    return Err(Broken {
                        code: 1007,
                        rule: "RFC 7692 §7.2.2",
                        what: "the compressed message cannot be inflated",
                    });
                }
            }
            if bytes.is_empty() && out.len() < out.capacity() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(agreement: Agreement, messages: &[Vec<u8>]) -> Vec<usize> {
        let (mut client, mut server) = (Deflate::new(agreement, true), Deflate::new(agreement, false));
        let mut sizes = Vec::new();
        for message in messages {
            let packed = client.deflate(message);
            sizes.push(packed.len());
            let mut out = Vec::new();
            // In pieces, as fragments bring them.
            let middle = packed.len() / 2;
            server.inflate(&packed[..middle], false, 1 << 24, &mut out).expect("inflates");
            server.inflate(&packed[middle..], true, 1 << 24, &mut out).expect("inflates");
            assert_eq!(&out, message);
        }
        sizes
    }

    #[test]
    fn messages_come_back_and_the_second_one_is_smaller_with_context() {
        let text = b"the quick brown fox jumps over the lazy dog".repeat(3);
        let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let messages = [text.clone(), text, Vec::new(), noise.clone(), vec![7; 1_000_000], noise];
        let with = there_and_back(Agreement::default(), &messages);
        let fresh = Agreement { client_no_context_takeover: true, ..Agreement::default() };
        let without = there_and_back(fresh, &messages);
        assert!(with[1] < with[0] && without[1] == without[0], "{with:?} {without:?}");
        for bits in 9..=15 {
            there_and_back(Agreement { client_max_window_bits: bits, ..Agreement::default() }, &messages);
        }
    }

    #[test]
    fn the_rfcs_hello_is_inflated() {
        let mut out = Vec::new();
        let mut deflate = Deflate::new(Agreement::default(), true);
        deflate.inflate(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], true, 100, &mut out).expect("inflates");
        deflate.inflate(&[0xf2, 0x00, 0x11, 0x00, 0x00], true, 100, &mut out).expect("inflates");
        assert_eq!(out, b"HelloHello");
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        let bomb = Deflate::new(Agreement::default(), true).deflate(&vec![0; 10_000_000]);
        let mut out = Vec::new();
        let end = Deflate::new(Agreement::default(), false).inflate(&bomb, true, 100_000, &mut out);
        assert_eq!(end.map_err(|broken| broken.code), Err(1009));
        assert!(out.len() < 200_000);
    }

    #[test]
    fn an_offer_is_answered_with_what_it_asks_for() {
        let answer = |offer| Agreement::accept(offer).map(|(_, header)| header);
        assert_eq!(answer("permessage-deflate; client_max_window_bits").as_deref(), Some("permessage-deflate"));
        let asks = "permessage-deflate; server_no_context_takeover; server_max_window_bits=10";
        assert_eq!(answer(asks).as_deref(), Some(asks));
        assert_eq!(
            answer("x-other, permessage-deflate;client_max_window_bits=\"12\"").as_deref(),
            Some("permessage-deflate; client_max_window_bits=12")
        );
        for wrong in [
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; a",
            "permessage-deflate; server_max_window_bits",
            "bzip",
        ] {
            assert_eq!(answer(wrong), None, "{wrong}");
        }
    }
}
