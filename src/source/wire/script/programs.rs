//! Programs of a script: who does what on which host, and when.

use std::net::Ipv4Addr;

use super::HOUR;
use super::error::{Wrong, meant};
use super::model::{Client, Mode, Place, Probe, ProgramSpec, Server, Then, What};
use super::places::Places;
use super::table::{Said, Table};

const MOST: usize = 500;
/// Programs that run, all counts together.
const MOST_RUNNING: u64 = 10_000;
/// Everything that one program sends.
const MOST_BYTES: u64 = 100_000_000;
/// A window without scaling.
const BUFFER: u64 = 65_535;
const KINDS: &[&str] = &["tcp-server", "tcp-client", "udp-server", "udp-client", "ping", "traceroute"];

pub(super) fn read(top: &Table<'_>, places: &Places) -> Result<Vec<ProgramSpec>, Wrong> {
    let tables = top.list("programs", "a program")?;
    if tables.len() > MOST {
        let hint = format!("write at most {MOST}; count = 100 starts one program a hundred times");
        return Err(Wrong::new(tables[0].at, "there are too many programs").hint(hint));
    }
    let (mut programs, mut running) = (Vec::new(), 0);
    for keys in tables {
        let program = one(&keys, places)?;
        running += u64::from(program.count);
        if running > MOST_RUNNING {
            let hint = format!("all programs together may run {MOST_RUNNING} times");
            return Err(Wrong::new(keys.at, "with this one too many programs run").hint(hint));
        }
        programs.push(program);
    }
    Ok(programs)
}

fn one(keys: &Table<'_>, places: &Places) -> Result<ProgramSpec, Wrong> {
    let on = keys.text("on", "\"client\"")?;
    let on = keys.needed("on", on, "\"client\"")?;
    let Some(Place::Host(host)) = places.find(&on.value) else {
        let names: Vec<&str> = places.hosts.iter().map(|h| h.name.as_str()).collect();
        let what = format!("there is no host `{}` for this program", on.value.escape_debug());
        return Err(Wrong::new(on.at, what).hint(meant(&on.value, &names)));
    };
    let at = keys.duration("at", HOUR)?.unwrap_or(0);
    let kind = keys.text("do", "\"tcp-client\"")?;
    let kind = keys.needed("do", kind, "\"tcp-client\"")?;
    let what = match kind.value.as_str() {
        "tcp-server" => What::TcpServer(server(keys, true)?),
        "udp-server" => What::UdpServer(server(keys, false)?),
        "tcp-client" => What::TcpClient(client(keys, places, true)?),
        "udp-client" => What::UdpClient(client(keys, places, false)?),
        "ping" => What::Ping(ping(keys, places)?),
        "traceroute" => What::Traceroute(traceroute(keys, places)?),
        other => {
            let what = format!("no program is called `{}`", other.escape_debug());
            return Err(Wrong::new(kind.at, what).hint(meant(other, KINDS)));
        }
    };
    let many = matches!(what, What::TcpClient(_) | What::UdpClient(_));
    let count = if many { keys.whole("count", 1..=MOST_RUNNING)?.unwrap_or(1) as u32 } else { 1 };
    let spread = if many { keys.duration("spread", HOUR)?.unwrap_or(0) } else { 0 };
    keys.done()?;
    if let What::TcpClient(Client { from: Some(from), .. }) | What::UdpClient(Client { from: Some(from), .. }) = &what
        && u32::from(*from) + count > 65_536
    {
        let hint = "each of the clients takes the next port: write a lower `from`, or leave it out";
        return Err(Wrong::new(keys.at, format!("{count} clients from port {from} on go beyond 65535")).hint(hint));
    }
    Ok(ProgramSpec { host, at, count, spread, what })
}

fn server(keys: &Table<'_>, tcp: bool) -> Result<Server, Wrong> {
    let port = keys.whole("port", 1..=65_535)?;
    let port = keys.needed("port", port, "9001")? as u16;
    let answer = keys.text("answer", "\"thanks\"")?;
    let dialogue = hex(keys, "answers_hex")?;
    if let (Some(answer), true) = (&answer, dialogue.is_some()) {
        return Err(Wrong::new(answer.at, "a server has one `answer`, or `answers_hex`").hint("leave one of them out"));
    }
    let mode = match (keys.text("mode", "\"echo\"")?, answer) {
        (None, None) if dialogue.is_some() => Mode::Dialogue(dialogue.unwrap_or_default()),
        (None, None) => Mode::Sink,
        (None, Some(answer)) => Mode::Answer(answer.value.into_bytes()),
        (Some(mode), answer) => match (mode.value.as_str(), answer) {
            ("echo", None) => Mode::Echo,
            ("sink", None) => Mode::Sink,
            ("answer", Some(answer)) => Mode::Answer(answer.value.into_bytes()),
            _ => {
                return Err(Wrong::new(mode.at, "a server cannot do this")
                    .hint("write mode = \"echo\" or \"sink\", or leave it out and write answer = \"thanks\""));
            }
        },
    };
    let pace = if tcp { keys.pace("read")? } else { None };
    let buffer = keys.size("buffer", 64..=1 << 20)?.unwrap_or(BUFFER) as usize;
    Ok(Server { port, mode, pace, buffer })
}

