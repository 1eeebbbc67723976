//! What the tests of this room share: networks of their own, and processes of their own.
#![allow(clippy::unwrap_used)]

use std::{os::unix::process::CommandExt, process::Command, time::Instant};

use nix::sched::{CloneFlags, unshare};

use super::linux;
use crate::source::{Event, Source};

/// Moves this test's thread into a new network with `lo` switched on; says so and answers false without rights.
pub fn own_network() -> bool {
    if let Err(why) = unshare(CloneFlags::CLONE_NEWNET) {
        eprintln!("skipped: no network namespace ({why})");
        return false;
    }
    linux::switch_on("lo").unwrap();
    true
}

/// Runs `ip` with the words of `line`.
pub fn ip(line: &str) {
    let status = Command::new("ip").args(line.split(' ')).status().expect("the package iproute2 is needed");
    assert!(status.success(), "ip {line}");
}

/// Whether this is the process that is to do the work of `test`. If not, that process is started (as `user`)
/// and has to succeed; the test is then done.
pub fn in_own_process(test: &str, user: Option<u32>) -> bool {
    const MARK: &str = "LAYERCAKE_TEST_PROCESS";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--nocapture", "--test-threads=1"]).env(MARK, "1");
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.contains("1 passed"), "{said}");
            said.lines().filter(|line| line.starts_with("skipped")).for_each(|line| eprintln!("{line}"));
        }
        Err(why) => eprintln!("skipped: this binary cannot be started as user {user:?} ({why})"),
    }
    false
}

/// A packet as a test wants to look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub bytes: Vec<u8>,
    pub length: u32,
    pub time: u64,
    pub direction: crate::dissect::Direction,
    pub checksum: crate::dissect::Checksum,
}

/// All that comes until nothing came for a moment.
pub fn drain(source: &mut dyn Source) -> Vec<Seen> {
    let (mut seen, start) = (Vec::new(), Instant::now());
    while start.elapsed().as_secs() < 10 {
        match source.next().unwrap() {
            Event::Packet(p) => seen.push(Seen {
                bytes: p.bytes.to_vec(),
                length: p.length,
                time: p.time.unwrap(),
                direction: p.direction,
                checksum: p.checksum,
            }),
            Event::Idle | Event::End => return seen,
        }
    }
    seen
}
