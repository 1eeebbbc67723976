//! `lesson new`: a small lesson that works, to be written over.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Console, Error};

/// Begin a lesson of your own: a small one that works, to be written over
#[derive(clap::Args)]
pub(super) struct Args {
    /// Its number and name: 16-my-lesson
    #[arg(value_name = "NN-NAME")]
    id: String,
    /// The folder of your lessons
    #[arg(long, value_name = "DIR", default_value = "lessons")]
    lessons: PathBuf,
}

const FIRST: &str = include_str!("new.md");

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let number = args.id.split('-').next().filter(|n| n.len() == 2 && n.bytes().all(|b| b.is_ascii_digit()));
    let plain = args.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let Some(number) = number.filter(|_| plain && args.id.len() > 3) else {
        return Err(Error::asked(
            "a lesson is called by two digits and small letters",
            "layercake lesson new 16-my-lesson",
        ));
    };
    let folder = args.lessons.join(&args.id);
    let file = folder.join("lesson.md");
    if file.exists() {
        return Err(Error::asked(format!("{} is there already", file.display()), "choose another number or name"));
    }
    let write = |source| Error::Write { path: file.display().to_string(), source };
    std::fs::create_dir_all(&folder).map_err(write)?;
    std::fs::write(&file, FIRST.replace("NN", number)).map_err(write)?;
    let dir = args.lessons.display();
    console.print(
        format!(
            "{} is written. Take it: `layercake lesson start --lessons {dir} {number}`; test it: `layercake lesson check --lessons {dir} {number}`.\n",
            file.display()
        )
        .as_bytes(),
    )?;
    Ok(ExitCode::SUCCESS)
}
