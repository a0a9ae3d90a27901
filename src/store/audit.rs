//! The audit log: sign-ins, refusals and their causes, and the operations of admins. It never holds a secret.

use time::OffsetDateTime;

use super::audit_detail::{AuditDetail, StoredDetail};
use super::audit_entry::AuditEntry;
use super::audit_target::AuditTarget;
use super::event::Event;
use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccountId, AppId, ProviderId, ReferenceCode};

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub id: i64,
    /// The event. In a row that counts several refusals, it is the first of them. `code` is always `None`.
    pub entry: AuditEntry,
    pub last_at: OffsetDateTime,
    pub count: i64,
}

/// The refusal that a reference code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedRefusal {
    pub code: ReferenceCode,
    pub at: OffsetDateTime,
    /// The facts of this refusal, as people read them.
    pub detail: Option<String>,
    /// The row that counts it.
    pub row: AuditRow,
}

/// Which rows to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    pub account: Option<AccountId>,
    pub provider: Option<ProviderId>,
    pub event: Option<Event>,
    /// Only rows that were last counted at this time or later.
    pub since: Option<OffsetDateTime>,
    /// Only rows older than this one, for paging.
    pub before: Option<i64>,
    pub limit: u32,
}

/// How many reference codes one row of refusals keeps.
pub const MAX_CODES_PER_ROW: u32 = 20;

macro_rules! row_and {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.first_at, a.last_at, a.event, a.actor, a.app, a.provider, a.account_id, a.cause, \
             a.detail, a.network, a.count, a.actor_account, a.target, a.personal, a.personal_digest",
            $rest
        )
    };
}
impl Transaction {
    /// Writes a row, or counts a refusal in its row.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.audit_times(entry, 1).await
    }

    /// As [`Self::audit`], for something that happened `times` times.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_times(&mut self, entry: &AuditEntry, times: u32) -> Result<(), StoreError> {
        let at = micros(entry.at);
        let StoredDetail { template, personal, digest } = StoredDetail::of(entry.detail.as_ref());
        let digest = digest.map(|digest| digest.to_vec());
        let account = entry.account.as_ref().map(AccountId::as_str);
        let values = [
            at.into(),
            entry.event.as_str().into(),
            entry.actor.as_deref().map(one_line).into(),
            entry.app.as_ref().map(AppId::as_str).into(),
            entry.provider.as_ref().map(ProviderId::as_str).into(),
            account.into(),
            entry.cause.as_deref().map(one_line).into(),
            template.clone().into(),
            entry.network.as_deref().into(),
            entry.bucket().map(|bucket| bucket.to_vec()).into(),
            i64::from(times).into(),
            entry.actor_account.as_ref().map(AccountId::as_str).into(),
            entry.target.as_ref().map(AuditTarget::as_str).into(),
            personal.clone().into(),
            digest.clone().into(),
        ];
        let row = self.sql.one(INSERT, values).await?;
        let (Some(row), Some(code)) = (row, &entry.code) else { return Ok(()) };
        let (id, count): (i64, i64) = (row.get(0)?, row.get(1)?);
        let most = i64::from(MAX_CODES_PER_ROW);
        let values = [
            code.as_str().into(),
            id.into(),
            at.into(),
            template.into(),
            count.into(),
            account.into(),
            most.into(),
            personal.into(),
            digest.into(),
        ];
        self.sql.run(INSERT_CODE, values).await.map(drop)
    }
}

/// A refusal that was counted before its account was removed may be written after it. If an account's personal values
/// were erased, that row must not bring them back.
macro_rules! personal_unless_removed {
    ($account:literal, $personal:literal) => {
        concat!(
            "CASE WHEN ",
            $account,
            " IS NULL OR EXISTS (SELECT 1 FROM account WHERE id = ",
            $account,
            ") THEN ",
            $personal,
            " END"
        )
    };
}

/// Only refusals have a coalescing key. Other rows record what an operation has just done, such as a removal.
const INSERT: &str = concat!(
    "INSERT INTO audit (first_at, last_at, event, actor, app, provider, account_id, cause, detail, network, \
     coalescing_key, count, actor_account, target, personal, personal_digest) \
     VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, CASE WHEN $10 IS NULL THEN $14 ELSE ",
    personal_unless_removed!("$6", "$14"),
    " END, $15) ON CONFLICT (coalescing_key) WHERE coalescing_key IS NOT NULL DO UPDATE SET \
     count = audit.count + excluded.count, last_at = CASE WHEN excluded.last_at > audit.last_at \
     THEN excluded.last_at ELSE audit.last_at END RETURNING id, count"
);

