//! The rules that decide a login: the provider's for an identity without an account, and the app's for an account.

use time::OffsetDateTime;

use super::Visitor;
use super::context::Context;
use super::identified_login::IdentifiedLogin;
use super::refusal::{Cause, Refusal};
use super::report::refusal_entry;
use crate::signin::account::{Account, Person, Profile};
use crate::signin::arrive::Prompt;
use crate::signin::link::Unlinked;
use crate::signin::permit::{Grant, permit};
use crate::store::{Decide, Question, Ruling, UnlinkedRuling};

/// The rules that decide a login. `unlinked`: the provider's rule for an identity without an account. `linked`: the
/// app's rules for the account.
pub(super) struct LoginRules<'l> {
    pub login: &'l IdentifiedLogin,
    pub profile: &'l Profile,
    pub context: &'l Context,
    pub visitor: &'l Visitor,
    pub now: OffsetDateTime,
    /// Whether the person can be asked on a page of ours.
    pub shows_pages: bool,
}

impl Decide for LoginRules<'_> {
    type Grant = Grant;
    type Refusal = Refusal;

    fn unlinked(&self) -> Result<UnlinkedRuling, Refusal> {
        let IdentifiedLogin { identity, request, .. } = self.login;
        let cause = match self.login.provider.first_login.unlinked(&identity.claims) {
            Ok(Unlinked::Provision(wished)) => return Ok(UnlinkedRuling::Provision(wished)),
            Ok(Unlinked::Ask { .. }) if !self.shows_pages || request.prompt == Prompt::None => {
                Cause::LinkNeedsPage(identity.key.clone())
            }
            Ok(Unlinked::Ask { wished }) => {
                let destination = serde_json::to_string(&self.login.destination()).unwrap_or_default();
                let suggested = self.login.provider.first_login.suggested(&identity.claims);
                return Ok(UnlinkedRuling::Ask(Box::new(Question { wished, suggested, destination })));
            }
            Ok(Unlinked::Refuse) => Cause::unlinked(identity),
            Err(why) => why.without(&identity.secrets).into(),
        };
        Err(cause.refuse(self.context.clone()))
    }

    fn linked(&self, account: Account) -> Ruling<Grant, Refusal> {
        if let Some(disabled) = account.disabled.clone() {
            let cause = Cause::AccountDisabled(Box::new(account), disabled);
            return Ruling::Refuse(cause.refuse(self.context.clone()));
        }
        let IdentifiedLogin { app, provider, request, .. } = self.login;
        let person = Person { account, provider: provider.id.clone(), profile: self.profile.clone() };
        let account = person.account.id_and_username();
        match permit(app, person, request.location.clone()) {
            Ok(grant) => Ruling::Grant(grant),
            Err(why) => {
                let context = Context { account: Some(account), ..self.context.clone() };
                let refusal = Cause::NotPermitted(why).refuse(context);
                let mut audit = refusal_entry(&refusal, self.now);
                audit.network.clone_from(&self.visitor.network);
                Ruling::Deny { refusal: refusal.with_row_written(), audit: Box::new(audit) }
            }
        }
    }
}
