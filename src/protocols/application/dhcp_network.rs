//! Options that tell a newcomer about its network, RFC 2132 §3 to §8 and the RFCs named at each field:
//! routers, name servers, clocks, names.
//! Not here: the lease (`dhcp_lease`), booting and who the client is (`dhcp_client`).

use std::io::Write;
use std::net::Ipv4Addr;

use super::dhcp_options::{addresses, text};
use super::dns_name::{self, Message};
use crate::dissect::{
    Cut, Field, GistForm, Reader,
    Show::{Bytes, Ip, Names, Signed, Text, Unit},
    field, name,
};

pub(super) static SUBNET_MASK: Field = field("subnet_mask", "subnet mask", Ip)
    .spec("RFC 2132 §3.3")
    .explain("Which part of an address names the network. Whatever differs there goes to the router; a wrong mask makes neighbours unreachable.");
pub(super) static TIME_OFFSET: Field = field("time_offset", "clock differs from UTC by", Signed("seconds"))
    .spec("RFC 2132 §3.4")
    .explain("Knows nothing of summer time, which is why the options that name a time zone replaced it.");
pub(super) static ROUTER: Field = field("router", "router", Ip)
    .gist("router ")
    .spec("RFC 2132 §3.5")
    .explain("The way out of this network. Whoever forges this answer makes himself the router and sees all that the victim sends.");
