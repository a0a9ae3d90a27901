//! Compares the page of every refusal with its sample.

use std::collections::BTreeSet;
use std::sync::Arc;

use time::macros::datetime;

use super::{Public, refusal_page};
use crate::base::clock::Clock;
use crate::base::ids::{AccountId, AppId, ProviderId};
use crate::base::secret::MasterKey;
use crate::broker::{Broker, Cause, Context, LiveConfig, Visitor};
use crate::config::{self, Environment};
use crate::signer::rotation::Schedule;
use crate::signer::{Signer, SignerError};
use crate::signin::account::{Account, Disabled};
use crate::signin::arrive::{StartRefused, arrive};
use crate::signin::challenge::EvictionReason;
use crate::signin::identify::password::{NotAvailable, Outage};
use crate::signin::identify::{IdentityKey, RuleViolation};
use crate::signin::link::UsernameError;
use crate::signin::link::request::NotConfirmed;
use crate::signin::permit::Denied;
use crate::store::{Database, Store};
use crate::upstream::{KINDS, UpstreamError};
use crate::web::pages::{RefusalPage, samples};

const CONFIG: &str = r#"
[server]
public_url = "http://localhost:8080"
[[provider]]
id = "uni"
kind = "oidc"
name = "Example University"
issuer = "https://sso.example.edu"
client_id = "vestibule"
client_auth = "none"
[[provider]]
id = "other"
kind = "oidc"
name = "Other"
issuer = "https://other.example.org"
client_id = "vestibule"
client_auth = "none"
[[app]]
id = "galene"
kind = "galene"
name = "Conference"
url = "https://galene.example.org:8443/"
[[app.allow]]
rooms = ["*"]
permissions = ["present"]
"#;

struct Fixture {
    broker: Broker,
    config: Arc<LiveConfig>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, master) = (Clock::system(), MasterKey::fresh());
        let file = folder.path().join("vestibule.toml");
        let config = config::read(CONFIG, &file, &Environment::default(), &KINDS).unwrap();
        let store = Store::open(&Database::file(folder.path().join("vestibule.db")), clock.clone()).await.unwrap();
        let schedule = Schedule::for_tokens_of(config.apps[0].lifetime);
        let signer = Signer::open(&store, &master, &schedule, clock.clone()).await.unwrap();
        let config = LiveConfig::new(&config, &store, &clock).unwrap();
        let broker = Broker::new(config, Arc::new(store), Arc::new(signer), &master, clock);
        Self { config: broker.config(), broker, _folder: folder }
    }

    /// Everything that can be known about a refused sign-in.
    fn context(&self) -> Context {
        let app = self.config.app(&"galene".parse::<AppId>().unwrap()).unwrap();
        let request = arrive(app, &[("room".to_owned(), "seminar B".to_owned())]).unwrap();
        let provider = self.config.provider(&"uni".parse().unwrap()).unwrap();
        let account = Some((AccountId::fresh(), "Dee".to_owned()));
        Context { account, ..Context::of_request(app, &request).with_provider(provider) }
    }

    /// Everything that can be known without an app.
    fn context_of_own_page(&self) -> Context {
        Context { destination: Context::of_own_page().destination, ..self.context() }
    }

    async fn page(&self, public: Public, context: Context) -> RefusalPage {
        let reported = self.broker.report(cause(public).refuse(context), &Visitor::default()).await;
        refusal_page(&self.config, public, &reported)
    }
}

