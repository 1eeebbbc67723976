//! Options of `DHCPv6` that tell about the network and the client, RFC 3646 and the RFCs named at each field.
//! Not here: leases (`dhcpv6_addresses`), the conversation itself (`dhcpv6_options`).

use super::dhcp::HARDWARE;
use super::dhcp_client::VENDORS;
use super::dhcpv6_codes::CODES;
use super::dns_name::{self, Message, open_name};
use crate::dissect::{
    Cut, Field, GistForm, Reader,
    Show::{Bytes, Flags, Ip, Mac, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static REQUESTED_OPTION: Field =
    field("requested_option", "tell me", Names(CODES)).spec("RFC 8415 §21.7").explain(
        "An option that the client would like to be told. Which ones and in which order betrays its operating system.",
    );
pub(super) static USER_CLASS: Field = field("user_class", "group of users", Text)
    .spec("RFC 8415 §21.15")
    .explain("A group that the owner put the machine into; servers may give each group other settings.");
pub(super) static ENTERPRISE: Field = field("enterprise", "vendor", Names(VENDORS))
    .spec("RFC 8415 §21.16, §21.17, RFC 4649 §3")
    .explain("Whose words the following bytes are, by the vendor's number with IANA, so that two vendors never clash.");
pub(super) static VENDOR_CLASS: Field = field("vendor_class", "made by", Text)
    .spec("RFC 8415 §21.16")
    .explain("Names the client's hardware or software; servers give telephones other answers than laptops by it.");
pub(super) static ITEM_LENGTH: Field = field("item_length", "length of the item", Unit("bytes"))
    .spec("RFC 8415 §21.15, §21.16")
    .explain("The option may list several; each one says how long it is.")
    .quiet();
pub(super) static VENDOR_DATA: Field = field("vendor_data", "vendor's own", Bytes)
    .spec("RFC 8415 §21.17")
    .explain("Options within the option that only the vendor can read.");
pub(super) static DNS_SERVER: Field = field("dns_server", "DNS server", Ip)
    .gist("dns ")
    .spec("RFC 3646 §3")
    .explain("Whom to ask for the addresses of names. Routers say it in their own announcements too, so a machine may get two opinions.");
pub(super) static SEARCH_DOMAIN: Field = field("search_domain", "search in", Text)
    .spec("RFC 3646 §4")
    .explain("Domains to try one after the other for a short name. Unlike in DNS itself, pointers are forbidden here.");
pub(super) static SIP_NAME: Field = field("sip_name", "telephone server", Text)
    .spec("RFC 3319 §3.1")
    .explain("Where a telephone on the desk registers itself, by name.");
pub(super) static SIP_ADDRESS: Field = field("sip_address", "telephone server's address", Ip)
    .spec("RFC 3319 §3.2")
    .explain("Where a telephone on the desk registers itself, for networks without DNS.");
pub(super) static SNTP_SERVER: Field = field("sntp_server", "clock (SNTP)", Ip)
    .spec("RFC 4075 §4")
    .explain("A time server; given up for the NTP option, since it can only hold addresses and those change.");
pub(super) static REFRESH_TIME: Field = field("information_refresh_time", "ask again after", Unit("seconds"))
    .spec("RFC 8415 §21.23")
    .explain("How long settings without a lease hold; a client that only asked for information would otherwise never ask again.");
pub(super) static REMOTE_ID: Field = field("remote_id", "modem or switch", Bytes)
    .spec("RFC 4649 §3")
    .explain("The relay's note of who stands at the far end of the line, so that a provider knows the house.");
pub(super) static SUBSCRIBER_ID: Field = field("subscriber_id", "customer", Text)
    .spec("RFC 4580 §2")
    .explain("The provider's name for the customer, added by a relay behind the client's back.");
pub(super) static FQDN_FLAGS: Field = field(
    "fqdn_flags",
    "who tells DNS",
    Flags(&[
        name(1, "S", "The server shall enter name → address into DNS."),
        name(2, "O", "The server has overruled what the client wanted."),
        name(4, "N", "The server shall not touch DNS at all."),
    ]),
)
.spec("RFC 4704 §4.1")
.explain(
    "Name and address must get into DNS for others to find the machine; client and server settle here who does it.",
);
pub(super) static FQDN: Field = field("fqdn", "full name", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 4704 §4.2")
    .explain("What the machine shall be called in DNS; it may be partial. Phones that hide their MAC address often tell their owner's name here.");
pub(super) static TZ_POSIX: Field = field("tz_posix", "time zone as a rule", Text)
    .spec("RFC 4833 §3")
    .explain("The offset and the dates of summer time written out, for clocks that know no zones by name.");
pub(super) static TZ_DATABASE: Field = field("tz_database", "time zone", Text)
    .spec("RFC 4833 §3")
    .explain("A name of the time zone database, such as Europe/Berlin.");
pub(super) static NTP: Field =
    field("ntp", "clock", Nothing).spec("RFC 5908 §4").explain("A time server, in one of three ways to name it.");
pub(super) static NTP_CODE: Field = field(
    "ntp_code",
    "clock given by",
    Names(&[name(1, "address", ""), name(2, "multicast group", ""), name(3, "name", "")]),
)
.spec("RFC 5908 §4")
.explain("By name is best: the operators of public time servers were once flooded by millions of devices with an address built in.");
pub(super) static NTP_LENGTH: Field = field("ntp_length", "length of the clock", Unit("bytes"))
    .spec("RFC 5908 §4")
    .explain("Bytes of this way to name a clock; a client steps over those that it does not know.")
    .quiet();
pub(super) static NTP_SERVER: Field = field("ntp_server", "clock's address", Ip)
    .spec("RFC 5908 §4.1, §4.2")
    .explain("Where to ask for the time, or the group in which it is told unasked.");
pub(super) static NTP_NAME: Field = field("ntp_name", "clock's name", Text)
    .spec("RFC 5908 §4.3")
    .explain("To be looked up in DNS, so that the server can move.");
pub(super) static BOOT_URL: Field = field("boot_url", "boot from", Text)
    .gist("boot ")
    .spec("RFC 5970 §3.1")
    .explain("What to load and run when there is no disk: one address instead of the server name and file of DHCP.");
pub(super) static CLIENT_LINK_TYPE: Field = field("client_link_type", "kind of link", Names(HARDWARE))
    .spec("RFC 6939 §4")
    .explain("Which kind of link address the relay saw the client by.")
    .quiet();
pub(super) static CLIENT_MAC: Field = field("client_mac", "client's MAC", Mac)
    .spec("RFC 6939 §4")
    .explain("DHCPv6 has no place for the client's MAC address; operators missed it, so the first relay may add it.");
pub(super) static SOL_MAX_RT: Field = field("sol_max_rt", "longest pause of solicit", Unit("seconds"))
    .spec("RFC 8415 §21.24")
    .explain("How far apart unanswered questions for a server may grow, so that clients nobody serves do not fill the network.");
pub(super) static INF_MAX_RT: Field = field("inf_max_rt", "longest pause of information", Unit("seconds"))
    .spec("RFC 8415 §21.25")
    .explain("The same for clients that only ask for information.");
pub(super) static CAPTIVE_PORTAL: Field = field("captive_portal", "log in at", Text)
    .gist("portal ")
    .spec("RFC 8910 §2.2")
    .explain("Where a guest must log in, instead of a guess from a page that is not the expected one.");

/// Takes the content of an option about the network or the client; leaves what it does not know.
pub(super) fn read(r: &mut Reader<'_>, code: u16) -> Result<(), Cut> {
    match code {
        6 => {
            while r.left() > 0 {
                r.u16(&REQUESTED_OPTION)?;
            }
        }
        15 => items(r, &USER_CLASS)?,
        16 => {
            r.u32(&ENTERPRISE)?;
            items(r, &VENDOR_CLASS)?;
        }
        17 => {
            r.u32(&ENTERPRISE)?;
            r.all(&VENDOR_DATA);
        }
        21 => names(r, &SIP_NAME)?,
        22 => addresses(r, &SIP_ADDRESS)?,
        23 => addresses(r, &DNS_SERVER)?,
        24 => names(r, &SEARCH_DOMAIN)?,
        31 => addresses(r, &SNTP_SERVER)?,
        32 => _ = r.u32(&REFRESH_TIME)?,
        37 => {
            r.u32(&ENTERPRISE)?;
            r.all(&REMOTE_ID);
        }
        38 => _ = r.all(&SUBSCRIBER_ID),
        39 => {
            r.u8(&FQDN_FLAGS)?;
            if r.left() > 0 {
                open_name(r, &FQDN);
            }
        }
        41 => _ = r.all(&TZ_POSIX),
        42 => _ = r.all(&TZ_DATABASE),
        56 => {
            while r.left() > 0 {
                r.group(&NTP, ntp)?;
            }
        }
        59 => _ = r.all(&BOOT_URL),
        79 => {
            r.u16(&CLIENT_LINK_TYPE)?;
            if r.left() == 6 {
                r.array::<6>(&CLIENT_MAC)?;
            }
        }
        82 => _ = r.u32(&SOL_MAX_RT)?,
        83 => _ = r.u32(&INF_MAX_RT)?,
        103 => _ = r.all(&CAPTIVE_PORTAL),
        _ => {}
    }
    Ok(())
}

fn ntp(r: &mut Reader<'_>) -> Result<(), Cut> {
    let code = r.u16(&NTP_CODE)?;
    let length = r.u16(&NTP_LENGTH)?;
    r.within(usize::from(length), |r| {
        match code {
            1 | 2 => _ = r.array::<16>(&NTP_SERVER)?,
            3 => names(r, &NTP_NAME)?,
            _ => {}
        }
        r.all(&super::dhcpv6_options::DATA);
        Ok(())
    })
}

/// Texts with two bytes of length in front.
fn items(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    while r.left() > 0 {
        let length = r.u16(&ITEM_LENGTH)?;
        r.bytes(field, usize::from(length))?;
    }
    Ok(())
}

fn addresses(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    while r.left() > 0 {
        r.array::<16>(field)?;
    }
    Ok(())
}

/// Whole names, none of which may point anywhere (RFC 8415 §10).
fn names(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    while r.left() > 0 {
        dns_name::name(r, field, Message { bytes: r.rest(), start: r.position() })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcpv6::tests::options;

    #[test]
    fn a_search_list_holds_whole_names_and_no_pointers() {
        let seen = options("0018 0006 016100 016200");
        assert_eq!(seen.texts("dhcpv6.search_domain"), ["a", "b"]);
        let seen = options("0018 0007 016100 0162c000");
        assert_eq!(seen.texts("dhcpv6.search_domain"), ["a", "b"]);
        assert_eq!(seen.numbers("dhcpv6.bad_pointer"), [1]);
    }

    #[test]
    fn a_full_name_may_be_partial() {
        assert_eq!(options("0027 0008 01 066c6170746f70").texts("dhcpv6.fqdn"), ["laptop"]);
    }

    #[test]
    fn a_clock_is_named_in_three_ways() {
        let seen = options("0038 001b 0001 0010 20010db8000000000000000000000007 0003 0003 016100");
        assert_eq!(seen.nodes("dhcpv6.ntp_server").len(), 1);
        assert_eq!(seen.texts("dhcpv6.ntp_name"), ["a"]);
    }

    #[test]
    fn an_item_longer_than_its_option_is_an_impossible_length() {
        let seen = options("0010 0008 00000137 0009 6162 0007 0001 07");
        assert_eq!(seen.numbers("dhcpv6.bad_length"), [1]);
        assert_eq!(seen.numbers("dhcpv6.preference"), [7]);
    }
}
