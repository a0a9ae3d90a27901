//! `vestibule user sessions` and `end-session`.

use std::process::ExitCode;

use serde::Serialize;

use super::super::admin_command::{AccountArg, AdminCommand, table, with_fix};
use super::super::change_command::ChangeCommand;
use crate::accounts::{Change, OtherSessionsEnded, Session, SessionEnded, Sessions};
use crate::base::clock::format_utc;
use crate::base::counted;
use crate::base::ids::Sid;
use crate::store::Lifetimes;

/// Show where somebody is signed in: browser, network, provider, since when
///
/// A session is a browser that needs no new sign-in. The time of its last use is not exact: the session may have been
/// used up to a twentieth of `idle` (under [session]) later. `vestibule user end-session` ends a session by its id.
#[derive(Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    command: AdminCommand,
    #[command(flatten)]
    target: AccountArg,
}

/// End one session of an account, or all: its browser must sign in again
///
/// A token that an app has already got stays valid until it expires, which is a minute for most apps. The person can
/// sign in again at once. To keep somebody out, use `vestibule user disable` instead.
#[derive(Debug, clap::Args)]
#[command(after_help = END_EXAMPLES)]
pub struct End {
    #[command(flatten)]
    command: ChangeCommand,
    #[command(flatten)]
    target: AccountArg,
    /// The id of the session, from `vestibule user sessions`
    #[arg(value_name = "SID", required_unless_present = "all")]
    sid: Option<Sid>,
    /// End all sessions of the account
    #[arg(long, conflicts_with = "sid")]
    all: bool,
}

const END_EXAMPLES: &str = "\
Examples:
  vestibule user sessions grace
  vestibule user end-session grace 5f0c8z0x3m9k7q2t6v1w4y8b2d
  vestibule user end-session grace --all";

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Ended {
    One(SessionEnded),
    All(OtherSessionsEnded),
}

impl List {
    pub fn run(&self) -> ExitCode {
        self.command.run(
            async |context| {
                let session = &context.config.session;
                let lifetimes = Lifetimes { idle: session.idle, absolute: session.absolute };
                let account = self.target.account_ref()?;
                context.accounts.sessions(&context.actor, &account, lifetimes).await.map_err(with_fix)
            },
            to_text,
        )
    }
}

impl End {
    pub fn run(&self) -> ExitCode {
        self.command.run(
            async |context| {
                let (accounts, actor, account) = (&context.accounts, &context.actor, self.target.account_ref()?);
                let ended = match &self.sid {
                    Some(sid) => accounts.end_session_of(actor, &account, sid).await.map(Ended::One),
                    None => accounts.end_other_sessions(actor, &account).await.map(Ended::All),
                };
                ended.map_err(with_fix)
            },
            |ended| match ended {
                Ended::One(SessionEnded { account, sid, change: Change::Done }) => {
                    format!("The session {sid} of \"{}\" has ended.", account.username)
                }
                Ended::One(SessionEnded { account, sid, change: Change::Already }) => {
                    format!(
                        "\"{}\" has no session {sid}: it has ended already, or is another account's.",
                        account.username
                    )
                }
                Ended::All(OtherSessionsEnded { account, sessions_ended }) => {
                    format!("\"{}\" is signed out: {} ended.", account.username, counted::sessions(sessions_ended))
                }
            },
        )
    }
}

fn to_text(found: &Sessions) -> String {
    if found.sessions.is_empty() {
        return format!("\"{}\" is signed in nowhere.", found.account.username);
    }
    let rows = found.sessions.iter().map(|session| {
        let Session { sid, provider, network, started_at, last_used, .. } = session;
        let agent = session.agent.map_or_else(|| "unknown".to_owned(), |agent| agent.to_string());
        let network = network.clone().unwrap_or_else(|| "unknown".to_owned());
        [sid.to_string(), agent, network, provider.to_string(), format_utc(*started_at), format_utc(*last_used)]
    });
    table(["SID", "BROWSER", "NETWORK", "PROVIDER", "SINCE", "LAST USED"], rows)
}
