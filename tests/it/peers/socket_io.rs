//! Socket.IO: its own server and client, over long polling, over WebSocket, and from one to the other.

use super::{Talk, talk};

fn visit(transports: &str) -> Option<Talk> {
    talk(&["npm:socket.io"], &format!("capture_begins\nnode \"$PEERS/socket_io.js\" {transports}"))
}

fn all_is_told(talk: &Talk) {
    talk.is_whole();
    assert!(talk.stdout.contains("Soup? Yes."), "{}", talk.stdout);
    let namespaces = talk.values("socket_io", "namespace");
    assert!(namespaces.iter().any(|n| n.contains("/news")), "{namespaces:?}");
    let said =
        [talk.values("socket_io", "event"), talk.values("socket_io", "arguments")].map(|all| all.join("\n")).concat();
    for words in ["question", r#"["Soup"]"#, r#"["Soup? Yes."]"#, "headline", r#"[{"text":"Soup is ready","at":12}]"#] {
        assert!(said.contains(words), "{words} is missing: {said}");
    }
    assert_eq!(talk.values("engine_io", "binary_data"), ["010203fa", "010203fa"], "there and back");
}

/// What only the memory of one connection can tell; long polling scatters a session over several.
fn all_is_remembered(talk: &Talk) {
    let pictures = ["picture", "copy"].map(|event| format!(r#"["{event}",<4 bytes: 01 02 03 fa>]"#));
    assert_eq!(talk.values("socket_io", "complete"), pictures, "events with their attachment");
    assert_eq!(talk.values("socket_io", "answered_event"), ["question", "picture"]);
}

#[test]
fn events_acknowledgements_and_attachments_are_read_over_long_polling() {
    let Some(talk) = visit("polling") else { return };
    all_is_told(&talk);
    assert_eq!(talk.layers().filter(|(_, l)| l["protocol"] == "websocket").count(), 0);
}

#[test]
fn they_are_read_over_websocket() {
    let Some(talk) = visit("websocket") else { return };
    all_is_told(&talk);
    all_is_remembered(&talk);
}

#[test]
fn the_change_from_polling_to_websocket_is_followed() {
    let Some(talk) = visit("polling,websocket") else { return };
    all_is_told(&talk);
    all_is_remembered(&talk);
    assert!(talk.layers().any(|(_, l)| l["protocol"] == "websocket"));
    let probes = talk.values("engine_io", "probe");
    assert_eq!(probes, ["probe", "probe"], "a ping and its answer");
}
