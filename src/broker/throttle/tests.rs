//! Tests of waits at a server that bans addresses, and of timing. Stories over HTTP test the rest.

mod provider_time;
mod same_work;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::Duration;

use super::{LoginThrottle, UnknownNames};
use crate::accounts::{Accounts, Actor};
use crate::base::clock::Clock;
use crate::base::secret::{MasterKey, Secret};
use crate::broker::refusal::Cause;
use crate::broker::report::refusal_entry;
use crate::broker::{Broker, Context, LiveConfig, Visitor};
use crate::config::{self, Environment};
use crate::signer::Signer;
use crate::signer::rotation::Schedule;
use crate::signin::challenge::throttle::{Throttled, ThrottledBy};
use crate::signin::identify::password::{Credentials, NotAccepted, RefusalReason};
use crate::store::{Database, Store};
use crate::upstream::Challenge;
use crate::upstream::KINDS;
use crate::upstream::attempt::{Attempt, Gate as _, PasswordState};

const CONFIG: &str = r#"
[server]
public_url = "https://auth.example.org"
[[provider]]
id = "chat"
kind = "xmpp"
name = "Chat"
domains = ["example.org"]
[[provider]]
id = "machine"
kind = "pam"
name = "Machine"
[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
locations = ["https://notes.example.org/signed-in"]
[[app.allow]]
"#;

struct Fixture {
    broker: Broker,
    clock_offset: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::of(CONFIG).await
    }

    async fn of(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock_offset = Arc::new(AtomicI64::new(0));
        let (system, offset) = (Clock::system(), Arc::clone(&clock_offset));
        let clock = Clock::from_fn(move || system.now() + Duration::seconds(offset.load(Ordering::SeqCst)));
        let config = config::read(config, &folder.path().join("c.toml"), &Environment::default(), &KINDS).unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), clock.clone()).await.unwrap();
        let (master, schedule) = (MasterKey::fresh(), Schedule::for_tokens_of(std::time::Duration::from_mins(1)));
        let signer = Signer::open(&store, &master, &schedule, clock.clone()).await.unwrap();
        let live = LiveConfig::new(&config, &store, &clock).unwrap();
        let broker = Broker::new(live, Arc::new(store), Arc::new(signer), &master, clock);
        Self { broker, clock_offset, _folder: folder }
    }

    fn wait(&self, time: Duration) {
        self.clock_offset.fetch_add(time.whole_seconds(), Ordering::SeqCst);
    }

    /// One attempt, up to the server's answer.
    async fn attempt(&self, name: &str, network: &str, answer: Result<(), NotAccepted>) -> Result<(), Throttled> {
        let (live, visitor) = (self.broker.config(), visitor(network));
        let provider = live.provider(&"chat".parse().unwrap()).unwrap();
        let throttle = LoginThrottle::new(&self.broker, name, &visitor);
        let Challenge::Password(module) = provider.module.challenge() else { panic!("it checks passwords") };
        let gate = throttle.gate(provider, module.bans_after());
        gate.admit_account(name).await?;
        gate.record(&answer, PasswordState::HandedOut, UnknownNames::Count);
        match answer {
            Ok(()) => throttle.succeeded().await,
            Err(_) => throttle.failed().await.unwrap(),
        }
        Ok(())
    }

    async fn fail(&self, name: &str, network: &str) -> Result<(), Throttled> {
        self.attempt(name, network, Err(NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None }))
            .await
    }
}

fn visitor(network: &str) -> Visitor {
    Visitor { network: Some(network.to_owned()), ..Visitor::default() }
}

// C43: ejabberd bans an address after 20 failures in a row, and all sign-ins come from one address
#[tokio::test]
async fn strangers_wait_before_a_server_bans_our_address_but_known_people_do_not() {
    let fixture = Fixture::new().await;
    fixture.attempt("ada@example.org", "home", Ok(())).await.unwrap();
    for number in 0..7 {
        fixture.fail(&format!("name-{number}@example.org"), "one").await.unwrap();
    }
    let throttled = fixture.fail("another@example.org", "one").await.unwrap_err();
    assert_eq!((throttled.by, throttled.seconds), (ThrottledBy::NetworkAtServer, 4260));
    for number in 7..15 {
        fixture.fail(&format!("name-{number}@example.org"), &format!("network-{number}")).await.unwrap();
    }
    let throttled = fixture.fail("another@example.org", "elsewhere").await.unwrap_err();
    assert_eq!(throttled.by, ThrottledBy::Server);
    // Known people get in, and may still mistype.
    fixture.fail("ada@example.org", "home").await.unwrap();
    assert!(fixture.fail("another@example.org", "elsewhere").await.is_err());
    fixture.wait(Duration::minutes(70));
    assert!(fixture.fail("another@example.org", "elsewhere").await.is_err(), "the server counts ada's failure, too");
    fixture.wait(Duration::minutes(1));
    fixture.fail("another@example.org", "elsewhere").await.unwrap();
    for number in 0..14 {
        fixture.fail(&format!("late-{number}@example.org"), &format!("late-{number}")).await.unwrap();
    }
    assert!(fixture.fail("another@example.org", "one").await.is_err(), "the limit holds again");
    // After a right password the server counts from zero.
    fixture.attempt("ada@example.org", "home", Ok(())).await.unwrap();
    fixture.fail("another@example.org", "one").await.unwrap();
}

