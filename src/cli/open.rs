//! From the arguments to a source: a file, a live interface, a sandbox or the simulated wire.

use std::process::ExitCode;

use super::progress::Progress;
use super::{Console, Error, keys};
use crate::dissect::Secrets;
use crate::source::file::File;
use crate::source::live::{self, rights};
use crate::source::{Source, wire};

use super::wire::{self as network, Change};

#[cfg(target_os = "linux")]
use crate::source::live::sandbox::{Running, Sandbox};

/// Where packets come from.
#[derive(clap::Args)]
pub(super) struct From {
    /// Read a capture file (pcap, pcapng, also gzipped); `-` is standard input
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["interface", "demo"], help_heading = "Where from")]
    pub(super) read: Option<String>,
    /// Capture live from an interface (`layercake interfaces` lists them)
    #[arg(short, long, value_name = "IFACE", conflicts_with = "demo", help_heading = "Where from")]
    pub(super) interface: Option<String>,
    /// An exchange made for you on a simulated wire: a WebSocket opens, says "Hello" and closes
    #[arg(long, help_heading = "Where from")]
    pub(super) demo: bool,
    /// Play a network that exists only here: a name from `layercake wire list`, or a script file
    #[arg(long, value_name = "SCRIPT", conflicts_with_all = ["read", "interface", "demo"], help_heading = "Where from")]
    pub(super) wire: Option<String>,
    #[command(flatten)]
    pub(super) change: Change,
    /// Decrypt TLS with the secrets in FILE, a key log as SSLKEYLOGFILE makes browsers and curl write it (the
    /// variable itself is not read). A live capture follows it as it grows; with -w the saved file holds the keys too
    #[arg(long, value_name = "FILE", help_heading = "Where from")]
    pub(super) keys: Option<String>,
    /// Keep at most so many bytes of each packet (live)
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(14..=262_144), help_heading = "Where from")]
    snaplen: Option<u32>,
    /// Also see packets that are not for this machine (live)
    #[arg(long, help_heading = "Where from")]
    promiscuous: bool,
    /// Which part of the system captures (live)
    #[arg(long, value_name = "BACKEND", value_enum, default_value_t = Backend::Auto, hide = true)]
    backend: Backend,
}

