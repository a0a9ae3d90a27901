//! `ca_file`: certificates that are trusted beside the system's.

use x509_parser::pem::Pem;

use super::reader::{Fault, Section};

/// `ca_file`
pub(super) fn ca(section: &mut Section) -> Option<Vec<u8>> {
    section.contents("ca_file").filter(|pem| certificates(section, pem))
}

/// Whether `pem` holds certificates alone. A private key in it would be a secret in the wrong place.
fn certificates(section: &Section, pem: &[u8]) -> bool {
    let wrong = |what: &str, mend: &str| {
        section.wrong("ca_file", Fault::new(what).mend(mend));
        false
    };
    let Ok(blocks) = Pem::iter_from_buffer(pem).collect::<Result<Vec<Pem>, _>>() else {
        return wrong("holds PEM that is broken off or damaged", "copy the certificates into it once more");
    };
    if blocks.is_empty() {
        let mend = "convert one in DER by `openssl x509 -inform der`";
        return wrong("holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----", mend);
    }
    if blocks.iter().any(|block| block.label != "CERTIFICATE") {
        return wrong("holds something else beside certificates, such as a key", "leave the certificates alone in it");
    }
    if blocks.iter().any(|block| block.parse_x509().is_err()) {
        return wrong("holds a certificate that can't be read", "copy the certificates into it once more");
    }
    true
}
