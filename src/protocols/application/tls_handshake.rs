//! TLS handshake messages, RFC 8446 §4 and RFC 5246 §7.4: two strangers agree on keys in front of everybody.
//! Not here: the extensions of a hello (`tls_extensions`), certificates (`tls_certificate`), what is encrypted.

use super::tls_certificate as certificate;
use super::tls_decrypt as decrypt;
use super::tls_extensions::{self as extensions, Hello};
use super::tls_fields as f;
use super::tls_names as names;
use crate::dissect::{Cut, Field, Protocol, Reader, Span};

/// A hello retry request is a server hello with this in place of random bytes (a hash).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What is remembered of one connection.
#[derive(Default)]
pub(super) struct Session {
    /// What the server has chosen.
    pub version: Option<u16>,
    /// Whether client and server have changed to encryption (TLS 1.2 and before).
    pub encrypted: [bool; 2],
    /// Whether client and server have sent an encrypted record.
    pub spoke: [bool; 2],
    /// Whether the client announced data before the end of the handshake.
    pub early_data: bool,
    /// What the hellos brought that goes into the keys.
    pub client_random: [u8; 32],
    pub server_random: [u8; 32],
    pub cipher: u16,
    pub encrypt_then_mac: bool,
    /// What is spoken inside, as the two have agreed.
    pub speaks: Option<&'static Protocol>,
    /// The next layer reads handshake messages that were decrypted.
    pub inside: bool,
}

/// Takes the messages that remain.
pub(super) fn messages(r: &mut Reader<'_>) -> Result<(), Cut> {
    while r.left() > 0 {
        r.group(&f::MESSAGE, message)?;
    }
    Ok(())
}

/// Takes the three bytes of a length.
pub(super) fn u24(r: &mut Reader<'_>, field: &'static Field) -> Result<usize, Cut> {
    let raw = r.raw::<3>()?;
    Ok(r.part(field, raw, 0..24) as usize)
}

fn message(r: &mut Reader<'_>) -> Result<(), Cut> {
    let kind = r.u8(&f::HANDSHAKE_TYPE)?;
    let length = u24(r, &f::HANDSHAKE_LENGTH)?;
    r.within(length, |r| {
        match kind {
            names::CLIENT_HELLO => client_hello(r)?,
            names::SERVER_HELLO => server_hello(r)?,
            names::CERTIFICATE => certificate::chain(r)?,
            names::SERVER_KEY_EXCHANGE => server_key_exchange(r)?,
            names::CLIENT_KEY_EXCHANGE => client_key_exchange(r)?,
            names::CERTIFICATE_REQUEST => certificate_request(r)?,
            names::CERTIFICATE_VERIFY => signature(r)?,
            names::ENCRYPTED_EXTENSIONS => encrypted_extensions(r)?,
            names::FINISHED => {
                r.all(&f::VERIFY_DATA);
            }
            names::KEY_UPDATE => {
                r.u8(&f::KEY_UPDATE)?;
            }
            names::NEW_SESSION_TICKET => {
                r.u32(&f::TICKET_LIFETIME)?;
                if !matches!(*r.rest(), [high, low, ..] if usize::from(u16::from_be_bytes([high, low])) + 2 == r.left())
                {
                    return ticket_1_3(r);
                }
                let n = usize::from(r.u16(&f::LIST_LENGTH)?);
                r.bytes(&f::TICKET, n)?;
            }
            names::CERTIFICATE_STATUS => {
                r.u8(&extensions::STATUS_TYPE)?;
                let n = u24(r, &f::LIST_LENGTH)?;
                r.bytes(&f::OCSP, n)?;
            }
            _ => {}
        }
        r.all(&f::HANDSHAKE_DATA);
        Ok(())
    })
}

fn session_id(r: &mut Reader<'_>) -> Result<(), Cut> {
    let n = usize::from(r.u8(&f::LIST_LENGTH)?);
    if n > 0 {
        r.bytes(&f::SESSION_ID, n)?;
    }
    Ok(())
}

fn client_hello(r: &mut Reader<'_>) -> Result<(), Cut> {
    let mut hello = Hello { client: true, version: r.u16(&f::HANDSHAKE_VERSION)?, ..Hello::default() };
    let client_random = r.array::<32>(&f::RANDOM)?;
    session_id(r)?;
    let ciphers = usize::from(r.u16(&f::LIST_LENGTH)?);
    r.within(ciphers, |r| {
        while r.left() > 1 {
            r.u16(&f::CIPHER_SUITE)?;
        }
        Ok(())
    })?;
    let methods = r.u8(&f::LIST_LENGTH)?;
    for _ in 0..methods {
        r.u8(&f::COMPRESSION)?;
    }
    let outcome = extensions::all(r, &mut hello);
    r.note(&f::VERSION, u64::from(hello.version));
    if let Some(talk) = r.talk() {
        let session = talk.memory::<Session>();
        if session.encrypted[0] {
            session.client_random = client_random; // a handshake within the encryption: its keys come later
        } else {
            // A hello in the clear: a new handshake.
            *session = Session { early_data: hello.early_data, client_random, ..Session::default() };
            decrypt::begin(talk, hello.early_data);
        }
    }
    outcome
}

