//! MQTT: mosquitto, its publisher and its subscriber.

use super::talk;

#[test]
fn topics_and_payloads_are_what_was_published_with_every_assurance() {
    let Some(talk) = talk(
        &["mosquitto", "mosquitto_pub", "mosquitto_sub"],
        r#"
        printf 'listener 1884 127.0.0.1\nallow_anonymous true\n' > broker.conf
        mosquitto -c broker.conf 2> log.txt & listens 1884
        capture_begins
        mosquitto_sub -p 1884 -V mqttv5 -t 'kitchen/#' -q 2 -C 4 & reader=$!
        sleep 0.5
        for q in 0 1 2; do mosquitto_pub -p 1884 -V 311 -t kitchen/soup -q $q -m "ready $q"; done
        mosquitto_pub -p 1884 -V mqttv5 -t kitchen/bread -q 1 -m "$(head -c 50000 /dev/zero | tr '\0' b)" -D publish user-property who cook
        wait $reader"#,
    ) else {
        return;
    };
    talk.is_whole();
    let topics = talk.values("mqtt", "topic");
    assert_eq!(topics.iter().filter(|t| *t == "kitchen/soup").count(), 6, "there and on: {topics:?}");
    assert_eq!(topics.iter().filter(|t| *t == "kitchen/bread").count(), 2, "{topics:?}");
    let payloads = talk.values("mqtt", "payload_text").join("\n");
    assert!(["ready 0", "ready 1", "ready 2"].iter().all(|p| payloads.contains(p)), "{payloads:.300}");
    assert_eq!(talk.flows().iter().filter(|f| f["application"] == "MQTT").count(), 5);
}
