//! A private network for an ordinary user: a user namespace and a network namespace of our own, in which
//! there is nothing but a loopback interface, and in which this process may capture.
//! See `user_namespaces(7)`, `network_namespaces(7)`.
//!
//! Not here: a way out to the internet. What runs inside reaches itself and nobody else.

use std::{
    fs, io,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::{
        prctl,
        signal::{Signal, kill},
    },
    unistd::{Pid, getegid, geteuid},
};

use super::{
    Error, Options, linux, open,
    rights::{self, Forbidden, Rights},
};
use crate::{
    dissect::Interface,
    source::{Counters, Event, Source},
};

/// How long the network may stay silent after the command has ended before the capture ends too.
const GRACE: Duration = Duration::from_millis(150);
/// The capture ends so long after the command at the latest, whatever still talks.
const LATEST: Duration = Duration::from_secs(2);

/// This process, inside its private network.
#[derive(Debug)]
pub struct Sandbox(());

impl Sandbox {
    /// Moves this process into a private network and switches its loopback interface on. There is no way back.
    /// The user stays the same; ports below 1024 and `ping` are allowed inside.
    ///
    /// # Errors
    /// The kernel does not allow it (which switch is in the error), or the process has more than one thread.
    pub fn enter() -> Result<Self, Error> {
        let (user, group) = (geteuid(), getegid());
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).map_err(|e| Error::NoSandbox(reason(e)))?;
        // A program with file capabilities does not own its own /proc files until it is dumpable.
        let _ = prctl::set_dumpable(true);
        // AppArmor lets the namespace be made and then gives it no rights: the first write fails.
        write("uid_map", &format!("{user} {user} 1"))?;
        write("setgroups", "deny")?;
        write("gid_map", &format!("{group} {group} 1"))?;
        linux::switch_on("lo").map_err(|e| match Errno::from_raw(e.raw_os_error().unwrap_or(0)) {
            denied @ (Errno::EPERM | Errno::EACCES) => Error::NoSandbox(reason(denied)),
            _ => Error::system("switch the loopback interface on", "lo", e),
        })?;
        // Comforts: a lesson's web server may take port 80, and ping works. Without them all else does.
        let _ = fs::write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
        let _ = fs::write("/proc/sys/net/ipv4/ping_group_range", format!("{group} {group}"));
        Ok(Sandbox(()))
    }

    #[cfg(test)]
    pub(super) fn around_this_thread() -> Self {
        Sandbox(())
    }

    /// Captures on the loopback interface of the private network, starts `command`, and gives up all rights.
    /// The source ends shortly after the command has ended. `options.interface` is taken as "lo".
    ///
    /// # Errors
    /// The capture cannot be opened, the command cannot be started.
    pub fn spawn(self, mut command: Command, options: &Options) -> Result<Running, super::super::Error> {
        let source = open(&Options { interface: "lo".to_owned(), ..options.clone() })?;
        let child = command.spawn().map_err(|source| Error::System {
            doing: "start the command",
            name: command.get_program().to_string_lossy().into_owned(),
            source,
        })?;
        let running = Running { source, child, ended: None };
        rights::drop_privileges()?;
        Ok(running)
    }
}

/// A command in the private network and the capture of all that it says. When dropped, the command is ended.
pub struct Running {
    source: Box<dyn Source>,
    child: Child,
    ended: Option<Ended>,
}

#[derive(Clone, Copy)]
struct Ended {
    status: ExitStatus,
    at: Instant,
    quiet_since: Instant,
}

impl Running {
    /// The number of the command's process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// How the command ended; `None` while it runs.
    pub fn status(&self) -> Option<ExitStatus> {
        self.ended.map(|e| e.status)
    }

    /// The command's exit code as a shell tells it: 128 and the signal's number where a signal ended it.
    pub fn exit_code(&self) -> Option<i32> {
        let status = self.status()?;
        status.code().or_else(|| Some(128 + status.signal()?))
    }

    fn look_at_child(&mut self) {
        if self.ended.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            let now = Instant::now();
            self.ended = Some(Ended { status, at: now, quiet_since: now });
        }
    }
}

impl Source for Running {
    fn next(&mut self) -> Result<Event<'_>, super::super::Error> {
        self.look_at_child();
        if self.ended.is_some_and(|e| e.quiet_since.elapsed() > GRACE || e.at.elapsed() > LATEST) {
            return Ok(Event::End);
        }
        let event = self.source.next()?;
        if let (Event::Packet(_), Some(ended)) = (event, &mut self.ended) {
            ended.quiet_since = Instant::now();
        }
        Ok(event)
    }

    fn interfaces(&self) -> &[Interface] {
        self.source.interfaces()
    }

    fn counters(&mut self) -> Counters {
        self.source.counters()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.look_at_child();
        if self.ended.is_some() {
            return;
        }
        let child = Pid::from_raw(self.child.id().cast_signed());
        if kill(child, Signal::SIGTERM).is_err() {
            return; // it belongs to another user by now: nothing to wait for
        }
        let asked = Instant::now();
        while self.ended.is_none() && asked.elapsed() < Duration::from_millis(500) {
            thread::sleep(Duration::from_millis(10));
            self.look_at_child();
        }
        if self.ended.is_none() && self.child.kill().is_ok() {
            let _ = self.child.wait();
        }
    }
}

/// Asked after the fact: which of the kernel's switches explains the refusal.
fn reason(errno: Errno) -> Forbidden {
    match errno {
        Errno::EINVAL => Forbidden::Threads,
        Errno::ENOSPC | Errno::EUSERS => Forbidden::Limit,
        _ => Rights::of_this_process().no_sandbox.unwrap_or_else(|| Forbidden::Refused(errno.desc().to_owned())),
    }
}

fn write(file: &str, line: &str) -> Result<(), Error> {
    fs::write(format!("/proc/self/{file}"), line).map_err(|e: io::Error| match e.raw_os_error() {
        Some(code) => Error::NoSandbox(reason(Errno::from_raw(code))),
        None => Error::NoSandbox(Forbidden::Refused(e.to_string())),
    })
}
