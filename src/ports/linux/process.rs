//! What `/proc/PID` says of one process. It may end at any moment: what can no longer be read stays unknown.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{Mode, OFlags, openat};

use super::cgroup;
use crate::ports::Owner;

/// Bytes of a file that are read at most; a command line may be megabytes long.
const MOST: u64 = 16 << 10;
/// `PF_KTHREAD`: a thread of the kernel, which has no open files to hide.
const KERNEL: u64 = 0x0020_0000;

/// What turns the kernel's ticks into a time of day.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    booted: Option<SystemTime>,
    ticks_a_second: u64,
}

impl Clock {
    /// When the machine was started.
    pub fn read(proc: &Path) -> Clock {
        let text = std::fs::read_to_string(proc.join("stat")).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("btime "));
        let seconds = line.and_then(|l| l.trim().parse().ok());
        Clock {
            booted: seconds.and_then(|s| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(s))),
            ticks_a_second: rustix::param::clock_ticks_per_second().max(1),
        }
    }

    fn at(self, ticks: u64) -> Option<SystemTime> {
        let milliseconds = u128::from(ticks) * 1000 / u128::from(self.ticks_a_second);
        self.booted?.checked_add(Duration::from_millis(u64::try_from(milliseconds).ok()?))
    }
}

/// Reads all of it; the user's name is not here.
pub fn read(proc: &OwnedFd, pid: u32, clock: Clock) -> Owner {
    let stat = file(proc, pid, "stat");
    let (name, numbers) = stat_parts(&stat).unwrap_or_default();
    let group = cgroup::read(&file(proc, pid, "cgroup"));
    let mut command = file(proc, pid, "cmdline");
    command.truncate(command.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1));
    Owner {
        pid,
        name: name.to_vec(),
        command,
        uid: uid(&file(proc, pid, "status")),
        user: None,
        unit: group.unit,
        container: group.container,
        started: nth(numbers, 19).and_then(|ticks| clock.at(ticks)),
    }
}

/// Whether it is a thread of the kernel.
pub fn of_the_kernel(proc: &OwnedFd, pid: u32) -> bool {
    let stat = file(proc, pid, "stat");
    stat_parts(&stat).and_then(|(_, numbers)| nth(numbers, 6)).is_some_and(|flags| flags & KERNEL != 0)
}

fn file(proc: &OwnedFd, pid: u32, name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    if let Ok(file) = openat(proc, format!("{pid}/{name}"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
        let _ = std::fs::File::from(file).take(MOST).read_to_end(&mut bytes);
    }
    bytes
}

/// `1 (name) S 0 1 …`: the name may hold brackets and blanks itself, so that the last bracket ends it.
fn stat_parts(stat: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = stat.iter().position(|b| *b == b'(')?;
    let shut = stat.iter().rposition(|b| *b == b')')?;
    Some((stat.get(open + 1..shut)?, stat.get(shut + 1..)?))
}

fn nth(numbers: &[u8], at: usize) -> Option<u64> {
    std::str::from_utf8(numbers).ok()?.split_ascii_whitespace().nth(at)?.parse().ok()
}

/// The second number is the user whose rights it has. The name comes before it, with line ends written as `\n`.
fn uid(status: &[u8]) -> Option<u32> {
    let line = status.split(|b| *b == b'\n').find_map(|l| l.strip_prefix(b"Uid:"))?;
    std::str::from_utf8(line).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_line_ends_is_taken_whole() {
        let stat = b"42 (a) R (\x1b[2J\n) S 1 42 42 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0";
        let (name, numbers) = stat_parts(stat).expect("its parts");
        assert_eq!(name, b"a) R (\x1b[2J\n");
        assert_eq!((nth(numbers, 6), nth(numbers, 19)), (Some(4_194_560), Some(12345)));
    }

    #[test]
    fn half_a_line_is_no_reason_to_fall() {
        for stat in [&b""[..], b"42", b"42 (", b"42 )(", b"42 (a)", b"42 (a) S"] {
            let numbers = stat_parts(stat).map(|(_, numbers)| numbers).unwrap_or_default();
            assert_eq!(nth(numbers, 19), None);
        }
        assert_eq!(uid(b"Name:\tx\n"), None);
        assert_eq!(uid(b"Uid:\t1000\n"), None);
    }

    #[test]
    fn the_user_is_the_one_whose_rights_it_has() {
        assert_eq!(uid(b"Name:\tpasswd\nUid:\t1000\t0\t0\t0\n"), Some(0));
    }

    #[test]
    fn ticks_since_the_start_of_the_machine_become_a_time() {
        let booted = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let clock = Clock { booted: Some(booted), ticks_a_second: 100 };
        assert_eq!(clock.at(250), Some(booted + Duration::from_millis(2500)));
        assert_eq!(clock.at(u64::MAX), None);
    }
}
