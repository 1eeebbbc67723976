//! Who holds which socket: every process has a folder of its open files, and a socket there is a link
//! that reads "socket:[INODE]". One walk over all of them; a link is read, never followed.

use std::fmt::Write as _;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::unistd::{Uid, User};
use rustc_hash::FxHashMap;
use rustix::fs::{Mode, OFlags, RawDir, open, openat, readlinkat_raw};
use rustix::io::Errno;

use super::process;
use crate::ports::{Owner, Table};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Bytes for names of a folder: some hundred entries a call.
const NAMES: usize = 32 << 10;

/// What stays true from one walk to the next.
#[derive(Default)]
pub struct Walk {
    users: FxHashMap<u32, Option<String>>,
    clock: Option<process::Clock>,
}

impl Walk {
    /// The name of a user, asked for once.
    pub fn user(&mut self, uid: u32) -> Option<String> {
        let ask = || User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|u| u.name);
        self.users.entry(uid).or_insert_with(ask).clone()
    }

    /// Notes in a table which programs hold its sockets.
    pub fn find(&mut self, proc: &Path, table: &mut Table) {
        let Ok(folder) = open(proc, FOLDER, Mode::empty()) else {
            table.remarks.push(format!("{} cannot be read, so that no program is known.", proc.display()));
            return;
        };
        let wanted = wanted(table);
        let (mut pids, mut fds) = (Vec::with_capacity(NAMES), Vec::with_capacity(NAMES));
        let mut path = String::new();
        let mut entries = RawDir::new(&folder, pids.spare_capacity_mut());
        while let Some(Ok(entry)) = entries.next() {
            let Some(pid) = number(entry.file_name().to_bytes()) else { continue };
            let Ok(pid) = u32::try_from(pid) else { continue };
            path.clear();
            let _ = write!(path, "{pid}/fd");
            let mut owner = None;
            let hold = |inode| {
                let Some(at) = wanted.get(&inode) else { return };
                let place = *owner.get_or_insert_with(|| {
                    table.owners.all.push(self.owner(&folder, proc, pid));
                    table.owners.all.len() as u32 - 1
                });
                let known = table.sockets.len();
                let owners = match table.sockets.get_mut(*at as usize) {
                    Some(socket) => &mut socket.owners,
                    None => match table.unix.get_mut((*at as usize).saturating_sub(known)) {
                        Some(socket) => &mut socket.owners,
                        None => return,
                    },
                };
                // A program may hold the same socket by two numbers.
                if owners.last() != Some(&place) {
                    owners.push(place);
                }
            };
            let hidden = match openat(&folder, path.as_str(), FOLDER, Mode::empty()) {
                Ok(files) => sockets(&files, fds.spare_capacity_mut(), hold),
                Err(error) => refused(error),
            };
            if hidden && !process::of_the_kernel(&folder, pid) {
                table.owners.hidden += 1;
            }
        }
    }

    fn owner(&mut self, folder: &OwnedFd, proc: &Path, pid: u32) -> Owner {
        let clock = *self.clock.get_or_insert_with(|| process::Clock::read(proc));
        let mut owner = process::read(folder, pid, clock);
        owner.user = owner.uid.and_then(|uid| self.user(uid));
        owner
    }
}

/// Inode → place in the table, UNIX sockets behind the others.
fn wanted(table: &Table) -> FxHashMap<u64, u32> {
    let inodes = table.sockets.iter().map(|s| s.inode).chain(table.unix.iter().map(|s| s.inode));
    let mut wanted = FxHashMap::default();
    wanted.reserve(table.sockets.len() + table.unix.len());
    wanted.extend(inodes.zip(0..).filter(|(inode, _)| *inode != 0));
    wanted
}

