use super::*;

const HOSTS: &str = "[hosts.client]\n[hosts.server]\n";

/// The first mistake of a script: where, what, and the hint.
fn wrong(text: &str) -> (usize, usize, String, String) {
    let error = Script::parse(text, "net.toml").expect_err("a mistake");
    assert_eq!(error.to_string(), format!("net.toml, line {}, column {}: {}", error.line, error.column, error.what));
    (error.line, error.column, error.what, error.hint.unwrap_or_default())
}

fn link(more: &str) -> String {
    format!("{HOSTS}[[links]]\nbetween = [\"client\", \"server\"]\n{more}")
}

fn program(more: &str) -> String {
    format!("{HOSTS}[[programs]]\non = \"client\"\n{more}")
}

#[test]
fn an_unknown_key_is_an_error_that_knows_what_was_meant() {
    let (line, column, what, hint) = wrong(&link("dealy = \"2ms\""));
    assert_eq!((line, column), (5, 1));
    assert_eq!((what.as_str(), hint.as_str()), ("a link has no key `dealy`", "did you mean `delay`?"));
    let (line, _, what, hint) = wrong("titel = \"x\"\n[hosts.a]\n");
    assert_eq!((line, what.as_str(), hint.as_str()), (1, "a script has no key `titel`", "did you mean `title`?"));
    let (line, column, what, _) = wrong(&program("do = \"ping\"\nto = \"server\"\nsend = [\"x\"]"));
    assert_eq!((line, column, what.as_str()), (7, 1, "a program has no key `send`"));
}

#[test]
fn an_unknown_host_is_pointed_at() {
    let (line, column, what, hint) = wrong(&format!("{HOSTS}[[links]]\nbetween = [\"client\", \"servr\"]"));
    assert_eq!((line, column), (4, 22));
    assert_eq!(what, "there is no host, switch or router `servr`");
    assert_eq!(hint, "did you mean `server`?");
    let (_, _, what, hint) = wrong(&program("do = \"ping\"\nto = \"sever\""));
    assert_eq!(
        (what.as_str(), hint.as_str()),
        ("there is nobody called `sever` who has an address", "did you mean `server`?")
    );
}

#[test]
fn a_quantity_without_unit_says_how_it_is_written() {
    let (line, column, what, hint) = wrong(&link("delay = 5"));
    assert_eq!((line, column, what.as_str()), (5, 9, "`delay` of a link cannot be read like this"));
    assert_eq!(hint, "write it like this: delay = \"20ms\" (us, ms, s or min)");
    assert!(wrong(&link("bandwidth = \"fast\"")).3.contains("1 Mbit/s"));
    assert!(wrong(&link("drop = [0]")).3.contains("counted from 1"));
    assert!(wrong(&link("drop_chance = 1.5")).3.contains("from 0, never, to 1, always"));
}

#[test]
fn text_that_is_no_toml_has_a_place() {
    let (line, _, what, _) = wrong("[hosts.client]\n[[links]\n");
    assert_eq!(line, 2);
    assert!(what.starts_with("this is no TOML: "), "{what}");
    let (line, column, ..) = wrong("title = \"ä\" x");
    assert_eq!((line, column), (1, 13), "columns are characters");
}

#[test]
fn what_is_missing_is_asked_for() {
    assert_eq!(wrong("").2, "a script needs hosts");
    assert_eq!(wrong(&format!("{HOSTS}[[links]]\n")).2, "a link needs `between`");
    assert_eq!(wrong(&program("do = \"tcp-client\"")).2, "a program needs `to`");
    assert_eq!(wrong(&program("do = \"tcp-server\"")).2, "a program needs `port`");
    assert_eq!(wrong(&program("")).2, "a program needs `do`");
}

#[test]
fn hostile_scripts_are_refused() {
    let many = (0..1000).map(|n| format!("[hosts.h{n}]")).collect::<Vec<_>>().join("\n");
    assert_eq!(wrong(&many).2, "there are too many hosts, switches and routers");
    assert_eq!(wrong(&"#".repeat(300_000)).2, "this is too long for a script");
    assert_eq!(wrong(&program("do = \"tcp-server\"\nport = 70000")).2, "`port` is out of range");
    assert_eq!(wrong(&program("do = \"tcp-client\"\nto = \"server:0\"")).2, "`server:0` names no port");
    assert_eq!(wrong(&program("do = \"tcp-client\"\nto = \"server:1\"\ncount = 1000000")).2, "`count` is out of range");
    let many = "[[programs]]\non = \"client\"\ndo = \"udp-client\"\nto = \"server:1\"\ncount = 9000\n".repeat(2);
    assert_eq!(wrong(&format!("{HOSTS}{many}")).2, "with this one too many programs run");
    assert!(
        wrong(&program("do = \"udp-client\"\nto = \"server:1\"\nfrom = 65000\ncount = 1000"))
            .2
            .contains("beyond 65535")
    );
    assert_eq!(wrong("end = \"2000 min\"\n[hosts.a]").2, "`end` is out of range");
    assert_eq!(wrong("[hosts.a]\naddress = \"224.0.0.1/24\"").2, "`224.0.0.1/24` is no address of a host");
    assert_eq!(wrong("[hosts.a]\nmac = \"ff:ff:ff:ff:ff:ff\"").2, "this is no MAC address of one card");
}

