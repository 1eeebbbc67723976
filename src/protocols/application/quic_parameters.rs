//! QUIC's settings, RFC 9000 §18: they ride in an extension of TLS, so that nobody on the way can change them.
//! Not here: settings that only servers send, whose names are told and whose values are shown as bytes.

use super::quic_frames::number;
use super::tls_extensions::QUIC;
use crate::dissect::{
    Cut, Field, Name, Reader,
    Show::{Bytes, Dec, Names, Nothing, Unit},
    field, name,
};

pub(super) static PARAMETER: Field = field("quic_parameter", "setting", Nothing).spec("RFC 9000 §18").explain(
    "One promise or limit of this side, valid from its first packet on; whoever does not know it steps over it.",
);
pub(super) static ID: Field = field("quic_parameter_id", "setting", Names(IDS))
    .spec("RFC 9000 §18, §18.1")
    .explain("What is set. Numbers of the form 31·n+27 mean nothing: they are sent on purpose, so that no server gets used to known ones.");
pub(super) static LENGTH: Field = field("quic_parameter_length", "length of setting", Unit("bytes"))
    .spec("RFC 9000 §18")
    .explain("Bytes of the value; 0 where it is enough that the setting is there.")
    .quiet();
pub(super) static VALUE: Field = field("quic_parameter_value", "its value", Bytes)
    .spec("RFC 9000 §18.1")
    .explain("The value of a setting that layercake does not take apart, as it crossed the wire.");
pub(super) static IDLE: Field =
    field("quic_max_idle_timeout", "forgets me after", Unit("ms")).spec("RFC 9000 §10.1, §18.2").explain(
        "With so much silence the connection is over, without a word. The smaller number of the two sides counts.",
    );
pub(super) static PAYLOAD: Field = field("quic_max_udp_payload_size", "takes datagrams up to", Unit("bytes"))
    .spec("RFC 9000 §18.2")
    .explain("Longer ones are thrown away unread; below 1200 it must not be, as the first packets have that much.");
pub(super) static MAX_DATA: Field = field("quic_initial_max_data", "room for all streams", Unit("bytes"))
    .spec("RFC 9000 §4.1, §18.2")
    .explain("How much the other side may send before it is given more room: keeps a fast sender from flooding a slow reader.");
pub(super) static BIDI_LOCAL: Field =
    field("quic_initial_max_stream_data_bidi_local", "room on streams I open", Unit("bytes"))
        .spec("RFC 9000 §18.2")
        .explain("For a browser: how much of one answer may be on its way to it unasked, as answers come on the streams of its questions.");
pub(super) static BIDI_REMOTE: Field =
    field("quic_initial_max_stream_data_bidi_remote", "room on streams you open", Unit("bytes"))
        .spec("RFC 9000 §18.2")
        .explain("The same for conversations that the other side begins; for a server, how much of a request.");
pub(super) static UNI: Field = field("quic_initial_max_stream_data_uni", "room on one-way streams", Unit("bytes"))
    .spec("RFC 9000 §18.2")
    .explain("For streams on which only the other side speaks. HTTP/3 sends its settings and header tables on such.");
pub(super) static STREAMS_BIDI: Field = field("quic_initial_max_streams_bidi", "two-way streams allowed", Dec)
    .spec("RFC 9000 §4.6, §18.2")
    .explain("How many conversations the other side may begin at first; 100 is common.");
pub(super) static STREAMS_UNI: Field = field("quic_initial_max_streams_uni", "one-way streams allowed", Dec)
    .spec("RFC 9000 §4.6, §18.2")
    .explain("HTTP/3 needs three of them in each direction before the first page can be asked for.");
pub(super) static EXPONENT: Field = field("quic_ack_delay_exponent", "unit of delays, as a power of 2", Dec)
    .spec("RFC 9000 §18.2")
    .explain("Delays in ACK frames count in 2 to the power of this microseconds: short numbers, good enough to measure with.");
pub(super) static ACK_DELAY: Field = field("quic_max_ack_delay", "acknowledges within", Unit("ms"))
    .spec("RFC 9000 §13.2.1, §18.2")
    .explain("How long this side may hold an acknowledgment back; the other one waits longer by this before it believes in a loss.");
