//! What happens in the lesson, in which order, and what each step teaches.

use std::collections::VecDeque;
use std::net::IpAddr;

use super::call::{Call, EVERY_CARD, Family, LOOPBACK, LOOPBACK_6, LOOPBACK_MAPPED};
use super::{Chapter, Plan, Role, Side};
use crate::ports::{Protocol, State};

/// One step before it is taken.
pub(super) struct Act {
    pub(super) chapter: &'static Chapter,
    pub(super) calls: Vec<(Role, Call)>,
    /// Whether the lesson wants the kernel to say no.
    pub(super) refused: bool,
    /// Wait until so many rows have this state.
    pub(super) settles: Option<(State, usize)>,
    /// With `{port}` for the room's number.
    pub(super) why: &'static str,
}

static OPEN: Chapter = Chapter { title: "One room, one host", essential: true };
static TAKEN: Chapter = Chapter { title: "The room is taken", essential: false };
static GUESTS: Chapter = Chapter { title: "One room, many guests", essential: true };
static BESIDE: Chapter = Chapter { title: "The same number in the house next door", essential: false };
static FAMILIES: Chapter = Chapter { title: "The same number in IPv6", essential: false };
static CLOSE: Chapter = Chapter { title: "Who hangs up first", essential: true };
static SILENCE: Chapter = Chapter { title: "Nobody hangs up", essential: true };
static AGAIN: Chapter = Chapter { title: "Moving in again", essential: false };
static END: Chapter = Chapter { title: "Everybody checks out", essential: false };

const SERVER: Role = Role("server", 0);
const UDP_SERVER: Role = Role("UDP server", 0);
const TCP_SERVER: Role = Role("TCP server", 0);
const SIX: Role = Role("IPv6 server", 0);
const MAPPED: Role = Role("dual stack", 0);
const EVERY: Role = Role("every card", 0);
const NEXT: Role = Role("next server", 0);

const fn rival(number: u32) -> Role {
    Role("server", number)
}

const fn guest(number: u32) -> Role {
    Role("guest", number)
}

const fn host(number: u32) -> Role {
    Role("host", number)
}

/// All steps of a plan.
pub(super) fn write(plan: Plan) -> VecDeque<Act> {
    let mut acts = VecDeque::new();
    let protocol = if plan.udp { Protocol::Udp } else { Protocol::Tcp };
    open(&mut acts, plan);
    taken(&mut acts, plan, protocol);
    let tell = if plan.udp { datagrams } else { guests };
    tell(&mut acts, plan);
    beside(&mut acts, plan);
    families(&mut acts, plan, protocol);
    let tell = if plan.udp { silence } else { close };
    tell(&mut acts, plan);
    again(&mut acts, plan, protocol);
    let rests = if plan.udp || plan.guests == 0 {
        "Every socket of this lesson is closed and nothing of it is left in the kernel's table."
    } else {
        "Every socket of this lesson is closed. What is left in TIME-WAIT belongs to no program: the kernel sweeps it \
         out when the countdown is over, and nobody has to do anything."
    };
    let neighbour = if plan.udp { TCP_SERVER } else { UDP_SERVER };
    act(&mut acts, &END, &[(NEXT, Call::Close), (neighbour, Call::Close), (SIX, Call::Close)], rests);
    acts
}

fn act<'a>(
    acts: &'a mut VecDeque<Act>,
    chapter: &'static Chapter,
    calls: &[(Role, Call)],
    why: &'static str,
) -> &'a mut Act {
    acts.push_back(Act { chapter, calls: calls.to_vec(), refused: false, settles: None, why });
    let last = acts.len() - 1;
    &mut acts[last]
}

fn socket(who: Role, protocol: Protocol, family: Family) -> (Role, Call) {
    (who, Call::Socket(protocol, family))
}

fn bind(who: Role, ip: IpAddr) -> (Role, Call) {
    (who, Call::Bind(ip))
}

