//! `vestibule audit`: lists the rows of the audit log, newest first.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::admin_command::{AdminCommand, AdminContext, CommandError, with_fix};
use crate::accounts::{AccountError, AccountRef};
use crate::base::clock::{Clock, format_utc};
use crate::base::ids::{AccountId, AppId, ProviderId};
use crate::base::username::Username;
use crate::store::{AuditQuery, AuditRow, AuditTarget, Event};

/// Show what happened, newest first: sign-ins, refusals, and what admins did
///
/// Refusals of one kind, from one network and in one minute share a row with a count.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    command: AdminCommand,
    /// Only rows about the account with this username; with --by-id, with this id, even if the account was removed
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// ACCOUNT is an id, not a username
    #[arg(long, requires = "account")]
    by_id: bool,
    /// Only rows about sign-ins at this provider
    #[arg(long, value_name = "ID")]
    provider: Option<ProviderId>,
    /// Only events of this kind
    #[arg(long, value_name = "EVENT",
        value_parser = PossibleValuesParser::new(Event::NAMES).try_map(|name| name.parse::<Event>()))]
    event: Option<Event>,
    /// Only rows since this time: 30m, 12h, 7d, or a time such as 2026-11-29T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<OffsetDateTime>,
    /// Only rows older than this one: the last id of the previous page
    #[arg(long, value_name = "ROW")]
    before: Option<i64>,
    /// How many rows at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

const EXAMPLES: &str = "\
Examples:
  vestibule audit --since 1h
  vestibule audit --account grace --event refused
  vestibule audit --event account_removed --limit 5
  vestibule audit --since 7d --limit 10000 --json";

/// Shows the rows.
pub fn run(args: &Args) -> ExitCode {
    args.command.run(async |context| rows(&context, args).await, to_text)
}

/// Some rows, and where the next page begins.
#[derive(Debug, Serialize)]
struct Page {
    rows: Vec<Row>,
    /// `--before` for the next page. `None`: this is the last page.
    next: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: i64,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    last_at: OffsetDateTime,
    event: &'static str,
    /// How many refusals share the row.
    count: i64,
    cause: Option<String>,
    detail: Option<String>,
    actor: Option<String>,
    /// The account of the person who did it.
    actor_account: Option<AccountId>,
    /// The id of what it is about, beside the account.
    target: Option<AuditTarget>,
    app: Option<AppId>,
    provider: Option<ProviderId>,
    account: Option<AccountId>,
    /// The account's username now. `None`: the account was removed.
    username: Option<Username>,
    network: Option<String>,
}

async fn rows(context: &AdminContext, args: &Args) -> Result<Page, CommandError> {
    let account = match &args.account {
        None => None,
        Some(id) if args.by_id => Some(AccountId::stored(id.clone())),
        Some(name) => match context.accounts.details(&AccountRef::Name(name.parse()?)).await {
            Ok(found) => Some(found.id),
            Err(why @ AccountError::NoSuchAccount(_)) => {
                Err(format!("{}; for a removed account, use --by-id", with_fix(why)))?
            }
            Err(why) => Err(with_fix(why))?,
        },
    };
    let query = AuditQuery {
        account: account.clone(),
        provider: args.provider.clone(),
        event: args.event,
        since: args.since,
        before: args.before,
        limit: args.limit + 1,
    };
    let mut found = context.store.audit_list(&query).await?;
    if found.is_empty() {
        reject_unknown_filter(context, args, account.as_ref()).await?;
    }
    let more = found.len() > args.limit as usize;
    found.truncate(args.limit as usize);
    let next = found.last().filter(|_| more).map(|row| row.id);
    let mut names: BTreeMap<AccountId, Option<Username>> = BTreeMap::new();
    for id in found.iter().filter_map(|row| row.entry.account.as_ref()) {
        if !names.contains_key(id) {
            let account = context.store.account(id).await?;
            names.insert(id.clone(), account.map(|account| account.username));
        }
    }
    let username = |id: Option<&AccountId>| names.get(id?).cloned().flatten();
    Ok(Page { rows: found.into_iter().map(|it| Row::new(username(it.entry.account.as_ref()), it)).collect(), next })
}

/// Looks for a mistyped name in a query that found no rows. A provider or an account that was removed may have rows.
///
/// # Errors
/// When neither the config nor the database has the provider or the account.
async fn reject_unknown_filter(
    context: &AdminContext,
    args: &Args,
    account: Option<&AccountId>,
) -> Result<(), CommandError> {
    let ids: Vec<_> = context.config.providers.iter().map(|provider| provider.id.as_str()).collect();
    if let Some(provider) = args.provider.as_ref().filter(|id| !ids.contains(&id.as_str())) {
        let ids = ids.join(", ");
        return Err(
            format!("there is no such row, and the config names no provider {provider}; it names: {ids}").into()
        );
    }
    if let Some(id) = account.filter(|_| args.by_id)
        && context.store.account(id).await?.is_none()
    {
        return Err(
            format!("there is no such row, and no account has the id {id}; for a username, leave out --by-id").into()
        );
    }
    Ok(())
}

