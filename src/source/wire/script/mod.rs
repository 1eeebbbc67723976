//! Scripts: small TOML files that say which hosts, links and programs a simulated network has, and what goes
//! wrong in it. This room reads and checks them; nothing here knows how a network works.

mod builtin;
mod error;
mod links;
mod model;
mod places;
mod programs;
mod table;
mod units;

use toml::de::DeTable;

pub use builtin::{BuiltIn, SCRIPTS, script};
pub use error::ScriptError;
pub(super) use model::{Client, Fault, HostSpec, LinkSpec, Mode, Place, Probe, ProgramSpec, Server, Then, What};
pub use model::{Count, Only, Script};

use error::{Wrong, meant};
use places::Places;
use table::Table;

/// Bytes of the longest script.
const LONGEST: usize = 256 * 1024;
/// An hour in microseconds: the longest simulation.
pub(super) const HOUR: u64 = 3_600_000_000;
/// A simulation ends after a minute, unless its script says otherwise.
const END: u64 = 60_000_000;

impl Script {
    /// Reads and checks a script; `file` is its name for sentences about it.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and what to write instead.
    pub fn parse(text: &str, file: &str) -> Result<Script, ScriptError> {
        parse(text).map_err(|wrong| wrong.locate(file, text))
    }
}

fn parse(text: &str) -> Result<Script, Wrong> {
    if text.len() > LONGEST {
        return Err(Wrong::new(0, "this is too long for a script").hint("a script has at most 256 KiB"));
    }
    let keys = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let what = error.message().lines().next().unwrap_or_default().to_owned();
        Wrong::new(at, format!("this is no TOML: {what}")).hint("`layercake wire show two-hosts` is an example")
    })?;
    let top = Table::new(keys.get_ref(), 0, "a script");
    let title = top.text("title", "\"Two hosts\"")?.map_or_else(|| "A simulated network".to_owned(), |t| t.value);
    let about = top.text("about", "\"What to look at\"")?.map_or_else(String::new, |t| t.value);
    let seed = top.whole("seed", 0..=u64::MAX)?.unwrap_or(1);
    let end = top.duration("end", HOUR)?.unwrap_or(END);
    let differs = top.texts("differs", "[\"a remark\"]")?.unwrap_or_default();
    let capture = top.texts("capture", "[\"client-server\"]")?;
    let mut places = places::read(&top)?;
    let mut links = links::read(&top, &mut places)?;
    match capture {
        Some(capture) => choose(&mut links, &capture)?,
        // A packet that is seen on every link of its way looks as if it were sent again and again.
        None => links.iter_mut().skip(1).for_each(|link| link.captured = false),
    }
    let programs = programs::read(&top, &places)?;
    top.done()?;
    let Places { hosts, switches, routers, .. } = places;
    let differs = differs.into_iter().map(|d| d.value).collect();
    Ok(Script { title, about, seed, differs, end, hosts, switches, routers, links, programs })
}

/// Captures only the links that are named.
fn choose(links: &mut [LinkSpec], capture: &[table::Said<String>]) -> Result<(), Wrong> {
    for link in links.iter_mut() {
        link.captured = false;
    }
    for name in capture {
        let names: Vec<&str> = links.iter().map(|l| l.name.as_str()).collect();
        let Some(found) = names.iter().position(|n| *n == name.value) else {
            let what = format!("there is no link `{}` to capture on", name.value);
            return Err(Wrong::new(name.at, what).hint(meant(&name.value, &names)));
        };
        links[found].captured = true;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
