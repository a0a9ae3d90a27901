//! Merges of two accounts: what moves, what an undo restores, and who may not be merged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::task::JoinSet;
use vestibule::accounts::{AccountDetails, AccountError, AccountRef, Actor, IfMissing, MergeUndone, Merged};
use vestibule::base::ids::{Group, LoginId, OperationId};
use vestibule::base::role::Role;
use vestibule::signin::account::Account;
use vestibule::signin::identify::IdentityKey;
use vestibule::store::{AuditQuery, Event};

use super::{Fixture, Login, key, name};

fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

fn no_role(_: &IdentityKey) -> Option<Role> {
    None
}

fn by_id(account: &Account) -> AccountRef {
    AccountRef::Id(account.id.clone())
}

impl Fixture {
    async fn merge(&self, from: &Account, into: &Account) -> Result<Merged, AccountError> {
        self.accounts().merge(&root(), &by_id(from), &by_id(into), &no_role).await
    }

    async fn undo_merge(&self, operation: &OperationId) -> Result<MergeUndone, AccountError> {
        self.accounts().undo_merge(&root(), operation).await
    }

    async fn details(&self, account: &Account) -> AccountDetails {
        self.accounts().details(&by_id(account)).await.unwrap()
    }

    /// Without the version, which rises with each change.
    async fn state(&self, account: &Account) -> AccountDetails {
        AccountDetails { version: 0, ..self.details(account).await }
    }

    async fn add_group(&self, account: &Account, group: &str) {
        self.accounts().add_to_group(&root(), &by_id(account), &group.into()).await.unwrap();
    }
}

