//! Options of the conversation itself, RFC 2132 §9: which kind of message, which address, for how long.
//! Not here: what the client learns of the network (`dhcp_network`), who it says it is (`dhcp_client`).

use super::dhcp_codes;
use super::dhcp_options::text;
use crate::dissect::{
    Cut, Field, GistForm, Reader,
    Show::{Ip, Names, Text, Unit},
    field, name,
};

pub(super) static REQUESTED_IP: Field = field("requested_ip", "wanted address", Ip)
    .gist_as(GistForm::NonZero, "wants ")
    .spec("RFC 2132 §9.1")
    .explain("The address that the client would like: the one just offered, or the one it had last time, which mostly works.");
pub(super) static LEASE_TIME: Field = field("lease_time", "address is lent for", Unit("seconds"))
    .gist("lease=")
    .spec("RFC 2132 §9.2")
    .explain("When it runs out unrenewed the client must fall silent, and somebody else may get the address. 4294967295 means for ever.");
pub(super) static OVERLOAD: Field = field(
    "overload",
    "options overflow into",
    Names(&[
        name(1, "boot file's room", ""),
        name(2, "server name's room", ""),
        name(3, "both rooms", ""),
    ]),
)
.spec("RFC 2132 §9.3")
.explain("The fixed rooms for two names are mostly empty; here they hold further options. A reader must know this before it gets to them, yet it stands behind them.");
pub(super) static MESSAGE_TYPE: Field = field(
    "message_type",
    "kind of message",
    Names(&[
        name(1, "discover", "Is there a server? To everybody, as the client knows nobody."),
        name(2, "offer", "You could have this address. Several servers may say so."),
        name(3, "request", "I take that one, or: let me keep mine. All servers hear it and know who was not chosen."),
        name(4, "decline", "Somebody else already uses that address!"),
        name(5, "ack", "It is yours."),
        name(6, "nak", "You cannot have it here; begin anew."),
        name(7, "release", "I do not need it any more."),
        name(8, "inform", "I have an address; tell me the rest."),
        name(9, "force renew", "Renew now, something has changed."),
        name(10, "lease query", "A relay asks who has an address."),
        name(11, "lease unassigned", "Nobody has it, and it is mine to give."),
        name(12, "lease unknown", "I know nothing of it."),
        name(13, "lease active", "This client has it."),
        name(14, "bulk lease query", "Tell me of all clients like these."),
        name(15, "lease query done", "That was the last one."),
        name(16, "active lease query", "Tell me of every change from now on."),
        name(17, "lease query status", "Why a query failed."),
        name(18, "TLS", "Asks for encryption of lease queries."),
    ]),
)
.gist_as(GistForm::First, "")
.spec("RFC 2132 §9.6, RFC 2131 §3.1")
.explain("The step of the conversation: discover, offer, request, ack. Four messages, since several servers may offer and only one is taken.");
pub(super) static SERVER_ID: Field = field("server_id", "server", Ip)
    .gist("from ")
    .spec("RFC 2132 §9.7")
    .explain("Which server speaks or is meant. In a request sent to everybody it tells all other servers that their offer was not taken.");
pub(super) static REQUESTED_OPTION: Field = field("requested_option", "tell me", Names(dhcp_codes::CODES))
    .spec("RFC 2132 §9.8")
    .explain("An option that the client would like to be told. Which ones and in which order is a fingerprint: it betrays the operating system.");
pub(super) static MESSAGE: Field = field("message", "message", Text)
    .gist_as(GistForm::Quoted, "")
    .spec("RFC 2132 §9.9")
    .explain("A sentence for people: why the server refuses or the client declines.");
pub(super) static MAX_SIZE: Field =
    field("max_message_size", "takes messages up to", Unit("bytes")).spec("RFC 2132 §9.10").explain(
        "How much the client can receive at once; without it a server stays within 576 bytes and leaves options out.",
    );
pub(super) static RENEW_TIME: Field = field("renewal_time", "ask to renew after", Unit("seconds"))
    .spec("RFC 2132 §9.11, RFC 2131 §4.4.5")
    .explain("T1, mostly half of the lease: from then on the client asks its own server quietly whether it may stay.");
pub(super) static REBIND_TIME: Field = field("rebinding_time", "ask anybody after", Unit("seconds"))
    .spec("RFC 2132 §9.12, RFC 2131 §4.4.5")
    .explain("T2, mostly seven eighths of the lease: the own server has not answered, so the client asks all of them.");
pub(super) static RAPID_COMMIT: Field = field("rapid_commit", "two messages are enough", Names(&[name(1, "yes", "")]))
    .spec("RFC 4039 §4")
    .explain("The client takes whatever comes: discover, ack, done. With two servers both would give away an address.");
pub(super) static V6ONLY_WAIT: Field = field("v6only_wait", "do without IPv4 for", Unit("seconds"))
    .gist_as(GistForm::NonZero, "IPv6 only for ")
    .spec("RFC 8925 §3.1")
    .explain("A client that can live on IPv6 alone leaves its IPv4 address to others for so long. In a request it only says that it could.");
pub(super) static AUTO_CONFIGURE: Field = field(
    "auto_configure",
    "may choose its own address",
    Names(&[
        name(0, "no", "Stay without an address."),
        name(1, "yes", "Take a link-local one, 169.254.x.x."),
    ]),
)
.spec("RFC 2563 §2")
.explain("Whether a client that gets no address may help itself; otherwise a lone network fills with machines that reach nobody.");
pub(super) static SUBNET_SELECTION: Field = field("subnet_selection", "in this network", Ip)
    .spec("RFC 3011 §2")
    .explain("Asks for an address of this network and not of the one that the request came from: for machines that ask on behalf of others.");

/// Takes the content of an option that belongs to the conversation.
pub(super) fn read(r: &mut Reader<'_>, code: u8) -> Result<(), Cut> {
    match code {
        50 => _ = r.array::<4>(&REQUESTED_IP)?,
        51 => _ = r.u32(&LEASE_TIME)?,
        52 => _ = r.u8(&OVERLOAD)?,
        53 => _ = r.u8(&MESSAGE_TYPE)?,
        54 => _ = r.array::<4>(&SERVER_ID)?,
        55 => {
            while r.left() > 0 {
                r.u8(&REQUESTED_OPTION)?;
            }
        }
        56 => text(r, &MESSAGE),
        57 => _ = r.u16(&MAX_SIZE)?,
        58 => _ = r.u32(&RENEW_TIME)?,
        59 => _ = r.u32(&REBIND_TIME)?,
        80 => r.note_at(&RAPID_COMMIT, r.behind(2), 1),
        108 => _ = r.u32(&V6ONLY_WAIT)?,
        116 => _ = r.u8(&AUTO_CONFIGURE)?,
        118 => _ = r.array::<4>(&SUBNET_SELECTION)?,
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcp::tests::options;

    #[test]
    fn every_wanted_option_is_named() {
        assert_eq!(options("37 03 010379 ff").numbers("dhcp.requested_option"), [1, 3, 121]);
    }

    #[test]
    fn rapid_commit_says_all_by_being_there() {
        assert_eq!(options("50 00 ff").numbers("dhcp.rapid_commit"), [1]);
    }

    #[test]
    fn a_message_type_without_a_value_is_none() {
        let seen = options("35 00 ff");
        assert_eq!(seen.numbers("dhcp.bad_length"), [1]);
        assert!(seen.numbers("dhcp.message_type").is_empty());
    }
}
