//! IPv4's options, RFC 791 §3.1: rarely sent, often dropped on the way, and still part of every header's length.
//! Not here: what security labels mean (RFC 1108), experimental options; their bytes are kept.

use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Dec, Ip, Names, Nothing, Unit},
    field, name,
};

pub(super) static OPTION: Field = field("option", "option", Nothing).spec("RFC 791 §3.1").explain(
    "An extra wish to routers or to the receiver. Most routers of today drop packets with options or ignore them.",
);
pub(super) static KIND: Field = field(
    "option_kind",
    "option",
    Names(&[
        name(0, "end", "No more options; the rest fills up the last word."),
        name(1, "no operation", "Fills a byte, so that the next option begins where it should."),
        name(7, "record route", "Every router writes its address into the packet."),
        name(68, "timestamp", "Every router writes the time into the packet."),
        name(130, "security", "How secret the packet is (military networks)."),
        name(131, "loose source route", "Addresses to visit on the way, with others in between."),
        name(134, "commercial security", "A label of how secret the packet is."),
        name(136, "stream id", "For a satellite network of the 1970s."),
        name(137, "strict source route", "Addresses to visit, and no others."),
        name(148, "router alert", "Every router shall look inside: IGMP and RSVP ask for it."),
    ]),
)
.gist("option ")
.spec("RFC 791 §3.1, IANA IP option numbers")
.explain("Which option it is. Its highest bit says whether each piece of a cut packet gets a copy.");
pub(super) static LENGTH: Field = field("option_length", "length", Unit("bytes"))
    .spec("RFC 791 §3.1")
    .explain(
        "Bytes of the option with its kind and this byte, so that a reader can step over an option it does not know.",
    )
    .quiet();
pub(super) static POINTER: Field = field("option_pointer", "next free place", Dec)
    .spec("RFC 791 §3.1")
    .explain("Where in the option the next router writes or reads an address, counted from 1; beyond the length the list is full.")
    .quiet();
pub(super) static HOP: Field = field("option_hop", "hop", Ip)
    .spec("RFC 791 §3.1")
    .explain("An address that a router wrote down, or one that the packet has to visit. Source routes let outsiders slip past firewalls, so they are dropped.");
pub(super) static OVERFLOW: Field = field("option_overflow", "routers without room", Dec)
    .spec("RFC 791 §3.1")
    .explain("How many routers found no more room for their timestamp; four bits, so it stops at 15.")
    .quiet();
pub(super) static STAMP_KIND: Field = field(
    "option_stamp_kind",
    "what is written down",
    Names(&[
        name(0, "times only", ""),
        name(1, "addresses and times", ""),
        name(3, "times of given addresses", "Only the routers that the sender has listed write the time."),
    ]),
)
.spec("RFC 791 §3.1")
.explain("Whether routers write the time alone or with their address.")
.quiet();
pub(super) static STAMP: Field = field("option_stamp", "time", Unit("ms since midnight"))
    .spec("RFC 791 §3.1")
    .explain("When the router saw the packet, by its own clock in universal time; clocks of routers seldom agree.");
pub(super) static ALERT: Field = field("option_alert", "who shall look", Names(&[name(0, "every router", "")]))
    .spec("RFC 2113 §2.1")
    .explain("Which routers shall look inside the packet although it is not addressed to them.")
    .quiet();
pub(super) static BYTES: Field = field("option_bytes", "content", Bytes)
    .spec("RFC 791 §3.1")
    .explain("What the option holds, where it is not taken apart any further here.");
pub(super) static PADDING: Field = field("option_padding", "filling", Bytes)
    .spec("RFC 791 §3.1")
    .explain("Zeros up to the next multiple of four bytes, because the header's length is counted in words.")
    .quiet();
pub(super) static BAD: Field = field("bad_option", "impossible option", Nothing)
    .gist("impossible option")
    .spec("RFC 791 §3.1")
    .explain("An option's length is below 2 or reaches beyond the header; a receiver that believed it would loop or read foreign bytes.");

/// Reads options up to the end of the header.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    while let Some(kind) = r.rest().first().copied() {
        if kind == 0 {
            r.u8(&KIND)?;
            r.all(&PADDING);
        } else if kind == 1 {
            r.u8(&KIND)?;
        } else {
            let length = r.rest().get(1).map_or(0, |n| usize::from(*n));
            if length < 2 || length > r.left() {
                r.note(&BAD, 1);
                r.all(&BYTES);
                return Ok(());
            }
            r.group(&OPTION, |r| r.within(length, |r| option(r, kind)))?;
        }
    }
    Ok(())
}

fn option(r: &mut Reader<'_>, kind: u8) -> Result<(), Cut> {
    r.u8(&KIND)?;
    r.u8(&LENGTH)?;
    match kind {
        7 | 131 | 137 if r.left() > 0 => {
            r.u8(&POINTER)?;
            while r.left() >= 4 {
                r.array::<4>(&HOP)?;
            }
        }
        68 if r.left() >= 2 => {
            r.u8(&POINTER)?;
            let bits = r.raw::<1>()?;
            r.part(&OVERFLOW, bits, 0..4);
            let with_addresses = r.part(&STAMP_KIND, bits, 4..8) != 0;
            while r.left() >= if with_addresses { 8 } else { 4 } {
                if with_addresses {
                    r.array::<4>(&HOP)?;
                }
                r.u32(&STAMP)?;
            }
        }
        148 if r.left() == 2 => {
            r.u16(&ALERT)?;
        }
        _ => {}
    }
    r.all(&BYTES);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::read;

    fn with_options(options: &str) -> crate::protocols::testing::Seen {
        let words = 5 + options.replace(' ', "").len() / 8;
        read(101, &format!("4{words:x}00 0000 00010000 40fd0000 c0000201 c0000202 {options}"))
    }

    #[test]
    fn a_recorded_route_is_a_list_of_addresses() {
        let seen = with_options("07 0b 0c c0000263 c0000264 00");
        assert_eq!(seen.nodes("ipv4.option_hop").len(), 2);
        assert_eq!(seen.numbers("ipv4.option_kind"), [7, 0]);
    }

    #[test]
    fn times_stand_beside_addresses_where_the_option_says_so() {
        let seen = with_options("44 0c 0d 01 c0000263 00000064");
        assert_eq!(seen.numbers("ipv4.option_stamp"), [100]);
        assert_eq!(seen.nodes("ipv4.option_hop").len(), 1);
    }

    #[test]
    fn an_option_of_length_zero_ends_the_list_instead_of_looping() {
        let seen = with_options("94 00 00 00");
        assert_eq!(seen.numbers("ipv4.bad_option"), [1]);
        assert_eq!(seen.nodes("ipv4.option_bytes").len(), 1);
    }
}
