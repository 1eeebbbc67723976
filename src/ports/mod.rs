//! Who sits behind which port of this machine: the sockets that its kernel holds, and the programs that hold them.
//! A port is a number, not a thing: what exists are sockets, each with an address, a port and a state.
//! Not here: text (`render`), keeping ports open (`open` alone does; `probe` lets go at once), packets.

pub mod changes;
pub mod confirm;
mod fields;
pub mod hotel;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(any(target_os = "linux", windows))))]
mod lsof;
pub mod machine;
pub mod owner;
pub mod probe;
pub mod reach;
pub mod rooms;
pub mod services;
pub mod socket;
pub mod states;
pub mod tape;
#[cfg(test)]
pub(crate) mod testing;
pub mod why;
#[cfg(windows)]
mod windows;

pub use fields::SOCKET;
pub use owner::{Owner, Owners};
pub use reach::Reach;
pub use socket::{Details, Protocol, Socket, State, Timer, TimerKind};

use std::time::SystemTime;

/// What is asked for; the less, the quicker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    /// Which programs hold the sockets (reads `/proc`, or what the system has instead).
    pub owners: bool,
    /// Congestion, round trip, counted bytes: [`Socket::details`].
    pub details: bool,
    /// UNIX sockets, too.
    pub unix: bool,
}

/// All sockets of this machine at one moment.
#[derive(Debug)]
pub struct Table {
    /// TCP and UDP, IPv4 and IPv6, in the order in which the kernel tells.
    pub sockets: Vec<Socket>,
    /// UNIX sockets; empty unless wanted.
    pub unix: Vec<socket::Unix>,
    /// The programs that `Socket::owners` point to.
    pub owners: Owners,
    /// When it was read.
    pub read_at: SystemTime,
    /// Where it comes from: `netlink sock_diag`, `/proc/net`, …
    pub source: &'static str,
    /// What could not be found out and why, in whole sentences.
    pub remarks: Vec<String>,
}

/// The system that this machine runs.
pub fn system() -> Box<dyn System> {
    #[cfg(target_os = "linux")]
    return Box::new(linux::Linux::default());
    #[cfg(windows)]
    return Box::new(windows::Windows);
    #[cfg(not(any(target_os = "linux", windows)))]
    return Box::new(lsof::Lsof);
}

/// A system that can be asked. Tests answer in its place.
pub trait System {
    /// Its sockets, now.
    ///
    /// # Errors
    /// Where the system does not answer at all; what is merely missing is said in [`Table::remarks`].
    fn table(&mut self, wants: Wants) -> Result<Table, Error>;

    /// How this machine gives out its ports.
    ///
    /// # Errors
    /// As for [`table`](Self::table).
    fn ranges(&mut self) -> Result<Ranges, Error>;

    /// Finds the programs that hold the sockets of a table which was read without them. Whoever watches asks so
    /// for the few new ones only.
    fn owners(&mut self, table: &mut Table) {
        let _ = table;
    }

    /// The name of a user, for [`Socket::uid`] where no owner is known; `None` where there is none.
    fn user(&mut self, uid: u32) -> Option<String> {
        let _ = uid;
        None
    }
}

/// How this machine gives out its ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges {
    /// The first port that an ordinary user may bind (1024; 0 where all may).
    pub unprivileged_start: u16,
    /// First and last port that the kernel gives to whoever asks for none (32768 to 60999).
    pub ephemeral: (u16, u16),
    /// Ports of it that the kernel never gives by itself, first and last.
    pub reserved: Vec<(u16, u16)>,
}

/// Why a system could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel refuses, or an answer made no sense.
    #[error("the kernel does not say which sockets it has: {0}")]
    Refused(#[source] std::io::Error),
    /// There is no way to ask on this system.
    #[error("layercake cannot ask this system for its sockets")]
    Unknown,
}
