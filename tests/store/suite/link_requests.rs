//! Link requests: the question at a first login, the proof of an account, and the answer.

use std::time::Duration;

use vestibule::accounts::{AccountRef, Actor, IfMissing};
use vestibule::base::ids::{AccountId, Group, LinkRequestId, LoginId};
use vestibule::signin::identify::IdentityKey;
use vestibule::signin::link::LinkProof;
use vestibule::signin::link::request::{LinkState, NotConfirmed, NotProved, ProvingMethod};
use vestibule::store::{
    AuditQuery, Event, LinkAnswer, LinkChoice, LinkProofToKeep, ProofEnd, ReplayKey, SingleUse, Store,
};

use super::{Fixture, Login, MINUTE, Outcome, Rules, key, name};

/// The new identity has the subject `new`. The account `dee` has the identity of the subject `1`.
impl Fixture {
    fn first_login(&self) -> Login {
        let rules = Rules { asks: true, new_account: Some(name("wished")), ..Rules::default() };
        Login { identity: key("new"), rules, ..self.login() }
    }

    /// Signs in with the new identity, and is asked.
    async fn ask(&self) -> LinkRequestId {
        match self.first_login().end(&self.store).await {
            (Outcome::Asked(request), None) => request,
            other => panic!("{other:?}"),
        }
    }

    fn proof<'p>(&self, request: LinkRequestId, by: &'p IdentityKey) -> LinkProofToKeep<'p> {
        let login = ReplayKey::Login(LoginId::fresh(self.now()));
        LinkProofToKeep {
            request,
            by,
            subject_source: "sub",
            method: ProvingMethod::Redirect { auth_time: Some(self.now()) },
            password: None,
            single_use: Some(SingleUse { key: login, expires_at: self.now() + 10 * MINUTE }),
            now: self.now(),
        }
    }

    async fn prove(&self, request: LinkRequestId) {
        let (store, by) = (&self.store, key("1"));
        assert_eq!(store.prove_account(&self.proof(request, &by)).await.unwrap(), ProofEnd::Proved);
    }

    fn answer(&self, request: LinkRequestId, choice: LinkChoice) -> Login {
        Login { id: None, answer: Some(LinkAnswer { request, choice }), ..self.first_login() }
    }

    async fn confirm(&self, request: LinkRequestId) -> Outcome {
        self.answer(request, LinkChoice::LinkToProved).end(&self.store).await.0
    }

    async fn holder_of_new(&self) -> Option<AccountId> {
        self.store.account_by_identity(&key("new")).await.unwrap().map(|account| account.id)
    }

    async fn events(&self, event: Event) -> usize {
        let query = AuditQuery { event: Some(event), limit: 100, ..AuditQuery::default() };
        self.store.audit_list(&query).await.unwrap().len()
    }
}

// L5, L8
pub async fn a_confirmed_identity_opens_the_proved_account_and_other_sessions_end(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let session = fixture.login().enter(&fixture.store).await.unwrap();
    let other = fixture.ask().await;
    let request = fixture.ask().await;
    assert!(fixture.holder_of_new().await.is_none());
    fixture.prove(other).await;
    fixture.prove(request).await;
    assert!(fixture.holder_of_new().await.is_none(), "a proof links nothing");

    let (end, opened) = fixture.answer(request, LinkChoice::LinkToProved).end(&fixture.store).await;
    assert!(matches!(&end, Outcome::Granted(username, _) if *username == dee.username), "{end:?}");
    assert_eq!(fixture.holder_of_new().await, Some(dee.id.clone()));
    let live = |id| fixture.store.live_session(id, fixture.now());
    assert!(live(session).await.unwrap().is_none());
    assert_eq!(live(opened.unwrap()).await.unwrap().unwrap().signed_in.subject.as_str(), "new");
    let identities = fixture.store.identities_of(&dee.id).await.unwrap();
    let linked = identities.iter().find(|linked| linked.key == key("new")).unwrap();
    assert_eq!((linked.proof, linked.linked_from.as_deref()), (LinkProof::Proven, Some("192.0.2.0/24")));
    assert!(linked.last_sign_in.is_some());
    assert_eq!(fixture.store.account(&dee.id).await.unwrap().unwrap().version, dee.version + 1);

    // The request is finished, and what the provider said is gone. The proof of the other request no longer counts.
    assert_eq!(fixture.confirm(request).await, Outcome::NotConfirmed(NotConfirmed::RequestOver));
    let stored = fixture.store.link_request(request).await.unwrap().unwrap();
    assert_eq!((stored.request.state, stored.login), (LinkState::Finished, None));
    let LinkState::Proved(proof) = fixture.store.link_request(other).await.unwrap().unwrap().request.state else {
        panic!("the other request has a proof");
    };
    assert_ne!(proof.version, fixture.store.account(&dee.id).await.unwrap().unwrap().version);
    let counts = [fixture.events(Event::LinkAsked).await, fixture.events(Event::IdentityLinked).await];
    assert_eq!(counts, [2, 1]);
    // From now on, it signs in like any other.
    let again = Login { identity: key("new"), ..fixture.login() };
    assert!(matches!(again.end(&fixture.store).await.0, Outcome::Granted(username, _) if username == dee.username));
}

