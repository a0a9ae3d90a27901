//! All providers of one sign-in share a time limit.

use std::time::Duration;

use support::{FakeWebhook, Verdict};

use super::{Fixture, visitor};
use crate::base::secret::Secret;
use crate::broker::password::ask_modules;
use crate::broker::provider_time::ProviderDeadline;
use crate::broker::throttle::state::PasswordOutcome;
use crate::broker::throttle::{LoginThrottle, UnknownNames};
use crate::signin::identify::password::{Credentials, ModulesOutcome, NotAccepted};

fn hook(id: &str, url: &str) -> String {
    format!(
        "[[provider]]\nid = \"{id}\"\nkind = \"webhook\"\nname = \"{id}\"\nurl = \"{url}\"\nsecret = \"s\"\n\
         timeout = \"30s\"\nallow_private = true\n"
    )
}

#[tokio::test]
async fn providers_that_hang_share_one_time_limit_and_the_first_one_is_named() {
    let [first, second] =
        [FakeWebhook::start(|_, _| Verdict::NoAnswer).await, FakeWebhook::start(|_, _| Verdict::NoAnswer).await];
    let hooks = [hook("first", first.url()), hook("second", second.url())].concat();
    let fixture = Fixture::of(&super::CONFIG.replace("[[app]]", &format!("{hooks}[[app]]"))).await;
    let (live, visitor) = (fixture.broker.config(), visitor("home"));
    let modules = ["first", "second"].map(|id| live.provider(&id.parse().unwrap()).unwrap());
    let typed = Credentials::parse("ada".to_owned(), Secret::new("horse".to_owned())).unwrap();
    let throttle = LoginThrottle::new(&fixture.broker, "ada", &visitor);
    let deadline = ProviderDeadline::after(Duration::from_secs(1));
    let asked = ask_modules(&modules, &typed, &throttle, UnknownNames::Count, deadline);
    let answer = tokio::time::timeout(Duration::from_secs(20), asked).await.expect("the limit of all providers holds");
    let ModulesOutcome::Refused(provider, NotAccepted::NotAvailable(why)) = answer else { panic!("not refused") };
    assert_eq!((provider.id.as_str(), why.server.as_str()), ("first", "provider first"));
    assert!(why.why.contains("; shorten the `timeout`"), "{why}");
    assert_eq!((first.requests(), second.requests()), (1, 0));
    // C43: the first one had the password.
    let outcome = |id: &str| throttle.state().providers.get(&id.parse().unwrap()).map(|attempt| attempt.outcome);
    assert_eq!(outcome("first"), Some(PasswordOutcome::NotAccepted));
    assert_ne!(outcome("second"), Some(PasswordOutcome::NotAccepted));
}
