//! Live on loopback, in a network namespace of its own: the same flood once for layercake and once for tcpdump,
//! both writing to /dev/null. What matters is what each of them lost.

use std::net::UdpSocket;
use std::process::Command;

/// The argument that makes this program send the flood.
pub const FLOOD: &str = "--flood";
/// Datagrams of one flood.
const DATAGRAMS: usize = 1_000_000;

/// Sends datagrams of 200 bytes to a socket that nobody reads, as fast as one thread can.
///
/// # Panics
/// Where loopback has no sockets to give.
pub fn flood() {
    let to = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let from = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    from.connect(to.local_addr().expect("an address")).expect("connected");
    let begin = std::time::Instant::now();
    // A full queue is no reason to stop: the packet has crossed the interface by then.
    let sent = (0..DATAGRAMS).filter(|_| from.send(&[7; 200]).is_ok()).count();
    println!("{sent} datagrams, {:.0} a second", sent as f64 / begin.elapsed().as_secs_f64());
}

/// Prints what each program says that it saw and lost.
///
/// # Panics
/// Where this program does not know its own path.
pub fn run(layercake: &str) {
    println!("\nlive on loopback, {DATAGRAMS} datagrams of 200 bytes, written to /dev/null");
    let this = std::env::current_exe().expect("this program").display().to_string();
    let listen = |name: &str, capture: &str| {
        let script = format!(
            "ip link set lo up; {capture} 2> /tmp/layercake-bench.$$ & capture=$!; sleep 1; '{this}' {FLOOD}; sleep 1; \
             kill -INT $capture; wait $capture; cat /tmp/layercake-bench.$$; rm /tmp/layercake-bench.$$"
        );
        let output = Command::new("unshare").args(["-n", "bash", "-c", &script]).output();
        let text = output.map(|o| String::from_utf8_lossy(&[o.stdout, o.stderr].concat()).into_owned());
        let words = text.unwrap_or_else(|error| error.to_string());
        println!("{name}\n  {}", words.trim().replace('\n', "\n  "));
    };
    listen("layercake capture -i lo -q -w /dev/null", &format!("'{layercake}' capture -i lo -q -w /dev/null"));
    listen("tcpdump -i lo -w /dev/null", "tcpdump -i lo -w /dev/null");
    listen(
        "layercake capture -i lo -w /dev/null > /dev/null",
        &format!("'{layercake}' capture -i lo -w /dev/null > /dev/null"),
    );
}
