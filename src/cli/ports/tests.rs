//! The list on a system that these tests make up.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use clap::Parser;
use unicode_width::UnicodeWidthStr;

use crate::cli::console::Console;
use crate::cli::{Args, Command, Error};
use crate::ports::{
    Details, Owner, Owners, Protocol, Ranges, Socket, State, System, Table, Timer, TimerKind, Wants, socket::Unix,
};

/// A machine with a bit of everything; the name of its browser is hostile.
struct Fake;

const HOSTILE: &[u8] = b"e\x1b[2J\nv\xe2\x80\xael,\"";

fn owner(pid: u32, name: &[u8], user: &str, uid: u32, age: u64) -> Owner {
    Owner {
        pid,
        name: name.to_vec(),
        command: [name, b"\0--serve\0"].concat(),
        uid: Some(uid),
        user: Some(user.to_owned()),
        unit: (uid == 0).then(|| "ssh.service".to_owned()),
        container: (pid == 4242).then(|| "0123456789abcdef0123".to_owned()),
        started: SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1_000_000 - age)),
    }
}

fn socket(protocol: Protocol, state: State, local: &str, remote: &str, inode: u64, owners: &[u32]) -> Socket {
    let end = |text: &str| text.parse::<SocketAddr>().expect("an address and a port");
    let remote = (!remote.is_empty()).then(|| end(remote));
    Socket { inode, owners: owners.to_vec(), ..Socket::new(protocol, state, end(local), remote) }
}

impl System for Fake {
    fn table(&mut self, wants: Wants) -> Result<Table, crate::ports::Error> {
        use Protocol::{Tcp, Udp};
        let listen = |mut s: Socket| {
            s.send_queue = 128;
            s
        };
        let mut sockets = vec![
            Socket {
                v6_only: Some(false),
                receive_queue: 3,
                ..listen(socket(Tcp, State::Listen, "[::]:22", "", 11, &[0]))
            },
            listen(socket(Tcp, State::Listen, "127.0.0.1:3000", "", 12, &[1, 2])),
            Socket { uid: Some(70), ..listen(socket(Tcp, State::Listen, "192.168.1.5:8080", "", 13, &[])) },
            socket(Udp, State::Closed, "0.0.0.0:5353", "", 14, &[3]),
            socket(Tcp, State::Established, "[::ffff:192.0.2.9]:22", "[::ffff:192.0.2.77]:50123", 15, &[0]),
            Socket {
                details: Some(Box::new(Details {
                    congestion: "cubic".to_owned(),
                    round_trip: Some(Duration::from_micros(12_345)),
                    mss: Some(1448),
                    ..Details::default()
                })),
                timer: Some(Timer { kind: TimerKind::Retransmit, rings_in: Duration::from_millis(204), repeats: 2 }),
                send_queue: 5000,
                ..socket(Tcp, State::Established, "192.168.1.5:41000", "93.184.216.34:443", 16, &[3])
            },
            socket(
                Tcp,
                State::Established,
                "[2001:db8:1234:5678:9abc:def0:1234:5678]:41001",
                "[2001:db8::1]:443",
                17,
                &[3],
            ),
            socket(Tcp, State::CloseWait, "127.0.0.1:3000", "127.0.0.1:41002", 18, &[1]),
            Socket {
                uid: Some(0),
                timer: Some(Timer { kind: TimerKind::TimeWait, rings_in: Duration::from_millis(42_300), repeats: 0 }),
                ..socket(Tcp, State::TimeWait, "127.0.0.1:41003", "127.0.0.1:3000", 0, &[])
            },
            socket(Tcp, State::BoundInactive, "127.0.0.1:9000", "", 19, &[2]),
        ];
        if !wants.details {
            for socket in &mut sockets {
                socket.details = None;
            }
        }
        let unix = |path: &[u8], state, inode, owners: &[u32]| Unix {
            kind: "stream",
            state,
            path: path.to_vec(),
            inode,
            peer: 0,
            receive_queue: 0,
            send_queue: 0,
            owners: owners.to_vec(),
        };
        let mut table = Table {
            sockets,
            unix: vec![
                unix(b"/run/bus", State::Listen, 21, &[0]),
                unix(b"\0hidden\x1b", State::Established, 22, &[1]),
                unix(b"", State::Established, 23, &[]),
            ],
            owners: Owners {
                all: vec![
                    owner(812, b"sshd", "root", 0, 200_000),
                    owner(4242, b"node", "ada", 1000, 185),
                    owner(4243, b"node", "ada", 1000, 184),
                    owner(5000, HOSTILE, "ada", 1000, 7),
                ],
                hidden: 1,
            },
            read_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
            source: "a test",
            remarks: Vec::new(),
        };
        if !wants.owners {
            table.owners = Owners::default();
            for socket in &mut table.sockets {
                socket.owners.clear();
            }
        }
        Ok(table)
    }

