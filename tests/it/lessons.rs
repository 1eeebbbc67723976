//! The course, taken as learners take it: every lesson from its first screen to its last, with the right answers and
//! with wrong ones, as an ordinary user where that can be tried. And a course that is not in order.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use layercake::lesson::{Found, Judge, Progress, Question, Shelf, Step, seed_of};

use crate::support::{LAYERCAKE, have};

fn course() -> Vec<Found> {
    let all = Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault} ({})", fault.hint));
    assert!(all.len() >= 15, "only {} lessons are built in", all.len());
    all
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs `layercake lesson` with its own folder, and this on its standard input.
fn lesson(home: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(LAYERCAKE)
        .arg("lesson")
        .args(args)
        .env("LAYERCAKE_HOME", home)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("piped");
    // A lesson that ends early does not read all of it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// What a learner types who knows everything; a port of ours where one has to be opened.
fn right(question: &Question, port: u16) -> String {
    question.reference().unwrap_or_else(|| port.to_string())
}

/// All lines that somebody types who takes the lesson from the first screen to the last.
fn typed(found: &Found, port: u16) -> String {
    let mut lines = String::new();
    for step in &found.lesson.steps {
        match step {
            Step::Predict(question) => {
                let _ = write!(lines, "{}\n2\n\n", right(question, port));
            }
            Step::Check(question) => {
                // A request ends with an empty line, a mail with its dot.
                let answer = right(question, port);
                let ends = if question.judge == Some(Judge::Request) && !answer.ends_with("\n.") { "\n" } else { "" };
                let _ = write!(lines, "{answer}\n{ends}\n");
            }
            Step::Teacher(_) => {}
            _ => lines.push('\n'),
        }
    }
    lines
}

#[test]
fn every_lesson_can_be_taken_from_its_first_screen_to_its_last() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    for found in course() {
        let found = found.deal(seed_of("tea", "s1")).expect("a case");
        let home = tempfile::tempdir().expect("a folder");
        let id = &found.lesson.id;
        let args = ["start", id, "--student", "s1", "--class", "tea"];
        let output = lesson(home.path(), &args, &typed(&found, port));
        let said = text(&output.stdout);
        assert!(output.status.success(), "{id}: {}", text(&output.stderr));
        assert!(said.contains("is finished"), "{id} does not end:\n{}", &said[said.len().saturating_sub(3000)..]);
        assert!(!said.contains("Not so:"), "{id}: a right answer is called wrong:\n{said}");
        let progress = Progress::load(home.path()).expect("kept").expect("there");
        assert_eq!(progress.done, std::slice::from_ref(id));
        for (question, prediction) in found.lesson.questions() {
            let kept = progress.answers.get(&question.id).unwrap_or_else(|| panic!("{} was not kept", question.id));
            assert!(kept.right && kept.first_right && kept.tries == 1, "{}: {kept:?}", question.id);
            assert_eq!(kept.sure, if prediction { 2 } else { 0 }, "{}", question.id);
        }
    }
}

#[test]
fn all_is_in_order_for_an_ordinary_user_every_run_every_answer_every_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("layercake");
    std::fs::copy(LAYERCAKE, &copy).expect("a copy");
    let mut command = Command::new(&copy);
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    if root && have("setpriv") {
        use std::os::unix::fs::PermissionsExt as _;
        for path in [folder.path(), &copy] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).expect("ours");
        }
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    }
    let home = folder.path().join("home");
    let output = command.args(["lesson", "check", "--home"]).arg(&home).output().expect("it runs");
    if text(&output.stderr).starts_with("setpriv:") {
        return eprintln!("skipped: no other user here");
    }
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    assert_eq!(said.lines().filter(|line| line.starts_with("[ok]")).count(), course().len(), "{said}");
}