// C43: the server forgets nothing when an administrator forgives failures here
#[tokio::test]
async fn a_release_of_everybody_keeps_what_a_server_that_bans_has_seen() {
    let fixture = Fixture::new().await;
    for number in 0..15 {
        fixture.fail(&format!("name-{number}"), &format!("network-{number}")).await.unwrap();
    }
    let accounts = Accounts::new(Store::clone(&fixture.broker.store), fixture.broker.clock.clone());
    let released = accounts.release_all(&Actor::Server).await.unwrap();
    // Of each name and each network; and kept: of the server, and of each network there.
    assert_eq!((released.forgiven, released.kept), (45, 16));
    let throttled = fixture.fail("another", "elsewhere").await.unwrap_err();
    assert_eq!(throttled.by, ThrottledBy::Server);
    for by in [ThrottledBy::Server, ThrottledBy::NetworkAtServer] {
        let refusal = Cause::Throttled(Throttled { by, ..throttled }).refuse(Context::default());
        let detail = refusal_entry(&refusal, fixture.broker.clock.now()).detail.unwrap();
        assert!(detail.contains("bans_after = false") && !detail.contains("ends the wait"), "{detail}");
    }
    fixture.wait(Duration::minutes(71));
    assert_eq!(accounts.release_all(&Actor::Server).await.unwrap().kept, 0);
    fixture.fail("another", "elsewhere").await.unwrap();
}

// C43: the server counts the failures of people who are known here, too
#[tokio::test]
async fn known_people_wait_last_but_before_the_server_bans_our_address() {
    let fixture = Fixture::new().await;
    let people: Vec<_> = (0..30).map(|number| format!("person-{number}")).collect();
    for person in &people {
        fixture.attempt(person, "school", Ok(())).await.unwrap();
    }
    for number in 0..15 {
        fixture.fail(&format!("name-{number}"), &format!("network-{number}")).await.unwrap();
    }
    assert!(fixture.fail("another", "elsewhere").await.is_err());
    for person in people.iter().take(4) {
        fixture.fail(person, "school").await.unwrap();
    }
    // The server has seen 19 failures in a row, and the next one would be the ban.
    for person in &people {
        let throttled = fixture.fail(person, "school").await.unwrap_err();
        assert_eq!((throttled.by, throttled.seconds), (ThrottledBy::Server, 4260), "{person}");
    }
    fixture.wait(Duration::minutes(71));
    for person in people.iter().skip(4).take(19) {
        fixture.fail(person, "school").await.unwrap();
    }
    assert_eq!(fixture.fail("person-29", "school").await.unwrap_err().by, ThrottledBy::Server);
}

// C43
#[tokio::test]
async fn attempts_at_once_stay_below_the_limit_of_the_server() {
    let fixture = Fixture::new().await;
    let names: Vec<_> = (0..40).map(|number| format!("name-{number}")).collect();
    assert_eq!(let_through_at_once(&fixture, &names).await, 15, "strangers");
    for name in &names {
        fixture.attempt(name, name, Ok(())).await.unwrap();
    }
    assert_eq!(let_through_at_once(&fixture, &names).await, 19, "known people");
}

/// How many of these names get to the server before its first answer. Each comes from its own network.
async fn let_through_at_once(fixture: &Fixture, names: &[String]) -> usize {
    let live = fixture.broker.config();
    let provider = live.provider(&"chat".parse().unwrap()).unwrap();
    let visitors: Vec<_> = names.iter().map(|name| visitor(name)).collect();
    let throttles: Vec<_> =
        names.iter().zip(&visitors).map(|(name, visitor)| LoginThrottle::new(&fixture.broker, name, visitor)).collect();
    let mut let_through = 0;
    for (one, name) in throttles.iter().zip(names) {
        let_through += usize::from(one.gate(provider, Some(20)).admit_account(name).await.is_ok());
    }
    for one in throttles {
        one.ignore();
    }
    let_through
}

