//! The security element (RSN), IEEE 802.11 §9.4.2.24: which ciphers and which login a network wants.
//! Not here: the key exchange that follows (EAPOL), and WPA's own element of 2003.

use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Flags, Names},
    field, name,
};

pub(super) static VERSION: Field = field("rsn_version", "security version", Dec)
    .spec("IEEE 802.11 §9.4.2.24.1")
    .explain("1 for WPA2 and for WPA3: the newer one is a new kind of login, not a new form of this element.")
    .quiet();
const CIPHERS: crate::dissect::Show = Names(&[
    name(0x000f_ac00, "the group's", "The same cipher as for everybody."),
    name(0x000f_ac01, "WEP-40", "Broken in minutes."),
    name(0x000f_ac02, "TKIP", "A stopgap of 2003; no longer safe."),
    name(0x000f_ac04, "CCMP", "AES, the cipher of WPA2."),
    name(0x000f_ac05, "WEP-104", "Broken in minutes."),
    name(0x000f_ac06, "BIP", "Signs management frames, so that nobody can forge a farewell."),
    name(0x000f_ac08, "GCMP", "AES in a faster mode."),
    name(0x000f_ac09, "GCMP-256", "AES with long keys, for WPA3 in enterprises."),
]);
pub(super) static GROUP_CIPHER: Field = field("group_cipher", "cipher for everybody", CIPHERS)
    .spec("IEEE 802.11 §9.4.2.24.2")
    .explain("How frames for all stations are encrypted; one key for all, so each of them could forge such a frame.");
pub(super) static PAIRWISE_COUNT: Field = field("pairwise_count", "ciphers offered", Dec)
    .spec("IEEE 802.11 §9.4.2.24.2")
    .explain("How many ciphers follow; the station picks one of them.")
    .quiet();
pub(super) static PAIRWISE_CIPHER: Field = field("pairwise_cipher", "cipher for one", CIPHERS)
    .spec("IEEE 802.11 §9.4.2.24.2")
    .explain("How frames between one station and the access point are encrypted, with a key that only these two have.");
pub(super) static AKM_COUNT: Field = field("akm_count", "logins offered", Dec)
    .spec("IEEE 802.11 §9.4.2.24.3")
    .explain("How many kinds of login follow; a network that offers WPA2 and WPA3 lists both.")
    .quiet();
pub(super) static AKM: Field = field(
    "akm",
    "login",
    Names(&[
        name(0x000f_ac01, "802.1X", "A name and password or certificate of your own, as in companies and schools."),
        name(0x000f_ac02, "PSK", "One password for all: WPA2 at home."),
        name(0x000f_ac03, "802.1X, fast transition", ""),
        name(0x000f_ac04, "PSK, fast transition", ""),
        name(0x000f_ac05, "802.1X with SHA-256", ""),
        name(0x000f_ac06, "PSK with SHA-256", ""),
        name(0x000f_ac08, "SAE", "WPA3: recording the login gives nothing to guess the password with."),
        name(0x000f_ac12, "OWE", "No password, but encrypted all the same."),
    ]),
)
.gist("")
.spec("IEEE 802.11 §9.4.2.24.3")
.explain("How a station proves that it may come in. PSK can be guessed offline from four recorded frames, SAE cannot.");
pub(super) static CAPABILITIES: Field = field(
    "rsn_capabilities",
    "security abilities",
    Flags(&[
        name(0x0001, "preauthentication", "Can log in at the next access point in advance."),
        name(0x0040, "management frames must be protected", "Who cannot do it may not join (required by WPA3)."),
        name(0x0080, "management frames can be protected", "Forged farewells are ignored."),
    ]),
)
.spec("IEEE 802.11 §9.4.2.24.4")
.explain("Whether farewells are protected against forgery, among others.")
.quiet();
pub(super) static REST: Field = field("rsn_rest", "remembered keys", Bytes)
    .spec("IEEE 802.11 §9.4.2.24.5")
    .explain("Names of keys from earlier visits, to skip a new login, and the cipher that signs management frames.")
    .quiet();

/// Takes the element's content; everything after the version may be left out.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16_le(&VERSION)?;
    if r.left() > 0 {
        r.u32(&GROUP_CIPHER)?;
        list(r, &PAIRWISE_COUNT, &PAIRWISE_CIPHER)?;
        list(r, &AKM_COUNT, &AKM)?;
    }
    if r.left() > 0 {
        r.u16_le(&CAPABILITIES)?;
    }
    r.all(&REST);
    Ok(())
}

fn list(r: &mut Reader<'_>, count: &'static Field, item: &'static Field) -> Result<(), Cut> {
    if r.left() > 0 {
        for _ in 0..r.u16_le(count)? {
            r.u32(item)?;
        }
    }
    Ok(())
}
