//! TCP, RFC 9293: a numbered, acknowledged stream of bytes between two ports.
//! Not here: options (`tcp_options`); what the numbers mean in a connection (`tcp_analysis`), streams (`flow`).

use super::tcp_history as history;
use super::tcp_options::{self as options, read_options};
use super::tcp_remarks as remarks;
use crate::dissect::{
    BAD_LENGTH, CHECKSUM_STATUS, CHECKSUM_WRONG, Claim, Cut, Field, GistForm, Level, Next, Protocol, Reader,
    Show::{Dec, Flags, Hex, Unit},
    TcpFacts, field, name,
};

static SRC_PORT: Field = field("src_port", "from port", Dec).spec("RFC 9293 §3.1").explain(
    "Which program on the sending machine spoke. Addresses and ports of both ends together name the connection.",
);
static DST_PORT: Field = field("dst_port", "to port", Dec)
    .spec("RFC 9293 §3.1")
    .explain("Which program on the receiving machine this is for; where nobody listens on it, the answer is a RST.");
pub(super) static SEQ: Field = field("seq", "seq", Dec)
    .gist("seq=")
    .spec("RFC 9293 §3.4")
    .explain("The number of the first byte carried here. Without it the receiver could neither sort bytes that overtook each other nor drop copies; counting begins at a random number.");
pub(super) static ACK: Field = field("ack", "ack", Dec)
    .gist_as(GistForm::NonZero, "ack=")
    .spec("RFC 9293 §3.4")
    .explain("The next byte that the sender of this segment waits for: everything before it has arrived. It only counts when the ACK flag is set.");
static HEADER_LENGTH: Field = field("header_length", "header", Unit("bytes"))
    .spec("RFC 9293 §3.1")
    .explain("Where the data begins: 20 bytes and up to 40 bytes of options. On the wire it is 4 bits that count words of 4 bytes.")
    .quiet();
static FLAGS: Field = field(
    "flags",
    "flags",
    Flags(&[
        name(0x002, "SYN", "Opens the connection and says with which number the sender begins to count its bytes."),
        name(0x010, "ACK", "The acknowledgment number counts. Set on every segment but the very first."),
        name(0x008, "PSH", "Hand the bytes to the program now, do not wait for more to come."),
        name(0x001, "FIN", "The sender has said all it had to say; the other direction stays open."),
        name(0x004, "RST", "Drop the connection at once: there is none, nobody listens, or a program gave up."),
        name(0x020, "URG", "The urgent pointer counts. Hardly any program uses it today."),
        name(0x040, "ECE", "On a SYN: I understand congestion marks. Later: a router marked your packet, slow down."),
        name(0x080, "CWR", "I have seen your ECE and now send less."),
        name(0x100, "AE", "Accurate ECN: with CWR and ECE a three-bit counter of congestion marks (once the nonce bit NS)."),
        name(0xe00, "reserved", "Bits without a meaning yet. Some old firewalls drop what sets them."),
    ]),
)
.gist_as(GistForm::First, "")
.spec("RFC 9293 §3.1")
.explain("Single bits that open, confirm and close the connection: they make the difference between a greeting, data and a goodbye.");
pub(super) static WINDOW: Field = field("window", "window", Dec)
    .gist("win=")
    .spec("RFC 9293 §3.8.6")
    .explain("How many more bytes the sender of this segment can take; 0 tells the other side to pause. After the handshake it is multiplied by the window scale, which only the SYN segments name.");
static CHECKSUM: Field = field("checksum", "checksum", Hex)
    .spec("RFC 9293 §3.1, RFC 1071")
    .explain("Guards header, data and both IP addresses against damage on the way. It is no protection against people: anyone can compute it.")
    .quiet();
static URGENT: Field = field("urgent", "urgent pointer", Dec)
    .spec("RFC 9293 §3.8.5, RFC 6093")
    .explain("Where urgent bytes end, counted from the sequence number; it only counts with the URG flag and is 0 otherwise.")
    .quiet();
static PAYLOAD_LENGTH: Field = field("payload_length", "data", Unit("bytes"))
    .gist_as(GistForm::NonZero, "len=")
    .spec("RFC 9293 §3.4")
    .explain("Bytes of data behind this header. TCP has no field for it: it is what IP's length leaves, and the sequence number grows by it.")
    .quiet();

