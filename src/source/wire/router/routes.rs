//! Which way? The routing table, looked up by the longest matching prefix (RFC 1812 §5.2.4.3): of all
//! networks that an address belongs to, the smallest knows best.
//! Not here: routing protocols. Nobody tells this router of new ways; a script wrote down all that it knows.

use std::net::Ipv4Addr;

use super::spec::{PortSpec, RouterSpec};

/// Most routes; a script needs a handful.
const MOST: usize = 4096;

/// The addresses that share their first `prefix` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    base: u32,
    mask: u32,
}

impl Network {
    pub(super) fn of(address: Ipv4Addr, prefix: u8) -> Self {
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
        Network { base: address.to_bits() & mask, mask }
    }

    pub(super) fn holds(self, address: Ipv4Addr) -> bool {
        address.to_bits() & self.mask == self.base
    }

    /// Its first and last address mean the network itself and everybody in it (RFC 1812 §4.2.2.11); networks of
    /// one or two addresses (RFC 3021) have none to spare.
    pub(super) fn is_for_everybody(self, address: Ipv4Addr) -> bool {
        let last = self.base | !self.mask;
        !self.mask > 1 && self.holds(address) && [self.base, last].contains(&address.to_bits())
    }
}

struct Route {
    network: Network,
    port: usize,
    /// `None` where the network is the router's own: the receiver itself is the neighbour.
    via: Option<Ipv4Addr>,
}

/// The table, longest prefix first.
pub(super) struct Routes(Vec<Route>);

impl Routes {
    /// The router's own networks, then what the script says.
    ///
    /// # Errors
    /// A sentence about the first entry that cannot be.
    pub(super) fn new(spec: &RouterSpec) -> Result<Self, String> {
        if spec.routes.len() > MOST {
            return Err(format!("has {} routes; at most {MOST} are possible", spec.routes.len()));
        }
        let own = |p: &PortSpec| Network::of(p.address, p.prefix);
        let mut table: Vec<Route> = Vec::new();
        for (port, card) in spec.ports.iter().enumerate() {
            table.push(Route { network: own(card), port, via: None });
        }
        for route in &spec.routes {
            let (to, prefix, via) = (route.to, route.prefix, route.via);
            if prefix > 32 {
                return Err(format!("route to {to}/{prefix}: an IPv4 prefix has at most 32 bits"));
            }
            let network = Network::of(to, prefix);
            if network.base != to.to_bits() {
                let base = Ipv4Addr::from_bits(network.base);
                return Err(format!("route to {to}/{prefix}: the network is called {base}/{prefix}"));
            }
            if spec.ports.iter().any(|p| p.address == via) {
                return Err(format!("route to {to}/{prefix}: {via} is the router itself; name its neighbour"));
            }
            let Some(port) = spec.ports.iter().position(|p| own(p).holds(via)) else {
                return Err(format!("route to {to}/{prefix}: {via} is in no network of this router"));
            };
            table.push(Route { network, port, via: Some(via) });
        }
        // The sort is stable: own networks stay before routes of the same length.
        table.sort_by_key(|r| std::cmp::Reverse(r.network.mask));
        Ok(Routes(table))
    }

    /// The port and the neighbour that bring a packet closer to `address`.
    pub(super) fn next_hop(&self, address: Ipv4Addr) -> Option<(usize, Ipv4Addr)> {
        let route = self.0.iter().find(|r| r.network.holds(address))?;
        Some((route.port, route.via.unwrap_or(address)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::RouteSpec;
    use super::*;

    const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
    const B: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 1);

    fn table(routes: &[(&str, u8, &str)]) -> Result<Routes, String> {
        let port = |address| PortSpec { address, prefix: 24, mac: [2, 0, 0, 0, 0, 1], mtu: 1500 };
        let address = |text: &str| text.parse().expect("an address");
        let route = |&(to, prefix, via): &(&str, u8, &str)| RouteSpec { to: address(to), prefix, via: address(via) };
        let routes = routes.iter().map(route).collect();
        Routes::new(&RouterSpec { name: "r1".into(), ports: vec![port(A), port(B)], routes, nat: None })
    }

    #[test]
    fn the_longest_prefix_wins_whatever_the_order() {
        let table = table(&[("0.0.0.0", 0, "10.0.0.9"), ("10.9.0.0", 16, "10.0.0.8"), ("10.9.9.0", 24, "10.0.1.7")]);
        let hop = |text: &str| table.as_ref().expect("a table").next_hop(text.parse().expect("an address"));
        assert_eq!(hop("10.9.9.1"), Some((1, Ipv4Addr::new(10, 0, 1, 7))));
        assert_eq!(hop("10.9.8.1"), Some((0, Ipv4Addr::new(10, 0, 0, 8))));
        assert_eq!(hop("8.8.8.8"), Some((0, Ipv4Addr::new(10, 0, 0, 9))));
        assert_eq!(hop("10.0.1.5"), Some((1, Ipv4Addr::new(10, 0, 1, 5))), "a neighbour is reached directly");
    }

    #[test]
    fn without_a_route_there_is_no_way() {
        assert_eq!(table(&[]).expect("a table").next_hop(Ipv4Addr::new(8, 8, 8, 8)), None);
    }

    #[test]
    fn an_impossible_route_is_refused_with_a_sentence_that_helps() {
        let says = |routes: &[_]| table(routes).err().unwrap_or_default();
        assert_eq!(says(&[("10.9.0.1", 16, "10.0.0.9")]), "route to 10.9.0.1/16: the network is called 10.9.0.0/16");
        assert_eq!(
            says(&[("10.9.0.0", 16, "7.7.7.7")]),
            "route to 10.9.0.0/16: 7.7.7.7 is in no network of this router"
        );
        assert!(says(&[("10.9.0.0", 16, "10.0.0.1")]).contains("is the router itself"));
        assert!(says(&[("10.9.0.0", 33, "10.0.0.9")]).contains("at most 32"));
    }

    #[test]
    fn first_and_last_address_are_for_everybody_unless_there_are_only_two() {
        let network = Network::of(A, 24);
        assert!(network.is_for_everybody(Ipv4Addr::new(10, 0, 0, 255)));
        assert!(network.is_for_everybody(Ipv4Addr::new(10, 0, 0, 0)));
        assert!(!network.is_for_everybody(Ipv4Addr::new(10, 0, 1, 255)));
        assert!(!Network::of(A, 31).is_for_everybody(A));
        assert!(Network::of(A, 0).holds(B));
    }
}
