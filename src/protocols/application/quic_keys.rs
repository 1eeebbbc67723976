//! Keys that everybody can compute, RFC 9001 §5 and RFC 9369 §3.3: those of Initial packets come from an id that
//! crosses the wire in the clear, those of a Retry's tag stand in the standard. Plain slices in, plain bytes out.
//! Not here: which id the keys come from (`quic_connection`), all keys that TLS agrees on.

use aes::Aes128;
use aes::cipher::BlockCipherEncrypt;
use aes_gcm::{AeadInOut, Aes128Gcm, KeyInit};
use hkdf::Hkdf;
use sha2::Sha256;

use super::hkdf_label::expand_label;
use super::quic_header::{VERSION_1, VERSION_2};

/// Bytes of AEAD's tag behind the encrypted text.
const TAG: usize = 16;

/// What makes the keys of each version different, so that a box that knows one version does not know the next.
struct Version {
    salt: [u8; 20],
    labels: [&'static [u8]; 3],
    retry_key: [u8; 16],
    retry_nonce: [u8; 12],
}

const LABELS: [&[u8]; 3] = [b"quic key", b"quic iv", b"quic hp"];

/// RFC 9001 §5.2, §5.8.
static V1: Version = Version {
    salt: *b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a",
    labels: LABELS,
    retry_key: *b"\xbe\x0c\x69\x0b\x9f\x66\x57\x5a\x1d\x76\x6b\x54\xe3\x68\xc8\x4e",
    retry_nonce: *b"\x46\x15\x99\xd3\x5d\x63\x2b\xf2\x23\x98\x25\xbb",
};
/// RFC 9369 §3.3.
static V2: Version = Version {
    salt: *b"\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9",
    labels: [b"quicv2 key", b"quicv2 iv", b"quicv2 hp"],
    retry_key: *b"\x8f\xb4\xb0\x1b\x56\xac\x48\xe2\x60\xfb\xcb\xce\xad\x7c\xcc\x92",
    retry_nonce: *b"\xd8\x69\x69\xbc\x2d\x7c\x6d\x99\x90\xef\xb0\x4a",
};
/// draft-ietf-quic-tls-29 §5.2, §5.8; unchanged up to draft 32.
static DRAFT_29: Version = Version {
    salt: *b"\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99",
    labels: LABELS,
    retry_key: *b"\xcc\xce\x18\x7e\xd0\x9a\x09\xd0\x57\x28\x15\x5a\x6c\xb9\x6b\xe1",
    retry_nonce: *b"\xe5\x49\x30\xf9\x7f\x21\x36\xf0\x53\x0a\x8c\x1c",
};

impl Version {
    fn of(version: u32) -> Option<&'static Version> {
        match version {
            VERSION_1 | 0xff00_0021 | 0xff00_0022 => Some(&V1),
            VERSION_2 => Some(&V2),
            0xff00_001d..=0xff00_0020 => Some(&DRAFT_29),
            _ => None,
        }
    }
}

/// What one side encrypts its Initial packets with.
pub(super) struct Keys {
    key: [u8; 16],
    iv: [u8; 12],
    /// For the bits of the header.
    header: [u8; 16],
}

/// A packet, opened.
pub(super) struct Opened {
    /// First byte as it was before it was hidden.
    pub first: u8,
    /// Bytes of the packet number.
    pub number_length: usize,
    /// The whole packet number, of which the wire carries the end.
    pub number: u64,
    /// What was encrypted.
    pub text: Vec<u8>,
}

impl Keys {
    /// The keys of client (0) or server (1) of the connection that began with this id.
    pub(super) fn initial(version: u32, destination: &[u8], side: usize) -> Option<Keys> {
        let version = Version::of(version)?;
        let (secret, _) = Hkdf::<Sha256>::extract(Some(&version.salt), destination);
        let mut own = [0; 32];
        let label: &[u8] = if side == 0 { b"client in" } else { b"server in" };
        let mut done = expand_label::<Sha256>(&secret, label, &[], &mut own);
        let mut keys = Keys { key: [0; 16], iv: [0; 12], header: [0; 16] };
        let [key, iv, header] = version.labels;
        done &= expand_label::<Sha256>(&own, key, &[], &mut keys.key);
        done &= expand_label::<Sha256>(&own, iv, &[], &mut keys.iv);
        done &= expand_label::<Sha256>(&own, header, &[], &mut keys.header);
        done.then_some(keys)
    }

