//! Tests of what one server is spared that bans addresses. The rest is told by stories over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::Duration;

use super::{CountsUnknown, Turnstile};
use crate::base::clock::Clock;
use crate::base::secret::MasterKey;
use crate::broker::{Broker, Site, Visitor};
use crate::config::{self, Environment};
use crate::signer::Signer;
use crate::signer::rotation::Schedule;
use crate::signin::identify::password::{Held, HeldBy, NotAccepted, Wrong};
use crate::store::{Database, Store};
use crate::upstream::Challenge;
use crate::upstream::attempt::{Gate as _, Password};
use crate::upstream::registry::Registry;

const CONFIG: &str = r#"
[server]
public_url = "https://auth.example.org"
[[provider]]
id = "chat"
kind = "xmpp"
name = "Chat"
domains = ["example.org"]
[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
locations = ["https://notes.example.org/signed-in"]
[[app.allow]]
"#;

struct Bench {
    broker: Broker,
    turned: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let turned = Arc::new(AtomicI64::new(0));
        let (system, turn) = (Clock::system(), Arc::clone(&turned));
        let clock = Clock::turned_by(move || system.now() + Duration::seconds(turn.load(Ordering::SeqCst)));
        let config = config::read(CONFIG, &folder.path().join("c.toml"), &Environment::default(), &Registry).unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), clock.clone()).await.unwrap();
        let (master, schedule) = (MasterKey::fresh(), Schedule::for_tokens_of(std::time::Duration::from_mins(1)));
        let signer = Signer::open(&store, &master, &schedule, clock.clone()).await.unwrap();
        let site = Site::new(&config, &store, &clock).unwrap();
        let broker = Broker::new(site, Arc::new(store), Arc::new(signer), &master, clock);
        Self { broker, turned, _folder: folder }
    }

    fn wait(&self, time: Duration) {
        self.turned.fetch_add(time.whole_seconds(), Ordering::SeqCst);
    }

    /// One try, as far as the server answers it.
    async fn try_one(&self, name: &str, network: &str, said: Result<(), NotAccepted>) -> Result<(), Held> {
        let (site, visitor) = (self.broker.site(), visitor(network));
        let provider = site.provider(&"chat".parse().unwrap()).unwrap();
        let turnstile = Turnstile::new(&self.broker, name, &visitor);
        let Challenge::Password(module) = provider.module.challenge() else { panic!("it checks passwords") };
        let gate = turnstile.at(provider, module.strangers_failures());
        gate.pass(name).await?;
        gate.heard(&said, Password::HandedOut, CountsUnknown::Yes);
        match said {
            Ok(()) => turnstile.went_well().await.unwrap(),
            Err(_) => turnstile.went_wrong().await.unwrap(),
        }
        Ok(())
    }

    async fn fail(&self, name: &str, network: &str) -> Result<(), Held> {
        self.try_one(name, network, Err(NotAccepted::Refused { why: Wrong::NameOrPassword, who: None })).await
    }
}

fn visitor(network: &str) -> Visitor {
    Visitor { network: Some(network.to_owned()), ..Visitor::default() }
}

// C43: ejabberd bans an address after 20 failures in a row, and all sign-ins come from one address
#[tokio::test]
async fn strangers_wait_before_a_server_bans_our_address_and_people_who_are_known_do_not() {
    let bench = Bench::new().await;
    bench.try_one("ada@example.org", "home", Ok(())).await.unwrap();
    for number in 0..7 {
        bench.fail(&format!("name-{number}@example.org"), "one").await.unwrap();
    }
    let held = bench.fail("another@example.org", "one").await.unwrap_err();
    assert_eq!((held.by, held.seconds), (HeldBy::Network, 3660));
    for number in 7..15 {
        bench.fail(&format!("name-{number}@example.org"), &format!("network-{number}")).await.unwrap();
    }
    let held = bench.fail("another@example.org", "elsewhere").await.unwrap_err();
    assert_eq!(held.by, HeldBy::Server);
    // Known people get in, and may still mistype.
    bench.fail("ada@example.org", "home").await.unwrap();
    assert!(bench.fail("another@example.org", "elsewhere").await.is_err());
    bench.wait(Duration::minutes(60));
    assert!(bench.fail("another@example.org", "elsewhere").await.is_err(), "the server counts ada's, too");
    bench.wait(Duration::minutes(1));
    bench.fail("another@example.org", "elsewhere").await.unwrap();
    for number in 0..14 {
        bench.fail(&format!("late-{number}@example.org"), &format!("late-{number}")).await.unwrap();
    }
    assert!(bench.fail("another@example.org", "one").await.is_err(), "and again, they are few");
    // With a yes the server begins to count anew.
    bench.try_one("ada@example.org", "home", Ok(())).await.unwrap();
    bench.fail("another@example.org", "one").await.unwrap();
}

// C43
#[tokio::test]
async fn strangers_who_come_at_once_are_as_few() {
    let bench = Bench::new().await;
    let site = bench.broker.site();
    let provider = site.provider(&"chat".parse().unwrap()).unwrap();
    let names: Vec<_> = (0..40).map(|number| format!("name-{number}")).collect();
    let visitors: Vec<_> = names.iter().map(|name| visitor(name)).collect();
    let tries: Vec<_> =
        names.iter().zip(&visitors).map(|(name, visitor)| Turnstile::new(&bench.broker, name, visitor)).collect();
    let mut let_through = 0;
    for (one, name) in tries.iter().zip(&names) {
        let_through += u32::from(one.at(provider, Some(15)).pass(name).await.is_ok());
    }
    assert_eq!(let_through, 15);
}
