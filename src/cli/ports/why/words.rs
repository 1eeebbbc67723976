//! The answer in sentences.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::super::who;
use crate::ports::rooms::Realm;
use crate::ports::services;
use crate::ports::why::{Judgement, Outcome, Question, Verdict};
use crate::ports::{Owner, Protocol, Socket, State, System};
use crate::render::why::{Advice, Answer, Holder, Report, Row};

/// Holders that get a sentence each.
const NAMED: usize = 4;

pub(super) fn report(system: &mut dyn System, question: Question, judgement: &Judgement) -> Report {
    let mut holders = holders(system, judgement);
    let found = holders.len();
    holders.truncate(NAMED);
    Report {
        port: question.port,
        protocol: who::protocol(question.protocol),
        verdict: verdict(judgement.verdict),
        good: judgement.verdict == Verdict::Free,
        headline: headline(question, judgement),
        advice: advice(question, judgement),
        rows: rows(question, judgement),
        about: about(question, judgement),
        nearby: judgement.nearby.clone(),
        remarks: remarks(question, judgement, found),
        holders,
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Free => "free",
        Verdict::Taken => "taken",
        Verdict::Resting => "resting",
        Verdict::Forbidden => "forbidden",
        Verdict::NotHere | Verdict::Unknown => "unknown",
    }
}

fn headline(question: Question, judgement: &Judgement) -> String {
    let place = question.address.map(|ip| format!(" at {ip}")).unwrap_or_default();
    let port = format!("{} port {}{place}", who::protocol(question.protocol), question.port);
    match judgement.verdict {
        Verdict::Free => format!("{port} is free."),
        Verdict::Taken => match rests_until(judgement) {
            Some(end) => {
                format!("{port} is taken for {} more, until {}.", who::span(end), who::clock(judgement.read_at + end))
            }
            None if partly(judgement) => format!("{port} is taken at some addresses, free at others."),
            None => format!("{port} is taken."),
        },
        Verdict::Resting => format!("{port} is still resting: only a server that sets SO_REUSEADDR gets it."),
        Verdict::Forbidden => format!("{port} is free, but not for you."),
        Verdict::NotHere | Verdict::Unknown => format!("{port}: the system does not say whether it is free."),
    }
}

fn partly(judgement: &Judgement) -> bool {
    judgement.tries.iter().any(|t| t.plain == Outcome::Works)
}

/// Where only resting connections hold it: how long the last of them takes.
fn rests_until(judgement: &Judgement) -> Option<Duration> {
    if judgement.blockers.iter().any(|s| role(s) != Role::Rests) {
        return None;
    }
    judgement.blockers.iter().filter_map(|s| s.timer).map(|t| who::whole(t.rings_in)).max()
}

/// What a socket does in the way of others, for sentences; connections of one program count together.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Role {
    Waits,
    Bound,
    Talks,
    Rests,
}

fn role(socket: &Socket) -> Role {
    match (socket.protocol, socket.state) {
        (_, State::Listen) | (Protocol::Udp, State::Closed) => Role::Waits,
        (_, State::BoundInactive | State::Closed) => Role::Bound,
        (_, State::TimeWait) => Role::Rests,
        _ if socket.inode == 0 => Role::Rests,
        _ => Role::Talks,
    }
}

fn holders(system: &mut dyn System, judgement: &Judgement) -> Vec<Holder> {
    let mut groups: BTreeMap<_, Vec<&Socket>> = BTreeMap::new();
    for socket in &judgement.blockers {
        let (role, owner) = (role(socket), socket.owners.first().copied());
        // Each room that waits is a thing of its own; guests are many of a kind.
        let place = (role <= Role::Bound).then_some(socket.local);
        groups.entry((role, owner, place)).or_default().push(socket);
    }
    let listens = groups.keys().any(|(role, ..)| *role == Role::Waits);
    let lent =
        |s: &Socket| !listens && judgement.ranges.as_ref().is_some_and(|r| r.realm(s.local.port()) == Realm::Ephemeral);
    let mut all = Vec::new();
    for ((role, ..), sockets) in groups {
        // The one that stays longest decides when the port is free.
        let Some(socket) = sockets.iter().copied().max_by_key(|s| s.timer.map(|t| t.rings_in)) else { continue };
        let owner = judgement.owners.of(&socket.owners).next();
        let program = who::program(socket, owner, system);
        let end = socket.timer.filter(|_| role == Role::Rests).map(|timer| timer.rings_in);
        let mut sentence = match role {
            Role::Waits => waits(&program, socket),
            Role::Bound => bound(&program, socket),
            Role::Talks => talks(&program, socket, sockets.len(), lent(socket), listens),
            Role::Rests => rests(socket, sockets.len()),
        };
        if let Some(end) = end.map(who::whole) {
            sentence += &format!(" It ends at {}, in {}.", who::clock(judgement.read_at + end), who::span(end));
        }
        if let Some(owner) = owner.filter(|_| role != Role::Talks || !listens) {
            sentence += &story(owner, judgement);
        }
        all.push(Holder {
            state: who::state(socket),
            local: socket.local.to_string(),
            remote: socket.remote.map(|r| r.to_string()),
            count: sockets.len() as u64,
            process: owner.map(|o| o.name.clone()),
            command: owner.map(|o| o.command.clone()).filter(|c| !c.is_empty()),
            pid: owner.map(|o| o.pid),
            user: owner.and_then(|o| o.user.clone()),
            unit: owner.and_then(|o| o.unit.clone()),
            container: owner.and_then(|o| o.container.clone()),
            ends_in: end.map(|e| e.as_secs_f64()),
            sentence,
        });
    }
    all
}

