//! The options of Multipath TCP, RFC 8684 §3: one connection over several paths.
//! Not here: joining the paths together, which needs more than one packet.

use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Flags as Bits, Hex, Ip, Names},
    field, name,
};

pub(super) static SUBTYPE: Field = field(
    "mptcp_subtype",
    "multipath message",
    Names(&[
        name(0, "MP_CAPABLE", "I can use several paths; here is my key."),
        name(1, "MP_JOIN", "This is a further path of a connection that exists."),
        name(2, "DSS", "Where these bytes belong in the stream of the whole connection."),
        name(3, "ADD_ADDR", "I can also be reached at this address."),
        name(4, "REMOVE_ADDR", "I can no longer be reached at this address."),
        name(5, "MP_PRIO", "Use this path less, or use it again."),
        name(6, "MP_FAIL", "The checksum of the whole stream was wrong: something on the way changes bytes."),
        name(7, "MP_FASTCLOSE", "Close the whole connection on all paths at once."),
        name(8, "MP_TCPRST", "Why this one path was reset."),
        name(15, "MP_EXPERIMENTAL", "For experiments."),
    ]),
)
.gist("mptcp ")
.spec("RFC 8684 §3")
.explain("What this multipath option says; all of them share option kind 30 because kinds are few.");
pub(super) static VERSION: Field = field("mptcp_version", "multipath version", Dec)
    .spec("RFC 8684 §3.1")
    .explain("Both ends must speak the same one, or the connection falls back to plain TCP. Version 0 was the experiment of RFC 6824.");
pub(super) static FLAGS: Field = field(
    "mptcp_flags",
    "multipath flags",
    Bits(&[
        name(0x80, "A", "In MP_CAPABLE: checksums over the whole stream are wanted."),
        name(0x40, "B", "In MP_CAPABLE: a way to extend this option; must be 0."),
        name(0x20, "C", "In MP_CAPABLE: do not open further paths to this address and port."),
        name(0x10, "F", "In DSS: the end of the whole stream (DATA_FIN). In MP_CAPABLE: unassigned."),
        name(0x08, "m", "In DSS: the stream's sequence number has 8 bytes."),
        name(0x04, "M", "In DSS: a stream sequence number is present."),
        name(0x02, "a", "In DSS: the stream's acknowledgment has 8 bytes."),
        name(0x01, "A or H", "In DSS: a stream acknowledgment is present. In MP_CAPABLE: HMAC-SHA256 is used."),
    ]),
)
.spec("RFC 8684 §3.1, §3.3")
.explain(
    "Bits whose meaning depends on the message; in DSS they say which of the numbers follow and how wide they are.",
);
pub(super) static SENDER_KEY: Field = field("mptcp_sender_key", "sender's key", Hex).spec("RFC 8684 §3.1").explain(
    "A random secret sent once in the clear; later paths prove with it that they belong to the same two machines.",
);
pub(super) static RECEIVER_KEY: Field = field("mptcp_receiver_key", "receiver's key", Hex)
    .spec("RFC 8684 §3.1")
    .explain("The other side's key, sent back to show that it arrived; MP_FASTCLOSE carries it as proof.");
pub(super) static DATA_LENGTH: Field = field("mptcp_data_length", "mapped bytes", Dec)
    .spec("RFC 8684 §3.3")
    .explain("How many bytes this mapping covers: they belong together in the whole stream.");
pub(super) static DATA_CHECKSUM: Field = field("mptcp_checksum", "stream checksum", Hex).spec("RFC 8684 §3.3").explain(
    "Finds middleboxes that change bytes, which the checksum of one segment cannot, as they compute that anew.",
);
pub(super) static BACKUP: Field = field("mptcp_backup", "only a reserve", Dec)
    .spec("RFC 8684 §3.2, §3.3.8")
    .explain("1 asks the other side to use this path only when the better ones fail: mobile data behind Wi-Fi.");
pub(super) static ADDRESS_ID: Field = field("mptcp_address_id", "address number", Dec)
    .spec("RFC 8684 §3.2")
    .explain("Names an address without writing it, since a NAT on the way may rewrite the address itself.");
pub(super) static TOKEN: Field = field("mptcp_token", "connection token", Hex).spec("RFC 8684 §3.2").explain(
    "Says which connection the new path joins: a hash of the receiver's key, so that the key is not sent again.",
);
pub(super) static NONCE: Field = field("mptcp_nonce", "nonce", Hex)
    .spec("RFC 8684 §3.2")
    .explain("A fresh random number that goes into the proof, so that an old proof cannot be played again.");
pub(super) static HMAC: Field = field("mptcp_hmac", "proof", Bytes)
    .spec("RFC 8684 §3.2, §3.4.1")
    .explain("Shows knowledge of both keys; without it anyone could join a path to a stranger's connection.");
pub(super) static DATA_ACK: Field = field("mptcp_data_ack", "stream ack", Dec)
    .spec("RFC 8684 §3.3.2")
    .explain("Up to where the whole stream has arrived over all paths together.");