// C25
pub async fn a_merge_moves_everything_and_an_undo_restores_both_accounts(fixture: &Fixture) {
    let (dee, second) = (fixture.account("1", "dee").await, fixture.account("2", "dee-2").await);
    for (account, group) in [(&dee, "staff"), (&second, "staff"), (&second, "choir")] {
        fixture.add_group(account, group).await;
    }
    let address = "dee@example.edu".parse().unwrap();
    fixture.accounts().add_address(&root(), &by_id(&second), &address).await.unwrap();
    let (here, there) = (fixture.login(), Login { identity: key("2"), ..fixture.login() });
    let sessions = [here.enter(&fixture.store).await.unwrap(), there.enter(&fixture.store).await.unwrap()];
    let before = (fixture.state(&dee).await, fixture.state(&second).await);

    let planned =
        fixture.accounts().as_dry_run().merge(&root(), &by_id(&second), &by_id(&dee), &no_role).await.unwrap();
    assert_eq!((fixture.state(&dee).await, fixture.state(&second).await), before, "a dry run changes nothing");
    let merged = fixture.merge(&second, &dee).await.unwrap();
    assert_eq!(Merged { operation: merged.operation.clone(), ..planned }, merged);
    assert_eq!(merged.identities.iter().map(|it| it.subject.as_str()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(merged.groups_gained, [Group::from("choir")]);
    assert_eq!((merged.addresses_gained.len(), merged.sessions_ended), (1, 2));
    for session in sessions {
        assert!(fixture.store.live_session(session, fixture.now()).await.unwrap().is_none());
    }
    let now = fixture.details(&dee).await;
    assert_eq!(now.groups, ["choir", "staff"].map(Group::from).into());
    assert_eq!(now.identities.unwrap().len(), 2);
    let closed = fixture.details(&second).await;
    assert!(closed.disabled.is_some() && closed.identities.unwrap().is_empty());
    // The identity of the closed account opens the other one.
    let later = Login { id: Some(LoginId::fresh(fixture.now())), ..there };
    let session = later.enter(&fixture.store).await.unwrap();
    let live = fixture.store.live_session(session, fixture.now()).await.unwrap().unwrap();
    assert_eq!(live.account.id, dee.id);
    let found = fixture.accounts().merges(Some(&second.id), 10).await.unwrap();
    assert_eq!(found.iter().map(|it| &it.id).collect::<Vec<_>>(), [&merged.operation]);

    let undone = fixture.undo_merge(&merged.operation).await.unwrap();
    assert_eq!((undone.identities, undone.groups_lost), (merged.identities, merged.groups_gained));
    assert_eq!((undone.identities_left.len(), undone.sessions_ended), (0, 1));
    let mut after = (fixture.state(&dee).await, fixture.state(&second).await);
    // The sign-in after the merge left its day.
    let earlier = before.1.identities.as_ref().unwrap();
    after.1.identities.as_mut().unwrap()[0].last_sign_in.clone_from(&earlier[0].last_sign_in);
    assert_eq!(after, before);
    for (event, rows) in [(Event::AccountsMerged, 2), (Event::MergeUndone, 2)] {
        let query = AuditQuery { event: Some(event), limit: 10, ..AuditQuery::default() };
        assert_eq!(fixture.store.audit_list(&query).await.unwrap().len(), rows);
    }
}

// R3
pub async fn only_two_open_accounts_without_a_role_are_merged(fixture: &Fixture) {
    let [dee, second, third] =
        [fixture.account("1", "dee").await, fixture.account("2", "dee-2").await, fixture.account("3", "dee-3").await];
    assert!(matches!(fixture.merge(&dee, &dee).await, Err(AccountError::SameAccount)));
    let of_config = |key: &IdentityKey| (key.subject.as_str() == "2").then_some(Role::Viewer);
    fixture.accounts().give_role(&root(), &by_id(&third), Role::Helpdesk).await.unwrap();
    for (from, into) in [(&dee, &second), (&second, &dee), (&third, &dee), (&dee, &third)] {
        let refused = fixture.accounts().merge(&root(), &by_id(from), &by_id(into), &of_config).await;
        assert!(matches!(refused, Err(AccountError::HasRole(_))), "{refused:?}");
    }
    fixture.accounts().disable(&root(), &by_id(&second)).await.unwrap();
    for (from, into) in [(&dee, &second), (&second, &dee)] {
        assert!(matches!(fixture.merge(from, into).await, Err(AccountError::AccountDisabled(_))));
    }
    fixture.accounts().enable(&root(), &by_id(&second)).await.unwrap();
    let merged = fixture.merge(&second, &dee).await.unwrap();
    for (from, into) in [(&second, &dee), (&dee, &second)] {
        assert!(matches!(fixture.merge(from, into).await, Err(AccountError::Merged { .. })));
    }
    let enabled = fixture.accounts().enable(&root(), &by_id(&second)).await;
    assert!(matches!(enabled, Err(AccountError::Merged { .. })), "an empty account would open");
    assert!(fixture.undo_merge(&merged.operation).await.is_ok());
    assert!(matches!(fixture.undo_merge(&merged.operation).await, Err(AccountError::UndoneBefore(_))));
    let unknown = fixture.undo_merge(&OperationId::fresh()).await;
    assert!(matches!(unknown, Err(AccountError::NoSuchOperation(_))));
}

pub async fn a_merge_is_undone_after_the_later_one_and_what_moved_on_stays(fixture: &Fixture) {
    let [dee, second, third] =
        [fixture.account("1", "dee").await, fixture.account("2", "dee-2").await, fixture.account("3", "dee-3").await];
    fixture.link_to(&key("2b"), &second.id).await;
    let first = fixture.merge(&second, &dee).await.unwrap();
    let later = fixture.merge(&dee, &third).await.unwrap();
    let too_early = fixture.undo_merge(&first.operation).await;
    assert!(matches!(too_early, Err(AccountError::LaterOperation { later: id }) if id == later.operation));
    fixture.undo_merge(&later.operation).await.unwrap();
    // The identity is unlinked, and links itself to another account.
    fixture.accounts().unlink(&root(), &key("2b")).await.unwrap();
    fixture.accounts().link(&root(), (&key("2b"), "sub"), &by_id(&third), IfMissing::Refuse).await.unwrap();
    let undone = fixture.undo_merge(&first.operation).await.unwrap();
    assert_eq!(undone.identities.iter().map(|it| it.subject.as_str()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(undone.identities_left.iter().map(|it| it.subject.as_str()).collect::<Vec<_>>(), ["2b"]);
    let holder = fixture.store.account_by_identity(&key("2b")).await.unwrap().unwrap();
    assert_eq!(holder.id, third.id);
}

pub async fn after_thirty_days_the_closed_account_is_erased_and_nothing_is_undone(fixture: &Fixture) {
    let (dee, second) = (fixture.account("1", "dee").await, fixture.account("2", "dee-2").await);
    let merged = fixture.merge(&second, &dee).await.unwrap();
    fixture.advance_clock(Duration::from_hours(24 * 30 - 1));
    assert_eq!(fixture.accounts().end_final_merges(&Actor::Server).await.unwrap(), 0);
    fixture.advance_clock(Duration::from_hours(1));
    assert!(matches!(fixture.undo_merge(&merged.operation).await, Err(AccountError::UndoExpired { .. })));
    assert_eq!(fixture.accounts().end_final_merges(&Actor::Server).await.unwrap(), 1);
    assert!(fixture.store.account(&second.id).await.unwrap().is_none());
    assert_eq!(fixture.details(&dee).await.identities.unwrap().len(), 2);
    assert!(matches!(fixture.undo_merge(&merged.operation).await, Err(AccountError::NoSuchOperation(_))));
}

pub async fn two_merges_in_opposite_directions_leave_one_account_open(fixture: &Fixture) {
    let (dee, second) = (fixture.account("1", "dee").await, fixture.account("2", "dee-2").await);
    for _ in 0..5 {
        let (there, back) = tokio::join!(fixture.merge(&dee, &second), fixture.merge(&second, &dee));
        let (done, refused) = if there.is_ok() { (there, back) } else { (back, there) };
        assert!(matches!(refused, Err(AccountError::Merged { .. })), "{refused:?}");
        fixture.undo_merge(&done.unwrap().operation).await.unwrap();
    }
}

// C25
pub async fn a_login_beside_a_merge_opens_the_account_that_stays_or_none(fixture: &Fixture) {
    let (dee, second) = (fixture.account("1", "dee").await, fixture.account("2", "dee-2").await);
    for round in 0..8 {
        let mut logins = JoinSet::new();
        for _ in 0..6 {
            let login = Login { id: Some(LoginId::fresh(fixture.now())), identity: key("2"), ..fixture.login() };
            let store = fixture.store.clone();
            logins.spawn(async move { login.enter(&store).await });
        }
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        let merged = fixture.merge(&second, &dee).await.unwrap();
        while let Some(session) = logins.join_next().await {
            let Some(session) = session.unwrap() else { continue };
            let live = fixture.store.live_session(session, fixture.now()).await.unwrap();
            assert!(live.is_none_or(|live| live.account.id == dee.id));
        }
        fixture.undo_merge(&merged.operation).await.unwrap();
    }
}

/// The accounts as a simple map.
#[derive(Debug, Clone, Default)]
struct Model {
    holders: BTreeMap<usize, usize>,
    groups: BTreeMap<usize, BTreeSet<usize>>,
    disabled: BTreeSet<usize>,
    /// The merges that were not undone.
    merges: Vec<MergeInModel>,
}

#[derive(Debug, Clone)]
struct MergeInModel {
    operation: OperationId,
    from: usize,
    into: usize,
    moved: Vec<usize>,
    gained: Vec<usize>,
}

const PEOPLE: usize = 5;
const IDENTITIES: usize = 8;

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Two hundred operations in random order. After each one, the database has what a simple map has.
pub async fn a_random_history_of_operations_loses_and_doubles_nothing(fixture: &Fixture) {
    for seed in [1, 20_261_201] {
        let mut history = History::begin(fixture, seed).await;
        for step in 0..200 {
            let versions = history.versions().await;
            let changed = history.step().await;
            history.compare(&versions, &changed, (seed, step)).await;
        }
    }
}

struct History<'f> {
    fixture: &'f Fixture,
    accounts: Vec<Account>,
    numbers: Numbers,
    model: Model,
    seed: u64,
}

impl<'f> History<'f> {
    async fn begin(fixture: &'f Fixture, seed: u64) -> Self {
        let mut accounts = Vec::new();
        for person in 0..PEOPLE {
            let mut transaction = fixture.store.begin().await.unwrap();
            let wished = name(&format!("p{person}-{seed}"));
            accounts.push(transaction.make_account(&wished).await.unwrap().unwrap());
            transaction.commit().await.unwrap();
        }
        Self { fixture, accounts, numbers: Numbers(seed), model: Model::default(), seed }
    }

    fn key(&self, identity: usize) -> IdentityKey {
        key(&format!("{}-{identity}", self.seed))
    }

    async fn versions(&self) -> Vec<u64> {
        let mut versions = Vec::new();
        for account in &self.accounts {
            versions.push(self.fixture.details(account).await.version);
        }
        versions
    }

    /// One operation. Returns the accounts whose version must rise.
    async fn step(&mut self) -> BTreeSet<usize> {
        let operations = self.fixture.accounts();
        let (one, other) = (self.numbers.below(PEOPLE), self.numbers.below(PEOPLE));
        let (identity, group) = (self.numbers.below(IDENTITIES), self.numbers.below(3));
        let account = by_id(&self.accounts[one]);
        let named = Group::from(format!("g{group}"));
        match self.numbers.below(8) {
            0 | 1 => {
                let key = self.key(identity);
                let linked = operations.link(&root(), (&key, "sub"), &account, IfMissing::Refuse).await;
                let holder = *self.model.holders.entry(identity).or_insert(one);
                assert_eq!(linked.is_ok(), holder == one, "{linked:?}");
                linked
                    .ok()
                    .filter(|it| it.change == vestibule::accounts::Change::Done)
                    .map(|_| one)
                    .into_iter()
                    .collect()
            }
            2 => {
                let unlinked = operations.unlink(&root(), &self.key(identity)).await;
                let holder = self.model.holders.remove(&identity);
                assert_eq!(unlinked.is_ok(), holder.is_some());
                holder.into_iter().collect()
            }
            3 => {
                operations.add_to_group(&root(), &account, &named).await.unwrap();
                let joined = self.model.groups.entry(one).or_default().insert(group);
                joined.then_some(one).into_iter().collect()
            }
            4 => {
                operations.remove_from_group(&root(), &account, &named).await.unwrap();
                let left = self.model.groups.entry(one).or_default().remove(&group);
                left.then_some(one).into_iter().collect()
            }
            5 => self.switch(one).await,
            6 => self.merge(one, other).await,
            _ => self.undo().await,
        }
    }

    async fn switch(&mut self, one: usize) -> BTreeSet<usize> {
        let operations = self.fixture.accounts();
        let account = by_id(&self.accounts[one]);
        if !self.model.disabled.contains(&one) {
            operations.disable(&root(), &account).await.unwrap();
            self.model.disabled.insert(one);
            return [one].into();
        }
        let enabled = operations.enable(&root(), &account).await;
        let is_merged = self.model.merges.iter().any(|merge| merge.from == one);
        assert_eq!(enabled.is_err(), is_merged);
        if enabled.is_ok() && self.model.disabled.remove(&one) { [one].into() } else { BTreeSet::new() }
    }

    async fn merge(&mut self, from: usize, into: usize) -> BTreeSet<usize> {
        let merged = self.fixture.merge(&self.accounts[from], &self.accounts[into]).await;
        let is_closed = |it| self.model.disabled.contains(&it);
        let refused = from == into || is_closed(from) || is_closed(into);
        assert_eq!(merged.is_err(), refused, "{merged:?}");
        let Ok(merged) = merged else { return BTreeSet::new() };
        let moved: Vec<usize> =
            self.model.holders.iter().filter(|(_, holder)| **holder == from).map(|(identity, _)| *identity).collect();
        for identity in &moved {
            self.model.holders.insert(*identity, into);
        }
        let theirs = self.model.groups.entry(from).or_default().clone();
        let ours = self.model.groups.entry(into).or_default();
        let gained: Vec<usize> = theirs.difference(ours).copied().collect();
        ours.extend(&gained);
        self.model.disabled.insert(from);
        self.model.merges.push(MergeInModel { operation: merged.operation, from, into, moved, gained });
        [from, into].into()
    }

    async fn undo(&mut self) -> BTreeSet<usize> {
        if self.model.merges.is_empty() {
            return BTreeSet::new();
        }
        let at = self.numbers.below(self.model.merges.len());
        let MergeInModel { operation, from, into, moved, gained } = self.model.merges[at].clone();
        let undone = self.fixture.undo_merge(&operation).await;
        let has_later = self.model.merges.iter().any(|merge| merge.from == into);
        assert_eq!(undone.is_err(), has_later, "{undone:?}");
        if has_later {
            return BTreeSet::new();
        }
        self.model.merges.remove(at);
        for identity in moved {
            if self.model.holders.get(&identity) == Some(&into) {
                self.model.holders.insert(identity, from);
            }
        }
        let ours = self.model.groups.entry(into).or_default();
        ours.retain(|group| !gained.contains(group));
        self.model.disabled.remove(&from);
        [from, into].into()
    }

    async fn compare(&self, before: &[u64], changed: &BTreeSet<usize>, at: (u64, usize)) {
        for (number, account) in self.accounts.iter().enumerate() {
            let details = self.fixture.details(account).await;
            let rise = u64::from(changed.contains(&number));
            assert_eq!(details.version, before[number] + rise, "{at:?}: the version of {number}");
            let groups = self.model.groups.get(&number).cloned().unwrap_or_default();
            let groups: BTreeSet<Group> = groups.into_iter().map(|group| Group::from(format!("g{group}"))).collect();
            assert_eq!(details.groups, groups, "{at:?}");
            assert_eq!(details.disabled.is_some(), self.model.disabled.contains(&number), "{at:?}");
            let found: BTreeSet<String> =
                details.identities.unwrap().into_iter().map(|it| it.subject.as_str().to_owned()).collect();
            let held = self.model.holders.iter().filter(|(_, holder)| **holder == number);
            let held: BTreeSet<String> = held.map(|(it, _)| format!("{}-{it}", self.seed)).collect();
            assert_eq!(found, held, "{at:?}: the identities of {number}");
        }
    }
}