impl Row {
    fn new(username: Option<Username>, row: AuditRow) -> Self {
        let AuditRow { id, entry, last_at, count } = row;
        Self {
            id,
            at: entry.at,
            last_at,
            event: entry.event.as_str(),
            count,
            cause: entry.cause,
            detail: entry.detail.map(|detail| detail.to_string()),
            actor: entry.actor,
            actor_account: entry.actor_account,
            target: entry.target,
            app: entry.app,
            provider: entry.provider,
            account: entry.account,
            username,
            network: entry.network,
        }
    }

    fn to_text(&self) -> String {
        let cause = self.cause.as_ref().map_or_else(String::new, |cause| format!(" ({cause})"));
        let times = if self.count > 1 {
            format!("  {} times, the last at {}", self.count, format_utc(self.last_at))
        } else {
            String::new()
        };
        let mut lines = vec![format!("{}  {}{cause}{times}", format_utc(self.at), self.event)];
        lines.extend(self.detail.as_ref().map(|detail| format!("  {detail}")));
        let account = self.account.as_ref().map(|id| match &self.username {
            Some(name) => format!("{name} (id {id})"),
            None => format!("id {id}"),
        });
        let facts = [
            ("account", account),
            ("app", self.app.as_ref().map(ToString::to_string)),
            ("provider", self.provider.as_ref().map(ToString::to_string)),
            ("network", self.network.clone()),
            ("by", self.actor.clone()),
        ];
        let facts = facts.into_iter().filter_map(|(name, fact)| Some(format!("{name}: {}", fact?)));
        let facts = facts.collect::<Vec<_>>().join("  ");
        lines.extend(Some(facts).filter(|facts| !facts.is_empty()).map(|facts| format!("  {facts}")));
        lines.join("\n")
    }
}

fn to_text(page: &Page) -> String {
    if page.rows.is_empty() {
        return "The audit log has no such rows.".to_owned();
    }
    let mut rows: Vec<String> = page.rows.iter().map(Row::to_text).collect();
    rows.extend(page.next.map(|next| format!("\nMore: --before {next}")));
    rows.join("\n")
}

/// A time, or how long ago.
fn since(text: &str) -> Result<OffsetDateTime, String> {
    let wrong = || "write a number and m, h or d, such as 12h, or a time such as 2026-11-29T08:00:00Z".to_owned();
    let too_long_ago = || "this is too long ago; without --since, all rows are shown".to_owned();
    if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(time);
    }
    if text.get(..5).is_some_and(|year| year.ends_with('-') && year.bytes().take(4).all(|byte| byte.is_ascii_digit())) {
        return Err(
            "a time has a date, a time of day and a time zone: 2026-11-29T08:00:00Z, or +01:00 for Z".to_owned()
        );
    }
    let unit = text.chars().last().ok_or_else(wrong)?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return Err(wrong()),
    };
    let digits = text.strip_suffix(unit).filter(|digits| !digits.is_empty()).ok_or_else(wrong)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: u32 = digits.parse().map_err(|_| too_long_ago())?;
    let ago = Duration::minutes(i64::from(number) * minutes);
    Clock::system().now().checked_sub(ago).ok_or_else(too_long_ago)
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::since;
    use crate::base::clock::Clock;

    #[test]
    fn since_takes_a_time_or_how_long_ago() {
        let ago = |text: &str| Clock::system().now() - since(text).unwrap();
        for (text, expected) in [("30m", Duration::minutes(30)), ("2h", Duration::hours(2)), ("7d", Duration::days(7))]
        {
            assert!((ago(text) - expected).abs() < Duration::minutes(1), "{text}");
        }
        assert_eq!(since("2026-11-29T08:00:00Z").unwrap().hour(), 8);
        for (wrong, why) in [
            ("", "write a number"),
            ("7", "write a number"),
            ("d", "write a number"),
            ("-7d", "write a number"),
            ("7w", "write a number"),
            ("yesterday", "write a number"),
            ("4294967295d", "too long ago"),
            ("99999999999h", "too long ago"),
            ("2026-11-30", "a time zone"),
            ("2026-11-30T08:00", "a time zone"),
        ] {
            assert!(since(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }
}
