//! Which certificates of directories are trusted.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Trusts the system's authorities and those of `ca_file`.
///
/// # Errors
/// When TLS can't be set up at all.
pub fn trust(ca: Option<&[u8]>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for why in &system.errors {
        tracing::warn!(error = %why, "the system's CA certificates can't all be used");
    }
    roots.add_parsable_certificates(system.certs);
    let own = ca.map(CertificateDer::pem_slice_iter).into_iter().flatten().filter_map(Result::ok);
    roots.add_parsable_certificates(own);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
