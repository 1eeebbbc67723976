//! How TLS encrypts records, for whoever knows the secrets: RFC 8446 §5.2 and §7.3, RFC 5246 §5 and §6.2.3,
//! RFC 5288 (GCM), RFC 7905 (`ChaCha20`), RFC 7366 (encrypt then MAC), RFC 4346 and RFC 2246 (1.1, 1.0).
//! Not here: CCM, Camellia, 3DES, RC4; whose turn it is and which secret (`tls_decrypt`).

use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
use chacha20poly1305::ChaCha20Poly1305;
use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::hkdf_label::expand_label;
use super::tls_ciphers::CIPHER_SUITES;

/// Bytes of the tag that an AEAD appends.
const TAG: usize = 16;
/// Bytes of a block of AES.
const BLOCK: usize = 16;

/// Which hash makes keys, or checks records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
}

impl Hash {
    fn length(self) -> usize {
        match self {
            Hash::Md5 => 16,
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
        }
    }

    fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        fn with<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
            // HMAC takes keys of any length.
            let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
            for part in parts {
                mac.update(part);
            }
            mac.finalize().into_bytes().to_vec()
        }
        match self {
            Hash::Md5 => with::<Hmac<Md5>>(key, parts),
            Hash::Sha1 => with::<Hmac<Sha1>>(key, parts),
            Hash::Sha256 => with::<Hmac<Sha256>>(key, parts),
            Hash::Sha384 => with::<Hmac<Sha384>>(key, parts),
        }
    }

    /// `P_hash` of RFC 5246 §5.
    fn stretch(self, secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
        let (mut out, mut a) = (Vec::new(), self.hmac(secret, &[seed]));
        while out.len() < length && !a.is_empty() {
            out.extend(self.hmac(secret, &[&a, seed]));
            a = self.hmac(secret, &[&a]);
        }
        out.resize(length, 0);
        out
    }

    /// HKDF-Expand-Label with this hash.
    fn label(self, secret: &[u8], label: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut out = vec![0; length];
        let done = match self {
            Hash::Sha384 => expand_label::<Sha384>(secret, label, &[], &mut out),
            _ => expand_label::<Sha256>(secret, label, &[], &mut out),
        };
        done.then_some(out)
    }
}

/// What a suite encrypts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cipher {
    Gcm128,
    Gcm256,
    ChaCha,
    /// Bytes of the key, and the hash that checks.
    Cbc(usize, Hash),
}

/// A cipher suite that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Suite {
    cipher: Cipher,
    hash: Hash,
}

impl Suite {
    /// By its number; its name says all. `None` where layercake cannot open it.
    pub(super) fn find(number: u16) -> Option<Suite> {
        let name = CIPHER_SUITES.iter().find(|n| n.value == u64::from(number))?.name;
        let hash = if name.ends_with("SHA384") { Hash::Sha384 } else { Hash::Sha256 };
        let check = match name.rsplit('_').next()? {
            "SHA" => Hash::Sha1,
            "SHA256" => Hash::Sha256,
            "SHA384" => Hash::Sha384,
            _ => return None,
        };
        let cipher = match name {
            n if n.contains("AES_128_GCM") => Cipher::Gcm128,
            n if n.contains("AES_256_GCM") => Cipher::Gcm256,
            n if n.contains("CHACHA20_POLY1305") => Cipher::ChaCha,
            n if n.contains("AES_128_CBC") => Cipher::Cbc(16, check),
            n if n.contains("AES_256_CBC") => Cipher::Cbc(32, check),
            _ => return None,
        };
        Some(Suite { cipher, hash })
    }

    fn key_length(self) -> usize {
        match self.cipher {
            Cipher::Gcm128 => 16,
            Cipher::Gcm256 | Cipher::ChaCha => 32,
            Cipher::Cbc(n, _) => n,
        }
    }
}

/// The keys of one direction.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    suite: Suite,
    version: u16,
    key: Vec<u8>,
    iv: Vec<u8>,
    mac: Vec<u8>,
    pub(super) encrypt_then_mac: bool,
}

/// The head of a record, which the check covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub kind: u8,
    pub version: u16,
}

impl Keys {
    /// The keys that a traffic secret of TLS 1.3 gives.
    pub(super) fn of_secret(suite: Suite, secret: &[u8]) -> Option<Keys> {
        if secret.len() != suite.hash.length() || matches!(suite.cipher, Cipher::Cbc(..)) {
            return None;
        }
        let key = suite.hash.label(secret, b"key", suite.key_length())?;
        let iv = suite.hash.label(secret, b"iv", 12)?;
        Some(Keys { suite, version: 0x0304, key, iv, mac: Vec::new(), encrypt_then_mac: false })
    }

