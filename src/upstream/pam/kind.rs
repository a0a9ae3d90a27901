//! `kind = "pam"`: its row in the table of kinds, and how its module is opened.

use std::ffi::CString;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Pam;
use super::native::user_database;
use super::settings::{PamSettings, SubjectForm, parse};
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::config::reader::Section;
use crate::config::{Provider, ProviderKind, SignInMethod};
use crate::upstream::LoginModule;
use crate::upstream::settings::{Email, IssuerOrigin, KindSettings, OpenContext, OpenError, ProviderSettings};

/// `kind = "pam"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "pam"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Password
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        Some(Arc::new(parse(section)?))
    }
}

impl KindSettings for PamSettings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        Ok(Arc::new(Pam::new(provider.id.clone(), self, context.clock.clone())))
    }

    fn issuer(&self, _: &ProviderId) -> Issuer {
        self.issuer.clone()
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Operator
    }

    fn subject_source(&self) -> String {
        match self.subject {
            SubjectForm::UidAndName => "uid and name",
            SubjectForm::Name => "the name",
        }
        .to_owned()
    }

    fn identity_settings(&self) -> Value {
        let confdir = self.confdir.as_ref().map(|confdir| confdir.to_string_lossy());
        let by_uid = self.subject == SubjectForm::UidAndName;
        json!({ "service": self.service, "confdir": confdir, "by_uid": by_uid })
    }

    fn untested(&self) -> &'static str {
        "a person's password, and whether the service lets their account in"
    }

    fn email(&self, _: &ProviderId) -> Email {
        Email::NeverComes
    }

    fn subject_of(&self, name: &str) -> Option<Subject> {
        let known = user_database::find(&CString::new(name.trim()).ok()?)?;
        self.subject.of(known.name.to_str().ok()?, Some(known.uid))
    }

    fn subject_fault(&self, subject: &str) -> Option<String> {
        let has_uid =
            || subject.split_once(':').is_some_and(|(uid, name)| uid.parse::<u32>().is_ok() && !name.is_empty());
        match self.subject {
            SubjectForm::UidAndName if !has_uid() => {
                let known = self.subject_of(subject);
                let example = known.as_ref().map_or("1000:ada", Subject::as_str);
                Some(format!("write the uid before the name, such as {example}, or set subject = \"name\""))
            }
            // A name has no colon (passwd(5)).
            SubjectForm::Name if has_uid() => {
                Some("write the name alone, without the uid, or leave out subject = \"name\"".to_owned())
            }
            SubjectForm::UidAndName | SubjectForm::Name => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KindSettings as _, PamSettings};
    use crate::upstream::pam::settings::SubjectForm;

    #[test]
    fn a_name_leads_to_the_subject_that_its_sign_ins_have() {
        let settings = |subject| PamSettings {
            service: "vestibule".into(),
            confdir: None,
            issuer: "pam:vestibule".into(),
            subject,
            timeout: std::time::Duration::from_secs(5),
        };
        assert_eq!(settings(SubjectForm::UidAndName).subject_of("root"), Some("0:root".into()));
        assert_eq!(settings(SubjectForm::Name).subject_of("root"), Some("root".into()));
        assert_eq!(settings(SubjectForm::UidAndName).subject_of("no such person"), None);
        let fault = settings(SubjectForm::UidAndName).subject_fault("root").unwrap();
        assert!(fault.contains("such as 0:root"), "{fault}");
        assert_eq!(settings(SubjectForm::UidAndName).subject_fault("0:root"), None);
        assert_eq!(settings(SubjectForm::Name).subject_fault("root"), None);
        assert!(settings(SubjectForm::Name).subject_fault("0:root").unwrap().contains("without the uid"));
    }
}