/// The Transmission Control Protocol.
pub static PROTOCOL: Protocol = Protocol {
    key: "tcp",
    name: "TCP",
    level: Level::Transport,
    explain: "A stream of bytes between two programs: opened by a handshake, every byte numbered, acknowledged and sent again if lost.",
    spec: "RFC 9293",
    claims: &[Claim::IpProto(6)],
    fields: &[
        &SRC_PORT,
        &DST_PORT,
        &SEQ,
        &ACK,
        &HEADER_LENGTH,
        &FLAGS,
        &WINDOW,
        &CHECKSUM,
        &CHECKSUM_STATUS,
        &CHECKSUM_WRONG,
        &URGENT,
        &BAD_LENGTH,
        &options::OPTION,
        &options::KIND,
        &options::LENGTH,
        &options::MSS,
        &options::WSCALE,
        &options::SACK_PERM,
        &options::SACK_LEFT,
        &options::SACK_RIGHT,
        &options::TSVAL,
        &options::TSECR,
        &options::TIMEOUT_UNIT,
        &options::TIMEOUT,
        &options::MD5,
        &options::AO_KEY,
        &options::AO_NEXT_KEY,
        &options::AO_MAC,
        &options::EXPERIMENT,
        &options::COOKIE,
        &options::mptcp::SUBTYPE,
        &options::mptcp::VERSION,
        &options::mptcp::FLAGS,
        &options::mptcp::SENDER_KEY,
        &options::mptcp::RECEIVER_KEY,
        &options::mptcp::DATA_LENGTH,
        &options::mptcp::DATA_CHECKSUM,
        &options::mptcp::BACKUP,
        &options::mptcp::ADDRESS_ID,
        &options::mptcp::TOKEN,
        &options::mptcp::NONCE,
        &options::mptcp::HMAC,
        &options::mptcp::DATA_ACK,
        &options::mptcp::DATA_SEQ,
        &options::mptcp::SUBFLOW_SEQ,
        &options::mptcp::ECHO,
        &options::mptcp::ADDRESS,
        &options::mptcp::PORT,
        &options::mptcp::REASON,
        &options::UNKNOWN,
        &options::BAD_OPTION,
        &PAYLOAD_LENGTH,
        &remarks::STREAM,
        &remarks::RELATIVE_SEQ,
        &remarks::RELATIVE_ACK,
        &remarks::SCALED_WINDOW,
        &remarks::ROUND_TRIP,
        &remarks::ACKED_PACKET,
        &history::MISSING,
        &history::PEER_MISSING,
        &history::FILLS,
        &history::FIRST_IN,
        &remarks::ANALYSIS,
        &remarks::DUPLICATES,
        &remarks::ASKS,
        &remarks::AGREES,
        &remarks::OPENED,
        &remarks::DONE,
        &remarks::DONE_TOO,
        &remarks::REFUSED,
        &remarks::BROKEN,
        &remarks::RESET_AFTER_END,
        &remarks::RETRANSMISSION,
        &remarks::FAST_RETRANSMISSION,
        &remarks::SPURIOUS,
        &remarks::OUT_OF_ORDER,
        &remarks::DUPLICATE_ACK,
        &remarks::LOST_SEGMENT,
        &remarks::ACKED_UNSEEN,
        &remarks::ZERO_WINDOW,
        &remarks::ZERO_WINDOW_PROBE,
        &remarks::ZERO_WINDOW_PROBE_ACK,
        &remarks::WINDOW_FULL,
        &remarks::WINDOW_UPDATE,
        &remarks::KEEP_ALIVE,
        &remarks::KEEP_ALIVE_ACK,
    ],
    read,
    frame: None,
};

fn read(r: &mut Reader<'_>) -> Result<Next, Cut> {
    let from = r.u16(&SRC_PORT)?;
    let to = r.u16(&DST_PORT)?;
    r.facts().ports = Some((from, to));
    r.facts().transport = Some(6);
    let seq = r.u32(&SEQ)?;
    let ack = r.u32(&ACK)?;
    let bits = r.raw::<2>()?;
    let header = r.part_times(&HEADER_LENGTH, bits, 0..4, 4) as usize;
    let flags = r.part(&FLAGS, bits, 4..16) as u16;
    let window = r.u16(&WINDOW)?;
    r.facts().tcp = Some(TcpFacts { seq, ack, flags, window, scale: None });
    r.transport_checksum(&CHECKSUM, 6)?;
    r.u16(&URGENT)?;
    if header < 20 {
        r.bad_length();
        return Ok(Next::Data);
    }
    let complete = r.left() >= header - 20;
    r.within(header - 20, |r| read_options(r, complete))?;
    let data = r.left() as u64 + u64::from(r.facts().missing);
    r.note(&PAYLOAD_LENGTH, data);
    remarks::note(r, data);
    Ok(Next::TcpPorts(from, to))
}

#[cfg(test)]
mod tests {
    use crate::protocols::testing::{Seen, read};

    const IP: &str = "020000000009 020000000005 0800 45000033 1c464000 4006 9b20 c0a80105 c0a80109";

    fn tcp(header_and_data: &str) -> Seen {
        read(1, &format!("{IP}{header_and_data}"))
    }

    #[test]
    fn the_flags_are_twelve_bits_and_the_header_length_counts_words() {
        let seen = tcp("c93a2329 1a2b3d15 5e6f7102 5f18 01f6 17a9 0000 8185 37fa213d 7f9f4d5158");
        assert_eq!(seen.numbers("tcp.flags"), [0xf18]);
        assert_eq!(seen.numbers("tcp.header_length"), [20]);
    }

    #[test]
    fn the_checksum_covers_the_addresses_too() {
        let seen = tcp("c93a2329 1a2b3d15 5e6f7102 5018 01f6 17a9 0000 8185 37fa213d 7f9f4d5158");
        assert_eq!(seen.numbers("tcp.checksum_status"), [0]);
        let seen = tcp("c93a2329 1a2b3d15 5e6f7102 5018 01f6 17aa 0000 8185 37fa213d 7f9f4d5158");
        assert_eq!(seen.numbers("tcp.checksum_wrong"), [1]);
    }

    #[test]
    fn a_header_shorter_than_twenty_bytes_is_impossible_and_its_bytes_are_kept() {
        let seen = tcp("c93a2329 1a2b3d15 5e6f7102 4018 01f6 17a9 0000 8185 37fa213d 7f9f4d5158");
        assert_eq!(seen.numbers("tcp.bad_length"), [1]);
        assert_eq!(seen.layers(), "ethernet ipv4 tcp data");
    }

    #[test]
    fn payload_length_counts_what_ip_announces_even_where_the_capture_is_cut() {
        let seen = tcp("c93a2329 1a2b3d15 5e6f7102 5018 01f6 17a9 0000 4142");
        assert_eq!(seen.numbers("tcp.payload_length"), [11]);
    }

    #[test]
    fn a_header_that_ends_early_is_cut_and_keeps_what_was_read() {
        let seen = tcp("c93a2329 1a2b3d15");
        assert!(seen.cut("tcp"));
        assert_eq!(seen.numbers("tcp.seq"), [0x1a2b_3d15]);
    }
}
