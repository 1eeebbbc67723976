//! Can this port be had, and who stands in the way? Tries it, and reads in the table whose sockets explain the answer.
//! Not here: sentences (`cli/ports/why`), stopping anybody.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::SystemTime;

use super::probe::{Attempt, Probe};
use super::{Owners, Protocol, Ranges, Socket, State, System, Table, Wants};

/// Ports that are tried to find free ones.
const TRIED: u16 = 64;
/// Free ones that are named.
const NAMED: usize = 3;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Which port.
    pub port: u16,
    /// Where; `None` asks for the three places that servers take.
    pub address: Option<IpAddr>,
    /// An IPv6 socket that leaves IPv4 alone.
    pub v6_only: bool,
}

impl Question {
    fn addresses(&self) -> Vec<IpAddr> {
        match self.address {
            Some(address) => vec![address],
            None if self.v6_only => vec![Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::LOCALHOST.into()],
            None => vec![Ipv4Addr::LOCALHOST.into(), Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
        }
    }
}

/// What the kernel answers to one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It gave the port.
    Works,
    /// EADDRINUSE.
    InUse,
    /// EACCES: not for this user.
    Forbidden,
    /// EADDRNOTAVAIL: no card has the address, or the machine has no such family.
    NotHere,
    /// Anything else.
    Failed(String),
}

impl From<io::Result<()>> for Outcome {
    fn from(answer: io::Result<()>) -> Self {
        let Err(error) = answer else { return Outcome::Works };
        match error.kind() {
            io::ErrorKind::AddrInUse => Outcome::InUse,
            io::ErrorKind::PermissionDenied => Outcome::Forbidden,
            io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported => Outcome::NotHere,
            _ if error.to_string().contains("family not supported") => Outcome::NotHere,
            _ => Outcome::Failed(error.to_string()),
        }
    }
}

/// One address, asked for in both ways.
#[derive(Debug, Clone)]
pub struct Try {
    /// Where.
    pub address: SocketAddr,
    /// With `SO_REUSEADDR`; `None` for UDP, where it means something else: sharing.
    pub reusing: Option<Outcome>,
    /// Without.
    pub plain: Outcome,
}

impl Try {
    fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.reusing.iter().chain([&self.plain])
    }
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Whoever asks gets it.
    Free,
    /// Somebody has it.
    Taken,
    /// Only those get it who set `SO_REUSEADDR`: closed connections still rest there.
    Resting,
    /// Nobody has it, but this user may not.
    Forbidden,
    /// The address is not of this machine.
    NotHere,
    /// The system says something else.
    Unknown,
}

/// Everything that was found out.
#[derive(Debug)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// What the kernel answered.
    pub tries: Vec<Try>,
    /// Sockets that stand in the way of at least one of the tries.
    pub blockers: Vec<Socket>,
    /// Sockets of the same number that do not: other addresses.
    pub others: Vec<Socket>,
    /// The programs that they point to.
    pub owners: Owners,
    /// When the table was read.
    pub read_at: SystemTime,
    /// How this machine gives out its ports, if it says so.
    pub ranges: Option<Ranges>,
    /// Free ports nearby.
    pub nearby: Vec<u16>,
    /// The table and the tries do not agree, even the second time.
    pub unexplained: bool,
    /// They did not agree at first: something changed in between.
    pub changed: bool,
    /// What the table could not say.
    pub remarks: Vec<String>,
}

/// Tries, and looks who stands in the way.
pub fn judge(system: &mut dyn System, probe: &mut dyn Probe, question: Question) -> Judgement {
    let ranges = system.ranges().ok();
    let mut judgement = once(system, probe, question, ranges);
    if judgement.unexplained {
        // Somebody came or went between the table and the tries; the second look sees what is so now.
        let ranges = judgement.ranges.take();
        judgement = once(system, probe, question, ranges);
        judgement.changed = !judgement.unexplained;
    }
    judgement
}

