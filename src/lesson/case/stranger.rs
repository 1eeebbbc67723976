//! The capstone: eight small stories of one laptop in one minute, mixed. Who, where, when, and what goes wrong is
//! another one for each seed; so are the answers.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::net::Ipv4Addr;

use data_encoding::{BASE64, HEXLOWER};
use tungstenite::handshake::derive_accept_key;

use super::super::shuffle::Chance;
use super::{Case, forge};

pub(super) const NAME: &str = "stranger";

/// Milliseconds between the beginnings of two stories; they overlap.
const SLOT: u64 = 150;

/// A laptop at home, a router, and servers behind it, each with its last number.
struct Places {
    home: [u8; 3],
    beyond: [u8; 3],
    last: BTreeMap<&'static str, u8>,
}

impl Places {
    fn new(chance: &mut Chance) -> Self {
        let home = [192, 168, chance.below(250) as u8];
        let beyond = [10, chance.below(200) as u8 + 20, chance.below(250) as u8];
        let mut last = BTreeMap::new();
        // One from each stretch of twenty: none is there twice.
        for (number, name) in ["laptop", "resolver", "shop", "office", "chat", "far"].into_iter().enumerate() {
            last.insert(name, 10 + number as u8 * 20 + chance.below(20) as u8);
        }
        Places { home, beyond, last }
    }

    /// The router has number 1 on both sides.
    fn gateway(&self, name: &str) -> Ipv4Addr {
        let [a, b, c] = if name == "laptop" { self.home } else { self.beyond };
        Ipv4Addr::new(a, b, c, 1)
    }

    fn address(&self, name: &str) -> Ipv4Addr {
        let [a, b, c] = if name == "laptop" { self.home } else { self.beyond };
        Ipv4Addr::new(a, b, c, self.last.get(name).copied().unwrap_or(1))
    }
}

/// A way to break RFC 6455, and how one sees that it was this one.
struct Fault {
    text: &'static str,
    /// Why it is the right answer.
    seen: &'static str,
    /// Why it is a wrong one.
    unseen: &'static str,
}

const FRAMES: [Fault; 5] = [
    Fault {
        text: "a frame of the laptop without a mask",
        seen: "The last frame of the laptop before the close has the MASK bit 0. A client must mask every frame (RFC 6455 §5.1), so the server hangs up with 1002.",
        unseen: "Every frame of the laptop has a mask here: the first bit of its second byte is 1, and four bytes of key follow.",
    },
    Fault {
        text: "a reserved bit was set that nobody had agreed on",
        seen: "RSV1 is 1 in the last frame before the close. It belongs to an extension such as compression, and no handshake here asked for one.",
        unseen: "RSV1, RSV2 and RSV3 are 0 in every frame here. They may be 1 only for an extension.",
    },
    Fault {
        text: "a kind of frame (opcode) that does not exist",
        seen: "Its opcode is 3: reserved. Known are 0 continuation, 1 text, 2 binary, 8 close, 9 ping and 10 pong.",
        unseen: "All opcodes here are known ones: 1 is text, 8 is close, 9 is ping, 0 continuation.",
    },
    Fault {
        text: "a ping that was cut into pieces",
        seen: "The ping has FIN 0: more is to come. But a ping, a pong and a close must be whole, so that they can slip between the pieces of a long message.",
        unseen: "No ping here has FIN 0. Only texts and binaries may be cut into pieces, and a server does not complain about them.",
    },
    Fault {
        text: "a ping that carries more than 125 bytes",
        seen: "The ping carries 126 bytes, so its length needs the longer form. A ping, a pong and a close have at most 125.",
        unseen: "No ping here is longer than 125 bytes. Texts may be: their length then takes 2 or 8 bytes more.",
    },
];

