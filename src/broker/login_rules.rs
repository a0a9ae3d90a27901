//! The rules that decide a login: the provider's for an identity without an account, and the app's for an account.

use time::OffsetDateTime;

use super::Visitor;
use super::context::Context;
use super::identified_login::IdentifiedLogin;
use super::refusal::{Cause, Refusal};
use super::report::refusal_entry;
use crate::base::ids::AccountId;
use crate::signin::account::{Account, Person, Profile};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, LoginRequest, OwnPageRequest, Prompt};
use crate::signin::link::Unlinked;
use crate::signin::permit::{Grant, permit};
use crate::store::{Decide, Question, Ruling, UnlinkedRuling};

/// Where a signed-in person may go.
pub(super) enum Admission<'l> {
    App {
        app: &'l App,
        request: &'l LoginRequest,
        grant: Box<Grant>,
    },
    /// To a page of our own, which every enabled account may see.
    OwnPage {
        request: &'l OwnPageRequest,
        account: AccountId,
    },
}

/// The rules that decide a login. `unlinked`: the provider's rule for an identity without an account. `linked`: the
/// app's rules for the account.
pub(super) struct LoginRules<'l, 'c> {
    pub login: &'l IdentifiedLogin,
    pub profile: &'c Profile,
    pub context: &'c Context,
    pub visitor: &'c Visitor,
    pub now: OffsetDateTime,
    /// Whether the person can be asked on a page of ours.
    pub shows_pages: bool,
}

impl<'l> Decide for LoginRules<'l, '_> {
    type Grant = Admission<'l>;
    type Refusal = Refusal;

    fn unlinked(&self) -> Result<UnlinkedRuling, Refusal> {
        let IdentifiedLogin { identity, destination, .. } = self.login;
        let cause = match self.login.provider.first_login.unlinked(&identity.claims) {
            Ok(Unlinked::Provision(wished)) => return Ok(UnlinkedRuling::Provision(wished)),
            Ok(Unlinked::Ask { .. }) if !self.shows_pages || destination.preferences().prompt == Prompt::None => {
                Cause::LinkNeedsPage(identity.key.clone())
            }
            Ok(Unlinked::Ask { wished }) => {
                let destination = serde_json::to_string(&destination.to_pending()).unwrap_or_default();
                let suggested = self.login.provider.first_login.suggested(&identity.claims);
                return Ok(UnlinkedRuling::Ask(Box::new(Question { wished, suggested, destination })));
            }
            Ok(Unlinked::Refuse) => Cause::unlinked(identity),
            Err(why) => why.without(&identity.secrets).into(),
        };
        Err(cause.refuse(self.context.clone()))
    }

    fn linked(&self, account: Account) -> Ruling<Admission<'l>, Refusal> {
        if let Some(disabled) = account.disabled.clone() {
            let cause = Cause::AccountDisabled(Box::new(account), disabled);
            return Ruling::Refuse(cause.refuse(self.context.clone()));
        }
        let IdentifiedLogin { destination, provider, .. } = self.login;
        let (app, request) = match destination {
            Destination::App { app, request } => (app, request),
            Destination::OwnPage { request } => {
                return Ruling::Grant(Admission::OwnPage { request, account: account.id });
            }
        };
        let person = Person { account, provider: provider.id.clone(), profile: self.profile.clone() };
        let account = person.account.id_and_username();
        match permit(app, person, request.location.clone()) {
            Ok(grant) => Ruling::Grant(Admission::App { app, request, grant: Box::new(grant) }),
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
