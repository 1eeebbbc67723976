//! Links of a script: who is joined to whom, how fast, and what goes wrong.

use super::error::{Wrong, meant};
use super::model::{Count, End, Fault, Faults, LinkSpec, Place};
use super::places::{Places, same_network};
use super::table::{Said, Table};

const MOST: usize = 500;
/// Ten seconds in microseconds: the longest delay; it is about 4,000,000 km.
const LONGEST: u64 = 10_000_000;
/// As fast as a cable of 40 m.
const DELAY: u64 = 200;

pub(super) fn read(top: &Table<'_>, places: &mut Places) -> Result<Vec<LinkSpec>, Wrong> {
    let tables = top.list("links", "a link")?;
    if tables.len() > MOST {
        return Err(Wrong::new(tables[0].at, "there are too many links").hint(format!("write at most {MOST}")));
    }
    let mut cables = Cables::new(places);
    let mut links: Vec<LinkSpec> = Vec::new();
    for keys in tables {
        let link = one(&keys, &mut cables, places)?;
        if links.iter().any(|l| l.name == link.name) {
            let what = format!("two links are called `{}`", link.name);
            return Err(Wrong::new(keys.at, what).hint("give one of them a name = \"…\""));
        }
        links.push(link);
    }
    Ok(links)
}

fn one(keys: &Table<'_>, cables: &mut Cables, places: &mut Places) -> Result<LinkSpec, Wrong> {
    let example = "[\"client\", \"server\"]";
    let between = keys.texts("between", example)?;
    let between = keys.needed("between", between, example)?;
    let [a, b] = between.as_slice() else {
        return Err(Wrong::new(keys.at, "a link has two ends").hint(format!("write between = {example}")));
    };
    let places_of = [find(a, places)?, find(b, places)?];
    let ends = [cables.end(a, places_of[0], places_of[1], places)?, cables.end(b, places_of[1], places_of[0], places)?];
    cables.no_ring(keys.at, ends)?;
    let name = keys.text("name", "\"uplink\"")?.map_or_else(|| format!("{}-{}", plain(a), plain(b)), |n| n.value);
    let mtu = keys.whole("mtu", 100..=9000)?.unwrap_or(1500) as usize;
    for end in ends {
        match end.place {
            Place::Host(host) => places.hosts[host].mtu = mtu,
            Place::Router(router) => places.routers[router].ports[end.port].mtu = mtu,
            Place::Switch(_) => {}
        }
    }
    let delay = keys.duration("delay", LONGEST)?.unwrap_or(DELAY).max(1);
    let bandwidth = keys.speed("bandwidth")?;
    let queue = keys.whole("queue", 0..=10_000)?.unwrap_or(100) as usize;
    let faults = faults(keys, delay)?;
    keys.done()?;
    Ok(LinkSpec { name, ends, delay, bandwidth, queue, mtu, captured: true, faults })
}

fn plain(end: &Said<String>) -> &str {
    end.value.split('.').next().unwrap_or_default()
}

fn find(end: &Said<String>, places: &Places) -> Result<Place, Wrong> {
    places.find(plain(end)).ok_or_else(|| {
        let what = format!("there is no host, switch or router `{}`", plain(end).escape_debug());
        Wrong::new(end.at, what).hint(meant(plain(end), &places.names()))
    })
}

fn faults(keys: &Table<'_>, delay: u64) -> Result<Faults, Wrong> {
    let count = match keys.text("count", "\"ip\"")? {
        None => Count::default(),
        Some(said) => match said.value.as_str() {
            "all" => Count::All,
            "ip" => Count::Ip,
            "data" => Count::Data,
            other => {
                return Err(Wrong::new(said.at, format!("frames cannot be counted by `{}`", other.escape_debug()))
                    .hint("write \"all\", \"ip\" (not ARP) or \"data\" (only frames with bytes of a program)"));
            }
        },
    };
    let fault = |numbers, chance| Ok(Fault { numbers: keys.numbers(numbers)?, chance: keys.chance(chance)? });
    Ok(Faults {
        count,
        drop: fault("drop", "drop_chance")?,
        duplicate: fault("duplicate", "duplicate_chance")?,
        reorder: fault("reorder", "reorder_chance")?,
        corrupt: fault("corrupt", "corrupt_chance")?,
        hold: keys.duration("hold", LONGEST)?.unwrap_or(delay.saturating_mul(3).max(1000)),
    })
}

