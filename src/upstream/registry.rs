//! Kind → the parser of its own keys. A new kind is one line in each of these tables.

use super::oidc;
use crate::config::Kinds;
use crate::config::reader::Section;

/// What a provider's kind alone knows.
#[derive(Debug, Clone)]
pub enum Settings {
    Oidc(oidc::settings::Settings),
}

/// The kinds that can be configured.
#[derive(Debug, Clone, Copy)]
pub struct Registry;

impl Kinds<Settings> for Registry {
    fn names(&self) -> &'static [&'static str] {
        &["oidc"]
    }

    fn parse(&self, kind: &str, section: &mut Section) -> Option<Settings> {
        match kind {
            "oidc" => oidc::settings::parse(section).map(Settings::Oidc),
            _ => None,
        }
    }
}
