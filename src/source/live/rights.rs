//! What this process may do with the network, how to get the missing right, and how to give up the rest.
//! Facts come from /proc and the capability sets; nothing is tried out. The hint's text is here because
//! it is a command line for *this* binary on *this* machine.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::Error;

/// Where a copy may carry capabilities on nearly every machine.
const COPY: &str = "/usr/local/bin/layercake";

/// What this process may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// It may see packets: `CAP_NET_RAW`, root, or what the system uses instead.
    pub capture: bool,
    /// It runs as root.
    pub root: bool,
    /// Why no private network can be made; `None` where nothing speaks against it.
    pub no_sandbox: Option<Forbidden>,
    /// Where this program lies.
    pub binary: PathBuf,
    /// Why `setcap` on this program would not help.
    pub setcap_fails: Option<String>,
}

impl Rights {
    /// Looks at this process and this machine.
    pub fn of_this_process() -> Self {
        let binary = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("layercake"));
        Rights {
            capture: system::may_capture(),
            root: system::is_root(),
            no_sandbox: system::sandbox_forbidden(),
            setcap_fails: system::setcap_fails(&binary),
            binary,
        }
    }

    /// The commands that give this program the right to capture, and what works without it.
    pub fn how_to_get_them(&self) -> String {
        let binary = quote(&self.binary.to_string_lossy());
        let setcap = match &self.setcap_fails {
            _ if !cfg!(target_os = "linux") => String::new(),
            None => format!("Once and for all: sudo setcap cap_net_raw=ep {binary}\n"),
            Some(why) => format!(
                "Once and for all (a copy, because {why}):\n  sudo install -m 755 {binary} {COPY} && sudo setcap cap_net_raw=ep {COPY}\n"
            ),
        };
        let sandbox = match &self.no_sandbox {
            None => {
                ", or `--sandbox -- COMMAND` (runs a command in a private network and shows its packets).".to_owned()
            }
            Some(why) => format!(". `--sandbox` does not work here: {why}."),
        };
        format!(
            "{setcap}Only now: sudo {binary}{}\nWithout any rights: `--demo` (an exchange made up for you) and \
             `-r FILE` (a capture file){sandbox}",
            arguments()
        )
    }
}

/// Why the kernel does not let this process make a private network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forbidden {
    /// `user.max_user_namespaces` is 0 or used up.
    Limit,
    /// `kernel.unprivileged_userns_clone` is 0 (Debian).
    Debian,
    /// `kernel.apparmor_restrict_unprivileged_userns` is 1 (Ubuntu).
    AppArmor,
    /// The process has more than one thread.
    Threads,
    /// Refused without a known switch: a container's seccomp filter, `SELinux`, a chroot.
    Refused(String),
    /// Only Linux has namespaces.
    System,
}

impl Forbidden {
    /// What could be done about it.
    pub fn hint(&self) -> String {
        match self {
            Forbidden::Limit => "An administrator may allow it: sudo sysctl user.max_user_namespaces=10000",
            Forbidden::Debian => "An administrator may allow it: sudo sysctl kernel.unprivileged_userns_clone=1",
            Forbidden::AppArmor => {
                "An administrator may allow it: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
            }
            Forbidden::Threads => "This is a mistake in layercake: the sandbox has to be entered before threads start.",
            Forbidden::Refused(_) => "Inside a container this is usual. `--demo` and `-r FILE` work everywhere.",
            Forbidden::System => "`--demo` and `-r FILE` work everywhere.",
        }
        .to_owned()
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Forbidden::Limit => f.write_str("the kernel allows no (more) user namespaces (user.max_user_namespaces)"),
            Forbidden::Debian => {
                f.write_str("user namespaces are kept for root (kernel.unprivileged_userns_clone is 0)")
            }
            Forbidden::AppArmor => f.write_str(
                "AppArmor keeps user namespaces for root (kernel.apparmor_restrict_unprivileged_userns is 1)",
            ),
            Forbidden::Threads => f.write_str("the program has more than one thread"),
            Forbidden::Refused(why) => write!(f, "the kernel refuses user namespaces ({why})"),
            Forbidden::System => f.write_str("only Linux has network namespaces"),
        }
    }
}

/// What was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// The user that the process belongs to now, where it was root before.
    pub user: Option<u32>,
}

/// Gives up every right that an open capture no longer needs, for good: all capabilities, gaining new
/// ones by starting programs, and (for root) being root: it becomes the user who called `sudo`, else `nobody`.
///
/// Call it after the source and the output file are open and before any thread starts: capabilities
/// belong to threads. In a namespace that knows no other user, root stays user 0 without any capability.
///
/// # Errors
/// A right could not be given up; the caller should stop.
pub fn drop_privileges() -> Result<Dropped, Error> {
    system::drop_privileges()
}

fn arguments() -> String {
    let mut line = String::new();
    for word in std::env::args_os().skip(1) {
        line.push(' ');
        line.push_str(&quote(&word.to_string_lossy()));
    }
    line
}