#[test]
fn a_ring_of_switches_is_refused_and_no_link_is_without_delay() {
    let ring = "[hosts.a]\n[switches.x]\n[switches.y]\n[[links]]\nbetween = [\"x\", \"y\"]\n[[links]]\nname = \"two\"\nbetween = [\"y\", \"x\"]";
    assert!(wrong(ring).2.contains("circle for ever"));
    assert!(wrong("[hosts.a]\n[switches.x]\n[[links]]\nbetween = [\"x\", \"x\"]").2.contains("circle"));
    let script = Script::parse(&link("delay = \"0us\""), "t").expect("good");
    assert_eq!(script.links[0].delay, 1);
}

#[test]
fn a_host_has_one_card_and_names_are_used_once() {
    let second = format!("{}\n[[links]]\nname = \"b\"\nbetween = [\"client\", \"server\"]", link(""));
    assert_eq!(wrong(&second).2, "`client` has a link already, and a host has one card");
    assert_eq!(wrong("[hosts.a]\n[switches.a]").2, "two places are called `a`");
    assert!(wrong("[hosts.\"a.b\"]").2.contains("no good name"));
    let twice = "[hosts.a]\naddress = \"10.0.0.1/8\"\n[hosts.b]\naddress = \"10.0.0.1/8\"";
    assert_eq!(wrong(twice).2, "two hosts have the address 10.0.0.1");
}

#[test]
fn what_nobody_wrote_down_is_made_up_in_the_order_of_the_file() {
    let script =
        Script::parse("[hosts.zoe]\n[hosts.adam]\n[hosts.eve]\naddress = \"192.168.1.1/24\"", "t").expect("good");
    let made: Vec<_> = script.hosts.iter().map(|h| (h.name.as_str(), h.address.octets()[3], h.mac[5])).collect();
    assert_eq!(made, [("zoe", 2, 2), ("adam", 3, 3), ("eve", 1, 1)]);
}

#[test]
fn a_router_finds_its_ports_and_hosts_find_their_gateway() {
    let text = "[hosts.a]\naddress = \"10.0.1.2/24\"\n[hosts.b]\naddress = \"10.0.2.2/24\"\n\
        [routers.r]\nports = { right = \"10.0.2.1/24\", left = \"10.0.1.1/24\" }\nroutes = [\"default via 10.0.2.2\"]\nnat = \"right\"\n\
        [[links]]\nbetween = [\"a\", \"r\"]\nmtu = 600\n[[links]]\nbetween = [\"r.right\", \"b\"]";
    let script = Script::parse(text, "t").expect("good");
    let gateways: Vec<_> = script.hosts.iter().filter_map(|h| h.gateway).map(|g| g.to_string()).collect();
    assert_eq!(gateways, ["10.0.1.1", "10.0.2.1"]);
    let router = &script.routers[0];
    assert_eq!((script.links[0].ends[1].port, script.links[1].ends[0].port, router.nat), (1, 0, Some(0)));
    assert_eq!((router.ports[1].mtu, script.hosts[0].mtu, router.ports[0].mtu), (600, 600, 1500));
    assert_eq!((router.routes[0].prefix, router.routes[0].via.to_string().as_str()), (0, "10.0.2.2"));
    let (line, _, what, hint) = wrong(&text.replace("r.right", "r.rihgt"));
    assert_eq!((line, what.as_str(), hint.as_str()), (13, "`r` has no port `rihgt`", "did you mean `right`?"));
}

#[test]
fn capture_chooses_links_by_name() {
    let script = Script::parse(&format!("capture = []\n{}", link("")), "t").expect("good");
    assert!(!script.links[0].captured);
    let (line, column, what, hint) = wrong(&format!("capture = [\"client-sever\"]\n{}", link("")));
    assert_eq!((line, column, what.as_str()), (1, 12, "there is no link `client-sever` to capture on"));
    assert_eq!(hint, "did you mean `client-server`?");
}
