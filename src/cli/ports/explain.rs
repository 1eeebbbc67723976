//! `layercake ports explain`: the states drawn with your sockets in them, or one state or column in words.

use std::process::ExitCode;

use super::{refused, words};
use crate::cli::{Console, Error};
use crate::ports::machine::PICTURE;
use crate::ports::{Protocol, SOCKET, State, System, Table, Wants};
use crate::render::{Style, machine, quantity, reference, wrap};

/// Say what a state or a column means; alone: TCP's states drawn, with your sockets counted in them
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  layercake ports explain                  the way of a connection through its states
  layercake ports explain time-wait        how one gets there, how long it lasts, what to do
  layercake ports explain queues           what a column means")]
pub(super) struct Args {
    /// A state, a column, or `machine`
    #[arg(value_name = "STATE|COLUMN|machine")]
    words: Vec<String>,
}

/// Heads of the list's columns, and the field that says what stands in them.
pub(super) const COLUMNS: &[(&str, &str)] = &[
    ("kind", "protocol"),
    ("local", "local"),
    ("remote", "remote"),
    ("reach", "reach"),
    ("state", "state"),
    ("service", "service"),
    ("process", "process"),
    ("user", "user"),
    ("queues", "receive_queue"),
    ("age", "age"),
    ("round trip", "rtt"),
    ("congestion", "congestion"),
    ("timer", "timer"),
    ("unit", "unit"),
    ("container", "container"),
    ("inode", "inode"),
];

/// Those that only `--wide` has.
pub(super) const WIDE: &[&str] = &["round trip", "congestion", "timer", "unit", "container", "inode"];

pub(super) fn run(args: &Args, system: &mut dyn System, console: &mut Console) -> Result<ExitCode, Error> {
    let query = args.words.join(" ").to_lowercase();
    if query.is_empty() || query == "machine" {
        let table = table(system)?;
        picture(&table, console);
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(state) = State::named(&query) {
        let table = table(system)?;
        page(&table, state, console);
        return Ok(ExitCode::SUCCESS);
    }
    let style = console.style();
    let key = COLUMNS.iter().find(|(head, _)| *head == query).map_or(query.as_str(), |(_, key)| key);
    let slug = key.replace([' ', '-'], "_");
    if let Some(field) = SOCKET.fields.iter().find(|f| f.key == slug || f.name == query) {
        reference::field(console.buffer(), style, &SOCKET, field);
        if query == "queues" {
            console.buffer().push(b'\n');
            let other = SOCKET.fields.iter().find(|f| f.key == "send_queue");
            if let Some(field) = other {
                reference::field(console.buffer(), style, &SOCKET, field);
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let columns = COLUMNS.iter().map(|(head, _)| (*head).to_owned());
    let all = words::state_words().chain(columns).chain(["machine".to_owned()]);
    let hint = match words::nearest(&query, all) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!(
            "there are the states ({}) and the columns of the list",
            words::state_words().collect::<Vec<_>>().join(", ")
        ),
    };
    Err(Error::asked(format!("there is no state or column `{query}`"), hint))
}

fn table(system: &mut dyn System) -> Result<Table, Error> {
    system.table(Wants { owners: false, details: false, unix: false }).map_err(|error| refused(&error))
}

fn count(table: &Table, state: State) -> usize {
    table.sockets.iter().filter(|s| s.protocol == Protocol::Tcp && s.state == state).count()
}

fn picture(table: &Table, console: &mut Console) {
    let style = console.style();
    let count = |state| self::count(table, state);
    if console.describe() {
        for state in State::ALL {
            let story = state.story();
            let text =
                format!("{}, {} of your sockets. {} Begins: {}", story.name, count(state), story.meaning, story.begins);
            wrap::wrap(console.buffer(), &text, 0, &style);
        }
        return;
    }
    machine::draw(console.buffer(), style, PICTURE, |name| {
        let state = State::named(name).unwrap_or(State::Closed);
        let small = if state == State::SynReceived { count(State::NewSynReceived) } else { 0 };
        count(state) + small
    });
    let udp = table.sockets.iter().filter(|s| s.protocol == Protocol::Udp).count();
    let text = format!(
        "[NAME {}2] holds two of your sockets. Beside the picture: {} that only hold a port (BOUND-INACTIVE), and {} of \
         UDP, which has no states.",
        style.pick("●", "*"),
        count(State::BoundInactive),
        udp
    );
    let out = console.buffer();
    out.push(b'\n');
    // The mark is no letter of our texts: it would be spelled.
    let plain = Style { charset: crate::render::Charset::Unicode, ..style };
    wrap::wrap(out, &text, 0, &plain);
}

fn page(table: &Table, state: State, console: &mut Console) {
    let style = console.style();
    let story = state.story();
    let out = console.buffer();
    style.strong(out);
    out.extend_from_slice(story.name.as_bytes());
    style.end(out);
    let mine = quantity::counted(table.sockets.iter().filter(|s| s.state == state).count() as u64, "socket");
    out.extend_from_slice(format!(" {} {mine} of this machine now\n", style.dot()).as_bytes());
    wrap::wrap(out, story.meaning, 2, &style);
    out.push(b'\n');
    for (head, text) in [("begins", story.begins), ("lasts", story.lasts), ("what to do", story.help)] {
        reference::line(out, style, head, text);
    }
    reference::line(out, style, "list them", &format!("layercake ports --state {}", story.word));
}
