//! The rules that decide the logins of these tests.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use vestibule::base::ids::Group;
use vestibule::base::username::Username;
use vestibule::signin::account::Account;
use vestibule::store::{AuditEntry, Decide, Event, Question, Ruling, UnlinkedRuling};

/// Rules of the test's own. A grant is the name and the groups that the rules saw.
#[derive(Clone, Default)]
pub struct Rules {
    /// The name of a new account. `None` refuses unlinked identities.
    pub new_account: Option<Username>,
    /// Whether the owner of an unlinked identity is asked. `new_account` is then the wished name.
    pub asks: bool,
    /// Members of this group are signed in, but may not enter the app.
    pub barred: Option<Group>,
    /// How often the rules were asked about an account.
    pub asked: Arc<AtomicU32>,
}

impl Decide for Rules {
    type Grant = (Username, BTreeSet<Group>);
    type Refusal = &'static str;

    fn unlinked(&self) -> Result<UnlinkedRuling, &'static str> {
        if self.asks {
            let destination = "{}".to_owned();
            return Ok(UnlinkedRuling::Ask(Box::new(Question {
                wished: self.new_account.clone(),
                suggested: self.new_account.clone(),
                destination,
            })));
        }
        self.new_account.clone().map(UnlinkedRuling::Provision).ok_or("unknown")
    }

    fn linked(&self, account: Account) -> Ruling<Self::Grant, &'static str> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if account.disabled.is_some() {
            return Ruling::Refuse("disabled");
        }
        if self.barred.as_ref().is_some_and(|barred| account.groups.contains(barred)) {
            let audit = AuditEntry {
                account: Some(account.id),
                cause: Some("barred".into()),
                ..AuditEntry::new(time::OffsetDateTime::UNIX_EPOCH, Event::Refused)
            };
            return Ruling::Deny { refusal: "barred", audit: Box::new(audit) };
        }
        Ruling::Grant((account.username, account.groups))
    }
}
