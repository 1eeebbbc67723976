//! `layercake wire list`, `show`, `check` and `differences`: which scripts there are, what one looks like, whether yours
//! is right, and where all of this is not a real network.

use std::process::ExitCode;

use super::{Change, opened, script};
use crate::cli::{Console, Error};
use crate::render::wire as drawn;
use crate::source::wire::{DIFFERENCES, SCRIPTS};

/// List the networks that come with layercake
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let rows: Vec<_> = SCRIPTS.iter().map(|s| (s.name, s.about)).collect();
    let style = console.style();
    drawn::list(console.buffer(), style, &rows);
    console.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Print a script: a good beginning for one of your own
#[derive(clap::Args)]
pub(super) struct ShowArgs {
    /// A name from `layercake wire list`
    #[arg(value_name = "SCRIPT")]
    script: String,
}

pub(super) fn show(args: &ShowArgs, console: &mut Console) -> Result<ExitCode, Error> {
    let Some(built_in) = SCRIPTS.iter().find(|s| s.name == args.script) else {
        let names: Vec<_> = SCRIPTS.iter().map(|s| s.name).collect();
        return Err(Error::asked(
            format!("there is no script `{}`", args.script),
            format!("there are: {}", names.join(", ")),
        ));
    };
    console.print(built_in.text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Say whether a script is right, and what is in it
#[derive(clap::Args)]
pub(super) struct CheckArgs {
    /// A name from `layercake wire list`, or a TOML file
    #[arg(value_name = "SCRIPT")]
    script: String,
    #[command(flatten)]
    change: Change,
}

pub(super) fn check(args: &CheckArgs, console: &mut Console) -> Result<ExitCode, Error> {
    let script = args.change.apply(script::load(&args.script)?)?;
    let wire = opened(&script)?;
    let style = console.style();
    let links: Vec<_> = script.links().collect();
    let mut machines: Vec<(String, Vec<String>)> = Vec::new();
    for (address, name) in wire.names() {
        match machines.iter_mut().find(|(known, _)| known == name) {
            Some((_, addresses)) => addresses.push(address.to_string()),
            None => machines.push((name.clone(), vec![address.to_string()])),
        }
    }
    drawn::network(console.buffer(), style, &script.title, &machines, &links);
    console.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Say where the simulated wire differs from Linux
#[derive(clap::Args)]
pub(super) struct DifferencesArgs {}

pub(super) fn differences(_: &DifferencesArgs, console: &mut Console) -> Result<ExitCode, Error> {
    let rows: Vec<_> = DIFFERENCES.iter().map(|d| (d.about, d.here, d.linux)).collect();
    let style = console.style();
    drawn::differences(console.buffer(), style, &rows);
    console.flush()?;
    Ok(ExitCode::SUCCESS)
}
