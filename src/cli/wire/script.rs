//! From a name or a file to a script, with what the command line changes in it.

use crate::cli::Error;
use crate::cli::error::why;
use crate::source::wire::{self, Count, SCRIPTS, Script, Wire};

/// A script is small; more is some other file.
const LONGEST: u64 = 1024 * 1024;

/// What the command line changes in a script.
#[derive(clap::Args, Debug, Clone, Default)]
pub(in crate::cli) struct Change {
    /// Where chance begins: the same number gives the same bytes, on every machine
    #[arg(long, value_name = "NUMBER", help_heading = "Simulated wire")]
    pub(in crate::cli) seed: Option<u64>,
    /// Lose these packets on the first link, counted from 1 (ARP not counted): 6 or 2,5
    #[arg(long, value_name = "N,N…", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..), help_heading = "Simulated wire")]
    pub(in crate::cli) drop: Vec<u64>,
    /// Lose each packet on the first link with this chance: 10%
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "Simulated wire")]
    pub(in crate::cli) drop_chance: Option<u32>,
    /// Look at the packets on this link; `all` for every link (`layercake wire check` names them)
    #[arg(long, value_name = "LINK", help_heading = "Simulated wire")]
    pub(in crate::cli) at: Option<String>,
}

/// "10%", "2.5", in parts of a million.
fn percent(text: &str) -> Result<u32, String> {
    let number: f64 = text.trim_end_matches('%').trim().parse().map_err(|_| "write a share like 10%".to_owned())?;
    if !(0.0..=100.0).contains(&number) {
        return Err("a share is between 0% and 100%".to_owned());
    }
    u32::try_from((number * 10_000.0).round() as i64).map_err(|error| error.to_string())
}

/// The script called `name`, or the one in the file of that name.
pub(in crate::cli) fn load(name: &str) -> Result<Script, Error> {
    if let Some(script) = wire::script(name) {
        return Ok(script);
    }
    let text = read(name)?;
    Script::parse(&text, name).map_err(|error| {
        let hint = error.hint.clone();
        Error::asked(error.to_string(), hint.unwrap_or_else(|| "`layercake wire show two-hosts` is an example".into()))
    })
}

fn read(name: &str) -> Result<String, Error> {
    let failed = |error: &std::io::Error| {
        let near = SCRIPTS.iter().map(|s| (strsim::jaro_winkler(name, s.name), s.name));
        let near = near.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score >= 0.7);
        let hint = match near {
            Some((_, near)) => format!("did you mean `{near}`? `layercake wire list` names them all"),
            None => "`layercake wire list` names those that come with layercake".to_owned(),
        };
        if error.kind() == std::io::ErrorKind::NotFound {
            return Error::asked(format!("there is no script and no file `{name}`"), hint);
        }
        Error::asked(format!("cannot read {name}: {}", why(error)), hint)
    };
    let size = std::fs::metadata(name).map_err(|e| failed(&e))?.len();
    if size > LONGEST {
        return Err(Error::asked(format!("{name} is too long for a script"), "captures are read with `capture -r`"));
    }
    let bytes = std::fs::read(name).map_err(|e| failed(&e))?;
    String::from_utf8(bytes).map_err(|_| {
        Error::asked(format!("{name} is no text"), "a script is a TOML file; captures are read with `capture -r`")
    })
}

impl Change {
    /// Whether anything is changed at all.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.seed.is_none() && self.drop.is_empty() && self.drop_chance.is_none() && self.at.is_none()
    }

    /// The script with what was changed.
    pub(in crate::cli) fn apply(&self, mut script: Script) -> Result<Script, Error> {
        if let Some(seed) = self.seed {
            script = script.with_seed(seed);
        }
        if !self.drop.is_empty() {
            script = script.with_drop(0, Count::Ip, &self.drop);
        }
        if let Some(chance) = self.drop_chance {
            script = script.with_drop_chance(0, chance);
        }
        match self.at.as_deref() {
            None => Ok(script),
            Some("all") => Ok(script.captured_at(|_| true)),
            Some(link) if script.links().any(|(name, _)| name == link) => Ok(script.captured_at(|name| name == link)),
            Some(link) => {
                let names: Vec<_> = script.links().map(|(name, _)| name.to_owned()).collect();
                Err(Error::asked(
                    format!("there is no link `{link}` in this network"),
                    format!("its links are: {}; `--at all` looks at every one", names.join(", ")),
                ))
            }
        }
    }
}

/// A wire that plays the script.
pub(in crate::cli) fn opened(script: &Script) -> Result<Wire, Error> {
    let hint = "`layercake wire check FILE` says what is in a script";
    Wire::run(script).map_err(|what| Error::asked(what, hint))
}
