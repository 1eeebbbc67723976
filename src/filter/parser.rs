//! Tokens → tree: `and`, `or`, `not`, parentheses, and the terms over field keys.
//! Not here: the words of tcpdump (`words`), what a value is (`values`).

use std::ops::Range;

use crate::dissect::Index;

use super::Error;
use super::error::quote;
use super::eval::{Expr, Test, Want};
use super::keys::{self, FieldKey, Key};
use super::lexer::{self, Kind, Token};
use super::values::{self, Op, Raw};
use super::words::Qualifier;

/// Deepest nesting of parentheses and `not`.
const MAX_DEPTH: usize = 50;

/// Where the reading of a filter stands.
pub(super) struct Parser<'a> {
    pub text: &'a str,
    pub index: &'a Index,
    pub tokens: Vec<Token>,
    pub at: usize,
    /// What a value without qualifier repeats: `port 80 or 443`.
    pub last: Option<Qualifier>,
    depth: usize,
}

/// Reads a whole filter.
pub(super) fn parse(text: &str, index: &Index) -> Result<Expr, Error> {
    let tokens = lexer::tokens(text)?;
    if tokens.is_empty() {
        return Err(Error::new("the filter is empty", 0..0)
            .hint("for example: tcp.dst_port == 443, or http, or host 192.0.2.1"));
    }
    let mut parser = Parser { text, index, tokens, at: 0, last: None, depth: 0 };
    let expr = parser.chain()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some(Token { kind: Kind::Close, at }) => {
            Err(Error::new("no parenthesis is open here", at.clone()).hint("leave it out, or open one before"))
        }
        Some(Token { at, .. }) => {
            Err(Error::new(format!("{} does not belong here", quote(&text[at.clone()])), at.clone())
                .hint("join two terms with and, or or; put texts with spaces in quotes"))
        }
    }
}

