//! Neighbour discovery, RFC 4861: what ARP, DHCP's first half and ICMP redirects do for IPv4, in five messages
//! of `ICMPv6`. Also inverse discovery (RFC 3122), which has the same form.
//! Not here: the options (`ndp_options`), proofs of who may send this (SEND, RFC 3971).

use super::{icmpv6, ndp_options};
use crate::dissect::{
    Cut, Field, GistForm, Name, Next, Reader,
    Show::{Flags, Hex, Ip, Mac, Names, Nothing, Unit},
    field, name,
};

pub(super) static HOP_LIMIT: Field = field("ra_hop_limit", "hop limit to use", Unit("hops"))
    .spec("RFC 4861 §4.2")
    .explain("What machines on this wire shall write into their packets as hop limit; 0 leaves the choice to them.");
pub(super) static RA_FLAGS: Field = field(
    "ra_flags",
    "flags",
    Flags(&[
        name(0x80, "managed", "M: addresses come from a DHCPv6 server."),
        name(0x40, "other", "O: a DHCPv6 server knows further settings, such as name servers."),
        name(0x20, "home agent", "H: this router forwards to machines that are on the move."),
        name(0x04, "proxy", "P: this router answers for machines of another wire."),
    ]),
)
.gist_as(GistForm::NonZero, "")
.spec("RFC 4861 §4.2, RFC 6275 §7.1, RFC 4389 §4.1.3.3")
.explain("Whether a DHCP server has to be asked as well. With none of them set a machine makes its address itself, out of the prefix below, and asks nobody.");
pub(super) static PREFERENCE: Field = field("ra_preference", "preference", Names(PREFERENCES))
    .spec("RFC 4191 §2.2")
    .explain(
        "Which of several routers to take. Printers and phones that play router by mistake should say low, and do not.",
    )
    .quiet();
pub(super) static RA_RESERVED: Field = field("ra_reserved", "reserved bits", Hex)
    .spec("RFC 5175 §3")
    .explain("Two bits without a meaning; when they are used up an option carries 48 further ones.")
    .quiet();
pub(super) static ROUTER_LIFETIME: Field = field("router_lifetime", "router for", Unit("seconds"))
    .gist("lifetime=")
    .spec("RFC 4861 §4.2")
    .explain("How long this router may be used as way out. At 0 it is none: it still tells addresses, or it is about to be switched off.");
pub(super) static REACHABLE: Field = field("reachable_time", "neighbour good for", Unit("ms"))
    .spec("RFC 4861 §4.2")
    .explain("How long a neighbour that gave a sign of life is taken to be there without asking again; 0 leaves it to each machine.")
    .quiet();
pub(super) static RETRANS: Field = field("retrans_timer", "ask again after", Unit("ms"))
    .spec("RFC 4861 §4.2")
    .explain("How long to wait for a neighbour's answer before the question is repeated; 0 leaves it to each machine.")
    .quiet();
pub(super) static NS_TARGET: Field = field("ns_target", "looked for", Ip)
    .spec("RFC 4861 §4.3")
    .explain("The IP address whose MAC address is wanted. The question goes to a group that only few machines are in, so that it does not wake everybody, as ARP does.");
pub(super) static WHO_HAS: Field = field("who_has", "who has", Ip)
    .gist("who has ")
    .spec("RFC 4861 §7.2.2")
    .explain("The question in plain words: the machine with this IP address shall tell its MAC address.")
    .quiet();
pub(super) static PROBE: Field = field("probe", "is it free?", Nothing).gist("is it free?").spec("RFC 4862 §5.4").explain(
    "The sender has no address yet (::) and asks whether anyone uses this one. An answer means that it must not take it.",
);
pub(super) static NA_FLAGS: Field = field(
    "na_flags",
    "flags",
    Flags(&[
        name(
            0x8000_0000,
            "router",
            "The sender is a router. If it once was and no longer says so, it is taken off the list.",
        ),
        name(0x4000_0000, "solicited", "An answer to a question, which proves that both directions work."),
        name(0x2000_0000, "override", "Forget what you knew and take this MAC address. Attackers set it too."),
    ]),
)
.spec("RFC 4861 §4.4")
.explain("How much the answer counts: whether somebody asked, and whether it replaces what is already known.");
pub(super) static NA_RESERVED: Field = field("na_reserved", "reserved bits", Hex)
    .spec("RFC 4861 §4.4")
    .explain("The other 29 bits of the flags' word, zero until somebody finds a use for them.")
    .quiet();
