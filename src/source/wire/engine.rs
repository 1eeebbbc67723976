//! The engine of a simulated network: one clock, a list of what is due, and what stands at which end of which
//! link. It runs only as far as somebody asks for frames. Not here: what hosts, links, switches and routers do.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::chance::Chance;
use super::happening::Log;
use super::link::{Link, Outcome, Recorded};
use super::node::{Leaving, Node};
use super::router::Router;
use super::script::{Place, Script};
use super::station::Station;
use super::switch::Switch;

/// Steps between two chances to look at Ctrl-C.
const BREATH: u32 = 10_000;
/// Steps after which a simulation is broken off, whatever its clock says.
const MOST: u64 = 200_000_000;
/// Things that may be due at the same time; beyond them frames are lost.
const MOST_DUE: usize = 500_000;

/// What is due.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Wake(usize),
    Free { link: usize, way: usize },
    Arrive { node: usize, port: usize, frame: Vec<u8> },
}

/// By time, and then in the order in which it was planned; no two have the same number.
type Due = Reverse<(u64, u64, Step)>;

pub(super) struct Engine {
    now: u64,
    end: u64,
    steps: u64,
    planned: u64,
    due: BinaryHeap<Due>,
    nodes: Vec<Box<dyn Node>>,
    /// When each node is to be woken; an older plan for it is void.
    wakes: Vec<Option<u64>>,
    /// For each node and port: link and direction.
    cables: Vec<Vec<Option<(usize, usize)>>>,
    /// For each link: node and port at its two ends.
    ends: Vec<[(usize, usize); 2]>,
    pub(super) links: Vec<Link>,
    recorded: VecDeque<(usize, Recorded)>,
    pub(super) log: Log,
}

/// What came of asking for a frame.
pub(super) enum Next {
    Frame(usize, Recorded),
    /// Nothing was recorded for a while.
    Breath,
    End,
}

impl Engine {
    pub(super) fn new(script: &Script) -> Result<Self, String> {
        let mut nodes: Vec<Box<dyn Node>> = Vec::new();
        for (number, host) in script.hosts.iter().enumerate() {
            let programs = script.programs.iter().enumerate().filter(|(_, p)| p.host == number);
            let programs = programs.map(|(i, p)| (i as u32, p));
            let seed = Chance::new(script.seed, 1000 + number as u64).next();
            nodes.push(Box::new(Station::new(host, seed, programs)));
        }
        let ports = |place| script.links.iter().flat_map(|l| l.ends).filter(|e| e.place == place).count();
        for switch in 0..script.switches.len() {
            nodes.push(Box::new(Switch::new(ports(Place::Switch(switch)))));
        }
        for router in &script.routers {
            nodes.push(Box::new(Router::new(router)?));
        }
        let node = |place| match place {
            Place::Host(host) => host,
            Place::Switch(switch) => script.hosts.len() + switch,
            Place::Router(router) => script.hosts.len() + script.switches.len() + router,
        };
        let ends: Vec<_> = script.links.iter().map(|l| l.ends.map(|e| (node(e.place), e.port))).collect();
        let mut cables = vec![Vec::new(); nodes.len()];
        for (link, ends) in ends.iter().enumerate() {
            for (way, (node, port)) in ends.iter().enumerate() {
                let ports: &mut Vec<_> = &mut cables[*node];
                ports.resize(ports.len().max(port + 1), None);
                ports[*port] = Some((link, way));
            }
        }
        let link = |(number, spec)| Link::new(spec, Chance::new(script.seed, number as u64));
        let mut engine = Engine {
            now: 0,
            end: script.end,
            steps: 0,
            planned: 0,
            due: BinaryHeap::new(),
            wakes: vec![None; nodes.len()],
            nodes,
            cables,
            ends,
            links: script.links.iter().enumerate().map(link).collect(),
            recorded: VecDeque::new(),
            log: Log::default(),
        };
        // What starts at the same time starts in the script's order: a server written first listens first.
        let first = |node: &usize| script.programs.iter().position(|p| p.host == *node).unwrap_or(usize::MAX);
        let mut order: Vec<usize> = (0..engine.nodes.len()).collect();
        order.sort_by_key(first);
        for node in order {
            engine.plan_wake(node);
        }
        Ok(engine)
    }

    /// Runs until a frame is recorded.
    pub(super) fn next(&mut self) -> Next {
        for _ in 0..BREATH {
            if let Some((link, frame)) = self.recorded.pop_front() {
                return Next::Frame(link, frame);
            }
            if !self.step() {
                return Next::End;
            }
        }
        Next::Breath
    }

    fn step(&mut self) -> bool {
        let Some(Reverse((at, _, step))) = self.due.pop() else { return false };
        self.steps += 1;
        if at > self.end || self.steps > MOST {
            self.due.clear();
            return false;
        }
        self.now = at;
        let mut leaving = Leaving::new();
        match step {
            Step::Wake(node) if self.wakes[node] == Some(at) => {
                self.wakes[node] = None;
                self.nodes[node].wake(at, &mut leaving, &mut self.log);
                self.after(node, leaving);
            }
            Step::Wake(_) => {}
            Step::Arrive { node, port, frame } => {
                self.nodes[node].receive(port, frame, at, &mut leaving, &mut self.log);
                self.after(node, leaving);
            }
            Step::Free { link, way } => {
                let mut outcome = Outcome::default();
                self.links[link].freed(way, at, &mut outcome);
                self.carry(link, way, outcome);
            }
        }
        true
    }

    /// A node has acted: its frames leave, and it may want to be woken at another time.
    fn after(&mut self, node: usize, leaving: Leaving) {
        for (port, frame) in leaving {
            let Some(Some((link, way))) = self.cables[node].get(port).copied() else { continue };
            let mut outcome = Outcome::default();
            self.links[link].send(way, frame, self.now, &mut outcome);
            self.carry(link, way, outcome);
        }
        self.plan_wake(node);
    }

    fn carry(&mut self, link: usize, way: usize, outcome: Outcome) {
        for frame in outcome.recorded {
            self.log.recorded += 1;
            self.recorded.push_back((link, frame));
        }
        if let Some(at) = outcome.free {
            self.plan(at, Step::Free { link, way });
        }
        let (node, port) = self.ends[link][1 - way];
        for (at, frame) in outcome.arrivals {
            if self.due.len() < MOST_DUE {
                self.plan(at, Step::Arrive { node, port, frame });
            }
        }
    }

    fn plan(&mut self, at: u64, step: Step) {
        self.planned += 1;
        self.due.push(Reverse((at, self.planned, step)));
    }

    fn plan_wake(&mut self, node: usize) {
        let wakes = self.nodes[node].wakes_at().map(|at| at.max(self.now));
        if wakes != self.wakes[node] {
            self.wakes[node] = wakes;
            if let Some(at) = wakes {
                self.plan(at, Step::Wake(node));
            }
        }
    }
}