pub(super) static ID_LIMIT: Field = field("quic_active_connection_id_limit", "keeps spare ids", Dec)
    .spec("RFC 9000 §5.1.1, §18.2")
    .explain("How many ids of the other side it remembers. With a fresh id on each network nobody can follow a phone from Wi-Fi to mobile.");
pub(super) static SOURCE: Field = field("quic_initial_source_connection_id", "the id in my first header", Bytes)
    .spec("RFC 9000 §7.3, §18.2")
    .explain(
        "Said once more where it is protected: if it differs from the header's, somebody on the way has changed that.",
    );
pub(super) static VERSION: Field = field("quic_version_information", "speaks version", Names(super::quic_fields::VERSIONS))
    .spec("RFC 9368 §3")
    .explain("First the version in use, then all others that this side speaks, best first: so both can change to a newer one and nobody can talk them into an older.");
pub(super) static DATAGRAM: Field =
    field("quic_max_datagram_frame_size", "takes loose messages up to", Unit("bytes")).spec("RFC 9221 §3").explain(
        "Allows messages that are not sent again when they get lost, for calls and games; 0 or nothing forbids them.",
    );

const IDS: &[Name] = &[
    name(0x00, "original_destination_connection_id", "From servers: the id that the client called first."),
    name(0x01, "max_idle_timeout", ""),
    name(0x02, "stateless_reset_token", "From servers: who shows this may end the connection without keys."),
    name(0x03, "max_udp_payload_size", ""),
    name(0x04, "initial_max_data", ""),
    name(0x05, "initial_max_stream_data_bidi_local", ""),
    name(0x06, "initial_max_stream_data_bidi_remote", ""),
    name(0x07, "initial_max_stream_data_uni", ""),
    name(0x08, "initial_max_streams_bidi", ""),
    name(0x09, "initial_max_streams_uni", ""),
    name(0x0a, "ack_delay_exponent", ""),
    name(0x0b, "max_ack_delay", ""),
    name(0x0c, "disable_active_migration", "Stay on this network, please."),
    name(0x0d, "preferred_address", "From servers: move over to this address."),
    name(0x0e, "active_connection_id_limit", ""),
    name(0x0f, "initial_source_connection_id", ""),
    name(0x10, "retry_source_connection_id", "From servers: the id in the Retry."),
    name(0x11, "version_information", ""),
    name(0x20, "max_datagram_frame_size", ""),
    name(0x2ab2, "grease_quic_bit", "The fixed bit may be 0."),
    name(0x3127, "initial_rtt", "Google's own: how far away the server was last time."),
    name(0x3128, "google_connection_options", "Google's own: experiments to take part in."),
    name(0x4752, "google_version", "Google's own, before version_information."),
    name(0xff04_de1b, "min_ack_delay", "A draft: acknowledge less often."),
];

/// Takes all settings.
pub(super) fn all(r: &mut Reader<'_>) -> Result<(), Cut> {
    r.group(&QUIC, |r| {
        while r.left() > 0 {
            r.group(&PARAMETER, parameter)?;
        }
        Ok(())
    })
}

fn parameter(r: &mut Reader<'_>) -> Result<(), Cut> {
    let id = number(r, &ID)?;
    let length = usize::try_from(number(r, &LENGTH)?).map_err(|_| Cut)?;
    r.within(length, |r| {
        let field = match id {
            0x01 => &IDLE,
            0x03 => &PAYLOAD,
            0x04 => &MAX_DATA,
            0x05 => &BIDI_LOCAL,
            0x06 => &BIDI_REMOTE,
            0x07 => &UNI,
            0x08 => &STREAMS_BIDI,
            0x09 => &STREAMS_UNI,
            0x0a => &EXPONENT,
            0x0b => &ACK_DELAY,
            0x0e => &ID_LIMIT,
            0x20 => &DATAGRAM,
            0x0f => {
                r.all(&SOURCE);
                return Ok(());
            }
            0x11 => {
                while r.left() >= 4 {
                    r.u32(&VERSION)?;
                }
                return Ok(());
            }
            _ => {
                r.all(&VALUE);
                return Ok(());
            }
        };
        number(r, field)?;
        r.all(&VALUE);
        Ok(())
    })
}
