//! What may follow an NTP header: extension fields (RFC 7822), among them those of Network Time Security
//! (RFC 8915), and at the end a message authentication code (RFC 5905 §7.3).
//! Not here: checking the code, which needs the key.

use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Hex, Names, Nothing, Unit},
    field, name,
};

pub(super) static EXTENSION: Field = field("extension", "extension", Nothing).spec("RFC 7822 §3").explain(
    "An extra that both sides must know to use; it is how encryption and new ideas get into a format of 1985.",
);
pub(super) static TYPE: Field = field(
    "extension_type",
    "extension",
    Names(&[
        name(0x0104, "unique identifier", "Ties the answer to the question; a random number."),
        name(
            0x0204,
            "cookie",
            "All that the server needs to know of the client, encrypted for itself: it keeps no memory of anybody.",
        ),
        name(
            0x0304,
            "cookie placeholder",
            "Room for one more cookie, so that the answer is no longer than the question.",
        ),
        name(0x0404, "authenticator", "Proves that nobody has changed the message, and hides what must be hidden."),
        name(0x2005, "checksum complement", "Makes up for a time written into the packet at the last moment."),
    ]),
)
.spec("RFC 7822 §3, IANA NTP extension field types")
.explain("Says which extension this is; those with names here are mostly of Network Time Security, the TLS of clocks.");
pub(super) static LENGTH: Field = field("extension_length", "extension length", Unit("bytes"))
    .spec("RFC 7822 §3")
    .explain("Bytes of the extension with these four; at least 16, or it could be taken for the code at the end.")
    .quiet();
pub(super) static VALUE: Field = field("extension_value", "extension's bytes", Bytes)
    .spec("RFC 7822 §3, RFC 8915 §5")
    .explain("Content of the extension, shown as it is: most of them are random or encrypted.");
pub(super) static KEY_ID: Field = field("key_id", "key", Hex)
    .spec("RFC 5905 §7.3")
    .explain("Which of the keys that both sides share was used. Alone, without a digest, it is a \"crypto-NAK\": I could not check your message.");
pub(super) static DIGEST: Field = field("digest", "authentication code", Bytes)
    .spec("RFC 5905 §7.3, RFC 8573")
    .explain("Proves that the sender knows the key and that nobody has moved the time on the way.");
pub(super) static UNREAD: Field = field("unread", "left unread", Bytes)
    .spec("RFC 7822 §3")
    .explain("Bytes behind the header that fit neither an extension nor an authentication code.");

/// Takes all that follows the header.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    while let Some(length) = extension_length(r.rest()) {
        r.within(length, |r| {
            r.group(&EXTENSION, |r| {
                r.u16(&TYPE)?;
                r.u16(&LENGTH)?;
                r.all(&VALUE);
                Ok(())
            })
        })?;
    }
    // A key and a digest of MD5, SHA-1, SHA-256, SHA-384 or SHA-512, or no digest at all.
    if matches!(r.left(), 4 | 20 | 24 | 36 | 52 | 68) {
        r.u32(&KEY_ID)?;
        r.all(&DIGEST);
    }
    r.all(&UNREAD);
    Ok(())
}

/// The length of the extension that these bytes begin with: what has at most 24 bytes is a code.
fn extension_length(bytes: &[u8]) -> Option<usize> {
    let [_, _, high, low, ..] = *bytes else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]));
    (bytes.len() > 24 && length >= 16 && length.is_multiple_of(4) && length <= bytes.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, udp};

    fn after_the_header(bytes: &str) -> Seen {
        udp("c001007b", &format!("23 {} {bytes}", "00".repeat(47)))
    }

    #[test]
    fn twenty_or_24_bytes_are_a_key_and_a_digest() {
        let seen = after_the_header(&format!("00000001 {}", "0010".repeat(8)));
        assert_eq!(seen.numbers("ntp.key_id"), [1]);
        assert_eq!(seen.nodes("ntp.digest")[0].at.len(), 16);
        assert_eq!(after_the_header(&"00".repeat(24)).nodes("ntp.digest")[0].at.len(), 20);
    }

    #[test]
    fn a_lone_key_of_zero_says_that_a_message_could_not_be_checked() {
        let seen = after_the_header("00000000");
        assert_eq!(seen.numbers("ntp.key_id"), [0]);
        assert!(seen.nodes("ntp.digest").is_empty());
    }

    #[test]
    fn extensions_come_before_the_digest() {
        let seen = after_the_header(&format!("0104 0014 {} 00000007 {}", "aa".repeat(16), "bb".repeat(16)));
        assert_eq!(seen.numbers("ntp.extension_type"), [0x104]);
        assert_eq!(seen.numbers("ntp.key_id"), [7]);
        let seen = after_the_header(&format!("0104 001c {} 0204 001c {}", "aa".repeat(24), "bb".repeat(24)));
        assert_eq!(seen.numbers("ntp.extension_type"), [0x104, 0x204], "the last one has 28 bytes");
    }

    #[test]
    fn an_extension_shorter_than_16_bytes_or_longer_than_the_packet_is_none() {
        assert_eq!(after_the_header(&format!("0104 0008 {}", "aa".repeat(26))).nodes("ntp.unread")[0].at.len(), 30);
        assert_eq!(after_the_header(&format!("0104 0040 {}", "aa".repeat(26))).nodes("ntp.unread").len(), 1);
    }
}