// C43: an attacker who has a /48 has 65,536 networks of /64
#[tokio::test]
async fn strangers_of_one_ipv6_site_share_the_limit_of_one_network() {
    let fixture = Fixture::new().await;
    for number in 0..7 {
        fixture.fail(&format!("name-{number}"), &format!("2001:db8:1:{number}::/64")).await.unwrap();
    }
    let throttled = fixture.fail("another", "2001:db8:1:ffff::/64").await.unwrap_err();
    assert_eq!(throttled.by, ThrottledBy::NetworkAtServer);
    fixture.fail("another", "2001:db8:2::/64").await.unwrap();
    fixture.fail("one-more", "198.51.100.0/24").await.unwrap();
}

// C43: a server that exempts our address
#[tokio::test]
async fn a_server_that_bans_nobody_adds_no_wait() {
    let fixture = Fixture::of(&CONFIG.replace("domains =", "bans_after = false\ndomains =")).await;
    for number in 0..40 {
        fixture.fail(&format!("name-{number}"), "one").await.unwrap();
    }
}

// C43
#[tokio::test]
async fn a_server_that_bans_early_gets_fewer_failures() {
    let fixture = Fixture::of(&CONFIG.replace("domains =", "bans_after = 5\ndomains =")).await;
    fixture.attempt("ada", "home", Ok(())).await.unwrap();
    for number in 0..3 {
        fixture.fail(&format!("name-{number}"), &format!("network-{number}")).await.unwrap();
    }
    assert_eq!(fixture.fail("another", "elsewhere").await.unwrap_err().by, ThrottledBy::Server);
    fixture.fail("ada", "home").await.unwrap();
    assert_eq!(fixture.fail("ada", "home").await.unwrap_err().by, ThrottledBy::Server);
}

// C43
#[tokio::test]
async fn each_provider_counts_a_networks_refusals_even_if_a_later_provider_accepts_the_password() {
    let fixture = Fixture::new().await;
    let (live, visitor) = (fixture.broker.config(), visitor("school"));
    let [first, second] = ["chat", "machine"].map(|id| live.provider(&id.parse().unwrap()).unwrap());
    // How many of 60 names the first provider gets. Each has the right password of the second one.
    let mut asked = 0;
    for number in 0..60 {
        let name = format!("name-{number}");
        let throttle = LoginThrottle::new(&fixture.broker, &name, &visitor);
        let gate = throttle.gate(first, None);
        if gate.admit_account(&name).await.is_ok() {
            asked += 1;
            let refused: Result<(), _> = Err(NotAccepted::Refused { why: RefusalReason::Password, subject: None });
            gate.record(&refused, PasswordState::HandedOut, UnknownNames::Count);
        }
        let gate = throttle.gate(second, None);
        gate.admit_account(&name).await.expect("a newcomer at the second provider never waits");
        gate.record(&Ok(()), PasswordState::HandedOut, UnknownNames::Count);
        throttle.succeeded().await;
    }
    assert_eq!(asked, 50);
    let throttle = LoginThrottle::new(&fixture.broker, "another", &visitor);
    let throttled = throttle.gate(first, None).admit_account("another").await.unwrap_err();
    assert_eq!(throttled.by, ThrottledBy::Network);
}

// C43: a directory counts a failure for each form of a password that it gets
#[tokio::test]
async fn a_password_sent_in_two_forms_counts_twice_and_takes_two_free_tries() {
    let fixture = Fixture::new().await;
    let (live, visitor) = (fixture.broker.config(), visitor("home"));
    let provider = live.provider(&"chat".parse().unwrap()).unwrap();
    let fail = async || {
        let throttle = LoginThrottle::new(&fixture.broker, "ada", &visitor);
        let gate = throttle.gate(provider, None);
        gate.admit_account("4711").await?;
        let again = gate.admit_account_again("4711").await;
        let refused: Result<(), _> = Err(NotAccepted::Refused { why: RefusalReason::Password, subject: None });
        gate.record(&refused, PasswordState::HandedOut, UnknownNames::Count);
        throttle.failed().await.unwrap();
        Ok::<_, Throttled>(again.is_ok())
    };
    let attempts = [fail().await, fail().await, fail().await].map(Result::unwrap);
    assert_eq!(attempts, [true, true, false], "five tries are free, and the third attempt has one left");
    assert_eq!(fail().await.unwrap_err().by, ThrottledBy::Account);
    fixture.wait(Duration::minutes(15));
    assert!(!fail().await.unwrap(), "after the wait, one form at a time");
}