impl Parser<'_> {
    /// Terms joined by `and` and `or`, left to right.
    fn chain(&mut self) -> Result<Expr, Error> {
        let mut expr = self.operand()?;
        let (mut or_before, mut one_list) = (false, true);
        while let Some(Token { kind, at }) = self.tokens.get(self.at) {
            let (and, at) = (*kind == Kind::And, at.clone());
            if !and && *kind != Kind::Or {
                break;
            }
            // tcpdump reads `a or b and c` as `(a or b) and c`, Wireshark as `a or (b and c)`: neither is
            // right for everybody. After a list (`port 80 or 443 and …`) there is no doubt.
            if and && or_before && !one_list {
                return Err(Error::new("and after or: which terms belong together?", at)
                    .hint("put parentheses around those that do"));
            }
            self.at += 1;
            one_list = self.at_repeated_value() && one_list;
            or_before = !and;
            let right = self.operand()?;
            expr = match (expr, and) {
                (Expr::All(mut parts), true) => {
                    parts.push(right);
                    Expr::All(parts)
                }
                (Expr::Any(mut parts), false) => {
                    parts.push(right);
                    Expr::Any(parts)
                }
                (left, true) => Expr::All(vec![left, right]),
                (left, false) => Expr::Any(vec![left, right]),
            };
        }
        Ok(expr)
    }

    /// One term, or a chain in parentheses, or the opposite of either.
    pub fn operand(&mut self) -> Result<Expr, Error> {
        let Some(Token { kind, at }) = self.tokens.get(self.at).cloned() else {
            return Err(self.missing("a term is missing", "for example tcp, or ip.ttl < 64"));
        };
        match kind {
            Kind::Not => {
                self.at += 1;
                let inner = self.deeper(at, Self::operand)?;
                Ok(Expr::Not(Box::new(inner)))
            }
            Kind::Open => {
                self.at += 1;
                let inner = self.deeper(at.clone(), Self::chain)?;
                match self.tokens.get(self.at) {
                    Some(Token { kind: Kind::Close, .. }) => self.at += 1,
                    None => return Err(Error::new("this parenthesis is never closed", at)),
                    Some(_) => return Ok(inner), // the caller points at what does not belong
                }
                Ok(inner)
            }
            Kind::Word(word) => self.term(&word, at),
            _ => Err(Error::new(format!("a term was expected, not {}", quote(&self.text[at.clone()])), at)
                .hint("a term begins with a key or a word: tcp.dst_port == 443, port 443")),
        }
    }

    fn deeper(&mut self, at: Range<usize>, body: fn(&mut Self) -> Result<Expr, Error>) -> Result<Expr, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(format!("more than {MAX_DEPTH} levels of not and parentheses"), at));
        }
        let result = body(self);
        self.depth -= 1;
        result
    }

    fn term(&mut self, word: &str, at: Range<usize>) -> Result<Expr, Error> {
        if let Some(expr) = self.primitive()? {
            return Ok(expr);
        }
        let Some(key) = keys::resolve(word, self.index) else { return Err(unknown(word, at, self.index)) };
        self.at += 1;
        self.last = None;
        let after = self.tokens.get(self.at).cloned();
        let Some((negated, operator)) = self.operator() else {
            return match (key, after) {
                (Key::Fields(keys), Some(Token { kind: Kind::Word(_) | Kind::Text(_), at })) => {
                    let hint = keys.first().map(values::example).unwrap_or_default();
                    Err(Error::new("an operator is missing before this", at).hint(format!("for example {hint}")))
                }
                (Key::Fields(keys), _) => Ok(Expr::Field(present(keys))),
                (Key::Layers(layers), _) => Ok(Expr::Layer(layers)),
                (Key::Cut(layers), _) => Ok(Expr::Cut(layers)),
            };
        };
        let expr = match key {
            Key::Fields(keys) => self.comparison(keys, operator)?,
            Key::Layers(layers) => {
                let raw = self.value(word)?;
                let want = if let Operator::Op(op) = operator { values::held(op, &raw) } else { None };
                match want {
                    Some(want) => Expr::Holds(layers, want),
                    None => return Err(no_value(word, at, layers.first().map(|l| l.key), self.index)),
                }
            }
            Key::Cut(_) => {
                return Err(
                    Error::new(format!("{word} has no value"), at).hint("write it alone, or with not before it")
                );
            }
        };
        Ok(if negated { Expr::Not(Box::new(expr)) } else { expr })
    }

    fn comparison(&mut self, keys: Vec<FieldKey>, operator: Operator) -> Result<Expr, Error> {
        let name = keys.first().map(FieldKey::full).unwrap_or_default();
        match operator {
            Operator::Op(op) => {
                let raw = self.value(&name)?;
                let index = self.index;
                tests(keys, |key| values::want(key, op, &raw, index))
            }
            Operator::In => {
                let members = self.braces(&name)?;
                let index = self.index;
                tests(keys, |key| {
                    members.iter().map(|raw| values::member(key, raw, index)).collect::<Result<_, _>>().map(Want::OneOf)
                })
            }
        }
    }

    /// The operator here, if there is one, and whether its opposite is meant.
    fn operator(&mut self) -> Option<(bool, Operator)> {
        let word = |token: Option<&Token>, wanted: &str| match token {
            Some(Token { kind: Kind::Word(word), .. }) => word.eq_ignore_ascii_case(wanted),
            _ => false,
        };
        let token = self.tokens.get(self.at)?;
        let (length, negated, operator) = match &token.kind {
            Kind::Equal => (1, false, Operator::Op(Op::Equal)),
            Kind::NotEqual => (1, true, Operator::Op(Op::Equal)),
            Kind::Less => (1, false, Operator::Op(Op::Less)),
            Kind::LessEqual => (1, false, Operator::Op(Op::LessEqual)),
            Kind::Greater => (1, false, Operator::Op(Op::Greater)),
            Kind::GreaterEqual => (1, false, Operator::Op(Op::GreaterEqual)),
            Kind::Word(_) if word(Some(token), "contains") => (1, false, Operator::Op(Op::Contains)),
            Kind::Word(_) if word(Some(token), "icontains") => (1, false, Operator::Op(Op::ContainsAnyCase)),
            Kind::Word(_) if word(Some(token), "in") => (1, false, Operator::In),
            Kind::Not if word(self.tokens.get(self.at + 1), "in") => (2, true, Operator::In),
            _ => return None,
        };
        self.at += length;
        Some((negated, operator))
    }

    /// Whether an operator stands at token `at`: then the word before it is a key, not a word of tcpdump.
    pub fn operator_at(&mut self, at: usize) -> bool {
        let here = std::mem::replace(&mut self.at, at);
        let found = self.operator().is_some();
        self.at = here;
        found
    }

    fn value(&mut self, key: &str) -> Result<Raw, Error> {
        let raw = match self.tokens.get(self.at).cloned() {
            Some(Token { kind: Kind::Word(word), at }) => Raw { bytes: word.into_bytes(), quoted: false, at },
            Some(Token { kind: Kind::Text(bytes), at }) => Raw { bytes, quoted: true, at },
            Some(Token { kind: Kind::BraceOpen, at }) => {
                return Err(Error::new("several values need in", at).hint(format!("{key} in {{80 443}}")));
            }
            Some(Token { at, .. }) => {
                return Err(Error::new(format!("a value was expected, not {}", quote(&self.text[at.clone()])), at)
                    .hint("put texts with such characters in quotes"));
            }
            None => return Err(self.missing("a value is missing", "for example 64, 192.0.2.1 or \"text\"")),
        };
        self.at += 1;
        Ok(raw)
    }

    fn braces(&mut self, key: &str) -> Result<Vec<Raw>, Error> {
        let open = match self.tokens.get(self.at) {
            Some(Token { kind: Kind::BraceOpen, at }) => at.clone(),
            Some(Token { at, .. }) => {
                return Err(Error::new("in is followed by braces", at.clone()).hint(format!("{key} in {{80 443}}")));
            }
            None => return Err(self.missing("values are missing", "for example {80 443 8000-8010}")),
        };
        self.at += 1;
        let mut members = Vec::new();
        loop {
            match self.tokens.get(self.at).map(|t| &t.kind) {
                None => return Err(Error::new("this brace is never closed", open)),
                Some(Kind::BraceClose) => break,
                Some(Kind::Comma) => self.at += 1,
                Some(_) => members.push(self.value(key)?),
            }
        }
        self.at += 1;
        if members.is_empty() {
            return Err(Error::new("these braces are empty", open).hint(format!("{key} in {{80 443}}")));
        }
        Ok(members)
    }

    /// Something is missing behind the last token.
    pub fn missing(&self, message: &str, hint: &str) -> Error {
        let end = self.tokens.get(self.at).map_or(self.text.trim_end().len(), |t| t.at.start);
        Error::new(message, end..end).hint(hint)
    }
}

