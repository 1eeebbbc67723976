//! Management frames, IEEE 802.11 §9.3.3: finding a network, logging in, joining, leaving.
//! Not here: what action frames say (kept as bytes), the exchange of SAE (WPA3) within the login.

use crate::dissect::{
    Cut, Field, Name, Next, Reader,
    Show::{Bytes, Dec, Flags, Hex, Mac, Names, Unit},
    field, name,
};

use super::{control::AID, elements, little};

pub(super) static TIMESTAMP: Field = field("timestamp", "network clock", Unit("microseconds"))
    .spec("IEEE 802.11 §9.4.1.10")
    .explain("How long this access point has been up. Every station sets its clock by it, to wake up in time for the next beacon.");
pub(super) static INTERVAL: Field = field("beacon_interval", "next beacon after", Unit("x 1024 microseconds"))
    .spec("IEEE 802.11 §9.4.1.3")
    .explain("How often beacons come: nearly always 100, ten a second. A sleeping station wakes up only for them.");
pub(super) static CAPABILITIES: Field = field(
    "capabilities",
    "abilities",
    Flags(&[
        name(0x0001, "ESS", "An access point's network."),
        name(0x0002, "IBSS", "A network without an access point, station to station."),
        name(0x0010, "privacy", "Data frames are encrypted; without it everyone in reach can read along."),
        name(0x0020, "short preamble", "Understands the shorter beginning of 802.11b frames."),
        name(0x0100, "spectrum management", "Makes room for radar on the 5 GHz band."),
        name(0x0200, "QoS", "Knows traffic classes."),
        name(0x0400, "short slot", "Uses the shorter unit of waiting, as all since 802.11g."),
        name(0x0800, "APSD", "Delivers kept frames when the station itself is awake."),
        name(0x1000, "radio measurement", "Reports how the air is, on request."),
        name(0x4000, "delayed block ack", "May take its time with block acknowledgments."),
        name(0x8000, "immediate block ack", "Answers block requests at once."),
    ]),
)
.spec("IEEE 802.11 §9.4.1.4")
.explain("What this network or station can do; both sides then use only what both can.")
.quiet();
pub(super) static LISTEN_INTERVAL: Field = field("listen_interval", "wakes every", Unit("beacons"))
    .spec("IEEE 802.11 §9.4.1.6")
    .explain("How many beacons the station may sleep through; so long the access point must keep its frames.")
    .quiet();
pub(super) static CURRENT_AP: Field = field("current_ap", "comes from", Mac)
    .spec("IEEE 802.11 §9.4.1.5")
    .explain("The access point that the station leaves: the new one fetches what is still waiting there.");
pub(super) static STATUS: Field = field(
    "status",
    "answer",
    Names(&[
        name(0, "yes", "Accepted."),
        name(1, "no", "Refused without a reason."),
        name(12, "no, for a reason outside of this standard", ""),
        name(13, "no such login here", "This kind of authentication is not supported."),
        name(15, "no, wrong secret", "The answer to the challenge was wrong."),
        name(17, "no, full", "It has as many stations as it can serve."),
        name(30, "not now", "Try again later."),
        name(126, "SAE: by hash to element", ""),
    ]),
)
.gist("")
.spec("IEEE 802.11 §9.4.1.9")
.explain(
    "Whether the network lets the station in, and if not, why. Phones show all these reasons as 'cannot connect'.",
);
const REASONS: &[Name] = &[
    name(1, "not stated", ""),
    name(2, "login no longer valid", ""),
    name(3, "the station leaves", "It goes away of its own will."),
    name(4, "silent for too long", ""),
    name(5, "too many stations", ""),
    name(6, "not logged in", "It sent a frame that needs a login first."),
    name(7, "not joined", "It sent a frame that only members may send."),
    name(8, "leaves the network", ""),
    name(14, "wrong integrity check", ""),
    name(
        15,
        "handshake took too long",
        "Mostly a wrong password: the four messages of the key exchange did not work out.",
    ),
    name(23, "802.1X login failed", ""),
];
pub(super) static REASON: Field = field("reason", "reason", Names(REASONS))
    .gist("")
    .spec("IEEE 802.11 §9.4.1.7")
    .explain("Why the connection ends, as far as the sender wants to say. In old networks anyone can forge this frame and throw others out.");
