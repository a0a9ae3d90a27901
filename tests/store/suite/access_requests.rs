//! Access requests: one that waits for each identity, and one decision about each.

use vestibule::accounts::{AccountError, AccountRef, Actor};
use vestibule::base::ids::LinkRequestId;
use vestibule::signin::link::access_request::{AccessState, RequestText};
use vestibule::signin::link::{AskAtFirstLogin, UsernameTemplate};
use vestibule::signin::remembered_profile::LastProfile;
use vestibule::store::{AccessAsk, AccessAsked, AccessRequest, AuditQuery, Event, LinkAnswer, LinkChoice, Store};

use super::{Fixture, HOUR, Login, Outcome, Rules, key, name};

const MOST: u32 = 3;

fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

fn offers() -> AskAtFirstLogin {
    let template = || Some(UsernameTemplate::parse("{{ preferred_username }}").unwrap());
    AskAtFirstLogin { prove: true, new: template(), request: template() }
}

/// Signs in with an identity that no account has, and is asked.
async fn met(fixture: &Fixture, subject: &str) -> LinkRequestId {
    let rules = Rules { asks: true, new_account: Some(name("wished")), ..Rules::default() };
    let login = Login { identity: key(subject), rules, ..fixture.login() };
    match login.end(&fixture.store).await {
        (Outcome::Asked(request), None) => request,
        other => panic!("{other:?}"),
    }
}

async fn ask(fixture: &Fixture, store: &Store, request: LinkRequestId, message: &str) -> AccessAsked {
    let offers = offers();
    let ask = AccessAsk {
        request,
        offers: &offers,
        subject_source: "sub",
        profile: LastProfile { name: Some("Dee".to_owned()), ..LastProfile::default() },
        message: RequestText::parse(message).unwrap(),
        app: Some("notes".parse().unwrap()),
        room: Some("seminar".to_owned()),
        most: MOST,
        network: Some("192.0.2.0/24"),
        now: fixture.now(),
    };
    store.ask_for_access(ask).await.unwrap()
}

/// Signs in with the identity, and asks to be let in.
async fn asked(fixture: &Fixture, subject: &str) -> AccessRequest {
    match ask(fixture, &fixture.store, met(fixture, subject).await, "please").await {
        AccessAsked::Waiting(request) => *request,
        other => panic!("{other:?}"),
    }
}

async fn rows_of(fixture: &Fixture, event: Event) -> usize {
    let query = AuditQuery { event: Some(event), limit: 100, ..AuditQuery::default() };
    fixture.store.audit_list(&query).await.unwrap().len()
}

pub async fn an_access_request_is_kept_as_it_was_sent(fixture: &Fixture) {
    let request = asked(fixture, "new").await;
    assert_eq!((request.identity(), request.state, request.count), (key("new"), AccessState::Waiting, 1));
    assert_eq!((request.message.as_str(), request.room.as_deref()), ("please", Some("seminar")));
    assert_eq!((&request.wished, request.profile.name.as_deref()), (&Some(name("wished")), Some("Dee")));
    let stored = fixture.store.access_request(&request.id).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&request));
    assert_eq!(fixture.store.access_request_of(&key("new")).await.unwrap(), stored);
    assert_eq!(fixture.store.waiting_access_requests(10).await.unwrap(), [request]);
    assert_eq!(fixture.store.access_request_of(&key("other")).await.unwrap(), None);
}

