//! What is known of a socket, as fields: for filters, `explain` and the columns of the list.
//! Not here: how they come onto the tape (`tape`), the states' stories (`states`).

use crate::dissect::{Cut, Field, Level, Name, Next, Protocol, Reader, Show, field, name};

use super::{reach, states};

const TRANSPORTS: &[Name] = &[
    name(6, "TCP", "A connection: a stream in order, confirmed, with states."),
    name(17, "UDP", "Single datagrams, without a connection."),
    name(1, "UNIX", "Within this machine, with a file name instead of address and port."),
];

const TIMERS: &[Name] = &[
    name(1, "send again", "Something was not acknowledged; when it rings, it is sent once more and the clock doubles."),
    name(2, "keep alive", "When it rings, the other side is asked whether it is still there; also repeats a SYN."),
    name(3, "rest", "When it rings, the pair of addresses and ports may be used again (TIME-WAIT)."),
    name(4, "probe", "The receiver has shut its window; when it rings, one byte asks whether it is open again."),
];

pub(super) static TRANSPORT: Field = field("protocol", "protocol", Show::Names(TRANSPORTS))
    .spec("IANA protocol numbers")
    .explain("TCP and UDP each have 65,535 ports of their own: TCP 53 and UDP 53 are two rooms with the same number.");
pub(super) static STATE: Field = field("state", "state", Show::Names(&states::NAMES))
    .spec("RFC 9293 §3.3.2, Linux include/net/tcp_states.h")
    .explain("How far the conversation has come; it decides who may send and whether the port is free again. `layercake ports explain` draws the way through all states.");
pub(super) static LOCAL: Field = field("local", "local address", Show::Ip)
    .spec("RFC 9293 §3.3.1, bind(2)")
    .explain("The address of this machine that the socket answers on. 0.0.0.0 and [::] stand for all of them: that is how a test server ends up in the whole network.");
pub(super) static LOCAL_PORT: Field = field("local_port", "local port", Show::Dec)
    .spec("RFC 6335 §6, bind(2)")
    .explain("The room number within this machine. A server chooses it so that callers find it; for a caller the kernel takes a free one.");
pub(super) static REACH: Field = field("reach", "reach", Show::Names(&reach::NAMES))
    .spec("RFC 6890, RFC 3493 §5.3")
    .explain("Who can call here, told from the local address alone; a firewall may still say no. For connections the list shows where the other end is.");
pub(super) static REMOTE: Field = field("remote", "remote address", Show::Ip)
    .spec("RFC 9293 §3.3.1, connect(2)")
    .explain("The machine at the other end. Only with it is a connection complete: a thousand guests may share one local port because their remote ends differ.");
pub(super) static REMOTE_PORT: Field =
    field("remote_port", "remote port", Show::Dec).spec("RFC 6335 §6, connect(2)").explain(
        "The room at the other end. A small number there usually means that we are the caller and they are the server.",
    );
pub(super) static REMOTE_REACH: Field = field("remote_reach", "remote end is", Show::Names(&reach::NAMES))
    .spec("RFC 6890")
    .explain("How far away the partner is: this machine, the LAN or the Internet. It tells at a glance which program phones home.");
pub(super) static SERVICE: Field = field("service", "service", Show::Text)
    .spec("IANA service names, RFC 6335 §8")
    .explain("What usually waits behind this number. A ? means that only the number says so: nobody is forced to respect the list.");
pub(super) static CONFIRMED: Field =
    field("confirmed", "service confirmed", Show::Nothing).spec("layercake's list of programs").explain(
        "The program that holds the port is known for just this service, so the name is more than a guess by number.",
    );
pub(super) static PROCESS: Field = field("process", "process", Show::Text)
    .spec("proc(5) /proc/PID/comm")
    .explain("The program behind the port, by its short name. Several may hold one socket after a fork; \"?\" belongs to somebody whose files we may not read.");
pub(super) static PID: Field = field("pid", "process id", Show::Dec).spec("proc(5), getpid(2)").explain(
    "The number to give to kill, strace or ps. It is used again after the program has ended, so look before you shoot.",
);
pub(super) static COMMAND: Field = field("command", "command line", Show::Text)
    .spec("proc(5) /proc/PID/cmdline")
    .explain("With which arguments the program was started: ten processes called python3 differ only here.");
pub(super) static USER: Field = field("user", "user", Show::Text).spec("sock_diag(7) idiag_uid, getpwuid(3)").explain(
    "Whose rights a caller gets if the program has a hole. The kernel tells it even where the program stays hidden.",
);
pub(super) static UID: Field = field("uid", "user id", Show::Dec)
    .spec("sock_diag(7) idiag_uid, credentials(7)")
    .explain("The user as the kernel knows him; 0 is root, the only one who may open ports below 1024 without further rights.");
pub(super) static UNIT: Field = field("unit", "systemd unit", Show::Text).spec("systemd.unit(5), cgroups(7)").explain(
    "By which name systemctl stops or restarts the program; killing alone often makes systemd start it again.",
);
pub(super) static CONTAINER: Field = field("container", "container", Show::Text)
    .spec("cgroups(7) /proc/PID/cgroup")
    .explain("The container that the program runs in; docker and podman know it by the beginning of this id.");
pub(super) static AGE: Field = field("age", "age of the program", Show::Unit("seconds"))
    .spec("proc(5) /proc/PID/stat starttime")
    .explain("For how long the program has been running. The kernel keeps no birthday of a socket, but none is older than its program.");