    fn ranges(&mut self) -> Result<Ranges, crate::ports::Error> {
        Ok(Ranges { unprivileged_start: 1024, ephemeral: (32_768, 60_999), reserved: Vec::new() })
    }

    fn user(&mut self, uid: u32) -> Option<String> {
        (uid == 70).then(|| "postgres".to_owned())
    }
}

fn answer(arguments: &[&str]) -> Result<String, Error> {
    let before = ["layercake", "--color", "never", "--charset", "unicode", "ports"];
    let args = Args::try_parse_from(before.iter().chain(arguments)).unwrap_or_else(|e| panic!("{e}"));
    let mut console = Console::new(&args.look);
    let Some(Command::Ports(args)) = args.command else { panic!("another command") };
    super::run_on(&args, &mut Fake, false, &mut console)?;
    let out = String::from_utf8(std::mem::take(console.buffer())).expect("UTF-8");
    assert!(!out.chars().any(|c| (c.is_control() && c != '\n' && c != '\r') || c == '\u{202e}'), "{out:?}");
    Ok(out)
}

fn said(arguments: &[&str]) -> String {
    answer(arguments).unwrap_or_else(|e| panic!("{e}; hint: {:?}", e.hint()))
}

fn refusal(arguments: &[&str]) -> String {
    let error = answer(arguments).expect_err("a refusal");
    format!("{error} / {}", error.hint().unwrap_or_default())
}

/// Compares with a file beside this one; `LAYERCAKE_BLESS=1` writes it.
fn golden(name: &str, arguments: &[&str]) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/ports").join(name);
    let is = said(arguments);
    if std::env::var_os("LAYERCAKE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, &is).expect("a golden");
    }
    let should = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(is, should, "{}: LAYERCAKE_BLESS=1 accepts it", path.display());
}

#[test]
fn the_list_is_as_it_was_read_and_approved() {
    golden("list.80.txt", &["--width", "80"]);
    golden("list.120.txt", &["--width", "120"]);
    golden("list.wide.txt", &["--width", "220", "--wide"]);
    golden("list.ascii.txt", &["--width", "80", "--charset", "ascii"]);
    golden("list.describe.txt", &["--describe"]);
    golden("list.json", &["--format", "json"]);
    golden("list.csv", &["--format", "csv"]);
    golden("list.unix.txt", &["--unix", "--width", "80"]);
    golden("list.sorted.txt", &["--sort", "process", "--width", "80"]);
    golden("list.explained.txt", &["3000", "--explain", "--width", "80"]);
    golden("machine.txt", &["explain", "--width", "80"]);
    golden("machine.ascii.txt", &["explain", "--width", "80", "--charset", "ascii"]);
    golden("machine.describe.txt", &["explain", "machine", "--width", "80", "--describe"]);
    golden("time-wait.txt", &["explain", "time-wait", "--width", "80"]);
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    for width in ["60", "80", "100", "120", "160"] {
        for more in [&["--wide"][..], &["--explain"], &["--unix"], &["explain"]] {
            let text = said(&[more, &["--width", width]].concat());
            let most: usize = width.parse().expect("a number");
            let too_wide = |line: &&str| line.width() > most.max(80);
            assert_eq!(text.lines().find(too_wide), None, "{width} {more:?}");
        }
    }
}

