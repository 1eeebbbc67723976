//! A simulated minute with 1,000 connections, which has to take less than a second: `cargo bench --bench wire`.
//! Each connects, says three messages, waits for each answer, closes. Prints; asserts nothing.

use std::time::Instant;

use layercake::source::{Event, Source, wire};

const SCRIPT: &str = r#"
[hosts.client]
[hosts.server]

[[links]]
between = ["client", "server"]

[[programs]]
on   = "server"
do   = "tcp-server"
port = 80
mode = "echo"

[[programs]]
on      = "client"
do      = "tcp-client"
to      = "server:80"
count   = 1000
spread  = "COUNT"
send    = ["one", "two", "three"]
answers = true
every   = "5s"
"#;

fn main() {
    println!("{:<44}{:>10}{:>12}{:>14}", "a minute of 1,000 connections", "ms", "frames", "frames/s");
    for (name, spread) in [("begun over 40 s", "40s"), ("begun all at once", "0s")] {
        let script = wire::Script::parse(&SCRIPT.replace("COUNT", spread), "bench").expect("a good script");
        let mut times: Vec<(f64, u64)> = (0..7).map(|_| run(&script)).collect();
        times.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (seconds, frames) = times[times.len() / 2];
        println!("{name:<44}{:>10.1}{frames:>12}{:>14.0}", seconds * 1000.0, frames as f64 / seconds);
    }
}

fn run(script: &wire::Script) -> (f64, u64) {
    let begun = Instant::now();
    let mut wire = wire::Wire::run(script).expect("a good script");
    let mut frames = 0;
    loop {
        match wire.next().expect("a frame") {
            Event::Packet(_) => frames += 1,
            Event::Idle => {}
            Event::End => break,
        }
        let _ = wire.happened().count();
    }
    (begun.elapsed().as_secs_f64(), frames)
}
