//! Service bindings, RFC 9460: SVCB and HTTPS records say where and how a service is reached.
//! Not here: the keys of Encrypted Client Hello, which are shown as bytes.

use super::dns_name::{Message, name as take_name};
use super::dns_records::string;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Ip, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static PRIORITY: Field = field("svc_priority", "priority", Dec)
    .spec("RFC 9460 §2.4.1")
    .explain("The lowest number is tried first. 0 means an alias: all that counts is the other name.");
pub(super) static TARGET: Field = field("svc_target", "host", Text)
    .gist("")
    .spec("RFC 9460 §2.5")
    .explain("The machine that offers the service; a lone dot means the asked name itself.");
pub(super) static PARAM: Field = field("svc_param", "parameter", Nothing)
    .spec("RFC 9460 §2.2")
    .explain("One thing to know before connecting; it saves the round trip that would find it out.");
pub(super) static KEY: Field = field("svc_key", "parameter", Names(KEYS))
    .spec("RFC 9460 §14.3.2")
    .explain("Which parameter this is; they stand in rising order, each at most once.");
pub(super) static LENGTH: Field = field("svc_length", "parameter length", Unit("bytes"))
    .spec("RFC 9460 §2.2")
    .explain("Bytes of the parameter that follow; with it a reader steps over unknown ones.")
    .quiet();
pub(super) static MANDATORY: Field = field("svc_mandatory", "must be understood", Names(KEYS))
    .spec("RFC 9460 §8")
    .explain("A client that does not understand this parameter must leave the whole record alone.");
pub(super) static ALPN: Field = field("alpn", "speaks", Text).gist("alpn=").spec("RFC 9460 §7.1.1").explain(
    "A protocol that the server speaks, such as h2 or h3: a browser can use QUIC at once instead of trying TCP first.",
);
pub(super) static PORT: Field = field("svc_port", "port", Dec)
    .spec("RFC 9460 §7.2")
    .explain("Where the service listens, when it is not the usual port.");
pub(super) static IPV4_HINT: Field = field("ipv4hint", "IPv4 hint", Ip)
    .spec("RFC 9460 §7.3")
    .explain("An address to begin with while the real look-up is still under way.");
pub(super) static IPV6_HINT: Field = field("ipv6hint", "IPv6 hint", Ip)
    .spec("RFC 9460 §7.3")
    .explain("An IPv6 address to begin with while the real look-up is still under way.");
pub(super) static ECH: Field = field("ech", "keys to hide the name", Bytes)
    .spec("RFC 9460 §7.4")
    .explain("Public keys for Encrypted Client Hello: with them the first TLS message no longer tells everybody which site is visited.");
pub(super) static DOH_PATH: Field = field("dohpath", "path for DNS over HTTPS", Text)
    .spec("RFC 9461 §5")
    .explain("At which address of the web server questions can be asked over HTTPS.");
pub(super) static VALUE: Field = field("svc_value", "parameter's bytes", Bytes)
    .spec("RFC 9460 §2.2")
    .explain("Content of a parameter that layercake does not take apart, shown as it is.");

const KEYS: &[crate::dissect::Name] = &[
    name(0, "mandatory", "Which parameters must be understood."),
    name(1, "alpn", "Which protocols the server speaks."),
    name(2, "no-default-alpn", "It does not speak the usual protocol."),
    name(3, "port", "On which port."),
    name(4, "ipv4hint", "IPv4 addresses to begin with."),
    name(5, "ech", "Keys for Encrypted Client Hello."),
    name(6, "ipv6hint", "IPv6 addresses to begin with."),
    name(7, "dohpath", "Where DNS over HTTPS is."),
    name(8, "ohttp", "The service can be reached through an oblivious relay."),
];

/// Takes the data of an SVCB or HTTPS record.
pub(super) fn read(r: &mut Reader<'_>, message: Message<'_>) -> Result<(), Cut> {
    r.u16(&PRIORITY)?;
    take_name(r, &TARGET, message)?;
    while r.left() > 0 {
        r.group(&PARAM, param)?;
    }
    Ok(())
}

fn param(r: &mut Reader<'_>) -> Result<(), Cut> {
    let key = r.u16(&KEY)?;
    let length = r.u16(&LENGTH)?;
    r.within(usize::from(length), |r| {
        let read = value(r, key);
        r.all(&VALUE);
        read
    })
}

fn value(r: &mut Reader<'_>, key: u16) -> Result<(), Cut> {
    match key {
        3 => _ = r.u16(&PORT)?,
        5 => _ = r.all(&ECH),
        7 => _ = r.all(&DOH_PATH),
        _ => {
            while r.left() > 0 {
                match key {
                    0 => _ = r.u16(&MANDATORY)?,
                    1 => string(r, &ALPN)?,
                    4 => _ = r.array::<4>(&IPV4_HINT)?,
                    6 => _ = r.array::<16>(&IPV6_HINT)?,
                    _ => break,
                }
            }
        }
    }
    Ok(())
}