// L5
pub async fn each_change_of_the_account_after_the_proof_needs_a_new_proof(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let (accounts, by_id) = (fixture.accounts(), AccountRef::Id(dee.id.clone()));
    let root = Actor::Operator { user: "root".to_owned() };
    let refused = |why| Outcome::NotConfirmed(why);
    let request = fixture.ask().await;
    fixture.prove(request).await;
    accounts.add_to_group(&root, &by_id, &Group::parse("staff").unwrap()).await.unwrap();
    assert_eq!(fixture.confirm(request).await, refused(NotConfirmed::AccountChanged));
    fixture.prove(request).await;
    accounts.unlink(&root, &key("1")).await.unwrap();
    assert_eq!(fixture.confirm(request).await, refused(NotConfirmed::AccountChanged));
    let by = key("1");
    let proved = fixture.store.prove_account(&fixture.proof(request, &by)).await.unwrap();
    assert_eq!(proved, ProofEnd::NotProved(NotProved::NoAccount));

    accounts.link(&root, (&key("1"), "sub"), &by_id, IfMissing::Refuse).await.unwrap();
    fixture.prove(request).await;
    accounts.disable(&root, &by_id).await.unwrap();
    assert_eq!(fixture.confirm(request).await, refused(NotConfirmed::AccountClosed));
    let proved = fixture.store.prove_account(&fixture.proof(request, &by)).await.unwrap();
    assert_eq!(proved, ProofEnd::NotProved(NotProved::AccountDisabled));
    accounts.enable(&root, &by_id).await.unwrap();
    fixture.prove(request).await;
    accounts.remove(&root, &by_id).await.unwrap();
    assert_eq!(fixture.confirm(request).await, refused(NotConfirmed::AccountClosed));
    assert!(fixture.holder_of_new().await.is_none());
}

// L5, L7
pub async fn a_proof_lasts_five_minutes_counts_once_and_for_its_request_alone(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let (request, other) = (fixture.ask().await, fixture.ask().await);
    let by = key("1");
    let proof = fixture.proof(request, &by);
    assert_eq!(fixture.store.prove_account(&proof).await.unwrap(), ProofEnd::Proved);
    let again = fixture.store.prove_account(&proof).await.unwrap();
    assert!(matches!(again, ProofEnd::Replayed { .. }), "{again:?}");
    assert_eq!(fixture.confirm(other).await, Outcome::NotConfirmed(NotConfirmed::NothingProved));
    fixture.advance_clock(5 * MINUTE + Duration::from_secs(1));
    assert_eq!(fixture.confirm(request).await, Outcome::NotConfirmed(NotConfirmed::ProofTooOld));
    fixture.prove(request).await;
    assert!(matches!(fixture.confirm(request).await, Outcome::Granted(..)));
    // A request of another identity never links this one.
    let elsewhere = Login { identity: key("third"), ..fixture.answer(other, LinkChoice::LinkToProved) };
    assert_eq!(elsewhere.end(&fixture.store).await.0, Outcome::NotConfirmed(NotConfirmed::RequestOver));
}

