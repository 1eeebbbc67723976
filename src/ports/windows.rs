//! Windows: its table of connections through `netstat2` (`GetExtendedTcpTable`), names of programs from `tasklist`.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::process::Command;
use std::time::SystemTime;

use netstat2::{AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, SocketInfo, TcpState, iterate_sockets_info};

use super::{Error, Owner, Owners, Protocol, Ranges, Socket, State, System, Table, Wants};

/// Windows.
pub struct Windows;

impl System for Windows {
    fn table(&mut self, wants: Wants) -> Result<Table, Error> {
        let refused = |e: netstat2::error::Error| Error::Refused(io::Error::other(e.to_string()));
        let told = iterate_sockets_info(AddressFamilyFlags::all(), ProtocolFlags::all()).map_err(refused)?;
        let names = if wants.owners { names() } else { HashMap::new() };
        let mut table = Table {
            sockets: Vec::new(),
            unix: Vec::new(),
            owners: Owners::default(),
            read_at: SystemTime::now(),
            source: "GetExtendedTcpTable",
            remarks: vec!["Windows says neither queues nor users nor whether an IPv6 socket answers IPv4.".to_owned()],
        };
        let mut places = HashMap::new();
        for info in told.flatten() {
            let Some(mut socket) = socket(&info) else { continue };
            // Process 0 stands for nobody: TIME_WAIT.
            for pid in info.associated_pids.iter().copied().filter(|pid| wants.owners && *pid != 0) {
                let place = *places.entry(pid).or_insert_with(|| {
                    table.owners.all.push(owner(pid, names.get(&pid).cloned().unwrap_or_default()));
                    table.owners.all.len() as u32 - 1
                });
                socket.owners.push(place);
            }
            table.sockets.push(socket);
        }
        Ok(table)
    }

    fn ranges(&mut self) -> Result<Ranges, Error> {
        let show = |what: &[&str]| {
            let output = Command::new("netsh").args(["int", "ipv4", "show"]).args(what).output().ok()?;
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let dynamic = show(&["dynamicport", "tcp"]).ok_or(Error::Unknown)?;
        // Its words are translated, its numbers are not: first port, then how many.
        let numbers: Vec<u16> =
            dynamic.lines().filter_map(|l| l.rsplit(':').next()?.trim().parse::<u16>().ok()).collect();
        let [first, count, ..] = numbers[..] else { return Err(Error::Unknown) };
        let excluded = show(&["excludedportrange", "protocol=tcp"]).unwrap_or_default();
        let range = |line: &str| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        };
        Ok(Ranges {
            unprivileged_start: 0,
            ephemeral: (first, first.saturating_add(count.saturating_sub(1))),
            reserved: excluded.lines().filter_map(range).collect(),
        })
    }
}

fn socket(info: &SocketInfo) -> Option<Socket> {
    Some(match &info.protocol_socket_info {
        ProtocolSocketInfo::Tcp(tcp) => {
            let remote = end(tcp.remote_addr, tcp.remote_port);
            let remote = (remote.port() != 0 || !remote.ip().is_unspecified()).then_some(remote);
            Socket::new(Protocol::Tcp, state(tcp.state)?, end(tcp.local_addr, tcp.local_port), remote)
        }
        ProtocolSocketInfo::Udp(udp) => {
            Socket::new(Protocol::Udp, State::Closed, end(udp.local_addr, udp.local_port), None)
        }
    })
}

fn end(address: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(address, port)
}

fn state(state: TcpState) -> Option<State> {
    Some(match state {
        TcpState::Listen => State::Listen,
        TcpState::SynSent => State::SynSent,
        TcpState::SynReceived => State::SynReceived,
        TcpState::Established => State::Established,
        TcpState::FinWait1 => State::FinWait1,
        TcpState::FinWait2 => State::FinWait2,
        TcpState::CloseWait => State::CloseWait,
        TcpState::Closing => State::Closing,
        TcpState::LastAck => State::LastAck,
        TcpState::TimeWait => State::TimeWait,
        // Windows tells of a port that is bound without listening as of a closed one.
        TcpState::Closed => State::BoundInactive,
        _ => return None,
    })
}

fn owner(pid: u32, name: Vec<u8>) -> Owner {
    Owner { pid, name, command: Vec::new(), uid: None, user: None, unit: None, container: None, started: None }
}

/// `"node.exe","1234","Console","1","50,000 K"`
fn names() -> HashMap<u32, Vec<u8>> {
    let Ok(output) = Command::new("tasklist").args(["/FO", "CSV", "/NH"]).output() else { return HashMap::new() };
    let row = |line: &str| {
        let mut words = line.trim().trim_matches('"').split("\",\"");
        let name = words.next()?.as_bytes().to_vec();
        Some((words.next()?.parse().ok()?, name))
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(row).collect()
}
