//! Finds accounts by what an admin knows of a person: a reference code, an id, a subject, or the beginning of a name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Admin, AdminError};
use crate::base::ids::{AccountId, AppId, ProviderId, ReferenceCode, Subject};
use crate::base::username::Username;
use crate::store::{self, TermQuery, TermRange};

/// The accounts that a text finds, one page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SearchPage {
    /// The refusal, if the text is its reference code.
    pub refusal: Option<FoundRefusal>,
    pub accounts: Vec<FoundAccount>,
    /// The next page begins after this. `None`: this is the last page.
    pub next: Option<String>,
    /// `false`: a server is still writing the search terms of accounts that an older version made, so some of them may
    /// be missing here.
    pub complete: bool,
}

/// A refusal, as the audit log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundRefusal {
    pub code: ReferenceCode,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub cause: Option<String>,
    pub app: Option<AppId>,
    pub provider: Option<ProviderId>,
    /// The account may have been removed since.
    pub account: Option<AccountId>,
    /// The row of the audit log that counts it.
    pub audit_row: i64,
}

/// An account that was found, and what helps to recognise its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundAccount {
    pub id: AccountId,
    pub username: Username,
    pub disabled: bool,
    pub matched: Matched,
    /// `2026-11-30`. `None`: nobody has signed in to it, as far as the database knows.
    pub last_sign_in: Option<String>,
    /// What the provider of the last sign-in sent, as far as the config lets it be kept.
    pub name: Option<String>,
    pub email: Option<String>,
}

/// By what an account was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Matched {
    ReferenceCode,
    Id,
    Subject,
    /// A username, a display name, an e-mail address or its domain, in the form in which texts are compared.
    Term {
        term: String,
    },
}

impl Admin {
    /// Finds accounts. A reference code, an account's id, and a subject after its provider (`uni:u17`) match exactly;
    /// any text also finds what begins with it. `after` is `next` of the page before.
    ///
    /// # Errors
    /// When the text is empty, when `after` belongs to another text, or when the database fails.
    pub async fn search(&self, text: &str, after: Option<&str>, limit: u32) -> Result<SearchPage, AdminError> {
        let range = TermRange::of(text).ok_or(AdminError::EmptySearch)?;
        let mut page = SearchPage { complete: self.store.has_all_search_terms().await?, ..SearchPage::default() };
        let cursor = after.map(|after| Cursor::read(after, &range).ok_or(AdminError::CursorOfAnotherSearch));
        let cursor = cursor.transpose()?;
        if cursor.is_none() {
            self.add_exact(text.trim(), limit, &mut page).await?;
        }
        let after = cursor.as_ref().map(|Cursor(term, account)| (term.as_str(), account));
        let mut found = self.store.accounts_by_term(TermQuery { range: &range, after, limit: limit + 1 }).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let last = found.last().filter(|_| more);
        page.next = last.map(|(term, account)| Cursor(term.clone(), account.id.clone()).to_string());
        for (term, account) in found {
            page.add(account, Matched::Term { term });
        }
        Ok(page)
    }

    /// Adds what the whole text names.
    async fn add_exact(&self, text: &str, limit: u32, page: &mut SearchPage) -> Result<(), AdminError> {
        if let Some(code) = ReferenceCode::read(text)
            && let Some(known) = self.store.explain(&code).await?
        {
            let (code, at, entry) = (known.code, known.at, known.row.entry);
            if let Some(id) = &entry.account {
                page.add_all(self.store.found_account(id).await?, &Matched::ReferenceCode);
            }
            let (app, provider, account) = (entry.app, entry.provider, entry.account);
            let audit_row = known.row.id;
            page.refusal = Some(FoundRefusal { code, at, cause: entry.cause, app, provider, account, audit_row });
        }
        let id = AccountId::stored(text.to_ascii_lowercase());
        page.add_all(self.store.found_account(&id).await?, &Matched::Id);
        if let Some((provider, subject)) = text.split_once(':')
            && let Ok(provider) = provider.trim().parse()
        {
            let found = self.store.accounts_by_subject(&provider, &Subject::from(subject), limit).await?;
            page.add_all(found, &Matched::Subject);
        }
        Ok(())
    }
}

impl SearchPage {
    fn add_all(&mut self, found: impl IntoIterator<Item = store::FoundAccount>, matched: &Matched) {
        for account in found {
            self.add(account, matched.clone());
        }
    }

    /// Adds an account, unless the page has it already.
    fn add(&mut self, found: store::FoundAccount, matched: Matched) {
        if self.accounts.iter().any(|account| account.id == found.id) {
            return;
        }
        let store::FoundAccount { id, username, is_disabled, last_sign_in, profile } = found;
        let (name, email) = profile.map(|profile| (profile.name, profile.email)).unwrap_or_default();
        self.accounts.push(FoundAccount {
            id,
            username,
            disabled: is_disabled,
            matched,
            last_sign_in: last_sign_in.map(|day| day.to_string()),
            name,
            email: email.map(|email| email.address),
        });
    }
}

/// The last row of a page: its term and its account.
struct Cursor(String, AccountId);

impl Cursor {
    fn read(text: &str, range: &TermRange) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (term, account): (String, AccountId) = serde_json::from_slice(&json).ok()?;
        range.contains(&term).then_some(Self(term, account))
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(term, account) = self;
        let json = serde_json::json!([term, account]).to_string();
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}
