//! `layercake ports why`: can this port be had, who has it, until when, and what to do.

mod words;

use std::net::IpAddr;
use std::process::ExitCode;

use clap::ValueEnum;

use super::{Console, Error, parse};
use crate::ports::probe::{Kernel, Probe};
use crate::ports::why::{Question, Verdict, judge};
use crate::ports::{self, Protocol, System};
use crate::render::why::{self, Report};

const EXAMPLES: &str = "\
Examples:
  layercake ports why 3000                      can a server start there?
  layercake ports why postgresql                by a service's name
  layercake ports why 53 --udp                  UDP's 53 is another room than TCP's
  layercake ports why 80 --address 127.0.0.1    only there
  until layercake ports why 3000; do sleep 1; done

It asks the kernel for the port and gives it back at once.
Exit codes: 0 free, 3 taken, 4 free but not for this user, 1 could not be found out, 2 wrong arguments.";

/// Say whether a port can be bound, and who stands in the way
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A number, or a service's name
    #[arg(value_name = "PORT", value_parser = parse::port)]
    port: u16,
    /// UDP's port of this number instead of TCP's
    #[arg(long)]
    udp: bool,
    /// Only at this address, instead of the three where servers listen
    #[arg(long, value_name = "ADDR")]
    address: Option<IpAddr>,
    /// For an IPv6 socket that leaves IPv4 alone
    #[arg(long = "v6only")]
    v6_only: bool,
    /// How it is shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let protocol = if args.udp { Protocol::Udp } else { Protocol::Tcp };
    let question = Question { protocol, port: args.port, address: args.address, v6_only: args.v6_only };
    let (report, code) = answer(ports::system().as_mut(), &mut Kernel, question)?;
    let (style, spoken) = (console.style(), console.describe());
    match args.format {
        Format::Json => why::json(console.buffer(), &report),
        Format::Text if spoken => why::describe(console.buffer(), style, &report),
        Format::Text => why::write(console.buffer(), style, &report),
    }
    Ok(ExitCode::from(code))
}

/// The first who has this port, in one sentence.
pub(super) fn holder(protocol: Protocol, address: IpAddr, port: u16) -> Option<String> {
    let mut system = ports::system();
    let question = Question { protocol, port, address: Some(address), v6_only: false };
    let judgement = judge(system.as_mut(), &mut Kernel, question);
    let report = words::report(system.as_mut(), question, &judgement);
    let sentence = &report.holders.first()?.sentence;
    Some(sentence.split_once(". ").map_or(sentence.as_str(), |(first, _)| first).trim_end_matches('.').to_owned() + ".")
}

fn answer(system: &mut dyn System, probe: &mut dyn Probe, question: Question) -> Result<(Report, u8), Error> {
    let judgement = judge(system, probe, question);
    let code = match judgement.verdict {
        Verdict::Free => 0,
        Verdict::Taken | Verdict::Resting => 3,
        Verdict::Forbidden => 4,
        Verdict::Unknown => 1,
        Verdict::NotHere => {
            let place = question.address.map_or("any card".to_owned(), |ip| ip.to_string());
            return Err(Error::asked(
                format!("no program can listen at {place}: this machine has no such address"),
                "`layercake interfaces` lists its addresses",
            ));
        }
    };
    Ok((words::report(system, question, &judgement), code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::testing::{Fake, Refusing, moment, socket};
    use crate::ports::{Socket, State, Timer, TimerKind};
    use crate::render::{Charset, Style};

    fn said(sockets: Vec<Socket>, mut probe: Refusing, port: u16, charset: Charset) -> (String, u8) {
        let question = Question { protocol: Protocol::Tcp, port, address: None, v6_only: false };
        let (report, code) = answer(&mut Fake::holding(sockets), &mut probe, question).expect("an answer");
        let style = Style { width: 80, color: false, charset, explain: false };
        let mut out = Vec::new();
        why::write(&mut out, style, &report);
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
        assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
        let mut out = Vec::new();
        why::describe(&mut out, style, &report);
        assert!(!out.contains(&0x1b) && !out.is_empty());
        (text, code)
    }

    fn held(state: State, local: &str) -> Socket {
        let mut socket = socket(state, local);
        (socket.inode, socket.owners) = (77, vec![0]);
        socket
    }

    #[test]
    fn a_listener_is_named_with_its_guests_and_the_way_to_stop_it() {
        let mut guest = held(State::Established, "127.0.0.1:3000");
        guest.remote = Some("127.0.0.1:50000".parse().expect("an address"));
        let sockets = vec![held(State::Listen, "0.0.0.0:3000"), guest.clone(), guest];
        let (text, code) = said(sockets, Refusing::all(&[3000, 3001]), 3000, Charset::Ascii);
        assert_eq!(code, 3);
        let golden = include_str!("../../../tests/goldens/ports.why.taken.ascii.txt");
        assert_eq!(text, golden);
    }

    #[test]
    fn a_resting_port_says_when_it_ends_and_how_not_to_wait() {
        let mut socket = socket(State::TimeWait, "127.0.0.1:40000");
        socket.remote = Some("127.0.0.1:50000".parse().expect("an address"));
        socket.timer =
            Some(Timer { kind: TimerKind::TimeWait, rings_in: std::time::Duration::from_millis(40_200), repeats: 0 });
        assert_eq!(super::super::who::clock(moment()), "08:00:00 UTC");
        let (text, code) = said(vec![socket], Refusing::plain(&[40000]), 40000, Charset::Unicode);
        assert_eq!(code, 3);
        assert_eq!(text, include_str!("../../../tests/goldens/ports.why.resting.txt"));
    }

    #[test]
    fn a_bound_port_a_forbidden_one_and_a_free_one_are_told_apart() {
        let bound = vec![held(State::BoundInactive, "127.0.0.1:5000")];
        let (text, code) = said(bound, Refusing::all(&[5000]), 5000, Charset::Unicode);
        assert!(code == 3 && text.contains("BOUND-INACTIVE") && text.contains("kill 4242"), "{text}");
        let (text, code) = said(Vec::new(), Refusing::below(1024), 80, Charset::Unicode);
        assert!(code == 4 && text.contains("setcap") && text.contains("8080"), "{text}");
        let (text, code) = said(Vec::new(), Refusing::all(&[]), 35000, Charset::Unicode);
        assert!(code == 0 && text.contains("ip_local_reserved_ports=35000,40000"), "{text}");
    }

    #[test]
    fn a_hostile_name_stays_harmless_and_json_is_one_object() {
        let question = Question { protocol: Protocol::Tcp, port: 3000, address: None, v6_only: false };
        let mut system = Fake::holding(vec![held(State::Listen, "[::]:3000")]);
        let (report, _) = answer(&mut system, &mut Refusing::all(&[3000]), question).expect("an answer");
        let mut out = Vec::new();
        why::json(&mut out, &report);
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(json["verdict"], "taken");
        assert_eq!(json["holders"][0]["process"], "node\u{1b}[2J");
        assert_eq!(json["holders"][0]["pid"], 4242);
        assert!(out.is_ascii());
    }
}
