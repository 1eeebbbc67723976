//! `layercake ws frame`: frames from bytes that somebody has, bit by bit.

use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;

use super::super::capture::Format as Tape;
use super::super::stop::Stop;
use super::super::{Console, Error};
use super::picture::{From, Reader, by_client};
use crate::dissect::Dissection;
use crate::flow::Tracker;
use crate::protocols;
use crate::render::{View, frame_bits};
use crate::source::hex::Hex;
use crate::source::seen::{self, What};
use crate::source::{Event, Source};
use crate::websocket::Anatomy;
use crate::websocket::deflate::Agreement;

const EXAMPLES: &str = "\
Examples:
  layercake ws frame \"81 85 37 fa 21 3d 7f 9f 4d 51 58\"   RFC 6455's own example: a client says Hello
  layercake ws frame 810548656c6c6f                       the same from a server
  layercake ws frame gYU3+iE9f59NUVg=                     base64, as some tools copy it
  layercake ws frame --from client 810548656c6c6f         which rule does this break?
  layercake ws frame \"01 03 48 65 6c  80 02 6c 6f\"        two frames, one message
  layercake ws frame --deflate c107f248cdc9c90700         compressed (RFC 7692)
  xxd -p frames.bin | layercake ws frame -
  layercake ws frame 890548656c6c6f --format layers       as `capture` would read it";

/// Draw WebSocket frames bit by bit, the mask undone byte by byte
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Frames one after another, as hex digits, a hex dump or base64; `-` is standard input
    #[arg(value_name = "BYTES", required_unless_present = "file")]
    bytes: Vec<String>,
    /// Read them from a file: text as above, or the bytes themselves
    #[arg(long, value_name = "FILE", conflicts_with = "bytes")]
    file: Option<String>,
    /// Who has sent them; decides which rules hold
    #[arg(long, value_name = "WHO", value_enum, default_value_t = From::Unknown)]
    from: From,
    /// Both sides have agreed on permessage-deflate: inflate what is compressed
    #[arg(long)]
    deflate: bool,
    /// Show the payload to its end, however long it is
    #[arg(long)]
    all: bool,
    /// How they are shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Picture)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Bit by bit
    Picture,
    /// One JSON object a frame
    Json,
    /// What the dissector of `capture` reads in the same bytes
    Layers,
}

/// Rows of payload, unless all is asked for.
pub(super) const ROWS: usize = 3;
/// Most that is read.
const LONGEST: u64 = 16 << 20;

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let bytes = input(args)?;
    if args.format == Format::Layers {
        return layers(args, bytes, console);
    }
    let rows = if args.all { usize::MAX } else { ROWS };
    let reader = Reader::new(args.from, args.deflate, rows);
    pictures(reader, &bytes, args.format, console)?;
    Ok(ExitCode::SUCCESS)
}

/// Draws frame after frame.
pub(super) fn pictures(mut reader: Reader, bytes: &[u8], format: Format, console: &mut Console) -> Result<(), Error> {
    let stop = Stop::listen();
    let total = frames(bytes).count() as u64;
    let (style, spoken) = (console.style(), console.describe());
    let mut offset = 0;
    for (number, frame) in (1..).zip(frames(bytes)) {
        let picture = reader.picture(&frame, number, total, offset);
        offset += frame.bytes.len() as u64;
        let out = console.buffer();
        if number > 1 && format != Format::Json {
            out.push(b'\n');
        }
        match format {
            Format::Json => frame_bits::json(out, &picture),
            _ if spoken => frame_bits::describe(out, style, &picture),
            _ => frame_bits::draw(out, style, &picture),
        }
        console.turn()?;
        if stop.asked() {
            break;
        }
    }
    Ok(())
}

fn frames(mut rest: &[u8]) -> impl Iterator<Item = Anatomy<'_>> {
    std::iter::from_fn(move || {
        let (frame, after) = Anatomy::take(rest)?;
        rest = after;
        Some(frame)
    })
}

