//! Linux: the kernel itself tells of its sockets (`netlink`), and `/proc` says which programs hold them (`owners`).
//! Where netlink is refused (old containers, gVisor), `/proc/net` tells less, but tells (`proc_net`).

mod cgroup;
mod inet;
mod info;
mod netlink;
mod owners;
mod proc_net;
mod process;
mod ranges;
mod unix;

use std::io;
use std::path::Path;
use std::time::SystemTime;

use netlink::Netlink;
use owners::Walk;

use super::{Error, Owners, Protocol, Ranges, System, Table, Wants};

/// Where the kernel's files hang.
const PROC: &str = "/proc";

/// The sockets of this network namespace.
#[derive(Default)]
pub struct Linux {
    /// Kept between tables, so that watching opens no socket each second.
    line: Option<Netlink>,
    walk: Walk,
}

/// The four tables of the kernel, by the name of their file in `/proc/net`.
const TABLES: [(&str, u8, Protocol); 4] = [
    ("tcp", inet::FAMILIES[0], Protocol::Tcp),
    ("tcp6", inet::FAMILIES[1], Protocol::Tcp),
    ("udp", inet::FAMILIES[0], Protocol::Udp),
    ("udp6", inet::FAMILIES[1], Protocol::Udp),
];

impl System for Linux {
    fn table(&mut self, wants: Wants) -> Result<Table, Error> {
        let mut table = Table {
            sockets: Vec::new(),
            unix: Vec::new(),
            owners: Owners::default(),
            read_at: SystemTime::now(),
            source: "netlink sock_diag",
            remarks: Vec::new(),
        };
        self.inet(&mut table, wants.details)?;
        if wants.unix {
            self.unix(&mut table);
        }
        if wants.owners {
            self.walk.find(Path::new(PROC), &mut table);
        }
        Ok(table)
    }

    fn ranges(&mut self) -> Result<Ranges, Error> {
        ranges::read(&Path::new(PROC).join("sys/net/ipv4")).map_err(Error::Refused)
    }

    fn owners(&mut self, table: &mut Table) {
        self.walk.find(Path::new(PROC), table);
    }

    fn user(&mut self, uid: u32) -> Option<String> {
        self.walk.user(uid)
    }
}

impl Linux {
    fn inet(&mut self, table: &mut Table, details: bool) -> Result<(), Error> {
        let (mut told, mut fallen_back) = (0, Vec::new());
        let mut refusal = io::Error::from(io::ErrorKind::NotFound);
        for (name, family, protocol) in TABLES {
            let question = inet::question(family, protocol, details);
            let read = |body: &[u8]| inet::read(body, protocol, details);
            if self.dump(&question, &mut table.sockets, read).is_ok() {
                told += 1;
                continue;
            }
            match proc_net::inet(&Path::new(PROC).join("net").join(name), protocol) {
                Ok(sockets) => {
                    table.sockets.extend(sockets);
                    fallen_back.push(name);
                }
                // A kernel without IPv6 has neither.
                Err(error) => refusal = error,
            }
        }
        if told == 0 && fallen_back.is_empty() {
            return Err(Error::Refused(refusal));
        }
        if !fallen_back.is_empty() {
            if told == 0 {
                table.source = "/proc/net";
            }
            table.remarks.push(format!(
                "The kernel does not answer over netlink about {}: read from /proc/net, which leaves out ports that \
                 are bound without listening and whether an IPv6 socket answers IPv4.",
                fallen_back.join(", ")
            ));
        }
        Ok(())
    }

    fn unix(&mut self, table: &mut Table) {
        if self.dump(&unix::question(), &mut table.unix, unix::read).is_ok() {
            return;
        }
        match proc_net::unix(&Path::new(PROC).join("net/unix")) {
            Ok(sockets) => table.unix = sockets,
            Err(error) => table.remarks.push(format!("The kernel does not tell of UNIX sockets: {error}.")),
        }
    }

    /// One question over the line. A line that failed may still hold half an answer: the next one is new.
    fn dump<T>(&mut self, question: &[u8], rows: &mut Vec<T>, read: impl FnMut(&[u8]) -> Option<T>) -> io::Result<()> {
        let mut line = match self.line.take() {
            Some(line) => line,
            None => Netlink::open()?,
        };
        let before = rows.len();
        match line.dump(question, rows, read) {
            Ok(()) => self.line = Some(line),
            Err(error) => {
                rows.truncate(before);
                return Err(error);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;
    use crate::ports::{Socket, State};

    fn mine(table: &Table, port: u16, protocol: Protocol) -> &Socket {
        let mut all = table.sockets.iter().filter(|s| s.local.port() == port && s.protocol == protocol);
        all.next().expect("the socket that this test has opened")
    }

    #[test]
    fn a_listener_is_found_with_its_program_over_netlink() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let table = Linux::default().table(Wants { owners: true, details: true, unix: true }).expect("a table");
        let socket = mine(&table, port, Protocol::Tcp);
        assert_eq!((socket.state, socket.remote), (State::Listen, None));
        let pids: Vec<u32> = table.owners.of(&socket.owners).map(|o| o.pid).collect();
        assert!(pids.contains(&std::process::id()), "{pids:?}");
    }

    #[test]
    fn the_fallback_finds_what_netlink_finds() {
        let socket = UdpSocket::bind("[::1]:0").or_else(|_| UdpSocket::bind("127.0.0.1:0")).expect("a socket");
        let address = socket.local_addr().expect("an address");
        let table = Linux::default().table(Wants { owners: false, details: false, unix: false }).expect("a table");
        let over_netlink = mine(&table, address.port(), Protocol::Udp);
        let name = if address.is_ipv6() { "udp6" } else { "udp" };
        let all = proc_net::inet(&Path::new(PROC).join("net").join(name), Protocol::Udp).expect("a file");
        let from_file = all.iter().find(|s| s.local == address).expect("the same socket");
        assert_eq!((from_file.inode, from_file.state), (over_netlink.inode, over_netlink.state));
    }
}
