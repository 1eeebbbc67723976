//! WebSocket: `ws` at both ends, with and without compression.

use super::{Talk, talk};

fn echo(mode: &str) -> Option<Talk> {
    talk(&["npm:ws"], &format!("capture_begins\nnode \"$PEERS/ws.js\" {mode}"))
}

fn all_is_told(talk: &Talk) {
    talk.is_whole();
    assert!(talk.stdout.contains(r#"{"code":4001,"reason":"enough"}"#), "{}", talk.stdout);
    assert_eq!(talk.values("websocket", "close_code"), ["4001", "4001"], "both say it");
    assert_eq!(talk.values("websocket", "close_reason")[0], "enough");
    let raw = ["message", "text", "payload"].map(|key| talk.values("websocket", key).join("\n")).join("\n");
    for message in ["The soup is ready.", "Once upon a time."] {
        assert!(raw.contains(message), "{message} is missing: {raw:.400}");
    }
    assert_eq!(talk.values("websocket", "answers").len(), 2, "a pong and a close answer");
}

#[test]
fn frames_fragments_pings_and_the_close_are_told_as_both_ends_meant_them() {
    let Some(talk) = echo("plain") else { return };
    all_is_told(&talk);
}

#[test]
fn compressed_messages_that_point_back_to_earlier_ones_are_unpacked() {
    let Some(talk) = echo("deflate") else { return };
    all_is_told(&talk);
    let messages = talk.values("websocket", "message");
    assert_eq!(messages.iter().filter(|m| *m == "The soup is ready.").count(), 4, "two there, two back");
    assert!(
        talk.values("websocket", "lost_context").is_empty() && talk.values("websocket", "broken_deflate").is_empty()
    );
}