// C43: a server that bans addresses counts the refusal of an unknown name, too
#[tokio::test]
async fn a_login_with_an_unknown_name_counts_at_a_server_that_bans_but_at_no_account() {
    let fixture = Fixture::new().await;
    let (live, visitors) = (fixture.broker.config(), ["home", "school", "work"].map(visitor));
    let provider = live.provider(&"chat".parse().unwrap()).unwrap();
    let fail = async |number: usize, refused: bool| {
        let name = format!("name-{number}");
        let throttle = LoginThrottle::new(&fixture.broker, &name, &visitors[number % 3]);
        let gate = throttle.gate(provider, Some(20));
        gate.admit_account(&name).await?;
        let typed = Credentials::parse(name.clone(), Secret::new("wrong".into())).unwrap();
        let attempt = Attempt::new(&typed, &gate);
        let again = attempt.with_unknown_name(async { refused }).await;
        let answer: Result<(), _> = Err(NotAccepted::Refused { why: RefusalReason::NotChecked, subject: None });
        gate.record(&answer, PasswordState::HandedOut, UnknownNames::Count);
        throttle.failed().await.unwrap();
        again.map(drop)
    };
    for number in 0..5 {
        fail(number, true).await.unwrap();
    }
    for number in 5..9 {
        fail(number, false).await.unwrap();
    }
    // Fourteen failures of the fifteen that strangers may have.
    assert_eq!(fail(9, true).await.unwrap_err().by, ThrottledBy::AttemptsInFlight, "no second login");
    assert_eq!(fixture.fail("another", "elsewhere").await.unwrap_err().by, ThrottledBy::Server);

    let fixture = Fixture::of(&CONFIG.replace("domains =", "bans_after = false\ndomains =")).await;
    let visitor = visitor("home");
    for _ in 0..5 {
        let throttle = LoginThrottle::new(&fixture.broker, "ada", &visitor);
        let gate = throttle.gate(provider, None);
        gate.admit_account("ada").await.unwrap();
        gate.admit_unknown_name().await.unwrap();
        gate.record::<()>(&Err(NotAccepted::Unknown), PasswordState::HandedOut, UnknownNames::Count);
        throttle.failed().await.unwrap();
    }
    assert_eq!(fixture.fail("ada", "home").await.unwrap_err().by, ThrottledBy::Account);
}

// C42: PAM answers refusals at full seconds
#[tokio::test]
async fn a_right_password_that_must_look_wrong_is_delayed_like_a_refusal() {
    let fixture = Fixture::new().await;
    let (live, visitor) = (fixture.broker.config(), visitor("home"));
    let provider = live.provider(&"machine".parse().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store_error = Store::open(&Database::file(folder.path()), Clock::system()).await.unwrap_err();
    for cause in [
        Cause::PasswordRefused(RefusalReason::ChangedMeanwhile),
        Cause::Busy("the queue is full"),
        Cause::Store(store_error),
    ] {
        let throttle = LoginThrottle::new(&fixture.broker, "ada", &visitor);
        let begun = std::time::Instant::now();
        throttle.gate(provider, None).record(&Ok(()), PasswordState::HandedOut, UnknownNames::Count);
        let refusal = throttle.settle_refused(cause.refuse(Context::default())).await;
        assert!(begun.elapsed() >= std::time::Duration::from_secs(1), "{:?}: {}", begun.elapsed(), refusal.cause);
    }
}

// C42: the counts are read as often for an unknown name as for the name of an account
#[tokio::test]
async fn an_unknown_name_is_remembered_like_the_name_of_an_account() {
    let fixture = Fixture::new().await;
    let (live, visitor) = (fixture.broker.config(), visitor("home"));
    let provider = live.provider(&"machine".parse().unwrap()).unwrap();
    let known = NotAccepted::Refused { why: RefusalReason::Password, subject: Some("1".into()) };
    for (name, account, answer) in [("ada", "1", known), ("zoe", "zoe", NotAccepted::Unknown)] {
        let first = LoginThrottle::new(&fixture.broker, name, &visitor);
        let gate = first.gate(provider, None);
        gate.admit_lookup().await.unwrap();
        gate.admit_account(account).await.unwrap();
        let answer = Err(answer);
        gate.admit_answer(&answer).await.unwrap();
        gate.remember_answer(&answer);
        let again = LoginThrottle::new(&fixture.broker, name, &visitor);
        again.gate(provider, None).admit_lookup().await.unwrap();
        assert_eq!(again.subject(&provider.id), Some(account.into()), "{name}");
    }
}