fn input(args: &Args) -> Result<Vec<u8>, Error> {
    match (&args.file, &args.bytes[..]) {
        (Some(path), _) => {
            let opened = std::fs::File::open(path).and_then(all_of);
            let unread = |source| Error::Source(crate::source::Error::Open { path: path.into(), source });
            text_or_bytes(opened.map_err(unread)?)
        }
        (None, [one]) if one == "-" => {
            let read = all_of(std::io::stdin().lock()).map_err(|error| {
                Error::asked(format!("cannot read standard input: {error}"), "pipe hex digits or frames in")
            })?;
            text_or_bytes(read)
        }
        (None, words) => parse(&words.join(" ")),
    }
}

fn all_of(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// No frame that follows the rules begins with a letter or a digit.
fn text_or_bytes(bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    match bytes.first() {
        Some(first) if !first.is_ascii_graphic() && !first.is_ascii_whitespace() => Ok(bytes),
        _ => parse(&String::from_utf8_lossy(&bytes)),
    }
}

fn parse(text: &str) -> Result<Vec<u8>, Error> {
    if let Some(bytes) = base64(text) {
        return Ok(bytes);
    }
    let mut source = Hex::parse(text, None)?;
    let mut bytes = Vec::new();
    while let Event::Packet(packet) = source.next()? {
        bytes.extend_from_slice(packet.bytes);
    }
    Ok(bytes)
}

/// Only what cannot be meant as hex digits, and gives whole frames that follow the rules of a head.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let bytes = data_encoding::BASE64.decode(text.as_bytes()).ok()?;
    let sound = |frame: Anatomy<'_>| {
        matches!(crate::websocket::frame::Head::read(frame.bytes), Ok(Some(_))) && frame.missing == 0
    };
    (!bytes.is_empty() && frames(&bytes).all(sound)).then_some(bytes)
}

/// The handshake of RFC 6455 §1.2, without which no reader knows that frames follow.
const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
/// Packets before the first frame: three of TCP's handshake, request, answer.
const BEFORE: u64 = 5;
/// Bytes of one packet.
const PIECE: usize = 60_000;
/// For a reader that is slower than we are.
const PATIENCE: Duration = Duration::from_millis(1);

/// The same bytes as the dissector reads them, in a conversation that is made around them.
fn layers(args: &Args, bytes: Vec<u8>, console: &mut Console) -> Result<ExitCode, Error> {
    let stop = Stop::listen();
    let (from, deflate) = (args.from, args.deflate);
    let (reporter, mut source) = seen::channel();
    let (asked, client) = (stop.clone(), [127, 0, 0, 1]);
    std::thread::spawn(move || {
        let tell = |what: What| {
            while !asked.asked() && !reporter.report(1, what.clone()) {
                std::thread::sleep(PATIENCE);
            }
        };
        let say = |to_server: bool, bytes: &[u8]| {
            bytes.chunks(PIECE).for_each(|piece| tell(What::Bytes { to_server, bytes: piece.to_vec() }));
        };
        tell(What::Opened { client: (client, 50000).into(), server: (client, 8000).into() });
        let extension =
            if deflate { format!("Sec-WebSocket-Extensions: {}\r\n\r\n", Agreement::OFFER) } else { "\r\n".into() };
        let agreed = if deflate { "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n" } else { "\r\n" };
        say(true, format!("{REQUEST}{extension}").as_bytes());
        say(false, format!("{ANSWER}{agreed}").as_bytes());
        frames(&bytes).for_each(|frame| say(by_client(from, &frame), frame.bytes));
    });
    let format = if console.describe() { Tape::Describe } else { Tape::Layers };
    let mut renderer = format.renderer(console, false, Some(seen::LABEL));
    let (mut tracker, mut tape) = (Tracker::new(), Dissection::new());
    console.remark(&format!("{}; the handshake before it is made up, too", seen::LABEL));
    while !stop.asked() {
        match source.next()? {
            Event::Packet(packet) => {
                tracker.read(protocols::index(), &packet, &mut tape);
                if packet.number > BEFORE {
                    renderer.packet(View { packet: &packet, tape: &tape }, console.buffer());
                }
                console.turn()?;
            }
            Event::Idle => console.flush()?,
            Event::End => break,
        }
    }
    renderer.flush(console.buffer());
    Ok(ExitCode::SUCCESS)
}
