//! HTTP: curl against the servers of Node and Python.

use super::talk;

#[test]
fn bodies_of_every_kind_that_node_sends_to_curl_are_read_as_they_were_meant() {
    let Some(talk) = talk(
        &["npm:ws", "curl"],
        r#"
        capture_begins
        node "$PEERS/web.js" & appears ready
        a=http://127.0.0.1:8000
        curl -s --compressed $a/plain $a/gzip $a/br $a/deflate $a/chunks > bodies.txt
        head -c 100000 /dev/zero | tr '\0' z > upload.txt
        curl -s -H "Expect: 100-continue" --data-binary @upload.txt $a/upload
        curl -s -T - $a/upload -X POST < upload.txt
        curl -s $a/big > big.txt"#,
    ) else {
        return;
    };
    talk.is_whole();
    let targets = talk.values("http", "uri");
    let pages = ["/plain", "/gzip", "/br", "/deflate", "/chunks", "/upload", "/upload", "/big"];
    assert_eq!(targets, [&["/one", "/two", "/three"], &pages[..]].concat());
    let read = std::fs::read_to_string(talk.folder.path().join("bodies.txt")).expect("curl's output");
    let bodies = ["body_text", "decoded_text", "chunk"].map(|key| talk.values("http", key).concat()).concat();
    assert!(read.contains("piece 1;piece 2;piece 3;"), "{read}");
    assert!(bodies.contains("you asked for /oneyou asked for /three"), "a HEAD has no body: {bodies:.1500}");
    for body in ["you asked for /plain", "piece 1;piece 2;piece 3;", &"z".repeat(100_000), "got 100000 bytes"] {
        assert!(bodies.contains(body), "{body:.40} is missing");
    }
    assert_eq!(bodies.matches(&"The soup is ready. ".repeat(200)).count(), 3, "gzip, br and deflate");
    assert!(bodies.contains(&"0123456789abcdef".repeat(1000)), "the beginning of what is big");
    assert!(talk.values("http", "status").contains(&"100".to_owned()), "the upload waited to be asked for");
    assert_eq!(talk.flows().len(), 5, "one connection for five pages, one for each of the others");
}

#[test]
fn a_folder_that_python_serves_is_read_with_every_answer_ended_by_the_close() {
    let Some(talk) = talk(
        &["python3", "curl"],
        r#"
        echo "soup of the day" > menu.txt
        python3 -m http.server 8003 --bind 127.0.0.1 2> log.txt & listens 8003
        capture_begins
        curl -s http://127.0.0.1:8003/menu.txt http://127.0.0.1:8003/nothing
        curl -sI http://127.0.0.1:8003/"#,
    ) else {
        return;
    };
    talk.is_whole();
    assert_eq!(talk.values("http", "uri"), ["/menu.txt", "/nothing", "/"]);
    assert_eq!(talk.values("http", "status"), ["200", "404", "200"]);
    assert_eq!(talk.values("http", "body_text")[0], "soup of the day\n");
    assert!(talk.stdout.ends_with(&String::from_utf8_lossy(&talk.raw(3, "--server")).into_owned()), "the same head");
}