fn waits(program: &str, socket: &Socket) -> String {
    let reach = who::reach(socket.local.ip(), socket.v6_only);
    let (does, place) =
        (if socket.protocol == Protocol::Tcp { "waits for callers" } else { "takes datagrams" }, socket.local);
    format!("{program} {does} on {place} ({reach}), state {}.", who::state(socket))
}

fn bound(program: &str, socket: &Socket) -> String {
    format!(
        "{program} has bound {} and does nothing with it yet, state {}: the port is taken although ss, lsof and \
         netstat show nobody on it.",
        socket.local,
        who::state(socket)
    )
}

fn talks(program: &str, socket: &Socket, count: usize, lent: bool, listens: bool) -> String {
    let remote = socket.remote.map(|r| r.to_string()).unwrap_or_default();
    let state = who::state(socket);
    match (count, listens, lent) {
        (1, true, _) => format!("One caller is connected to it: {remote}, state {state}."),
        (n, true, _) => format!("{n} callers are connected to it, among them {remote}."),
        (_, _, true) => {
            format!("{program} calls {remote} from it, state {state}: the kernel has lent it this number for the call.")
        }
        (1, ..) => {
            format!("{program} talks from it with {remote}, state {state}, though nobody listens here any more.")
        }
        (n, ..) => {
            format!("{program} has {n} connections from it, among them with {remote}; nobody listens here any more.")
        }
    }
}

fn rests(socket: &Socket, count: usize) -> String {
    let remote = socket.remote.map(|r| r.to_string()).unwrap_or_default();
    let what = match count {
        1 => format!("A connection with {remote} was closed from this side and rests"),
        n => format!("{n} connections, among them with {remote}, were closed from this side and rest"),
    };
    format!(
        "{what} in {}, so that late packets are not taken for those of a new one. No program holds it any more: there \
         is nothing to stop.",
        who::state(socket)
    )
}

/// Since when, as what, and who looks after it.
fn story(owner: &Owner, judgement: &Judgement) -> String {
    let mut text = String::new();
    if let Some(age) = owner.started.and_then(|s| judgement.read_at.duration_since(s).ok()) {
        text += &format!(" It was started {} ago", who::span(age));
        text += &who::command(owner).map_or_else(|| ".".to_owned(), |c| format!(" as `{c}`."));
    }
    match (&owner.container, &owner.unit) {
        (Some(container), _) => text += &format!(" It runs in the container {}.", who::harmless(container.as_bytes())),
        (None, Some(unit)) => text += &format!(" systemd keeps it as {}.", who::harmless(unit.as_bytes())),
        (None, None) => {}
    }
    text
}

fn rows(question: Question, judgement: &Judgement) -> Vec<Row> {
    let say = |outcome: &Outcome| match outcome {
        Outcome::Works => Answer { works: Some(true), text: "free".to_owned() },
        Outcome::InUse => Answer { works: Some(false), text: "in use".to_owned() },
        Outcome::Forbidden => Answer { works: Some(false), text: "not allowed".to_owned() },
        Outcome::NotHere => Answer { works: None, text: "no such address".to_owned() },
        Outcome::Failed(error) => Answer { works: None, text: who::harmless(error.as_bytes()) },
    };
    let row = |t: &crate::ports::why::Try| Row {
        address: match t.address.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        },
        reach: who::reach(t.address.ip(), Some(question.v6_only)),
        reusing: t.reusing.as_ref().map(say),
        plain: say(&t.plain),
    };
    judgement.tries.iter().map(row).collect()
}

fn about(question: Question, judgement: &Judgement) -> Vec<String> {
    let port = question.port;
    let mut about = Vec::new();
    if let Some(service) = services::service(question.protocol, port) {
        let by = if service.habit { "by habit" } else { "as IANA's list has it" };
        about.push(format!("{} {by}: {}", service.name, service.explain));
    }
    let Some(ranges) = &judgement.ranges else { return about };
    if port < ranges.unprivileged_start {
        about.push(format!(
            "Ports below {} are for root, or a program with the capability CAP_NET_BIND_SERVICE: once a sign that an \
             administrator has set the service up.",
            ranges.unprivileged_start
        ));
    }
    let (first, last) = ranges.ephemeral;
    if ranges.realm(port) == Realm::Ephemeral {
        about.push(format!(
            "It lies in the range {first} to {last} that the kernel lends to callers: it may give it away before your \
             server starts."
        ));
    } else if (first..=last).contains(&port) {
        about.push(format!(
            "It lies in the range {first} to {last} that the kernel lends to callers, but is kept out of it \
             (ip_local_reserved_ports)."
        ));
    }
    about
}

