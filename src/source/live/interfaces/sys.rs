//! What Linux tells about an interface in /sys/class/net.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::{Card, Duplex, Kind, MacMeaning, MacOrigin, Traffic};

/// One interface's folder. Every file may be missing, or answer with an error while the card is off.
struct Folder(PathBuf);

impl Folder {
    fn text(&self, file: &str) -> Option<String> {
        Some(fs::read_to_string(self.0.join(file)).ok()?.trim().to_owned())
    }

    fn number<T: FromStr>(&self, file: &str) -> Option<T> {
        self.text(file)?.parse().ok()
    }

    fn has(&self, file: &str) -> bool {
        self.0.join(file).exists()
    }

    fn traffic(&self, way: &str) -> Option<Traffic> {
        let count = |what: &str| self.number(&format!("statistics/{way}_{what}"));
        Some(Traffic {
            packets: count("packets")?,
            bytes: count("bytes")?,
            errors: count("errors")?,
            dropped: count("dropped")?,
        })
    }

    /// What the driver calls itself: "vlan", "bridge", "wlan".
    fn device_type(&self) -> Option<String> {
        self.text("uevent")?.lines().find_map(|line| line.strip_prefix("DEVTYPE=")).map(str::to_owned)
    }

    /// Whether it lies on top of another interface of this namespace.
    fn has_lower(&self) -> bool {
        let Ok(entries) = fs::read_dir(&self.0) else { return false };
        entries.flatten().any(|entry| entry.file_name().as_encoded_bytes().starts_with(b"lower_"))
    }
}

pub fn complete(card: &mut Card, root: &Path) {
    let folder = Folder(root.join(&card.name));
    // /sys may show another network namespace than the one this process lives in.
    if folder.number("ifindex") != Some(card.index) {
        return;
    }
    card.kind = kind(&folder);
    card.carrier = folder.number::<u8>("carrier").map(|c| c != 0);
    card.mac_origin = folder.number::<u8>("addr_assign_type").and_then(|origin| match origin {
        0 => Some(MacOrigin::Permanent),
        1 => Some(MacOrigin::Random),
        2 => Some(MacOrigin::Stolen),
        3 => Some(MacOrigin::Set),
        _ => None,
    });
    card.mac_origin = card.mac_origin.filter(|_| card.mac.is_some_and(|mac| mac.meaning() != MacMeaning::None));
    card.speed = folder.number::<i64>("speed").and_then(|s| u32::try_from(s).ok()).filter(|s| *s != u32::MAX);
    card.duplex = match folder.text("duplex").as_deref() {
        Some("full") => Some(Duplex::Full),
        Some("half") => Some(Duplex::Half),
        _ => None,
    };
    card.mtu = folder.number("mtu");
    let driver = fs::canonicalize(folder.0.join("device/driver")).ok();
    card.driver = driver.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    card.received = folder.traffic("rx");
    card.sent = folder.traffic("tx");
}

fn kind(folder: &Folder) -> Kind {
    match folder.device_type().as_deref() {
        Some("wlan") => return Kind::Wireless,
        Some("vlan") => return Kind::Vlan,
        Some("bridge") => return Kind::Bridge,
        Some("bond") => return Kind::Bond,
        Some("wireguard") => return Kind::WireGuard,
        Some("ppp" | "wwan") => return Kind::PointToPoint,
        Some("vxlan" | "geneve" | "gre" | "gretap") => return Kind::Tunnel,
        _ => {}
    }
    if folder.has("wireless") || folder.has("phy80211") {
        return Kind::Wireless;
    }
    if let Some(flags) = folder.text("tun_flags") {
        let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).unwrap_or(0);
        return if flags & 2 == 0 { Kind::Tun } else { Kind::Tap };
    }
    // The numbers are ARPHRD, `if_arp.h`.
    match folder.number::<u16>("type") {
        Some(libc::ARPHRD_LOOPBACK) => Kind::Loopback,
        Some(libc::ARPHRD_PPP) => Kind::PointToPoint,
        Some(libc::ARPHRD_TUNNEL | libc::ARPHRD_TUNNEL6 | libc::ARPHRD_SIT | libc::ARPHRD_IPGRE) => Kind::Tunnel,
        _ if folder.has("device") => Kind::Wired,
        // Two interfaces that point at each other without one lying on the other: a virtual cable.
        _ if folder.number::<u32>("iflink") != folder.number("ifindex") => {
            if folder.has_lower() {
                Kind::Stacked
            } else {
                Kind::Veth
            }
        }
        _ => Kind::Virtual,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn kind_of(files: &[(&str, &str)]) -> Kind {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        kind(&Folder(folder.path().to_owned()))
    }

    #[test]
    fn the_kind_is_read_from_what_the_driver_says() {
        assert_eq!(kind_of(&[("uevent", "DEVTYPE=wlan\nINTERFACE=wlp2s0\n"), ("type", "1\n")]), Kind::Wireless);
        assert_eq!(kind_of(&[("tun_flags", "0x1001\n"), ("type", "65534\n")]), Kind::Tun);
        assert_eq!(kind_of(&[("tun_flags", "0x1002\n"), ("type", "1\n")]), Kind::Tap);
        assert_eq!(kind_of(&[("type", "772\n"), ("iflink", "1\n"), ("ifindex", "1\n")]), Kind::Loopback);
        assert_eq!(kind_of(&[("type", "1\n"), ("device/vendor", "0x8086\n")]), Kind::Wired);
    }

    #[test]
    fn a_cable_to_another_namespace_is_told_from_a_card_on_a_card() {
        let veth = [("type", "1\n"), ("iflink", "7\n"), ("ifindex", "8\n")];
        assert_eq!(kind_of(&veth), Kind::Veth);
        assert_eq!(kind_of(&[veth[0], veth[1], veth[2], ("lower_eth0/x", "")]), Kind::Stacked);
        assert_eq!(kind_of(&[veth[0], ("iflink", "8\n"), veth[2]]), Kind::Virtual);
    }
}
