//! The options of DHCP, RFC 2132 §2: each a code, a length and a content, so that strangers can step over it.
//! Not here: what the contents say (`dhcp_lease`, `dhcp_network`, `dhcp_client`, `dhcp_relay`); joining the
//! pieces of an option that needs more than 255 bytes (RFC 3396), which are shown one by one.

use super::{dhcp_client, dhcp_codes, dhcp_lease, dhcp_network, dhcp_relay};
use crate::dissect::{
    Cut, Field, GistForm, Reader,
    Show::{Bytes, Names, Nothing, Unit},
    field, name,
};

pub(super) static OPTION: Field = field("option", "option", Nothing)
    .spec("RFC 2132 §2")
    .explain("One thing that the client wants to know or the server wants to tell; the order has no meaning.");
pub(super) static CODE: Field = field("option_code", "option", Names(dhcp_codes::CODES))
    .spec("RFC 2132 §2, IANA BOOTP and DHCP options")
    .explain(
        "Says which option this is. There are 256 at most, and vendors have squatted on some that were not theirs.",
    )
    .quiet();
pub(super) static LENGTH: Field = field("option_length", "option length", Unit("bytes"))
    .spec("RFC 2132 §2")
    .explain("Bytes of content that follow. A client that does not know the code uses it to find the next option.")
    .quiet();
pub(super) static DATA: Field = field("option_data", "option's bytes", Bytes)
    .spec("RFC 2132 §2")
    .explain("Content of an option that layercake does not take apart, or the rest of one; shown as it is.");
pub(super) static PADDING: Field = field("padding", "padding", Bytes)
    .spec("RFC 2132 §3.1, RFC 1542 §2.1")
    .explain("Zeros behind the options: old relays throw away messages shorter than the 300 bytes that BOOTP had.")
    .quiet();
pub(super) static SPLIT: Field = field("split_option", "piece of a longer option", Names(&[name(1, "yes", "")]))
    .spec("RFC 3396 §5")
    .explain("The same code comes more than once: one length byte counts to 255 only, so that a long content is sent in pieces and joined by the receiver.");
pub(super) static BOOTP: Field = field(
    "bootp",
    "plain BOOTP",
    Names(&[name(1, "BOOTP request", "From the client."), name(2, "BOOTP reply", "From the server.")]),
)
.gist_as(GistForm::First, "")
.spec("RFC 951 §3")
.explain("No option says which kind of DHCP message this is, so it is the older BOOTP: one question, one answer, and an address for ever.");

/// What must be known of the options before the first byte of them is reached.
#[derive(Default)]
pub(super) struct Plan {
    /// The room for the server's name holds options.
    pub sname: bool,
    /// The room for the boot file's name holds options.
    pub file: bool,
    /// There is an option that says which kind of message this is.
    pub typed: bool,
    seen: [u64; 4],
    twice: [u64; 4],
}

const PAD: u8 = 0;
const OVERLOAD: u8 = 52;
const MESSAGE_TYPE: u8 = 53;
const END: u8 = 255;

impl Plan {
    /// Looks once through the options of a whole message, from its first byte.
    pub(super) fn of(message: &[u8]) -> Plan {
        let mut plan = Plan::default();
        let overload = plan.scan(message.get(240..).unwrap_or(&[]));
        plan.file = overload & 1 != 0;
        plan.sname = overload & 2 != 0;
        for (used, room) in [(plan.file, 108..236), (plan.sname, 44..108)] {
            if used {
                plan.scan(message.get(room).unwrap_or(&[]));
            }
        }
        plan
    }

    /// Notes which codes there are; gives the value of option 52.
    fn scan(&mut self, mut options: &[u8]) -> u8 {
        let mut overload = 0;
        while let [code, ref rest @ ..] = *options {
            if code == END {
                break;
            }
            options = rest;
            if code == PAD {
                continue;
            }
            let [length, ref rest @ ..] = *rest else { break };
            if let (OVERLOAD, Some(value)) = (code, rest.first()) {
                overload = *value;
            }
            let (word, bit) = (usize::from(code / 64), 1 << (code % 64));
            self.twice[word] |= self.seen[word] & bit;
            self.seen[word] |= bit;
            self.typed |= code == MESSAGE_TYPE;
            options = rest.get(usize::from(length)..).unwrap_or(&[]);
        }
        overload
    }

    fn split(&self, code: u8) -> bool {
        self.twice[usize::from(code / 64)] & (1 << (code % 64)) != 0
    }
}

