//! FTP: curl and pyftpdlib, with second connections opened by either side.

use super::talk;

#[test]
fn files_travel_over_connections_that_the_first_one_announced() {
    let Some(talk) = talk(
        &["pip:pyftpdlib", "curl"],
        r#"
        seq 1 20000 > numbers.txt; echo "soup of the day" > menu.txt
        "$PYTHON" "$PEERS/ftp.py" 2> log.txt & appears ready
        capture_begins
        a=ftp://cook:soup@127.0.0.1
        curl -s $a/menu.txt
        curl -s --disable-epsv $a/menu.txt
        curl -s -P - $a/menu.txt
        curl -s -P - --disable-eprt $a/menu.txt
        curl -s -T numbers.txt $a/copy.txt
        curl -s $a/ > list.txt"#,
    ) else {
        return;
    };
    talk.is_whole();
    assert_eq!(talk.stdout, "soup of the day\n".repeat(4));
    let flows = talk.flows();
    let files: Vec<_> = flows.iter().filter(|f| f["application"] != "FTP").collect();
    assert_eq!((flows.len(), files.len()), (12, 6), "{flows:?}");
    for flow in files {
        assert!(flow["application"].as_str().is_some_and(|a| a.starts_with("FTP")), "{flow}");
    }
    let numbers = (1..=20000).fold(String::new(), |text, n| text + &n.to_string() + "\n");
    let upload = flows.iter().map(|f| f["number"].as_u64().expect("a number"));
    assert!(upload.into_iter().any(|n| talk.raw(n, "--client") == numbers.as_bytes()), "the upload, byte by byte");
}