pub(super) static AUTH_ALGORITHM: Field = field(
    "auth_algorithm",
    "kind of login",
    Names(&[
        name(0, "open", "No secret here; WPA2 checks the password after joining."),
        name(1, "shared key", "WEP, which is broken."),
        name(2, "fast transition", "Moves on to the next access point without a full login."),
        name(3, "SAE", "WPA3: proves the password without giving an eavesdropper anything to guess with."),
    ]),
)
.gist("")
.spec("IEEE 802.11 §9.4.1.1")
.explain("How the station proves that it may come in, before it joins.");
pub(super) static AUTH_SEQUENCE: Field = field("auth_sequence", "step", Dec)
    .spec("IEEE 802.11 §9.4.1.2")
    .explain("Which step of the login this is, counted from 1; an open login has two.")
    .quiet();
pub(super) static AUTH_BODY: Field = field("auth_body", "SAE exchange", Bytes)
    .spec("IEEE 802.11 §12.4.7")
    .explain("The numbers by which both sides prove that they know the password without sending it.");
pub(super) static CATEGORY: Field = field(
    "action_category",
    "about",
    Names(&[
        name(0, "spectrum", ""),
        name(1, "QoS", ""),
        name(3, "block acknowledgment", "Agrees on one answer for many frames."),
        name(4, "public", ""),
        name(5, "radio measurement", "Which access points do you hear?"),
        name(6, "fast transition", ""),
        name(7, "HT", ""),
        name(8, "SA query", "Is it really you? Guards against forged farewells."),
        name(10, "wireless network management", "Suggests another access point, among others."),
        name(13, "mesh", ""),
        name(15, "self-protected", ""),
        name(21, "VHT", ""),
        name(127, "a maker's own", ""),
    ]),
)
.gist("")
.spec("IEEE 802.11 §9.4.1.11")
.explain("What the action is about: everything invented after 1999 had to fit into this one kind of frame.");
pub(super) static ACTION_CODE: Field = field("action_code", "action", Hex)
    .spec("IEEE 802.11 §9.6")
    .explain("Which action within its category; the same number means another thing in another category.")
    .quiet();
pub(super) static ACTION_BODY: Field = field("action_body", "details", Bytes)
    .spec("IEEE 802.11 §9.6")
    .explain("What the action needs to know; each of them has its own form.")
    .quiet();

pub(super) fn read(r: &mut Reader<'_>, subtype: u64) -> Result<Next, Cut> {
    match subtype {
        0 | 2 => {
            r.u16_le(&CAPABILITIES)?;
            r.u16_le(&LISTEN_INTERVAL)?;
            if subtype == 2 {
                r.array::<6>(&CURRENT_AP)?;
            }
        }
        1 | 3 => {
            r.u16_le(&CAPABILITIES)?;
            r.u16_le(&STATUS)?;
            let aid = little(r)?;
            let at = r.behind(2);
            r.note_at(&AID, at, u64::from(aid & 0x3fff));
        }
        4 => {}
        5 | 8 => {
            r.u64_le(&TIMESTAMP)?;
            r.u16_le(&INTERVAL)?;
            r.u16_le(&CAPABILITIES)?;
        }
        10 | 12 => r.u16_le(&REASON).map(drop)?,
        11 => {
            let algorithm = r.u16_le(&AUTH_ALGORITHM)?;
            r.u16_le(&AUTH_SEQUENCE)?;
            r.u16_le(&STATUS)?;
            if algorithm == 3 {
                r.all(&AUTH_BODY);
            }
        }
        13 | 14 => {
            r.u8(&CATEGORY)?;
            r.u8(&ACTION_CODE)?;
            r.all(&ACTION_BODY);
        }
        _ => return Ok(Next::Data),
    }
    while r.left() > 0 {
        r.group(&elements::ELEMENT, elements::read)?;
    }
    Ok(Next::Data)
}
