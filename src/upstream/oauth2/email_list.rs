//! The key `email_list`: where an API lists the addresses of a person, and which of them counts.

use serde_json::Value;
use serde_json::value::RawValue;

use super::answers::Answers;
use crate::base::strict_json::{JsonError, Members};
use crate::config::reader::{Fault, Section};
use crate::signin::identify::ClaimPath;
use crate::upstream::oauth_client::verified_strings::VerifiedForm;

/// A list of addresses. Each entry is an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailList {
    /// Where the list is.
    pub at: ClaimPath,
    /// The member of an entry that holds the address.
    pub address: String,
    /// The member that is `true` in the entry that counts.
    pub primary: String,
    /// The member that is `true` if the address is verified.
    pub verified: String,
}

/// The primary address, and whether it is verified, in the provider's own types.
#[derive(Debug, PartialEq, Eq)]
pub struct PrimaryAddress {
    pub address: Option<Value>,
    pub verified: Option<Value>,
}

const KEY: &str = "email_list";

impl EmailList {
    /// Reads the key. A mistake is noted.
    pub fn read(section: &mut Section) -> Option<Self> {
        let mut rows = section.texts(KEY);
        let is_table = section.has_table(KEY);
        let at = rows.remove("at").as_deref().and_then(ClaimPath::parse);
        let mut member = |row: &str, default: &str| rows.remove(row).unwrap_or_else(|| default.to_owned());
        let [address, primary, verified] =
            [member("address", "email"), member("primary", "primary"), member("verified", "verified")];
        if let Some(row) = rows.keys().next() {
            let fault = Fault::new(format!("has the row {row:?}, which it does not know"));
            section.note_fault(KEY, fault.fix("write at, address, primary and verified"));
        }
        if is_table && at.is_none() {
            let fault = Fault::new("does not say where the list is");
            section.note_fault(KEY, fault.fix("add at = \"emails\", the name of a call, or a path into its answer"));
        }
        Some(Self { at: at?, address, primary, verified })
    }

    /// As one line of text, to tell whether the setting changed.
    #[must_use]
    pub fn text(&self) -> String {
        [self.at.as_str(), &self.address, &self.primary, &self.verified].join(" ")
    }

    /// The primary address; a verified one, if the list has several. An entry that can't be read does not count.
    #[must_use]
    pub fn primary_address(&self, answers: &Answers<'_>, form: VerifiedForm) -> Option<PrimaryAddress> {
        let list = answers.raw(&self.at).ok()??;
        let entries = serde_json::from_str::<Vec<&RawValue>>(list.get()).ok()?;
        let mut primaries: Vec<_> =
            entries.into_iter().filter_map(|entry| self.read_primary(entry.get()).unwrap_or_default()).collect();
        let is_verified = |entry: &PrimaryAddress| entry.verified.as_ref().is_some_and(|value| form.is_true(value));
        let verified = primaries.iter().position(is_verified);
        (!primaries.is_empty()).then(|| primaries.swap_remove(verified.unwrap_or(0)))
    }

    /// The entry, if it is the primary one.
    fn read_primary(&self, entry: &str) -> Result<Option<PrimaryAddress>, JsonError> {
        let entry = Members::read(entry.as_bytes())?;
        if entry.get(&self.primary)? != Some(Value::Bool(true)) {
            return Ok(None);
        }
        Ok(Some(PrimaryAddress { address: entry.get(&self.address)?, verified: entry.get(&self.verified)? }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{EmailList, PrimaryAddress};
    use crate::signin::identify::ClaimPath;
    use crate::upstream::oauth_client::verified_strings::VerifiedForm;
    use crate::upstream::oauth2::answers::Bodies;

    fn primary(emails: &str) -> Option<(Option<Value>, Option<Value>)> {
        primary_in(emails, VerifiedForm::Boolean)
    }

    fn primary_in(emails: &str, form: VerifiedForm) -> Option<(Option<Value>, Option<Value>)> {
        let [address, primary, verified] = ["email", "primary", "verified"].map(str::to_owned);
        let list = EmailList { at: ClaimPath::parse("emails.all").unwrap(), address, primary, verified };
        let calls = [("emails".to_owned(), format!("{{\"all\":{emails}}}").into_bytes())];
        let bodies = Bodies::new(b"{}", &calls);
        let found = list.primary_address(&bodies.read().ok()?, form);
        found.map(|PrimaryAddress { address, verified }| (address, verified))
    }

    // C22
    #[test]
    fn only_the_primary_entry_counts_and_keeps_its_own_word_on_whether_it_is_verified() {
        let entry = |email: &str, primary: Value, verified: Value| {
            json!({ "email": email, "primary": primary, "verified": verified }).to_string()
        };
        let of = |entries: &[String]| primary(&format!("[{}]", entries.join(",")));
        let other = entry("other@example.org", json!(false), json!(true));
        for (verified, expected) in
            [(json!(true), json!(true)), (json!(false), json!(false)), (json!("true"), json!("true"))]
        {
            let main = entry("main@example.org", json!(true), verified);
            assert_eq!(of(&[other.clone(), main]), Some((Some(json!("main@example.org")), Some(expected))));
        }
        // A text is not `true`, and no other entry stands in.
        assert_eq!(of(&[other.clone(), entry("main@example.org", json!("true"), json!(true))]), None);
        assert_eq!(of(&[other]), None);
        let twice = r#"{"email":"a@example.org","primary":true,"primary":false,"verified":true}"#;
        assert_eq!(of(&[twice.to_owned()]), None);
        let second = entry("second@example.org", json!(true), json!(true));
        let first = entry("first@example.org", json!(true), json!(false));
        assert_eq!(of(&[first, second]), Some((Some(json!("second@example.org")), Some(json!(true)))));
        for none in ["[]", "{}", "null", "7", "[null,[],7]"] {
            assert_eq!(primary(none), None, "{none}");
        }
    }

    // C15
    #[test]
    fn a_verified_address_is_found_in_the_form_that_the_config_allows() {
        let emails =
            r#"[{"email":"a","primary":true,"verified":"false"},{"email":"b","primary":true,"verified":"true"}]"#;
        let address = |form| primary_in(emails, form).unwrap().0;
        assert_eq!(address(VerifiedForm::BooleanOrText), Some(json!("b")));
        assert_eq!(address(VerifiedForm::Boolean), Some(json!("a")));
    }

    proptest! {
        #[test]
        fn arbitrary_lists_never_panic(text in "\\PC{0,40}|\\[(\\{\"primary\":true\\},?){0,3}\\]") {
            let _ = primary(&text);
        }
    }
}
