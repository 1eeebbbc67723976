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

use netlink::{ALL_TCP, BY_FAMILY, Netlink};
use owners::Walk;

use super::{Error, Owners, Protocol, Ranges, System, Table, Wants};

/// Where the kernel's files hang.
const PROC: &str = "/proc";

/// The sockets of this network namespace.
pub struct Linux {
    open: fn() -> io::Result<Netlink>,
    /// Kept between tables, so that watching opens no socket each second.
    line: Option<Netlink>,
    walk: Walk,
}

impl Default for Linux {
    fn default() -> Self {
        Linux { open: Netlink::open, line: None, walk: Walk::default() }
    }
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
        let read = |body: &[u8]| inet::read(body, Protocol::Tcp, details);
        let all_tcp = self.dump(ALL_TCP, &inet::question_all_tcp(details), &mut table.sockets, read).is_ok();
        for (name, family, protocol) in TABLES {
            if all_tcp && protocol == Protocol::Tcp {
                told += 1;
                continue;
            }
            let question = inet::question(family, protocol, details);
            let read = |body: &[u8]| inet::read(body, protocol, details);
            if self.dump(BY_FAMILY, &question, &mut table.sockets, read).is_ok() {
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
        if self.dump(BY_FAMILY, &unix::question(), &mut table.unix, unix::read).is_ok() {
            return;
        }
        match proc_net::unix(&Path::new(PROC).join("net/unix")) {
            Ok(sockets) => table.unix = sockets,
            Err(error) => table.remarks.push(format!("The kernel does not tell of UNIX sockets: {error}.")),
        }
    }

    /// One question over the line. A line that failed may still hold half an answer: the next one is new.
    fn dump<T>(
        &mut self,
        kind: u16,
        question: &[u8],
        rows: &mut Vec<T>,
        read: impl FnMut(&[u8]) -> Option<T>,
    ) -> io::Result<()> {
        let mut line = match self.line.take() {
            Some(line) => line,
            None => (self.open)()?,
        };
        let before = rows.len();
        match line.dump(kind, question, rows, read) {
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
    fn where_netlink_is_refused_the_files_tell_the_same_and_a_remark_says_so() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let socket = UdpSocket::bind("[::1]:0").or_else(|_| UdpSocket::bind("127.0.0.1:0")).expect("a socket");
        let wants = Wants { owners: true, details: true, unix: true };
        let told = Linux::default().table(wants).expect("a table");
        let open = || Err(io::ErrorKind::PermissionDenied.into());
        let read = Linux { open, ..Linux::default() }.table(wants).expect("a table");
        assert_eq!((told.source, read.source), ("netlink sock_diag", "/proc/net"));
        assert_eq!((told.remarks.len(), read.remarks.len()), (0, 1), "{:?} {:?}", told.remarks, read.remarks);
        for (port, protocol) in [
            (listener.local_addr().expect("an address").port(), Protocol::Tcp),
            (socket.local_addr().expect("an address").port(), Protocol::Udp),
        ] {
            let (one, other) = (mine(&told, port, protocol), mine(&read, port, protocol));
            assert_eq!((one.inode, one.state, one.local, one.uid), (other.inode, other.state, other.local, other.uid));
            assert!(!other.owners.is_empty());
        }
        assert!(!read.unix.is_empty() || told.unix.is_empty());
    }
}
