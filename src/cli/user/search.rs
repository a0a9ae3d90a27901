//! `vestibule user search`.

use std::process::ExitCode;

use super::super::admin_command::{AdminCommand, table};
use crate::admin::{FoundAccount, FoundRefusal, Matched, SearchPage};
use crate::base::clock::format_utc;
use crate::base::ids::ReferenceCode;
use crate::base::shell;

/// Find accounts by a name, an address, an id or a reference code
///
/// Finds usernames, display names and e-mail addresses that begin with TEXT. A display name is found by each of its
/// words: "garcia" and "garcia mar" find Maria Garcia. Upper and lower case are the same. Names and addresses are what
/// the providers said at the last sign-ins, as far as `remember` in the config lets the database keep them.
///
/// A whole reference code, account id, or subject after its provider (uni:u17) is found, too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Search {
    #[command(flatten)]
    command: AdminCommand,
    /// What you know of the person; several words need no quotes
    #[arg(value_name = "TEXT", required = true, num_args = 1..)]
    text: Vec<String>,
    /// Begin after this page, as the previous page printed it
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// How many matches at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
}

const EXAMPLES: &str = "\
Examples:
  vestibule user search garcia mar
  vestibule user search maria@example.org
  vestibule user search @example.org
  vestibule user search uni:u17
  vestibule user search V-7K6K93SD";

impl Search {
    pub fn run(&self) -> ExitCode {
        let text = self.text.join(" ");
        self.command.run(
            async |context| Ok(context.admin.search(&text, self.after.as_deref(), self.limit).await?),
            |page| to_text(page, &text),
        )
    }
}

fn to_text(page: &SearchPage, text: &str) -> String {
    let mut parts: Vec<String> = page.refusal.iter().map(refusal).collect();
    if !page.accounts.is_empty() {
        let heads = ["NAME", "ID", "DISPLAY NAME", "E-MAIL", "LAST SIGN-IN", "STATE", "FOUND BY"];
        parts.push(table(heads, page.accounts.iter().map(row)));
    } else if page.refusal.is_none() {
        parts.push(nothing_found(text));
    }
    if let Some(next) = &page.next {
        parts.push(format!("More: vestibule user search {} --after {next}", shell::operand(text)));
    }
    if !page.complete {
        parts.push(UNFINISHED.to_owned());
    }
    parts.join("\n\n")
}

const UNFINISHED: &str = "\
Note: this may not be complete. A running `vestibule serve` still prepares accounts that an older version made.";

fn refusal(refusal: &FoundRefusal) -> String {
    let FoundRefusal { code, at, cause, .. } = refusal;
    let cause = cause.as_deref().unwrap_or("refused");
    format!("{code}  {}  {cause}\n  `vestibule explain {code}` tells more.", format_utc(*at))
}

fn row(account: &FoundAccount) -> [String; 7] {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    [
        account.username.to_string(),
        account.id.to_string(),
        or_none(&account.name),
        or_none(&account.email),
        account.last_sign_in.clone().unwrap_or_else(|| "unknown".to_owned()),
        if account.disabled { "disabled" } else { "on" }.to_owned(),
        match &account.matched {
            Matched::ReferenceCode => "reference code".to_owned(),
            Matched::Id => "id".to_owned(),
            Matched::Subject => "subject".to_owned(),
            Matched::Term { term } => term.clone(),
        },
    ]
}

fn nothing_found(text: &str) -> String {
    let next = if ReferenceCode::read(text).is_some() {
        "If it is a reference code, `vestibule explain` says why the audit log may not have it."
    } else if text.contains(':') {
        "A subject is compared letter by letter; `vestibule identity list` shows the subjects."
    } else if text.contains('@') {
        "Only the beginning of an address is compared: try its first letters, or the name. Some providers send no \
         address."
    } else {
        "Only the beginning of a name, a word of a name or an address is compared: try fewer letters, the surname, or \
         the address. `vestibule user list` shows all accounts."
    };
    format!("No account found for {text:?}. {next}")
}
