//! The form to change one's own password, and the page that confirms the change.

use serde::Serialize;

use super::{FormNotice, Page};

/// The old password once, the new one twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasswordChangeForm {
    /// The page's own path, which the form posts to.
    pub action: String,
    pub name: NameField,
    /// The least number of characters in a new password.
    pub shortest: usize,
    /// A notice about the name and the old password.
    pub notice: Option<FormNotice>,
    /// What is wrong with the new password.
    pub new_password_error: Option<NewPasswordError>,
    /// The reference code of the notice.
    pub code: Option<String>,
}

/// Whose password it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "text", rename_all = "kebab-case")]
pub enum NameField {
    /// The person who is signed in.
    ReadOnly(String),
    /// A name to type.
    Editable(String),
}

/// Why a new password is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewPasswordError {
    TooShort,
    /// It is too long, or has a character that no password may have.
    TooLong,
    Common,
    BasedOnName,
    Mismatch,
    SameAsOld,
}

/// Confirms the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PasswordChanged {}

impl Page for PasswordChangeForm {
    const TEMPLATE: &'static str = "password_change.html";
    const SOURCE: &'static str = include_str!("../../../templates/password_change.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::tests::HOSTILE;
        let name = NameField::ReadOnly("grace".into());
        let page = Self {
            action: "/account/password".into(),
            name,
            shortest: 12,
            notice: None,
            new_password_error: None,
            code: None,
        };
        let open = Self { name: NameField::Editable(String::new()), ..page.clone() };
        let code = Some("V-7KQ2MXWD".to_owned());
        let wait = FormNotice::TooManyAttempts { seconds: 40, refresh_href: "/account/password".into() };
        let errors = [
            NewPasswordError::TooShort,
            NewPasswordError::TooLong,
            NewPasswordError::Common,
            NewPasswordError::BasedOnName,
            NewPasswordError::Mismatch,
            NewPasswordError::SameAsOld,
        ];
        let mut samples = vec![
            page.clone(),
            Self { notice: Some(FormNotice::WrongPassword), code: code.clone(), ..open.clone() },
            Self { notice: Some(FormNotice::WrongPassword), code: code.clone(), ..page.clone() },
            Self { notice: Some(wait), code, ..page.clone() },
            Self {
                name: NameField::Editable(HOSTILE.into()),
                action: HOSTILE.into(),
                code: Some(HOSTILE.into()),
                ..open.clone()
            },
            open,
        ];
        samples.extend(
            errors.map(|new_password_error| Self { new_password_error: Some(new_password_error), ..page.clone() }),
        );
        samples
    }
}

impl Page for PasswordChanged {
    const TEMPLATE: &'static str = "password_changed.html";
    const SOURCE: &'static str = include_str!("../../../templates/password_changed.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self {}]
    }
}