const PROOFS: [Fault; 4] = [
    Fault {
        text: "the server sent the laptop's key back as it came",
        seen: "Sec-WebSocket-Accept is the Sec-WebSocket-Key, letter for letter. A server that only repeats headers could do that, so it proves nothing.",
        unseen: "Compare the two headers: the Accept is not the key.",
    },
    Fault {
        text: "the proof was written in hex, not in base64",
        seen: "40 letters from 0 to f: it is the right SHA-1, but in hex. RFC 6455 §4.2.2 wants base64, 28 letters.",
        unseen: "An Accept in hex would be 40 letters from 0 to f. In this answer there is none such.",
    },
    Fault {
        text: "the 101 came without any proof",
        seen: "There is no Sec-WebSocket-Accept in the 101. Without it nothing says that the server meant a WebSocket.",
        unseen: "There is a Sec-WebSocket-Accept in this 101; it is its value that does not fit.",
    },
    Fault {
        text: "it is the proof for another key, as if from a cache",
        seen: "28 letters of base64, as it must be; and the same letters stand in the other 101 of this capture, as the answer to another key.",
        unseen: "Then the same Accept would stand in both 101 of this capture. They differ.",
    },
];

/// One story on the wire: from which port, to whom, what is said, in turns.
struct Talk {
    host: &'static str,
    from: u16,
    port: u16,
    /// When, in milliseconds.
    at: u64,
    /// What the laptop says, and what it hears to it.
    turns: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The case of a seed.
pub(super) fn case(seed: u64) -> Case {
    let mut chance = Chance::new(seed ^ 0x7374_7261_6e67_6572);
    let places = Places::new(&mut chance);
    let mut plot = Plot { chance, places, values: BTreeMap::new(), talks: Vec::new(), dns: Vec::new(), at: [0; 6] };
    plot.times();
    let knock = plot.knock();
    let lost = plot.far();
    plot.proof();
    plot.frames();
    plot.login();
    plot.hidden();
    plot.names();
    plot.count();
    let script = plot.script(knock, lost, seed);
    Case { name: NAME, seed, script, values: plot.values }
}

struct Plot {
    chance: Chance,
    places: Places,
    values: BTreeMap<String, String>,
    talks: Vec<Talk>,
    /// Milliseconds, question, answer.
    dns: Vec<(u64, [Vec<u8>; 2])>,
    /// When each story begins: knock, far, proof, frames, login, hidden.
    at: [u64; 6],
}

impl Plot {
    fn say(&mut self, name: &str, value: &dyn Display) {
        self.values.insert(name.to_owned(), value.to_string());
    }

    /// Ports of the laptop: none is there twice, because each story has a stretch of its own.
    fn from(&mut self, story: u16) -> u16 {
        49_200 + story * 2000 + self.chance.below(1900) as u16
    }

    fn times(&mut self) {
        let slots = self.chance.shuffled(&[0, 1, 2, 3, 4, 5]);
        for (story, slot) in slots.iter().enumerate() {
            self.at[story] = 100 + slot * SLOT + self.chance.below(60);
        }
        let told = [
            (self.at[0], "a knock at a port where nobody listens"),
            (self.at[1], "a first SYN that nobody answers"),
            (self.at[2], "a GET whose 101 is refused by the laptop"),
            (self.at[4], "a password that everybody can read"),
        ];
        let mut order = told;
        order.sort_unstable();
        for (number, (_, words)) in order.iter().enumerate() {
            self.say(&format!("order{}", number + 1), &words);
        }
        let said = |numbers: [usize; 4]| numbers.map(|n| order[n].1).join(" > ");
        self.say("order_back", &said([3, 2, 1, 0]));
        self.say("order_swap", &said([0, 1, 3, 2]));
    }

    /// A port where nobody listens: answered with a RST.
    fn knock(&mut self) -> (&'static str, u16, u16) {
        let host = self.chance.one(&["shop", "office", "chat"]);
        let port = self.chance.one(&[3000, 4200, 5000, 5173, 8000, 8888, 9000]);
        let from = self.from(0);
        self.say("knock", &port);
        self.say("knock_from", &from);
        self.say("knock_host", &host);
        (host, port, from)
    }

