//! A protocol as a page: what it is for, and every field of it, from the same words that `layercake explain` prints.

use layercake::dissect::{Field, Protocol, Show};

use crate::chapter::prose;

/// The whole page, in Markdown.
pub fn page(protocol: &Protocol) -> String {
    let level = protocol.level;
    let mut page = format!(
        "# {}\n\n{}\n\nLayer {}, {}. {}. In the terminal: `layercake explain {}`.\n",
        prose(protocol.name),
        prose(protocol.explain),
        level.number(),
        level.name(),
        prose(protocol.spec.trim_end_matches('.')),
        protocol.key,
    );
    for field in protocol.fields {
        page += &entry(protocol, field);
    }
    page
}

fn entry(protocol: &Protocol, field: &Field) -> String {
    let mut text = format!("\n## {}\n\n`{}.{}`: {}", prose(field.name), protocol.key, field.key, prose(field.explain));
    if !field.spec.is_empty() {
        text += &format!(" *{}.*", prose(field.spec.trim_end_matches('.')));
    }
    text + "\n" + &names(field)
}

/// The values that have a name.
fn names(field: &Field) -> String {
    let (names, hex) = match field.show {
        Show::Names(names) => (names, field.key == "ethertype"),
        Show::Flags(names) => (names, true),
        _ => return String::new(),
    };
    let rows = names.iter().map(|name| {
        let value = if hex { format!("{:#x}", name.value) } else { name.value.to_string() };
        let [title, meaning] = [name.name, name.explain].map(|cell| prose(cell).replace('|', "\\|"));
        format!("| {value} | {title} | {meaning} |\n")
    });
    format!(
        "\n| {} | name | meaning |\n|---|---|---|\n{}",
        if hex { "bits" } else { "value" },
        rows.collect::<String>()
    )
}
