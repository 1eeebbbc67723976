//! `layercake explain` and `layercake fields`: what any field, flag or value means.

use std::process::ExitCode;

use super::{Console, Error, vocabulary};
use crate::dissect::Protocol;
use crate::filter::{self, Found};
use crate::ports::{Protocol as Transport, services};
use crate::render::{Style, reference};

/// Say what a protocol, a field or a value means
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  layercake explain tcp.window      a field
  layercake explain ttl             wherever it occurs
  layercake explain SYN             a flag
  layercake explain 0x0800          a number: an EtherType, a port, a record type …
  layercake explain port 5432       what usually waits behind a port
  layercake explain websocket       a protocol and its fields")]
pub(super) struct Args {
    /// A field key, a name, a flag, a number
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,
    /// Everything that matches, not only the best
    #[arg(long)]
    all: bool,
}

/// List every field key, for filters and for `explain`
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  layercake fields            all of them
  layercake fields tcp        those of one protocol")]
pub(super) struct FieldsArgs {
    /// Only this protocol
    protocol: Option<String>,
}

/// More than so many pages at once help nobody.
const PAGES: usize = 6;

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let query = args.words.join(" ");
    let mut ports = asked_ports(&args.words)?;
    let found = filter::lookup(&query, vocabulary::index());
    if found.is_empty() {
        // A name means a protocol first: `ssh` is one, `postgresql` only a name of a port.
        ports.extend(services::named(&query).map(|(port, ..)| port));
        ports.dedup();
    }
    if found.is_empty() && ports.is_empty() {
        let hint = match filter::nearest(&query, vocabulary::index()) {
            Some(key) => format!("did you mean `{key}`? `layercake fields` lists all keys"),
            None => "`layercake fields` lists all keys".to_owned(),
        };
        return Err(Error::asked(format!("nothing is known about `{query}`"), hint));
    }
    let style = console.style();
    let limit = if args.all { found.len() } else { PAGES };
    for (number, port) in ports.iter().take(limit).enumerate() {
        let out = console.buffer();
        if number > 0 {
            out.push(b'\n');
        }
        port_page(out, style, *port);
    }
    for (number, page) in found.iter().take(limit).enumerate() {
        let out = console.buffer();
        if number > 0 || !ports.is_empty() {
            out.push(b'\n');
        }
        match *page {
            Found::Protocol(protocol) => reference::protocol(out, style, protocol),
            Found::Field { protocol, field } => reference::field(out, style, protocol, field),
            Found::Value { protocol, field, name } | Found::Flag { protocol, field, name } => {
                reference::value(out, style, protocol, field, name);
            }
        }
    }
    if found.len() > limit {
        let more = found.len() - limit;
        console.print(format!("\n{more} more: layercake explain --all {query}\n").as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The ports that these words mean: "443", "port 443", ":443", "tcp/443". A bare number that no service is
/// known for may mean anything else.
fn asked_ports(words: &[String]) -> Result<Vec<u16>, Error> {
    let (word, plainly) = match words {
        [word] => (word.as_str(), false),
        [first, word] if ["port", "tcp", "udp"].contains(&first.to_ascii_lowercase().as_str()) => (word.as_str(), true),
        _ => return Ok(Vec::new()),
    };
    let bare = [":", "tcp/", "udp/", "port/"].iter().find_map(|prefix| word.strip_prefix(prefix));
    let plainly = plainly || bare.is_some();
    let word = bare.unwrap_or(word);
    let digits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    match word.parse::<u16>() {
        Ok(port) if plainly || services::services(port).next().is_some() => Ok(vec![port]),
        Err(_) if plainly && digits => {
            Err(Error::asked(format!("there is no port {word}"), "ports are the numbers 0 to 65535: they have 16 bits"))
        }
        _ => Ok(Vec::new()),
    }
}

fn port_page(out: &mut Vec<u8>, style: Style, port: u16) {
    let said: Vec<reference::Service> = services::services(port)
        .map(|(protocols, service)| reference::Service {
            over: match protocols {
                [Transport::Tcp] => "TCP",
                [Transport::Udp] => "UDP",
                _ => "TCP and UDP",
            },
            name: service.name,
            explain: service.explain,
            by: if service.habit { "a habit, not IANA's name" } else { "IANA's name" },
        })
        .collect();
    reference::port(out, style, port, services::realm(port), &said);
}

pub(super) fn fields(args: &FieldsArgs, console: &mut Console) -> Result<ExitCode, Error> {
    let index = vocabulary::index();
    let chosen: Vec<&'static Protocol> = match &args.protocol {
        None => index.protocols().to_vec(),
        Some(key) => {
            let Some(protocol) = index.protocol(key) else {
                let keys: Vec<&str> = index.protocols().iter().map(|p| p.key).collect();
                return Err(Error::asked(
                    format!("there is no protocol `{key}`"),
                    format!("there are: {}", keys.join(", ")),
                ));
            };
            vec![protocol]
        }
    };
    let style = console.style();
    reference::fields_list(console.buffer(), style, &chosen);
    Ok(ExitCode::SUCCESS)
}
