//! `vestibule explain`: the refusal that a reference code stands for.

use std::process::ExitCode;

use serde::Serialize;
use time::OffsetDateTime;

use super::admin_command::{AdminCommand, AdminContext, CommandError};
use crate::base::clock::format_utc;
use crate::base::ids::{AccountId, AppId, ProviderId, ReferenceCode};
use crate::base::username::Username;

/// Explain the reference code of a refusal
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    command: AdminCommand,
    /// The code from the page: V- and eight characters, in upper or lower case; other words are ignored
    #[arg(value_parser = code)]
    code: ReferenceCode,
}

/// Shows the refusal as the audit log has it.
pub fn run(args: &Args) -> ExitCode {
    args.command.run(async |context| explain(&context, &args.code).await, to_text)
}

fn code(text: &str) -> Result<ReferenceCode, String> {
    let codes = || text.split(|c: char| !c.is_alphanumeric()).filter(|word| ReferenceCode::read(word).is_some());
    if codes().count() > 1 && ReferenceCode::read(text).is_none() {
        return Err("it holds several reference codes; give one at a time".into());
    }
    ReferenceCode::read(text)
        .ok_or_else(|| "a reference code is V- and eight letters and digits, without vowels".into())
}

#[derive(Serialize)]
struct Explanation {
    code: ReferenceCode,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    cause: Option<String>,
    detail: Option<String>,
    app: Option<AppId>,
    provider: Option<ProviderId>,
    account: Option<AccountId>,
    username: Option<Username>,
    network: Option<String>,
    /// How many refusals of this kind that network got in that minute.
    count: i64,
}

async fn explain(context: &AdminContext, code: &ReferenceCode) -> Result<Explanation, CommandError> {
    let Some(known) = context.store.explain(code).await? else {
        return Err(format!(
            "the audit log does not have {code}: it belongs to another database; or only the server's log has it, \
             because no provider had answered yet, or because the answer could not be read, came a second time, or \
             belongs to no login here; or more than twenty refusals of its kind came in one minute"
        )
        .into());
    };
    let entry = known.row.entry;
    let account = match &entry.account {
        Some(id) => context.store.account(id).await?,
        None => None,
    };
    Ok(Explanation {
        code: known.code,
        at: known.at,
        cause: entry.cause,
        detail: known.detail,
        app: entry.app,
        provider: entry.provider,
        account: entry.account,
        username: account.map(|account| account.username),
        network: entry.network,
        count: known.row.count,
    })
}

fn to_text(it: &Explanation) -> String {
    let mut lines = vec![format!("{}  {}  {}", it.code, format_utc(it.at), it.cause.as_deref().unwrap_or_default())];
    lines.extend(it.detail.as_ref().map(|detail| format!("  {detail}")));
    let account = it.account.as_ref().map(|id| match &it.username {
        Some(name) => format!("{name} (id {id})"),
        None => format!("id {id}"),
    });
    let facts = [
        ("app", it.app.as_ref().map(ToString::to_string)),
        ("provider", it.provider.as_ref().map(ToString::to_string)),
        ("account", account),
        ("network", it.network.clone()),
    ];
    lines.extend(facts.into_iter().filter_map(|(name, fact)| fact.map(|fact| format!("  {name}: {fact}"))));
    if it.count > 1 {
        lines.push(format!("  one of {} refusals of its kind in that minute", it.count));
    }
    lines.join("\n")
}
