//! The audit log: sign-ins, refusals and their causes, and the operations of admins. It never holds a secret.

use time::OffsetDateTime;

use super::event::Event;
use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccountId, AppId, ProviderId, ReferenceCode};
use crate::base::secret::sha256;

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: OffsetDateTime,
    pub event: Event,
    /// The admin who did it: `cli:root`.
    pub actor: Option<String>,
    pub app: Option<AppId>,
    pub provider: Option<ProviderId>,
    pub account: Option<AccountId>,
    /// Why it was refused: `not_permitted`.
    pub cause: Option<String>,
    /// The facts and the fix, for an admin. Never a secret.
    pub detail: Option<String>,
    pub code: Option<ReferenceCode>,
    /// The visitor's network, no smaller than `192.0.2.0/24` or `2001:db8::/64`.
    pub network: Option<String>,
}

impl AuditEntry {
    /// An entry that holds only the time and the event.
    #[must_use]
    pub fn new(at: OffsetDateTime, event: Event) -> Self {
        Self {
            at,
            event,
            actor: None,
            app: None,
            provider: None,
            account: None,
            cause: None,
            detail: None,
            code: None,
            network: None,
        }
    }

    /// The key of the row that counts this refusal: refusals of one kind, from one network, within one minute share it.
    /// `None`: the entry has a row of its own.
    #[must_use]
    pub fn bucket(&self) -> Option<CoalescingKey> {
        if self.event != Event::Refused {
            return None;
        }
        let minute = self.minute();
        let parts = [
            self.app.as_ref().map(AppId::as_str),
            self.provider.as_ref().map(ProviderId::as_str),
            self.account.as_ref().map(AccountId::as_str),
            self.cause.as_deref(),
            self.network.as_deref(),
        ];
        // `Debug` quotes each part, so that different lists never give the same text.
        Some(sha256(format!("{minute} {parts:?}").as_bytes()))
    }

    /// Minutes since 1970.
    #[must_use]
    pub fn minute(&self) -> i64 {
        Self::minute_of(self.at)
    }

    #[must_use]
    pub fn minute_of(at: OffsetDateTime) -> i64 {
        at.unix_timestamp().div_euclid(60)
    }
}

/// A hash of what the refusals of one row have in common.
pub type CoalescingKey = [u8; 32];

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
    /// The facts of this refusal.
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
             a.detail, ",
            "a.network, a.count",
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
        let detail = entry.detail.as_deref().map(one_line);
        let values = [
            at.into(),
            entry.event.as_str().into(),
            entry.actor.as_deref().map(one_line).into(),
            entry.app.as_ref().map(AppId::as_str).into(),
            entry.provider.as_ref().map(ProviderId::as_str).into(),
            entry.account.as_ref().map(AccountId::as_str).into(),
            entry.cause.as_deref().map(one_line).into(),
            detail.clone().into(),
            entry.network.as_deref().into(),
            entry.bucket().map(|bucket| bucket.to_vec()).into(),
            i64::from(times).into(),
        ];
        let statement = "INSERT INTO audit (first_at, last_at, event, actor, app, provider, account_id, cause, detail, \
                         network, coalescing_key, count) VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                         ON CONFLICT (coalescing_key) WHERE coalescing_key IS NOT NULL DO UPDATE SET \
                         count = audit.count + excluded.count, last_at = CASE WHEN excluded.last_at > audit.last_at \
                         THEN excluded.last_at ELSE audit.last_at END RETURNING id, count";
        let row = self.sql.one(statement, values).await?;
        let (Some(row), Some(code)) = (row, &entry.code) else { return Ok(()) };
        let (id, count): (i64, i64) = (row.get(0)?, row.get(1)?);
        // If the same code is drawn twice, it stands for the later refusal. The statement runs whatever the count is:
        // otherwise its duration would show whether a name has an account, because unknown names share a row (C42).
        let statement = "INSERT INTO reference_code (code, audit_id, at, detail) SELECT $1, $2, $3, $4 WHERE $5 <= $6 \
                         ON CONFLICT (code) DO UPDATE SET audit_id = excluded.audit_id, at = excluded.at, \
                         detail = excluded.detail";
        let most = i64::from(MAX_CODES_PER_ROW);
        let values = [code.as_str().into(), id.into(), at.into(), detail.into(), count.into(), most.into()];
        self.sql.run(statement, values).await.map(drop)
    }
}

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
        let statement =
            row_and!(", c.at, c.detail FROM reference_code c JOIN audit a ON a.id = c.audit_id WHERE c.code = $1");
        let row = self.reader.one(statement, [code.as_str().into()]).await?;
        let explained = row.map(|row| {
            Ok(ExplainedRefusal { code: code.clone(), at: row.time(12)?, detail: row.get(13)?, row: audit_row(&row)? })
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
        app: row.parsed_if_any(5)?,
        provider: row.parsed_if_any(6)?,
        account: row.get::<Option<String>>(7)?.map(AccountId::stored),
        cause: row.get(8)?,
        detail: row.get(9)?,
        code: None,
        network: row.get(10)?,
    };
    Ok(AuditRow { id: row.get(0)?, entry, last_at: row.time(2)?, count: row.get(11)? })
}

/// Cuts a text to one line of bounded length. It may quote a visitor.
fn one_line(text: &str) -> String {
    const MAX_LENGTH: usize = 2_000;
    text.chars().filter(|c| !crate::base::invisible::is_invisible(*c)).take(MAX_LENGTH).collect()
}
