//! Every page that people see: values come in, one HTML text goes out.

mod access_request;
mod account;
mod admin;
pub mod assets;
mod date;
mod layout;
mod language;
mod link;
mod messages;
mod method_addition;
mod method_removal;
mod logout;
mod username_suffixed;
mod password_change;
mod refusal;
mod repost;
mod sign_in;
mod sign_in_again;
mod next_step;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod tests;

pub use access_request::{AccessPageState, AccessRequestForm, AccessRequestStatus};
pub use account::{
    AccountPage, AppRights, Done, HistoryEntry, HistoryKind, MethodState, PlaceKind, PlaceRights, Proof, Reason,
    ReasonKind, SessionEntry, SignInMethod,
};
pub use admin::{
    AdminAccountPage, AdminAct, AdminChangePage, AdminIdentitiesPage, AdminMergePage, AdminMethod, AdminNotice,
    AdminProviderPage, AdminProvidersPage, AdminRequestLinkPage, AdminRequestPage, AdminSearchPage, AdminStartPage,
    AuditLine, ChangeForms, ChangeKind, ChangedIdentity, DecisionKind, FoundLine, GroupLink, HolderRow, IdentityLine,
    InvitationPage, Mend, MendKind, MergeKind, MergeLine, MethodLeft, MovedMethod, ProviderAct, ProviderRow,
    RefusalLine, RequestRow, SuspendedRow,
};
pub use date::{Day, Moment};
pub use language::{Language, UnknownLanguage, negotiate};
pub use layout::{Brand, Help, Layout};
pub use link::{AccessOffer, LinkConfirmation, LinkQuestion, MethodLine, NewIdentity, NoticeKind, ProofChoices};
pub use logout::{LogoutConfirmation, SignedOut};
pub use messages::Messages;
pub use method_addition::MethodAdditionPage;
pub use method_removal::{MethodRemovalPage, StaysKind};
pub use next_step::{NextStep, NextStepKind};
pub use password_change::{NameField, NewPasswordError, PasswordChangeForm, PasswordChanged};
#[cfg(test)]
pub(super) use refusal::samples;
pub use refusal::{RefusalPage, row};
pub use repost::Repost;
pub use sign_in::{
    Button, Choice, FormNotice, PasswordSource, PromptReason, SEARCH_THRESHOLD, Search, SignIn, SignInForm,
    filtered_by_name,
};
pub use sign_in_again::SignInAgainPage;
pub use username_suffixed::UsernameSuffixed;

use std::fmt::Write as _;

use minijinja::{
    Environment, Error, Output, State, UndefinedBehavior, Value, context, escape_formatter, syntax::SyntaxConfig,
    value::Serde,
};
use serde::Serialize;

/// The values that one page shows.
pub trait Page: Serialize {
    /// The template in `templates/` that renders the page.
    const TEMPLATE: &'static str;
    /// The text of the template.
    const SOURCE: &'static str;

    /// The page in all its variants. The tests render each in every language.
    #[cfg(test)]
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

/// The templates and messages of every language. They are read once, and all threads share them.
pub struct Pages {
    languages: Vec<(Language, Environment<'static>)>,
}

impl Pages {
    /// # Errors
    /// When a template or message file in the binary can't be read. A test reads them all.
    pub fn new() -> Result<Self, Error> {
        Self::with_messages(|language| Messages::new(language, language.messages()))
    }

    fn with_messages(messages: impl Fn(Language) -> Result<Messages, Error>) -> Result<Self, Error> {
        let with_templates = |&language: &Language| Ok((language, environment(messages(language)?)?));
        Ok(Self { languages: Language::ALL.iter().map(with_templates).collect::<Result<_, Error>>()? })
    }

    /// The whole page as HTML. Every value is escaped, wherever it is from.
    ///
    /// # Errors
    /// When a template asks for a value that the page does not have. A test renders every page.
    pub fn render<P: Page>(&self, page: &P, language: Language, layout: &Layout<'_>) -> Result<String, Error> {
        let entry = self.languages.iter().find(|(entry, _)| *entry == language);
        let (_, templates) = entry.ok_or_else(|| Error::new(minijinja::ErrorKind::TemplateNotFound, "no language"))?;
        templates.get_template(P::TEMPLATE)?.render(context! {
            page => Serde(page),
            layout => Serde(layout.context(language)),
            lang => context! { tag => language.tag(), direction => language.direction() },
        })
    }
}

fn environment(messages: Messages) -> Result<Environment<'static>, Error> {
    let mut templates = Environment::new();
    // Otherwise an error in a template would write the page's values to the log, and one may be a code (C56).
    templates.set_debug(false);
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    templates.set_formatter(escaped);
    templates.add_function("t", move |id: &str, names| messages.text(id, &names));
    let (stylesheet, repost) = (assets::STYLESHEET.path.clone(), assets::REPOST.path.clone());
    templates.add_global("assets", context! { stylesheet, repost });
    for &(name, source) in PARTS.iter().chain(TEMPLATES) {
        templates.add_template(name, source)?;
    }
    Ok(templates)
}

/// Escapes text, for elements and for quoted attributes. It replaces only the five characters that HTML can misread
/// there, so an address in a page's source stays readable. Other values are formatted as usual.
fn escaped(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let Some(text) = value.as_str().filter(|_| !value.is_safe()) else {
        return escape_formatter(out, state, value);
    };
    for letter in text.chars() {
        match letter {
            '&' => out.write_str("&amp;"),
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            '"' => out.write_str("&quot;"),
            '\'' => out.write_str("&#39;"),
            other => out.write_char(other),
        }?;
    }
    Ok(())
}

/// The list of all pages. Add a new page here.
macro_rules! pages {
    ($($page:ident),+ $(,)?) => {
        const TEMPLATES: &[(&str, &str)] = &[$((<$page as Page>::TEMPLATE, <$page as Page>::SOURCE)),+];

        /// Visits the type of every page.
        #[cfg(test)]
        fn visit_pages(visitor: &mut impl PageVisitor) {
            $(visitor.visit::<$page>();)+
        }
    };
}

pages![
    AccessRequestForm,
    AccessRequestStatus,
    AccountPage,
    AdminAccountPage,
    AdminChangePage,
    AdminMergePage,
    AdminProviderPage,
    AdminProvidersPage,
    AdminIdentitiesPage,
    AdminRequestLinkPage,
    AdminRequestPage,
    AdminSearchPage,
    AdminStartPage,
    InvitationPage,
    LinkConfirmation,
    LinkQuestion,
    LogoutConfirmation,
    MethodAdditionPage,
    MethodRemovalPage,
    UsernameSuffixed,
    PasswordChangeForm,
    PasswordChanged,
    RefusalPage,
    Repost,
    SignIn,
    SignInAgainPage,
    SignedOut
];

/// The templates that several pages include.
const PARTS: [(&str, &str); 7] = [
    ("admin_account_merges.html", include_str!("../../../templates/admin_account_merges.html")),
    ("admin_account_changes.html", include_str!("../../../templates/admin_account_changes.html")),
    ("layout.html", include_str!("../../../templates/layout.html")),
    ("parts.html", include_str!("../../../templates/parts.html")),
    ("new_identity.html", include_str!("../../../templates/new_identity.html")),
    ("password_form.html", include_str!("../../../templates/password_form.html")),
    ("provider_choices.html", include_str!("../../../templates/provider_choices.html")),
];

#[cfg(test)]
trait PageVisitor {
    fn visit<P: Page>(&mut self);
}
