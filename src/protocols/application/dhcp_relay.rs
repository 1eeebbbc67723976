//! Option 82, RFC 3046: what a relay or a switch adds about the place where the client hangs on.
//! Not here: how servers choose addresses by it.

use super::dhcp_options::text;
use crate::dissect::{
    Cut, Field, Reader,
    Show::{Bytes, Flags, Ip, Names, Nothing, Text, Unit},
    field, name,
};

pub(super) static SUBOPTION: Field = field("relay_suboption", "relay's note", Nothing)
    .spec("RFC 3046 §2.0")
    .explain("One thing that the relay knows of the client and the client cannot lie about, as the relay adds it behind its back.");
pub(super) static CODE: Field = field(
    "relay_code",
    "relay's note",
    Names(&[
        name(1, "circuit", "The plug."),
        name(2, "remote end", "The modem or switch."),
        name(4, "DOCSIS class", "The kind of cable modem."),
        name(5, "link", "The network to choose the address from."),
        name(6, "subscriber", "The customer."),
        name(7, "RADIUS attributes", "What the login server said of the client."),
        name(8, "authentication", "Guards the option against changes on the way."),
        name(9, "vendor's own", ""),
        name(10, "flags", "How the client's message came to the relay."),
        name(11, "server to claim", "The relay wants to see all renewals too."),
        name(12, "relay", "Which relay this is."),
        name(19, "relay's port", ""),
        name(150, "link (Cisco)", ""),
        name(151, "private network", "Addresses of different customers may be the same."),
        name(152, "private network, obeyed?", ""),
    ]),
)
.spec("RFC 3046 §2.0, IANA relay agent sub-options")
.explain("Says what the relay tells here. The server must send all of it back, and the relay takes it out before the client could see it.")
.quiet();
pub(super) static LENGTH: Field = field("relay_length", "note's length", Unit("bytes"))
    .spec("RFC 3046 §2.0")
    .explain("Bytes of this note; servers step over those that they cannot read.")
    .quiet();
pub(super) static CIRCUIT: Field = field("circuit_id", "plug", Bytes).spec("RFC 3046 §3.1").explain(
    "Which port of the switch or which line the message came in by. So a provider knows the house without asking.",
);
pub(super) static REMOTE: Field = field("remote_id", "modem or switch", Bytes)
    .spec("RFC 3046 §3.2")
    .explain("Who stands at the far end of that line: a modem's address or a caller's number, unique in the world.");
pub(super) static LINK: Field = field("link_selection", "choose from this network", Ip)
    .spec("RFC 3527 §3")
    .explain("Names the client's network where the relay's own address in the header belongs to another one.");
pub(super) static SUBSCRIBER: Field = field("subscriber_id", "customer", Text)
    .spec("RFC 3993 §3")
    .explain("The provider's name for the customer, which stays the same when the line is plugged in elsewhere.");
pub(super) static FLAGS: Field = field(
    "relay_flags",
    "came to the relay",
    Flags(&[name(0x80, "unicast", "Sent to the relay alone and not to everybody.")]),
)
.spec("RFC 5010 §3")
.explain("A server cannot see how the client's message travelled to the relay; security rules may depend on it.");
pub(super) static OVERRIDE: Field = field("server_override", "server to claim", Ip).spec("RFC 5107 §4").explain(
    "The server shall pretend to be at this address of the relay, so that renewals pass through the relay too.",
);
pub(super) static DATA: Field = field("relay_data", "note's bytes", Bytes)
    .spec("RFC 3046 §2.0")
    .explain("Content of a note that layercake does not take apart, or the rest of one; shown as it is.");

/// Takes all that the relay has noted.
pub(super) fn read(r: &mut Reader<'_>) -> Result<(), Cut> {
    while r.left() > 0 {
        r.group(&SUBOPTION, |r| {
            let code = r.u8(&CODE)?;
            let length = r.u8(&LENGTH)?;
            r.within(usize::from(length), |r| {
                let read = content(r, code);
                r.all(&DATA);
                read
            })
        })?;
    }
    Ok(())
}

fn content(r: &mut Reader<'_>, code: u8) -> Result<(), Cut> {
    match code {
        1 => _ = r.all(&CIRCUIT),
        2 => _ = r.all(&REMOTE),
        5 | 150 => _ = r.array::<4>(&LINK)?,
        6 => text(r, &SUBSCRIBER),
        10 => _ = r.u8(&FLAGS)?,
        11 => _ = r.array::<4>(&OVERRIDE)?,
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcp::tests::options;

    #[test]
    fn notes_of_a_relay_are_options_within_an_option() {
        let seen = options("52 0a 01 02 0a0b 05 04 c0000200 ff");
        assert_eq!(seen.numbers("dhcp.relay_code"), [1, 5]);
        assert_eq!(seen.nodes("dhcp.circuit_id")[0].at.len(), 2);
        assert_eq!(seen.nodes("dhcp.circuit_id")[0].depth, 2);
    }

    #[test]
    fn a_note_longer_than_its_option_is_an_impossible_length_and_ends_with_it() {
        let seen = options("52 03 01 09 0a 35 01 05 ff");
        assert_eq!(seen.numbers("dhcp.bad_length"), [1]);
        assert_eq!(seen.numbers("dhcp.message_type"), [5]);
    }
}
