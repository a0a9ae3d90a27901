//! A name that nobody has, and an account that has trouble of its own: from outside both look like a wrong password
//! (security rule C42).

use tokio::time::Instant;

use super::prepared::as_many_forms;
use super::servers::{NotBound, Tried};
use super::settings::Search;
use super::template::DnTemplate;
use super::trouble::Bound;
use super::{Ldap, canonical, compare};
use crate::base::ids::Subject;
use crate::base::random;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAccepted, NotAvailable, Wrong};
use crate::upstream::attempt::{Attempt, CountedBy};

impl Ldap {
    /// Does what trying a password on somebody does, and takes as long (security rule C42): two tries included, and errors too.
    /// What was typed is not sent: it may be somebody else's.
    pub(super) async fn try_nobody(
        &self,
        search: &Search,
        at: usize,
        name: &str,
        attempt: &Attempt<'_>,
        until: Instant,
    ) -> Result<(), NotAccepted> {
        let account = canonical(name);
        let password = as_many_forms(attempt.password_for(&account).await?, &random::token());
        if search.compare.is_some() {
            let compared = compare::with_nobody(&self.comparing, &password, until).await;
            return compared.map_err(|busy| attempt.unsent(busy));
        }
        let dn = format!("cn={},{}", random::token(), search.base);
        let tried =
            Tried { attempt, counted_by: CountedBy::Account(&account), password: &password, wrong: Wrong::Password };
        match self.servers.bind(Some(at), &dn, &tried, until).await {
            Ok(_) => Ok(()),
            Err(NotBound::Unsent(why)) => Err(attempt.unsent(why).into()),
            Err(NotBound::Sent { at, .. }) if self.takes_service(at, until).await => Ok(()),
            Err(NotBound::Sent { why, .. }) => Err(why.into()),
        }
    }

    /// Whether a server takes binds at this moment. If it does, and one bind ended in an error, the error is that name's own.
    pub(super) async fn takes_service(&self, at: usize, until: Instant) -> bool {
        self.servers.for_service(at, until).await.is_ok()
    }

    /// The same where there is no account to search with: whether the server refuses a name that nobody has.
    pub(super) async fn refuses_nobody(
        &self,
        template: &DnTemplate,
        at: usize,
        attempt: &Attempt<'_>,
        until: Instant,
    ) -> bool {
        let (name, password) = (random::token(), Secret::new(random::token()));
        let dn = template.for_name(&name);
        let counted_by = CountedBy::Name(&name);
        let tried = Tried { attempt, counted_by, password: &password, wrong: Wrong::NameOrPassword };
        matches!(self.servers.bind(Some(at), &dn, &tried, until).await, Ok((Bound::No(_), _)))
    }

    /// A trouble that one account alone has looks like a wrong password from outside, for a name that nobody has never has
    /// it (security rule C42). The operator reads of it in the log.
    pub(super) fn untried(&self, why: &NotAvailable, who: Option<Subject>) -> NotAccepted {
        let subject = who.as_ref().map(tracing::field::display);
        tracing::error!(provider = %self.id, subject, "a password could not be tried on one account: {why}");
        NotAccepted::Refused { why: Wrong::Untried, who }
    }
}
