//! `ca_file`: certificates that are trusted in addition to the system's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_parser::pem::Pem;

use super::reader::{Fault, Section};

/// `ca_file`, as PEM that every TLS library reads.
pub(super) fn ca_certificates(section: &mut Section) -> Option<Vec<u8>> {
    let found = section.contents("ca_file")?;
    match certificates(&found) {
        Ok(certificates) => Some(certificates.iter().flat_map(|one| to_pem(&one.contents)).collect()),
        Err(fault) => {
            section.note_fault("ca_file", fault);
            None
        }
    }
}

/// The labels of a certificate: the second is older (RFC 7468 §5.1).
const LABELS: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];

/// The certificates of a file that holds nothing else. A private key in it would be a secret in the wrong place.
fn certificates(file: &[u8]) -> Result<Vec<Pem>, Fault> {
    let wrong = |what: &str, fix: &str| Err(Fault::new(what).fix(fix));
    if file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff") {
        return wrong("names a file in UTF-16", "save it in UTF-8");
    }
    let Ok(blocks) = Pem::iter_from_buffer(&without_bom_and_indentation(file)).collect::<Result<Vec<Pem>, _>>() else {
        return wrong("holds PEM that is cut off or damaged", "copy the certificates into it once more");
    };
    if blocks.is_empty() {
        let fix = "convert one in DER by `openssl x509 -inform der`";
        return wrong("holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----", fix);
    }
    if blocks.iter().any(|block| block.label == "TRUSTED CERTIFICATE") {
        let what = "holds a TRUSTED CERTIFICATE, a format that only OpenSSL reads";
        return wrong(what, "convert it by `openssl x509`");
    }
    if let Some(other) = blocks.iter().find(|block| !LABELS.contains(&block.label.as_str())) {
        let is_a_label = |label: &str| label.len() <= 40 && label.bytes().all(|b| b.is_ascii_uppercase() || b == b' ');
        let shown = if is_a_label(&other.label) { other.label.as_str() } else { "something else" };
        return wrong(&format!("holds {shown} beside certificates"), "leave only the certificates in it");
    }
    if blocks.iter().any(|block| block.parse_x509().is_err()) {
        return wrong("holds a certificate that can't be read", "copy the certificates into it once more");
    }
    Ok(blocks)
}

/// Whether a file holds a certificate that can be read, among other things perhaps.
pub(super) fn holds_certificate(file: &[u8]) -> bool {
    let is_certificate = |block: &Pem| LABELS.contains(&block.label.as_str()) && block.parse_x509().is_ok();
    Pem::iter_from_buffer(file).flatten().any(|block| is_certificate(&block))
}

/// Without a byte order mark, and without the indentation of a YAML file that it was copied out of.
fn without_bom_and_indentation(file: &[u8]) -> Vec<u8> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    file.split(|byte| *byte == b'\n').flat_map(|line| [line.trim_ascii(), b"\n"].concat()).collect()
}

fn to_pem(der: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).flat_map(|line| [line, b"\n"].concat());
    [&b"-----BEGIN CERTIFICATE-----\n"[..], &lines.collect::<Vec<u8>>(), b"-----END CERTIFICATE-----\n"].concat()
}
