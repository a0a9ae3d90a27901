//! An identity with an address for which its provider is authoritative claims an account that nobody used.

use vestibule::accounts::{AccountRef, Actor, IfMissing};
use vestibule::base::ids::AccountId;
use vestibule::base::mail_address::MailAddress;
use vestibule::base::role::Role;
use vestibule::signin::identify::IdentityKey;
use vestibule::signin::link::LinkProof;
use vestibule::store::{AuditQuery, Event};

use super::{FOUNDING, Fixture, Login, Outcome, Rules, key, name};

fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

fn address(text: &str) -> MailAddress {
    text.parse().unwrap()
}

/// What stands against a claim, beside the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    None,
    NotVerified,
    OtherAddress,
    SharedAddress,
    MadeAtFirstLogin,
    SignedInBefore,
    Disabled,
    HasRole,
    IdentityOfAPerson,
}

const OBSTACLES: [Obstacle; 9] = [
    Obstacle::None,
    Obstacle::NotVerified,
    Obstacle::OtherAddress,
    Obstacle::SharedAddress,
    Obstacle::MadeAtFirstLogin,
    Obstacle::SignedInBefore,
    Obstacle::Disabled,
    Obstacle::HasRole,
    Obstacle::IdentityOfAPerson,
];

impl Fixture {
    /// An account that an admin made, with an identity of the subject `of-NAME` and the address `NAME@example.edu`.
    async fn prepared(&self, called: &str) -> AccountId {
        let by_name = AccountRef::Name(name(called));
        let identity = key(&format!("of-{called}"));
        let made = self.accounts().link(&root(), (&identity, "sub"), &by_name, IfMissing::MakeAccount).await.unwrap();
        self.give(&made.account.id, &format!("{called}@example.edu")).await;
        made.account.id
    }

    async fn give(&self, account: &AccountId, mail: &str) {
        let by_id = AccountRef::Id(account.clone());
        self.accounts().add_address(&root(), &by_id, &address(mail)).await.unwrap();
    }

    fn arrival(&self, subject: &str, mail: Option<&str>) -> Login {
        let rules = Rules { new_account: Some(name("somebody")), ..Rules::default() };
        Login { identity: key(subject), rules, address: mail.map(address), ..self.login() }
    }

    async fn proof_of(&self, identity: &IdentityKey, account: &AccountId) -> Option<LinkProof> {
        let identities = self.store.identities_of(account).await.unwrap();
        identities.into_iter().find(|linked| linked.key == *identity).map(|linked| linked.proof)
    }
}

// L3, L4
pub async fn an_address_claims_only_an_account_that_an_admin_prepared_and_nobody_used(fixture: &Fixture) {
    for (number, obstacle) in OBSTACLES.into_iter().enumerate() {
        let called = format!("dee{number}");
        let mail = format!("{called}@example.edu");
        let account = match obstacle {
            Obstacle::MadeAtFirstLogin => {
                // The planter's own identity, without a sign-in that the day of which is kept.
                let account = fixture.account(&format!("planter-{number}"), &called).await.id;
                fixture.run_sql("UPDATE identity SET proof = 'admin', last_sign_in = NULL").await;
                fixture.give(&account, &mail).await;
                account
            }
            _ => fixture.prepared(&called).await,
        };
        match obstacle {
            Obstacle::None | Obstacle::NotVerified | Obstacle::OtherAddress | Obstacle::MadeAtFirstLogin => {}
            Obstacle::SharedAddress => {
                let other = fixture.prepared("max").await;
                fixture.give(&other, &mail).await;
            }
            Obstacle::SignedInBefore => {
                fixture.arrival(&format!("of-{called}"), None).enter(&fixture.store).await.unwrap();
                // The flag alone decides.
                fixture.run_sql("UPDATE identity SET last_sign_in = NULL").await;
            }
            Obstacle::Disabled => {
                fixture.accounts().disable(&root(), &AccountRef::Id(account.clone())).await.unwrap();
            }
            Obstacle::HasRole => {
                fixture.accounts().give_role(&root(), &AccountRef::Id(account.clone()), Role::Viewer).await.unwrap();
            }
            Obstacle::IdentityOfAPerson => {
                let mut transaction = fixture.store.begin().await.unwrap();
                transaction.link(&key(&format!("trojan-{number}")), &account, FOUNDING).await.unwrap();
                transaction.commit().await.unwrap();
            }
        }
        let attested = match obstacle {
            Obstacle::NotVerified => None,
            Obstacle::OtherAddress => Some("other@example.edu"),
            _ => Some(mail.as_str()),
        };
        let new = format!("new-{number}");
        let (end, session) = fixture.arrival(&new, attested).end(&fixture.store).await;
        assert!(session.is_some(), "{obstacle:?}: {end:?}");
        let expected = (obstacle == Obstacle::None).then_some(LinkProof::Domain);
        assert_eq!(fixture.proof_of(&key(&new), &account).await, expected, "{obstacle:?}");
        let Outcome::Granted(entered, _) = end else { panic!("{end:?}") };
        assert_eq!(entered.as_str() == called, obstacle == Obstacle::None, "{obstacle:?}: {entered}");
    }
    let query = AuditQuery { event: Some(Event::IdentityLinked), limit: 100, ..AuditQuery::default() };
    let rows = fixture.store.audit_list(&query).await.unwrap();
    let detail = |row: &vestibule::store::AuditRow| row.entry.detail.as_ref().unwrap().to_string();
    let claims = rows.iter().filter(|row| detail(row).contains("authoritative_domains"));
    assert_eq!(claims.count(), 1);
}

// L4
pub async fn of_two_identities_with_one_address_one_claims_the_account(fixture: &Fixture) {
    for number in 0..5 {
        let called = format!("dee{number}");
        let account = fixture.prepared(&called).await;
        let mail = format!("{called}@example.edu");
        let (one, two) = (format!("one-{number}"), format!("two-{number}"));
        let (first, second) = (fixture.arrival(&one, Some(&mail)), fixture.arrival(&two, Some(&mail)));
        let _ends = tokio::join!(first.end(&fixture.store), second.end(&fixture.store));
        let proofs = [fixture.proof_of(&key(&one), &account).await, fixture.proof_of(&key(&two), &account).await];
        assert_eq!(proofs.iter().flatten().count(), 1, "{proofs:?}");
    }
}

// L4
pub async fn each_kind_of_first_sign_in_claims_the_account(fixture: &Fixture) {
    let dee = fixture.prepared("dee").await;
    let version = |id: AccountId| async move { fixture.store.account(&id).await.unwrap().unwrap().version };
    let before = version(dee.clone()).await;
    // A token without a session, as an app with a form of its own gets it.
    let token = Login { session: None, id: None, ..fixture.arrival("of-dee", None) };
    assert!(matches!(token.end(&fixture.store).await.0, Outcome::Granted(..)));
    assert_eq!(version(dee.clone()).await, before + 1);
    fixture.run_sql("UPDATE identity SET last_sign_in = NULL").await;
    fixture.arrival("thief", Some("dee@example.edu")).end(&fixture.store).await;
    assert_eq!(fixture.proof_of(&key("thief"), &dee).await, None);
    // Later sign-ins change nothing.
    fixture.arrival("of-dee", None).enter(&fixture.store).await.unwrap();
    assert_eq!(version(dee).await, before + 1);
}
