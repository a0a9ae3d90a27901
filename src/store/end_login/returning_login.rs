//! The end of a returning person's login, in one statement: an insert into the view `returning_login`, whose trigger
//! writes the replay key, the session and the audit row.
//!
//! The trigger writes nothing, and the statement fails as a conflict, if the login was finished before, or if something
//! has changed that the rules relied on: the link, or the account's state, name, groups or password; or if the provider
//! is suspended; or if it sent another profile, or the subject from another source, than at the last sign-in. The
//! step-by-step transaction then finds out which.

use super::account_cache::{CacheLookup, snapshot};
use super::group_commit::WriteOutcome;
use super::returning_login_row::Row;
use super::{Decide, EndingLogin, LoginEnd, Ruling};
use crate::base::ids::{AppId, Sid};
use crate::signin::identify::PasswordGeneration;
use crate::store::sql::{day_of, micros};
use crate::store::{Store, StoreError, identities, sessions};

impl Store {
    /// Ends the login, or writes nothing. `None`: the statement does not fit this login, or the account has changed.
    pub(super) async fn end_returning_login<D: Decide>(
        &self,
        login: &EndingLogin<'_>,
        rules: &D,
    ) -> Result<Option<LoginEnd<D::Grant, D::Refusal>>, StoreError> {
        let Some((account, lookup)) = self.linked_account(&login.identity.key).await? else { return Ok(None) };
        let (signed_in, snapshot) = (login.signed_in(account.id.clone()), snapshot(&account));
        let day = day_of(login.now);
        let is_day_written = lookup == CacheLookup::Hit { last_sign_in: Some(day) };
        let to_remember = (!is_day_written).then(|| account.clone());
        let Ruling::Grant(grant) = rules.linked(account) else { return Ok(None) };
        let session = login.session.map(|session| (sessions::fresh_id(), session));
        let [provider, issuer, subject] = identities::key_values(&login.identity.key);
        let row: Row = [
            micros(login.now).into(),
            login.single_use.map(|single_use| single_use.key.bytes()).into(),
            login.single_use.map(|single_use| micros(single_use.expires_at)).into(),
            provider,
            issuer,
            subject,
            signed_in.account.as_str().into(),
            snapshot.into(),
            login.identity.password.map(PasswordGeneration::number).into(),
            session.and_then(|(_, session)| session.replaces).map(|old| sessions::hash(&old)).into(),
            session.map(|(id, _)| sessions::hash(&id)).into(),
            session.map(|_| sessions::session_data(&signed_in)).into(),
            session.map(|(_, session)| micros(session.expires_at)).into(),
            login.app.map(AppId::as_str).into(),
            login.network.into(),
            login.remembered.digest(login.subject_source).to_vec().into(),
            (!is_day_written).then_some(day).into(),
            session.map(|_| Sid::fresh(login.now).as_str().to_owned()).into(),
            session.and_then(|(_, session)| session.agent).map(|agent| agent.to_string()).into(),
        ];
        match (self.write_returning_login(row).await?, to_remember) {
            (WriteOutcome::Conflict, _) => {
                self.login_ends.accounts.forget(&login.identity.key);
                return Ok(None);
            }
            (WriteOutcome::Done, Some(account)) => {
                self.login_ends.accounts.remember(login.identity.key.clone(), account, Some(day));
            }
            (WriteOutcome::Done, None) => {}
        }
        let session = session.map(|(id, _)| id);
        Ok(Some(LoginEnd::SignedIn { session, outcome: Ok(grant), new_account: None }))
    }
}
