//! A refusal costs the database the same work, whether the password was right or wrong.

use std::sync::Arc;

use support::{FakeWebhook, Verdict};

use super::{Fixture, visitor};
use crate::base::secret::Secret;
use crate::broker::context::Context;
use crate::broker::refusal::Cause;
use crate::signin::app::WhenUnknown;
use crate::signin::challenge::throttle::FAILURES_EXPIRE_AFTER;
use crate::signin::identify::IdentityKey;
use crate::signin::identify::password::{Credentials, RefusalReason};
use crate::signin::link::LinkProof;
use crate::store::{FailureCount, NewLink, ThrottleKeys, ThrottleSubject, statements_of_this_thread};

const RIGHT: &str = "another horse, and not a battery";
const SUBJECT: &str = "4711";

/// One account with many names. Only for the name `named`, a refusal names the account.
fn judge(name: &str, password: &str) -> Verdict {
    match (name, password) {
        (_, RIGHT) => Verdict::accepted(SUBJECT),
        ("named", _) => Verdict::refused_for(SUBJECT),
        _ => Verdict::refused(),
    }
}

impl Fixture {
    /// The number of database statements that one refused password takes.
    async fn statements(&self, name: &str, password: &str, why: RefusalReason) -> u32 {
        let (live, visitor) = (self.broker.config(), visitor("elsewhere"));
        let hook = live.provider(&"hook".parse().unwrap()).unwrap();
        let typed = Credentials::parse(name.to_owned(), Secret::new(password.to_owned())).unwrap();
        let before = statements_of_this_thread();
        let (modules, context) = ([hook], Context::default());
        let refusal = self.broker.authenticate(&modules, &typed, WhenUnknown::Refuse, &context, &visitor).await;
        let Err(refusal) = refusal else { panic!("{name} is refused") };
        assert!(matches!(&refusal.cause, Cause::PasswordRefused(reason) if *reason == why), "{:?}", refusal.cause);
        statements_of_this_thread() - before
    }
}

// C42
#[tokio::test]
async fn a_right_password_of_an_account_that_waits_takes_as_many_statements_as_a_wrong_one() {
    let webhook = FakeWebhook::start(judge).await;
    let fixture = Fixture::of(&super::CONFIG.replace(
        "[[app]]",
        &format!(
            "[[provider]]\nid = \"hook\"\nkind = \"webhook\"\nname = \"Hook\"\nurl = \"{}\"\n\
             secret = \"a secret of thirty-two characters\"\nallow_private = true\n[[app]]",
            webhook.url()
        ),
    ))
    .await;
    let hook = fixture.broker.config().provider(&"hook".parse().unwrap()).map(Arc::clone).unwrap();
    let account =
        ThrottleKeys::of(&fixture.broker.throttle_mac, ThrottleSubject::Account(&hook.id, SUBJECT), "elsewhere");
    for _ in 0..5 {
        fixture
            .broker
            .store
            .count_failure(
                &[FailureCount::of_no_account(account.all_networks)],
                FAILURES_EXPIRE_AFTER,
                fixture.broker.clock.now(),
            )
            .await
            .unwrap();
    }
    let key = IdentityKey { provider: hook.id.clone(), issuer: hook.module.issuer().clone(), subject: SUBJECT.into() };
    for account_is_there in [false, true] {
        if account_is_there {
            let mut login = fixture.broker.store.begin().await.unwrap();
            login.provision(&key, &"grace".parse().unwrap(), NewLink::of(LinkProof::Founding)).await.unwrap();
            login.commit().await.unwrap();
        }
        let name = |number: u32| format!("name-{number}-{account_is_there}");
        let wrong = fixture.statements(&name(0), "a wrong password", RefusalReason::NameOrPassword).await;
        let wrong_and_named = fixture.statements("named", "a wrong password", RefusalReason::Password).await;
        let right = fixture.statements(&name(1), RIGHT, RefusalReason::AccountThrottled).await;
        let again = fixture.statements(&name(2), RIGHT, RefusalReason::AccountThrottled).await;
        assert_eq!((wrong_and_named, right, again), (wrong, wrong, wrong), "{account_is_there}");
    }
}