fn advice(question: Question, judgement: &Judgement) -> Vec<Advice> {
    let port = question.port;
    let mut all = Vec::new();
    let reuse = "setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)".to_owned();
    let say = |text: &str, command: String| Advice { text: text.to_owned(), command: Some(command) };
    match judgement.verdict {
        Verdict::Taken if question.protocol == Protocol::Tcp && rests_until(judgement).is_some() => {
            all.push(Advice { text: "wait until then".to_owned(), command: None });
            all.push(say("let your server ask so, before bind(): then it need not wait the next time", reuse));
        }
        Verdict::Taken => all.extend(stop(question, judgement)),
        Verdict::Resting => all.push(say("let your server ask as most do, before bind()", reuse)),
        Verdict::Forbidden => {
            all.push(say("allow one program", "sudo setcap cap_net_bind_service=+ep PROGRAM".to_owned()));
            all.push(say(
                "or everybody, from this port on",
                format!("sudo sysctl net.ipv4.ip_unprivileged_port_start={port}"),
            ));
        }
        Verdict::Free => {
            let lent = judgement.ranges.as_ref().filter(|r| r.realm(port) == Realm::Ephemeral);
            if let Some(ranges) = lent {
                let mut kept = port.to_string();
                for (first, last) in &ranges.reserved {
                    kept += &if first == last { format!(",{first}") } else { format!(",{first}-{last}") };
                }
                all.push(say(
                    "keep the kernel from lending it",
                    format!("sudo sysctl net.ipv4.ip_local_reserved_ports={kept}"),
                ));
            }
        }
        Verdict::NotHere | Verdict::Unknown => {}
    }
    if !judgement.nearby.is_empty() {
        let list: Vec<String> = judgement.nearby.iter().map(u16::to_string).collect();
        let text = if all.is_empty() { "take another port" } else { "or take another port" };
        all.push(Advice { text: format!("{text}; free now: {}", list.join(", ")), command: None });
    }
    all
}

/// How to stop who holds it: never done by us, only said.
fn stop(question: Question, judgement: &Judgement) -> Vec<Advice> {
    let mut all: Vec<Advice> = Vec::new();
    let holds = |s: &&Socket| role(s) != Role::Rests;
    for socket in judgement.blockers.iter().filter(holds) {
        let Some(owner) = judgement.owners.of(&socket.owners).next() else {
            let udp = if question.protocol == Protocol::Udp { " --udp" } else { "" };
            let command = format!("sudo layercake ports why {}{udp}", question.port);
            push(&mut all, Advice { text: "see which program it is".to_owned(), command: Some(command) });
            continue;
        };
        // What goes into a command line is a plain word, or it is not said.
        let plain = |word: &&String| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b));
        let service = |unit: &&String| unit.ends_with(".service") && !unit.starts_with("user@");
        let (text, command) = match owner.unit.as_ref().filter(plain).filter(service) {
            Some(unit) => ("stop the service, if it is yours to stop", format!("sudo systemctl stop {unit}")),
            None => ("stop the program, if it is yours to stop", format!("kill {}", owner.pid)),
        };
        push(&mut all, Advice { text: text.to_owned(), command: Some(command) });
    }
    all
}

fn push(all: &mut Vec<Advice>, advice: Advice) {
    if all.len() < NAMED && !all.iter().any(|a| a.command == advice.command) {
        all.push(advice);
    }
}

fn remarks(question: Question, judgement: &Judgement, found: usize) -> Vec<String> {
    let mut all = judgement.remarks.clone();
    match judgement.verdict {
        Verdict::Resting => all.push(
            "Servers such as node, nginx and Python's http.server set SO_REUSEADDR and start at once; a program that \
             does not has to wait."
                .to_owned(),
        ),
        Verdict::Taken if question.protocol == Protocol::Tcp && rests_until(judgement).is_some() => all.push(
            "SO_REUSEADDR does not help this time: the server that had the port before did not set it either, and \
             both have to agree."
                .to_owned(),
        ),
        _ => {}
    }
    if judgement.changed {
        all.push("Something changed while layercake looked; this is what the second look saw.".to_owned());
    }
    if judgement.unexplained && judgement.verdict == Verdict::Free {
        all.push("A moment before, a program listened there: it has just let go, or is about to come back.".to_owned());
    } else if judgement.unexplained {
        all.push(
            "The kernel's table does not show who: a socket may be bound without listening (Linux before 6.8 does not \
             tell of those), or it was let go a moment ago."
                .to_owned(),
        );
    }
    if judgement.owners.hidden > 0 && judgement.blockers.iter().any(|s| s.inode != 0 && s.owners.is_empty()) {
        all.push("The program's name is for its own user and root to see.".to_owned());
    }
    if !judgement.others.is_empty() && question.address.is_some() {
        let n = judgement.others.len();
        let sockets = if n == 1 { "socket has" } else { "sockets have" };
        all.push(format!("{n} more {sockets} the same number at other addresses, which is no obstacle here."));
    }
    if found > NAMED {
        all.push(format!("Not all is said here: `layercake ports {}` lists every socket.", question.port));
    }
    all
}
