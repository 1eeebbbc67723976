//! WebSocket, Engine.IO and Socket.IO in whole conversations: what only the packets before can tell.

use layercake::dissect::{Dissection, Packet, Value};

use crate::support::{each, open, root};

/// Every field of this key with its packet's number: `"7: hello"`.
fn seen(capture: &str, key: &str) -> Vec<String> {
    let mut source = open(&root().join(format!("tests/captures/{capture}.hex"))).expect("our own capture");
    let mut all = Vec::new();
    each(source.as_mut(), |packet, tape| all.extend(values(packet, tape, key)));
    all
}

fn values(packet: &Packet<'_>, tape: &Dissection, key: &str) -> Vec<String> {
    let full = |n: &layercake::dissect::Node| {
        format!("{}.{}", tape.layers[usize::from(n.layer)].protocol.key, n.field.key) == key
    };
    let text = |node: &layercake::dissect::Node| match node.value {
        Value::Number(number) => format!("{}: {number}", packet.number),
        _ => format!("{}: {}", packet.number, String::from_utf8_lossy(tape.bytes_of(node, packet.bytes))),
    };
    tape.nodes.iter().filter(|n| full(n)).map(text).collect()
}

#[test]
fn compressed_messages_are_read_with_and_without_the_memory_of_earlier_ones() {
    let messages = seen("websocket_talk", "websocket.message");
    assert_eq!(messages[0], r#"6: {"room":"kitchen","text":"The soup is ready."}"#);
    assert_eq!(messages[1], r#"7: {"room":"kitchen","text":"The soup is cold."}"#);
    assert_eq!(messages[2], r#"8: {"room":"kitchen","text":"On my way!"}"#);
    let ratio = seen("websocket_talk", "websocket.ratio");
    assert_eq!(ratio[..2], ["6: 103", "7: 25"], "only the second can point back");
    assert_eq!(seen("websocket_talk", "websocket.rsv_set"), ["44: 1"], "only there it was not agreed on");
}

#[test]
fn pieces_are_read_where_the_last_one_comes_and_signals_may_stand_between_them() {
    let messages = seen("websocket_talk", "websocket.message");
    assert_eq!(messages[3], "14: A message in three pieces, compressed as a whole: grüße!");
    assert_eq!(messages[4], "16: Once upon a time.");
    assert_eq!(seen("websocket_talk", "websocket.frames")[..2], ["14: 3", "16: 2"]);
    assert_eq!(seen("websocket_talk", "websocket.between"), ["14: 1"]);
}

#[test]
fn pongs_and_closes_name_the_packet_that_they_answer() {
    assert_eq!(seen("websocket_talk", "websocket.answers"), ["11: 10", "23: 22", "42: 41"]);
    assert_eq!(seen("websocket_talk", "websocket.unasked"), ["12: 1"]);
}

#[test]
fn what_does_not_unpack_spoils_what_points_back_to_it() {
    assert_eq!(seen("websocket_talk", "websocket.too_much"), ["19: 1"]);
    assert_eq!(seen("websocket_talk", "websocket.broken_deflate"), ["20: 1"]);
    assert_eq!(seen("websocket_talk", "websocket.lost_context"), ["21: 1"]);
}

#[test]
fn the_proof_of_the_handshake_is_computed_again() {
    assert_eq!(seen("websocket_talk", "http.sec_websocket_accept_status"), ["5: 0", "30: 1"]);
    assert_eq!(seen("websocket_talk", "http.sec_websocket_accept_wrong"), ["30: 1"]);
}

#[test]
fn every_rule_of_the_conversation_has_its_remark_once() {
    let rules = [
        ("client_unmasked", "31: 1"),
        ("server_masked", "32: 1"),
        ("orphan", "33: 1"),
        ("interleaved", "34: 1"),
        ("rsv_not_agreed", "35: 1"),
        ("bad_utf8", "37: 1"),
    ];
    for (rule, packet) in rules {
        assert_eq!(seen("websocket_talk", &format!("websocket.{rule}")), [packet], "{rule}");
    }
    assert_eq!(seen("websocket_talk", "websocket.after_close"), ["43: 1", "44: 1", "45: 1"]);
}

#[test]
fn engine_io_is_known_by_the_address_of_the_request_whatever_carries_it() {
    let texts = seen("engine_io", "engine_io.data");
    assert_eq!(texts, ["6: hello", "6: grüße", "9: answer", "26: hello", "28: 9?", "36: 0", "37: €😀", "37: !"]);
    let bytes: Vec<String> =
        seen("engine_io", "engine_io.binary_data").iter().map(|t| t.escape_debug().to_string()).collect();
    let four = |packet: u64| format!(r"{packet}: \u{{1}}\u{{2}}\u{{3}}\u{{4}}");
    assert_eq!(bytes[..4], [four(6), four(27), four(37), four(40)]);
    assert_eq!(seen("engine_io", "engine_io.answers"), ["10: 9", "22: 21", "25: 24", "40: 37"]);
}

#[test]
fn socket_io_answers_name_their_events_and_bytes_find_their_places() {
    assert_eq!(seen("socket_io", "socket_io.of"), ["13: 11", "17: 16", "20: 18"]);
    assert_eq!(seen("socket_io", "socket_io.answered_event"), ["13: chat", "17: move", "20: file"]);
    assert_eq!(seen("socket_io", "socket_io.attachment_of"), ["19: 18", "19: 18", "20: 20"]);
    let complete = seen("socket_io", "socket_io.complete");
    assert_eq!(
        complete[0],
        r#"19: ["file",{"name":"a.bin","data":<4 bytes: 01 02 03 04>},<20 bytes: e0 e1 e2 e3 e4 e5 e6 e7 …>]"#
    );
    assert_eq!(complete[1], "20: [<2 bytes: ca fe>]");
}

#[test]
fn several_packets_of_one_body_are_several_events() {
    assert_eq!(seen("socket_io", "socket_io.arguments").iter().filter(|a| a.starts_with("31")).count(), 2);
}