/// Which sockets for cables are in use, and which switches are joined already.
struct Cables {
    hosts: Vec<bool>,
    switches: Vec<usize>,
    routers: Vec<Vec<bool>>,
    /// For each switch another one of the same group; itself at the group's root.
    group: Vec<usize>,
}

impl Cables {
    fn new(places: &Places) -> Self {
        Cables {
            hosts: vec![false; places.hosts.len()],
            switches: vec![0; places.switches.len()],
            routers: places.routers.iter().map(|r| vec![false; r.ports.len()]).collect(),
            group: (0..places.switches.len()).collect(),
        }
    }

    /// Plugs a cable in.
    fn end(&mut self, said: &Said<String>, place: Place, other: Place, places: &Places) -> Result<End, Wrong> {
        let port = match place {
            Place::Host(host) => {
                if std::mem::replace(&mut self.hosts[host], true) {
                    let what = format!("`{}` has a link already, and a host has one card", plain(said));
                    return Err(Wrong::new(said.at, what).hint("put a switch between: [switches.s1]"));
                }
                0
            }
            Place::Switch(switch) => {
                self.switches[switch] += 1;
                self.switches[switch] - 1
            }
            Place::Router(router) => {
                let port = self.port(said, router, other, places)?;
                if std::mem::replace(&mut self.routers[router][port], true) {
                    let what = format!("port `{}` of `{}` has a link already", places.ports[router][port], plain(said));
                    return Err(Wrong::new(said.at, what).hint("put a switch between, or give the router another port"));
                }
                port
            }
        };
        Ok(End { place, port })
    }

    /// "r1.left" says it; with "r1" it is the port in the other end's network, or else the first that is free.
    fn port(&self, said: &Said<String>, router: usize, other: Place, places: &Places) -> Result<usize, Wrong> {
        let names: Vec<&str> = places.ports[router].iter().map(String::as_str).collect();
        if let Some((_, name)) = said.value.split_once('.') {
            let what = || Wrong::new(said.at, format!("`{}` has no port `{}`", plain(said), name.escape_debug()));
            return names.iter().position(|n| *n == name).ok_or_else(|| what().hint(meant(name, &names)));
        }
        let theirs: Vec<_> = match other {
            Place::Host(host) => vec![places.hosts[host].address],
            Place::Router(other) => places.routers[other].ports.iter().map(|p| p.address).collect(),
            Place::Switch(_) => Vec::new(),
        };
        let near = |p: usize| {
            let port = &places.routers[router].ports[p];
            theirs.iter().any(|a| same_network(*a, port.address, port.prefix))
        };
        let free = |p: &usize| !self.routers[router][*p];
        let all = || (0..names.len()).filter(free);
        all().find(|p| near(*p)).or_else(|| all().next()).ok_or_else(|| {
            Wrong::new(said.at, format!("every port of `{}` has a link already", plain(said))).hint("add a port to it")
        })
    }

    /// Frames would circle for ever between switches in a ring: Ethernet has no TTL.
    fn no_ring(&mut self, at: usize, ends: [End; 2]) -> Result<(), Wrong> {
        let [Place::Switch(a), Place::Switch(b)] = ends.map(|e| e.place) else {
            let same = ends[0].place == ends[1].place;
            let wrong = || Wrong::new(at, "this link joins a place with itself").hint("name two different places");
            return if same { Err(wrong()) } else { Ok(()) };
        };
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            let what = "with this link switches form a ring, in which one broadcast would circle for ever";
            return Err(Wrong::new(at, what).hint("leave it out; real switches find such links with a spanning tree"));
        }
        self.group[a] = b;
        Ok(())
    }

    fn root(&self, mut switch: usize) -> usize {
        while self.group[switch] != switch {
            switch = self.group[switch];
        }
        switch
    }
}
