//! How SSH agrees on a key: what both can do (RFC 4253 §7.1), then Diffie and Hellman's exchange, plain (§8), with
//! elliptic curves (RFC 5656 §4) or in a group that the server chooses (RFC 4419).
//! Not here: the packets around it (`ssh`), and the key itself, which never crosses the wire.

use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Nothing, Text, Unit},
    Side, field,
};

pub(super) static COOKIE: Field = field("cookie", "random bytes", Bytes).spec("RFC 4253 §7.1").explain(
    "Both sides throw in their own, so that neither can make the session's keys come out as in an old session.",
);
pub(super) static KEX_ALGORITHMS: Field = field("kex_algorithms", "ways to agree on a key", Text)
    .spec("RFC 4253 §7.1")
    .explain("Best first. The first one of the client's list that the server knows too is taken; names with sntrup or mlkem are made against quantum computers.");
pub(super) static HOST_KEY_ALGORITHMS: Field = field("host_key_algorithms", "kinds of server keys", Text)
    .spec("RFC 4253 §7.1")
    .explain("With which kinds of signature the server can prove who it is; clients put first what they already know of this server.");
pub(super) static ENCRYPTION_CLIENT: Field = field("encryption_client_to_server", "ciphers, to the server", Text)
    .spec("RFC 4253 §7.1")
    .explain("How the bytes of the client may be hidden. Each direction is negotiated by itself, though both mostly end up alike.");
pub(super) static ENCRYPTION_SERVER: Field = field("encryption_server_to_client", "ciphers, to the client", Text)
    .spec("RFC 4253 §7.1")
    .explain("How the bytes of the server may be hidden. Old names such as 3des-cbc here invite a downgrade.");
pub(super) static MAC_CLIENT: Field =
    field("mac_client_to_server", "seals, to the server", Text).spec("RFC 4253 §7.1, §6.4").explain(
        "How changed bytes are noticed. Not used with ciphers that seal by themselves, such as chacha20-poly1305.",
    );
pub(super) static MAC_SERVER: Field =
    field("mac_server_to_client", "seals, to the client", Text).spec("RFC 4253 §7.1, §6.4").explain(
        "The same choice for what the server sends; names with etm seal what was encrypted, which is the safer order.",
    );
pub(super) static COMPRESSION_CLIENT: Field =
    field("compression_client_to_server", "compression, to the server", Text).spec("RFC 4253 §6.2").explain(
        "Whether bytes are packed before they are hidden; today mostly none, or only after login (zlib@openssh.com).",
    );
pub(super) static COMPRESSION_SERVER: Field = field("compression_server_to_client", "compression, to the client", Text)
    .spec("RFC 4253 §6.2")
    .explain("Packing helps on slow lines, but how well a text packs tells something about it.");
pub(super) static LANGUAGES_CLIENT: Field = field("languages_client_to_server", "languages, to the server", Text)
    .spec("RFC 4253 §7.1")
    .explain("In which languages messages for people may come. Practically everybody leaves it empty.");
pub(super) static LANGUAGES_SERVER: Field = field("languages_server_to_client", "languages, to the client", Text)
    .spec("RFC 4253 §7.1")
    .explain("A part of the protocol that hardly any program ever used; it must still be sent.");
pub(super) static FIRST_FOLLOWS: Field =
    field("first_kex_packet_follows", "a guess follows", crate::dissect::Show::Dec).spec("RFC 4253 §7").explain(
        "1 where the sender bets on the other's first choice and sends the next message at once, to save a round trip.",
    );
pub(super) static RESERVED: Field =
    field("reserved", "for later", crate::dissect::Show::Hex).spec("RFC 4253 §7.1").quiet().explain(
        "Four zero bytes kept for extensions, which came by other doors: as names in the lists above (ext-info-c).",
    );
pub(super) static AGREED_KEX: Field = field("agreed_kex", "they agree on the key with", Text).tells()
    .gist("→ ")
    .spec("RFC 4253 §7.1")
    .explain("The first way in the client's list that stands in the server's list too. Nobody says it: both find it by the same rule.");
pub(super) static AGREED_HOST_KEY: Field = field("agreed_host_key", "the server proves itself with", Text)
    .tells()
    .spec("RFC 4253 §7.1")
    .explain("The kind of key that will sign the exchange. The first time, a person has to compare its fingerprint.");
pub(super) static AGREED_CIPHER: Field = field("agreed_cipher", "cipher to the server", Text)
    .tells()
    .gist("")
    .spec("RFC 4253 §7.1")
    .explain("What will hide the client's bytes from NEWKEYS on.");
