//! Options of a router advertisement about names: name servers and search domains (RFC 8106), the page to log in
//! at (RFC 8910). Also names as DNS writes them, for all of `ICMPv6`.
//! Not here: asking those servers (`dns`).

use super::ndp_options::reserved;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Ip, Text, Unit},
    field,
};

pub(super) static DNS_LIFETIME: Field = field("dns_lifetime", "name servers for", Unit("seconds"))
    .spec("RFC 8106 §5.1")
    .explain("How long the servers may be asked; 0 takes them back, 4294967295 means for ever.");
pub(super) static DNS_SERVER: Field =
    field("dns_server", "name server", Ip).gist("dns ").spec("RFC 8106 §5.1").explain(
        "Where to ask for names. Whoever forges this message chooses which answers the machines on this wire get.",
    );
pub(super) static SEARCH_LIFETIME: Field = field("search_lifetime", "search domains for", Unit("seconds"))
    .spec("RFC 8106 §5.2")
    .explain("How long the domains may be tried; 0 takes them back, 4294967295 means for ever.");
pub(super) static SEARCH_DOMAIN: Field = field("search_domain", "search domain", Text)
    .spec("RFC 8106 §5.2")
    .explain("Appended to names that people shorten: \"printer\" is looked up as printer.example.com.");
pub(super) static FILLING: Field = field("option_filling", "filling", Bytes)
    .spec("RFC 8106 §5.2")
    .explain("Zeros up to the next multiple of 8 bytes, because options count their length so.")
    .quiet();
pub(super) static PORTAL: Field = field("portal", "log in at", Text)
    .spec("RFC 8910 §2.3")
    .explain("Where hotels and trains ask you to log in. Without this option a computer finds out by fetching a known page and getting another one.");

/// Addresses of name servers.
pub(super) fn servers(r: &mut Reader<'_>) -> Result<(), Cut> {
    reserved::<2>(r)?;
    r.u32(&DNS_LIFETIME)?;
    while r.left() >= 16 {
        r.array::<16>(&DNS_SERVER)?;
    }
    Ok(())
}

/// Domains, each a name as DNS writes it.
pub(super) fn search_list(r: &mut Reader<'_>) -> Result<(), Cut> {
    reserved::<2>(r)?;
    r.u32(&SEARCH_LIFETIME)?;
    while r.rest().first().is_some_and(|length| *length > 0) {
        name(r, &SEARCH_DOMAIN)?;
    }
    r.all(&FILLING);
    Ok(())
}

/// A URI, filled up with zeros.
pub(super) fn portal(r: &mut Reader<'_>) -> Result<(), Cut> {
    let filling = r.rest().iter().rev().take_while(|byte| **byte == 0).count();
    r.bytes(&PORTAL, r.left() - filling)?;
    r.all(&FILLING);
    Ok(())
}

/// Takes a name in DNS's form: labels, each behind its length, up to an empty one. Pointers are not allowed here.
/// Where that form is broken nothing is taken.
pub(super) fn name(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    let bytes = r.rest();
    let mut end = 0;
    loop {
        let length = usize::from(*bytes.get(end).ok_or(Cut)?);
        if length > 63 {
            return Err(Cut);
        }
        end += 1 + length;
        if length == 0 {
            break;
        }
    }
    let wire = bytes.get(..end).ok_or(Cut)?;
    r.made(field, r.span(end), |text| labels(text, wire));
    r.skip(end);
    Ok(())
}

/// Appends the labels of `wire` with dots between them.
fn labels(text: &mut Vec<u8>, mut wire: &[u8]) {
    let start = text.len();
    while let Some((length, rest)) = wire.split_first() {
        let (label, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        if !label.is_empty() && text.len() > start {
            text.push(b'.');
        }
        text.extend_from_slice(label);
        wire = rest;
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    fn advertisement(options: &str) -> Seen {
        let message = format!("8600 0000 40 00 0708 00000000 00000000 {options}");
        let addresses = "fe800000000000000000000000000001 ff020000000000000000000000000001";
        read(101, &format!("60000000 {:04x} 3a ff {addresses} {message}", hex(&message).len()))
    }

    #[test]
    fn the_number_of_servers_follows_from_the_length() {
        let server = "20010db8000000000000000000000053";
        let seen = advertisement(&format!("1905 0000 00000e10 {server} {server}"));
        assert_eq!(seen.nodes("icmpv6.dns_server").len(), 2);
    }

    #[test]
    fn domains_end_with_an_empty_label_and_the_rest_is_filling() {
        let seen = advertisement("1f03 0000 00000e10 03 6c6162 00 02 6578 00 00000000 00000000");
        assert_eq!(seen.texts("icmpv6.search_domain"), ["lab", "ex"]);
        assert_eq!(seen.nodes("icmpv6.option_filling")[0].at.len(), 7);
    }

    #[test]
    fn a_label_that_reaches_beyond_the_option_is_bytes() {
        let seen = advertisement("1f02 0000 00000e10 3f 6c616200 000000");
        assert!(seen.nodes("icmpv6.search_domain").is_empty());
        assert_eq!(seen.nodes("icmpv6.option_bytes")[0].at.len(), 8);
        assert_eq!(seen.numbers("icmpv6.bad_length"), [1]);
    }

    #[test]
    fn the_page_to_log_in_at_ends_before_its_filling() {
        let seen = advertisement("2502 68747470 733a2f2f 61000000 0000");
        assert_eq!(seen.texts("icmpv6.portal"), ["https://a"]);
    }
}
