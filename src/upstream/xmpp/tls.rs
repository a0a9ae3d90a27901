//! TLS to an XMPP server: trusted authorities, the name in the certificate, and errors with their fix.

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::jid::Domain;
use super::settings::Tls;
use crate::base::certificate::{Fixes, TlsFailure, handshake_words};
use crate::upstream::peer_info;

/// The settings of a handshake. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct TlsSetup {
    starttls: Arc<ClientConfig>,
    direct: Arc<ClientConfig>,
}

impl TlsSetup {
    /// Trusts the system's authorities and those of `ca`.
    ///
    /// # Errors
    /// When `ca` can't be used.
    pub fn new(ca: Option<&[u8]>) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for certificate in ca.into_iter().flat_map(CertificateDer::pem_slice_iter) {
            roots.add(certificate.map_err(|why| rustls::Error::General(why.to_string()))?)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Without resumption, so that the next login notices a certificate that is no longer valid.
        config.resumption = Resumption::disabled();
        let mut direct = config.clone();
        // XEP-0368 §4, for servers that share a port among protocols.
        direct.alpn_protocols = vec![b"xmpp-client".to_vec()];
        Ok(Self { starttls: Arc::new(config), direct: Arc::new(direct) })
    }

    /// The handshake. The certificate must be for the domain (security rule C45).
    ///
    /// # Errors
    /// When the connection or the certificate fails.
    pub async fn handshake(&self, tcp: TcpStream, domain: &Domain, tls: Tls) -> io::Result<TlsStream<TcpStream>> {
        let config = match tls {
            Tls::Direct => &self.direct,
            Tls::StartTls => &self.starttls,
        };
        TlsConnector::from(Arc::clone(config)).connect(domain.certificate().clone(), tcp).await
    }
}

/// The results of a handshake.
#[derive(Debug)]
pub struct TlsSession {
    /// Binds a login to this connection (RFC 9266); `None` with TLS 1.2.
    pub exporter: Option<Vec<u8>>,
    pub certificate: Option<CertificateDer<'static>>,
}

impl TlsSession {
    #[must_use]
    pub fn of(stream: &TlsStream<TcpStream>) -> Self {
        let (_, connection) = stream.get_ref();
        let exporter = match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => {
                connection.export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", None).ok()
            }
            _ => None,
        };
        let certificate = connection.peer_certificates().and_then(|chain| chain.first());
        Self { exporter, certificate: certificate.cloned() }
    }

    /// When the server's certificate expires.
    #[must_use]
    pub fn certificate_expires(&self) -> Option<OffsetDateTime> {
        self.certificate.as_ref().and_then(|der| peer_info::expiry_of(der))
    }
}

/// Why the handshake failed, and the fix after the last `; `.
#[must_use]
pub fn handshake_error(failed: &io::Error, domain: &Domain, tls: Tls) -> String {
    let fixes = Fixes {
        no_tls: match tls {
            Tls::Direct => "set tls = \"starttls\", or another port",
            Tls::StartTls => "look at the TLS settings there",
        },
        other_name: "have it made for the domain itself, whatever the host is called (RFC 6120 §13.7.2)",
        ca: "ca_file",
    };
    match (TlsFailure::find_in(failed, domain.ascii()), tls) {
        (Some(TlsFailure::NoTls), Tls::Direct) => {
            format!("it does not speak TLS from the first byte; {}", fixes.no_tls)
        }
        (Some(distrust), _) => format!("{distrust}; {}", distrust.fix(fixes)),
        (None, Tls::Direct) if failed.kind() == io::ErrorKind::UnexpectedEof => {
            "it closed the connection in the handshake; check that it speaks TLS from the first byte, else set tls = \
                \"starttls\""
                .into()
        }
        (None, _) => format!("{}; look at the TLS settings there", handshake_words(&failed.to_string())),
    }
}
