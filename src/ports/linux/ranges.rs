//! Which ports this machine gives out by itself, and to whom (`/proc/sys/net/ipv4`; they hold for IPv6, too).

use std::io;
use std::path::Path;

use crate::ports::Ranges;

/// What holds where the kernel does not say.
const PRIVILEGED: u16 = 1024;
/// Ranges that are taken up at most; more cannot lie apart from each other.
const MOST: usize = 1 << 15;

/// Reads them; only the ephemeral range must be there.
pub fn read(folder: &Path) -> io::Result<Ranges> {
    let text = |name: &str| std::fs::read_to_string(folder.join(name));
    let ephemeral = text("ip_local_port_range")?;
    Ok(Ranges {
        unprivileged_start: text("ip_unprivileged_port_start")
            .ok()
            .and_then(|t| t.trim().parse().ok())
            .unwrap_or(PRIVILEGED),
        ephemeral: pair(&ephemeral).ok_or(io::ErrorKind::InvalidData)?,
        reserved: reserved(&text("ip_local_reserved_ports").unwrap_or_default()),
    })
}

fn pair(text: &str) -> Option<(u16, u16)> {
    let mut words = text.split_ascii_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// `8080,9000-9010`
fn reserved(text: &str) -> Vec<(u16, u16)> {
    let range = |word: &str| {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    text.trim().split(',').filter_map(range).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_ports_are_single_ones_and_ranges() {
        assert_eq!(reserved("8080,9000-9010\n"), [(8080, 8080), (9000, 9010)]);
        assert_eq!(reserved("\n"), []);
        assert_eq!(reserved("70000,1-,-,x,5\n"), [(5, 5)]);
    }

    #[test]
    fn an_older_kernel_without_the_two_younger_files_has_the_classic_border() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ip_local_port_range"), "32768\t60999\n").expect("a file");
        let expected = Ranges { unprivileged_start: 1024, ephemeral: (32768, 60999), reserved: Vec::new() };
        assert_eq!(read(folder.path()).expect("ranges"), expected);
    }

    #[test]
    fn without_the_ephemeral_range_there_is_no_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read(folder.path()).is_err());
        std::fs::write(folder.path().join("ip_local_port_range"), "many\n").expect("a file");
        assert!(read(folder.path()).is_err());
    }
}
