//! `vestibule access-request`: people without an account who ask to be let in.

use std::process::ExitCode;

use clap::Subcommand;

use super::admin_command::{AccountArg, AdminCommand, AdminContext, CommandError, table, with_fix};
use super::change_command::ChangeCommand;
use crate::accounts::{AccessDecided, AccessLinked, AccountError};
use crate::base::clock::format_utc;
use crate::base::counted::counted;
use crate::base::ids::AccessRequestId;
use crate::base::invisible::escape_invisible;
use crate::base::username::Username;
use crate::signin::link::access_request::{AccessState, RequestText};
use crate::store::AccessRequest;

/// People who ask to be let in: list, show, let-in, let-prove, link, refuse
///
/// People ask at their first login, if their provider's `first_login` is "ask" and its `ask` has "request". Each
/// request is decided once. The person sees the decision when they sign in again.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the requests that wait, those of the last people who asked first
    List {
        #[command(flatten)]
        command: AdminCommand,
        /// Also those that were decided, as long as they are kept
        #[arg(long)]
        all: bool,
        /// How many requests at most
        #[arg(long, value_name = "NUMBER", default_value_t = 1_000,
            value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Show one request: who their provider says they are, their message, and the commands that decide
    ///
    /// The name, the e-mail address and the message are what the person or their provider says. Whether this person
    /// has an account already, only they can prove: see let-prove.
    Show {
        #[command(flatten)]
        command: AdminCommand,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Make a new account for the person, which their sign-in opens
    ///
    /// If a person of this name has an account already, they would get a second one. Use let-prove then.
    LetIn {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        request: RequestArg,
        /// The account's username; without it, the one that their provider suggests
        #[arg(long = "as", value_name = "USERNAME")]
        name: Option<Username>,
    },
    /// Say that the person has an account already, and let them prove it
    ///
    /// At their next sign-in they are asked to sign in to their account, too. Then both sign-ins open it. This is the
    /// safe choice for a person who seems to have an account: nobody else can open it by what they write in a request.
    LetProve {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        request: RequestArg,
    },
    /// Link the person's sign-in to an account without a proof; the account's sessions end
    ///
    /// The person can then do everything that the account can. Be sure who they are: ask them by another way than the
    /// request. If the account is theirs, let-prove does the same, and they prove it.
    Link {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        request: RequestArg,
        #[command(flatten)]
        target: AccountArg,
    },
    /// Refuse the person; they see the note at their next sign-in
    Refuse {
        #[command(flatten)]
        command: ChangeCommand,
        #[command(flatten)]
        request: RequestArg,
        /// What the person reads: why, and what they can do; at most 500 characters
        #[arg(long, value_name = "TEXT", value_parser = note)]
        note: RequestText,
    },
}

/// The request that a command is about.
#[derive(Debug, clap::Args)]
struct RequestArg {
    /// The request's id, which the list and the person's page show
    #[arg(value_name = "ID")]
    id: AccessRequestId,
}

fn note(text: &str) -> Result<RequestText, String> {
    let note = RequestText::parse(text).map_err(|why| why.to_string())?;
    if note.is_empty() { Err("the person should read why".to_owned()) } else { Ok(note) }
}

/// Runs one of the commands.
pub fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List { command, all, limit } => command.run(
            async |context| {
                let store = &context.store;
                let list = if *all {
                    store.access_requests(*limit).await
                } else {
                    store.waiting_access_requests(*limit).await
                };
                Ok(list?)
            },
            |list| to_text(list),
        ),
        Command::Show { command, request } => command.run(
            async |context| {
                let found = context.store.access_request(&request.id).await?;
                found.ok_or_else(|| with_fix(AccountError::NoSuchAccessRequest(request.id.clone())))
            },
            shown,
        ),
        Command::LetIn { command, request, name } => {
            command.run(async |context| let_in(&context, &request.id, name.as_ref()).await, linked)
        }
        Command::LetProve { command, request } => command.run(
            async |context| context.accounts.let_prove(&context.actor, &request.id).await.map_err(with_fix),
            decided,
        ),
        Command::Link { command, request, target } => command.run(
            async |context| {
                let account = target.account_ref()?;
                context.accounts.link_requester(&context.actor, &request.id, &account).await.map_err(with_fix)
            },
            linked,
        ),
        Command::Refuse { command, request, note } => command.run(
            async |context| context.accounts.refuse_access(&context.actor, &request.id, note).await.map_err(with_fix),
            decided,
        ),
    }
}