/// A cause that leads to this page.
fn cause(public: Public) -> Cause {
    let uni = || "uni".parse::<ProviderId>().unwrap();
    let at = datetime!(2026-11-23 12:00 UTC);
    match public {
        Public::LoginExpired => Cause::LoginExpired { late: time::Duration::SECOND },
        Public::LoginEvicted => Cause::LoginEvicted(EvictionReason::TooMany),
        Public::ProviderChanged => Cause::IssuerChanged,
        Public::AlreadySignedIn | Public::AlreadyFinished => Cause::LoginReplayed { first: at },
        Public::LoginMissing => Cause::LoginMissing,
        Public::ProviderDenied => Cause::SameAccount,
        Public::ProviderUnreachable => Cause::Upstream(UpstreamError::Busy("503".into())),
        Public::AddressBanned => {
            let why = NotAvailable { kind: Outage::AddressBanned, ..NotAvailable::new("chat", "stream", "banned") };
            Cause::ModuleUnavailable { why, since: None }
        }
        Public::AnswerRefused => Cause::OtherProvider { begun_for: uni() },
        Public::OtherOrganization => Cause::Upstream(UpstreamError::OtherOrganization(rule_violation())),
        Public::ProofUnknown => Cause::Upstream(UpstreamError::ProofUnknown(rule_violation())),
        Public::ProofTooOld => Cause::Upstream(UpstreamError::ProofTooOld(rule_violation())),
        Public::MethodRefused => Cause::Upstream(UpstreamError::MethodRefused(rule_violation())),
        Public::GroupsUnknown => Cause::Upstream(UpstreamError::GroupsUnknown("503".into())),
        Public::ClientRejected => Cause::Upstream(UpstreamError::RequestRejected("invalid_scope".into())),
        Public::WrongPassword => Cause::UnknownUser,
        Public::TooManyAttempts => Cause::Busy("busy"),
        Public::AccountDisabled => {
            let disabled = Disabled { at, by: "root".into() };
            let id = AccountId::fresh();
            let (username, groups) = ("dee".parse().unwrap(), BTreeSet::new());
            let account = Account { id, username, groups, disabled: Some(disabled.clone()), version: 1 };
            Cause::AccountDisabled(Box::new(account), disabled)
        }
        Public::ProviderDisabled => Cause::ProviderDisabled,
        Public::AppDisabled => Cause::AppDisabled,
        Public::NotPermitted => Cause::NotPermitted(Denied::Provider(uni())),
        Public::IdentityUnknown => {
            let key = IdentityKey { provider: uni(), issuer: "https://sso.example.edu".into(), subject: "dee".into() };
            Cause::IdentityUnknown(key)
        }
        Public::LinkRequestOver => Cause::LinkRequestMissing,
        Public::LinkTaken => Cause::LinkNotConfirmed(NotConfirmed::LinkedToAnother),
        Public::LinkProofRefused => Cause::LinkNotConfirmed(NotConfirmed::AccountChanged),
        Public::UsernameMissing => Cause::NamesExhausted,
        Public::UsernameInvalid => {
            let [template, why, fix] = ["{{ name }}", "too long", "cut it"].map(str::to_owned);
            Cause::NoName(UsernameError::Invalid { template, length: 65, why, fix })
        }
        Public::InvalidLink => Cause::LocationRemoved,
        Public::UnusableLink => Cause::Start(StartRefused::StateRequired),
        Public::UnknownApp => Cause::UnknownApp("nowhere".parse().unwrap()),
        Public::ServiceUnavailable | Public::StillSignedIn | Public::PasswordUnchanged => {
            Cause::Signer(SignerError::NoKey { location: String::new() })
        }
        Public::NotFound => Cause::PageNotFound,
        Public::InvalidCallback => Cause::InvalidCallback("it has no state"),
        Public::CrossSiteRequest => Cause::CrossSitePost,
        Public::BadRequest => Cause::BadRequest("an unsupported method"),
    }
}

fn rule_violation() -> RuleViolation {
    RuleViolation::new("C13", "the ID token", "a claim", "none")
}

#[tokio::test]
async fn the_page_of_every_refusal_equals_its_samples() {
    let fixture = Fixture::open().await;
    for public in Public::ALL.iter().copied() {
        let pages = [
            (fixture.page(public, fixture.context()).await, samples::known(public)),
            (fixture.page(public, fixture.context_of_own_page()).await, samples::own_page(public)),
            (fixture.page(public, Context::default()).await, samples::unknown(public)),
        ];
        for (page, sample) in pages {
            assert!(samples::all().contains(&sample), "{public:?} has no sample");
            assert_eq!(without_addresses(page), without_addresses(sample), "{public:?}");
        }
    }
}

/// The page without the parts that differ between refusals: the code, the addresses, and the words for a developer.
fn without_addresses(page: RefusalPage) -> RefusalPage {
    let next_steps =
        page.next_steps.into_iter().map(|step| crate::web::pages::NextStep { href: String::new(), ..step });
    RefusalPage { next_steps: next_steps.collect(), code: None, developer: None, ..page }
}

#[test]
fn every_cause_leads_to_the_page_it_is_listed_for() {
    for public in Public::ALL.iter().copied() {
        let expected = match public {
            // Only the session distinguishes these two.
            Public::AlreadyFinished => Public::AlreadySignedIn,
            // Only the request does.
            Public::StillSignedIn | Public::PasswordUnchanged => Public::ServiceUnavailable,
            public => public,
        };
        assert_eq!(cause(public).public(), expected);
    }
}
