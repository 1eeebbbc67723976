//! What the events of this server mean: a chat with rooms, or the echo that the protocol's own test suites expect.

use super::hub::Hub;
use super::session::{Member, Session};
use crate::socket_io::packet::{Kind, Packet};
use crate::socket_io::told::Event;

/// Rooms that one client may be in, and bytes of a room's name.
const MOST_ROOMS: usize = 100;
const LONGEST_NAME: usize = 100;
/// Somebody came or went; its Socket.IO id follows.
const JOINED: &str = "joined";
const LEFT: &str = "left";

/// A session has entered a namespace.
pub(super) fn entered(hub: &mut Hub, sid: &str, connect: &Packet) {
    if hub.options.echo {
        let auth = connect.data.as_deref().unwrap_or("{}");
        hub.say(sid, &Packet::event(&connect.namespace, "auth", &[auth]));
    }
}

/// A session is over.
pub(super) fn left(hub: &mut Hub, session: Session) {
    for (namespace, member) in session.members {
        out(hub, &namespace, std::iter::once(member));
    }
}

/// Somebody left a namespace: its rooms hear of it.
pub(super) fn out(hub: &mut Hub, namespace: &str, members: impl Iterator<Item = Member>) {
    for member in members {
        let who = json(&member.sid);
        for room in &member.rooms {
            let packet = Packet::event(namespace, LEFT, &[&json(room), &who]);
            all(hub, namespace, Some(room), &packet);
        }
    }
}

/// An event came.
pub(super) fn event(hub: &mut Hub, sid: &str, packet: Packet) {
    let Some((name, arguments)) = packet.named() else { return };
    let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    if hub.options.echo {
        return echo(hub, sid, &name, &arguments, packet);
    }
    let answer = match name.as_str() {
        "chat message" => {
            let mut told = Packet::event(&packet.namespace, &name, &arguments);
            told.attachments.clone_from(&packet.attachments);
            vec![all(hub, &packet.namespace, None, &told).to_string()]
        }
        "room message" => room_message(hub, sid, &packet, &arguments),
        "join" => vec![join(hub, sid, &packet.namespace, arguments.first().map_or("", String::as_str), true)],
        "leave" => vec![join(hub, sid, &packet.namespace, arguments.first().map_or("", String::as_str), false)],
        "disconnect me" => {
            if let Some(session) = hub.sessions.get_mut(sid) {
                let member = session.members.remove(&packet.namespace);
                hub.say(sid, &Packet::new(Kind::Disconnect, &packet.namespace, None));
                out(hub, &packet.namespace, member.into_iter());
            }
            return;
        }
        _ => {
            let number = hub.sessions.get(sid).map_or(0, |session| session.number);
            hub.tell(number, Event::Unhandled(name.chars().take(100).collect()));
            arguments
        }
    };
    if let Some(id) = packet.id {
        let mut ack = Packet::ack(&packet.namespace, id, &answer);
        if answer.iter().any(|a| a.contains("\"_placeholder\"")) {
            ack.attachments = packet.attachments;
        }
        hub.say(sid, &ack);
    }
}

/// The echo of the test suites.
fn echo(hub: &mut Hub, sid: &str, name: &str, arguments: &[String], packet: Packet) {
    let mut answer = match (name, packet.id) {
        ("message", _) => Packet::event(&packet.namespace, "message-back", arguments),
        ("message-with-ack", Some(id)) => Packet::ack(&packet.namespace, id, arguments),
        _ => return,
    };
    answer.attachments = packet.attachments;
    hub.say(sid, &answer);
}

/// To all in a room who are in it themselves; says to how many.
fn room_message(hub: &mut Hub, sid: &str, packet: &Packet, arguments: &[String]) -> Vec<String> {
    let room: String = arguments.first().and_then(|room| serde_json::from_str(room).ok()).unwrap_or_default();
    let member = hub.sessions.get(sid).and_then(|session| session.members.get(&packet.namespace));
    if !member.is_some_and(|member| member.rooms.contains(&room)) {
        return vec!["0".to_owned()];
    }
    let mut told = Packet::event(&packet.namespace, "room message", arguments);
    told.attachments.clone_from(&packet.attachments);
    vec![all(hub, &packet.namespace, Some(&room), &told).to_string()]
}

/// Into a room or out of it; gives the rooms it is in now, as JSON.
fn join(hub: &mut Hub, sid: &str, namespace: &str, room: &str, into: bool) -> String {
    let room: String = serde_json::from_str(room).unwrap_or_default();
    let Some(member) = hub.sessions.get_mut(sid).and_then(|s| s.members.get_mut(namespace)) else { return "[]".into() };
    let fits = !room.is_empty() && room.len() <= LONGEST_NAME && member.rooms.len() < MOST_ROOMS;
    let changed = if into { fits && member.rooms.insert(room.clone()) } else { member.rooms.remove(&room) };
    let (who, rooms) = (member.sid.clone(), serde_json::json!(member.rooms).to_string());
    if changed {
        let name = if into { JOINED } else { LEFT };
        all(hub, namespace, Some(&room), &Packet::event(namespace, name, &[json(&room), json(&who)]));
    }
    rooms
}

/// To all of a namespace, or of one of its rooms; says to how many.
fn all(hub: &mut Hub, namespace: &str, room: Option<&str>, packet: &Packet) -> usize {
    let wanted = |member: &Member| room.is_none_or(|room| member.rooms.contains(room));
    let there = hub.sessions.iter().filter(|(_, session)| session.members.get(namespace).is_some_and(wanted));
    let to: Vec<String> = there.map(|(sid, _)| sid.clone()).collect();
    for sid in &to {
        hub.say(sid, packet);
    }
    to.len()
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
