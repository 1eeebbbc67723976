//! `layercake peel`: one packet, opened layer by layer.

use std::io::Read;
use std::process::ExitCode;

use super::capture::Format;
use super::stop::Stop;
use super::{Console, Error, open, scout, step};
use crate::dissect::{Dissection, Packet};
use crate::flow::Tracker;
use crate::protocols;
use crate::render::{Cake, CakeOptions, Renderer, Style, View};
use crate::source::file::File;
use crate::source::hex::Hex;
use crate::source::{Event, Source, wire};

const EXAMPLES: &str = "\
Examples:
  layercake peel                        a packet made for you: a browser says \"Hello\" over a WebSocket
  layercake peel --step                 one layer per key press
  layercake peel --layer tcp            one layer, every field explained
  layercake peel talk.pcapng -n 7       the seventh packet of a file
  layercake peel --hex \"45 00 00 1c …\"  bytes from anywhere: tcpdump, Wireshark, xxd
  tcpdump -xx -c1 … | layercake peel --hex
  layercake peel -i lo                  the next packet on this machine's loopback";

/// Open one packet layer by layer: bytes and meaning in one picture
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Capture file to take the packet from; `-` is standard input
    file: Option<String>,
    /// Which packet, counted from 1
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    number: Option<u64>,
    /// Bytes as hex digits or a hex dump; without a value, or with `-`, from standard input
    #[arg(long, value_name = "BYTES", num_args = 0..=1, default_missing_value = "-", conflicts_with = "file")]
    hex: Option<String>,
    /// How the bytes of --hex begin: a LINKTYPE number, 1 Ethernet, 101 IP
    #[arg(long, value_name = "LINKTYPE", requires = "hex")]
    link: Option<u32>,
    /// Take the next packet from an interface
    #[arg(short, long, value_name = "IFACE", conflicts_with_all = ["file", "hex"])]
    interface: Option<String>,
    /// Decrypt TLS with the secrets in KEYS, a key log as SSLKEYLOGFILE makes browsers and curl write it
    #[arg(long, value_name = "KEYS")]
    keys: Option<String>,
    /// Reveal layer by layer, key by key
    #[arg(long)]
    step: bool,
    /// Open only this layer, with every field explained: ethernet, ipv4, tcp …
    #[arg(long, value_name = "PROTOCOL")]
    layer: Option<String>,
    /// How the packet is shown
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,
    /// Say what each field is for
    #[arg(long)]
    explain: bool,
}

/// A packet that outlives its source.
struct Picked {
    bytes: Vec<u8>,
    interfaces: Vec<crate::dissect::Interface>,
    comment: Option<String>,
    rest: Packet<'static>,
    label: Option<&'static str>,
    /// Read with the memory of the packets before it.
    tape: Dissection,
}

impl Picked {
    fn new(packet: &Packet<'_>, tape: Dissection, label: Option<&'static str>) -> Self {
        let rest = Packet { bytes: &[], interfaces: &[], names: &[], comment: None, ..*packet };
        Picked {
            bytes: packet.bytes.to_vec(),
            interfaces: packet.interfaces.to_vec(),
            comment: packet.comment.map(str::to_owned),
            rest,
            label,
            tape,
        }
    }

    fn packet(&self) -> Packet<'_> {
        Packet { bytes: &self.bytes, interfaces: &self.interfaces, comment: self.comment.as_deref(), ..self.rest }
    }
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let picked = pick(args, console)?;
    let packet = picked.packet();
    let view = View { packet: &packet, tape: &picked.tape };
    if let Some(key) = &args.layer {
        has_layer(&picked.tape, key)?;
    }
    if args.step {
        return step::run(view, picked.label, console);
    }
    let style = Style { explain: args.explain || args.layer.is_some(), ..console.style() };
    match args.format {
        None | Some(Format::Cake) if !console.describe() => {
            let source_note = picked.label.map(str::to_owned);
            let options = CakeOptions { only: args.layer.clone(), source_note, ..CakeOptions::default() };
            Cake::new(style, options).packet(view, console.buffer());
        }
        format => {
            let format = format.filter(|f| *f != Format::Cake).unwrap_or(Format::Describe);
            format.renderer(console, style.explain, picked.label).packet(view, console.buffer());
        }
    }
    if picked.label.is_some() && console.is_terminal() && args.layer.is_none() {
        console.flush()?;
        console.remark("next: layercake peel --step · layercake capture --demo · layercake explain websocket.mask");
    }
    Ok(ExitCode::SUCCESS)
}

