//! `kind = "google"`: its row in the table of kinds, and its keys.

use std::sync::Arc;

use super::rules::GoogleRules;
use crate::config::reader::{Fault, Section, one_or_more, parsed};
use crate::config::{ProviderKind, SignInMethod};
use crate::upstream::oidc::settings::{OidcSettings, parse};
use crate::upstream::settings::ProviderSettings;

/// `kind = "google"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "google"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Redirect
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        let domains = section.optional("hosted_domain", one_or_more(parsed(domain))).unwrap_or_default();
        let mut settings = parse(section)?;
        refuse_a_bare_hint(section, &settings);
        if let Some(hint) = hint(&domains) {
            Arc::make_mut(&mut settings.client).auth_params.insert("hd".to_owned(), hint);
        }
        Some(Arc::new(OidcSettings { own: Arc::new(GoogleRules { domains }), ..settings }))
    }
}

/// Anybody can leave the parameter out of the request, so alone it keeps nobody out.
fn refuse_a_bare_hint(section: &Section, settings: &OidcSettings) {
    if settings.client.auth_params.contains_key("hd") {
        let fault = Fault::new("sets \"hd\", which is only a hint to the sign-in page");
        section.note_fault(
            "auth_params",
            fault.fix("write hosted_domain = \"…\" in its place, which is sent and checked"),
        );
    }
}

/// The hint for the sign-in page. `*` stands for the accounts of all organizations.
fn hint(domains: &[String]) -> Option<String> {
    match domains {
        [] => None,
        [domain] => Some(domain.clone()),
        [..] => Some("*".to_owned()),
    }
}

/// In lower case: domains are equal without regard to case (RFC 4343).
fn domain(text: &str) -> Result<String, Fault> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if text.bytes().all(fits) && text.contains('.') && !text.starts_with('.') && !text.ends_with('.') {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Fault::new(format!("holds {text:?}, which is not a domain")).fix("write it as \"example.org\""))
}
