//! The key `verified_strings`: whether the provider writes `email_verified` as text.

use serde_json::{Map, Value};

use crate::config::reader::{Section, boolean};
use crate::signin::identify::read_verified_text;
use crate::upstream::relaxed_rule::RelaxedRule;

/// Its name.
pub const VERIFIED_STRINGS: &str = "verified_strings";

/// How the provider writes `email_verified`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifiedForm {
    /// True or false (OpenID Connect Core §5.1).
    Boolean,
    /// Also as text: `"true"` or `"false"`.
    BooleanOrText,
}

impl VerifiedForm {
    /// Reads the key.
    pub fn read(section: &mut Section) -> Self {
        let texts = section.optional(VERIFIED_STRINGS, boolean).unwrap_or(false);
        if texts { Self::BooleanOrText } else { Self::Boolean }
    }

    /// Whether the value says yes, in a form that the config allows.
    #[must_use]
    pub fn is_true(self, value: &Value) -> bool {
        match value {
            Value::Bool(verified) => *verified,
            Value::String(text) => self == Self::BooleanOrText && text == "true",
            _ => false,
        }
    }

    /// The claims, with `email_verified` as true or false if it came in a form that the config allows.
    #[must_use]
    pub fn readable(self, mut claims: Map<String, Value>) -> Map<String, Value> {
        match self {
            Self::Boolean => {}
            Self::BooleanOrText => read_verified_text(&mut claims),
        }
        claims
    }

    /// The key's value among [`crate::upstream::settings::KindSettings::identity_settings`], if it is set.
    #[must_use]
    pub fn identity_setting(self) -> Option<Value> {
        (self == Self::BooleanOrText).then_some(Value::Bool(true))
    }

    /// The security rule that the setting relaxes.
    #[must_use]
    pub fn relaxed_rule(self) -> Option<RelaxedRule> {
        let consequence = "the texts \"true\" and \"false\" count as an answer to whether an e-mail address is \
                           verified (C22)";
        let setting = format!("{VERIFIED_STRINGS} = true");
        (self == Self::BooleanOrText).then_some(RelaxedRule { rule: "C15", setting, consequence })
    }
}