/// As a shell reads it back. Arguments may come from a script: escape sequences are not passed on.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let shown: String = word.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    format!("'{}'", shown.replace('\'', r"'\''"))
}

#[cfg(target_os = "linux")]
#[path = "rights/linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Dropped, Error, Forbidden, Path};

    /// Other systems guard a device file or a driver instead; opening it gives the answer.
    pub fn may_capture() -> bool {
        false
    }

    pub fn is_root() -> bool {
        false
    }

    pub fn sandbox_forbidden() -> Option<Forbidden> {
        Some(Forbidden::System)
    }

    pub fn setcap_fails(_: &Path) -> Option<String> {
        None
    }

    pub fn drop_privileges() -> Result<Dropped, Error> {
        Ok(Dropped { user: None })
    }
}

/// Looks up the mount that holds `binary` in the text of /proc/self/mountinfo, proc(5).
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn mount_fails(mounts: &str, binary: &Path, no_capabilities: &[&str]) -> Option<String> {
    let mount = mounts
        .lines()
        .filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let mut before = before.split(' ').skip(4);
            let place = before.next()?.replace("\\040", " ");
            Some((place, before.next()?, after.split(' ').next()?))
        })
        .filter(|(place, ..)| binary.starts_with(place))
        .enumerate()
        // Where two are mounted at one place, the later one is seen.
        .max_by_key(|(order, (place, ..))| (place.len(), *order));
    let (_, (place, options, kind)) = mount?;
    if options.split(',').any(|o| o == "nosuid") {
        Some(format!("{place} is mounted nosuid, where setcap has no effect"))
    } else if no_capabilities.contains(&kind) {
        Some(format!("{place} is a {kind} file system, which keeps no capabilities"))
    } else {
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:30 / /tmp rw,nosuid,nodev shared:2 - tmpfs tmpfs rw
31 22 0:31 / /mnt/my\\040stick rw,relatime - vfat /dev/sdb1 rw
";

    fn fails(binary: &str) -> Option<String> {
        mount_fails(MOUNTS, Path::new(binary), &["vfat"])
    }

    #[test]
    fn a_nosuid_mount_makes_setcap_useless() {
        assert_eq!(fails("/tmp/layercake").unwrap(), "/tmp is mounted nosuid, where setcap has no effect");
        assert_eq!(fails("/tmpfile/layercake"), None);
    }

    #[test]
    fn a_file_system_without_attributes_makes_setcap_useless() {
        let why = "/mnt/my stick is a vfat file system, which keeps no capabilities";
        assert_eq!(fails("/mnt/my stick/layercake").unwrap(), why);
    }

    #[test]
    fn the_hint_can_be_pasted_into_a_shell() {
        assert_eq!(quote("/usr/bin/layercake"), "/usr/bin/layercake");
        assert_eq!(quote("it's here"), r"'it'\''s here'");
        assert_eq!(quote("\x1b[31m"), "'?[31m'");
        assert_eq!(quote(""), "''");
    }

    #[test]
    fn the_hint_names_this_binary_and_what_works_without_rights() {
        let rights = Rights {
            capture: false,
            root: false,
            no_sandbox: Some(Forbidden::AppArmor),
            binary: PathBuf::from("/opt/layer cake"),
            setcap_fails: None,
        };
        let hint = rights.how_to_get_them();
        assert!(hint.contains("--demo") && hint.contains("-r FILE") && hint.contains("AppArmor"), "{hint}");
        #[cfg(target_os = "linux")]
        assert!(hint.contains("sudo setcap cap_net_raw=ep '/opt/layer cake'\n"), "{hint}");
    }

    /// Runs in a process of its own: what it gives up is gone for good.
    #[cfg(target_os = "linux")]
    #[test]
    fn dropped_rights_do_not_come_back() {
        use super::super::testing;
        if !testing::in_own_process("dropped_rights_do_not_come_back", None) {
            return;
        }
        let was_root = system::is_root();
        let source = was_root.then(|| super::super::open(&super::super::Options::new("lo")).unwrap());
        let dropped = drop_privileges().unwrap();
        for set in [caps::CapSet::Effective, caps::CapSet::Permitted, caps::CapSet::Inheritable, caps::CapSet::Ambient]
        {
            assert!(caps::read(None, set).unwrap().is_empty(), "{set:?}");
        }
        assert!(nix::sys::prctl::get_no_new_privs().unwrap());
        assert!(!system::may_capture());
        if was_root {
            let sudo = std::env::var("SUDO_UID").ok().and_then(|id| id.parse().ok()).unwrap_or(65534);
            assert_eq!(dropped.user, Some(sudo));
            assert_eq!(nix::unistd::getgroups().unwrap(), []);
            assert_eq!(nix::unistd::setuid(0.into()), Err(nix::errno::Errno::EPERM));
            assert!(super::super::open(&super::super::Options::new("lo")).is_err(), "a second capture must fail");
            assert!(source.unwrap().next().is_ok(), "the first one goes on");
        }
    }
}
