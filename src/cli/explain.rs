//! `layercake explain` and `layercake fields`: what any field, flag or value means.

use std::process::ExitCode;

use super::{Console, Error, vocabulary};
use crate::dissect::Protocol;
use crate::filter::{self, Found};
use crate::render::reference;

/// Say what a protocol, a field or a value means
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  layercake explain tcp.window      a field
  layercake explain ttl             wherever it occurs
  layercake explain SYN             a flag
  layercake explain 0x0800          a number: an EtherType, a port, a record type …
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
    let found = filter::lookup(&query, vocabulary::index());
    if found.is_empty() {
        let hint = match filter::nearest(&query, vocabulary::index()) {
            Some(key) => format!("did you mean `{key}`? `layercake fields` lists all keys"),
            None => "`layercake fields` lists all keys".to_owned(),
        };
        return Err(Error::asked(format!("nothing is known about `{query}`"), hint));
    }
    let style = console.style();
    let limit = if args.all { found.len() } else { PAGES };
    for (number, page) in found.iter().take(limit).enumerate() {
        let out = console.buffer();
        if number > 0 {
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
