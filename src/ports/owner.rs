//! The programs that hold sockets.

use std::time::SystemTime;

/// A process that holds one socket or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its number.
    pub pid: u32,
    /// Its short name as the kernel keeps it, up to 15 bytes; any byte may be in it.
    pub name: Vec<u8>,
    /// Its command line, arguments divided by NUL bytes; empty where it may not be read.
    pub command: Vec<u8>,
    /// The user it runs as.
    pub uid: Option<u32>,
    /// That user's name, where there is one.
    pub user: Option<String>,
    /// The systemd unit it belongs to: "nginx.service".
    pub unit: Option<String>,
    /// The container it runs in, as its control group says.
    pub container: Option<String>,
    /// When it was started.
    pub started: Option<SystemTime>,
}

/// Every program that holds a socket, each once.
#[derive(Debug, Default)]
pub struct Owners {
    /// The programs; [`Socket::owners`](super::Socket::owners) count in it.
    pub all: Vec<Owner>,
    /// Processes whose open files may not be read by this user.
    pub hidden: usize,
}

impl Owners {
    /// The programs that these places stand for.
    pub fn of<'a>(&'a self, places: &'a [u32]) -> impl Iterator<Item = &'a Owner> {
        places.iter().filter_map(|at| self.all.get(*at as usize))
    }
}