fn has_layer(tape: &Dissection, key: &str) -> Result<(), Error> {
    if tape.layers.iter().any(|l| l.protocol.key == key) {
        return Ok(());
    }
    let keys: Vec<&str> = tape.layers.iter().skip(1).map(|l| l.protocol.key).collect();
    Err(Error::asked(format!("this packet has no layer `{key}`"), format!("it has: {}", keys.join(", "))))
}

fn pick(args: &Args, console: &mut Console) -> Result<Picked, Error> {
    let keys = Keys { path: args.keys.as_deref(), console };
    if let Some(text) = &args.hex {
        let text = if text == "-" { standard_input()? } else { text.clone() };
        let mut source = Hex::parse(&text, args.link)?;
        let link = args.link;
        let again: open::Again = Box::new(move || Some(Box::new(Hex::parse(&text, link).ok()?)));
        return nth(&mut source, args.number.unwrap_or(1), None, Some(again), Some(keys));
    }
    if let Some(path) = &args.file {
        return nth(&mut File::open(path)?, args.number.unwrap_or(1), None, open::file_again(path.clone()), Some(keys));
    }
    if let Some(interface) = &args.interface {
        let mut source = open::interface(interface)?;
        return nth(source.as_mut(), args.number.unwrap_or(1), None, None, Some(keys));
    }
    match args.number {
        Some(number) => {
            nth(&mut wire::demo(), number, Some(wire::LABEL), Some(Box::new(|| Some(Box::new(wire::demo())))), None)
        }
        None => hello(),
    }
}

/// Most text that is taken for a hex dump.
const LONGEST_DUMP: u64 = 16 << 20;

fn standard_input() -> Result<String, Error> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(LONGEST_DUMP).read_to_end(&mut bytes).map_err(|error| {
        Error::asked(
            format!("cannot read standard input: {error}"),
            "pipe a hex dump in, or write the bytes after --hex",
        )
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The key log that was asked for.
struct Keys<'a> {
    path: Option<&'a str>,
    console: &'a mut Console,
}

fn nth(
    source: &mut dyn Source,
    number: u64,
    label: Option<&'static str>,
    mut again: Option<open::Again>,
    keys: Option<Keys<'_>>,
) -> Result<Picked, Error> {
    let stop = Stop::listen();
    let secrets = source.secrets().unwrap_or_default();
    if let Some(Keys { path: Some(path), console }) = keys {
        super::keys::read(path, &secrets, false, console)?;
    }
    let mut tracker = Tracker::new().with_secrets(secrets);
    let mut tape = Dissection::new();
    let mut seen = 0;
    while !stop.asked() {
        match source.next()? {
            Event::Packet(packet) => {
                seen += 1;
                if let Some(again) = again.take_if(|_| seen == number) {
                    tracker.foresee(scout::ahead(again));
                }
                tracker.read(protocols::index(), &packet, &mut tape);
                if seen == number {
                    return Ok(Picked::new(&packet, tape, label));
                }
            }
            Event::Idle => {}
            Event::End => break,
        }
    }
    let has = match seen {
        0 => "there is no packet".to_owned(),
        1 => "there is only one packet".to_owned(),
        _ => format!("there are only {seen} packets"),
    };
    Err(Error::asked(format!("packet {number} was asked for, but {has}"), "choose another one with -n"))
}

/// The packet of the embedded exchange in which the browser says "Hello".
fn hello() -> Result<Picked, Error> {
    let mut wire = wire::demo();
    let mut tracker = Tracker::new();
    let mut tape = Dissection::new();
    loop {
        let Event::Packet(packet) = wire.next()? else {
            return nth(&mut wire::demo(), 1, Some(wire::LABEL), None, None);
        };
        tracker.read(protocols::index(), &packet, &mut tape);
        if tape.layers.iter().any(|l| l.protocol.key == "websocket") {
            return Ok(Picked::new(&packet, tape, Some(wire::LABEL)));
        }
    }
}
