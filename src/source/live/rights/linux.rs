//! The rights of a Linux process: capabilities, the user, the kernel's switches for namespaces.

use std::{collections::HashSet, fs, io};

use caps::{CapSet, Capability};
use nix::{
    sys::prctl,
    unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid},
};

use super::{Dropped, Error, Forbidden, Path};

const NOBODY: u32 = 65534;
/// File systems that keep no capabilities beside a file.
const NO_CAPABILITIES: [&str; 9] = ["nfs", "nfs4", "vfat", "exfat", "msdos", "cifs", "smb3", "9p", "ntfs"];

pub fn may_capture() -> bool {
    caps::has_cap(None, CapSet::Effective, Capability::CAP_NET_RAW).unwrap_or(false)
}

pub fn is_root() -> bool {
    geteuid().is_root()
}

pub fn sandbox_forbidden() -> Option<Forbidden> {
    let switch = |name: &str| fs::read_to_string(format!("/proc/sys/{name}")).ok().map(|v| v.trim().to_owned());
    let ordinary = !caps::has_cap(None, CapSet::Effective, Capability::CAP_SYS_ADMIN).unwrap_or(false);
    if switch("user/max_user_namespaces").as_deref() == Some("0") {
        Some(Forbidden::Limit)
    } else if ordinary && switch("kernel/unprivileged_userns_clone").as_deref() == Some("0") {
        Some(Forbidden::Debian)
    } else if ordinary && switch("kernel/apparmor_restrict_unprivileged_userns").as_deref() == Some("1") {
        Some(Forbidden::AppArmor)
    } else if !fs::exists("/proc/self/ns/user").unwrap_or(false) {
        Some(Forbidden::Refused("it was built without them".to_owned()))
    } else {
        None
    }
}

pub fn setcap_fails(binary: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    super::mount_fails(&mounts, binary, &NO_CAPABILITIES)
}

pub fn drop_privileges() -> Result<Dropped, Error> {
    for capability in caps::runtime::thread_all_supported() {
        // Without `CAP_SETPCAP` the bounding set stays; no_new_privs below makes it useless.
        let _ = caps::drop(None, CapSet::Bounding, capability);
    }
    let user = if is_root() { leave_root()? } else { None };
    if caps::runtime::ambient_set_supported().is_ok() {
        caps::clear(None, CapSet::Ambient).map_err(|e| failed("clear the ambient capabilities", e))?;
    }
    for set in [CapSet::Effective, CapSet::Permitted, CapSet::Inheritable] {
        caps::set(None, set, &HashSet::new()).map_err(|e| failed("clear the capabilities", e))?;
    }
    prctl::set_no_new_privs().map_err(|e| failed("set no_new_privs", e))?;
    Ok(Dropped { user })
}

fn leave_root() -> Result<Option<u32>, Error> {
    let from_sudo = |name| std::env::var(name).ok()?.parse::<u32>().ok().filter(|id| *id != 0);
    let (user, group) = match (from_sudo("SUDO_UID"), from_sudo("SUDO_GID")) {
        (Some(user), Some(group)) => (user, group),
        _ => (NOBODY, NOBODY),
    };
    if !mapped("uid_map", user) || !mapped("gid_map", group) {
        return Ok(None);
    }
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(group));
    setgroups(&[]).map_err(|e| failed("leave the groups", e))?;
    setresgid(gid, gid, gid).map_err(|e| failed("change the group", e))?;
    setresuid(uid, uid, uid).map_err(|e| failed("change the user", e))?;
    Ok(Some(user))
}

/// Whether this user namespace knows the number.
fn mapped(file: &str, id: u32) -> bool {
    let Ok(map) = fs::read_to_string(format!("/proc/self/{file}")) else { return true };
    map.lines().any(|line| {
        let mut numbers = line.split_whitespace().map_while(|n| n.parse::<u64>().ok());
        let (Some(first), _, Some(count)) = (numbers.next(), numbers.next(), numbers.next()) else { return false };
        (first..first + count).contains(&u64::from(id))
    })
}

fn failed(doing: &'static str, why: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::StillPrivileged { doing, source: io::Error::other(why) }
}