/// Tells of the sockets among a process' open files; says whether reading them is refused.
fn sockets(files: &OwnedFd, names: &mut [MaybeUninit<u8>], mut hold: impl FnMut(u64)) -> bool {
    let mut entries = RawDir::new(files, names);
    let mut link = [0; 32];
    // A process that ends meanwhile ends the list, too.
    while let Some(entry) = entries.next() {
        let Ok(entry) = entry else { return false };
        let name = entry.file_name();
        if name.to_bytes().first() == Some(&b'.') {
            continue;
        }
        match readlinkat_raw(files, name, &mut link) {
            Ok(length) => {
                if let Some(inode) = link.get(..length).and_then(inode) {
                    hold(inode);
                }
            }
            Err(error) if refused(error) => return true,
            Err(_) => {}
        }
    }
    false
}

fn refused(error: Errno) -> bool {
    error == Errno::ACCESS || error == Errno::PERM
}

fn inode(link: &[u8]) -> Option<u64> {
    number(link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?)
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0, |sum, d| d.is_ascii_digit().then(|| sum * 10 + u64::from(d - b'0')))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::time::SystemTime;

    use super::*;
    use crate::ports::{Owners, Protocol, Socket, State};

    fn table(inodes: &[u64]) -> Table {
        let socket = |inode: &u64| {
            let end = ([127, 0, 0, 1], 3000).into();
            Socket { inode: *inode, ..Socket::new(Protocol::Tcp, State::Listen, end, None) }
        };
        Table {
            sockets: inodes.iter().map(socket).collect(),
            unix: Vec::new(),
            owners: Owners::default(),
            read_at: SystemTime::UNIX_EPOCH,
            source: "a test",
            remarks: Vec::new(),
        }
    }

    /// A folder like `/proc` in which processes hold files.
    fn proc(processes: &[(u32, &[&str])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (pid, files) in processes {
            let fds = folder.path().join(format!("{pid}/fd"));
            std::fs::create_dir_all(&fds).expect("a folder");
            for (number, target) in files.iter().enumerate() {
                symlink(target, fds.join(number.to_string())).expect("a link");
            }
        }
        folder
    }

    #[test]
    fn a_socket_held_twice_by_one_and_once_by_another_has_two_owners() {
        let one: &[&str] = &["/dev/null", "socket:[42]", "socket:[42]", "socket:[7]"];
        let folder = proc(&[(10, one), (11, &["socket:[42]"]), (12, &["pipe:[42]"])]);
        let mut table = table(&[42, 0, 43]);
        Walk::default().find(folder.path(), &mut table);
        let mut pids: Vec<u32> = table.owners.of(&table.sockets[0].owners).map(|o| o.pid).collect();
        pids.sort_unstable();
        assert_eq!(pids, [10, 11]);
        assert!(table.sockets[1].owners.is_empty() && table.sockets[2].owners.is_empty());
        assert_eq!((table.owners.all.len(), table.owners.hidden), (2, 0));
    }

    #[test]
    fn a_process_that_has_ended_and_a_folder_that_is_none_do_no_harm() {
        let folder = proc(&[(10, &["socket:[42]"])]);
        std::fs::create_dir(folder.path().join("99")).expect("a folder without fd");
        std::fs::write(folder.path().join("98"), "a file").expect("a file");
        std::fs::create_dir(folder.path().join("99999999999999999999")).expect("no process");
        let mut table = table(&[42]);
        Walk::default().find(folder.path(), &mut table);
        assert_eq!(table.owners.all.len(), 1);
        Walk::default().find(&folder.path().join("nowhere"), &mut table);
        assert_eq!(table.remarks.len(), 1);
    }

    #[test]
    fn only_links_to_sockets_have_an_inode() {
        assert_eq!(inode(b"socket:[18446]"), Some(18446));
        for link in [
            &b"socket:[]"[..],
            b"socket:[1",
            b"socket:1]",
            b"socket:[-1]",
            b"pipe:[1]",
            b"socket:[99999999999999999999]",
        ] {
            assert_eq!(inode(link), None);
        }
    }
}
