//! What the common records hold: addresses, aliases, mail, texts, services (RFC 1035 §3.3 and the RFCs
//! named at each field).
//! Not here: signatures and keys (`dns_security`), service bindings (`dns_svcb`), EDNS (`dns_edns`).

use super::dns_name::{Message, name as take_name};
use super::{dns_edns, dns_security, dns_svcb};
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Ip, Text, Unit},
    field,
};

pub(super) static RDATA: Field = field("rdata", "data", Bytes)
    .spec("RFC 3597 §3")
    .explain("Data of a record that layercake does not take apart, or the rest of one; shown as it is.");
pub(super) static A: Field = field("a", "IPv4 address", Ip)
    .gist("")
    .spec("RFC 1035 §3.4.1")
    .explain("Where the name is reached over IPv4. Several of them share the load, or stand in for each other.");
pub(super) static AAAA: Field = field("aaaa", "IPv6 address", Ip)
    .gist("")
    .spec("RFC 3596 §2.2")
    .explain("Where the name is reached over IPv6; four times as long as an A record, hence the four letters.");
pub(super) static NS: Field = field("ns", "name server", Text)
    .gist("")
    .spec("RFC 1035 §3.3.11")
    .explain("A server that is responsible for the zone; a resolver goes there next.");
pub(super) static CNAME: Field = field("cname", "real name", Text).gist("").spec("RFC 1035 §3.3.1").explain(
    "The asked name is only an alias of this one, which must be looked up in turn. Content networks live on it.",
);
pub(super) static DNAME: Field = field("dname", "real parent", Text)
    .gist("")
    .spec("RFC 6672 §2.1")
    .explain("Everything below the asked name is found below this one instead.");
pub(super) static PTR: Field = field("ptr", "points to", Text).gist("").spec("RFC 1035 §3.3.12").explain(
    "The name behind an address, or an instance of a service. The owner of the address sets it, so it proves nothing.",
);
pub(super) static PREFERENCE: Field = field("preference", "preference", Dec)
    .spec("RFC 1035 §3.3.9")
    .explain("The mail server with the lowest number is tried first; the others stand by.");
pub(super) static MX: Field = field("mx", "mail server", Text)
    .gist("")
    .spec("RFC 1035 §3.3.9")
    .explain("Takes mail for this name. Without the record mail would have to go to the machine of the name itself.");
pub(super) static TXT: Field = field("txt", "text", Text)
    .gist("")
    .spec("RFC 1035 §3.3.14")
    .explain("Text for programs rather than people: who may send mail for the name, who owns it. One piece has 255 bytes at most.");
pub(super) static MNAME: Field = field("mname", "first server", Text)
    .spec("RFC 1035 §3.3.13")
    .explain("The server on which the zone is edited; all others copy from it.");
pub(super) static RNAME: Field = field("rname", "who is in charge", Text)
    .spec("RFC 1035 §3.3.13")
    .explain("A mail address written as a name: the first dot stands for the @.");
pub(super) static SERIAL: Field = field("serial", "version of the zone", Dec)
    .spec("RFC 1035 §3.3.13, RFC 1982")
    .explain("Grows with every change; a copy with a lower one is out of date and fetches the zone anew.");
pub(super) static REFRESH: Field = field("refresh", "copies look again after", Unit("seconds"))
    .spec("RFC 1035 §3.3.13")
    .explain("How often a secondary server asks whether the zone has changed.")
    .quiet();
pub(super) static RETRY: Field = field("retry", "retry after", Unit("seconds"))
    .spec("RFC 1035 §3.3.13")
    .explain("How soon a secondary server asks again when the first one did not answer.")
    .quiet();
pub(super) static EXPIRE: Field = field("expire", "copies expire after", Unit("seconds"))
    .spec("RFC 1035 §3.3.13")
    .explain("After so long without the first server a copy is too old to be trusted and is served no more.")
    .quiet();
pub(super) static MINIMUM: Field = field("minimum", "a \"no\" may be kept", Unit("seconds"))
    .spec("RFC 2308 §4")
    .explain(
        "How long resolvers may remember that something does not exist; why a new name can seem missing for a while.",
    )
    .quiet();
pub(super) static PRIORITY: Field = field("priority", "priority", Dec)
    .spec("RFC 2782")
    .explain("Hosts with the lowest number are tried first; higher ones only when those fail.");
pub(super) static WEIGHT: Field = field("weight", "weight", Dec)
    .spec("RFC 2782")
    .explain("Shares the load among hosts of one priority: twice the number gets twice the visitors.");
pub(super) static PORT: Field = field("port", "port", Dec)
    .gist("port ")
    .spec("RFC 2782")
    .explain("Where the service listens on that host, so that no fixed port number is needed.");