fn open(acts: &mut VecDeque<Act>, plan: Plan) {
    if plan.udp {
        act(
            acts,
            &OPEN,
            &[socket(SERVER, Protocol::Udp, Family::V4)],
            "A socket is only a handle so far. It has no address and no port, so it stands in no table.",
        );
        act(
            acts,
            &OPEN,
            &[bind(SERVER, LOOPBACK)],
            "The room has a number on its door, and with UDP that is all: there is no listen() and no accept(). From \
             now on anybody on this machine may push a datagram under the door.",
        );
        return;
    }
    act(
        acts,
        &OPEN,
        &[socket(SERVER, Protocol::Tcp, Family::V4), (SERVER, Call::Reuse)],
        "A socket is only a handle so far. It has no address and no port, so it stands in no table. SO_REUSEADDR is \
         what nearly every server sets; it will matter at the end.",
    );
    act(
        acts,
        &OPEN,
        &[bind(SERVER, LOOPBACK)],
        "The number is taken, although nobody answers yet: a caller would be turned away. ss, lsof and netstat \
         usually leave this state out, so the port looks free there.",
    );
    act(
        acts,
        &OPEN,
        &[(SERVER, Call::Listen)],
        "Now the kernel answers callers by itself and lets them wait in a queue, however busy the program is.",
    );
}

fn taken(acts: &mut VecDeque<Act>, plan: Plan, protocol: Protocol) {
    for number in 2..=plan.times {
        let why = match (number, plan.udp) {
            (2, false) => {
                "One protocol, address and port have one host. With two, the kernel could not know whose a caller is: \
                 this is the famous \"address already in use\"."
            }
            (2, true) => {
                "One protocol, address and port have one host. With two, the kernel could not know who gets a \
                 datagram: this is the famous \"address already in use\"."
            }
            _ => "Asking again changes nothing: it would be free only once the host has closed.",
        };
        let calls = [socket(rival(number), protocol, Family::V4), bind(rival(number), LOOPBACK)];
        act(acts, &TAKEN, &calls, why).refused = true;
    }
    if plan.times >= 2 {
        let last = rival(plan.times);
        let why = if plan.udp {
            "SO_REUSEADDR does not help here: with UDP both hosts must have set it, and then only one of them gets each \
             datagram."
        } else {
            "SO_REUSEADDR does not help here: it forgives what guests of the past have left behind, never a host who \
             listens."
        };
        let calls = [(last, Call::Reuse), bind(last, LOOPBACK), (last, Call::Close)];
        act(acts, &TAKEN, &calls, why).refused = true;
        for number in 2..plan.times {
            // They are told of no more; their handles go with the last one.
            acts.back_mut().into_iter().for_each(|a| a.calls.push((rival(number), Call::Close)));
        }
    }
}

fn guests(acts: &mut VecDeque<Act>, plan: Plan) {
    let call = |n| [socket(guest(n), Protocol::Tcp, Family::V4), (guest(n), Call::Connect)];
    let accept = |n| (SERVER, Call::Accept(guest(n), host(n)));
    for number in 1..=plan.guests {
        if number == 1 {
            act(
                acts,
                &GUESTS,
                &call(1),
                "Connected, and the server has done nothing yet: the kernel shook hands in its name. The guest waits in \
                 the listener's queue, at a port that the kernel picked.",
            )
            .settles = Some((State::Established, 2));
            act(
                acts,
                &GUESTS,
                &[accept(1)],
                "accept() gives a new socket for this one guest. It did not need a new port: host and listener are both \
                 at {port}, and the listener is free for the next caller.",
            );
            continue;
        }
        let [new, connect] = call(number);
        let why = if number == 2 {
            "The same room again. A connection is known by four numbers together, both addresses and both ports; here \
             only the guest's port differs, and that is enough."
        } else {
            "And one more. The room is never full: a server runs out of memory or of file handles, not of ports."
        };
        let act = act(acts, &GUESTS, &[new, connect, accept(number)], why);
        act.settles = Some((State::Established, 2 * number as usize));
    }
}