    /// A server whose cable eats the first SYNs; how many.
    fn far(&mut self) -> u16 {
        let lost = 1 + self.chance.below(3) as u16;
        let (from, port) = (self.from(1), self.chance.one(&[7000, 7100, 7200, 7300]));
        let at = self.at[1];
        let turns = vec![(b"Are you there?\n".to_vec(), b"Yes.\n".to_vec())];
        self.talks.push(Talk { host: "far", from, port, at, turns });
        self.say("far", &port);
        self.say("far_from", &from);
        self.say("syns", &(lost + 1));
        self.say("syns_again", &lost);
        self.say("syns_more", &(lost + 2));
        self.say("wait", &((1_u16 << lost) - 1));
        lost
    }

    fn key(&mut self) -> String {
        BASE64.encode(&forge::noise(&mut self.chance, 16))
    }

    /// Of several faults the one of this case, with the others as wrong answers.
    fn choose(&mut self, name: &str, faults: &'static [Fault]) -> usize {
        let numbers: Vec<usize> = (0..faults.len()).collect();
        let shuffled = self.chance.shuffled(&numbers);
        self.say(name, &faults[shuffled[0]].text);
        self.say(&format!("{name}_why"), &faults[shuffled[0]].seen);
        for (at, number) in shuffled.iter().enumerate().skip(1) {
            self.say(&format!("{name}_not{at}"), &faults[*number].text);
            self.say(&format!("{name}_not{at}_why"), &faults[*number].unseen);
        }
        shuffled[0]
    }

    /// Two handshakes: in the first one the proof does not fit, and the laptop leaves.
    fn proof(&mut self) {
        let (key, other) = (self.key(), self.key());
        let right = derive_accept_key(key.as_bytes());
        let hex = HEXLOWER.encode(&BASE64.decode(right.as_bytes()).unwrap_or_default());
        let accept = match self.choose("proof", &PROOFS) {
            0 => Some(key.clone()),
            1 => Some(hex),
            2 => None,
            _ => Some(derive_accept_key(other.as_bytes())),
        };
        let (from, port) = (self.from(2), self.chance.one(&[8081, 8082, 8083]));
        let ask = forge::upgrade(&format!("chat.example:{port}"), "/news", &key);
        let turns = vec![(ask, forge::switching(accept.as_deref()))];
        self.talks.push(Talk { host: "chat", from, port, at: self.at[2], turns });
        self.say("proof_from", &from);
        self.values.insert("other_key".to_owned(), other);
    }

    /// A good handshake, a good frame, and then one that breaks a rule: 1002.
    fn frames(&mut self) {
        let key = self.values.get("other_key").cloned().unwrap_or_default();
        let (from, port) = (self.from(3), self.chance.one(&[9001, 9002, 9003]));
        let mask = |chance: &mut Chance| <[u8; 4]>::try_from(forge::noise(chance, 4)).ok();
        let word = self.chance.one(&["tea", "kettle", "hello", "milk"]);
        let good = forge::frame(0x81, word.as_bytes(), mask(&mut self.chance));
        let key_of = mask(&mut self.chance);
        let bad = match self.choose("broken", &FRAMES) {
            0 => forge::frame(0x81, b"hurry", None),
            1 => forge::frame(0xc1, b"hurry", key_of),
            2 => forge::frame(0x83, b"hurry", key_of),
            3 => forge::frame(0x09, b"hurry", key_of),
            _ => forge::frame(0x89, &[b'z'; 126], key_of),
        };
        let turns = vec![
            (
                forge::upgrade(&format!("chat.example:{port}"), "/room", &key),
                forge::switching(Some(&derive_accept_key(key.as_bytes()))),
            ),
            (good, forge::frame(0x81, b"got it", None)),
            (bad, forge::frame(0x88, &[0x03, 0xea], None)),
        ];
        self.talks.push(Talk { host: "chat", from, port, at: self.at[3], turns });
        self.say("broken_from", &from);
    }