#[derive(Clone, Copy)]
enum Operator {
    Op(Op),
    In,
}

fn present(keys: Vec<FieldKey>) -> Vec<Test> {
    let want = |key: &FieldKey| if key.flag.is_some() { Want::Range(1, 1) } else { Want::Present };
    keys.into_iter().map(|key| Test { want: want(&key), key }).collect()
}

/// A spelling may cover fields of several kinds: those that can have the value count.
fn tests(keys: Vec<FieldKey>, want: impl Fn(&FieldKey) -> Result<Want, Error>) -> Result<Expr, Error> {
    let (mut tests, mut wrong) = (Vec::new(), None);
    for key in keys {
        match want(&key) {
            Ok(want) => tests.push(Test { key, want }),
            Err(error) => {
                wrong.get_or_insert(error);
            }
        }
    }
    match wrong {
        Some(error) if tests.is_empty() => Err(error),
        _ => Ok(Expr::Field(tests)),
    }
}

fn unknown(word: &str, at: Range<usize>, index: &Index) -> Error {
    let near = keys::nearest(word, index).map(|key| format!("nearest: {key}"));
    let hint = near.unwrap_or_else(|| "layercake fields lists all keys".into());
    if let Some((head, rest)) = word.split_once('.')
        && !rest.is_empty()
        && let Some(protocol) = keys::protocols(&head.to_ascii_lowercase(), index).first()
    {
        let from = at.start + head.len() + 1;
        return Error::new(format!("{} has no field {}", protocol.key, quote(rest)), from..at.end).hint(hint);
    }
    Error::new(format!("there is no key or word {}", quote(word)), at).hint(hint)
}

fn no_value(word: &str, at: Range<usize>, layer: Option<&str>, index: &Index) -> Error {
    let field = layer.and_then(|key| index.protocol(key)).and_then(|p| p.fields.first().map(|f| (p.key, f.key)));
    let hint = match field {
        Some((protocol, field)) => format!("ask for one of its fields: {protocol}.{field}"),
        None => "write it alone".into(),
    };
    Error::new(format!("{word} is a layer and has no value of its own"), at).hint(hint)
}