/// The local ports that are listed.
fn ports(arguments: &[&str]) -> Vec<u64> {
    let text = said(&[arguments, &["--format", "json"]].concat());
    let object = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    text.lines().filter(|l| l.starts_with('{')).filter_map(|l| object(l)["local_port"].as_u64()).collect()
}

#[test]
fn words_and_flags_choose_sockets() {
    assert_eq!(ports(&["3000"]), [3000, 3000, 41003]);
    assert_eq!(ports(&[":3000", "listening"]), [3000]);
    assert_eq!(ports(&["listening"]), [22, 3000, 5353, 8080]);
    assert_eq!(ports(&["listen"]), [22, 3000, 8080]);
    assert_eq!(ports(&["TIME_WAIT"]), [41003]);
    assert_eq!(ports(&["22", "9000"]), [22, 22, 9000]);
    assert_eq!(ports(&["ssh", "listening"]), [22]);
    assert_eq!(ports(&["http-alt"]), [8080]);
    assert_eq!(ports(&["8000-9000"]), [8080, 9000]);
    assert_eq!(ports(&["--state", "time-wait", "--state", "bound"]), [9000, 41003]);
    assert_eq!(ports(&["--process", "NODE", "--state", "listen"]), [3000]);
    assert_eq!(ports(&["--process", "812"]), [22, 22]);
    assert_eq!(ports(&["--proto", "udp"]), [5353]);
}

#[test]
fn the_filter_language_of_packets_works_on_sockets() {
    assert_eq!(ports(&["tcp.port == 3000 and socket.state == listen"]), [3000]);
    assert_eq!(ports(&["port", "443"]), [41000, 41001]);
    assert_eq!(ports(&["host 192.0.2.77"]), [22]);
    assert_eq!(ports(&["src net 192.168.0.0/16 and tcp"]), [8080, 41000]);
    assert_eq!(ports(&["socket.process contains \"od\" and not socket.state == bound-inactive"]), [3000, 3000]);
    assert_eq!(ports(&["socket.reach == \"every card\" or socket.reach == \"every card, IPv4 too\""]), [22, 5353]);
    assert_eq!(ports(&["socket.user == ada and udp"]), [5353]);
    assert_eq!(ports(&["socket.rtt > 10000"]), [41000]);
    assert_eq!(ports(&["socket.confirmed"]), [22, 22]);
    assert_eq!(ports(&["ip6 and not port 22"]), [41001]);
}

#[test]
fn slips_are_answered_with_the_nearest_word() {
    assert!(refusal(&["--process", "noed"]).contains("did you mean `node`?"));
    assert!(refusal(&["listning"]).contains("did you mean `listening`?"));
    assert!(refusal(&["sshd"]).contains("layercake ports --process sshd"));
    assert!(refusal(&["70000"]).contains("0 to 65535"));
    assert!(refusal(&["explain", "tiem-wait"]).contains("did you mean `time-wait`?"));
    let refused = Args::try_parse_from(["layercake", "ports", "--state", "time-wiat"]).map(|_| ()).expect_err("a slip");
    assert!(refused.to_string().contains("time-wait"), "{refused}");
}

#[test]
fn whoever_lacks_an_owner_is_counted_and_the_reason_is_said() {
    assert!(said(&[]).contains("1 of 10 sockets belongs to another user's program: run as root to see which."));
    assert!(!said(&["--no-owners"]).contains("run as root"));
    assert!(!said(&["--process", "node"]).contains("run as root"));
}

#[test]
fn columns_are_explained_by_the_words_that_stand_above_them() {
    for head in crate::render::sockets::heads() {
        let head = head.split(" (").next().unwrap_or_default();
        assert!(said(&["explain", head]).len() > 100, "{head}");
        assert!(super::explain::COLUMNS.iter().any(|(known, _)| *known == head), "{head}");
    }
}

#[test]
fn shells_are_given_only_names_that_they_take_as_one_word() {
    assert!(super::list::is_word("node") && super::list::is_word("home-assistant_2.0+b"));
    for hostile in ["", "$(reboot)", "a b", "`id`", "x;y", "caf\u{e9}", "a\nb", "*"] {
        assert!(!super::list::is_word(hostile), "{hostile:?}");
    }
}
