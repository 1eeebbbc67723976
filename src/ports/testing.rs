//! A system and a kernel that answer what a test wants.

use std::io;
use std::time::{Duration, SystemTime};

use super::probe::{Attempt, Probe};
use super::{Error, Owner, Owners, Protocol, Ranges, Socket, State, System, Table, Wants};

/// A system with these sockets, and one program that may hold them: place 0 of the owners.
pub struct Fake {
    sockets: Vec<Socket>,
}

impl Fake {
    pub fn holding(sockets: Vec<Socket>) -> Self {
        Fake { sockets }
    }
}

/// 2027-01-15 08:00:00 UTC.
pub fn moment() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
}

impl System for Fake {
    fn table(&mut self, _: Wants) -> Result<Table, Error> {
        let node = Owner {
            pid: 4242,
            name: b"node\x1b[2J".to_vec(),
            command: b"node\0/home/ada/app/server.js\0".to_vec(),
            uid: Some(1000),
            user: Some("ada".to_owned()),
            unit: None,
            container: None,
            started: Some(moment() - Duration::from_mins(123)),
        };
        Ok(Table {
            sockets: self.sockets.clone(),
            unix: Vec::new(),
            owners: Owners { all: vec![node], hidden: 0 },
            read_at: moment(),
            source: "a test",
            remarks: Vec::new(),
        })
    }

    fn ranges(&mut self) -> Result<Ranges, Error> {
        Ok(Ranges { unprivileged_start: 1024, ephemeral: (32768, 60999), reserved: vec![(40000, 40000)] })
    }

    fn user(&mut self, uid: u32) -> Option<String> {
        (uid == 33).then(|| "www-data".to_owned())
    }
}

/// A TCP socket at this address.
pub fn socket(state: State, local: &str) -> Socket {
    Socket::new(Protocol::Tcp, state, local.parse().expect("an address"), None)
}

/// A kernel that refuses some ports.
pub struct Refusing {
    in_use: Vec<u16>,
    even_reusing: bool,
    below: u16,
}

impl Refusing {
    pub fn all(in_use: &[u16]) -> Self {
        Refusing { in_use: in_use.to_vec(), even_reusing: true, below: 0 }
    }

    pub fn plain(in_use: &[u16]) -> Self {
        Refusing { in_use: in_use.to_vec(), even_reusing: false, below: 0 }
    }

    pub fn below(below: u16) -> Self {
        Refusing { in_use: Vec::new(), even_reusing: false, below }
    }
}

impl Probe for Refusing {
    fn bind(&mut self, attempt: &Attempt) -> io::Result<()> {
        let port = attempt.address.port();
        if port < self.below {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        if self.in_use.contains(&port) && (self.even_reusing || !attempt.reuse) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        Ok(())
    }
}
