//! TLS around the connection, with rustls; its secrets go to the reporter, so that what it hides can be shown and saved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, ProtocolVersion, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::certificate::Certificate;
use super::event::{Event, Teller};
use super::{Failure, Plan};
use crate::source::seen::Reporter;
use crate::websocket::Witness;

/// Shakes hands; what crosses meanwhile is reported when its keys are known.
pub(super) async fn wrap(
    mut stream: Witness<TcpStream>,
    plan: &Plan,
    reporter: Reporter,
    teller: &mut Teller,
) -> Result<TlsStream<Witness<TcpStream>>, Failure> {
    let begun = Instant::now();
    let verified = Arc::new(AtomicBool::new(true));
    let config = config(plan.insecure, plan.ca.as_deref(), Arc::new(Log(reporter)), &verified)?;
    let name = name(&plan.url.host)?;
    stream.hold();
    let connecting = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream);
    let mut stream = connecting.await.map_err(|error| explained(&error))?;
    stream.get_mut().0.release();
    let session = stream.get_ref().1;
    let certificate = session.peer_certificates().and_then(|all| Certificate::read(all.first()?));
    teller.tell(Event::Secured {
        version: match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "1.2",
            _ => "1.3",
        },
        cipher: session
            .negotiated_cipher_suite()
            .map_or_else(String::new, |suite| suite.suite().as_str().unwrap_or_default().replacen("TLS13_", "TLS_", 1)),
        alpn: session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        certificate,
        verified: verified.load(Ordering::Relaxed),
        took: begun.elapsed(),
    });
    Ok(stream)
}

/// The name that has to stand in the certificate.
pub(in crate::websocket) fn name(host: &str) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(host.to_owned()).map_err(|_| {
        failed("the host is neither a name nor an address", "write the name that stands in the certificate")
    })
}

/// TLS for who tells nothing of it: its secrets are not kept.
pub(in crate::websocket) fn connector(insecure: bool, ca: Option<&str>) -> Result<tokio_rustls::TlsConnector, Failure> {
    let config = config(insecure, ca, Arc::new(rustls::NoKeyLog {}), &Arc::default())?;
    Ok(tokio_rustls::TlsConnector::from(Arc::new(config)))
}

fn failed(why: impl Into<String>, hint: &'static str) -> Failure {
    Failure::Tls { why: why.into(), hint }
}

fn config(
    insecure: bool,
    ca: Option<&str>,
    log: Arc<dyn rustls::KeyLog>,
    verified: &Arc<AtomicBool>,
) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(roots(ca)?);
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string(), "this should not happen: please report it"))?;
    let mut config = if insecure {
        let inner = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build().ok();
        let verifier = Lenient { inner, provider, verified: Arc::clone(verified) };
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
    } else {
        builder.with_root_certificates(roots).with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.key_log = log;
    Ok(config)
}

/// Who may vouch for a server: the system's list, or a file.
fn roots(ca: Option<&str>) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::empty();
    let Some(path) = ca else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        return Ok(roots);
    };
    let hint = "--ca wants a file that begins with -----BEGIN CERTIFICATE-----";
    let bytes = std::fs::read(path).map_err(|error| failed(format!("{path} cannot be read: {error}"), hint))?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let (added, _) = roots.add_parsable_certificates(all.unwrap_or_default());
    if added == 0 { Err(failed(format!("there is no certificate in {path}"), hint)) } else { Ok(roots) }
}

/// What rustls says, in words.
pub(in crate::websocket) fn explained(error: &std::io::Error) -> Failure {
    const FOREIGN: &str = "--ca FILE names who vouches for it; --insecure accepts it without";
    let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return failed("the server hung up during the handshake", "does it speak TLS on this port? ws:// asks without");
    };
    match inner {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => {
                failed("nobody whom this machine trusts vouches for the server's certificate", FOREIGN)
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => failed(
                "the server's certificate has expired",
                "whoever runs the server has to renew it; is this machine's clock right?",
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                failed("the server's certificate is not valid yet", "is this machine's clock right? `date` says")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => failed(
                "the server's certificate is for another name",
                "write the name that stands in it; --insecure shows it",
            ),
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => failed(
                "the server shows the certificate of an authority (CA:TRUE) as its own",
                "make it with `openssl req -x509 … -addext basicConstraints=CA:FALSE`, or use --insecure",
            ),
            other => failed(format!("the server's certificate is wrong: {other}"), FOREIGN),
        },
        rustls::Error::AlertReceived(alert) => {
            failed(format!("the server refuses: {alert:?}"), "the alert's name says what it did not like (RFC 8446 §6)")
        }
        rustls::Error::InvalidMessage(_) => {
            failed("what came back is no TLS", "this port speaks without encryption: write ws:// instead of wss://")
        }
        other => failed(other.to_string(), "openssl s_client -connect HOST:PORT shows the same handshake"),
    }
}

/// Hands the secrets on.
#[derive(Debug)]
struct Log(Reporter);

impl rustls::KeyLog for Log {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes| data_encoding::HEXLOWER.encode(bytes);
        self.0.secret(format!("{label} {} {}\n", hex(client_random), hex(secret)).as_bytes());
    }
}

/// Accepts every certificate, and remembers whether it would have been right.
#[derive(Debug)]
struct Lenient {
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    verified: Arc<AtomicBool>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let right = self
            .inner
            .as_ref()
            .is_some_and(|inner| inner.verify_server_cert(certificate, between, name, ocsp, now).is_ok());
        self.verified.store(right, Ordering::Relaxed);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
