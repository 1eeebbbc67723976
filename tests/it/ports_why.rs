//! `layercake ports why` and `ports map`, the real binary: ports that this test holds in every way, and free ones.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::process::Command;

use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, bind, getsockname, listen, socket};

use crate::support::{LAYERCAKE, have};

fn run(args: &[&str]) -> (String, i32) {
    let output = Command::new(LAYERCAKE)
        .arg("ports")
        .args(args)
        .args(["--width", "400", "--charset", "unicode"])
        .env_remove("LAYERCAKE_A11Y")
        .output()
        .expect("layercake runs");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    (text, output.status.code().expect("it ends by itself"))
}

fn why(port: u16, more: &[&str]) -> (String, i32) {
    run(&[&["why", &port.to_string()], more].concat())
}

/// A TCP socket that is bound to a free port without `SO_REUSEADDR`, and that port.
fn bound() -> (OwnedFd, u16) {
    use std::os::fd::AsRawFd;
    let fd = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    bind(fd.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0)).expect("bound");
    let port = getsockname::<SockaddrIn>(fd.as_raw_fd()).expect("an address").port();
    (fd, port)
}

/// A listener on a port that the kernel lends to nobody: once closed, it stays free.
fn out_of_the_way(address: &str) -> TcpListener {
    let start = 20_000 + (std::process::id() % 10_000) as u16;
    let any = |port| TcpListener::bind((address, port)).ok();
    (start..32_000).find_map(any).expect("a free port below those that are lent")
}

#[test]
fn a_port_may_be_taken_at_one_address_and_free_at_another() {
    let listener = out_of_the_way("127.0.0.3");
    let (text, code) = why(listener.local_addr().expect("an address").port(), &[]);
    assert!(code == 3 && text.contains("taken at some addresses, free at others"), "{text}");
    assert!(text.contains("127.0.0.1  this machine only          ✓ free"), "{text}");
}

#[test]
fn a_listening_port_is_taken_by_this_test_and_free_when_it_is_closed() {
    let listener = out_of_the_way("127.0.0.1");
    let port = listener.local_addr().expect("an address").port();
    let (text, code) = why(port, &[]);
    let me = format!("pid {}", std::process::id());
    assert_eq!(code, 3, "{text}");
    for words in ["is taken.", &me, "state LISTEN", "this machine only", &format!("kill {}", std::process::id())] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    // Another address of the same machine is another room.
    assert_eq!(why(port, &["--address", "127.0.0.2"]).1, 0);
    drop(listener);
    let (text, code) = why(port, &[]);
    assert!(code == 0 && text.contains("is free."), "{text}");
}

#[test]
fn a_port_that_is_only_bound_is_taken_although_other_tools_show_it_free() {
    let (_held, port) = bound();
    let (text, code) = why(port, &[]);
    assert_eq!(code, 3, "{text}");
    // Kernels before 6.8 do not tell of sockets that are only bound.
    assert!(text.contains("BOUND-INACTIVE") || text.contains("before 6.8"), "{text}");
}

#[test]
fn a_resting_port_says_until_when_and_who_may_have_it_earlier() {
    // The standard library's listener sets SO_REUSEADDR; the side that closes first rests.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    let client = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let (server, _) = listener.accept().expect("a caller");
    drop(server);
    std::thread::sleep(std::time::Duration::from_millis(50));
    drop((client, listener));
    std::thread::sleep(std::time::Duration::from_millis(50));
    let (text, code) = why(port, &[]);
    assert_eq!(code, 3, "{text}");
    for words in ["still resting", "TIME-WAIT", "UTC, in ", "SO_REUSEADDR", "✓ free"] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    let (json, _) = why(port, &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((json["verdict"].as_str(), json["holders"][0]["pid"].as_u64()), (Some("resting"), None));
    assert!(json["holders"][0]["ends_in"].as_f64().is_some_and(|s| s > 0.0 && s <= 60.0), "{json}");
}

#[test]
fn a_resting_port_of_a_server_without_reuse_is_taken_for_everybody() {
    let (fd, port) = bound();
    listen(&fd, Backlog::new(1).expect("a backlog")).expect("listening");
    let listener = TcpListener::from(fd);
    let client = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let (server, _) = listener.accept().expect("a caller");
    drop(server);
    std::thread::sleep(std::time::Duration::from_millis(50));
    drop((client, listener));
    std::thread::sleep(std::time::Duration::from_millis(50));
    let (text, code) = why(port, &[]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("is taken for") && text.contains("wait until then"), "{text}");
    assert!(!text.contains("kill "), "there is nobody to stop:\n{text}");
}

#[test]
fn a_port_that_a_call_uses_is_said_to_be_lent() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let client = TcpStream::connect(address).expect("a connection");
    let (text, code) = why(client.local_addr().expect("an address").port(), &[]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains(&format!("calls {address} from it")), "{text}");
    let (text, _) = why(address.port(), &[]);
    assert!(text.contains("One caller is connected to it") || text.contains("waits for callers"), "{text}");
}

#[test]
fn udp_has_rooms_of_its_own() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let port = socket.local_addr().expect("an address").port();
    let (text, code) = why(port, &["--udp"]);
    assert!(code == 3 && text.contains("takes datagrams"), "{text}");
}

#[test]
fn who_may_not_bind_learns_what_would_help() {
    if !have("unshare") || !have("setpriv") {
        return;
    }
    // A network of its own, without rights in it: nobody else's ports, nobody's privileges.
    let command = format!(
        "ip link set lo up 2>/dev/null; exec setpriv --bounding-set -all --inh-caps -all \
         --ambient-caps -all --securebits +noroot,+noroot_locked '{LAYERCAKE}' ports why 80 --width 400"
    );
    let output = Command::new("unshare").args(["-rn", "sh", "-c", &command]).output().expect("unshare");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.is_empty() {
        eprintln!("skipped: no namespaces here: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("free, but not for you") && text.contains("setcap") && text.contains("8080"), "{text}");
}

#[test]
fn wrong_words_suggest_the_nearest_and_have_a_code_of_their_own() {
    let (text, code) = run(&["why", "postgresq"]);
    assert!(code == 2 && text.contains("did you mean `postgresql`?"), "{text}");
    assert_eq!(run(&["why", "70000"]).1, 2);
    assert_eq!(run(&["map", "9-3"]).1, 2);
    let (text, code) = run(&["why", "80", "--address", "192.0.2.9"]);
    assert!(code == 1 && text.contains("hint: "), "{text}");
}

#[test]
fn the_map_shows_the_ports_of_this_test() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    let (json, code) = run(&["map", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let mine = json["taken"].as_array().expect("a list").iter().find(|room| room["port"] == port).expect("this port");
    assert_eq!((code, &mine["kind"]), (0, &serde_json::json!("listening")));
    let (text, _) = run(&["map", &port.to_string(), "--describe"]);
    assert!(text.contains(&format!("Port {port}")), "{text}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ports.svg");
    let (text, code) = run(&["map", "--svg", &path.to_string_lossy()]);
    assert_eq!(code, 0, "{text}");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    assert!(svg.starts_with("<svg ") && svg.contains(&port.to_string()));
    let (text, code) = run(&["map", "--svg", "/nowhere/ports.svg"]);
    assert!(code == 1 && text.contains("hint: "), "{text}");
}
