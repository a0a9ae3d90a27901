//! `kind = "password"`: its row in the table of kinds, and how its module is opened.

use std::sync::Arc;

use serde_json::Value;

use super::LocalAccounts;
use super::settings::parse;
use crate::base::ids::{Issuer, ProviderId};
use crate::config::reader::Section;
use crate::config::{AccountOrigin, Provider, ProviderKind, SignInMethod};
use crate::passwords::{HashingSettings, ISSUER, LocalPasswords, SUBJECT_SOURCE};
use crate::upstream::LoginModule;
use crate::upstream::settings::{Email, IssuerOrigin, KindSettings, OpenContext, OpenError, ProviderSettings};

/// `kind = "password"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "password"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Password
    }

    fn account_origin(&self) -> AccountOrigin {
        AccountOrigin::Local
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        Some(Arc::new(parse(section)?))
    }
}

impl KindSettings for HashingSettings {
    fn open(
        self: Arc<Self>,
        provider: &Provider<ProviderSettings>,
        context: &mut OpenContext<'_>,
    ) -> Result<Arc<dyn LoginModule>, OpenError> {
        let store = context.store.ok_or(OpenError::NoDatabase)?;
        let passwords = LocalPasswords::new(provider.id.clone(), &self, store.clone());
        Ok(Arc::new(LocalAccounts::new(passwords, self, context.clock.clone())))
    }

    fn issuer(&self, _: &ProviderId) -> Issuer {
        Issuer::from(ISSUER)
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Kind
    }

    fn subject_source(&self) -> String {
        SUBJECT_SOURCE.to_owned()
    }

    fn identity_settings(&self) -> Value {
        Value::Null
    }

    fn untested(&self) -> &'static str {
        "the password of an account"
    }

    fn email(&self, _: &ProviderId) -> Email {
        Email::NeverComes
    }

    fn hashing(&self) -> Option<&HashingSettings> {
        Some(self)
    }
}
