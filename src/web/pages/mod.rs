//! Every page that people see: values come in, one HTML text goes out.

pub mod assets;
mod frame;
mod language;
mod messages;
mod logout;
mod name_given;
mod own_password;
mod refusal;
mod repost;
mod sign_in;
mod way;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod tests;

pub use frame::{Brand, Frame, Help};
pub use language::{Language, UnknownLanguage, negotiate};
pub use logout::{LogoutAsk, SignedOut};
pub use name_given::NameGiven;
pub use own_password::{NameField, OwnPassword, PasswordChanged, Remark};
#[cfg(test)]
pub(super) use refusal::samples;
pub use refusal::{Refusal, row};
pub use repost::Repost;
pub use sign_in::{Choice, Form, MANY, Note, Said, Search, SignIn, Whose, narrowed};
pub use way::{Way, WayKind};

use std::fmt::Write as _;

use minijinja::{
    Environment, Error, Output, State, UndefinedBehavior, Value, context, escape_formatter, syntax::SyntaxConfig,
    value::Serde,
};
use serde::Serialize;

use messages::Messages;

/// What one page shows, ready to be shown.
pub trait Page: Serialize {
    /// The file in `templates/` that draws it.
    const TEMPLATE: &'static str;

    /// The page as people will meet it, in all its shapes: each is drawn in every language by the tests.
    #[cfg(test)]
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

/// The templates and messages of every language, read once and shared by all threads.
pub struct Pages {
    languages: Vec<(Language, Environment<'static>)>,
}

impl Pages {
    /// # Errors
    /// When a template or message file in the binary cannot be read; a test holds that they all can.
    pub fn new() -> Result<Self, Error> {
        Self::speaking(Messages::new)
    }

    fn speaking(messages: impl Fn(Language) -> Result<Messages, Error>) -> Result<Self, Error> {
        let drawn = |&language: &Language| Ok((language, environment(messages(language)?)?));
        Ok(Self { languages: Language::ALL.iter().map(drawn).collect::<Result<_, Error>>()? })
    }

    /// The whole page as HTML. Every value is escaped, whoever gave it.
    ///
    /// # Errors
    /// When a template asks for what the page does not have; a test draws every page to hold that none does.
    pub fn render<P: Page>(&self, page: &P, language: Language, frame: &Frame<'_>) -> Result<String, Error> {
        let spoken = self.languages.iter().find(|(spoken, _)| *spoken == language);
        let (_, templates) = spoken.ok_or_else(|| Error::new(minijinja::ErrorKind::TemplateNotFound, "no language"))?;
        templates.get_template(P::TEMPLATE)?.render(context! {
            page => Serde(page),
            frame => Serde(frame.shown(language)),
            lang => context! { tag => language.tag(), direction => language.direction() },
        })
    }
}

fn environment(messages: Messages) -> Result<Environment<'static>, Error> {
    let mut templates = Environment::new();
    // Else a template's mishap would tell the log what the page held, and a page may hold a code (C56).
    templates.set_debug(false);
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    templates.set_formatter(escaped);
    templates.add_function("t", move |id: &str, names| messages.say(id, &names));
    let (stylesheet, repost) = (assets::STYLESHEET.path.clone(), assets::REPOST.path.clone());
    templates.add_global("assets", context! { stylesheet, repost });
    for (name, source) in TEMPLATES {
        templates.add_template(name, source)?;
    }
    Ok(templates)
}

/// Text as HTML, in text and in quoted attributes alike. Only the five letters that could end either are replaced, so
/// that an address in a page's source can be read; what is no text is left to the usual way.
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

const TEMPLATES: [(&str, &str); 11] = [
    ("layout.html", include_str!("../../../templates/layout.html")),
    ("parts.html", include_str!("../../../templates/parts.html")),
    ("password_form.html", include_str!("../../../templates/password_form.html")),
    (SignIn::TEMPLATE, include_str!("../../../templates/sign_in.html")),
    (Refusal::TEMPLATE, include_str!("../../../templates/refusal.html")),
    (LogoutAsk::TEMPLATE, include_str!("../../../templates/logout_ask.html")),
    (SignedOut::TEMPLATE, include_str!("../../../templates/signed_out.html")),
    (Repost::TEMPLATE, include_str!("../../../templates/repost.html")),
    (OwnPassword::TEMPLATE, include_str!("../../../templates/own_password.html")),
    (PasswordChanged::TEMPLATE, include_str!("../../../templates/password_changed.html")),
    (NameGiven::TEMPLATE, include_str!("../../../templates/name_given.html")),
];