fn datagrams(acts: &mut VecDeque<Act>, plan: Plan) {
    for number in 1..=plan.guests {
        let who = guest(number);
        let why = match number {
            1 => {
                "No handshake: the datagram simply arrives, with the sender's address on it. connect() on a UDP socket \
                 sends nothing, it only notes the partner; the server gets no row for this guest."
            }
            2 => {
                "A second guest, and still one row at {port}: the server tells guests apart only by reading who wrote."
            }
            _ => "However many write, the room keeps one row. UDP has senders, no guests.",
        };
        let calls =
            [socket(who, Protocol::Udp, Family::V4), (who, Call::Connect), (who, Call::Send), (SERVER, Call::Receive)];
        act(acts, &GUESTS, &calls, why);
    }
}

fn beside(acts: &mut VecDeque<Act>, plan: Plan) {
    if plan.udp {
        let calls =
            [socket(TCP_SERVER, Protocol::Tcp, Family::V4), bind(TCP_SERVER, LOOPBACK), (TCP_SERVER, Call::Listen)];
        let why = "TCP's {port} and UDP's {port} are two different rooms. DNS, for one, lives in both rooms 53.";
        act(acts, &BESIDE, &calls, why);
    } else {
        let calls = [socket(UDP_SERVER, Protocol::Udp, Family::V4), bind(UDP_SERVER, LOOPBACK)];
        let why = "UDP's {port} and TCP's {port} are two different rooms. Browsers rely on it: HTTP/2 comes over TCP's \
                   443 and HTTP/3 over UDP's.";
        act(acts, &BESIDE, &calls, why);
    }
}

fn families(acts: &mut VecDeque<Act>, plan: Plan, protocol: Protocol) {
    let mut calls = vec![socket(SIX, protocol, Family::V6), (SIX, Call::OnlyV6(true)), bind(SIX, LOOPBACK_6)];
    if !plan.udp {
        calls.push((SIX, Call::Listen));
    }
    let why = "The address is part of the room, too: [::1] is another address than 127.0.0.1, so both can have a host. \
               A browser that tries ::1 for \"localhost\" first may find another server than curl does.";
    act(acts, &FAMILIES, &calls, why);
    let dual = |who, ip| {
        [socket(who, protocol, Family::V6), (who, Call::OnlyV6(plan.v6_only)), bind(who, ip), (who, Call::Close)]
    };
    let why = if plan.v6_only {
        "With IPV6_V6ONLY an IPv6 socket knows nothing of IPv4: ::ffff:127.0.0.1, which is how it would write \
         127.0.0.1, makes no sense to it."
    } else {
        "Without IPV6_V6ONLY an IPv6 socket can be IPv4's host as well; ::ffff:127.0.0.1 is how it writes 127.0.0.1, and \
         that room is taken. So a server at [::]:{port} takes 0.0.0.0:{port}, too."
    };
    act(acts, &FAMILIES, &dual(MAPPED, LOOPBACK_MAPPED), why).refused = true;
    if !plan.every_card {
        return;
    }
    let mut calls = vec![(SIX, Call::Close)];
    calls.extend(dual(EVERY, EVERY_CARD));
    if plan.v6_only {
        calls.pop();
        let why = if plan.udp {
            "[::] stands for every IPv6 address of every card; IPv4 is left alone, so the host at 127.0.0.1 does not \
             matter. For this moment other machines could write to it, too; it closes next."
        } else {
            "[::] stands for every IPv6 address of every card; IPv4 is left alone, so the host at 127.0.0.1 does not \
             matter. It does not listen, so nobody outside can call, and it closes next."
        };
        act(acts, &FAMILIES, &calls, why);
        let why = "Closed again: the door was on every card only for this moment.";
        act(acts, &FAMILIES, &[(EVERY, Call::Close)], why);
    } else {
        let why = "[::] without IPV6_V6ONLY stands for every address of every card in both families. One room among \
                   them, 127.0.0.1:{port}, has a host: that is enough for a no.";
        act(acts, &FAMILIES, &calls, why).refused = true;
    }
}