    /// A login over plain HTTP, at a port that promises otherwise.
    fn login(&mut self) {
        let (from, port) = (self.from(4), self.chance.one(&[443, 8443]));
        let user = self.chance.one(&["ann", "bob", "eve", "kim", "leo"]);
        let thing = self.chance.one(&["kettle", "teapot", "saucer", "biscuit", "lemon", "sugar", "spoon"]);
        let password = format!("{thing}{}", 10 + self.chance.below(90));
        let cookie = HEXLOWER.encode(&forge::noise(&mut self.chance, 4));
        let body = format!("user={user}&password={password}");
        let ask = format!(
            "POST /login HTTP/1.1\r\nHost: office.example:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let moved = format!(
            "HTTP/1.1 303 See Other\r\nLocation: /home\r\nSet-Cookie: id={cookie}\r\nContent-Length: 0\r\n\r\n"
        );
        let turns = vec![(ask.into_bytes(), moved.into_bytes())];
        self.talks.push(Talk { host: "office", from, port, at: self.at[4], turns });
        self.say("password", &password);
        self.say("user", &user);
        self.say("cookie", &cookie);
        self.say("login_port", &port);
    }

    /// One or two talks over TLS, of which nothing but the site's name can be read.
    fn hidden(&mut self) {
        let sites = self.chance.shuffled(&["shop.example", "bank.example", "clinic.example", "school.example"]);
        let talks = 1 + self.chance.below(2) as usize;
        for (number, site) in sites.iter().take(talks).enumerate() {
            let from = self.from(5 + number as u16);
            let chance = &mut self.chance;
            let length = 80 + chance.below(100) as usize;
            let turns = vec![
                (forge::client_hello(chance, site), forge::server_hello(chance)),
                (forge::hidden(chance, length), forge::hidden(chance, 300)),
            ];
            let at = self.at[5] + 40 + number as u64 * 100;
            self.talks.push(Talk { host: "shop", from, port: 443, at, turns });
            self.say(if number == 0 { "site_from" } else { "site2_from" }, &from);
        }
        self.say("site", &sites[0]);
        self.say("site_not1", &sites[2]);
        self.say("site_not2", &sites[3]);
    }

    /// Two questions to the resolver; one is asked about.
    fn names(&mut self) {
        let site = self.values.get("site").cloned().unwrap_or_default();
        let asked = [(site, "shop", self.at[5]), ("chat.example".to_owned(), "chat", self.at[2].min(self.at[3]))];
        let wanted = self.chance.below(2) as usize;
        for (name, host, at) in &asked {
            let id = self.chance.next() as u16;
            let message = forge::dns(id, name, self.places.address(host));
            self.dns.push((at.saturating_sub(60), message));
        }
        self.dns.sort_unstable();
        let (name, host, _) = &asked[wanted];
        self.say("name", &name);
        self.say("address", &self.places.address(host));
        self.say("address_not", &self.places.address(asked[1 - wanted].1));
        self.say("resolver", &self.places.address("resolver"));
        self.say("laptop", &self.places.address("laptop"));
    }

    /// How many doors opened: each talk, but not the knock.
    fn count(&mut self) {
        let opened = self.talks.len();
        self.say("opened", &opened);
        self.say("asked", &(opened + 1));
        self.say("opened_less", &(opened - 1));
    }