/// Ten people ask through two stores at once, each with two tabs.
pub async fn simultaneous_requests_of_one_identity_are_one_that_counts_each(fixture: &Fixture) {
    let there = fixture.reopen().await;
    for round in 0..u64::from(MOST) {
        let subject = format!("person-{round}");
        let tabs = [met(fixture, &subject).await, met(fixture, &subject).await];
        let (here, other, again) = tokio::join!(
            ask(fixture, &fixture.store, tabs[0], "here"),
            ask(fixture, &there, tabs[1], "there"),
            ask(fixture, &there, tabs[0], "the same tab"),
        );
        let ends = [&here, &other, &again];
        let counted = ends.iter().filter(|end| matches!(end, AccessAsked::Waiting(_))).count();
        assert_eq!(counted, 2, "{ends:?}");
        let kept = fixture.store.access_request_of(&key(&subject)).await.unwrap().unwrap();
        assert_eq!((kept.count, kept.state), (2, AccessState::Waiting));
        let waiting = fixture.store.waiting_access_requests(100).await.unwrap();
        assert_eq!(u64::try_from(waiting.len()).unwrap(), round + 1);
    }
    // The limit holds for those who don't wait yet.
    assert_eq!(ask(fixture, &there, met(fixture, "late").await, "me too").await, AccessAsked::Full);
    let waits = met(fixture, "person-0").await;
    assert!(matches!(ask(fixture, &there, waits, "again").await, AccessAsked::Waiting(_)));
    assert_eq!(fixture.store.count_waiting_access_requests(100).await.unwrap(), u64::from(MOST));
    assert_eq!(rows_of(fixture, Event::AccessRequested).await, 7);
}

/// Two admins decide at once, and the person presses a button.
pub async fn of_simultaneous_decisions_about_a_request_one_counts(fixture: &Fixture) {
    let (dee, accounts) = (fixture.account("1", "dee").await, fixture.accounts());
    let by_id = AccountRef::Id(dee.id.clone());
    for round in 0..8 {
        let subject = format!("new-{round}");
        let request = asked(fixture, &subject).await;
        let open = met(fixture, &subject).await;
        let (operator, note, wished) = (root(), RequestText::parse("no").unwrap(), name(&format!("new-{round}")));
        let new = Login {
            id: None,
            identity: key(&subject),
            answer: Some(LinkAnswer { request: open, choice: LinkChoice::MakeAccount }),
            rules: Rules { asks: true, new_account: Some(name("wished")), ..Rules::default() },
            ..fixture.login()
        };
        let (linked, let_in, refused, _) = tokio::join!(
            accounts.link_requester(&operator, &request.id, &by_id),
            accounts.let_in(&operator, &request.id, Some(&wished)),
            accounts.refuse_access(&operator, &request.id, &note),
            new.end(&fixture.store),
        );
        let errors: Vec<_> = [linked.err(), let_in.err(), refused.err()].into_iter().flatten().collect();
        assert!(errors.len() >= 2, "{errors:?}");
        assert!(errors.iter().all(|why| matches!(why, AccountError::AccessRequestDecided { .. })), "{errors:?}");
        let decided = fixture.store.access_request(&request.id).await.unwrap().unwrap();
        let holder = fixture.store.account_by_identity(&key(&subject)).await.unwrap();
        assert_eq!(decided.account, holder.map(|holder| holder.id), "{decided:?}");
        assert_eq!(decided.state == AccessState::Linked, decided.account.is_some());
        assert!(decided.decided_at.is_some());
        fixture.advance_clock(HOUR);
    }
}

pub async fn old_access_requests_are_pruned_and_an_accounts_own_go_with_it(fixture: &Fixture) {
    let accounts = fixture.accounts();
    let old = asked(fixture, "old").await;
    let mine = asked(fixture, "mine").await;
    let done = accounts.let_in(&root(), &mine.id, None).await.unwrap();
    assert_eq!(done.account.username, name("wished"));
    let of_account = fixture.store.access_requests_of(&done.account.id).await.unwrap();
    assert_eq!(of_account.iter().map(|request| &request.id).collect::<Vec<_>>(), [&mine.id]);
    fixture.advance_clock(HOUR);
    let young = asked(fixture, "young").await;
    let keep = time::Duration::minutes(59);
    // The identity is unlinked, but the request still says whose it was.
    accounts.unlink(&root(), &key("mine")).await.unwrap();
    accounts.erase(&root(), &AccountRef::Id(done.account.id)).await.unwrap();
    assert_eq!(fixture.store.access_request(&mine.id).await.unwrap(), None);
    assert_eq!(fixture.store.prune_access_requests(keep, fixture.now()).await.unwrap(), 1);
    assert_eq!(fixture.store.access_request(&old.id).await.unwrap(), None);
    assert!(fixture.store.access_request(&young.id).await.unwrap().is_some());
    assert_eq!(fixture.store.prune_access_requests(time::Duration::MAX, fixture.now()).await.unwrap(), 0);
}
