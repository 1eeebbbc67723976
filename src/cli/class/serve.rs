//! `class serve`: students vote in their browsers, the teacher's keys decide what they see. Off unless it is started, on this
//! machine alone unless the network is asked for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::sync::watch;

use super::files;
use super::teacher::{Teacher, Told};
use crate::class::{Asked, Hall, Room, join_code};
use crate::cli::console::tame;
use crate::cli::lesson::Place;
use crate::cli::listen::{addresses, refused};
use crate::cli::stop::{Stop, when_the_terminal_is_gone};
use crate::cli::{Console, Error};
use crate::lesson::Found;

const EXAMPLES: &str = "\
Examples:
  layercake class serve 07                          the predictions of lesson 07, for browsers of this machine
  layercake class serve 07 --lan                    for the whole room: the screen shows address and code
  layercake class serve --listen 192.168.1.5        at one address of this machine
  layercake class serve 07 --lan --save votes.txt   and anonymous votes go to a file at the end

Keys: n next, b back, c close or open, space reveal, v vote again, p show the run's picture to all, l look while it is
open, q quit. Without a terminal the same words are read as lines.

Nobody is asked for a name; votes are kept in memory and are gone at the end, unless --save keeps them without names and
in no order. So who wants to can vote twice: this is for talking, not for grades. Nothing is encrypted: do not use it
where somebody must not see a vote.

Exit codes: 0 quit or Ctrl-C, 1 the port could not be had or a file not be written, 2 wrong arguments.";

/// A vote in the students' browsers, and a picture for all: answers come live
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Its number or a word of its name; without it the predictions of all lessons
    #[arg(value_name = "LESSON")]
    lesson: Option<String>,
    /// The port; 0 is any free one
    #[arg(long, short, default_value_t = 8120, help_heading = "Where")]
    port: u16,
    /// Other machines may join: at every address of this machine
    #[arg(long, conflicts_with = "listen", help_heading = "Where")]
    lan: bool,
    /// At which address of this machine
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), help_heading = "Where")]
    listen: IpAddr,
    /// A folder of lessons instead of the built-in ones
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    lessons: Option<PathBuf>,
    /// Browsers at most
    #[arg(long, value_name = "N", default_value_t = 250, value_parser = clap::value_parser!(u16).range(1..=2000))]
    students: u16,
    /// Write the votes here at the end: codes without names, for `class board`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let place = Place::of(args.lessons.as_ref(), None);
    let course = match &args.lesson {
        Some(name) => vec![place.one(name)?],
        None => place.all()?,
    };
    let asked = course.iter().flat_map(asked).collect();
    let room = Room::new(asked).ok_or_else(|| {
        Error::asked("these lessons have no prediction to vote on", "`layercake lesson list` shows others")
    })?;
    let ip = if args.lan { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { args.listen };
    let address = SocketAddr::new(ip, args.port);
    let listener = TcpListener::bind(address).map_err(|error| refused("a class", &error, address))?;
    let address = listener.local_addr().map_err(|error| refused("a class", &error, address))?;
    let students = usize::from(args.students);
    let hall = Hall::new(room, &join_code(std::iter::repeat_with(rand::random)), students);
    let (halt, halted) = watch::channel(false);
    let (serving, stop) = (hall.clone(), Stop::listen());
    if let Some(path) = args.save.clone() {
        let (hall, course) = (hall.clone(), place.all()?);
        when_the_terminal_is_gone(move || {
            // Whoever could be told is gone.
            let _ = files::write(&path, &hall.look(|room, _| room.codes(&course)));
        });
    } else {
        when_the_terminal_is_gone(|| ());
    }
    let server = std::thread::spawn(move || serving.serve(listener, students, halted));
    let told = Told {
        addresses: addresses(address),
        lan: !ip.is_loopback(),
        save: args.save.as_ref().map(|p| files::name(p)),
    };
    let taught = Teacher::new(hall.clone(), told, &place, args.save.as_ref()).teach(&stop, console);
    halt.send_replace(true);
    let ended = server.join().unwrap_or(Ok(()));
    let saved = args.save.as_ref().map(|path| save(path, &hall, &place, console)).transpose();
    taught?;
    saved?;
    ended.map_err(|error| Error::asked(format!("the class broke off: {error}"), "start it again"))?;
    Ok(ExitCode::SUCCESS)
}

fn asked(found: &Found) -> Vec<Asked> {
    let lesson = &found.lesson;
    let predictions = lesson.questions().filter(|(_, prediction)| *prediction);
    let asked = |question: &crate::lesson::Question| Asked {
        lesson: lesson.number(),
        title: lesson.title.clone(),
        question: question.clone(),
    };
    predictions.map(|(question, _)| asked(question)).collect()
}

/// Writes the votes, and says so.
fn save(path: &Path, hall: &Hall, place: &Place, console: &mut Console) -> Result<(), Error> {
    let course = place.all()?;
    files::write(path, &hall.look(|room, _| room.codes(&course)))?;
    let name = tame(&path.display().to_string());
    console.print(format!("Votes without names: {name}. `layercake class board {name}` shows them.\n").as_bytes())
}
