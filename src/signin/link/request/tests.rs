//! Explores every history of a link request, as far as a small model has them, and compares the steps with an oracle.

use std::collections::{BTreeSet, HashSet, VecDeque};

use time::{Duration, OffsetDateTime};

use super::{
    AccountProof, ConfirmFacts, Confirmed, Freshness, LinkRequest, LinkState, NotConfirmed, NotProved, ProvingMethod,
    ProvingSignIn, REQUEST_TIMEOUT,
};
use crate::base::ids::{AccountId, Subject};
use crate::signin::account::{Account, Disabled};
use crate::signin::identify::IdentityKey;

const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
/// Minutes that pass at once. Ages of exactly five and of exactly fifteen minutes occur.
const TICK: i64 = 1;
const LAST_MINUTE: i64 = 16;
/// More changes of the account give no new kind of history.
const LAST_VERSION: u64 = 3;

/// Two accounts: the person's own and another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Holder {
    Own,
    Other,
}

/// The world in which a request lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    minute: i64,
    state: State,
    version: u64,
    disabled: bool,
    /// The account of the identity that proves.
    proving: Option<Holder>,
    /// The account of the new identity.
    new: Option<Holder>,
    /// Kept by the oracle: minute and version of the proof that counts now.
    proof: Option<(i64, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum State {
    Asked,
    Proved { version: u64, at: i64 },
    Finished,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    TimePasses,
    SignsInFresh,
    SignsInStale,
    Confirms,
    GoesBack,
    Dismisses,
    AccountChanges,
    AccountIsDisabled,
    AccountIsEnabled,
    ProvingIdentityMoves,
    AnotherTabLinks(Holder),
}

const EVENTS: [Event; 12] = [
    Event::TimePasses,
    Event::SignsInFresh,
    Event::SignsInStale,
    Event::Confirms,
    Event::GoesBack,
    Event::Dismisses,
    Event::AccountChanges,
    Event::AccountIsDisabled,
    Event::AccountIsEnabled,
    Event::ProvingIdentityMoves,
    Event::AnotherTabLinks(Holder::Own),
    Event::AnotherTabLinks(Holder::Other),
];

fn id(holder: Holder) -> AccountId {
    AccountId::stored(format!("{holder:?}"))
}

fn key(subject: &str) -> IdentityKey {
    IdentityKey {
        provider: "uni".parse().unwrap(),
        issuer: "https://sso.example.edu".into(),
        subject: Subject::from(subject),
    }
}

impl World {
    fn new() -> Self {
        Self {
            minute: 0,
            state: State::Asked,
            version: 1,
            disabled: false,
            proving: Some(Holder::Own),
            new: None,
            proof: None,
        }
    }

    fn now(&self) -> OffsetDateTime {
        START + Duration::minutes(self.minute)
    }

    fn account(&self, holder: Holder) -> Account {
        Account {
            id: id(holder),
            username: "dee".parse().unwrap(),
            groups: BTreeSet::new(),
            disabled: self.disabled.then(|| Disabled { by: "cli:root".to_owned(), at: START }),
            version: self.version,
        }
    }

    fn request(&self) -> LinkRequest {
        let state = match self.state {
            State::Asked => LinkState::Asked,
            State::Finished => LinkState::Finished,
            State::Proved { version, at } => LinkState::Proved(AccountProof {
                account: id(Holder::Own),
                version,
                by: key("proving"),
                freshness: Freshness::AuthTime,
                at: START + Duration::minutes(at),
            }),
        };
        LinkRequest { identity: key("new"), state, expires_at: START + REQUEST_TIMEOUT }
    }

    fn changes(&mut self) -> bool {
        self.version += 1;
        self.version <= LAST_VERSION
    }

    /// Does what the event says, and compares the step with the oracle. `None`: the event changes nothing here.
    fn after(&self, event: Event) -> Option<Self> {
        let mut next = self.clone();
        let open = self.minute < 15 && self.state != State::Finished;
        match event {
            Event::TimePasses => next.minute += TICK,
            Event::SignsInFresh | Event::SignsInStale => {
                let fresh = matches!(event, Event::SignsInFresh);
                let auth_time = self.now() - if fresh { Duration::minutes(5) } else { Duration::minutes(7) };
                let account = self.proving.map(|holder| self.account(holder));
                let method = ProvingMethod::Redirect { auth_time: Some(auth_time) };
                let by = key("proving");
                let proved =
                    self.request().prove(&ProvingSignIn { by: &by, account: account.as_ref(), method }, self.now());
                let other_proved = matches!(self.state, State::Proved { .. }) && self.proving == Some(Holder::Other);
                let allowed = open && fresh && self.proving.is_some() && !self.disabled && !other_proved;
                assert_eq!(proved.is_ok(), allowed, "{self:?} {event:?} {proved:?}");
                let proof = proved.ok()?;
                // The model keeps proofs of the person's own account alone.
                if self.proving != Some(Holder::Own) {
                    return None;
                }
                next.state = State::Proved { version: proof.version, at: self.minute };
                next.proof = Some((self.minute, self.version));
            }
            Event::Confirms => {
                let (holder, account) = (self.new.map(id), self.account(Holder::Own));
                let proved_by = self.proving.map(id);
                let request = self.request();
                let facts = ConfirmFacts {
                    holder: holder.as_ref(),
                    account: Some(&account),
                    proved_by_holder: proved_by.as_ref(),
                };
                let confirmed = request.confirm(&facts, self.now());
                self.compare(open, &confirmed);
                match confirmed.ok()? {
                    Confirmed::Link(_) => {
                        next.new = Some(Holder::Own);
                        next.version += 1;
                    }
                    Confirmed::AlreadyLinked(_) => {}
                }
                next.state = State::Finished;
                next.proof = None;
            }
            Event::GoesBack if matches!(self.state, State::Proved { .. }) => {
                (next.state, next.proof) = (State::Asked, None);
            }
            Event::GoesBack => return None,
            Event::Dismisses => (next.state, next.proof) = (State::Finished, None),
            Event::AccountChanges => return next.changes().then_some(next),
            Event::AccountIsDisabled | Event::AccountIsEnabled => {
                next.disabled = matches!(event, Event::AccountIsDisabled);
                return (next.disabled != self.disabled && next.changes()).then_some(next);
            }
            // An older binary moves identities without a new version.
            Event::ProvingIdentityMoves => {
                next.proving = match self.proving {
                    Some(Holder::Own) => Some(Holder::Other),
                    Some(Holder::Other) => None,
                    None => Some(Holder::Own),
                }
            }
            Event::AnotherTabLinks(to) => {
                next.new = Some(to);
                return (self.new.is_none() && (to == Holder::Other || next.changes())).then_some(next);
            }
        }
        (next != *self && next.minute <= LAST_MINUTE).then_some(next)
    }

    /// What the rules L5 and L7 say, without the code of the request.
    fn compare(&self, open: bool, confirmed: &Result<Confirmed<'_>, NotConfirmed>) {
        let proof = self.proof.filter(|_| open).filter(|(at, _)| self.minute - at <= 5);
        let same_account = proof.is_some() && !self.disabled;
        let links = same_account
            && self.new.is_none()
            && self.proving == Some(Holder::Own)
            && proof.is_some_and(|(_, version)| version == self.version);
        let is_linked = same_account && self.new == Some(Holder::Own);
        assert_eq!(matches!(confirmed, Ok(Confirmed::Link(_))), links, "{self:?} {confirmed:?}");
        assert_eq!(matches!(confirmed, Ok(Confirmed::AlreadyLinked(_))), is_linked, "{self:?} {confirmed:?}");
    }
}

// L5, L6, L7, L10
#[test]
fn no_history_links_an_identity_without_two_proofs_and_a_confirmation() {
    let mut seen = HashSet::from([World::new()]);
    let mut waiting = VecDeque::from([World::new()]);
    let mut links = 0;
    while let Some(world) = waiting.pop_front() {
        for event in EVENTS {
            let Some(next) = world.after(event) else { continue };
            if matches!(event, Event::Confirms) && next.new != world.new {
                links += 1;
                // Independent of the code that decides: somebody proved this account, and nothing came between.
                assert!(matches!(world.state, State::Proved { .. }) && world.proof.is_some(), "{world:?}");
            }
            if seen.insert(next.clone()) {
                waiting.push_back(next);
            }
        }
    }
    assert!(seen.len() > 5_000 && links > 50, "{} states, {links} links", seen.len());
}

// L6
#[test]
fn only_a_sign_in_of_just_now_proves_an_account() {
    let world = World::new();
    let (by, account) = (key("proving"), world.account(Holder::Own));
    let proved = |method| {
        let sign_in = ProvingSignIn { by: &by, account: Some(&account), method };
        world.request().prove(&sign_in, world.now()).map(|proof| proof.freshness)
    };
    let redirect = |ago: i64| ProvingMethod::Redirect { auth_time: Some(world.now() - Duration::seconds(ago)) };
    assert_eq!(proved(ProvingMethod::Password), Ok(Freshness::Password));
    assert_eq!(proved(ProvingMethod::Redirect { auth_time: None }), Ok(Freshness::RoundTrip));
    assert_eq!(proved(redirect(0)), Ok(Freshness::AuthTime));
    // A provider's clock may be a minute behind ours.
    assert_eq!(proved(redirect(360)), Ok(Freshness::AuthTime));
    assert_eq!(proved(redirect(361)), Err(NotProved::NotFresh { age: Duration::seconds(361) }));
}

#[test]
fn freshness_is_read_as_it_is_written() {
    for freshness in [Freshness::Password, Freshness::AuthTime, Freshness::RoundTrip] {
        assert_eq!(freshness.as_str().parse(), Ok(freshness));
    }
    assert!("".parse::<Freshness>().is_err());
}