impl From {
    /// Only this file.
    pub(super) fn file(path: &str) -> Self {
        From {
            read: Some(path.to_owned()),
            interface: None,
            demo: false,
            wire: None,
            change: Change::default(),
            keys: None,
            snaplen: None,
            promiscuous: false,
            backend: Backend::Auto,
        }
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Backend {
    Auto,
    Ring,
    Pnet,
}

/// A source that is ready, and what is to be said about it.
pub(super) struct Opened {
    feed: Feed,
    pub(super) live: bool,
    /// What is known of the keys of encrypted conversations.
    pub(super) secrets: Secrets,
    /// Names a source that is not a real network.
    pub(super) label: Option<&'static str>,
    pub(super) heading: Option<String>,
    /// How far a file has been read; somebody has to show it.
    pub(super) progress: Option<Progress>,
    /// There is so much to read that a second thread is worth it.
    pub(super) long: bool,
}

enum Feed {
    Any(Box<dyn Source>),
    /// A command in a private network.
    #[cfg(target_os = "linux")]
    Guest(Running),
}

impl Opened {
    fn quiet(source: impl Source + 'static) -> Self {
        let secrets = source.secrets().unwrap_or_default();
        let feed = Feed::Any(Box::new(source));
        Opened { feed, live: false, secrets, label: None, heading: None, progress: None, long: false }
    }

    pub(super) fn source(&mut self) -> &mut dyn Source {
        match &mut self.feed {
            Feed::Any(source) => source.as_mut(),
            #[cfg(target_os = "linux")]
            Feed::Guest(running) => running,
        }
    }

    /// The exit code of the command in the sandbox becomes ours.
    pub(super) fn exit_code(&self) -> ExitCode {
        match &self.feed {
            Feed::Any(_) => ExitCode::SUCCESS,
            #[cfg(target_os = "linux")]
            Feed::Guest(running) => {
                let code = running.exit_code().and_then(|code| u8::try_from(code).ok());
                code.map_or(ExitCode::SUCCESS, ExitCode::from)
            }
        }
    }
}

/// Opens the same packets a second time.
pub(super) type Again = Box<dyn FnOnce() -> Option<Box<dyn Source>>>;

/// Opens a second reader of the same packets, where there can be one: not of a pipe, not of an interface.
pub(super) fn again(from: &From) -> Option<Again> {
    match &from.read {
        Some(path) => file_again(path.clone()),
        None if from.wire.is_some() => {
            // The same script gives the same packets.
            let again = simulated(from)?.ok()?;
            Some(Box::new(|| Some(Box::new(again))))
        }
        None if from.demo => Some(Box::new(|| Some(Box::new(wire::demo())))),
        None => None,
    }
}

/// The same for a file.
pub(super) fn file_again(path: String) -> Option<Again> {
    std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
    Some(Box::new(move || Some(Box::new(File::open(&path).ok()?))))
}

/// Opens what `from` asks for, or a sandbox that runs `command`.
pub(super) fn open(from: &From, command: Option<&[String]>, console: &mut Console) -> Result<Opened, Error> {
    let opened = source(from, command)?;
    if let Some(path) = &from.keys {
        keys::read(path, &opened.secrets, opened.live, console)?;
    }
    Ok(opened)
}

fn source(from: &From, command: Option<&[String]>) -> Result<Opened, Error> {
    if from.wire.is_none() && !from.change.is_empty() {
        return Err(Error::asked(
            "--seed, --drop, --drop-chance and --at change a simulated network, and none was named",
            "add `--wire lossy`; `layercake wire list` names the networks",
        ));
    }
    if let Some(command) = command {
        return sandbox(from, command);
    }
    if let Some(path) = &from.read {
        let mut progress = None;
        let file = File::open_through(path, |file| {
            progress = Progress::new(file.metadata().map_or(0, |m| m.len()));
            match &progress {
                Some(progress) => Box::new(progress.watch(file)),
                None => Box::new(file),
            }
        })?;
        return Ok(Opened { progress, long: file.is_long(), ..Opened::quiet(file) });
    }
    if let Some(name) = &from.interface {
        let source = live::open(&options(from, name))?;
        // The socket is open: from here on no right is needed any more.
        rights::drop_privileges().map_err(crate::source::Error::from)?;
        let heading = Some(format!("listening on {name}, Ctrl-C stops"));
        return Ok(Opened {
            feed: Feed::Any(source),
            live: true,
            secrets: Secrets::new(),
            label: None,
            heading,
            progress: None,
            long: false,
        });
    }
    if let Some(wire) = simulated(from) {
        return Ok(Opened { label: Some(wire::LABEL), ..Opened::quiet(wire?) });
    }
    if from.demo {
        return Ok(Opened { label: Some(wire::LABEL), ..Opened::quiet(wire::demo()) });
    }
    Err(Error::asked(
        "there is nothing to read: say where packets come from",
        "try `--demo`, `--wire two-hosts`, `-r FILE` or `-i lo`; `layercake interfaces` lists this machine's cards",
    ))
}

/// The wire that plays the script which `from` names.
pub(super) fn simulated(from: &From) -> Option<Result<wire::Wire, Error>> {
    let name = from.wire.as_deref()?;
    Some(network::load(name).and_then(|script| from.change.apply(script)).and_then(|script| network::opened(&script)))
}

/// Opens an interface with the defaults for all else.
pub(super) fn interface(name: &str) -> Result<Box<dyn Source>, Error> {
    let source = live::open(&live::Options::new(name))?;
    rights::drop_privileges().map_err(crate::source::Error::from)?;
    Ok(source)
}

pub(super) fn options(from: &From, interface: &str) -> live::Options {
    live::Options {
        snaplen: from.snaplen.unwrap_or(0),
        promiscuous: from.promiscuous,
        backend: match from.backend {
            Backend::Auto => live::Backend::Auto,
            Backend::Ring => live::Backend::Ring,
            Backend::Pnet => live::Backend::Pnet,
        },
        ..live::Options::new(interface)
    }
}

#[cfg(target_os = "linux")]
fn sandbox(from: &From, command: &[String]) -> Result<Opened, Error> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Error::asked(
            "the sandbox needs a command",
            "for example: capture --sandbox -- curl http://127.0.0.1",
        ));
    };
    let mut guest = std::process::Command::new(program);
    guest.args(arguments);
    let sandbox = Sandbox::enter().map_err(crate::source::Error::from)?;
    let running = sandbox.spawn(guest, &options(from, "lo"))?;
    let heading = Some(format!("listening in a private network to: {}", super::console::tame(&command.join(" "))));
    let feed = Feed::Guest(running);
    Ok(Opened { feed, live: true, secrets: Secrets::new(), label: None, heading, progress: None, long: false })
}

#[cfg(not(target_os = "linux"))]
fn sandbox(_: &From, _: &[String]) -> Result<Opened, Error> {
    Err(Error::asked("only Linux has private networks", "`--demo` and `-r FILE` work everywhere"))
}
