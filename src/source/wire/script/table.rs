//! A table of a script as its reader takes keys out of it. What was never asked for is unknown, so the
//! list of keys is the code that reads them. Not here: what the values mean together.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Wrong, meant};
use super::units;

type Result<T> = std::result::Result<T, Wrong>;

/// A value and the byte where it stands.
#[derive(Debug, Clone)]
pub(super) struct Said<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

pub(super) struct Table<'a> {
    keys: &'a DeTable<'a>,
    /// Where it begins.
    pub(super) at: usize,
    /// "a link", for sentences.
    what: &'static str,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Table<'a> {
    pub(super) fn new(keys: &'a DeTable<'a>, at: usize, what: &'static str) -> Self {
        Table { keys, at, what, asked: RefCell::default() }
    }

    fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key);
        self.keys.get(key)
    }

    /// Reads a key with `read`; what it does not understand is answered with `example`.
    fn read<T>(
        &self,
        key: &'static str,
        example: &str,
        read: impl Fn(&DeValue<'a>) -> Option<T>,
    ) -> Result<Option<Said<T>>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let at = value.span().start;
        match read(value.get_ref()) {
            Some(value) => Ok(Some(Said { value, at })),
            None => Err(Wrong::new(at, format!("`{key}` of {} cannot be read like this", self.what))
                .hint(format!("write it like this: {key} = {example}"))),
        }
    }

    pub(super) fn text(&self, key: &'static str, example: &str) -> Result<Option<Said<String>>> {
        self.read(key, example, |v| v.as_str().map(str::to_owned))
    }

    pub(super) fn flag(&self, key: &'static str) -> Result<bool> {
        Ok(self.read(key, "true", DeValue::as_bool)?.is_some_and(|s| s.value))
    }

    pub(super) fn whole(&self, key: &'static str, range: RangeInclusive<u64>) -> Result<Option<u64>> {
        let said = self.read(key, "10", integer)?;
        said.map(|s| within(key, &s, &range, "")).transpose()
    }

    pub(super) fn duration(&self, key: &'static str, longest: u64) -> Result<Option<u64>> {
        let said = self.read(key, "\"20ms\" (us, ms, s or min)", |v| units::duration(v.as_str()?))?;
        said.map(|s| within(key, &s, &(0..=longest), " us")).transpose()
    }

    pub(super) fn size(&self, key: &'static str, range: RangeInclusive<u64>) -> Result<Option<u64>> {
        let read = |v: &DeValue<'a>| v.as_str().map_or_else(|| integer(v), units::size);
        let said = self.read(key, "\"10 kB\" (or a number of bytes)", read)?;
        said.map(|s| within(key, &s, &range, " bytes")).transpose()
    }

    pub(super) fn speed(&self, key: &'static str) -> Result<Option<u64>> {
        let said = self.read(key, "\"1 Mbit/s\"", |v| units::speed(v.as_str()?))?;
        Ok(said.map(|s| s.value))
    }

    pub(super) fn pace(&self, key: &'static str) -> Result<Option<(u64, u64)>> {
        let said = self.read(key, "\"500 bytes every 100ms\"", |v| units::pace(v.as_str()?))?;
        Ok(said.map(|s| s.value))
    }

    pub(super) fn chance(&self, key: &'static str) -> Result<u32> {
        let said = self.read(key, "0.1 (from 0, never, to 1, always)", |v| match v {
            DeValue::Float(number) => units::chance(number.as_str()),
            whole => units::chance(&integer(whole)?.to_string()),
        })?;
        Ok(said.map_or(0, |s| s.value))
    }

    pub(super) fn address(&self, key: &'static str, example: &str) -> Result<Option<Said<Ipv4Addr>>> {
        self.read(key, example, |v| v.as_str()?.parse().ok())
    }

    pub(super) fn texts(&self, key: &'static str, example: &str) -> Result<Option<Vec<Said<String>>>> {
        let read = |v: &DeValue<'a>| {
            let one =
                |v: &Spanned<DeValue<'a>>| Some(Said { at: v.span().start, value: v.get_ref().as_str()?.to_owned() });
            v.as_array()?.iter().map(one).collect()
        };
        Ok(self.read(key, example, read)?.map(|s| s.value))
    }

    pub(super) fn numbers(&self, key: &'static str) -> Result<Vec<u64>> {
        let read = |v: &DeValue<'a>| -> Option<Vec<u64>> {
            v.as_array()?.iter().map(|n| integer(n.get_ref()).filter(|n| *n > 0)).collect()
        };
        Ok(self.read(key, "[6] (frames are counted from 1)", read)?.map_or_else(Vec::new, |s| s.value))
    }

    /// The texts of a small table, in the order in which they were written: `{ left = "10.0.1.1/24" }`.
    pub(super) fn pairs(&self, key: &'static str, example: &str) -> Result<Vec<(Said<String>, Said<String>)>> {
        let read = |v: &DeValue<'a>| {
            let mut all: Vec<(Said<String>, Said<String>)> = Vec::new();
            for (name, value) in v.as_table()? {
                let name = Said { at: name.span().start, value: name.get_ref().to_string() };
                let value = Said { at: value.span().start, value: value.get_ref().as_str()?.to_owned() };
                all.push((name, value));
            }
            all.sort_by_key(|(name, _)| name.at);
            Some(all)
        };
        Ok(self.read(key, example, read)?.map_or_else(Vec::new, |s| s.value))
    }

    /// The tables `[key.NAME]`, in the order in which they were written.
    pub(super) fn named(&self, key: &'static str, what: &'static str) -> Result<Vec<(Said<String>, Table<'a>)>> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = |at| Wrong::new(at, format!("`{key}` has to be tables")).hint(format!("write [{key}.NAME]"));
        let tables = value.get_ref().as_table().ok_or_else(|| wrong(value.span().start))?;
        let mut all = Vec::new();
        for (name, table) in tables {
            let at = name.span().start;
            let keys = table.get_ref().as_table().ok_or_else(|| wrong(at))?;
            all.push((Said { value: name.get_ref().to_string(), at }, Table::new(keys, at, what)));
        }
        all.sort_by_key(|(name, _)| name.at);
        Ok(all)
    }

    /// The tables `[[key]]`.
    pub(super) fn list(&self, key: &'static str, what: &'static str) -> Result<Vec<Table<'a>>> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = |at| Wrong::new(at, format!("`{key}` has to be a list of tables")).hint(format!("write [[{key}]]"));
        let list = value.get_ref().as_array().ok_or_else(|| wrong(value.span().start))?;
        let one = |v: &'a Spanned<DeValue<'a>>| {
            let at = v.span().start;
            v.get_ref().as_table().map(|keys| Table::new(keys, at, what)).ok_or_else(|| wrong(at))
        };
        list.iter().map(one).collect()
    }

    /// `key` is there, or else the script is told so.
    pub(super) fn needed<T>(&self, key: &str, found: Option<T>, example: &str) -> Result<T> {
        let missing = || Wrong::new(self.at, format!("{} needs `{key}`", self.what));
        found.ok_or_else(|| missing().hint(format!("add {key} = {example}")))
    }

    /// Complains about the first key that nobody asked for.
    pub(super) fn done(&self) -> Result<()> {
        let asked = self.asked.borrow();
        let unknown = self.keys.iter().filter(|(k, _)| !asked.contains(&k.get_ref().as_ref()));
        let Some((key, _)) = unknown.min_by_key(|(k, _)| k.span().start) else { return Ok(()) };
        let name = key.get_ref();
        Err(Wrong::new(key.span().start, format!("{} has no key `{name}`", self.what)).hint(meant(name, &asked)))
    }
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

fn within(key: &str, said: &Said<u64>, range: &RangeInclusive<u64>, unit: &str) -> Result<u64> {
    if range.contains(&said.value) {
        return Ok(said.value);
    }
    let (least, most) = range.clone().into_inner();
    Err(Wrong::new(said.at, format!("`{key}` is out of range")).hint(format!("write {least} to {most}{unit}")))
}