fn once(system: &mut dyn System, probe: &mut dyn Probe, question: Question, ranges: Option<Ranges>) -> Judgement {
    let wants = Wants { owners: true, details: false, unix: false };
    let (table, known) = match system.table(wants) {
        Ok(table) => (table, true),
        Err(error) => (nothing(format!("{error}.")), false),
    };
    let tries: Vec<Try> =
        question.addresses().into_iter().map(|address| attempt(probe, question, address, question.port)).collect();
    let mine = |s: &Socket| s.protocol == question.protocol && s.local.port() == question.port;
    let taken: Vec<u16> =
        table.sockets.iter().filter(|s| s.protocol == question.protocol).map(|s| s.local.port()).collect();
    let in_the_way = |s: &Socket| tries.iter().any(|t| meet(s, t.address, question.v6_only));
    let (blockers, others): (Vec<Socket>, Vec<Socket>) = table.sockets.into_iter().filter(mine).partition(in_the_way);
    let verdict = verdict(&tries, &blockers);
    let unexplained = known
        && match verdict {
            Verdict::Taken | Verdict::Resting => blockers.is_empty(),
            Verdict::Free => blockers.iter().any(|s| s.state == State::Listen),
            _ => false,
        };
    let nearby = nearby(probe, question, &taken, verdict);
    let (owners, read_at, remarks) = (table.owners, table.read_at, table.remarks);
    Judgement {
        verdict,
        tries,
        blockers,
        others,
        owners,
        read_at,
        ranges,
        nearby,
        unexplained,
        changed: false,
        remarks,
    }
}

fn nothing(remark: String) -> Table {
    Table {
        sockets: Vec::new(),
        unix: Vec::new(),
        owners: Owners::default(),
        read_at: SystemTime::now(),
        source: "nowhere",
        remarks: vec![remark],
    }
}

fn attempt(probe: &mut dyn Probe, question: Question, address: IpAddr, port: u16) -> Try {
    let address = SocketAddr::new(address, port);
    let mut ask = |reuse| {
        let attempt = Attempt { protocol: question.protocol, address, reuse, v6_only: question.v6_only };
        Outcome::from(probe.bind(&attempt))
    };
    let reusing = (question.protocol == Protocol::Tcp).then(|| ask(true));
    Try { address, reusing, plain: ask(false) }
}

fn verdict(tries: &[Try], blockers: &[Socket]) -> Verdict {
    // A machine without IPv6 is no obstacle to those who ask for IPv4.
    let here: Vec<&Try> = tries.iter().filter(|t| t.plain != Outcome::NotHere).collect();
    let any = |outcome: &Outcome| here.iter().any(|t| t.outcomes().any(|o| o == outcome));
    if here.is_empty() {
        Verdict::NotHere
    } else if here.iter().any(|t| t.reusing.as_ref().unwrap_or(&t.plain) == &Outcome::InUse) {
        Verdict::Taken
    } else if any(&Outcome::InUse) {
        Verdict::Resting
    } else if any(&Outcome::Forbidden) {
        // The kernel refuses before it looks whether the port is taken; the table knows.
        let resting = |s: &Socket| s.state == State::TimeWait;
        if blockers.iter().any(|s| !resting(s)) { Verdict::Taken } else { Verdict::Forbidden }
    } else if here.iter().all(|t| t.outcomes().all(|o| *o == Outcome::Works)) {
        Verdict::Free
    } else {
        Verdict::Unknown
    }
}

/// Whether a socket and a wish for an address get into each other's way.
fn meet(socket: &Socket, wish: SocketAddr, v6_only: bool) -> bool {
    let (theirs, ours) = (socket.local.ip(), wish.ip());
    let plain = |ip: IpAddr| ip.to_canonical();
    match (plain(theirs), plain(ours)) {
        (IpAddr::V4(a), IpAddr::V4(b)) => a == b || a.is_unspecified() || b.is_unspecified(),
        (IpAddr::V6(a), IpAddr::V6(b)) => a == b || a.is_unspecified() || b.is_unspecified(),
        (IpAddr::V6(a), IpAddr::V4(_)) => a.is_unspecified() && socket.v6_only != Some(true),
        (IpAddr::V4(_), IpAddr::V6(b)) => b.is_unspecified() && !v6_only,
    }
}

