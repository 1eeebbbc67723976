//! Hosts, switches and routers of a script, and the addresses that nobody wrote down.

use std::net::Ipv4Addr;

use super::super::router::{PortSpec, RouteSpec, RouterSpec};
use super::HostSpec;
use super::error::{Wrong, meant};
use super::model::Place;
use super::table::{Said, Table};

/// Hosts, switches and routers together.
const MOST: usize = 250;
/// Bytes of the largest packet on Ethernet.
pub(super) const MTU: usize = 1500;

#[derive(Default)]
pub(super) struct Places {
    pub(super) hosts: Vec<HostSpec>,
    pub(super) switches: Vec<String>,
    pub(super) routers: Vec<RouterSpec>,
    /// The names of each router's ports.
    pub(super) ports: Vec<Vec<String>>,
}

impl Places {
    pub(super) fn names(&self) -> Vec<&str> {
        let hosts = self.hosts.iter().map(|h| h.name.as_str());
        let routers = self.routers.iter().map(|r| r.name.as_str());
        hosts.chain(self.switches.iter().map(String::as_str)).chain(routers).collect()
    }

    pub(super) fn find(&self, name: &str) -> Option<Place> {
        let host = self.hosts.iter().position(|h| h.name == name).map(Place::Host);
        let switch = || self.switches.iter().position(|s| s == name).map(Place::Switch);
        let router = || self.routers.iter().position(|r| r.name == name).map(Place::Router);
        host.or_else(switch).or_else(router)
    }

    /// An address, or the name of somebody who has one.
    pub(super) fn address(&self, name: &str) -> Option<Ipv4Addr> {
        name.parse().ok().or_else(|| match self.find(name)? {
            Place::Host(host) => Some(self.hosts[host].address),
            Place::Router(router) => self.routers[router].ports.first().map(|p| p.address),
            Place::Switch(_) => None,
        })
    }
}

pub(super) fn read(top: &Table<'_>) -> Result<Places, Wrong> {
    let mut places = Places::default();
    let hosts = top.named("hosts", "a host")?;
    let switches = top.named("switches", "a switch")?;
    let routers = top.named("routers", "a router")?;
    if hosts.is_empty() {
        let example = "[hosts.client]\n      address = \"192.168.1.5/24\"";
        return Err(Wrong::new(top.at, "a script needs hosts").hint(format!("add {example}")));
    }
    if hosts.len() + switches.len() + routers.len() > MOST {
        return Err(Wrong::new(hosts[0].0.at, "there are too many hosts, switches and routers")
            .hint(format!("write at most {MOST}; one host can play many clients: count = 1000")));
    }
    let taken = written(&hosts)?;
    for (name, keys) in hosts {
        let spec = host(&name, &keys, &taken, &places)?;
        fresh(&places, &name)?;
        places.hosts.push(spec);
    }
    for (name, keys) in switches {
        keys.done()?;
        fresh(&places, &name)?;
        places.switches.push(name.value);
    }
    for (name, keys) in routers {
        fresh(&places, &name)?;
        let (spec, names) = router(&name, &keys, places.routers.len())?;
        places.routers.push(spec);
        places.ports.push(names);
    }
    default_gateways(&mut places);
    Ok(places)
}

fn fresh(places: &Places, name: &Said<String>) -> Result<(), Wrong> {
    if name.value.is_empty()
        || name.value.len() > 32
        || name.value.contains(['.', ':', '/'])
        || name.value.contains(char::is_control)
    {
        let hint = "write 1 to 32 characters without `.`, `:` and `/`";
        return Err(Wrong::new(name.at, format!("`{}` is no good name", name.value.escape_debug())).hint(hint));
    }
    match places.find(&name.value) {
        Some(_) => {
            Err(Wrong::new(name.at, format!("two places are called `{}`", name.value)).hint("rename one of them"))
        }
        None => Ok(()),
    }
}