    /// Opens a packet whose protected part begins at `size`; `largest` is the highest number seen before.
    /// `None` where the keys do not fit.
    pub(super) fn open(&self, packet: &[u8], size: usize, largest: Option<u64>) -> Option<Opened> {
        let sample: [u8; 16] = *packet.get(size + 4..)?.first_chunk()?;
        let mut mask = sample.into();
        Aes128::new(&self.header.into()).encrypt_block(&mut mask);
        let first = packet.first()? ^ (mask[0] & 0x0f);
        let number_length = usize::from(first & 3) + 1;
        let mut head = packet.get(..size + number_length)?.to_vec();
        *head.first_mut()? = first;
        let mut short = 0;
        for (byte, hidden) in head.iter_mut().skip(size).zip(mask.iter().skip(1)) {
            *byte ^= hidden;
            short = short << 8 | u64::from(*byte);
        }
        let number = whole_number(short, 8 * number_length as u32, largest);
        let mut nonce = self.iv;
        nonce.iter_mut().skip(4).zip(number.to_be_bytes()).for_each(|(n, b)| *n ^= b);
        let (text, tag) = packet.get(head.len()..)?.split_last_chunk::<TAG>()?;
        let mut text = text.to_vec();
        let opener = Aes128Gcm::new(&self.key.into());
        opener.decrypt_inout_detached(&nonce.into(), &head, text.as_mut_slice().into(), &(*tag).into()).ok()?;
        Some(Opened { first, number_length, number, text })
    }
}

/// The number whose last bits were sent, nearest to the one that should come next (RFC 9000 §A.3).
fn whole_number(short: u64, bits: u32, largest: Option<u64>) -> u64 {
    let (window, expected) = (1u64 << bits, largest.map_or(0, |n| n + 1));
    let near = (expected & !(window - 1)) | short;
    if near + window / 2 <= expected && near < (1 << 62) - window {
        near + window
    } else if near > expected + window / 2 && near >= window {
        near - window
    } else {
        near
    }
}

/// Whether the tag at the end of a Retry fits the id that the client had called (RFC 9001 §5.8).
/// `None` where nobody here knows the version's key.
pub(super) fn retry_fits(version: u32, packet: &[u8], original: &[u8]) -> Option<bool> {
    let version = Version::of(version)?;
    let (retry, tag) = packet.split_last_chunk::<TAG>()?;
    let mut known = vec![u8::try_from(original.len()).ok()?];
    known.extend_from_slice(original);
    known.extend_from_slice(retry);
    let opener = Aes128Gcm::new(&version.retry_key.into());
    let nothing: &mut [u8] = &mut [];
    Some(opener.decrypt_inout_detached(&version.retry_nonce.into(), &known, nothing.into(), &(*tag).into()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{Keys, retry_fits, whole_number};
    use crate::protocols::testing::hex;

    const ID: &str = "8394c8f03e515708";
    // RFC 9001 §A.3.
    const SERVER_INITIAL: &str = "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee";

    #[test]
    fn the_servers_first_packet_of_the_standard_is_opened() {
        let packet = hex(SERVER_INITIAL);
        let opened = Keys::initial(1, &hex(ID), 1).and_then(|k| k.open(&packet, 18, None)).expect("the keys fit");
        assert_eq!((opened.first, opened.number_length, opened.number), (0xc1, 2, 1));
        assert!(opened.text.starts_with(&hex("02000000000600405a020000560303")));
        assert_eq!(opened.text.len(), 99);
    }

    #[test]
    fn one_wrong_bit_or_another_id_opens_nothing() {
        let mut packet = hex(SERVER_INITIAL);
        let open = |packet: &[u8], id: &str, side| {
            Keys::initial(1, &hex(id), side).and_then(|k| k.open(packet, 18, None)).is_some()
        };
        assert!(open(&packet, ID, 1));
        assert!(!open(&packet, ID, 0));
        assert!(!open(&packet, "8394c8f03e515709", 1));
        assert!(!open(&packet[..40], ID, 1));
        packet[100] ^= 1;
        assert!(!open(&packet, ID, 1));
        assert!(Keys::initial(0x1a2a_3a4a, &hex(ID), 0).is_none());
    }

    #[test]
    fn the_tag_of_a_retry_depends_on_the_id_that_the_client_had_called() {
        // RFC 9001 §A.4 and RFC 9369 §A.4.
        let retry = hex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba");
        assert_eq!(retry_fits(1, &retry, &hex(ID)), Some(true));
        assert_eq!(retry_fits(1, &retry, &hex("8394c8f03e515709")), Some(false));
        let retry = hex("cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6");
        assert_eq!(retry_fits(0x6b33_43cf, &retry, &hex(ID)), Some(true));
    }

    #[test]
    fn numbers_are_completed_with_what_was_seen_before() {
        // RFC 9000 §A.3.
        assert_eq!(whole_number(0x9b32, 16, Some(0xa82f_30ea)), 0xa82f_9b32);
        assert_eq!(whole_number(0, 8, None), 0);
        assert_eq!(whole_number(1, 8, Some(255)), 257);
        assert_eq!(whole_number(255, 8, Some(256)), 255);
    }
}
