//! The lesson with real sockets on this machine's loopback.

use super::*;
use crate::ports::system;

const PLAN: Plan =
    Plan { port: 0, udp: false, times: 2, v6_only: false, guests: 2, close_first: Side::Server, every_card: false };

fn run(plan: Plan) -> (Vec<Step>, u16) {
    let mut hotel = Hotel::new(plan);
    let mut system = system();
    let mut steps = Vec::new();
    while let Some(step) = hotel.next(&mut *system) {
        steps.push(step);
    }
    (steps, hotel.port())
}

fn refusals(steps: &[Step]) -> Vec<String> {
    let names = |said: &Said| match &said.answer {
        Answer::Refused { name, .. } => Some(name.clone()),
        Answer::Done(_) => None,
    };
    steps.iter().flat_map(|s| s.said.iter().filter_map(names)).collect()
}

fn states(step: &Step) -> Vec<State> {
    step.rows.iter().filter(|r| r.mark != Mark::Gone).map(|r| r.socket.state).collect()
}

#[test]
fn a_server_that_closes_first_leaves_its_room_taken_until_so_reuseaddr() {
    let (steps, _) = run(PLAN);
    assert!(steps.iter().all(|s| !s.surprise || s.chapter.title.contains("IPv6")), "{steps:#?}");
    let again = steps.iter().rposition(|s| s.said.iter().any(|a| matches!(a.answer, Answer::Refused { .. })));
    let again = again.expect("a refusal");
    assert_eq!(states(&steps[again]).iter().filter(|s| **s == State::TimeWait).count(), 2);
    assert!(states(&steps[again + 1]).contains(&State::Listen));
    let last = steps.last().expect("an end");
    assert!(states(last).iter().all(|s| *s == State::TimeWait), "{last:#?}");
    assert!(last.rows.iter().filter(|r| r.mark != Mark::Gone).all(|r| !r.held && r.socket.timer.is_some()));
}

#[test]
fn a_guest_who_closes_first_leaves_the_room_free() {
    let (steps, _) = run(Plan { close_first: Side::Client, ..PLAN });
    assert!(steps.iter().all(|s| !s.surprise || s.chapter.title.contains("IPv6")), "{steps:#?}");
    let names = refusals(&steps);
    assert!(names.iter().all(|n| n == "EADDRINUSE"), "{names:?}");
}

#[test]
fn udp_has_no_guests_in_its_table_and_no_time_wait() {
    let (steps, port) = run(Plan { udp: true, guests: 3, ..PLAN });
    assert!(steps.iter().all(|s| !s.surprise || s.chapter.title.contains("IPv6")), "{steps:#?}");
    let all = steps.iter().flat_map(|s| &s.rows);
    assert!(all.clone().all(|r| r.socket.protocol != Protocol::Udp || r.socket.state != State::TimeWait));
    let at_the_room = |s: &Step| s.rows.iter().filter(|r| r.socket.local.port() == port && r.held).count();
    let third = steps.iter().find(|s| s.said.iter().any(|a| a.who.to_string() == "guest 3")).expect("a guest");
    assert_eq!(at_the_room(third), 1, "three guests, one row: {third:#?}");
}

#[test]
fn a_room_that_somebody_has_ends_the_lesson_at_once() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = other.local_addr().expect("an address").port();
    let (steps, _) = run(Plan { port, ..PLAN });
    let last = steps.last().expect("a step");
    assert!(last.fatal && refusals(&steps) == ["EADDRINUSE"], "{steps:#?}");
    assert!(last.rows.iter().any(|r| r.role.is_none() && r.socket.state == State::Listen));
}

#[test]
fn a_lesson_that_is_dropped_midway_leaves_nothing_open() {
    let mut hotel = Hotel::new(Plan { times: 1, guests: 0, ..PLAN });
    let mut system = system();
    for _ in 0..3 {
        hotel.next(&mut *system);
    }
    let port = hotel.port();
    drop(hotel);
    let table = system.table(Wants { owners: false, details: false, unix: false }).expect("a table");
    assert!(table.sockets.iter().all(|s| s.local.port() != port));
}