pub(super) static NA_TARGET: Field = field("na_target", "this address", Ip)
    .spec("RFC 4861 §4.4")
    .explain("The IP address that the answer speaks of. Nothing proves that it belongs to the sender, so an attacker on the wire can claim any.");
pub(super) static FOUND: Field = field("found", "found", Ip)
    .gist("")
    .spec("RFC 4861 §7.2.5")
    .explain("The IP address that an answer speaks of; from now on packets for it need no question.")
    .quiet();
pub(super) static IS_AT: Field = field("is_at", "is at", Mac)
    .gist("is at ")
    .spec("RFC 4861 §7.2.5")
    .explain("The answer in plain words: frames for that IP address go to this card, until the entry grows old.")
    .quiet();
pub(super) static IS_HERE: Field = field("is_here", "still there", Names(&[name(1, "is here", "")]))
    .gist("")
    .spec("RFC 4861 §4.4")
    .explain("The answer tells no MAC address: the asker wrote to the machine directly, so it has it and only wanted a sign of life.")
    .quiet();
pub(super) static ANNOUNCES: Field = field("announces", "announces itself", Nothing)
    .gist("announces its own address")
    .spec("RFC 4861 §7.2.6")
    .explain("Nobody asked. It tells everybody that this address lives here now, after a change of card or when a spare machine takes over.");
pub(super) static BETTER_HOP: Field = field("redirect_target", "better next hop", Ip)
    .gist("via ")
    .spec("RFC 4861 §4.5")
    .explain("Whom to hand such packets to from now on. If it is the destination itself, that machine is a neighbour and no router is needed.");
pub(super) static DESTINATION: Field = field("redirect_destination", "for packets to", Ip)
    .gist("for ")
    .spec("RFC 4861 §4.5")
    .explain("For which receiver the shorter way counts. Whoever forges this message can draw another machine's traffic to himself.");
/// Prefer this router, or this route.
pub(super) const PREFERENCES: &[Name] = &[
    name(0, "medium", ""),
    name(1, "high", "Take this one before the others."),
    name(2, "not allowed", "Receivers read it as medium."),
    name(3, "low", "Only where there is no other."),
];

/// Takes what follows the checksum of kinds 133 to 137, 141 and 142.
pub(super) fn read(r: &mut Reader<'_>, kind: u8) -> Result<Next, Cut> {
    match kind {
        134 => router(r)?,
        135 => question(r)?,
        136 => return answer(r),
        137 => {
            r.u32(&icmpv6::RESERVED)?;
            r.array::<16>(&BETTER_HOP)?;
            r.array::<16>(&DESTINATION)?;
            let end = ndp_options::read(r)?;
            return Ok(if end.quotes { Next::QuotedIp } else { Next::Data });
        }
        _ => _ = r.u32(&icmpv6::RESERVED)?,
    }
    ndp_options::read(r)?;
    Ok(Next::Data)
}

fn router(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u8(&HOP_LIMIT)?;
    let bits = r.raw::<1>()?;
    r.note_at(&RA_FLAGS, r.behind(1), bits.value & 0xe4);
    r.part(&PREFERENCE, bits, 3..5);
    r.part(&RA_RESERVED, bits, 6..8);
    r.u16(&ROUTER_LIFETIME)?;
    r.u32(&REACHABLE)?;
    r.u32(&RETRANS)?;
    Ok(())
}

fn question(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.u32(&icmpv6::RESERVED)?;
    r.array::<16>(&NS_TARGET)?;
    r.note_bytes(&WHO_HAS, r.behind(16));
    if r.facts().addresses.is_some_and(|(from, _)| from.is_unspecified()) {
        r.note(&PROBE, 1);
    }
    Ok(())
}

