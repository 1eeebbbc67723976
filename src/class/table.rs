//! Rows as CSV (RFC 4180), made for programs that calculate: what a learner typed never becomes a formula there.

/// One line with its end. A field that a spreadsheet would take for a formula begins with an apostrophe.
pub fn csv<S: AsRef<str>>(fields: &[S]) -> String {
    fields.iter().map(|field| quoted(field.as_ref())).collect::<Vec<_>>().join(",") + "\r\n"
}

fn quoted(field: &str) -> String {
    let number = field.parse::<f64>().is_ok();
    let formula = !number && field.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{field}") } else { field.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_quotes_and_formulas_do_no_harm() {
        assert_eq!(csv(&["a", "b,c", "say \"hi\""]), "a,\"b,c\",\"say \"\"hi\"\"\"\r\n");
        assert_eq!(csv(&["=1+1", "@x", "-5", "-cmd"]), "'=1+1,'@x,-5,'-cmd\r\n");
        assert_eq!(csv(&["two\nlines"]), "\"two\nlines\"\r\n");
    }
}