/// The addresses that are written down, so that nobody is given one of them.
fn written(hosts: &[(Said<String>, Table<'_>)]) -> Result<Vec<Ipv4Addr>, Wrong> {
    let mut taken = Vec::new();
    for (_, keys) in hosts {
        let Some(said) = keys.text("address", "\"192.168.1.5/24\"")? else { continue };
        let (address, _) = network(&said)?;
        if taken.contains(&address) {
            return Err(Wrong::new(said.at, format!("two hosts have the address {address}")).hint("change one of them"));
        }
        taken.push(address);
    }
    Ok(taken)
}

fn host(name: &Said<String>, keys: &Table<'_>, taken: &[Ipv4Addr], places: &Places) -> Result<HostSpec, Wrong> {
    let (address, prefix) = match keys.text("address", "\"192.168.1.5/24\"")? {
        Some(said) => network(&said)?,
        None => (free_address(taken, places), 24),
    };
    let mac = match keys.text("mac", "\"02:00:00:00:00:05\"")? {
        Some(said) => mac(&said)?,
        None => own_mac(address, places),
    };
    let gateway = keys.address("gateway", "\"192.168.1.1\"")?.map(|g| g.value);
    keys.done()?;
    Ok(HostSpec { name: name.value.clone(), address, prefix, gateway, mac, mtu: MTU })
}

/// 192.168.1.1, .2 …: the first that nobody has. There are fewer places than addresses.
fn free_address(taken: &[Ipv4Addr], places: &Places) -> Ipv4Addr {
    let used = |a: &Ipv4Addr| taken.contains(a) || places.hosts.iter().any(|h| h.address == *a);
    (1..=254).map(|n| Ipv4Addr::new(192, 168, 1, n)).find(|a| !used(a)).unwrap_or(Ipv4Addr::new(192, 168, 1, 254))
}

/// A MAC ends like the address, which is easy to read; or with the host's number where that is taken.
fn own_mac(address: Ipv4Addr, places: &Places) -> [u8; 6] {
    let like = [2, 0, 0, 0, 0, address.octets()[3]];
    let taken = places.hosts.iter().any(|h| h.mac == like);
    if taken { [2, 0, 0, 0, 1, places.hosts.len() as u8] } else { like }
}

fn mac(said: &Said<String>) -> Result<[u8; 6], Wrong> {
    let parts: Option<Vec<u8>> = said.value.split(':').map(|p| u8::from_str_radix(p, 16).ok()).collect();
    let mac: Option<[u8; 6]> = parts.and_then(|p| p.try_into().ok());
    let hint = "write six bytes, the first one even and not all zero: mac = \"02:00:00:00:00:05\"";
    mac.filter(|m| m[0] & 1 == 0 && *m != [0; 6])
        .ok_or_else(|| Wrong::new(said.at, "this is no MAC address of one card").hint(hint))
}

/// "10.0.1.2/24": an address and how many bits of it name the network.
fn network(said: &Said<String>) -> Result<(Ipv4Addr, u8), Wrong> {
    let (address, prefix) = said.value.split_once('/').unwrap_or((&said.value, "24"));
    let both = address.parse::<Ipv4Addr>().ok().zip(prefix.parse::<u8>().ok());
    let usable = |a: Ipv4Addr| !a.is_unspecified() && !a.is_broadcast() && !a.is_multicast() && !a.is_loopback();
    both.filter(|(a, p)| usable(*a) && (1..=32).contains(p)).ok_or_else(|| {
        let hint = "write an IPv4 address and the bits of its network: \"192.168.1.5/24\"";
        Wrong::new(said.at, format!("`{}` is no address of a host", said.value.escape_debug())).hint(hint)
    })
}

pub(super) fn same_network(a: Ipv4Addr, b: Ipv4Addr, prefix: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    a.to_bits() & mask == b.to_bits() & mask
}

fn router(name: &Said<String>, keys: &Table<'_>, number: usize) -> Result<(RouterSpec, Vec<String>), Wrong> {
    let example = "{ left = \"10.0.1.1/24\", right = \"10.0.2.1/24\" }";
    let (mut ports, mut names) = (Vec::new(), Vec::new());
    for (port, address) in keys.pairs("ports", example)? {
        let (address, prefix) = network(&address)?;
        let mac = [2, 0, 0, 1, number as u8, ports.len() as u8 + 1];
        ports.push(PortSpec { address, prefix, mac, mtu: MTU });
        names.push(port.value);
    }
    if ports.len() < 2 || ports.len() > 64 {
        return Err(Wrong::new(name.at, "a router joins 2 to 64 networks").hint(format!("write ports = {example}")));
    }
    let mut routes = Vec::new();
    for said in keys.texts("routes", "[\"10.0.3.0/24 via 10.0.2.2\"]")?.unwrap_or_default() {
        routes.push(route(&said)?);
    }
    let nat = match keys.text("nat", "\"right\"")? {
        None => None,
        Some(said) => Some(names.iter().position(|n| *n == said.value).ok_or_else(|| {
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            Wrong::new(said.at, format!("this router has no port `{}`", said.value)).hint(meant(&said.value, &known))
        })?),
    };
    keys.done()?;
    Ok((RouterSpec { name: name.value.clone(), ports, routes, nat }, names))
}

/// "10.0.3.0/24 via 10.0.2.2", "default via 10.0.2.2".
fn route(said: &Said<String>) -> Result<RouteSpec, Wrong> {
    let read = || {
        let (to, via) = said.value.split_once(" via ")?;
        let to = if to.trim() == "default" { "0.0.0.0/0" } else { to.trim() };
        let (to, prefix) = to.split_once('/')?;
        let route = RouteSpec { to: to.parse().ok()?, prefix: prefix.parse().ok()?, via: via.trim().parse().ok()? };
        (route.prefix <= 32).then_some(route)
    };
    read().ok_or_else(|| {
        let hint = "write \"10.0.3.0/24 via 10.0.2.2\" or \"default via 10.0.2.2\"";
        Wrong::new(said.at, format!("`{}` is no route", said.value.escape_debug())).hint(hint)
    })
}

/// A host without a gateway takes the router that is in its network, as DHCP would tell it.
fn default_gateways(places: &mut Places) {
    let ports: Vec<Ipv4Addr> = places.routers.iter().flat_map(|r| r.ports.iter().map(|p| p.address)).collect();
    for host in places.hosts.iter_mut().filter(|h| h.gateway.is_none()) {
        host.gateway = ports.iter().copied().find(|p| same_network(*p, host.address, host.prefix));
    }
}