    /// The keys of client and server that a master secret of TLS 1.2 and before gives.
    pub(super) fn of_master(
        suite: Suite,
        version: u16,
        master: &[u8],
        client: &[u8; 32],
        server: &[u8; 32],
    ) -> [Keys; 2] {
        let (mac, iv) = match suite.cipher {
            Cipher::Gcm128 | Cipher::Gcm256 => (0, 4),
            Cipher::ChaCha => (0, 12),
            Cipher::Cbc(_, hash) => (hash.length(), if version <= 0x0301 { BLOCK } else { 0 }),
        };
        let seed = [b"key expansion".as_slice(), server, client].concat();
        let length = 2 * (mac + suite.key_length() + iv);
        let block = if version >= 0x0303 {
            suite.hash.stretch(master, &seed, length)
        } else {
            // Two hashes, each over one half of the secret: if one breaks, the other holds (RFC 2246 §5).
            let half = master.len().div_ceil(2);
            let one = Hash::Md5.stretch(master.get(..half).unwrap_or(&[]), &seed, length);
            let other = Hash::Sha1.stretch(master.get(master.len() - half..).unwrap_or(&[]), &seed, length);
            one.iter().zip(other).map(|(a, b)| a ^ b).collect()
        };
        let mut at = 0;
        let mut take = |n: usize| {
            at += n;
            block.get(at - n..at).unwrap_or(&[]).to_vec()
        };
        let (macs, keys, ivs) =
            ([take(mac), take(mac)], [take(suite.key_length()), take(suite.key_length())], [take(iv), take(iv)]);
        let [mac0, mac1] = macs;
        let [key0, key1] = keys;
        let [iv0, iv1] = ivs;
        let make = |key, iv, mac| Keys { suite, version, key, iv, mac, encrypt_then_mac: false };
        [make(key0, iv0, mac0), make(key1, iv1, mac1)]
    }

    /// The keys behind a key update, and their secret (RFC 8446 §7.2).
    pub(super) fn next(&self, secret: &[u8]) -> Option<(Keys, Vec<u8>)> {
        let secret = self.suite.hash.label(secret, b"traffic upd", secret.len())?;
        Some((Keys::of_secret(self.suite, &secret)?, secret))
    }

    /// Opens record number `seq`; `None` where the check fails. `previous` is the block before it (CBC of TLS 1.0).
    pub(super) fn open(&self, seq: u64, head: Head, body: &[u8], previous: &[u8]) -> Option<Vec<u8>> {
        match self.suite.cipher {
            Cipher::Cbc(_, hash) => self.open_cbc(hash, seq, head, body, previous),
            cipher => self.open_aead(cipher, seq, head, body),
        }
    }