async fn let_in(
    context: &AdminContext,
    id: &AccessRequestId,
    name: Option<&Username>,
) -> Result<AccessLinked, CommandError> {
    context.accounts.let_in(&context.actor, id, name).await.map_err(|why| match why {
        AccountError::NameTaken { .. } => format!(
            "{why}; to give another name, add --as USERNAME; or, if that account is this person's, let them prove it: \
             vestibule access-request let-prove {id}"
        )
        .into(),
        why => with_fix(why),
    })
}

fn linked(done: &AccessLinked) -> String {
    let AccessLinked { account, sessions_ended, .. } = done;
    let ended = match sessions_ended {
        0 => String::new(),
        ended => format!(" {} of the account ended.", counted(*ended, "session", "sessions")),
    };
    format!("From now on, their sign-in opens \"{}\" (id {}).{ended}", account.username, account.id)
}

fn decided(done: &AccessDecided) -> String {
    match done.state {
        AccessState::Proving => "At their next sign-in, they can prove that they have an account.".to_owned(),
        AccessState::Refused => "They are refused, and see the note at their next sign-in.".to_owned(),
        AccessState::Waiting | AccessState::Linked => format!("Request {} was decided.", done.id),
    }
}

fn to_text(list: &[AccessRequest]) -> String {
    if list.is_empty() {
        return "No requests.".into();
    }
    let row = |it: &AccessRequest| {
        let says = it.profile.name.clone().or_else(|| it.profile.email.as_ref().map(|email| email.address.clone()));
        let (id, state) = (it.id.to_string(), it.state.as_str().to_owned());
        [id, state, format_utc(it.last_at), it.provider.to_string(), says.unwrap_or_default(), it.message.to_string()]
    };
    table(["ID", "STATE", "LAST ASKED", "PROVIDER", "SAYS", "MESSAGE"], list.iter().map(row))
}

fn shown(request: &AccessRequest) -> String {
    let plain = escape_invisible;
    let mut lines = vec![
        format!("request    {}", request.id),
        format!("state      {}", state(request)),
        format!("provider   {}", request.provider),
        format!("issuer     {}", plain(request.issuer.as_str())),
        format!("subject    {}", plain(request.subject.as_str())),
    ];
    let email = request.profile.email.as_ref().map(|email| {
        let verified = if email.verified { "verified by the provider" } else { "not verified" };
        format!("{} ({verified})", email.address)
    });
    let room = request.room.as_ref().map(|room| format!(", room {room}")).unwrap_or_default();
    let times = counted(request.count, "time", "times");
    let optional = [
        ("name       ", request.profile.name.clone()),
        ("e-mail     ", email),
        ("suggested  ", request.wished.as_ref().map(ToString::to_string)),
        ("app        ", request.app.as_ref().map(|app| format!("{app}{room}"))),
        (
            "asked      ",
            Some(format!("{times}, first {}, last {}", format_utc(request.first_at), format_utc(request.last_at))),
        ),
        ("message    ", Some(request.message.to_string()).filter(|message| !message.is_empty())),
        ("note       ", request.note.as_ref().map(ToString::to_string)),
        ("account    ", request.account.as_ref().map(|id| format!("id {id}"))),
    ];
    lines.extend(optional.into_iter().filter_map(|(head, text)| Some(format!("{head}{}", plain(&text?)))));
    if request.state == AccessState::Waiting {
        lines.push(String::new());
        lines.push(commands(request));
    }
    lines.join("\n")
}

fn state(request: &AccessRequest) -> String {
    let what = match request.state {
        AccessState::Waiting => return "waiting".to_owned(),
        AccessState::Proving => "the person may prove that they have an account",
        AccessState::Linked => "linked to an account",
        AccessState::Refused => "refused",
    };
    let by = request.decided_by.as_deref().unwrap_or("the person");
    let at = request.decided_at.map(|at| format!(" at {}", format_utc(at))).unwrap_or_default();
    format!("{what}, by {}{at}", escape_invisible(by))
}

/// The commands that decide. A shell can run each line as it is.
fn commands(request: &AccessRequest) -> String {
    let id = &request.id;
    let name = if request.wished.is_some() { "" } else { " --as USERNAME" };
    format!(
        "They have an account, and shall prove it:  vestibule access-request let-prove {id}\n\
         They are new here:                         vestibule access-request let-in {id}{name}\n\
         The account is surely theirs:              vestibule access-request link {id} USERNAME\n\
         They shall not come in:                    vestibule access-request refuse {id} --note 'WHY'"
    )
}
