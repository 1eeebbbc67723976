//! HKDF-Expand-Label, RFC 8446 §7.1: how TLS 1.3 and QUIC make every key they need out of one secret.
//! A label says what the key is for, so that no two keys are ever the same.

use hkdf::Hkdf;
use hkdf::hmac::{EagerHash, digest::OutputSizeUser};

/// Fills `out` with the key that `secret` gives for `label` (without its "tls13 ") and `context`.
/// `false` where the secret is too short for the hash, or a length is beyond what HKDF allows: no key then.
pub(super) fn expand_label<H: EagerHash + OutputSizeUser>(
    secret: &[u8],
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> bool {
    const PREFIX: &[u8] = b"tls13 ";
    let (Ok(length), Ok(label_length), Ok(context_length)) =
        (u16::try_from(out.len()), u8::try_from(PREFIX.len() + label.len()), u8::try_from(context.len()))
    else {
        return false;
    };
    let Ok(key) = Hkdf::<H>::from_prk(secret) else { return false };
    let info: [&[u8]; 6] = [&length.to_be_bytes(), &[label_length], PREFIX, label, &[context_length], context];
    key.expand_multi_info(&info, out).is_ok()
}

#[cfg(test)]
mod tests {
    use super::expand_label;
    use data_encoding::HEXLOWER_PERMISSIVE as HEX;
    use sha2::Sha256;

    #[test]
    fn gives_the_keys_that_the_standard_of_quic_prints() {
        // RFC 9001 §A.1: the client's Initial keys for the destination id 8394c8f03e515708.
        let secret = HEX.decode(b"c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea").expect("hex");
        let (mut key, mut iv) = ([0; 16], [0; 12]);
        assert!(expand_label::<Sha256>(&secret, b"quic key", &[], &mut key));
        assert!(expand_label::<Sha256>(&secret, b"quic iv", &[], &mut iv));
        assert_eq!(HEX.encode(&key), "1f369613dd76d5467730efcbe3b1a22d");
        assert_eq!(HEX.encode(&iv), "fa044b2f42a3fd3b46fb255c");
    }

    #[test]
    fn a_secret_that_is_too_short_gives_no_key() {
        assert!(!expand_label::<Sha256>(&[1; 5], b"key", &[], &mut [0; 16]));
    }
}