    fn open_aead(&self, cipher: Cipher, seq: u64, head: Head, body: &[u8]) -> Option<Vec<u8>> {
        let explicit = if self.version < 0x0304 && cipher != Cipher::ChaCha { 8 } else { 0 };
        let (number, sealed) = body.split_at_checked(explicit)?;
        let (text, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG)?)?;
        let nonce: [u8; 12] = if explicit > 0 {
            [&self.iv, number].concat().try_into().ok()?
        } else {
            let mut nonce: [u8; 12] = self.iv.as_slice().try_into().ok()?;
            nonce.iter_mut().skip(4).zip(seq.to_be_bytes()).for_each(|(n, s)| *n ^= s);
            nonce
        };
        let mut covered = Vec::with_capacity(13);
        let stated = if self.version < 0x0304 {
            covered.extend(seq.to_be_bytes());
            text.len()
        } else {
            body.len()
        };
        covered.push(head.kind);
        covered.extend(head.version.to_be_bytes());
        covered.extend(u16::try_from(stated).ok()?.to_be_bytes());
        let mut out = text.to_vec();
        let nonce = (&nonce).into();
        let tag: &[u8; TAG] = tag.try_into().ok()?;
        let (tag, buffer) = (tag.into(), out.as_mut_slice().into());
        match cipher {
            Cipher::Gcm128 => {
                Aes128Gcm::new_from_slice(&self.key).ok()?.decrypt_inout_detached(nonce, &covered, buffer, tag)
            }
            Cipher::Gcm256 => {
                Aes256Gcm::new_from_slice(&self.key).ok()?.decrypt_inout_detached(nonce, &covered, buffer, tag)
            }
            _ => ChaCha20Poly1305::new_from_slice(&self.key).ok()?.decrypt_inout_detached(nonce, &covered, buffer, tag),
        }
        .ok()?;
        Some(out)
    }

    fn open_cbc(&self, hash: Hash, seq: u64, head: Head, body: &[u8], previous: &[u8]) -> Option<Vec<u8>> {
        let check =
            |content: &[u8]| {
                let length = u16::try_from(content.len()).ok()?.to_be_bytes();
                Some(hash.hmac(
                    &self.mac,
                    &[&seq.to_be_bytes(), &[head.kind], &head.version.to_be_bytes(), &length, content],
                ))
            };
        let mut sealed = body;
        if self.encrypt_then_mac {
            let (content, mac) = body.split_at_checked(body.len().checked_sub(hash.length())?)?;
            if check(content)? != mac {
                return None;
            }
            sealed = content;
        }
        let (iv, text) = match self.version {
            ..=0x0301 => (if previous.is_empty() { self.iv.as_slice() } else { previous }, sealed),
            _ => sealed.split_at_checked(BLOCK)?,
        };
        if text.is_empty() || text.len() % BLOCK != 0 {
            return None;
        }
        let mut out = text.to_vec();
        let (blocks, _) = aes::cipher::Array::slice_as_chunks_mut(&mut out);
        if self.key.len() == 16 {
            cbc::Decryptor::<aes::Aes128>::new_from_slices(&self.key, iv).ok()?.decrypt_blocks(blocks);
        } else {
            cbc::Decryptor::<aes::Aes256>::new_from_slices(&self.key, iv).ok()?.decrypt_blocks(blocks);
        }
        let filling = usize::from(*out.last()?);
        out.truncate(out.len().checked_sub(filling + 1)?);
        if !self.encrypt_then_mac {
            let mac = out.split_off(out.len().checked_sub(hash.length())?);
            if check(&out)? != mac {
                return None;
            }
        }
        Some(out)
    }

    /// What the next record of TLS 1.0 begins with in place of random bytes: the end of this one.
    pub(super) fn chain(&self, body: &[u8]) -> Vec<u8> {
        let Cipher::Cbc(_, hash) = self.suite.cipher else { return Vec::new() };
        let end = if self.encrypt_then_mac { body.len().saturating_sub(hash.length()) } else { body.len() };
        body.get(end.saturating_sub(BLOCK)..end).unwrap_or(&[]).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::{Head, Keys, Suite};
    use crate::protocols::testing::hex;

    #[test]
    fn the_name_of_a_suite_says_how_to_open_it() {
        assert!(Suite::find(0x1301).is_some() && Suite::find(0xc02f).is_some() && Suite::find(0xcca8).is_some());
        assert!(Suite::find(0x002f).is_some(), "AES in CBC mode");
        assert_eq!(Suite::find(0x0005), None, "RC4");
        assert_eq!(Suite::find(0xffff), None, "no such suite");
    }

    #[test]
    fn gives_the_keys_that_rfc_8448_prints() {
        let secret = hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        let keys = Keys::of_secret(Suite::find(0x1301).expect("known"), &secret).expect("keys");
        assert_eq!(keys.key, hex("3fce516009c21727d0f2e4e86ee403bc"));
        assert_eq!(keys.iv, hex("5d313eb2671276ee13000b30"));
    }

    #[test]
    fn hostile_lengths_open_nothing() {
        let head = Head { kind: 23, version: 0x0303 };
        for suite in [0x1301, 0x1302, 0x1303].map(|n| Suite::find(n).expect("known")) {
            for length in [0, 32, 48, 200] {
                let Some(keys) = Keys::of_secret(suite, &vec![7; length]) else { continue };
                assert!((0..40).all(|n| keys.open(0, head, &vec![0; n], &[]).is_none()));
            }
        }
        for suite in [0xc02f, 0xcca8, 0xc013, 0x003d].map(|n| Suite::find(n).expect("known")) {
            for version in [0x0300, 0x0301, 0x0302, 0x0303] {
                for mut keys in Keys::of_master(suite, version, &[9; 17], &[1; 32], &[2; 32]) {
                    assert!((0..80).all(|n| keys.open(u64::MAX, head, &vec![0; n], &[]).is_none()));
                    keys.encrypt_then_mac = true;
                    assert!((0..80).all(|n| keys.open(0, head, &vec![0; n], &[1, 2]).is_none()));
                }
            }
        }
    }
}
