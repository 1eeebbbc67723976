//! The scripts that come with the program.

use super::Script;

/// A script that comes with the program.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// "two-hosts".
    pub name: &'static str,
    /// One line: what it shows.
    pub about: &'static str,
    /// The TOML itself; a good beginning for a script of one's own.
    pub text: &'static str,
}

/// All of them.
pub const SCRIPTS: &[BuiltIn] = &[
    BuiltIn {
        name: "two-hosts",
        about: "two hosts and a cable: ARP, a connection, an echo, a goodbye",
        text: include_str!("../scripts/two-hosts.toml"),
    },
    BuiltIn { name: "lossy", about: "TCP beside UDP under the same loss", text: include_str!("../scripts/lossy.toml") },
    BuiltIn {
        name: "slow-reader",
        about: "a reader that is too slow: the window shuts, the sender waits",
        text: include_str!("../scripts/slow-reader.toml"),
    },
    BuiltIn {
        name: "four-routers",
        about: "traceroute: packets that may take only so many hops make the way visible",
        text: include_str!("../scripts/four-routers.toml"),
    },
    BuiltIn {
        name: "mtu",
        about: "a link too narrow for the packet: cut in pieces, or sent back with a complaint",
        text: include_str!("../scripts/mtu.toml"),
    },
    BuiltIn {
        name: "nat",
        about: "a home router: two machines at home share one address outside",
        text: include_str!("../scripts/nat.toml"),
    },
];

/// The built-in script of this name.
pub fn script(name: &str) -> Option<Script> {
    let built_in = SCRIPTS.iter().find(|s| s.name == name)?;
    // A test parses every one of them.
    Script::parse(built_in.text, built_in.name).ok()
}