/// If the same code is drawn twice, it stands for the later refusal. The statement runs whatever the count is:
/// otherwise its duration would show whether a name has an account, because unknown names share a row (C42).
const INSERT_CODE: &str = concat!(
    "INSERT INTO reference_code (code, audit_id, at, detail, personal, personal_digest) SELECT $1, $2, $3, $4, ",
    personal_unless_removed!("$6", "$8"),
    ", $9 WHERE $5 <= $7 ON CONFLICT (code) DO UPDATE SET audit_id = excluded.audit_id, at = excluded.at, \
     detail = excluded.detail, personal = excluded.personal, personal_digest = excluded.personal_digest"
);

impl Store {
    /// Writes a row in a transaction of its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        transaction.audit(entry).await?;
        transaction.commit().await
    }

    /// The refusal that a reference code stands for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn explain(&self, code: &ReferenceCode) -> Result<Option<ExplainedRefusal>, StoreError> {
        let statement = row_and!(
            ", c.at, c.detail, c.personal, c.personal_digest \
                 FROM reference_code c JOIN audit a ON a.id = c.audit_id WHERE c.code = $1"
        );
        let row = self.reader.one(statement, [code.as_str().into()]).await?;
        let explained = row.map(|row| {
            let detail = detail(&row, [17, 18, 19])?.map(|detail| detail.to_string());
            Ok(ExplainedRefusal { code: code.clone(), at: row.time(16)?, detail, row: audit_row(&row)? })
        });
        explained.transpose()
    }

    /// Rows of the audit log, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_list(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        let values = [
            query.before.unwrap_or(i64::MAX).into(),
            i64::from(query.limit).into(),
            query.provider.as_ref().map_or("", ProviderId::as_str).into(),
            query.event.map_or("", Event::as_str).into(),
            query.since.map_or(i64::MIN, micros).into(),
        ];
        let rows = if let Some(account) = &query.account {
            let statement = row_and!(
                " FROM audit a WHERE a.id < $1 AND ($3 = '' OR a.provider = $3) AND ($4 = '' OR a.event = $4) \
                 AND a.last_at >= $5 AND a.account_id = $6 ORDER BY a.id DESC LIMIT $2"
            );
            self.reader.all(statement, values.into_iter().chain([account.as_str().into()])).await?
        } else {
            let statement = row_and!(
                " FROM audit a WHERE a.id < $1 AND ($3 = '' OR a.provider = $3) AND ($4 = '' OR a.event = $4) \
                 AND a.last_at >= $5 ORDER BY a.id DESC LIMIT $2"
            );
            self.reader.all(statement, values).await?
        };
        rows.iter().map(audit_row).collect()
    }

    /// The result of the last push of our keys to an app.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_push(&self, app: &AppId) -> Result<Option<AuditRow>, StoreError> {
        let statement = row_and!(" FROM audit a WHERE a.app = $1 AND a.event IN ($2, $3) ORDER BY a.id DESC LIMIT 1");
        let (done, failed) = (Event::KeysPushed.as_str(), Event::KeysNotPushed.as_str());
        let row = self.reader.one(statement, [app.as_str().into(), done.into(), failed.into()]).await?;
        row.as_ref().map(audit_row).transpose()
    }
}

fn audit_row(row: &Row) -> Result<AuditRow, StoreError> {
    let entry = AuditEntry {
        at: row.time(1)?,
        event: row.parsed(3)?,
        actor: row.get(4)?,
        actor_account: row.get::<Option<String>>(12)?.map(AccountId::stored),
        app: row.parsed_if_any(5)?,
        provider: row.parsed_if_any(6)?,
        account: row.get::<Option<String>>(7)?.map(AccountId::stored),
        target: row.get::<Option<String>>(13)?.map(AuditTarget::stored),
        cause: row.get(8)?,
        detail: detail(row, [9, 14, 15])?,
        code: None,
        network: row.get(10)?,
    };
    Ok(AuditRow { id: row.get(0)?, entry, last_at: row.time(2)?, count: row.get(11)? })
}

/// The detail in these columns: its template, personal values and their digest.
fn detail(row: &Row, [template, personal, digest]: [usize; 3]) -> Result<Option<AuditDetail>, StoreError> {
    let digest = row.get::<Option<Vec<u8>>>(digest)?.map(TryInto::try_into);
    let digest = digest.transpose().map_err(|_| row.damaged("a digest of personal values"))?;
    let stored = StoredDetail { template: row.get(template)?, personal: row.get(personal)?, digest };
    stored.read().map_err(|_| row.damaged("personal values"))
}

/// Cuts a text to one line of bounded length. It may quote a visitor.
fn one_line(text: &str) -> String {
    const MAX_LENGTH: usize = 2_000;
    text.chars().filter(|c| !crate::base::invisible::is_invisible(*c)).take(MAX_LENGTH).collect()
}
