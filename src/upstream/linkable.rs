//! Which identities an admin can link to an account: those that a sign-in could prove.

use super::settings::{IssuerOrigin, KindSettings};
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::signin::identify::subject_fault;

/// Why no sign-in could prove an identity. Probably somebody mistyped it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLinkable {
    #[error(
        "provider {0} checks the passwords of local accounts, which need no link; give the account a password: \
         vestibule user passwd ACCOUNT"
    )]
    LocalPasswords(ProviderId),
    #[error("a subject has 1 to 255 bytes, but this is {0}")]
    Subject(String),
    #[error(
        "provider {id} has an issuer for each of its tenants, of the form {form}, so no sign-in has the issuer \
         {issuer:?}; write that of a tenant in the config"
    )]
    Tenant { id: ProviderId, form: Issuer, issuer: String },
    #[error(
        "provider {id} has the issuer {own}, so no sign-in has the issuer {issuer:?}; write {own}, or change the \
         provider in the config first"
    )]
    Issuer { id: ProviderId, own: Issuer, issuer: String },
    #[error("no sign-in at provider {id} has the subject {subject:?}: {fault}")]
    SubjectOfKind { id: ProviderId, subject: String, fault: String },
}

/// Checks that a sign-in at the provider `id` could prove this identity.
///
/// # Errors
/// Why it could not.
pub fn check_linkable(
    settings: &dyn KindSettings,
    id: &ProviderId,
    issuer: &Issuer,
    subject: &Subject,
) -> Result<(), NotLinkable> {
    if settings.hashing().is_some() {
        return Err(NotLinkable::LocalPasswords(id.clone()));
    }
    // Security rule C15: no sign-in has such a subject.
    if let Some(got) = subject_fault(subject.as_str()) {
        return Err(NotLinkable::Subject(got));
    }
    if !settings.accepts_issuer(id, issuer) {
        let (id, own, issuer) = (id.clone(), settings.issuer(id), issuer.to_string());
        return Err(match settings.issuer_origin() {
            IssuerOrigin::Tenant => NotLinkable::Tenant { id, form: own, issuer },
            IssuerOrigin::Operator | IssuerOrigin::Provider | IssuerOrigin::Kind => {
                NotLinkable::Issuer { id, own, issuer }
            }
        });
    }
    match settings.subject_fault(subject.as_str()) {
        Some(fault) => Err(NotLinkable::SubjectOfKind { id: id.clone(), subject: subject.to_string(), fault }),
        None => Ok(()),
    }
}