pub(super) static DNS_SERVER: Field = field("dns_server", "DNS server", Ip).gist("dns ").spec("RFC 2132 §3.8").explain(
    "Whom to ask for the addresses of names. The network decides this for every guest, and with it which names exist.",
);
pub(super) static HOSTNAME: Field = field("hostname", "host name", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 2132 §3.14")
    .explain("From the client: what it calls itself, often its owner's name, broadcast to the whole network. From the server: what it shall be called.");
pub(super) static DOMAIN_NAME: Field = field("domain_name", "domain", Text)
    .spec("RFC 2132 §3.17")
    .explain("Appended to names without a dot: typing \"printer\" looks up printer in this domain.");
pub(super) static MTU: Field = field("mtu", "largest packet", Unit("bytes"))
    .spec("RFC 2132 §5.1")
    .explain("The MTU of this link. Too large a value makes long transfers hang while short ones work.");
pub(super) static BROADCAST_ADDRESS: Field = field("broadcast_address", "address of everybody", Ip)
    .spec("RFC 2132 §5.3")
    .explain("Reaches all machines of this network at once; nearly always its last address.");
pub(super) static STATIC_DESTINATION: Field = field("static_destination", "host", Ip)
    .spec("RFC 2132 §5.8")
    .explain("A single machine, or a network of the old classes A, B, C, that has a way of its own.");
pub(super) static STATIC_ROUTER: Field = field("static_router", "is reached through", Ip)
    .spec("RFC 2132 §5.8")
    .explain("The router for that destination. Without a mask only old-style networks can be named, hence option 121.");
pub(super) static NTP_SERVER: Field = field("ntp_server", "clock", Ip).spec("RFC 2132 §8.3").explain(
    "A time server near by. Certificates have dates, so a machine with a wrong clock cannot open secure pages.",
);
pub(super) static VENDOR_SPECIFIC: Field = field("vendor_specific", "vendor's own", Bytes)
    .spec("RFC 2132 §8.4")
    .explain("Only the vendor named by the client's class knows what these bytes mean: access points find their controller this way.");
pub(super) static NETBIOS_SERVER: Field = field("netbios_name_server", "WINS server", Ip)
    .spec("RFC 2132 §8.5")
    .explain("Looks up Windows names of the nineties, before Windows took to DNS.");
pub(super) static NETBIOS_NODE: Field = field(
    "netbios_node_type",
    "looks up Windows names by",
    Names(&[
        name(1, "broadcast", "B-node"),
        name(2, "server", "P-node"),
        name(4, "broadcast, then server", "M-node"),
        name(8, "server, then broadcast", "H-node"),
    ]),
)
.spec("RFC 2132 §8.7")
.explain(
    "Whether to shout on the local network or to ask a server, and in which order; shouting does not cross routers.",
);
pub(super) static TZ_POSIX: Field = field("tz_posix", "time zone as a rule", Text)
    .spec("RFC 4833 §2")
    .explain("The offset and the dates of summer time written out, for clocks that know no zones by name.");
pub(super) static TZ_DATABASE: Field = field("tz_database", "time zone", Text).spec("RFC 4833 §2").explain(
    "A name of the time zone database, such as Europe/Berlin: the machine knows the rules and their history itself.",
);
pub(super) static CAPTIVE_PORTAL: Field = field("captive_portal", "log in at", Text)
    .gist("portal ")
    .spec("RFC 8910 §2.1")
    .explain("Where a guest must log in. Without it devices guess, by fetching a known page and seeing whether they get another one.");
pub(super) static SEARCH_DOMAIN: Field = field("search_domain", "search in", Text).spec("RFC 3397 §2").explain(
    "Domains to try one after the other for a short name. Written as DNS writes names, with pointers to save room.",
);
pub(super) static SIP_ENCODING: Field =
    field("sip_encoding", "form", Names(&[name(0, "names", ""), name(1, "addresses", "")]))
        .spec("RFC 3361 §3")
        .explain("Whether telephone servers are given by name or by address; one list cannot hold both.")
        .quiet();
pub(super) static SIP_NAME: Field = field("sip_name", "telephone server", Text)
    .spec("RFC 3361 §3.1")
    .explain("Where a telephone on the desk registers itself, by name, so that the address can change.");
pub(super) static SIP_ADDRESS: Field = field("sip_address", "telephone server's address", Ip)
    .spec("RFC 3361 §3.2")
    .explain("Where a telephone on the desk registers itself, for networks without DNS.");
pub(super) static ROUTE: Field = field("route", "network", Text)
    .spec("RFC 3442")
    .explain("Packets for this network take a way of their own. Written with as few bytes as its mask needs: 10.0.0.0/8 takes two.");
pub(super) static ROUTE_VIA: Field = field("route_via", "goes through", Ip)
    .spec("RFC 3442")
    .explain("The router for that network; 0.0.0.0 means that it is on this very wire. A client that reads routes here ignores option 3.");
pub(super) static WPAD: Field = field("wpad", "proxy settings at", Text)
    .gist("wpad ")
    .spec("draft-ietf-wrec-wpad-01 §4.4.1")
    .explain("A web address of a script that tells browsers which proxy to use. A forged one redirects all their traffic, so many ignore it.");

/// Takes the content of an option about the network; leaves what it does not know.
pub(super) fn read(r: &mut Reader<'_>, code: u8) -> Result<(), Cut> {
    match code {
        1 => _ = r.array::<4>(&SUBNET_MASK)?,
        2 => {
            let offset = r.raw::<4>()?.value as u32;
            r.note_at(&TIME_OFFSET, r.behind(4), i64::from(offset.cast_signed()).cast_unsigned());
        }
        3 => addresses(r, &ROUTER)?,
        6 => addresses(r, &DNS_SERVER)?,
        12 => text(r, &HOSTNAME),
        15 => text(r, &DOMAIN_NAME),
        26 => _ = r.u16(&MTU)?,
        28 => _ = r.array::<4>(&BROADCAST_ADDRESS)?,
        33 => {
            while r.left() > 0 {
                r.array::<4>(&STATIC_DESTINATION)?;
                r.array::<4>(&STATIC_ROUTER)?;
            }
        }
        42 => addresses(r, &NTP_SERVER)?,
        43 => _ = r.all(&VENDOR_SPECIFIC),
        44 => addresses(r, &NETBIOS_SERVER)?,
        46 => _ = r.u8(&NETBIOS_NODE)?,
        100 => text(r, &TZ_POSIX),
        101 => text(r, &TZ_DATABASE),
        114 => text(r, &CAPTIVE_PORTAL),
        119 => names(r, &SEARCH_DOMAIN)?,
        120 => match r.u8(&SIP_ENCODING)? {
            0 => names(r, &SIP_NAME)?,
            1 => addresses(r, &SIP_ADDRESS)?,
            _ => {}
        },
        121 | 249 => {
            while r.left() > 0 {
                route(r)?;
            }
        }
        252 => text(r, &WPAD),
        _ => {}
    }
    Ok(())
}

/// Names as DNS writes them; pointers count from the beginning of the option's content.
fn names(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let message = Message { bytes: r.rest(), start: r.position() };
    while r.left() > 0 {
        dns_name::name(r, field, message)?;
    }
    Ok(())
}

/// The width of a mask, then as many bytes of the network as that mask needs.
fn route(r: &mut Reader<'_>) -> Result<(), Cut> {
    let [width, ref rest @ ..] = *r.rest() else { return Err(Cut) };
    let n = usize::from(width.div_ceil(8));
    let mut network = [0; 4];
    // A width above 32 finds no room here.
    network.get_mut(..n).ok_or(Cut)?.copy_from_slice(rest.get(..n).ok_or(Cut)?);
    r.made(&ROUTE, r.span(1 + n), |out| {
        let _ = write!(out, "{}/{width}", Ipv4Addr::from(network)); // writing to a vector cannot fail
    });
    r.skip(1 + n);
    r.array::<4>(&ROUTE_VIA)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcp::tests::options;

    #[test]
    fn a_route_has_as_many_bytes_as_its_mask_needs() {
        let seen = options("79 0b 08 0a c0000201 00 c0000202 ff");
        assert_eq!(seen.texts("dhcp.route"), ["10.0.0.0/8", "0.0.0.0/0"]);
        assert_eq!(seen.nodes("dhcp.route_via").len(), 2);
        let seen = options("f9 08 19 c0000280 c00002 ff");
        assert_eq!(seen.numbers("dhcp.bad_length"), [1], "one byte of the router is missing");
    }

    #[test]
    fn a_mask_of_more_than_32_bits_is_refused() {
        let seen = options("79 0a 21 c000020000 c0000201 ff");
        assert_eq!(seen.numbers("dhcp.bad_length"), [1]);
        assert!(seen.nodes("dhcp.route").is_empty());
    }

    #[test]
    fn a_search_list_uses_pointers_within_the_option() {
        let seen = options("77 11 03656e67 076578616d706c65 00 016d c004 ff");
        assert_eq!(seen.texts("dhcp.search_domain"), ["eng.example", "m.example"]);
    }

    #[test]
    fn an_offset_west_of_greenwich_is_negative() {
        assert_eq!(options("02 04 ffffb9b0 ff").numbers("dhcp.time_offset")[0].cast_signed(), -18000);
    }

    #[test]
    fn a_list_of_addresses_that_ends_within_one_is_an_impossible_length() {
        let seen = options("06 05 c0000201 c0 ff");
        assert_eq!(seen.nodes("dhcp.dns_server").len(), 1);
        assert_eq!(seen.numbers("dhcp.bad_length"), [1]);
        assert_eq!(seen.nodes("dhcp.option_data")[0].at.len(), 1);
    }
}