pub(super) static RECEIVE_QUEUE: Field = field("receive_queue", "receive queue", Show::Dec)
    .spec("sock_diag(7) idiag_rqueue")
    .explain("Bytes that came and that the program has not read: much here means a program that is too slow. While listening: callers that nobody has accepted yet.");
pub(super) static SEND_QUEUE: Field = field("send_queue", "send queue", Show::Dec)
    .spec("sock_diag(7) idiag_wqueue, listen(2)")
    .explain("Bytes that the other side has not acknowledged: much here means a slow network or receiver. While listening: how many callers may wait at most.");
pub(super) static TIMER: Field = field("timer", "timer", Show::Names(TIMERS))
    .spec("sock_diag(7) idiag_timer, RFC 6298")
    .explain("What the kernel will do by itself for this socket when its clock rings.");
pub(super) static COUNTDOWN: Field = field("countdown", "rings in", Show::Unit("ms"))
    .spec("sock_diag(7) idiag_expires")
    .explain("How long until the clock rings; in TIME-WAIT, how long until the port may be used again.");
pub(super) static RETRIES: Field = field("retries", "tried in vain", Show::Unit("times"))
    .spec("sock_diag(7) idiag_retrans")
    .explain("How often the same was sent without an answer; each time the kernel waits twice as long.");
pub(super) static CONGESTION: Field = field("congestion", "congestion control", Show::Text)
    .spec("RFC 5681, RFC 9438, tcp(7) TCP_CONGESTION")
    .explain("By which rule the sender slows down when the network is full; each side chooses its own.");
pub(super) static RTT: Field = field("rtt", "round trip", Show::Unit("µs"))
    .spec("RFC 6298 §2 SRTT")
    .explain("How long a segment and its receipt take, smoothed over many; the kernel measures it anyway to know when to send again.");
pub(super) static RTO: Field = field("rto", "sends again after", Show::Unit("µs"))
    .spec("RFC 6298 §2 RTO")
    .explain("So long the kernel waits for a receipt before it believes that a segment is lost. Linux never takes less than 200 ms.");
pub(super) static CWND: Field = field("cwnd", "congestion window", Show::Unit("segments"))
    .spec("RFC 5681 §2")
    .explain("How many segments may be under way unconfirmed: it begins with 10 and grows until something is lost.");
pub(super) static MSS: Field = field("mss", "largest segment", Show::Unit("bytes")).spec("RFC 9293 §3.7.1").explain(
    "As much data fits into one packet on this path; on loopback it is huge, behind a tunnel a bit smaller than 1,460.",
);
pub(super) static RETRANSMITTED: Field =
    field("retransmitted", "sent again", Show::Unit("segments")).spec("RFC 4898 tcpEStatsPerfSegsRetrans").explain(
        "Segments that this connection had to repeat since it began; the kernel counts even what no capture has seen.",
    );
pub(super) static INODE: Field = field("inode", "inode", Show::Dec)
    .spec("proc(5) /proc/PID/fd")
    .explain("The number that ties a socket to its program: /proc/PID/fd links to socket:[inode]. 0 means that no program holds it any more.");
pub(super) static INTERFACE: Field = field("interface", "bound to card number", Show::Dec)
    .spec("socket(7) SO_BINDTODEVICE")
    .explain("The only card that this socket hears and uses; others may take the same port on another card.");
pub(super) static PATH: Field = field("path", "path", Show::Text).spec("unix(7)").explain(
    "The file name by which programs of this machine find each other; with @ in front it is abstract and in no folder.",
);

static FIELDS: &[&Field] = &[
    &TRANSPORT,
    &STATE,
    &LOCAL,
    &LOCAL_PORT,
    &REACH,
    &REMOTE,
    &REMOTE_PORT,
    &REMOTE_REACH,
    &SERVICE,
    &CONFIRMED,
    &PROCESS,
    &PID,
    &COMMAND,
    &USER,
    &UID,
    &UNIT,
    &CONTAINER,
    &AGE,
    &RECEIVE_QUEUE,
    &SEND_QUEUE,
    &TIMER,
    &COUNTDOWN,
    &RETRIES,
    &CONGESTION,
    &RTT,
    &RTO,
    &CWND,
    &MSS,
    &RETRANSMITTED,
    &INODE,
    &INTERFACE,
    &PATH,
];

/// The sockets of this machine, so that filters and explanations find words for them. Nothing on a wire is read by it.
pub static SOCKET: Protocol = Protocol {
    key: "socket",
    name: "Socket",
    level: Level::Transport,
    explain: "The door between a program and the network: what the kernel keeps of each end of a conversation.",
    spec: "RFC 9293 §3.3, socket(7), sock_diag(7)",
    claims: &[],
    fields: FIELDS,
    read,
    frame: None,
};

fn read(_: &mut Reader<'_>) -> Result<Next, Cut> {
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_field_is_explained_specified_and_stands_once() {
        let mut keys = HashSet::new();
        for field in FIELDS {
            assert!(field.explain.len() > 50 && !field.spec.is_empty(), "{}", field.key);
            assert!(keys.insert(field.key), "{} stands twice", field.key);
            if let Show::Names(names) = field.show {
                assert!(names.iter().all(|n| n.explain.len() > 20), "{}", field.key);
            }
        }
    }
}
