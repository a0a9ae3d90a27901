//! A provider kind of the test's own, to show how little code a new kind needs.
//!
//! It needs two places: this file, in place of a folder in `src/upstream`, and one row in a table of kinds. No other
//! code names the kind. Config, form, sign-in and token are shared by all kinds.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use support::TestServer;
use vestibule::base::ids::{Issuer, ProviderId, Subject};
use vestibule::config::reader::{Section, text};
use vestibule::config::{self, Environment, Provider, ProviderKind, ProviderKinds, SignInMethod};
use vestibule::signin::identify::password::{NotAccepted, RefusalReason};
use vestibule::signin::identify::{ExternalIdentity, IdentityKey};
use vestibule::upstream::attempt::Attempt;
use vestibule::upstream::health::Health;
use vestibule::upstream::probe::{FindingSink, Reporter};
use vestibule::upstream::settings::{Email, IssuerOrigin, KindSettings};
use vestibule::upstream::{KINDS, LoginModule, OpenContext, OpenError, PasswordModule, ProviderSettings};

use crate::passwords::{NOTES, enter_password};

/// The row in the table of kinds.
struct Toy;

/// `only = "dee"`
#[derive(Debug)]
struct ToySettings {
    only: String,
}

/// Lets one name in, with any password.
struct ToyModule {
    id: ProviderId,
    issuer: Issuer,
    only: String,
    health: Health,
}

impl ProviderKind<ProviderSettings> for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Password
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        let only = section.required("only", "\"dee\"", text)?;
        Some(Arc::new(ToySettings { only }))
    }
}

impl KindSettings for ToySettings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        let (id, health) = (provider.id.clone(), Health::new(context.clock.clone()));
        Ok(Arc::new(ToyModule { issuer: self.issuer(&id), id, only: self.only.clone(), health }))
    }

    fn issuer(&self, _: &ProviderId) -> Issuer {
        Issuer::from("toy:")
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Kind
    }

    fn subject_source(&self) -> String {
        "the name".to_owned()
    }

    fn identity_settings(&self) -> Value {
        json!({ "only": self.only })
    }

    fn untested(&self) -> &'static str {
        "the one name"
    }

    fn email(&self, _: &ProviderId) -> Email {
        Email::NeverComes
    }
}

#[async_trait]
impl PasswordModule for ToyModule {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        Reporter::new(format!("provider {}", self.id), sink).good("it is a toy");
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let name = attempt.name();
        attempt.password_for(name).await?;
        if name != self.only {
            return Err(NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None });
        }
        let key = IdentityKey { provider: self.id.clone(), issuer: self.issuer.clone(), subject: Subject::from(name) };
        let claims = Map::from_iter([("preferred_username".to_owned(), json!(name))]);
        Ok(ExternalIdentity::new(key, claims))
    }
}

/// The product's table, and one more row.
fn kinds() -> ProviderKinds<ProviderSettings> {
    let toy: &[&'static dyn ProviderKind<ProviderSettings>] = &[&Toy];
    ProviderKinds { offered: [KINDS.offered, toy].concat().leak(), ..KINDS }
}

const SECTION: [(&str, &str); 4] = [("id", "shop"), ("kind", "toy"), ("name", "Toy shop"), ("only", "dee")];

#[tokio::test]
async fn a_provider_kind_made_of_one_row_and_one_file_signs_people_in() {
    let server = TestServer::with(|config| config.only_provider(kinds(), &SECTION)).await;
    let browser = server.browser();
    assert_eq!(enter_password(&browser, "max", "any password").await.status, 403);
    let page = enter_password(&browser, "dee", "any password").await;
    let (_, claims) = server.verify_token(&page.token_at(NOTES)).await;
    assert_eq!((&claims["idp"], &claims["preferred_username"]), (&json!("shop"), &json!("dee")));
    assert!(browser.session().is_some());
}

#[test]
fn a_mistyped_kind_gets_the_nearest_known_name_suggested() {
    let message_for = |kind: &str, kinds: &ProviderKinds<ProviderSettings>| {
        let text = format!("[[provider]]\nid = \"shop\"\nkind = \"{kind}\"\nname = \"Toy shop\"\n");
        config::read(&text, Path::new("v.toml"), &Environment::default(), kinds).unwrap_err().to_string()
    };
    let with_the_toy = message_for("toys", &kinds());
    assert!(with_the_toy.contains("`kind` does not know \"toys\"; did you mean \"toy\"?"), "{with_the_toy}");
    let without = message_for("toy", &KINDS);
    assert!(without.contains("`kind` does not know \"toy\"; use \""), "{without}");
}
