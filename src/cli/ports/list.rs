//! `layercake ports [WORDS…]`: the list.

use std::cmp::Reverse;
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::rows::Lookup;
use super::{refused, vocabulary, words};
use crate::cli::{Console, Error};
use crate::dissect::{Dissection, Packet};
use crate::filter::Filter;
use crate::ports::states::Stage;
use crate::ports::tape::Writer;
use crate::ports::{Protocol, SOCKET, Socket, State, System, Table, Wants};
use crate::render::sockets::Row;
use crate::render::{reference, sockets, sockets_text};

#[derive(clap::Args)]
#[group(skip)] // its name would be that of the command
pub(super) struct Args {
    /// A port (3000, :3000, 3000-3010, ssh), a state, `listening` (TCP and UDP that waits), or a filter as of `capture`
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    /// Only sockets of programs whose name contains this, or of the process with this number
    #[arg(long, value_name = "NAME")]
    process: Option<String>,
    /// Only sockets in this state; may be given several times
    #[arg(long, value_name = "STATE", value_parser = states(), ignore_case = true)]
    state: Vec<String>,
    /// Only TCP or only UDP
    #[arg(long, value_name = "PROTOCOL", value_enum, ignore_case = true, conflicts_with = "unix")]
    proto: Option<Proto>,
    /// UNIX sockets instead: those within this machine
    #[arg(long)]
    unix: bool,
    /// More columns: round trip, congestion, timer, unit, container, inode
    #[arg(long)]
    wide: bool,
    /// One list in this order, instead of one for each stage of life
    #[arg(long, value_name = "BY", value_enum)]
    sort: Option<Sort>,
    /// How they are shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Do not look for the programs, which takes most of the time
    #[arg(long, conflicts_with = "process")]
    no_owners: bool,
    /// Say below the list what its states and columns mean
    #[arg(long)]
    explain: bool,
    /// For shells: only the names of the programs that hold sockets
    #[arg(long, hide = true, conflicts_with = "no_owners")]
    names: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Proto {
    /// Streams
    Tcp,
    /// Datagrams
    Udp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// By the local port
    Port,
    /// By the program's name
    Process,
    /// By the state's name
    State,
    /// The youngest program first
    Age,
    /// The longest queue first
    Queue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people
    Table,
    /// One JSON object a socket
    Json,
    /// Comma-separated values with a header
    Csv,
}

fn states() -> PossibleValuesParser {
    PossibleValuesParser::new(State::ALL.map(|state| PossibleValue::new(state.story().word).aliases(state.spellings())))
}

/// A row with what it is sorted by.
struct Found {
    row: Row,
    stage: Stage,
    port: u16,
}

pub(super) fn run(args: &Args, system: &mut dyn System, root: bool, console: &mut Console) -> Result<ExitCode, Error> {
    let table_format = args.format == Format::Table;
    let about_details = args.words.iter().any(|w| w.contains("socket."));
    let wants =
        Wants { owners: !args.no_owners, details: args.wide || !table_format || about_details, unix: args.unix };
    let table = system.table(wants).map_err(|error| refused(&error))?;
    let names = || program_names(&table);
    if args.names {
        for name in names().iter().filter(|name| is_word(name)) {
            console.print(format!("{name}\n").as_bytes())?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let filter = words::filter(&args.words, &names)?;
    let process = args.process.as_deref().map(|name| holders_named(&table, name)).transpose()?;
    let lookup = Lookup::new(&table, system);
    let all_found = choose(args, &table, &lookup, filter.as_ref(), process.as_deref());
    let mut found: Vec<&Found> = all_found.iter().collect();
    sort(&mut found, args.sort);
    let all = if args.unix { table.unix.len() } else { table.sockets.len() };
    let style = console.style();
    let mut left_out = Vec::new();
    match args.format {
        Format::Json => sockets_text::json(console.buffer(), &rows(&found)),
        Format::Csv => sockets_text::csv(console.buffer(), style, &rows(&found)),
        Format::Table if found.is_empty() => {
            let asked = match all {
                0 => "this machine has no sockets".into(),
                1 => "the one socket of this machine does not match".into(),
                _ => format!("none of {all} sockets matches"),
            };
            console.print(format!("{asked}\n").as_bytes())?;
        }
        Format::Table if console.describe() => sockets_text::describe(console.buffer(), style, &rows(&found)),
        Format::Table => left_out = tables(args, &found, console),
    }
    remarks(args, &table, &found, root, console)?;
    if args.explain && table_format {
        meanings(args, &found, console);
    }
    if !left_out.is_empty() && console.is_terminal() {
        console.flush()?;
        console.remark(&format!("no room for: {}; --width 140 shows them", left_out.join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a shell takes it as one word and as nothing else: completion expands what it is given.
pub(super) fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b))
}

fn rows<'a>(found: &[&'a Found]) -> Vec<&'a Row> {
    found.iter().map(|f| &f.row).collect()
}

fn choose(args: &Args, table: &Table, lookup: &Lookup, filter: Option<&Filter>, process: Option<&[u32]>) -> Vec<Found> {
    let states: Vec<State> = args.state.iter().filter_map(|word| State::named(word)).collect();
    let in_state = |state: State| states.is_empty() || states.contains(&state);
    let held = |owners: &[u32]| process.is_none_or(|wanted| owners.iter().any(|o| wanted.contains(o)));
    let writer = Writer::new(vocabulary::index());
    let mut tape = Dissection::new();
    let packet = Packet::default();
    if args.unix {
        let mut wanted = |socket: &crate::ports::socket::Unix| {
            in_state(socket.state)
                && held(&socket.owners)
                && filter.is_none_or(|filter| {
                    writer.write_unix(&mut tape, socket, &table.owners, lookup.beside_unix(table, socket));
                    filter.matches(&packet, &tape)
                })
        };
        let chosen = table.unix.iter().filter(|socket| wanted(socket));
        return chosen
            .map(|s| {
                let stage = if s.state == State::Listen { Stage::Waiting } else { Stage::Talking };
                Found { row: lookup.unix_row(table, s), stage, port: 0 }
            })
            .collect();
    }
    let mut wanted = |socket: &Socket| {
        in_state(socket.state)
            && args.proto.is_none_or(|p| (p == Proto::Udp) == (socket.protocol == Protocol::Udp))
            && held(&socket.owners)
            && filter.is_none_or(|filter| {
                writer.write(&mut tape, socket, &table.owners, lookup.beside(table, socket));
                filter.matches(&packet, &tape)
            })
    };
    let chosen = table.sockets.iter().filter(|socket| wanted(socket));
    chosen
        .map(|s| Found { row: lookup.row(table, s), stage: s.state.stage(s.protocol), port: s.local.port() })
        .collect()
}

/// The places of programs whose name contains `name`, or whose number it is.
fn holders_named(table: &Table, name: &str) -> Result<Vec<u32>, Error> {
    let pid = name.parse::<u32>().ok();
    let wanted = name.to_lowercase();
    let is = |owner: &crate::ports::Owner| {
        pid == Some(owner.pid) || String::from_utf8_lossy(&owner.name).to_lowercase().contains(&wanted)
    };
    let places: Vec<u32> = (0..).zip(&table.owners.all).filter(|(_, o)| is(o)).map(|(at, _)| at).collect();
    if !places.is_empty() {
        return Ok(places);
    }
    let names = program_names(table);
    let hint = match words::nearest(name, names.iter().cloned()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if names.is_empty() => "no program is known; root sees those of all users".to_owned(),
        None if names.len() <= 12 => format!("there are: {}", names.join(", ")),
        None => "layercake ports --sort process lists all of them".to_owned(),
    };
    Err(Error::asked(format!("no program called `{name}` holds a socket"), hint))
}

fn program_names(table: &Table) -> Vec<String> {
    let mut names: Vec<String> =
        table.owners.all.iter().map(|o| String::from_utf8_lossy(&o.name).into_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn sort(found: &mut [&Found], by: Option<Sort>) {
    let name = |f: &&Found| (f.row.holders.is_empty(), f.row.holders.first().map(|h| h.name.to_ascii_lowercase()));
    // Equal ones keep a fixed order, so that two lists can be compared.
    found.sort_by_cached_key(|f| (f.port, f.row.protocol, f.row.remote.map(|r| (r.ip(), r.port())), f.row.inode));
    match by {
        None => found.sort_by_key(|f| f.stage),
        Some(Sort::Port) => {}
        Some(Sort::Process) => found.sort_by_cached_key(name),
        Some(Sort::State) => found.sort_by_key(|f| f.row.state),
        Some(Sort::Age) => found.sort_by_key(|f| f.row.holders.first().and_then(|h| h.age).unwrap_or(u64::MAX)),
        Some(Sort::Queue) => {
            found.sort_by_key(|f| Reverse(f.row.queues.iter().map(|n| u64::from(*n)).sum::<u64>()));
        }
    }
}

/// One table for each stage, or one alone where an order is asked for.
fn tables(args: &Args, found: &[&Found], console: &mut Console) -> Vec<&'static str> {
    let style = console.style();
    let mut left_out = Vec::new();
    let parts: Vec<&[&Found]> =
        if args.sort.is_some() { vec![found] } else { found.chunk_by(|a, b| a.stage == b.stage).collect() };
    for (number, part) in parts.iter().enumerate() {
        let out = console.buffer();
        if number > 0 {
            out.push(b'\n');
        }
        if args.sort.is_none() {
            let title = match (part[0].stage, args.unix) {
                (Stage::Waiting, false) => "Waiting for callers: TCP in LISTEN, UDP unconnected",
                (Stage::Waiting, true) => "Waiting for callers",
                (_, true) => "Connected, or ready to be",
                (Stage::Talking, _) => "Talking",
                (Stage::Leaving, _) => "Hanging up, resting, or only holding a port",
            };
            style.strong(out);
            out.extend_from_slice(title.as_bytes());
            style.end(out);
            out.extend_from_slice(format!(" {} {}\n", style.dot(), part.len()).as_bytes());
        }
        for head in sockets::write(out, style, &rows(part), args.wide) {
            if !left_out.contains(&head) {
                left_out.push(head);
            }
        }
    }
    left_out
}

/// What is missing in the list and why: beside the list for people, on stderr for programs.
fn remarks(args: &Args, table: &Table, found: &[&Found], root: bool, console: &mut Console) -> Result<(), Error> {
    let unheld = found.iter().filter(|f| f.row.holders.is_empty() && f.row.unheld == "?").count();
    let mut lines = table.remarks.clone();
    if unheld > 0 && !args.no_owners {
        let (one, of) = (unheld == 1, found.len());
        let (belongs, are) = if one { ("belongs", "is") } else { ("belong", "are") };
        lines.push(if table.owners.hidden > 0 && root {
            format!("{unheld} of {of} sockets {belongs} to programs that this system hides even from root.")
        } else if table.owners.hidden > 0 {
            let others = if one { "another user's program" } else { "other users' programs" };
            format!("{unheld} of {of} sockets {belongs} to {others}: run as root to see which.")
        } else {
            format!("{unheld} of {of} sockets {are} held by the kernel itself or from outside this container.")
        });
    }
    for line in lines {
        if args.format == Format::Table {
            console.print(b"\n")?;
            let style = console.style();
            crate::render::wrap::wrap(console.buffer(), &line, 0, &style);
        } else {
            console.remark(&line);
        }
    }
    Ok(())
}

/// The states that occur and the columns, in words.
fn meanings(args: &Args, found: &[&Found], console: &mut Console) {
    let style = console.style();
    let out = console.buffer();
    out.extend_from_slice(b"\nStates\n");
    for state in State::ALL {
        let seen =
            |f: &&Found| f.row.state == state.story().name || (state == State::Closed && f.row.state == "unconnected");
        if found.iter().any(seen) {
            entry(out, style, state.story().name, state.story().meaning);
        }
    }
    out.extend_from_slice(b"\nColumns\n");
    for (head, key) in
        super::explain::COLUMNS.iter().filter(|(head, _)| args.wide || !super::explain::WIDE.contains(head))
    {
        if let Some(field) = SOCKET.fields.iter().find(|f| f.key == *key) {
            entry(out, style, head, field.explain);
        }
    }
}

fn entry(out: &mut Vec<u8>, style: crate::render::Style, name: &str, text: &str) {
    reference::line(out, style, name, text);
}

#[cfg(test)]
mod state_words {
    use super::*;

    #[test]
    fn every_word_of_the_flag_is_a_state() {
        for value in clap::builder::TypedValueParser::possible_values(&states()).expect("values") {
            for word in value.get_name_and_aliases() {
                assert!(State::named(word).is_some(), "{word}");
            }
        }
    }
}