    fn script(&self, (host, port, from): (&str, u16, u16), lost: u16, seed: u64) -> String {
        let mut script = format!(
            "title = \"A stranger's capture\"\nabout = \"Eight small stories of one laptop\"\nseed = {seed}\nend = \"20s\"\n\
             capture = [\"laptop-router\"]\n[switches.switch]\n\
             [routers.router]\nports = {{ home = \"{}/24\", beyond = \"{}/24\" }}\n",
            self.places.gateway("laptop"),
            self.places.gateway("far")
        );
        // Writing to a text cannot fail.
        for name in self.places.last.keys() {
            let (address, gateway) = (self.places.address(name), self.places.gateway(name));
            let _ = writeln!(script, "[hosts.{name}]\naddress = \"{address}/24\"\ngateway = \"{gateway}\"");
        }
        script += "[[links]]\nbetween = [\"laptop\", \"router.home\"]\ndelay = \"300us\"\n\
                   [[links]]\nbetween = [\"router.beyond\", \"switch\"]\ndelay = \"4ms\"\n";
        for name in self.places.last.keys().copied().filter(|name| *name != "laptop") {
            let _ = writeln!(script, "[[links]]\nbetween = [\"{name}\", \"switch\"]\ndelay = \"500us\"");
            if name == "far" {
                let numbers: Vec<String> = (1..=lost).map(|number| number.to_string()).collect();
                let _ = writeln!(script, "drop = [{}]", numbers.join(", "));
            }
        }
        for talk in &self.talks {
            talk.write(&mut script);
        }
        let knock = Talk { host: "", from, port, at: self.at[0], turns: Vec::new() };
        knock.client(host, &mut script);
        let answers = hex(self.dns.iter().map(|(_, [_, answer])| answer));
        let _ = writeln!(
            script,
            "[[programs]]\non = \"resolver\"\ndo = \"udp-server\"\nport = 53\nanswers_hex = {answers}"
        );
        for (number, (at, [question, _])) in self.dns.iter().enumerate() {
            let _ = writeln!(
                script,
                "[[programs]]\non = \"laptop\"\ndo = \"udp-client\"\nto = \"resolver:53\"\nat = \"{at}ms\"\nfrom = {}\n\
                 send_hex = {}",
                63_300 + number * 100,
                hex(std::iter::once(question))
            );
        }
        script
    }
}

impl Talk {
    fn write(&self, script: &mut String) {
        let answers = hex(self.turns.iter().map(|(_, answer)| answer));
        let (host, port) = (self.host, self.port);
        let _ = writeln!(
            script,
            "[[programs]]\non = \"{host}\"\ndo = \"tcp-server\"\nport = {port}\nanswers_hex = {answers}"
        );
        self.client(host, script);
    }

    fn client(&self, host: &str, script: &mut String) {
        let (from, port, at) = (self.from, self.port, self.at);
        let send = hex(self.turns.iter().map(|(said, _)| said));
        let _ = writeln!(
            script,
            "[[programs]]\non = \"laptop\"\ndo = \"tcp-client\"\nto = \"{host}:{port}\"\nfrom = {from}\nat = \"{at}ms\"\n\
             every = \"70ms\"\nanswers = {}\nsend_hex = {send}",
            !self.turns.is_empty()
        );
    }
}

/// Messages as a script writes them.
fn hex<'a>(messages: impl Iterator<Item = &'a Vec<u8>>) -> String {
    let written: Vec<String> = messages.map(|bytes| format!("\"{}\"", HEXLOWER.encode(bytes))).collect();
    format!("[{}]", written.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_case_and_another_seed_another_one() {
        assert_eq!(case(7), case(7));
        let scripts: std::collections::BTreeSet<_> = (0..50).map(|seed| case(seed).script).collect();
        assert_eq!(scripts.len(), 50);
    }

    #[test]
    fn a_wrong_answer_is_never_equal_to_the_right_one() {
        for case in (0..200).map(case) {
            let value = |name: &str| case.value(name).unwrap_or_else(|| panic!("{name}"));
            for (right, wrong) in [
                ("knock", "knock_from"),
                ("knock", "far"),
                ("address", "address_not"),
                ("address", "resolver"),
                ("password", "user"),
                ("site", "site_not1"),
                ("order1", "order2"),
            ] {
                assert_ne!(value(right), value(wrong), "{right} in case {}", case.seed);
            }
        }
    }
}
