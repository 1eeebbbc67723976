//! The same messages four ways: polling, long polling, Server-Sent Events (WHATWG HTML §9.2) and WebSocket (RFC 6455),
//! each really played on loopback between a server and a client of ours, and counted as it crossed. One file a way.
//! The order of things is fixed, not timed: the same plan gives the same counts on any machine.
//! Not here: packets (`cli` captures them beside the run), what it looks like (`render::versus`).

mod events;
mod headers;
mod http;
mod long_polling;
mod polling;
mod question;
mod server;
mod socket;
mod stage;

use std::io;
use std::net::SocketAddr;

pub use headers::BROWSER;
pub use question::{Choice, QUESTIONS, Question};

use self::stage::Stage;
use crate::source::seen::{self, Seen, Totals};
use crate::source::{Event, Source};

/// A way to get messages to a web page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The page asks again and again.
    Polling,
    /// The page asks, and the server answers when there is something.
    LongPolling,
    /// One answer that never ends.
    Events,
    /// One connection for both.
    WebSocket,
}

/// All of them, in the order in which they were invented.
pub const WAYS: [Way; 4] = [Way::Polling, Way::LongPolling, Way::Events, Way::WebSocket];

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Messages in one direction.
    pub messages: u16,
    /// Bytes of each.
    pub size: usize,
    /// The client sends as many, too, each before one of the server's.
    pub both: bool,
}

/// What one way took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// HTTP requests, that for the WebSocket among them.
    pub requests: u64,
    /// Bytes that TCP carried to the server, messages and all around them.
    pub up: u64,
    /// The same to the client.
    pub down: u64,
    /// TCP connections.
    pub connections: u64,
    /// How often somebody had to wait for an answer before he could go on: TCP's own, and HTTP's.
    pub round_trips: u64,
    /// Packets that are rebuilt around what was read and written: no acknowledgement of its own among them.
    pub rebuilt: u64,
    /// Where the server was.
    pub server: SocketAddr,
}

/// A way, played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Which.
    pub way: Way,
    /// With all messages.
    pub count: Count,
    /// Bytes in both directions where it is opened and closed without any message.
    pub idle: u64,
}

impl Plan {
    /// Messages in all.
    pub fn in_all(&self) -> u64 {
        u64::from(self.messages) * if self.both { 2 } else { 1 }
    }

    /// Message number `number` from 0: always of the same size.
    fn message(&self, number: u16) -> String {
        let text = format!("message {} ", u32::from(number) + 1);
        text.chars().chain("of the same length each time ".chars().cycle()).take(self.size).collect()
    }
}

impl Outcome {
    /// Bytes around a message that are neither the message nor the opening, in hundredths.
    pub fn around(&self, plan: &Plan) -> u64 {
        let all = (self.count.up + self.count.down).saturating_sub(self.idle);
        let around = all.saturating_sub(plan.in_all() * plan.size as u64);
        around * 100 / plan.in_all().max(1)
    }
}

/// Plays one way, first without messages, then with all of them. Blocks until it is over.
///
/// # Errors
/// The kernel gives no socket, or one side did not get what it had to get.
pub fn play(way: Way, plan: Plan) -> io::Result<Outcome> {
    let idle = run(way, Plan { messages: 0, ..plan })?;
    let count = run(way, plan)?;
    Ok(Outcome { way, idle: idle.up + idle.down, count })
}

fn run(way: Way, plan: Plan) -> io::Result<Count> {
    let (reporter, seen) = seen::channel();
    let counting = std::thread::spawn(move || count(seen));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let played = runtime.block_on(async {
        let mut stage = Stage::new(plan, reporter).await?;
        match way {
            Way::Polling => polling::play(&mut stage).await?,
            Way::LongPolling => long_polling::play(&mut stage).await?,
            Way::Events => events::play(&mut stage).await?,
            Way::WebSocket => socket::play(&mut stage).await?,
        }
        stage.end().await
    });
    drop(runtime);
    let totals = counting.join().unwrap_or_default();
    let ended = played?;
    Ok(Count {
        requests: ended.requests,
        up: totals.to_server,
        down: totals.to_client,
        connections: totals.connections,
        round_trips: ended.round_trips,
        rebuilt: totals.packets,
        server: ended.server,
    })
}

/// Reads all that crosses, so that the queue never fills.
fn count(mut seen: Seen) -> Totals {
    while !matches!(seen.next(), Ok(Event::End) | Err(_)) {}
    seen.totals()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { messages: 10, size: 20, both: false };

    fn played(plan: Plan) -> Vec<Outcome> {
        WAYS.map(|way| play(way, plan).expect("played")).to_vec()
    }

    #[test]
    fn requests_connections_and_round_trips_are_those_of_the_definitions() {
        let facts = |plan| {
            let all = played(plan);
            all.iter().map(|o| (o.count.requests, o.count.connections, o.count.round_trips)).collect::<Vec<_>>()
        };
        assert_eq!(facts(PLAN), [(20, 1, 21), (10, 1, 11), (1, 1, 2), (1, 1, 2)]);
        assert_eq!(facts(Plan { both: true, ..PLAN }), [(30, 1, 31), (20, 2, 22), (11, 2, 13), (1, 1, 2)]);
    }

    #[test]
    fn a_websocket_puts_two_bytes_around_a_message_and_six_where_it_is_masked() {
        let down = play(Way::WebSocket, PLAN).expect("played");
        assert_eq!(down.around(&PLAN), 200);
        let both = Plan { both: true, ..PLAN };
        assert_eq!(play(Way::WebSocket, both).expect("played").around(&both), 400);
        let long = Plan { size: 200, ..PLAN };
        assert_eq!(play(Way::WebSocket, long).expect("played").around(&long), 400);
    }

    #[test]
    fn the_later_a_way_was_invented_the_less_it_puts_around_a_message() {
        let around: Vec<u64> = played(PLAN).iter().map(|outcome| outcome.around(&PLAN)).collect();
        assert!(around.is_sorted_by(|a, b| a > b), "{around:?}");
        assert!(around[0] > 100_000 && around[1] > 50_000 && around[2] < 3_000, "{around:?}");
    }

    #[test]
    fn the_same_plan_gives_the_same_counts() {
        for way in WAYS {
            let [one, two] = [play(way, PLAN), play(way, PLAN)].map(|outcome| outcome.expect("played").count);
            let same = |count: &Count| (count.requests, count.round_trips, count.connections);
            assert_eq!(same(&one), same(&two));
            // A port's digits are in every request: it has five of them, or four.
            assert!(one.up.abs_diff(two.up) <= 4 * one.requests, "{one:?} {two:?}");
        }
    }
}
