//! The book: what its pages show is what the program prints, and no link leads nowhere.

use std::fs;
use std::path::Path;

use crate::support::{files, root};

#[test]
fn what_the_book_shows_is_what_the_program_prints() {
    let cases = trycmd::TestCases::new();
    cases.env("LC_ALL", "C.UTF-8").env("COLUMNS", "80").env("TERM", "xterm");
    cases.case("book/src/*.md");
}

#[test]
fn every_link_of_the_book_leads_to_a_page() {
    let folder = root().join("book/src");
    for page in files(&folder, &[".md"]) {
        let text = fs::read_to_string(&page).expect("a page");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if file.contains("://") {
                continue;
            }
            let other = folder.join(file);
            assert!(other.is_file(), "{}: {target}", page.display());
            assert!(anchor.is_empty() || anchors(&other).contains(&anchor.to_owned()), "{}: {target}", page.display());
        }
    }
}

/// What mdBook calls the headings of a page.
fn anchors(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).expect("a page");
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let plain = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase().chars().filter(plain).collect::<String>())
        .map(|heading| heading.replace(' ', "-"))
        .collect()
}