pub async fn a_request_waits_fifteen_minutes_and_an_identity_has_five_at_most(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let mut requests = Vec::new();
    for _ in 0..6 {
        requests.push(fixture.ask().await);
        fixture.advance_clock(Duration::from_secs(1));
    }
    assert!(fixture.store.link_request(requests[0]).await.unwrap().is_none());
    assert!(fixture.store.link_request(requests[1]).await.unwrap().is_some());
    fixture.advance_clock(15 * MINUTE);
    let new = fixture.answer(requests[5], LinkChoice::MakeAccount).end(&fixture.store).await.0;
    assert_eq!(new, Outcome::NotConfirmed(NotConfirmed::RequestOver));
    let by = key("1");
    let proved = fixture.store.prove_account(&fixture.proof(requests[5], &by)).await.unwrap();
    assert_eq!(proved, ProofEnd::NotProved(NotProved::RequestOver));
    // It is kept for an hour, so that a page can lead back to the app.
    fixture.store.prune(fixture.now()).await.unwrap();
    assert!(fixture.store.link_request(requests[5]).await.unwrap().is_some());
    fixture.advance_clock(60 * MINUTE);
    fixture.store.prune(fixture.now()).await.unwrap();
    assert!(fixture.store.link_request(requests[5]).await.unwrap().is_none());
}

pub async fn a_person_without_an_account_gets_one_with_the_wished_name_once(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let (request, other) = (fixture.ask().await, fixture.ask().await);
    let (end, session) = fixture.answer(request, LinkChoice::MakeAccount).end(&fixture.store).await;
    assert!(matches!(&end, Outcome::Granted(username, _) if *username == name("wished")), "{end:?}");
    assert!(session.is_some());
    let made = fixture.holder_of_new().await;
    let again = fixture.answer(request, LinkChoice::MakeAccount).end(&fixture.store).await.0;
    assert_eq!(again, Outcome::NotConfirmed(NotConfirmed::RequestOver));
    // The other tab finds the account that the first one made.
    fixture.prove(other).await;
    assert_eq!(fixture.confirm(other).await, Outcome::NotConfirmed(NotConfirmed::LinkedToAnother));
    let (end, _) = fixture.answer(other, LinkChoice::MakeAccount).end(&fixture.store).await;
    assert!(matches!(&end, Outcome::Granted(username, _) if *username == name("wished")), "{end:?}");
    assert_eq!(fixture.holder_of_new().await, made);
}

/// Ten rounds of simultaneous answers, through two stores.
pub async fn of_simultaneous_answers_one_decides(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let there = fixture.reopen().await;
    for _ in 0..10 {
        let (request, other) = (fixture.ask().await, fixture.ask().await);
        fixture.advance_clock(Duration::from_secs(1));
        fixture.prove(request).await;
        let answer = |request, choice, store: &Store| {
            let (login, store) = (fixture.answer(request, choice), store.clone());
            async move { login.end(&store).await.0 }
        };
        let (one, two, new) = tokio::join!(
            answer(request, LinkChoice::LinkToProved, &fixture.store),
            answer(request, LinkChoice::LinkToProved, &there),
            answer(other, LinkChoice::MakeAccount, &there),
        );
        let confirmed = [&one, &two].into_iter().filter(|end| matches!(end, Outcome::Granted(..))).count();
        let holder = fixture.holder_of_new().await.unwrap();
        let Outcome::Granted(username, _) = new else { panic!("{new:?}") };
        if confirmed == 1 {
            assert_eq!((username, holder), (dee.username.clone(), dee.id.clone()), "{one:?} {two:?}");
        } else {
            assert_eq!((confirmed, username), (0, name("wished")), "{one:?} {two:?}");
            let by_name = fixture.store.account_by_name(&name("wished")).await.unwrap().unwrap();
            assert_eq!(holder, by_name.id);
        }
        let root = Actor::Operator { user: "root".to_owned() };
        fixture.accounts().unlink(&root, &key("new")).await.unwrap();
        if fixture.store.account_by_name(&name("wished")).await.unwrap().is_some() {
            fixture.accounts().remove(&root, &AccountRef::Name(name("wished"))).await.unwrap();
        }
    }
}
