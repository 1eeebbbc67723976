//! The page of the server: three files that are part of the program, and the tokens by which a page may look on.
//! Nothing is fetched from elsewhere, and the page's policy forbids it (CSP).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use hyper::StatusCode;

use super::http::{Response, sealed, whole};

const HTML: &str = include_str!("../page/index.html");
const STYLE: &str = include_str!("../page/style.css");
const SCRIPT: &str = include_str!("../page/app.js");
/// Pages whose tokens are kept; the eldest has to be loaded again.
const MOST: usize = 1000;
/// The page may load its own files, and open sockets to wherever the learner says.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; \
    connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Pages that were given out.
#[derive(Default)]
pub(super) struct Pages(Mutex<Given>);

#[derive(Default)]
struct Given {
    count: u64,
    tokens: VecDeque<(u64, String)>,
}

impl Pages {
    /// A file of the page, or the page itself with a number and a token of its own; `None` where there is no such file.
    pub(super) fn answer(&self, path: &str, mode: &str) -> Option<Response> {
        let response = match path {
            "/" => {
                let (number, token) = self.give();
                let html = HTML.replace("{{PAGE}}", &number.to_string()).replace("{{TOKEN}}", &token);
                whole(StatusCode::OK, "text/html; charset=utf-8", html.replace("{{MODE}}", mode))
            }
            "/style.css" => whole(StatusCode::OK, "text/css; charset=utf-8", STYLE),
            "/app.js" => whole(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT),
            _ => return None,
        };
        Some(sealed(response, POLICY))
    }

    fn give(&self) -> (u64, String) {
        let given = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.count += 1;
        let token = data_encoding::HEXLOWER.encode(&rand::random::<[u8; 16]>());
        given.tokens.push_back((given.count, token.clone()));
        if given.tokens.len() > MOST {
            given.tokens.pop_front();
        }
        (given.count, token)
    }

    /// The page that has this token.
    pub(super) fn of(&self, token: &str) -> Option<u64> {
        let given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.tokens.iter().find(|(_, one)| one == token).map(|(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_token_of_its_own_and_nothing_comes_from_elsewhere() {
        let pages = Pages::default();
        let (first, second) = (pages.give(), pages.give());
        assert_ne!(first.1, second.1);
        assert_eq!((pages.of(&first.1), pages.of("")), (Some(first.0), None));
        let response = pages.answer("/", "echo").expect("a page");
        assert!(response.headers()["content-security-policy"].as_bytes().starts_with(b"default-src 'none'"));
        assert!(pages.answer("/other", "echo").is_none());
        for file in [HTML, STYLE, SCRIPT] {
            assert!(!file.contains("http://") && !file.contains("https://") && !file.contains("innerHTML"));
        }
        assert!(!HTML.contains("style=") && !HTML.contains("onclick"), "the policy forbids them");
    }
}
