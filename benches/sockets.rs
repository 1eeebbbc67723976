//! The sockets of this machine beside ss, lsof and netstat, in one run: `cargo bench --bench sockets [-- COUNT]`.
//! Opens 10,000 of its own first (half connections, half listeners and UDP). Prints a table; asserts nothing.
//! The library's rows are the call alone; those of commands hold starting up and printing to /dev/null.

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use layercake::ports::{Wants, system};
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    /// Counted runs of each; the median is printed.
    const RUNS: usize = 11;

    pub fn main() {
        let count = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(10_000);
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
        setrlimit(Resource::RLIMIT_NOFILE, most.min(count + 1000), most).expect("a higher limit");
        let _open = open(count as usize);
        println!("{count} sockets opened; median of {RUNS} runs, output to /dev/null\n");
        println!("{:<44}{:>10}{:>10}", "what", "ms", "rows");
        let bare = Wants { owners: false, details: false, unix: false };
        library("library: table", bare);
        command("layercake ports", env!("CARGO_BIN_EXE_layercake"), &["ports", "--no-owners"]);
        command("ss -tuna", "ss", &["-tunaH"]);
        println!();
        library("library: table with owners", Wants { owners: true, ..bare });
        library("library: table with owners, details, unix", Wants { owners: true, details: true, unix: true });
        command("layercake ports", env!("CARGO_BIN_EXE_layercake"), &["ports"]);
        command("ss -tunap", "ss", &["-tunapH"]);
        command("lsof -i -nP", "lsof", &["-i", "-nP"]);
        command("netstat -tunap", "netstat", &["-tunap"]);
    }

    type Open = (Vec<TcpListener>, Vec<TcpStream>, Vec<UdpSocket>);

    fn open(count: usize) -> Open {
        let (mut listeners, mut streams, mut datagrams) = Open::default();
        let one = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = one.local_addr().expect("an address");
        for _ in 0..count / 4 {
            streams.push(TcpStream::connect(address).expect("a connection"));
            streams.push(one.accept().expect("its other end").0);
            listeners.push(TcpListener::bind("[::1]:0").expect("a listener"));
            datagrams.push(UdpSocket::bind("127.0.0.1:0").expect("a socket"));
        }
        listeners.push(one);
        (listeners, streams, datagrams)
    }

    fn library(label: &str, wants: Wants) {
        let mut rows = 0;
        let times = (0..RUNS).map(|_| {
            let begin = Instant::now();
            let table = system().table(wants).expect("this machine's sockets");
            rows = table.sockets.len() + table.unix.len();
            begin.elapsed()
        });
        let median = median(times.collect());
        println!("{label:<44}{median:>10.1}{rows:>10}");
    }

    fn command(label: &str, program: &str, arguments: &[&str]) {
        let run = || {
            let begin = Instant::now();
            let ended =
                Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
            ended.success().then(|| begin.elapsed())
        };
        let times: Option<Vec<Duration>> = (0..RUNS).map(|_| run()).collect();
        match times {
            Some(times) => println!("{label:<44}{:>10.1}", median(times)),
            None => println!("{label:<44}{:>10}", "(not here)"),
        }
    }

    fn median(mut times: Vec<Duration>) -> f64 {
        times.sort();
        times.get(times.len() / 2).map_or(0.0, |t| t.as_secs_f64() * 1000.0)
    }
}