fn server_hello(r: &mut Reader<'_>) -> Result<(), Cut> {
    let mut hello = Hello { version: r.u16(&f::HANDSHAKE_VERSION)?, ..Hello::default() };
    let random = r.array::<32>(&f::RANDOM)?;
    hello.retry = random == RETRY;
    if hello.retry {
        r.note(&f::RETRY, 1);
    }
    if matches!(random, [.., b'D', b'O', b'W', b'N', b'G', b'R', b'D', 0 | 1]) {
        r.note(&f::DOWNGRADE, 1);
    }
    session_id(r)?;
    let cipher = r.u16(&f::CIPHER_SUITE)?;
    r.u8(&f::COMPRESSION)?;
    let outcome = extensions::all(r, &mut hello);
    r.note(&f::CIPHER_CHOSEN, u64::from(cipher));
    r.note(&f::VERSION, u64::from(hello.version));
    if let Some(talk) = r.talk() {
        let session = talk.memory::<Session>();
        session.version = Some(hello.version);
        (session.server_random, session.cipher) = (random, cipher);
        session.encrypt_then_mac = hello.encrypt_then_mac;
        session.speaks = hello.speaks.or(session.speaks);
    }
    outcome
}

/// A signature; before TLS 1.2 it does not say how it was made.
fn signature(r: &mut Reader<'_>) -> Result<(), Cut> {
    let says_how = match *r.rest() {
        [_, _, high, low, ..] => usize::from(u16::from_be_bytes([high, low])) + 4 == r.left(),
        _ => false,
    };
    if says_how {
        r.u16(&f::SIGNATURE_SCHEME)?;
    }
    let n = usize::from(r.u16(&f::LIST_LENGTH)?);
    r.bytes(&f::SIGNATURE, n)?;
    Ok(())
}

/// On a named curve it is taken apart; finite fields are shown as bytes.
fn server_key_exchange(r: &mut Reader<'_>) -> Result<(), Cut> {
    if !matches!(*r.rest(), [3, _, _, n, ..] if usize::from(n) + 4 <= r.left()) {
        return Ok(());
    }
    r.u8(&f::CURVE_TYPE)?;
    r.u16(&f::NAMED_CURVE)?;
    let n = usize::from(r.u8(&f::LIST_LENGTH)?);
    r.bytes(&f::PUBLIC_KEY, n)?;
    if r.left() > 0 { signature(r) } else { Ok(()) }
}

/// A point has a length of one byte, an encrypted secret or a finite field's half one of two.
fn client_key_exchange(r: &mut Reader<'_>) -> Result<(), Cut> {
    match *r.rest() {
        [n, ..] if usize::from(n) + 1 == r.left() => {
            r.u8(&f::LIST_LENGTH)?;
            r.bytes(&f::PUBLIC_KEY, usize::from(n))?;
        }
        [high, low, ..] if usize::from(u16::from_be_bytes([high, low])) + 2 == r.left() => {
            let n = usize::from(r.u16(&f::LIST_LENGTH)?);
            r.bytes(&f::ENCRYPTED_SECRET, n)?;
        }
        _ => {}
    }
    Ok(())
}

/// A ticket of TLS 1.3 brings what its key is made with (RFC 8446 §4.6.1).
fn ticket_1_3(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u32(&f::TICKET_AGE_ADD)?;
    let n = usize::from(r.u8(&f::LIST_LENGTH)?);
    r.bytes(&f::TICKET_NONCE, n)?;
    let n = usize::from(r.u16(&f::LIST_LENGTH)?);
    r.bytes(&f::TICKET, n)?;
    extensions::all(r, &mut Hello::default())
}

fn encrypted_extensions(r: &mut Reader<'_>) -> Result<(), Cut> {
    let mut hello = Hello::default();
    let outcome = extensions::all(r, &mut hello);
    if let Some(talk) = r.talk() {
        talk.memory::<Session>().speaks = hello.speaks;
    }
    outcome
}

fn certificate_request(r: &mut Reader<'_>) -> Result<(), Cut> {
    // TLS 1.3 begins with a context that is empty in a handshake, and says all else in extensions (§4.3.2).
    if matches!(*r.rest(), [0, high, low, ..] if usize::from(u16::from_be_bytes([high, low])) + 3 == r.left()) {
        r.u8(&f::LIST_LENGTH)?;
        return extensions::all(r, &mut Hello::default());
    }
    let kinds = r.u8(&f::LIST_LENGTH)?;
    for _ in 0..kinds {
        r.u8(&f::CERTIFICATE_TYPE)?;
    }
    // Since TLS 1.2 the signatures stand before the names; the lengths tell which it is.
    if !matches!(*r.rest(), [high, low, ..] if usize::from(u16::from_be_bytes([high, low])) + 2 == r.left()) {
        let n = usize::from(r.u16(&f::LIST_LENGTH)?);
        r.within(n, |r| {
            while r.left() > 1 {
                r.u16(&f::SIGNATURE_SCHEME)?;
            }
            Ok(())
        })?;
    }
    let n = usize::from(r.u16(&f::LIST_LENGTH)?);
    r.within(n, |r| {
        while r.left() > 2 {
            let n = usize::from(r.u16(&f::LIST_LENGTH)?);
            let (at, name) = (Span::new(r.position(), r.position() + n), r.rest().get(..n).ok_or(Cut)?);
            r.made(&f::AUTHORITY, at, |out| certificate::name(name, out));
            r.skip(n);
        }
        Ok(())
    })
}
