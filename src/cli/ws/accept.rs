//! `layercake ws accept`: what a server must answer to a key, and how it comes from it (RFC 6455 §4.2.2).

use std::process::ExitCode;

use clap::ValueEnum;

use super::super::console::tame;
use super::super::{Console, Error};
use crate::render::trace::Trace;
use crate::websocket::client::derive;

const EXAMPLES: &str = "\
Examples:
  layercake ws accept dGhlIHNhbXBsZSBub25jZQ==            RFC 6455's own key
  layercake ws accept KEY --is s3pPLMBiTxaQ9kYGzzhZRbK+xOo=  is this the right answer to it?
  layercake ws accept KEY --format json                   for scripts

Exit codes: 0 as it should be, 1 the answer is another one, 2 wrong arguments.";

/// Derive Sec-WebSocket-Accept from a key: fixed text, SHA-1, Base64
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The value of Sec-WebSocket-Key: 16 random bytes in Base64
    key: String,
    /// What a server has answered: is it right?
    #[arg(long, value_name = "ACCEPT")]
    is: Option<String>,
    /// How it is shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Row by row
    Text,
    /// One JSON object
    Json,
}

/// Longest key that is hashed; a right one has 24 characters.
const LONGEST: usize = 1000;

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode, Error> {
    let key = args.key.trim();
    if key.is_empty() || key.len() > LONGEST {
        return Err(Error::asked(
            "that is no key",
            "a key has 24 characters, such as dGhlIHNhbXBsZSBub25jZQ==; a request carries it as Sec-WebSocket-Key",
        ));
    }
    let (digest, accept) = derive(key);
    let said = args.is.as_deref().map(str::trim);
    match args.format {
        Format::Json => write_json(key, &digest, &accept, said, console.buffer()),
        Format::Text => {
            let trace = Trace::new(console.style(), console.describe());
            match said {
                Some(said) => trace.proof(key, &digest, &accept, Some(said), console.buffer()),
                None => trace.derivation("the key", key, &digest, &accept, console.buffer()),
            }
        }
    }
    if !is_nonce(key) {
        console.remark(&format!(
            "{} is not 16 bytes in Base64: a server refuses it, though the sum can be done (RFC 6455 §4.2.1)",
            tame(key)
        ));
    }
    Ok(if said.is_none_or(|said| said == accept) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_nonce(key: &str) -> bool {
    data_encoding::BASE64.decode(key.as_bytes()).is_ok_and(|bytes| bytes.len() == 16)
}

fn write_json(key: &str, digest: &[u8; 20], accept: &str, said: Option<&str>, out: &mut Vec<u8>) {
    let mut object = serde_json::json!({
        "key": key,
        "sha1": data_encoding::HEXLOWER.encode(digest),
        "accept": accept,
    });
    if let Some(said) = said {
        object["fits"] = (said == accept).into();
    }
    out.extend_from_slice(format!("{object}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::is_nonce;

    #[test]
    fn a_key_is_sixteen_bytes_in_base64() {
        assert!(is_nonce("dGhlIHNhbXBsZSBub25jZQ=="));
        assert!(!is_nonce("dGhlIHNhbXBsZSBub25jZQ") && !is_nonce("Hello") && !is_nonce("aGVsbG8="));
    }
}