pub(super) static NO_AGREEMENT: Field =
    field("no_agreement", "nothing in common", Nothing).gist("nothing in common").spec("RFC 4253 §7.1").explain(
        "One of the lists has no name that both know, so both must hang up: typical of an old device and a new client.",
    );
pub(super) static GROUP_MIN: Field = field("group_min", "smallest prime taken", Unit("bits"))
    .spec("RFC 4419 §3")
    .explain("A smaller group than this would be too easy to break for this client.");
pub(super) static GROUP_BITS: Field = field("group_bits", "prime wished for", Unit("bits"))
    .gist("prime bits=")
    .spec("RFC 4419 §3")
    .explain("Larger is safer and slower; the server picks one from its list of ready-made primes (the file moduli).");
pub(super) static GROUP_MAX: Field = field("group_max", "largest prime taken", Unit("bits"))
    .spec("RFC 4419 §3")
    .explain("Above this the client would have to calculate for too long.");
pub(super) static PRIME: Field = field("prime", "prime", Bytes)
    .spec("RFC 4419 §3")
    .explain("All calculations of the exchange are done modulo this number. It may be known to everybody.");
pub(super) static GENERATOR: Field = field("generator", "base", Bytes)
    .spec("RFC 4419 §3")
    .explain("Both raise this number to a secret power and show each other only the result; to find the power from it nobody knows a fast way.");
pub(super) static CLIENT_PUBLIC: Field = field("client_public", "client's half", Bytes)
    .spec("RFC 4253 §8, RFC 5656 §4")
    .explain("Made of a secret that the client throws away afterwards. With the other half it gives the key; whoever sees both halves still cannot make it.");
pub(super) static HOST_KEY: Field = field("host_key", "server's key", Nothing)
    .spec("RFC 4253 §6.6")
    .explain("What the file known_hosts remembers: if it changes, the client warns that someone may sit in between.");
pub(super) static HOST_KEY_TYPE: Field = field("host_key_type", "kind of key", Text)
    .gist("")
    .spec("RFC 4253 §6.6")
    .explain("How the bytes behind it are to be read, and which mathematics will check the signature.");
pub(super) static HOST_KEY_BYTES: Field = field("host_key_bytes", "key", Bytes)
    .spec("RFC 4253 §6.6")
    .explain("The public half; its hash is the fingerprint that ssh shows at the first visit.");
pub(super) static SERVER_PUBLIC: Field = field("server_public", "server's half", Bytes)
    .spec("RFC 4253 §8, RFC 5656 §4")
    .explain("The second half of the exchange. New for every session: a stolen host key opens no old recordings.");
pub(super) static SIGNATURE: Field = field("signature", "signature", Nothing)
    .spec("RFC 4253 §8")
    .explain("The server signs everything said so far, both names and both lists included: who had changed a word on the way would be caught here.");
pub(super) static SIGNATURE_TYPE: Field = field("signature_type", "kind of signature", Text)
    .spec("RFC 4253 §6.6, RFC 8332")
    .explain("May differ from the key's kind: an ssh-rsa key signs as rsa-sha2-512 today, because SHA-1 is broken.");
pub(super) static SIGNATURE_BYTES: Field = field("signature_bytes", "signed hash", Bytes)
    .spec("RFC 4253 §6.6")
    .explain("Only the owner of the server's private key can make it; anyone can check it with the public one.");

/// The name-lists of KEXINIT in the order of the wire.
static LISTS: [&Field; 10] = [
    &KEX_ALGORITHMS,
    &HOST_KEY_ALGORITHMS,
    &ENCRYPTION_CLIENT,
    &ENCRYPTION_SERVER,
    &MAC_CLIENT,
    &MAC_SERVER,
    &COMPRESSION_CLIENT,
    &COMPRESSION_SERVER,
    &LANGUAGES_CLIENT,
    &LANGUAGES_SERVER,
];
/// Bytes of a list that are remembered until the other side's list comes.
const MAX_LIST: usize = 1024;

/// The first three lists: key exchange, host key, cipher to the server.
pub(super) type Lists = [Vec<u8>; 3];

/// What is remembered of the negotiation.
#[derive(Default)]
pub(super) struct Kex {
    offers: [Option<Lists>; 2],
    /// Whether the server chooses the group, once it is known.
    pub group_exchange: Option<bool>,
}

impl Kex {
    /// One side's lists; the first names in common, once both sides' are known.
    pub fn offer(&mut self, side: Side, lists: Lists) -> Option<[Option<Vec<u8>>; 3]> {
        self.offers[side.index()] = Some(lists);
        let [Some(client), Some(server)] = &self.offers else { return None };
        let agreed = [0, 1, 2].map(|k| in_common(&client[k], &server[k]).map(<[u8]>::to_vec));
        self.group_exchange = agreed[0].as_deref().map(|name| name.starts_with(b"diffie-hellman-group-exchange"));
        self.offers = [None, None];
        Some(agreed)
    }
}