pub(super) static TARGET: Field = field("target", "host", Text)
    .gist("")
    .spec("RFC 2782")
    .explain("The machine that offers the service; its address must still be looked up.");
pub(super) static CPU: Field = field("cpu", "machine", Text).spec("RFC 1035 §3.3.2, RFC 8482 §4.2").explain(
    "The kind of processor. Today mostly the text \"RFC8482\", as a short refusal of a question for everything.",
);
pub(super) static OS: Field = field("os", "operating system", Text)
    .spec("RFC 1035 §3.3.2")
    .explain("The operating system; hardly anyone still publishes it, since it helps attackers most.");
pub(super) static ORDER: Field = field("order", "order", Dec)
    .spec("RFC 3403 §4.1")
    .explain("Rules are tried from the lowest number on, and never out of this order.");
pub(super) static NAPTR_PREFERENCE: Field = field("naptr_preference", "preference", Dec)
    .spec("RFC 3403 §4.1")
    .explain("Chooses among rules of the same order; unlike there, a client may pick another one.");
pub(super) static NAPTR_FLAGS: Field = field("naptr_flags", "rule flags", Text)
    .spec("RFC 3403 §4.1")
    .explain("What to do with the result: \"s\" look for SRV, \"a\" for an address, \"u\" it is a web address.");
pub(super) static SERVICES: Field = field("services", "services", Text)
    .spec("RFC 3403 §4.1")
    .explain("Which protocols are offered there, such as telephony over SIP.");
pub(super) static REGEXP: Field = field("regexp", "rewriting rule", Text).spec("RFC 3403 §4.1").explain(
    "A pattern and its replacement that turn the asked name into the next one: a telephone number into an address.",
);
pub(super) static REPLACEMENT: Field = field("replacement", "next name", Text)
    .spec("RFC 3403 §4.1")
    .explain("The name to look up next, where no pattern is needed.");
pub(super) static CAA_FLAGS: Field = field("caa_flags", "must be understood", Dec)
    .spec("RFC 8659 §4.1")
    .explain("With the top bit (128) set, an issuer that does not understand the entry must not issue.");
pub(super) static CAA_TAG: Field = field("caa_tag", "property", Text)
    .spec("RFC 8659 §4.1")
    .explain("What the entry rules: \"issue\" who may issue certificates, \"iodef\" where to complain.");
pub(super) static CAA_VALUE: Field = field("caa_value", "value", Text)
    .gist("")
    .spec("RFC 8659 §4.1")
    .explain("The issuer that may give out certificates for the name; without the record all of them may.");

/// Takes the data of a record of this type; the reader ends where the data does.
pub(super) fn read(r: &mut Reader<'_>, rr_type: u16, message: Message<'_>) -> Result<(), Cut> {
    match rr_type {
        1 => _ = r.array::<4>(&A)?,
        2 => take_name(r, &NS, message)?,
        5 => take_name(r, &CNAME, message)?,
        6 => {
            take_name(r, &MNAME, message)?;
            take_name(r, &RNAME, message)?;
            for field in [&SERIAL, &REFRESH, &RETRY, &EXPIRE, &MINIMUM] {
                r.u32(field)?;
            }
        }
        12 => take_name(r, &PTR, message)?,
        13 => {
            string(r, &CPU)?;
            string(r, &OS)?;
        }
        15 => {
            r.u16(&PREFERENCE)?;
            take_name(r, &MX, message)?;
        }
        16 | 99 => {
            while r.left() > 0 {
                string(r, &TXT)?;
            }
        }
        28 => _ = r.array::<16>(&AAAA)?,
        33 => {
            r.u16(&PRIORITY)?;
            r.u16(&WEIGHT)?;
            r.u16(&PORT)?;
            take_name(r, &TARGET, message)?;
        }
        35 => {
            r.u16(&ORDER)?;
            r.u16(&NAPTR_PREFERENCE)?;
            string(r, &NAPTR_FLAGS)?;
            string(r, &SERVICES)?;
            string(r, &REGEXP)?;
            take_name(r, &REPLACEMENT, message)?;
        }
        39 => take_name(r, &DNAME, message)?,
        41 => dns_edns::options(r)?,
        64 | 65 => dns_svcb::read(r, message)?,
        257 => {
            r.u8(&CAA_FLAGS)?;
            string(r, &CAA_TAG)?;
            r.all(&CAA_VALUE);
        }
        _ => dns_security::read(r, rr_type, message)?,
    }
    Ok(())
}

/// Takes one string with its length byte in front.
pub(super) fn string(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let length = usize::from(*r.rest().first().ok_or(Cut)?);
    if r.left() <= length {
        return Err(Cut);
    }
    r.skip(1);
    r.bytes(field, length)?;
    Ok(())
}
