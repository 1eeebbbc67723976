//! A page that is one file: its style and its script stand in it, and its policy (CSP 3) allows these two by their
//! hashes and nothing else, from nowhere else.

use data_encoding::BASE64;
use hyper::StatusCode;
use sha2::{Digest, Sha256};

use super::http::{Response, sealed, whole};

/// One page of ours, and what it may do.
pub struct Single {
    html: String,
    policy: String,
}

impl Single {
    /// A page with at most one `<style>` and one `<script>`.
    pub fn new(html: impl Into<String>) -> Self {
        let html = html.into();
        let digest = |begin: &str, end: &str| {
            let inside = html.split_once(begin).and_then(|(_, rest)| rest.split_once(end));
            inside.map_or_else(
                || "'none'".to_owned(),
                |(inside, _)| format!("'sha256-{}'", BASE64.encode(&Sha256::digest(inside.as_bytes()))),
            )
        };
        let (style, script) = (digest("<style>", "</style>"), digest("<script>", "</script>"));
        // 'self' is the WebSocket of the same origin, too (CSP 3 §6.7.2.8).
        let policy = format!(
            "default-src 'none'; script-src {script}; style-src {style}; img-src data:; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        Single { html, policy }
    }

    /// What it may do.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The page as an answer.
    pub fn answer(&self, status: StatusCode) -> Response {
        sealed(whole(status, "text/html; charset=utf-8", self.html.clone()), &self.policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_allows_the_pages_own_style_and_script_and_what_is_not_there_is_not_allowed() {
        let page = Single::new("<style>b{}</style><script>1</script>");
        assert!(page.policy().starts_with("default-src 'none'") && page.policy().matches("'sha256-").count() == 2);
        let page = Single::new("<p>no script");
        assert!(page.policy().contains("script-src 'none'"), "{}", page.policy());
    }
}