/// The first name of the client's list that stands in the server's.
fn in_common<'a>(client: &'a [u8], server: &[u8]) -> Option<&'a [u8]> {
    let names = |list: &'a [u8]| list.split(|b| *b == b',').filter(|n| !n.is_empty());
    let known: std::collections::HashSet<&[u8]> = server.split(|b| *b == b',').collect();
    names(client).find(|name| known.contains(name))
}

pub(super) fn note_agreed(r: &mut Reader<'_>, agreed: Option<[Option<Vec<u8>>; 3]>) {
    let Some(agreed) = agreed else { return };
    for (name, field) in agreed.into_iter().zip([&AGREED_KEX, &AGREED_HOST_KEY, &AGREED_CIPHER]) {
        match name {
            Some(name) => r.made(field, r.span(0), |out| out.extend_from_slice(&name)),
            None => return r.note(&NO_AGREEMENT, 1),
        }
    }
}

/// Takes a string: its length in four bytes, then its bytes.
pub(super) fn string<'a>(r: &mut Reader<'a>, field: &'static Field) -> Result<&'a [u8], Cut> {
    let length = r.raw::<4>()?.value as usize;
    if length == 0 { Ok(&[]) } else { r.bytes(field, length) }
}

/// KEXINIT. Empty lists are noted too: they say "nothing".
pub(super) fn init(r: &mut Reader<'_>) -> Result<Lists, Cut> {
    r.bytes(&COOKIE, 16)?;
    let mut kept = Lists::default();
    for (place, list) in LISTS.into_iter().enumerate() {
        let length = r.raw::<4>()?.value as usize;
        let names = r.bytes(list, length)?;
        if let Some(kept) = kept.get_mut(place) {
            *kept = names.get(..MAX_LIST).unwrap_or(names).to_vec();
        }
    }
    r.u8(&FIRST_FOLLOWS)?;
    r.u32(&RESERVED)?;
    Ok(kept)
}

/// Messages 30 to 34; `group` says whether the server chooses the group, where that is known.
pub(super) fn exchange(r: &mut Reader<'_>, code: u8, group: Option<bool>) -> Result<(), Cut> {
    // A reply begins with a host key, and that with a short name; a group begins with a long number.
    let named = r.rest().get(4..7).is_some_and(|b| b == [0, 0, 0]);
    match code {
        30 if r.left() == 4 => _ = r.u32(&GROUP_BITS)?,
        30 | 32 => _ = string(r, &CLIENT_PUBLIC)?,
        31 if group == Some(true) || group.is_none() && !named => {
            string(r, &PRIME)?;
            string(r, &GENERATOR)?;
        }
        31 | 33 => {
            blob(r, &HOST_KEY, &HOST_KEY_TYPE, &HOST_KEY_BYTES)?;
            string(r, &SERVER_PUBLIC)?;
            blob(r, &SIGNATURE, &SIGNATURE_TYPE, &SIGNATURE_BYTES)?;
        }
        _ => {
            r.u32(&GROUP_MIN)?;
            r.u32(&GROUP_BITS)?;
            r.u32(&GROUP_MAX)?;
        }
    }
    Ok(())
}

/// A string that holds the name of a kind, then bytes of that kind.
fn blob(r: &mut Reader<'_>, whole: &'static Field, kind: &'static Field, bytes: &'static Field) -> Result<(), Cut> {
    let length = r.raw::<4>()?.value as usize;
    r.group(whole, |r| {
        r.within(length, |r| {
            string(r, kind)?;
            r.all(bytes);
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_first_choice_that_the_server_knows_wins() {
        assert_eq!(in_common(b"a,b,c", b"c,b"), Some(&b"b"[..]));
        assert_eq!(in_common(b"a", b"b"), None);
        assert_eq!(in_common(b"", b""), None);
    }

    #[test]
    fn both_lists_are_needed_and_then_forgotten() {
        let lists = |kex: &[u8]| [kex.to_vec(), b"k".to_vec(), b"c".to_vec()];
        let mut kex = Kex::default();
        assert_eq!(kex.offer(Side::Server, lists(b"diffie-hellman-group-exchange-sha256")), None);
        assert!(kex.offer(Side::Client, lists(b"x,diffie-hellman-group-exchange-sha256")).is_some());
        assert_eq!(kex.group_exchange, Some(true));
        assert!(kex.offers.iter().all(Option::is_none));
    }
}