/// Takes the options in the next `n` bytes.
pub(super) fn area(r: &mut Reader<'_>, n: usize, plan: &Plan) -> Result<(), Cut> {
    r.within(n, |r| {
        while let Some(&code) = r.rest().first() {
            match code {
                PAD => {
                    let zeros = r.rest().iter().take_while(|b| **b == PAD).count();
                    r.bytes(&PADDING, zeros)?;
                }
                END => {
                    r.group(&OPTION, |r| r.u8(&CODE))?;
                    r.all(&PADDING);
                }
                _ => r.group(&OPTION, |r| option(r, plan))?,
            }
        }
        Ok(())
    })
}

fn option(r: &mut Reader<'_>, plan: &Plan) -> Result<(), Cut> {
    let code = r.u8(&CODE)?;
    let length = usize::from(r.u8(&LENGTH)?);
    let complete = r.left() >= length;
    let split = plan.split(code);
    if split {
        r.note(&SPLIT, 1);
    }
    r.within(length, |r| {
        // An option that contradicts its own length spoils only itself.
        if content(r, code, split).is_err() && complete {
            r.bad_length();
        }
        r.all(&DATA);
        Ok(())
    })
}

fn content(r: &mut Reader<'_>, code: u8, split: bool) -> Result<(), Cut> {
    match code {
        // A piece of a list may begin or end in the middle of an item.
        82 | 119..=121 | 124 | 125 | 249 if split => Ok(()),
        50..=59 | 80 | 108 | 116 | 118 => dhcp_lease::read(r, code),
        60 | 61 | 66 | 67 | 77 | 81 | 93 | 94 | 97 | 124 | 125 | 150 | 161 => dhcp_client::read(r, code),
        82 => dhcp_relay::read(r),
        _ => dhcp_network::read(r, code),
    }
}

/// Takes all that remains as a text; zeros at its end do not belong to it (RFC 2132 §2).
pub(super) fn text(r: &mut Reader<'_>, field: &'static Field) {
    let bytes = r.rest();
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    if end == bytes.len() {
        r.all(field);
    } else {
        r.made(field, r.span(bytes.len()), |out| out.extend_from_slice(&bytes[..end]));
        r.skip(bytes.len());
    }
}

/// Takes IPv4 addresses up to the end.
pub(super) fn addresses(r: &mut Reader<'_>, field: &'static Field) -> Result<(), Cut> {
    while r.left() > 0 {
        r.array::<4>(field)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::application::dhcp::tests::options;

    #[test]
    fn an_unknown_option_is_kept_with_its_code_and_the_next_one_is_found() {
        let seen = options("e0 02 abcd 35 01 05 ff");
        assert_eq!(seen.numbers("dhcp.option_code"), [224, 53, 255]);
        assert_eq!(seen.nodes("dhcp.option_data")[0].at.len(), 2);
        assert_eq!(seen.numbers("dhcp.message_type"), [5]);
    }

    #[test]
    fn an_option_of_the_wrong_length_spoils_only_itself() {
        let seen = options("33 02 0001 35 01 05 ff");
        assert_eq!(seen.numbers("dhcp.bad_length"), [1]);
        assert!(seen.nodes("dhcp.lease_time").is_empty());
        assert_eq!(seen.numbers("dhcp.message_type"), [5]);
        assert!(!seen.cut("dhcp"));
    }

    #[test]
    fn a_length_beyond_the_end_is_cut_and_keeps_what_is_there() {
        let seen = options("0c 09 6162");
        assert!(seen.cut("dhcp"));
        assert_eq!(seen.texts("dhcp.hostname"), ["ab"]);
        assert!(options("0c").cut("dhcp"));
    }

    #[test]
    fn zeros_between_and_behind_options_are_one_piece_of_padding_each() {
        let seen = options("0000 35 01 05 ff 000000");
        assert_eq!(seen.nodes("dhcp.padding").iter().map(|n| n.at.len()).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn a_list_in_pieces_is_kept_as_pieces_as_an_item_may_lie_across_them() {
        let seen = options("77 03 016107 ff").numbers("dhcp.split_option").len();
        assert_eq!(seen, 0);
        let seen = options("77 03 026161 77 01 00 0c 01 61 0c 01 62 ff");
        assert_eq!(seen.numbers("dhcp.split_option"), [1, 1, 1, 1]);
        assert_eq!(seen.nodes("dhcp.option_data").len(), 2);
        assert_eq!(seen.texts("dhcp.hostname"), ["a", "b"]);
    }

    #[test]
    fn zeros_at_the_end_of_a_text_do_not_belong_to_it() {
        assert_eq!(options("0c 04 61620000 ff").texts("dhcp.hostname"), ["ab"]);
    }
}
