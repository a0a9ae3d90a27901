//! Google's rules about the domain of a person and about verified addresses (its documentation, "OpenID Connect" and
//! "Verify the Google ID token on your server side").

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use crate::signin::arrive::Prompt;
use crate::signin::identify::{ExternalIdentity, RuleViolation};
use crate::upstream::UpstreamError;
use crate::upstream::oidc::own_rules::{Hints, OwnRules};

/// The claim with the domain of the person's organization. Personal accounts have none.
const DOMAIN: &str = "hd";

/// Google's own rules.
#[derive(Debug)]
pub struct GoogleRules {
    /// The domains whose people may sign in, in lower case. Empty: everybody.
    pub domains: Vec<String>,
}

#[async_trait]
impl OwnRules for GoogleRules {
    /// Google has no `prompt=login`: nobody can be made to sign in again. It lets the person choose an account instead,
    /// which is the nearest. A login that demands a proof is refused anyway, since no `auth_time` comes.
    fn hints<'h>(&self, prompt: Prompt, login_hint: Option<&'h str>) -> Hints<'h> {
        let prompt = if prompt.is_login() { Prompt::SelectAccount } else { prompt };
        Hints { prompt: prompt.for_provider(), login_hint }
    }

    /// An address that Google verified once, and that another provider hosts, may have another owner now (security
    /// rule C22).
    fn read_claims(&self, claims: &mut Map<String, Value>) {
        if claims.get("email_verified") == Some(&Value::Bool(true)) && !is_hosted_by_google(claims) {
            claims.insert("email_verified".to_owned(), Value::Bool(false));
        }
    }

    /// The parameter `hd` of the request is only a hint, so the claim decides (security rule C75).
    fn admit(&self, identity: &ExternalIdentity) -> Result<(), UpstreamError> {
        let domain = identity.claims.get(DOMAIN).and_then(Value::as_str);
        let is_listed = |domain: &str| self.domains.iter().any(|one| one.eq_ignore_ascii_case(domain));
        if self.domains.is_empty() || domain.is_some_and(is_listed) {
            return Ok(());
        }
        let got = domain.map_or_else(|| "none".to_owned(), |domain| format!("{domain:?}"));
        let rule = RuleViolation::new("C75", "`hd` of the ID token", self.domains.join(" or "), got);
        Err(UpstreamError::OtherOrganization(rule))
    }

    fn identity_settings(&self) -> Vec<(&'static str, Value)> {
        let mut domains: Vec<_> = self.domains.iter().collect();
        domains.sort_unstable();
        if domains.is_empty() { Vec::new() } else { vec![("hosted_domain", json!(domains))] }
    }
}

/// Whether Google answers for the address: it is at Gmail, or in the domain of the person's organization.
fn is_hosted_by_google(claims: &Map<String, Value>) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let Some((_, domain)) = text("email").and_then(|address| address.rsplit_once('@')) else { return false };
    [Some("gmail.com"), text(DOMAIN)].into_iter().flatten().any(|hosted| hosted.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::GoogleRules;
    use crate::signin::arrive::Prompt;
    use crate::signin::identify::{ExternalIdentity, IdentityKey};
    use crate::upstream::oidc::own_rules::OwnRules as _;

    fn verified(claims: Value) -> Value {
        let Value::Object(mut claims) = claims else { panic!("no object: {claims}") };
        GoogleRules { domains: Vec::new() }.read_claims(&mut claims);
        claims.remove("email_verified").unwrap_or_default()
    }

    // C22
    #[test]
    fn an_address_is_verified_only_if_google_hosts_it() {
        for (email, hd, result) in [
            ("ada@gmail.com", json!(null), true),
            ("ada@GMail.com", json!(null), true),
            ("ada@example.org", json!("example.org"), true),
            ("ada@Example.org", json!("example.ORG"), true),
            ("ada@example.org", json!(null), false),
            ("ada@example.org", json!("other.example"), false),
            ("ada@sub.example.org", json!("example.org"), false),
            ("ada@example.org", json!(["example.org"]), false),
            ("ada@gmail.com@example.org", json!(null), false),
            ("ada@gmail.com.example", json!(null), false),
            ("gmail.com", json!("gmail.com"), false),
        ] {
            let claims = json!({ "email": email, "hd": hd, "email_verified": true });
            assert_eq!(verified(claims), json!(result), "{email} {hd}");
            assert_eq!(verified(json!({ "email": email, "hd": hd, "email_verified": false })), json!(false));
        }
        // Another type is refused where it decides (C15).
        assert_eq!(verified(json!({ "email": "ada@example.org", "email_verified": "true" })), json!("true"));
        assert_eq!(verified(json!({ "email": "ada@example.org" })), json!(null));
    }

    // C75
    #[test]
    fn only_people_of_the_listed_domains_are_admitted() {
        let key =
            || IdentityKey { provider: "google".parse().unwrap(), issuer: "https://g".into(), subject: "1".into() };
        let admitted = |domains: &[&str], hd: Value| {
            let claims = [("hd".to_owned(), hd)].into_iter().collect();
            let rules = GoogleRules { domains: domains.iter().map(|domain| (*domain).to_owned()).collect() };
            rules.admit(&ExternalIdentity::new(key(), claims)).map_err(|why| why.to_string())
        };
        assert_eq!(admitted(&[], json!(null)), Ok(()));
        assert_eq!(admitted(&["a.example", "b.example"], json!("B.example")), Ok(()));
        for (hd, got) in [
            (json!(null), "none"),
            (json!("a.example.evil"), "\"a.example.evil\""),
            (json!(["a.example"]), "none"),
            (json!(""), "\"\""),
        ] {
            let why = admitted(&["a.example"], hd).unwrap_err();
            assert_eq!(why, format!("C75: `hd` of the ID token: expected a.example, got {got}"));
        }
    }

    #[test]
    fn a_person_who_should_sign_in_again_chooses_an_account() {
        let prompt = |prompt| GoogleRules { domains: Vec::new() }.hints(prompt, Some("ada")).prompt;
        assert_eq!([prompt(Prompt::Login), prompt(Prompt::LoginWithoutProof)], [Some("select_account"); 2]);
        assert_eq!(prompt(Prompt::SelectAccount), Some("select_account"));
    }
}
