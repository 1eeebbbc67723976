//! The header of SNMP version 3, RFC 3412 §6: who protects the message, and how. What it protects is left closed.
//! Not here: the security parameters (RFC 3414) and decrypting, which needs the users' keys.

use super::ber;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Flags, Names, Unit},
    field, name,
};

pub(super) static MESSAGE_ID: Field = field("message_id", "message", Dec).spec("RFC 3412 §6.2").explain(
    "Ties answer to question before anything is decrypted; an answer with another number is thrown away at once.",
);
pub(super) static MAX_SIZE: Field = field("max_size", "takes messages up to", Unit("bytes"))
    .spec("RFC 3412 §6.3")
    .explain("How long an answer the sender can receive; at least 484, from a time of small packets.")
    .quiet();
pub(super) static FLAGS: Field = field(
    "flags",
    "secured by",
    Flags(&[
        name(1, "auth", "Signed: the sender knows the key and nobody has changed the message."),
        name(2, "priv", "Encrypted: nobody else can read it."),
        name(4, "reportable", "If you cannot read this, tell me."),
    ]),
)
.gist("")
.spec("RFC 3412 §6.4")
.explain(
    "How the message is protected. The flags themselves are in the clear: the receiver must know before it can check.",
);
pub(super) static SECURITY_MODEL: Field = field(
    "security_model",
    "security model",
    Names(&[
        name(1, "v1", ""),
        name(2, "v2c", ""),
        name(3, "users (USM)", "Every user has keys made of a password, RFC 3414."),
        name(4, "transport (TSM)", "TLS or SSH underneath does it, RFC 5591."),
    ]),
)
.spec("RFC 3412 §6.5")
.explain("Who takes care of signatures and encryption, and so how the next bytes are to be read.");
pub(super) static SECURITY_PARAMETERS: Field =
    field("security_parameters", "security parameters", Bytes).spec("RFC 3412 §6.6, RFC 3414 §2.4").explain(
        "The user's name, the device's clock against replays, and the signature; for the security model alone to read.",
    );
pub(super) static SCOPED_DATA: Field = field("scoped_data", "content", Bytes).spec("RFC 3412 §6.7").explain(
    "The same questions and answers as in the older versions, mostly encrypted; layercake leaves them closed.",
);
/// Takes what follows the version.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    ber::inside(r, ber::SEQUENCE, |r| {
        ber::integer(r, &MESSAGE_ID)?;
        ber::integer(r, &MAX_SIZE)?;
        let length = ber::expect(r, ber::OCTETS)?;
        ber::unsigned(r, &FLAGS, length)?;
        ber::integer(r, &SECURITY_MODEL)?;
        Ok(())
    })?;
    ber::octets(r, &SECURITY_PARAMETERS)?;
    r.all(&SCOPED_DATA);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::snmp::tests::tlv;
    use crate::protocols::testing::udp;

    #[test]
    fn version_3_has_a_header_and_keeps_its_secrets() {
        let seen = udp("c00100a1", &tlv(0x30, "020103 300d 02010a 020205dc 040107 020103 0402aabb 0404deadbeef"));
        assert_eq!((seen.numbers("snmp.flags"), seen.numbers("snmp.security_model")), (vec![7], vec![3]));
        assert_eq!(seen.nodes("snmp.scoped_data")[0].at.len(), 6);
        assert!(seen.numbers("snmp.broken_encoding").is_empty());
    }
}