#[test]
fn a_grader_gets_a_verdict_and_each_wrong_answer_its_own_why() {
    let home = tempfile::tempdir().expect("a folder");
    let all = course();
    let found = all.iter().find(|found| found.lesson.number() == 7).expect("lesson 07");
    let answers = |pick: &dyn Fn(&Question) -> String| {
        let mut file = String::new();
        for (question, _) in found.lesson.questions() {
            let _ = writeln!(file, "{} = {}", question.id, serde_json::Value::from(pick(question)));
        }
        let path = home.path().join("answers.toml");
        std::fs::write(&path, file).expect("written");
        let path = path.to_string_lossy().into_owned();
        let output = lesson(home.path(), &["run", "07", "--answers", &path, "--non-interactive"], "");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), report)
    };
    let (code, report) = answers(&|question| question.reference().expect("a reference"));
    assert_eq!((code, &report["passed"]), (Some(0), &true.into()), "{report:#}");
    assert!(
        report["runs"].as_array().is_some_and(|runs| runs.len() >= 3 && runs.iter().all(|run| run["good"] == true))
    );
    for (number, _) in found.lesson.questions().next().expect("a question").0.wrong.iter().enumerate() {
        let (code, report) = answers(&|question| question.wrong.get(number).unwrap_or(&question.wrong[0]).text.clone());
        assert_eq!((code, &report["passed"]), (Some(1), &false.into()));
        for (question, judged) in
            found.lesson.questions().map(|(q, _)| q).zip(report["questions"].as_array().expect("a list"))
        {
            let wrong = question.wrong.get(number).unwrap_or(&question.wrong[0]);
            assert_eq!(
                (&judged["right"], judged["why"].as_str()),
                (&false.into(), Some(wrong.why.as_str())),
                "{}",
                question.id
            );
        }
    }
    let (code, _) = answers(&|_| String::new());
    assert_eq!(code, Some(1), "empty answers pass");
}

#[test]
fn an_author_begins_with_a_lesson_that_works_and_hears_what_is_wrong() {
    let home = tempfile::tempdir().expect("a folder");
    let mine = home.path().join("mine");
    let folder = mine.to_string_lossy().into_owned();
    let output = lesson(home.path(), &["new", "16-mine", "--lessons", &folder], "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let check = || lesson(home.path(), &["check", "--lessons", &folder], "");
    let output = check();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let file = mine.join("16-mine/lesson.md");
    let good = std::fs::read_to_string(&file).expect("there");
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        std::fs::write(&file, good.replace(from, to)).expect("written");
        let output = check();
        assert!(!output.status.success(), "{to} passes: {}", text(&output.stdout));
        text(&output.stdout) + &text(&output.stderr)
    };
    assert!(changed("answer = 3\n", "answer = 5\n").contains("the machine says \"3\""));
    assert!(changed("$ layercake ladder --wire two-hosts tcp", "$ layercake ladder --wire nowhere").contains("fails"));
    assert!(changed("\"Both have to answer.\", ", "").contains("three hints"));
    assert!(changed("text = \"2\"", "text = \"3\"").contains("its own why"));
    assert!(changed("```observe", "```look").contains("no block `look`"));
    // A truth that says nothing is no agreement.
    let truth = "truth = \"layercake capture --wire two-hosts --count tcp.flags.syn or tcp.opened\"";
    assert!(changed(truth, "truth = \"layercake capture --wire nowhere --count\"").contains("its truth fails"));
    let json = "truth = \"layercake capture --wire two-hosts --format json\"\npick = \"/nothing/here\"";
    assert!(changed(truth, json).contains("prints nothing at /nothing/here"));
    std::fs::write(&file, "+++\ntitle = \"\"\nminutes = 1\nobjective = \"\"\n+++\n").expect("written");
    assert!(!check().status.success(), "an empty lesson passes");
}

#[test]
fn answers_are_forgotten_only_when_asked_for() {
    let home = tempfile::tempdir().expect("a folder");
    lesson(home.path(), &["start", "01"], "\n\n");
    assert!(!Progress::load(home.path()).expect("kept").expect("there").places.is_empty());
    let output = lesson(home.path(), &["reset"], "no\n");
    assert!(text(&output.stdout).contains("Nothing was forgotten"));
    assert!(!Progress::load(home.path()).expect("kept").expect("there").places.is_empty());
    lesson(home.path(), &["reset"], "yes\n");
    assert!(Progress::load(home.path()).expect("kept").expect("there").places.is_empty());
    std::fs::write(Progress::path(home.path()), "broken").expect("written");
    let output = lesson(home.path(), &["list"], "");
    assert!(!output.status.success() && text(&output.stderr).contains("hint:"), "{}", text(&output.stderr));
}
