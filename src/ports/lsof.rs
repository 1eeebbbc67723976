//! macOS and the BSDs: `lsof` belongs to the system or is easily installed, and tells every open socket with its program.
//! Its output for programs (`-F`) is a letter and a value a line: of a process first, then of each of its files.
//! Not here: `TIME_WAIT`, which no program holds.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;
use std::time::SystemTime;

use super::{Error, Owner, Owners, Protocol, Ranges, Socket, State, System, Table, Wants};

/// A system that has `lsof`.
pub struct Lsof;

impl System for Lsof {
    fn table(&mut self, wants: Wants) -> Result<Table, Error> {
        let output = Command::new("lsof").args(["-nP", "-i", "-FpcuLftdPnT"]).output();
        let output =
            output.map_err(|e| if e.kind() == io::ErrorKind::NotFound { Error::Unknown } else { Error::Refused(e) })?;
        let mut table = Table {
            sockets: Vec::new(),
            unix: Vec::new(),
            owners: Owners::default(),
            read_at: SystemTime::now(),
            source: "lsof",
            remarks: vec![
                "lsof tells what programs hold open: TIME_WAIT is missing, and what other users hold unless root asks."
                    .to_owned(),
            ],
        };
        read(&output.stdout, &mut table);
        if wants.unix {
            table.remarks.push("UNIX sockets are read on Linux only.".to_owned());
        }
        Ok(table)
    }

    fn ranges(&mut self) -> Result<Ranges, Error> {
        let number = |name: &str| {
            let output = Command::new("sysctl").args(["-n", name]).output().ok()?;
            String::from_utf8_lossy(&output.stdout).trim().parse().ok()
        };
        let (first, last) = ("net.inet.ip.portrange.first", "net.inet.ip.portrange.last");
        let ephemeral = number(first).zip(number(last)).ok_or(Error::Unknown)?;
        Ok(Ranges { unprivileged_start: 1024, ephemeral, reserved: Vec::new() })
    }
}

/// What lines have said of a file so far.
#[derive(Default)]
struct File {
    v6: bool,
    device: Vec<u8>,
    protocol: Option<Protocol>,
    name: String,
    state: Option<State>,
    queues: (u32, u32),
}

/// Reads all lines; those that make no sense are passed over.
fn read(lines: &[u8], table: &mut Table) {
    let (mut file, mut known) = (None, HashMap::new());
    for line in lines.split(|b| *b == b'\n') {
        let Some((letter, value)) = line.split_first() else { continue };
        let text = String::from_utf8_lossy(value);
        if matches!(letter, b'p' | b'f') {
            keep(file.take(), table, &mut known);
        }
        match (letter, &mut file, table.owners.all.last_mut()) {
            (b'p', ..) => table.owners.all.extend(text.parse().ok().map(owner)),
            (b'f', ..) => file = Some(File::default()),
            (b'c', None, Some(owner)) => owner.name = value.to_vec(),
            (b'u', None, Some(owner)) => owner.uid = text.parse().ok(),
            (b'L', None, Some(owner)) => owner.user = Some(text.into_owned()),
            (b't', Some(file), _) => file.v6 = text == "IPv6",
            (b'd', Some(file), _) => file.device = value.to_vec(),
            (b'P', Some(file), _) => {
                file.protocol =
                    [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp)].into_iter().find(|p| p.0 == text).map(|p| p.1);
            }
            (b'n', Some(file), _) => file.name = text.into_owned(),
            (b'T', Some(file), _) => match text.split_once('=') {
                Some(("ST", word)) => file.state = state(word),
                Some(("QR", number)) => file.queues.0 = number.parse().unwrap_or_default(),
                Some(("QS", number)) => file.queues.1 = number.parse().unwrap_or_default(),
                _ => {}
            },
            _ => {}
        }
    }
    keep(file, table, &mut known);
}

/// A socket that several programs hold is one socket: its device says so.
fn keep(file: Option<File>, table: &mut Table, known: &mut HashMap<Vec<u8>, usize>) {
    let Some(file) = file else { return };
    let Some(place) = table.owners.all.len().checked_sub(1) else { return };
    let place = place as u32;
    if let Some(socket) = known.get(&file.device).and_then(|at| table.sockets.get_mut(*at)) {
        if socket.owners.last() != Some(&place) {
            socket.owners.push(place);
        }
        return;
    }
    let Some(mut socket) = socket(&file) else { return };
    socket.owners.push(place);
    if !file.device.is_empty() {
        known.insert(file.device, table.sockets.len());
    }
    table.sockets.push(socket);
}

fn socket(file: &File) -> Option<Socket> {
    let protocol = file.protocol?;
    let (local, remote) = match file.name.split_once("->") {
        Some((local, remote)) => (local, Some(end(remote, file.v6)?)),
        None => (&file.name[..], None),
    };
    let local = end(local, file.v6)?;
    let state = match (protocol, file.state) {
        (Protocol::Udp, _) if remote.is_some() => State::Established,
        (Protocol::Udp, _) => State::Closed,
        (Protocol::Tcp, Some(State::Closed)) if local.port() != 0 => State::BoundInactive,
        (Protocol::Tcp, state) => state?,
    };
    let mut socket = Socket::new(protocol, state, local, remote);
    (socket.receive_queue, socket.send_queue) = file.queues;
    Some(socket)
}

