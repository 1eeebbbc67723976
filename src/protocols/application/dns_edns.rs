//! EDNS, RFC 6891: a record that is none. It carries options and widens the header's small numbers.
//! Not here: what the options ask the other side to do.

use crate::dissect::{
    Cut, Field, Name, Reader,
    Show::{Bytes, Dec, Hex, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static UDP_SIZE: Field = field("udp_size", "takes answers up to", Unit("bytes"))
    .spec("RFC 6891 §6.2.3")
    .explain("Stands where other records have their class. Without it answers over UDP end at 512 bytes.");
pub(super) static EXTENDED_RCODE: Field = field("extended_rcode", "upper bits of the outcome", Dec)
    .spec("RFC 6891 §6.1.3")
    .explain("The header has four bits for the outcome; these eight go in front of them.")
    .quiet();
pub(super) static VERSION: Field = field("edns_version", "EDNS version", Dec)
    .spec("RFC 6891 §6.1.3")
    .explain("Only 0 exists; a server that is asked for a later one says so instead of guessing.")
    .quiet();
pub(super) static DO: Field = field("do", "send signatures", Names(&[name(0, "no", ""), name(1, "yes", "")]))
    .spec("RFC 3225 §3")
    .explain("The asker understands DNSSEC and wants the signatures too; they make answers many times longer.");
pub(super) static EDNS_Z: Field = field("edns_z", "reserved", Hex)
    .spec("RFC 6891 §6.1.4")
    .explain("Fifteen bits kept for later; zero until somebody finds a use for them.")
    .quiet();
pub(super) static OPTION: Field = field("option", "option", Nothing)
    .spec("RFC 6891 §6.1.2")
    .explain("An extra that both sides must know to use; unknown ones are stepped over by their length.");
pub(super) static CODE: Field = field("option_code", "option", Names(CODES))
    .spec("RFC 6891 §6.1.2, IANA EDNS0 option codes")
    .explain("Says which option this is, and so how its bytes are to be read.");
pub(super) static LENGTH: Field = field("option_length", "option length", Unit("bytes"))
    .spec("RFC 6891 §6.1.2")
    .explain("Bytes of the option that follow; with it strangers can step over it.")
    .quiet();
pub(super) static FAMILY: Field =
    field("subnet_family", "kind of address", Names(&[name(1, "IPv4", ""), name(2, "IPv6", "")]))
        .spec("RFC 7871 §6")
        .explain("Whether the client's network is named by an IPv4 or an IPv6 address.");
pub(super) static SOURCE_PREFIX: Field = field("subnet_source", "bits given", Dec).spec("RFC 7871 §6").explain(
    "How many bits of the client's address are given away; 24 of 32 hide the machine but not the neighbourhood.",
);
pub(super) static SCOPE_PREFIX: Field = field("subnet_scope", "bits used", Dec)
    .spec("RFC 7871 §6")
    .explain("For how large a network the answer holds, so that a resolver keeps it for those clients only.");
pub(super) static SUBNET: Field = field("subnet", "client's network", Bytes).spec("RFC 7871 §6").explain(
    "The leading bytes of the client's address: the server picks a machine near it. It costs the client some privacy.",
);
pub(super) static COOKIE: Field = field("cookie", "cookie", Bytes)
    .spec("RFC 7873 §4")
    .explain("Eight bytes of the client and up to 32 of the server; who forges the sender's address never sees them and cannot repeat them.");
pub(super) static KEEPALIVE: Field = field("keepalive", "keep the connection", Dec)
    .spec("RFC 7828 §3.1")
    .explain("How long the server keeps a TCP connection open for further questions, in tenths of a second.");
pub(super) static PADDING: Field = field("padding", "padding", Bytes)
    .spec("RFC 7830 §3")
    .explain("Fills encrypted messages up to round sizes, so that their length does not betray the name.")
    .quiet();
pub(super) static NSID: Field = field("nsid", "which server", Text)
    .spec("RFC 5001 §2.3")
    .explain("Which of the many machines behind one address has answered; empty in a question.");
pub(super) static ERROR: Field = field("extended_error", "reason", Names(ERRORS))
    .gist("")
    .spec("RFC 8914 §4")
    .explain("Says why the look-up failed, which the header's few outcomes cannot.");
pub(super) static ERROR_TEXT: Field = field("error_text", "reason in words", Text)
    .spec("RFC 8914 §2")
    .explain("A sentence for people, written by the server; programs must not depend on it.");
pub(super) static DATA: Field = field("option_data", "option's bytes", Bytes)
    .spec("RFC 6891 §6.1.2")
    .explain("Content of an option that layercake does not take apart, shown as it is.");

const CODES: &[Name] = &[
    name(1, "LLQ", "Long-lived queries."),
    name(2, "UL", "Update lease."),
    name(3, "NSID", "Which server answered."),
    name(5, "DAU", "Signature algorithms that the asker understands."),
    name(6, "DHU", "Digests that the asker understands."),
    name(7, "N3U", "NSEC3 hashes that the asker understands."),
    name(8, "client subnet", "From which network the question comes."),
    name(9, "EXPIRE", "How long a secondary's copy is good for."),
    name(10, "cookie", "Guards against forged senders."),
    name(11, "TCP keepalive", "How long to keep the connection."),
    name(12, "padding", "Hides the length."),
    name(13, "chain", "Asks for the whole chain of signatures."),
    name(14, "key tag", "Which root keys the asker trusts."),
    name(15, "extended error", "Why it failed."),
    name(18, "report channel", "Where to report errors."),
];

const ERRORS: &[Name] = &[
    name(0, "other", ""),
    name(1, "unsupported key algorithm", ""),
    name(2, "unsupported digest", ""),
    name(3, "stale answer", ""),
    name(4, "forged answer", "The resolver was told to lie."),
    name(5, "DNSSEC indeterminate", ""),
    name(6, "DNSSEC bogus", "The signatures do not fit."),
    name(7, "signature expired", ""),
    name(8, "signature not yet valid", ""),
    name(9, "key missing", ""),
    name(10, "signatures missing", ""),
    name(11, "no zone key bit", ""),
    name(12, "NSEC missing", ""),
    name(13, "cached error", ""),
    name(14, "not ready", ""),
    name(15, "blocked", "The operator of the resolver blocks the name."),
    name(16, "censored", "Somebody else makes the operator block it."),
    name(17, "filtered", "The client asked for such a filter."),
    name(18, "prohibited", ""),
    name(19, "stale no-such-name answer", ""),
    name(20, "not authoritative", ""),
    name(21, "not supported", ""),
    name(22, "no reachable authority", ""),
    name(23, "network error", ""),
    name(24, "invalid data", ""),
];

/// Takes what stands in place of class and TTL.
pub(super) fn class_and_ttl(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u16(&UDP_SIZE)?;
    r.u8(&EXTENDED_RCODE)?;
    r.u8(&VERSION)?;
    let flags = r.raw::<2>()?;
    r.part(&DO, flags, 0..1);
    r.part(&EDNS_Z, flags, 1..16);
    Ok(())
}

/// Takes all options.
pub(super) fn options(r: &mut Reader<'_>) -> Result<(), Cut> {
    while r.left() > 0 {
        r.group(&OPTION, option)?;
    }
    Ok(())
}

fn option(r: &mut Reader<'_>) -> Result<(), Cut> {
    let code = r.u16(&CODE)?;
    let length = r.u16(&LENGTH)?;
    r.within(usize::from(length), |r| {
        let read = content(r, code);
        r.all(&DATA);
        read
    })
}

fn content(r: &mut Reader<'_>, code: u16) -> Result<(), Cut> {
    match code {
        3 => _ = r.all(&NSID),
        8 => {
            r.u16(&FAMILY)?;
            r.u8(&SOURCE_PREFIX)?;
            r.u8(&SCOPE_PREFIX)?;
            r.all(&SUBNET);
        }
        10 => _ = r.all(&COOKIE),
        11 if r.left() > 0 => _ = r.u16(&KEEPALIVE)?, // a question has none
        12 => _ = r.all(&PADDING),
        15 => {
            r.u16(&ERROR)?;
            r.all(&ERROR_TEXT);
        }
        _ => {}
    }
    Ok(())
}