/// A few free ports: the next ones, or for a port that only root may bind those that people use instead of it.
fn nearby(probe: &mut dyn Probe, question: Question, taken: &[u16], verdict: Verdict) -> Vec<u16> {
    let start = match verdict {
        Verdict::Free | Verdict::NotHere | Verdict::Unknown => return Vec::new(),
        Verdict::Forbidden => question.port.saturating_add(8000),
        Verdict::Taken | Verdict::Resting => question.port.saturating_add(1),
    };
    let mut found = Vec::new();
    for port in (start..=u16::MAX).take(usize::from(TRIED)) {
        if taken.contains(&port) {
            continue;
        }
        let mut works = |address| {
            let tried = attempt(probe, question, address, port);
            tried.plain == Outcome::NotHere || tried.outcomes().all(|o| *o == Outcome::Works)
        };
        if question.addresses().into_iter().all(&mut works) {
            found.push(port);
        }
        if found.len() == NAMED {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::testing::{Fake, Refusing, socket};

    fn question(port: u16) -> Question {
        Question { protocol: Protocol::Tcp, port, address: None, v6_only: false }
    }

    #[test]
    fn a_listener_takes_the_port_and_is_named() {
        let mut system = Fake::holding(vec![socket(State::Listen, "0.0.0.0:3000")]);
        let answer = judge(&mut system, &mut Refusing::all(&[3000, 3001]), question(3000));
        assert_eq!(answer.verdict, Verdict::Taken);
        assert_eq!((answer.blockers.len(), answer.unexplained), (1, false));
        assert_eq!(answer.nearby, [3002, 3003, 3004]);
    }

    #[test]
    fn a_resting_connection_lets_those_in_who_reuse_the_address() {
        let mut system = Fake::holding(vec![socket(State::TimeWait, "127.0.0.1:3000")]);
        let answer = judge(&mut system, &mut Refusing::plain(&[3000]), question(3000));
        assert_eq!(answer.verdict, Verdict::Resting);
    }

    #[test]
    fn who_may_not_ask_learns_from_the_table_whether_the_port_is_taken() {
        let mut probe = Refusing::below(1024);
        let free = judge(&mut Fake::holding(Vec::new()), &mut probe, question(80));
        assert_eq!((free.verdict, free.nearby), (Verdict::Forbidden, vec![8080, 8081, 8082]));
        let mut system = Fake::holding(vec![socket(State::Listen, "[::]:80")]);
        assert_eq!(judge(&mut system, &mut probe, question(80)).verdict, Verdict::Taken);
    }

    #[test]
    fn what_nobody_explains_is_said_to_be_so() {
        let answer = judge(&mut Fake::holding(Vec::new()), &mut Refusing::all(&[3000]), question(3000));
        assert!(answer.unexplained && answer.verdict == Verdict::Taken);
    }

    #[test]
    fn only_sockets_that_meet_the_address_are_in_the_way() {
        let at = |local: &str| socket(State::Listen, local);
        let wish = |text: &str| text.parse().expect("an address");
        assert!(meet(&at("127.0.0.1:80"), wish("0.0.0.0:80"), false));
        assert!(meet(&at("127.0.0.1:80"), wish("[::]:80"), false));
        assert!(!meet(&at("127.0.0.1:80"), wish("[::]:80"), true));
        assert!(!meet(&at("127.0.0.1:80"), wish("127.0.0.2:80"), false));
        assert!(meet(&at("[::ffff:127.0.0.1]:80"), wish("127.0.0.1:80"), false));
        assert!(!meet(&at("[::1]:80"), wish("127.0.0.1:80"), false));
        let mut six = at("[::]:80");
        assert!(meet(&six, wish("127.0.0.1:80"), false), "where nobody says, both families");
        six.v6_only = Some(true);
        assert!(!meet(&six, wish("127.0.0.1:80"), false));
    }
}
