//! `layercake completions` and `layercake man`: made from the same arguments as `--help`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;

use super::{Console, Error};

/// Print the completion script of a shell
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  layercake completions bash > ~/.local/share/bash-completion/completions/layercake
  layercake completions zsh > ~/.zfunc/_layercake
  layercake completions fish > ~/.config/fish/completions/layercake.fish")]
pub(super) struct Args {
    /// Which shell
    shell: clap_complete::Shell,
}

/// Print the manual page, or write the pages of all commands into a folder
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  layercake man | man -l -
  layercake man ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// Folder for the pages of all commands
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let mut command = super::Args::command();
    clap_complete::generate(args.shell, &mut command, "layercake", console.buffer());
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(args: &ManArgs, console: &mut Console) -> Result<ExitCode, Error> {
    let command = super::Args::command();
    match &args.folder {
        None => {
            let page = clap_mangen::Man::new(command);
            page.render(console.buffer()).map_err(|source| Error::Write { path: "the output".into(), source })?;
        }
        Some(folder) => {
            let path = folder.display().to_string();
            let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
            written.map_err(|source| Error::Write { path, source })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
