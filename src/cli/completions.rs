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
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "layercake", &mut script);
    console.print(with_programs(&String::from_utf8_lossy(&script)).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Lets `--process` complete the programs that hold sockets at that moment, in the shells of which the library's script
/// has a place for it (bash, zsh, fish).
fn with_programs(script: &str) -> String {
    const NAMES: &str = "$(layercake ports --names 2>/dev/null)";
    let mut out = String::with_capacity(script.len());
    let mut below = false;
    for line in script.lines() {
        let line = if below {
            line.replace("compgen -f \"${cur}\"", &format!("compgen -W \"{NAMES}\" -- \"${{cur}}\""))
        } else if line.contains("--process=[") {
            line.replace(":NAME:_default", &format!(":NAME:{{compadd -- {NAMES}}}"))
        } else if line.contains("-l process ") && line.ends_with(" -r") {
            format!("{line} -f -a \"(layercake ports --names 2>/dev/null)\"")
        } else {
            line.to_owned()
        };
        below = line.trim() == "--process)";
        out += &line;
        out.push('\n');
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap_complete::Shell;

    #[test]
    fn programs_are_completed_where_the_shell_has_a_place_for_it() {
        for (shell, part) in [
            (Shell::Bash, "compgen -W \"$(layercake ports --names 2>/dev/null)\" -- \"${cur}\""),
            (Shell::Zsh, ":NAME:{compadd -- $(layercake ports --names 2>/dev/null)}"),
            (Shell::Fish, "-f -a \"(layercake ports --names 2>/dev/null)\""),
        ] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut crate::cli::Args::command(), "layercake", &mut script);
            let script = with_programs(&String::from_utf8_lossy(&script));
            assert_eq!(script.matches(part).count(), 2, "{shell}: the list and `watch`");
        }
    }
}