pub(super) static DATA_SEQ: Field = field("mptcp_data_seq", "stream seq", Dec).spec("RFC 8684 §3.3.1").explain(
    "Where the bytes belong in the whole stream; the sequence number of the header counts only this one path.",
);
pub(super) static SUBFLOW_SEQ: Field = field("mptcp_subflow_seq", "path seq", Dec)
    .spec("RFC 8684 §3.3.1")
    .explain("From which byte of this path the mapping holds, counted from the path's first byte.");
pub(super) static ECHO: Field = field("mptcp_echo", "only confirmed", Dec).spec("RFC 8684 §3.4.1").explain(
    "1 means that the address is repeated to confirm that it was heard; without it ADD_ADDR could get lost unnoticed.",
);
pub(super) static ADDRESS: Field = field("mptcp_address", "further address", Ip)
    .spec("RFC 8684 §3.4.1")
    .explain("Another address of the sender, to which the other side may open a further path.");
pub(super) static PORT: Field = field("mptcp_port", "further port", Dec)
    .spec("RFC 8684 §3.4.1")
    .explain("The port at that further address, where it differs from the one in use.");
pub(super) static REASON: Field = field(
    "mptcp_reason",
    "reason of the reset",
    Names(&[
        name(0, "unspecified", ""),
        name(1, "MPTCP specific error", ""),
        name(2, "lack of resources", ""),
        name(3, "administratively prohibited", ""),
        name(4, "too much outstanding data", ""),
        name(5, "unacceptable performance", ""),
        name(6, "middlebox interference", ""),
    ]),
)
.spec("RFC 8684 §3.6")
.explain("Why this one path ended while the connection may live on over the others.");

/// Takes what follows kind and length.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    let subtype = r.raw::<1>()?;
    match r.part(&SUBTYPE, subtype, 0..4) {
        0 => {
            r.part(&VERSION, subtype, 4..8);
            capable(r)?;
        }
        1 => join(r, subtype)?,
        2 => data_sequence(r)?,
        3 => {
            r.part(&ECHO, subtype, 7..8);
            add_address(r)?;
        }
        4 => {
            while r.left() > 0 {
                r.u8(&ADDRESS_ID)?;
            }
        }
        5 => {
            r.part(&BACKUP, subtype, 7..8);
            if r.left() > 0 {
                r.u8(&ADDRESS_ID)?;
            }
        }
        6 => {
            r.skip(1); // reserved
            r.u64(&DATA_SEQ)?;
        }
        7 => {
            r.skip(1); // reserved
            r.u64(&RECEIVER_KEY)?;
        }
        8 => _ = r.u8(&REASON)?,
        _ => {}
    }
    Ok(())
}

fn capable(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u8(&FLAGS)?;
    if r.left() >= 8 {
        r.u64(&SENDER_KEY)?; // the SYN of version 1 has none
    }
    if r.left() >= 8 {
        r.u64(&RECEIVER_KEY)?;
    }
    if r.left() >= 2 {
        r.u16(&DATA_LENGTH)?;
    }
    if r.left() >= 2 {
        r.u16(&DATA_CHECKSUM)?;
    }
    Ok(())
}

/// `MP_JOIN` has three shapes, told apart by length: SYN (12), SYN+ACK (16), ACK (24).
fn join(r: &mut Reader<'_>, subtype: crate::dissect::Raw) -> Result<(), Cut> {
    match r.left() {
        9 => {
            r.part(&BACKUP, subtype, 7..8);
            r.u8(&ADDRESS_ID)?;
            r.u32(&TOKEN)?;
            r.u32(&NONCE)?;
        }
        13 => {
            r.part(&BACKUP, subtype, 7..8);
            r.u8(&ADDRESS_ID)?;
            r.bytes(&HMAC, 8)?;
            r.u32(&NONCE)?;
        }
        21 => {
            r.skip(1); // reserved
            r.all(&HMAC);
        }
        _ => r.note(&super::tcp_options::BAD_OPTION, 1),
    }
    Ok(())
}

fn data_sequence(r: &mut Reader<'_>) -> Result<(), Cut> {
    let flags = r.u8(&FLAGS)?;
    match flags & 0b11 {
        0b01 => _ = r.u32(&DATA_ACK)?,
        0b11 => _ = r.u64(&DATA_ACK)?,
        _ => {}
    }
    if flags & 0b100 != 0 {
        match flags & 0b1000 {
            0 => _ = r.u32(&DATA_SEQ)?,
            _ => _ = r.u64(&DATA_SEQ)?,
        }
        r.u32(&SUBFLOW_SEQ)?;
        r.u16(&DATA_LENGTH)?;
        if r.left() >= 2 {
            r.u16(&DATA_CHECKSUM)?;
        }
    }
    Ok(())
}

/// Address, then a port if 2 bytes are over, then the proof (not in an echo); the length tells which.
fn add_address(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u8(&ADDRESS_ID)?;
    match r.left() {
        4 | 6 | 12 | 14 => _ = r.array::<4>(&ADDRESS)?,
        _ => _ = r.array::<16>(&ADDRESS)?,
    }
    if matches!(r.left(), 2 | 10) {
        r.u16(&PORT)?;
    }
    r.all(&HMAC);
    Ok(())
}
