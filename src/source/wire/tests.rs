use super::*;

/// What a run gave: frames with time, link and fate; steps; counters.
struct Run {
    frames: Vec<(u64, u32, Fate, Vec<u8>)>,
    steps: Vec<Happening>,
    links: Vec<LinkCounters>,
}

fn play(script: &Script) -> Run {
    let mut wire = Wire::run(script).expect("a good script");
    let (mut frames, mut steps) = (Vec::new(), Vec::new());
    loop {
        match wire.next().expect("a frame") {
            Event::Packet(p) => {
                frames.push((p.time.unwrap_or(0) - EPOCH, p.interface, p.fate, p.bytes.to_vec()));
            }
            Event::Idle => {}
            Event::End => break,
        }
        steps.extend(wire.happened());
    }
    steps.extend(wire.happened());
    Run { frames, steps, links: wire.links().cloned().collect() }
}

impl Run {
    /// FNV-1a over everything that a capture file would hold.
    fn digest(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for (time, link, fate, bytes) in &self.frames {
            let head = [time.to_le_bytes(), u64::from(*link).to_le_bytes(), (*fate as u64).to_le_bytes()].concat();
            for byte in head.iter().chain(bytes) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        hash
    }

    /// What programs on a host read, joined.
    fn read(&self, host: &str) -> Vec<String> {
        let of = |h: &&Happening| &*h.host == host;
        let text = |h: &Happening| match &h.what {
            Did::Read(b) => Some(String::from_utf8_lossy(&b.bytes).into_owned()),
            _ => None,
        };
        self.steps.iter().filter(of).filter_map(text).collect()
    }

    fn did(&self, what: &Did) -> usize {
        self.steps.iter().filter(|h| h.what == *what).count()
    }

    fn fates(&self, fate: Fate) -> usize {
        self.frames.iter().filter(|f| f.2 == fate).count()
    }
}

/// Two hosts, what a link says, and programs.
fn pair(link: &str, programs: &str) -> Script {
    let text = format!(
        "[hosts.client]\naddress = \"192.168.1.5/24\"\n[hosts.server]\naddress = \"192.168.1.9/24\"\n\
         [[links]]\nbetween = [\"client\", \"server\"]\n{link}\n{programs}"
    );
    Script::parse(&text, "test").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const ECHO: &str = "[[programs]]\non = \"server\"\ndo = \"tcp-server\"\nport = 80\nmode = \"echo\"\n";
const SINK: &str = "[[programs]]\non = \"server\"\ndo = \"tcp-server\"\nport = 80\n";

fn client(more: &str) -> String {
    format!("[[programs]]\non = \"client\"\ndo = \"tcp-client\"\nto = \"server:80\"\n{more}\n")
}

fn built_in(name: &str) -> Script {
    script(name).expect("it comes with the program")
}

#[test]
fn built_in_scripts_give_the_same_bytes_on_every_machine() {
    let pinned = [
        ("two-hosts", 11_993_614_842_993_655_866_u64),
        ("lossy", 928_517_176_615_579_924),
        ("slow-reader", 2_537_295_789_234_505_637),
        ("four-routers", 8_154_979_905_804_006_234),
        ("mtu", 17_626_168_099_947_469_744),
        ("nat", 1_215_330_462_591_682_793),
    ];
    let found = pinned.map(|(name, _)| (name, play(&built_in(name).captured_at(|_| true)).digest()));
    assert!(SCRIPTS.iter().all(|s| pinned.iter().any(|(name, _)| *name == s.name)), "each one is pinned");
    assert_eq!(found, pinned, "after a wanted change (smoltcp, a script) look at the frames, then pin these");
}

#[test]
fn every_built_in_script_parses_and_comes_to_an_end() {
    for known in SCRIPTS {
        let script = Script::parse(known.text, known.name).unwrap_or_else(|error| panic!("{error}: {:?}", error.hint));
        assert!(!play(&script).frames.is_empty(), "{}", known.name);
    }
}

#[test]
fn the_same_seed_gives_the_same_frames_and_another_one_others() {
    let script = pair("drop_chance = 0.2\ncorrupt_chance = 0.1", &format!("{ECHO}{}", client("bytes = \"20 kB\"")));
    assert_eq!(play(&script).digest(), play(&script).digest());
    assert_ne!(play(&script).digest(), play(&script.clone().with_seed(99)).digest());
}

#[test]
fn a_dropped_sixth_packet_is_the_second_message_and_tcp_sends_it_again() {
    let tcp = play(&built_in("lossy").only(Only::Tcp).with_drop(0, Count::Ip, &[6]));
    let ip = tcp.frames.iter().filter(|f| f.3[12..14] == [8, 0]).count();
    assert_eq!(ip, 11, "as in the picture: 1 lost, 1 sent again");
    assert_eq!(tcp.read("server"), ["Hel", "lo"]);
    assert_eq!((tcp.links[0].lost, &tcp.links[0].lost_data), (1, &vec![2]));
    let udp = play(&built_in("lossy").only(Only::Udp).with_drop(0, Count::Data, &tcp.links[0].lost_data));
    assert_eq!(udp.read("server"), ["Hel"], "nobody sends it again");
    assert_eq!(udp.frames.last().map(|f| f.0), Some(50_000), "UDP begins at 0 when it is alone");
}

#[test]
fn a_sender_waits_at_least_a_second_before_it_sends_again() {
    let run = play(&built_in("lossy").only(Only::Tcp));
    let lost = run.frames.iter().position(|f| f.2 == Fate::Lost).expect("one is lost");
    let wait = run.frames[lost + 1].0 - run.frames[lost].0;
    assert_eq!(wait, 1_000_000_000, "{}", DIFFERENCES[0].here);
}

#[test]
fn a_slow_reader_shuts_the_window_and_nothing_is_lost() {
    let run = play(&built_in("slow-reader"));
    assert!(run.did(&Did::Blocked) > 0 && run.did(&Did::Unblocked) == run.did(&Did::Blocked));
    let read: usize = run.steps.iter().map(|h| if let Did::Read(b) = &h.what { b.length } else { 0 }).sum();
    assert_eq!(read, 10_000);
    assert_eq!(run.fates(Fate::Unknown), run.frames.len());
    let shut =
        |f: &&(u64, u32, Fate, Vec<u8>)| f.3[23] == 6 && f.3[34..36] == 9001_u16.to_be_bytes() && f.3[48..50] == [0, 0];
    assert!(run.frames.iter().any(|f| shut(&f)), "a window of 0");
}

#[test]
fn faults_by_number_hit_that_frame_and_tcp_mends_all_of_them() {
    let programs = format!("{SINK}{}", client("send = [\"a\", \"b\", \"c\", \"d\"]\nevery = \"20ms\""));
    let run = play(&pair("count = \"data\"\nduplicate = [1]\ncorrupt = [2]\ndrop = [3]\nreorder = [4]", &programs));
    let counted = [Fate::Doubled, Fate::Damaged, Fate::Lost, Fate::Delayed].map(|f| run.fates(f));
    assert_eq!(counted, [1, 1, 1, 1]);
    let LinkCounters { frames, lost, doubled, damaged, delayed, .. } = run.links[0].clone();
    assert_eq!([lost, doubled, damaged, delayed], [1, 1, 1, 1]);
    assert_eq!(frames as usize + 1, run.frames.len(), "the wire's copy is recorded and not counted");
    let twin = run.frames.iter().position(|f| f.2 == Fate::Doubled).expect("one is doubled");
    assert_eq!(run.frames[twin].3, run.frames[twin + 1].3, "its copy stands behind it");
    assert_eq!(run.read("server").concat(), "abcd");
}

#[test]
fn numbers_may_count_arp_too() {
    let run = play(&pair("count = \"all\"\ndrop = [1]", &format!("{SINK}{}", client("send = [\"a\"]"))));
    assert_eq!((run.frames[0].2, &run.frames[0].3[12..14]), (Fate::Lost, &[8, 6][..]));
    assert_eq!(run.read("server"), ["a"], "the host asks again");
}

#[test]
fn bandwidth_spaces_frames_and_a_full_queue_throws_away() {
    let programs = format!("{SINK}{}", client("bytes = \"40 kB\""));
    let wide = play(&pair("bandwidth = \"1 Mbit/s\"\nqueue = 100", &programs));
    let full: Vec<u64> = wide.frames.iter().filter(|f| f.3.len() == 1514).map(|f| f.0).collect();
    let gaps: Vec<u64> = full.windows(2).map(|w| w[1] - w[0]).collect();
    assert!(gaps.iter().all(|gap| *gap >= 12_112_000), "1514 bytes take 12.112 ms: {gaps:?}");
    assert_eq!(wide.links[0].overflowed, 0);
    let narrow = play(&pair("bandwidth = \"1 Mbit/s\"\nqueue = 4", &programs));
    assert!(narrow.links[0].overflowed > 0);
    assert_eq!(narrow.fates(Fate::Overflowed) as u64, narrow.links[0].overflowed);
}

#[test]
fn a_closed_port_answers_tcp_with_rst_and_udp_with_icmp() {
    let tcp = play(&pair("", &client("send = [\"a\"]")));
    assert_eq!((tcp.did(&Did::Refused), tcp.did(&Did::Connected)), (1, 0));
    let udp = "[[programs]]\non = \"client\"\ndo = \"udp-client\"\nto = \"server:53\"\nsend = [\"a\"]";
    assert_eq!(play(&pair("", udp)).did(&Did::Refused), 1);
    let nobody = client("send = [\"a\"]").replace("server:80", "192.168.1.77:80");
    assert_eq!(play(&pair("", &nobody)).did(&Did::TimedOut), 1);
}

#[test]
fn a_dialogue_answers_each_read_with_its_own_bytes_and_then_nothing() {
    let server = "[[programs]]\non = \"server\"\ndo = \"tcp-server\"\nport = 80\nanswers_hex = [\"81 05\", \"ff\"]\n";
    let run = play(&pair("", &format!("{server}{}", client("send_hex = [\"00\", \"c0 01\"]\nanswers = true"))));
    let read = |bytes: &[u8]| run.did(&Did::Read(Bytes { bytes: bytes.to_vec(), length: bytes.len() }));
    assert_eq!([read(&[0]), read(&[0xc0, 1]), read(&[0x81, 5]), read(&[0xff])], [1; 4]);
    let text = server.replace("answers_hex = [\"81 05\", \"ff\"]", "answers_hex = [\"8\"]");
    let hosts = "[hosts.server]\n";
    assert!(
        Script::parse(&format!("{hosts}{text}"), "t").expect_err("half a byte").to_string().contains("no bytes in hex")
    );
}

#[test]
fn ping_measures_the_way_there_and_back() {
    let ping = "[[programs]]\non = \"client\"\ndo = \"ping\"\nto = \"server\"\ntimes = 3\nsize = 3000";
    let run = play(&pair("delay = \"5ms\"\ncount = \"data\"\ndrop = [7]", ping));
    let answers: Vec<Answer> =
        run.steps.iter().filter_map(|h| if let Did::Answer(a) = h.what { Some(a) } else { None }).collect();
    assert_eq!(answers.iter().map(|a| (a.number, a.rtt)).collect::<Vec<_>>(), [(1, 20_000), (3, 10_000)], "ARP first");
    assert_eq!((answers[0].says, answers[0].from), (Says::Here, [192, 168, 1, 9].into()));
    assert_eq!(run.did(&Did::NoAnswer(2)), 1, "a piece of it was lost");
}

#[test]
fn behind_a_switch_others_see_only_broadcasts() {
    let text = "[hosts.a]\n[hosts.b]\n[hosts.c]\n[switches.s]\n[[links]]\nbetween = [\"a\", \"s\"]\n[[links]]\nbetween = [\"b\", \"s\"]\n\
        [[links]]\nbetween = [\"s\", \"c\"]\n[[programs]]\non = \"b\"\ndo = \"udp-server\"\nport = 7\nmode = \"echo\"\n\
        [[programs]]\non = \"a\"\ndo = \"udp-client\"\nto = \"b:7\"\nsend = [\"hi\"]";
    let run = play(&Script::parse(text, "test").expect("good").captured_at(|_| true));
    assert_eq!(run.read("a"), ["hi"]);
    let to_c: Vec<_> = run.frames.iter().filter(|f| f.1 == 2).collect();
    assert_eq!(to_c.len(), 1, "the ARP question goes everywhere");
    assert_eq!(to_c[0].3[..6], [255; 6]);
    let only_b = play(&Script::parse(&format!("capture = [\"b-s\"]\n{text}"), "test").expect("good"));
    assert!(only_b.frames.iter().all(|f| f.1 == 1));
}

#[test]
fn a_minute_of_a_thousand_connections() {
    let run = play(&thousand());
    let did = |what: &Did| run.did(what);
    assert_eq!((did(&Did::Connecting), did(&Did::Connected)), (1000, 2000), "both sides");
    assert_eq!(run.read("client").len(), 3000, "three answers each");
    assert_eq!((did(&Did::Closed), did(&Did::TimedOut), did(&Did::Reset)), (2000, 0, 0));
    assert!(run.frames.iter().all(|f| f.0 < 60_000_000_000));
}

fn thousand() -> Script {
    let more = "count = 1000\nspread = \"40s\"\nsend = [\"one\", \"two\", \"three\"]\nanswers = true\nevery = \"5s\"";
    pair("", &format!("{ECHO}{}", client(more)))
}

#[test]
fn a_link_that_nobody_captures_lets_the_caller_breathe() {
    let programs = format!("{SINK}{}", client("bytes = \"20 MB\""));
    let mut script = pair("", &programs);
    script.links[0].captured = false;
    let mut wire = Wire::run(&script).expect("good");
    assert!(matches!(wire.next(), Ok(Event::Idle)));
}

#[test]
fn steps_know_how_many_packets_came_before_them() {
    let run = play(&built_in("two-hosts"));
    assert!(run.steps.is_sorted_by_key(|h| (h.time, h.after)));
    let sent = run.steps.iter().find(|h| matches!(h.what, Did::Sent(_))).expect("a send");
    assert!(run.frames[sent.after as usize].3.ends_with(b"Hello"), "the next packet is what it caused");
}

#[test]
fn the_wire_tells_names_and_forgets_old_steps_instead_of_growing() {
    let wire = Wire::run(&built_in("two-hosts")).expect("good");
    let names: Vec<_> = wire.names().iter().map(|(a, n)| format!("{a} {n}")).collect();
    assert_eq!(names, ["192.168.1.5 client", "192.168.1.9 server"]);
    let mut log = happening::Log::default();
    let step =
        Happening { time: 0, after: 0, host: "h".into(), program: 0, run: 0, port: 0, peer: None, what: Did::Closed };
    (0..70_000).for_each(|_| log.push(step.clone()));
    assert_eq!((log.drain().count(), log.forgotten), (65_536, 4464));
}