fn answer(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let word = r.raw::<4>()?;
    let flags = word.value & 0xe000_0000;
    r.note_at(&NA_FLAGS, r.behind(4), flags);
    r.part(&NA_RESERVED, word, 3..32);
    r.array::<16>(&NA_TARGET)?;
    r.note_bytes(&FOUND, r.behind(16));
    let end = ndp_options::read(r)?;
    match end.target_mac {
        Some(at) => r.note_bytes(&IS_AT, at),
        None => r.note(&IS_HERE, 1),
    }
    if flags & 0x4000_0000 == 0 {
        r.note(&ANNOUNCES, 1);
    }
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, hex, read};

    const LINK_LOCAL: &str = "fe800000000000000000000000000005 fe800000000000000000000000000009";
    const TARGET: &str = "fe800000000000000000000000000009";

    fn between(addresses: &str, message: &str) -> Seen {
        read(101, &format!("60000000 {:04x} 3a ff {addresses} {message}", hex(message).len()))
    }

    fn ndp(message: &str) -> Seen {
        between(LINK_LOCAL, message)
    }

    #[test]
    fn a_question_says_who_has() {
        let seen = ndp(&format!("8700 0000 00000000 {TARGET}"));
        assert_eq!(seen.nodes("icmpv6.who_has")[0].at, seen.nodes("icmpv6.ns_target")[0].at);
        assert!(seen.nodes("icmpv6.message").is_empty() && seen.nodes("icmpv6.probe").is_empty());
    }

    #[test]
    fn a_question_from_nobody_asks_whether_the_address_is_free() {
        let from_nobody = "00000000000000000000000000000000 ff0200000000000000000001ff000009";
        let seen = between(from_nobody, &format!("8700 0000 00000000 {TARGET}"));
        assert_eq!(seen.numbers("icmpv6.probe"), [1]);
    }

    #[test]
    fn an_answer_says_where_the_address_is() {
        let seen = ndp(&format!("8800 0000 60000000 {TARGET} 0201 020000000009"));
        assert_eq!(seen.nodes("icmpv6.is_at")[0].at, seen.nodes("icmpv6.target_mac")[0].at);
        assert_eq!(seen.numbers("icmpv6.na_flags"), [0x6000_0000]);
        assert!(seen.nodes("icmpv6.announces").is_empty());
    }

    #[test]
    fn an_answer_without_a_mac_address_is_a_sign_of_life() {
        let seen = ndp(&format!("8800 0000 40000000 {TARGET}"));
        assert_eq!(seen.numbers("icmpv6.is_here"), [1]);
        assert!(seen.nodes("icmpv6.is_at").is_empty());
    }

    #[test]
    fn an_answer_that_nobody_asked_for_is_an_announcement() {
        let seen = ndp(&format!("8800 0000 20000000 {TARGET} 0201 020000000009"));
        assert_eq!(seen.numbers("icmpv6.announces"), [1]);
    }

    #[test]
    fn the_preference_sits_between_the_flags_of_an_advertisement() {
        let seen = ndp("8600 0000 40 cc 0708 00000000 00000000");
        assert_eq!(seen.numbers("icmpv6.ra_flags"), [0xc4]);
        assert_eq!(seen.numbers("icmpv6.ra_preference"), [1]);
        assert_eq!(seen.numbers("icmpv6.router_lifetime"), [1800]);
    }

    #[test]
    fn a_redirect_quotes_the_packet_that_took_the_detour() {
        let quoted = format!("60000000 0000 3b 40 {LINK_LOCAL}");
        let seen = ndp(&format!("8900 0000 00000000 {TARGET} {TARGET} 0406 000000000000 {quoted}"));
        assert_eq!(seen.layers(), "raw_ip ipv6 icmpv6 ipv6");
        assert!(seen.tape.layers[4].quoted);
    }

    #[test]
    fn a_quoted_packet_with_options_behind_it_stays_bytes() {
        let quoted = format!("60000000 0000 3b 40 {LINK_LOCAL}");
        let seen = ndp(&format!("8900 0000 00000000 {TARGET} {TARGET} 0406 000000000000 {quoted} 0201 020000000009"));
        assert_eq!(seen.layers(), "raw_ip ipv6 icmpv6");
        assert_eq!(seen.nodes("icmpv6.target_mac").len(), 1);
    }
}
