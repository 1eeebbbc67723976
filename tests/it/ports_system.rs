//! What this machine says of its sockets, against what the test itself has opened, `ss` and `lsof`.

use std::collections::HashMap;
use std::process::Command;
use std::time::Duration;

use layercake::ports::{Protocol, Socket, State, Table, TimerKind, Wants, system};

use crate::rooms::{Room, Rooms};
use crate::support::have;

const EVERYTHING: Wants = Wants { owners: true, details: true, unix: true };

fn table() -> Table {
    system().table(EVERYTHING).expect("this machine's sockets")
}

fn is(socket: &Socket, room: &Room) -> bool {
    (socket.protocol, socket.local, socket.remote, socket.inode) == (room.protocol, room.local, room.remote, room.inode)
}

#[test]
fn every_socket_that_a_program_opens_is_found_with_its_state_and_its_owner() {
    let rooms = Rooms::open();
    let table = table();
    // Kernels before 6.8 do not tell of sockets that are only bound.
    let bound_is_told = table.sockets.iter().any(|s| s.state == State::BoundInactive);
    let mut places: HashMap<_, Vec<&Socket>> = HashMap::new();
    for socket in &table.sockets {
        places.entry((socket.protocol, socket.local)).or_default().push(socket);
    }
    let mut wrong = Vec::new();
    for room in rooms.all.iter().filter(|r| bound_is_told || r.state != State::BoundInactive) {
        let found = places.get(&(room.protocol, room.local)).and_then(|all| all.iter().find(|s| is(s, room)));
        let Some(socket) = found else {
            wrong.push(format!("not found: {room:?}"));
            continue;
        };
        let mine = table.owners.of(&socket.owners).any(|o| o.pid == std::process::id());
        if socket.state != room.state || mine != (room.inode != 0) {
            wrong.push(format!("{room:?}: {:?}, mine: {mine}", socket.state));
        }
        if room.v6_only.is_some() && socket.v6_only != room.v6_only {
            wrong.push(format!("{room:?}: {:?}", socket.v6_only));
        }
        if room.state == State::TimeWait {
            let timer = socket.timer.expect("a countdown");
            assert_eq!(timer.kind, TimerKind::TimeWait);
            assert!(timer.rings_in <= Duration::from_mins(1), "{timer:?}");
        }
        if room.state == State::Established && room.protocol == Protocol::Tcp {
            let details = socket.details.as_ref().expect("details");
            assert!(!details.congestion.is_empty() && details.mss.is_some(), "{details:?}");
        }
    }
    assert!(rooms.all.len() >= 2000, "{}", rooms.all.len());
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), rooms.all.len(), wrong.join("\n"));
    for state in State::ALL {
        println!("{state:?}: {}", rooms.count(state));
    }
    agrees_with_ss(&rooms, &table);
    agrees_with_lsof(&rooms);
}

/// Whatever `ss` says of the sockets of this test, the table says, too.
fn agrees_with_ss(rooms: &Rooms, table: &Table) {
    if !have("ss") {
        return;
    }
    let output = Command::new("ss").args(["-tunapH"]).output().expect("ss");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut states: HashMap<(String, String, String), String> = HashMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [netid, state, _, _, local, peer, ..] = words[..] else { continue };
        states.insert((netid.to_owned(), local.to_owned(), peer.to_owned()), state.to_owned());
    }
    let mut seen = 0;
    for room in &rooms.all {
        let Some(state) = states.get(&as_ss_writes(room)) else { continue };
        seen += 1;
        assert_eq!(state, word_of_ss(room), "{room:?}");
    }
    println!(
        "{} opened, {seen} of them in ss, {} rows in all, {} in ss",
        rooms.all.len(),
        table.sockets.len(),
        states.len()
    );
    // What it leaves out is what is only bound, in older versions.
    assert!(seen >= rooms.all.len() - rooms.count(State::BoundInactive), "{seen}");
}

fn as_ss_writes(room: &Room) -> (String, String, String) {
    let netid = if room.protocol == Protocol::Tcp { "tcp" } else { "udp" };
    // An IPv6 socket that also answers IPv4 is written `*`.
    let local = match room.v6_only {
        Some(false) => format!("*:{}", room.local.port()),
        _ => room.local.to_string(),
    };
    let nobody = match (room.v6_only, room.local.is_ipv6()) {
        (Some(false), _) => "*:*",
        (_, true) => "[::]:*",
        (_, false) => "0.0.0.0:*",
    };
    (netid.to_owned(), local, room.remote.map_or(nobody.to_owned(), |r| r.to_string()))
}

fn word_of_ss(room: &Room) -> &'static str {
    match room.state {
        State::Established => "ESTAB",
        State::SynSent => "SYN-SENT",
        State::FinWait1 => "FIN-WAIT-1",
        State::FinWait2 => "FIN-WAIT-2",
        State::TimeWait => "TIME-WAIT",
        State::CloseWait => "CLOSE-WAIT",
        State::LastAck => "LAST-ACK",
        State::Listen => "LISTEN",
        State::Closed | State::BoundInactive => "UNCONN",
        State::SynReceived | State::Closing | State::NewSynReceived => "not made by this test",
    }
}

/// `lsof` sees every open socket of this process but those that are only bound.
fn agrees_with_lsof(rooms: &Rooms) {
    if !have("lsof") {
        return;
    }
    let pid = std::process::id().to_string();
    let output = Command::new("lsof").args(["-i", "-nP", "-a", "-p", &pid, "-F", "n"]).output().expect("lsof");
    let text = String::from_utf8_lossy(&output.stdout);
    let names: std::collections::HashSet<&str> = text.lines().filter_map(|l| l.strip_prefix('n')).collect();
    let any = |room: &Room| room.local.ip().is_unspecified();
    let written = |room: &Room| match room.remote {
        Some(remote) => format!("{}->{remote}", room.local),
        None if any(room) => format!("*:{}", room.local.port()),
        None => room.local.to_string(),
    };
    let open: Vec<&Room> = rooms.all.iter().filter(|r| r.inode != 0 && r.state != State::BoundInactive).collect();
    let missing: Vec<String> = open.iter().map(|r| written(r)).filter(|name| !names.contains(&name[..])).collect();
    println!("{} open, {} names in lsof", open.len(), names.len());
    assert!(missing.is_empty(), "lsof does not know {missing:?}, which the table knows");
}

#[test]
fn programs_that_come_and_go_meanwhile_do_no_harm() {
    let busy = std::thread::spawn(|| {
        for _ in 0..60 {
            let _ = Command::new("true").status();
        }
    });
    let mut system = system();
    while !busy.is_finished() {
        let table = system.table(EVERYTHING).expect("this machine's sockets");
        for socket in &table.sockets {
            assert_eq!(table.owners.of(&socket.owners).count(), socket.owners.len());
        }
    }
    busy.join().expect("the other thread");
}

#[test]
fn this_machine_says_which_ports_it_gives_out() {
    let ranges = system().ranges().expect("ranges");
    assert!(ranges.ephemeral.0 <= ranges.ephemeral.1);
}
