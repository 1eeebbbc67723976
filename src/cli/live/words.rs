//! What the terminal says while the page is served.

use serde_json::json;

use crate::gallery::Keys;

/// What is to be told.
pub(super) struct Told<'a> {
    pub title: &'a str,
    pub addresses: Vec<String>,
    pub keys: &'a Keys,
}

impl Told<'_> {
    fn urls<'a>(&'a self, key: &'a str) -> impl Iterator<Item = String> + 'a {
        self.addresses.iter().map(move |address| format!("{address}/?key={key}"))
    }

    pub fn text(&self) -> String {
        let list = |key: &str| self.urls(key).map(|url| format!("  {url}")).collect::<Vec<_>>().join("\n");
        format!(
            "{} is shown until you press Ctrl-C.\n\nFor all who look on:\n{}\n\nFor you alone, what you choose there all see:\n{}\n",
            self.title,
            list(&self.keys.viewer),
            list(&self.keys.teacher)
        )
    }

    pub fn json(&self) -> String {
        let all = |key: &str| self.urls(key).collect::<Vec<_>>();
        format!("{}\n", json!({ "viewers": all(&self.keys.viewer), "teacher": all(&self.keys.teacher) }))
    }
}