fn owner(pid: u32) -> Owner {
    Owner {
        pid,
        name: Vec::new(),
        command: Vec::new(),
        uid: None,
        user: None,
        unit: None,
        container: None,
        started: None,
    }
}

/// `127.0.0.1:3000`, `[::1]:3000`, `*:3000`, `*:*`; a card may follow the address: `[fe80::1%en0]:3000`.
fn end(text: &str, v6: bool) -> Option<SocketAddr> {
    let (address, port) = text.rsplit_once(':')?;
    let port = if port == "*" { 0 } else { port.parse().ok()? };
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let address: IpAddr = match address.split('%').next()? {
        "*" if v6 => Ipv6Addr::UNSPECIFIED.into(),
        "*" => Ipv4Addr::UNSPECIFIED.into(),
        address => address.parse().ok()?,
    };
    Some(SocketAddr::new(address, port))
}

/// Systems write the same states a little differently.
fn state(word: &str) -> Option<State> {
    Some(match word {
        "ESTABLISHED" => State::Established,
        "SYN_SENT" => State::SynSent,
        "SYN_RCVD" | "SYN_RECV" | "SYN_RECEIVED" => State::SynReceived,
        "FIN_WAIT_1" | "FIN_WAIT1" => State::FinWait1,
        "FIN_WAIT_2" | "FIN_WAIT2" => State::FinWait2,
        "TIME_WAIT" => State::TimeWait,
        "CLOSED" | "CLOSE" => State::Closed,
        "CLOSE_WAIT" => State::CloseWait,
        "LAST_ACK" => State::LastAck,
        "LISTEN" => State::Listen,
        "CLOSING" => State::Closing,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lines: &str) -> Table {
        let mut table = Table {
            sockets: Vec::new(),
            unix: Vec::new(),
            owners: Owners::default(),
            read_at: SystemTime::UNIX_EPOCH,
            source: "a test",
            remarks: Vec::new(),
        };
        read(lines.as_bytes(), &mut table);
        table
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn every_file_belongs_to_the_process_above_it() {
        let lines = "p10\ncnode\nu501\nLada\nf21\ntIPv4\nd0x1\nPTCP\nn127.0.0.1:3000\nTST=LISTEN\nTQR=1\nTQS=0\n\
                     f22\ntIPv6\nd0x2\nPTCP\nn[::1]:3000->[::1]:4000\nTST=FIN_WAIT_2\n\
                     p11\ncmDNS\nu65\nL_mdns\nf6\ntIPv6\nd0x3\nPUDP\nn*:5353\n";
        let table = table(lines);
        let names: Vec<&[u8]> = table.owners.all.iter().map(|o| &o.name[..]).collect();
        assert_eq!(names, [&b"node"[..], b"mDNS"]);
        assert_eq!((table.owners.all[0].uid, table.owners.all[0].user.as_deref()), (Some(501), Some("ada")));
        let [listener, connection, datagrams] = &table.sockets[..] else { panic!("{:?}", table.sockets) };
        assert_eq!((listener.local, listener.state), (address("127.0.0.1:3000"), State::Listen));
        assert_eq!((listener.receive_queue, &listener.owners[..]), (1, &[0][..]));
        assert_eq!((connection.remote, connection.state), (Some(address("[::1]:4000")), State::FinWait2));
        assert_eq!((datagrams.local, datagrams.state), (address("[::]:5353"), State::Closed));
        assert_eq!(datagrams.owners, [1]);
    }

    #[test]
    fn a_socket_that_two_programs_hold_is_one_socket() {
        let file = "f3\ntIPv4\nd0x1\nPTCP\nn*:80\nTST=LISTEN\n";
        let table = table(&format!("p1\n{file}{file}p2\n{file}"));
        assert_eq!(table.sockets.len(), 1);
        assert_eq!(table.sockets[0].owners, [0, 1]);
    }

    #[test]
    fn hostile_lines_are_passed_over() {
        let lines = "\nn1:1\npx\nf1\nPTCP\nn\u{1b}[2J\nTST=LISTEN\np5\nf1\nPICMP\nn*:*\nf2\nPTCP\nn*:99999\nTST=LISTEN\n\
                     f3\nPTCP\nn*:1\nTST=NONE\nf4\nPTCP\nn[fe80::1%en0]:1->*\nTST=LISTEN\n";
        assert!(table(lines).sockets.is_empty());
    }

    #[test]
    fn a_card_behind_an_address_is_left_out() {
        assert_eq!(end("[fe80::1%en0]:5", true), Some(address("[fe80::1]:5")));
    }

    #[test]
    fn the_real_one_tells_of_a_socket_of_this_test() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
        let local = listener.local_addr().expect("an address");
        let table = match Lsof.table(Wants { owners: true, details: false, unix: false }) {
            Err(Error::Unknown) => return, // not installed
            other => other.expect("a table"),
        };
        let socket = table.sockets.iter().find(|s| s.local == local).expect("the listener");
        assert_eq!(socket.state, State::Listen);
        assert!(table.owners.of(&socket.owners).any(|o| o.pid == std::process::id()));
    }
}
