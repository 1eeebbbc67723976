//! layercake beside tcpdump and tshark on the same file in one run:
//! `cargo bench --bench side_by_side [-- PACKETS [--write FILE]]`. With --write it only makes
//! the capture (with `--talks` the one of conversations). Prints tables; asserts nothing, for clocks differ.
//! Then live on a loopback of its own (`live`), where a network namespace may be made, and starting up.

mod live;
mod mixed;
mod talks;

use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Counted runs of each command; the median is printed.
const RUNS: usize = 3;
/// tshark -V is slow: it reads a smaller file.
const SMALL: u32 = 20_000;

fn main() {
    if std::env::args().any(|a| a == live::FLOOD) {
        return live::flood();
    }
    let count = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(1_000_000);
    if let Some(path) = std::env::args().skip_while(|a| a != "--write").nth(1) {
        let mut file = BufWriter::new(File::create(&path).expect("a file"));
        let talks = std::env::args().any(|a| a == "--talks");
        let written = if talks { talks::write(&mut file, count) } else { mixed::write(&mut file, count) };
        return written.expect("the capture is written");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let large = folder.path().join("mixed.pcap");
    let small = folder.path().join("small.pcap");
    for (path, count) in [(&large, count), (&small, SMALL)] {
        let mut file = BufWriter::new(File::create(path).expect("a file"));
        mixed::write(&mut file, count).expect("the capture is written");
    }
    let layercake = env!("CARGO_BIN_EXE_layercake");
    println!("{count} packets, {} MB; median of {RUNS} runs, output to /dev/null\n", size(&large) / 1_000_000);
    println!("{:<44}{:>10}{:>14}{:>12}", "command", "seconds", "packets/s", "peak RSS");

    let lines = row("layercake capture -r", layercake, &["capture", "-r"], &large, &[], count);
    row("layercake capture -r --format json", layercake, &["capture", "--format", "json", "-r"], &large, &[], count);
    row(
        "layercake capture --count -r … tcp.flags.syn",
        layercake,
        &["capture", "--count", "-r"],
        &large,
        &["tcp.flags.syn"],
        count,
    );
    let tcpdump = row("tcpdump -nn -r", "tcpdump", &["-nn", "-r"], &large, &[], count);
    row(
        "tcpdump --count -r … tcp-syn",
        "tcpdump",
        &["--count", "-r"],
        &large,
        &["tcp[tcpflags] & tcp-syn != 0"],
        count,
    );
    let full = row(
        "layercake … --format layers --explain",
        layercake,
        &["capture", "--format", "layers", "--explain", "-r"],
        &large,
        &[],
        count,
    );
    let tshark = row("tshark -n -V -r (small file)", "tshark", &["-n", "-V", "-r"], &small, &[], SMALL);

    println!("\nsummary lines beside tcpdump -nn:          {}", factor(lines, tcpdump));
    println!("layers with explanations beside tshark -V: {}", factor(full, tshark));
    conversations(layercake, folder.path(), count);
    live::run(layercake);
    println!("\nstarting up, median of 21 runs");
    for arguments in [&["--version"][..], &["peel"], &["capture", "--demo"]] {
        let mut times: Vec<Duration> = (0..21).filter_map(|_| start_up(layercake, arguments)).collect();
        times.sort();
        let median = times.get(times.len() / 2).map_or(0.0, |t| t.as_secs_f64() * 1000.0);
        println!("{:<44}{median:>8.1} ms", format!("layercake {}", arguments.join(" ")));
    }
}

/// Reading conversations to the end, beside tshark on the same file; memory at a tenth of it shows that nothing grows.
fn conversations(layercake: &str, folder: &Path, count: u32) {
    let (large, tenth) = (folder.join("talks.pcap"), folder.join("tenth.pcap"));
    for (path, count) in [(&large, count), (&tenth, count / 10)] {
        let mut file = BufWriter::new(File::create(path).expect("a file"));
        talks::write(&mut file, count).expect("the capture is written");
    }
    println!("\n{count} packets of conversations, {} MB", size(&large) / 1_000_000);
    row("layercake capture -r (a tenth)", layercake, &["capture", "-r"], &tenth, &[], count / 10);
    let ours = row("layercake capture -r", layercake, &["capture", "-r"], &large, &[], count);
    row("layercake flows -r", layercake, &["flows", "-r"], &large, &[], count);
    row("layercake stats -r", layercake, &["stats", "-r"], &large, &[], count);
    let tshark = row("tshark -n -r", "tshark", &["-n", "-r"], &large, &[], count);
    println!("\nsummary lines of conversations beside tshark: {}", factor(ours, tshark));
}

fn factor(fast: Option<f64>, slow: Option<f64>) -> String {
    match (fast, slow) {
        (Some(f), Some(s)) => format!("{:.1}×", f / s),
        _ => "not measured".to_owned(),
    }
}

fn start_up(program: &str, arguments: &[&str]) -> Option<Duration> {
    let begin = Instant::now();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status().ok()?;
    status.success().then(|| begin.elapsed())
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |m| m.len())
}

/// Runs a command several times; prints its row; returns packets per second.
fn row(label: &str, program: &str, before: &[&str], file: &Path, after: &[&str], count: u32) -> Option<f64> {
    let mut runs: Vec<(Duration, u64)> = Vec::new();
    for _ in 0..RUNS {
        let Some(run) = once(Command::new(program).args(before).arg(file).args(after)) else {
            println!("{label:<44}{:>10}", "(not installed)");
            return None;
        };
        runs.push(run);
    }
    runs.sort();
    let (time, rss) = runs[runs.len() / 2];
    let rate = f64::from(count) / time.as_secs_f64();
    println!("{label:<44}{:>10.3}{:>14.0}{:>9} MiB", time.as_secs_f64(), rate, rss / 1024);
    Some(rate)
}

/// Time and peak memory in KiB, sampled from /proc while the command runs.
fn once(command: &mut Command) -> Option<(Duration, u64)> {
    let begin = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    let mut peak = 0;
    loop {
        peak = peak.max(high_water(child.id()));
        if child.try_wait().ok()?.is_some() {
            return Some((begin.elapsed(), peak));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn high_water(pid: u32) -> u64 {
    let mut text = String::new();
    let read = File::open(format!("/proc/{pid}/status")).and_then(|mut f| f.read_to_string(&mut text));
    let line = read.ok().and_then(|_| text.lines().find(|l| l.starts_with("VmHWM:")));
    line.and_then(|l| l.split_whitespace().nth(1)).and_then(|n| n.parse().ok()).unwrap_or(0)
}
