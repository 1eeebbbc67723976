//! Ports as people write them: numbers, ranges, names of services.

use crate::ports::services;

/// Names that are less alike than this are no misspellings of each other.
const ALIKE: f64 = 0.8;

/// "3000", ":3000", "postgresql".
pub(in crate::cli) fn port(word: &str) -> Result<u16, String> {
    let bare = word.strip_prefix(':').unwrap_or(word);
    match number(bare) {
        Some(Ok(0)) => Err("0 is no port: who asks for it gets any that is free".to_owned()),
        Some(answer) => answer,
        None => named(bare),
    }
}

/// "8000-8127", "well-known"; a single port stands for its hundred.
pub(super) fn range(word: &str) -> Result<(u16, u16), String> {
    if let Some((first, last)) = word.split_once(['-', '–']).filter(|_| word.starts_with(|c: char| c.is_ascii_digit()))
    {
        let whole = |end| number(end).unwrap_or_else(|| Err(format!("`{end}` is no number")));
        let (first, last) = (whole(first)?, whole(last)?);
        return if first <= last {
            Ok((first, last))
        } else {
            Err(format!("it ends before it begins: {last}-{first}?"))
        };
    }
    match word {
        "all" => Ok((0, u16::MAX)),
        "well-known" => Ok((0, 1023)),
        "registered" => Ok((1024, 49151)),
        "dynamic" => Ok((49152, u16::MAX)),
        _ => port(word).map(|port| (port / 100 * 100, (port / 100 * 100).saturating_add(99))),
    }
}

fn number(word: &str) -> Option<Result<u16, String>> {
    let digits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| word.parse().map_err(|_| "ports end at 65535: the number has 16 bits".to_owned()))
}

fn named(word: &str) -> Result<u16, String> {
    let ports: Vec<u16> = services::named(word).map(|(port, ..)| port).collect();
    match ports[..] {
        [port] => Ok(port),
        [] => {
            let like = |name: &&'static str| strsim::jaro_winkler(&word.to_ascii_lowercase(), name);
            let best = services::names().max_by(|a, b| like(a).total_cmp(&like(b)));
            Err(match best.filter(|name| like(name) >= ALIKE) {
                Some(name) => format!("no port is called so; did you mean `{name}`?"),
                None => "it is a number from 1 to 65535, or a service's name such as `http`".to_owned(),
            })
        }
        _ => Err(format!("{word} is one of {}", ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_numbers_or_names_and_near_misses_are_suggested() {
        assert_eq!((port("3000"), port(":3000"), port("postgresql")), (Ok(3000), Ok(3000), Ok(5432)));
        assert!(port("postgresq").is_err_and(|e| e.contains("`postgresql`")));
        assert!(port("70000").is_err_and(|e| e.contains("65535")));
        assert!(port("0").is_err() && port("").is_err() && port("-1").is_err() && port("\u{1b}[2J").is_err());
    }

    #[test]
    fn ranges_are_two_numbers_a_word_or_the_surroundings_of_a_port() {
        assert_eq!((range("8000-8127"), range("well-known")), (Ok((8000, 8127)), Ok((0, 1023))));
        assert_eq!((range("3042"), range("65535")), (Ok((3000, 3099)), Ok((65500, 65535))));
        assert!(range("9-3").is_err() && range("9-").is_err() && range("9-70000").is_err() && range("-9").is_err());
    }
}
