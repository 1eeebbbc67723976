//! Cases: lessons that are another one for each student. A generator makes a script for the simulated wire and the
//! values that stand in the lesson's text as `{case:name}`, answers and all, from one seed.
//! Not here: playing the script and writing the capture (`cli`, which wires rooms together).

mod forge;
mod stranger;

use std::collections::BTreeMap;

/// What a generator made of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The generator, as front matter names it: `generate = "stranger"`.
    pub name: &'static str,
    /// Of which seed.
    pub seed: u64,
    /// A script of the simulated wire; its packets are the capture.
    pub script: String,
    values: BTreeMap<String, String>,
}

/// All generators by name.
pub(super) const GENERATORS: [&str; 1] = [stranger::NAME];

impl Case {
    /// The case of this seed; `None` where no generator has that name.
    pub fn new(name: &str, seed: u64) -> Option<Self> {
        (name == stranger::NAME).then(|| stranger::case(seed))
    }

    /// What stands for `{case:name}`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A lesson's text with its values filled in; the name of the first that there is not.
    pub(super) fn fill(&self, text: &str) -> Result<String, String> {
        let mut parts = text.split("{case:");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or((part, ""));
            filled += self.value(name).ok_or(name)?;
            filled += rest;
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_the_text_names_them_and_an_unknown_one_is_said() {
        let case = Case::new("stranger", 7).expect("a generator");
        let port = case.value("knock").expect("a value");
        assert_eq!(case.fill("port {case:knock}, {seed}"), Ok(format!("port {port}, {{seed}}")));
        assert_eq!(case.fill("{case:nobody}"), Err("nobody".to_owned()));
        assert!(Case::new("nothing", 7).is_none());
    }
}