fn close(acts: &mut VecDeque<Act>, plan: Plan) {
    let ends = |n| match plan.close_first {
        Side::Server => (host(n), guest(n)),
        Side::Client => (guest(n), host(n)),
    };
    if plan.guests > 0 {
        let (first, second) = ends(1);
        let why = match plan.close_first {
            Side::Server => {
                "The host said goodbye and the guest's kernel confirmed it: FIN-WAIT-2. The guest is in CLOSE-WAIT: its \
                 kernel knows, its program has not hung up. Programs that forget to leave such rows for ever."
            }
            Side::Client => {
                "The guest said goodbye and the server's kernel confirmed it: FIN-WAIT-2. The host is in CLOSE-WAIT: its \
                 kernel knows, its program has not hung up. Servers that forget to leave such rows for ever."
            }
        };
        act(acts, &CLOSE, &[(first, Call::Close)], why).settles = Some((State::FinWait2, 1));
        let why = "Both have hung up. Who did so first keeps the pair of ports in TIME-WAIT, on Linux for 60 seconds, so \
                   that a late packet of this talk cannot fall into the next one. No program holds it any more.";
        act(acts, &CLOSE, &[(second, Call::Close)], why).settles = Some((State::TimeWait, 1));
    }
    if plan.guests > 1 {
        let pairs = (2..=plan.guests).map(ends);
        let calls: Vec<_> = pairs.flat_map(|(a, b)| [(a, Call::Close), (b, Call::Close)]).collect();
        let why = "The others leave in the same order, and each leaves a row behind.";
        act(acts, &CLOSE, &calls, why).settles = Some((State::TimeWait, plan.guests as usize));
    }
    let why = "The host leaves, too: from now on a caller would hear \"connection refused\".";
    act(acts, &CLOSE, &[(SERVER, Call::Close)], why);
}

fn silence(acts: &mut VecDeque<Act>, plan: Plan) {
    let mut calls: Vec<_> = (1..=plan.guests).map(|n| (guest(n), Call::Close)).collect();
    calls.push((SERVER, Call::Close));
    let why = "Nobody says goodbye with UDP: the rows are simply gone, and there is no TIME-WAIT. Whoever still writes to \
               {port} is told by an ICMP error, at best.";
    act(acts, &SILENCE, &calls, why);
}

fn again(acts: &mut VecDeque<Act>, plan: Plan, protocol: Protocol) {
    let new = [socket(NEXT, protocol, Family::V4), bind(NEXT, LOOPBACK)];
    if plan.udp {
        act(acts, &AGAIN, &new, "Free at once, without any option: UDP remembers nothing of who was here.");
        return;
    }
    if plan.guests == 0 || plan.close_first == Side::Client {
        let why = if plan.guests == 0 {
            "Free at once: there were no guests, so nothing was left behind."
        } else {
            "Free at once, without any option: the guests hung up first, so TIME-WAIT rests at their ports, not at \
             {port}. That is why protocols like to let the client close."
        };
        let [new, bind] = new;
        act(acts, &AGAIN, &[new, bind, (NEXT, Call::Listen)], why);
        return;
    }
    let why = "No program has the room, and still it is taken: the rows in TIME-WAIT are in it. This is why a server \
               that was restarted at once may fail, and works a minute later.";
    act(acts, &AGAIN, &new, why).refused = true;
    let why = "With SO_REUSEADDR the kernel lets the new host in beside them, since the old one had set it as well: a late \
               packet still finds its own row by the four numbers.";
    act(acts, &AGAIN, &[(NEXT, Call::Reuse), bind(NEXT, LOOPBACK), (NEXT, Call::Listen)], why);
}