fn client(keys: &Table<'_>, places: &Places, tcp: bool) -> Result<Client, Wrong> {
    let to = keys.text("to", "\"server:9001\"")?;
    let to = keys.needed("to", to, "\"server:9001\"")?;
    let said = keys.texts("send", "[\"Hel\", \"lo\"]")?.unwrap_or_default();
    let mut send: Vec<Vec<u8>> = said.into_iter().map(|s| s.value.into_bytes()).collect();
    send.extend(hex(keys, "send_hex")?.into_iter().flatten());
    let bytes = if tcp { keys.size("bytes", 0..=MOST_BYTES)?.unwrap_or(0) } else { 0 };
    let buffer = if tcp { keys.size("buffer", 64..=1 << 20)?.unwrap_or(BUFFER) as usize } else { BUFFER as usize };
    let then = if tcp { then(keys)? } else { Then::Close };
    Ok(Client {
        to: target(&to, places)?,
        from: keys.whole("from", 1..=65_535)?.map(|p| p as u16),
        send,
        bytes,
        every: keys.duration("every", HOUR)?.unwrap_or(0),
        answers: keys.flag("answers")?,
        then,
        buffer,
    })
}

/// Messages that are no text: "81 05 48".
fn hex(keys: &Table<'_>, key: &'static str) -> Result<Option<Vec<Vec<u8>>>, Wrong> {
    let Some(said) = keys.texts(key, "[\"8105 48656c6c6f\"]")? else { return Ok(None) };
    let bytes = |said: Said<String>| {
        let digits: Vec<u8> = said.value.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).map_err(|_| {
            Wrong::new(said.at, "these are no bytes in hex").hint("write two digits for each byte: \"81 05 48\"")
        })
    };
    said.into_iter().map(bytes).collect::<Result<_, _>>().map(Some)
}

fn then(keys: &Table<'_>) -> Result<Then, Wrong> {
    let Some(said) = keys.text("then", "\"close\"")? else { return Ok(Then::Close) };
    match said.value.as_str() {
        "close" => Ok(Then::Close),
        "stay" => Ok(Then::Stay),
        "abort" => Ok(Then::Abort),
        other => Err(Wrong::new(said.at, format!("a client cannot end with `{}`", other.escape_debug()))
            .hint("write \"close\" (FIN), \"abort\" (RST) or \"stay\"")),
    }
}

/// "server:9001", "192.168.1.9:9001".
fn target(said: &Said<String>, places: &Places) -> Result<(Ipv4Addr, u16), Wrong> {
    let port = said.value.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse::<u16>().ok()?)));
    let Some((name, port)) = port.filter(|(_, port)| *port > 0) else {
        let what = format!("`{}` names no port", said.value.escape_debug());
        return Err(
            Wrong::new(said.at, what).hint("write a name or an address and a port from 1 to 65535: \"server:9001\"")
        );
    };
    Ok((address(said, name, places)?, port))
}

fn address(said: &Said<String>, name: &str, places: &Places) -> Result<Ipv4Addr, Wrong> {
    let usable = |a: &Ipv4Addr| !a.is_unspecified() && !a.is_broadcast() && !a.is_multicast();
    places.address(name).filter(usable).ok_or_else(|| {
        let what = format!("there is nobody called `{}` who has an address", name.escape_debug());
        Wrong::new(said.at, what).hint(meant(name, &places.names()))
    })
}

fn whom(keys: &Table<'_>, places: &Places) -> Result<Ipv4Addr, Wrong> {
    let to = keys.text("to", "\"server\"")?;
    let to = keys.needed("to", to, "\"server\"")?;
    address(&to, &to.value, places)
}

fn ping(keys: &Table<'_>, places: &Places) -> Result<Probe, Wrong> {
    Ok(Probe {
        to: whom(keys, places)?,
        times: keys.whole("times", 1..=1000)?.unwrap_or(4) as u32,
        every: keys.duration("every", HOUR)?.unwrap_or(1_000_000).max(1),
        size: keys.size("size", 0..=8000)?.unwrap_or(56) as usize,
        ttl: keys.whole("ttl", 1..=255)?.unwrap_or(64) as u8,
        udp: false,
    })
}

fn traceroute(keys: &Table<'_>, places: &Places) -> Result<Probe, Wrong> {
    let with = keys.text("with", "\"udp\"")?;
    let udp = match with.as_ref().map_or("udp", |w| w.value.as_str()) {
        "udp" => true,
        "icmp" => false,
        _ => {
            let at = with.map_or(keys.at, |w| w.at);
            return Err(Wrong::new(at, "a traceroute cannot send this").hint("write \"udp\" or \"icmp\""));
        }
    };
    Ok(Probe {
        to: whom(keys, places)?,
        times: keys.whole("hops", 1..=64)?.unwrap_or(30) as u32,
        every: keys.duration("wait", HOUR)?.unwrap_or(1_000_000).max(1),
        size: 32,
        ttl: 1,
        udp,
    })
}
