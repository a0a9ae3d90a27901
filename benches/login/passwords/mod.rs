//! Three figures: the cost of a login with a password, compared with the bare hash; the cost without a hash, compared
//! with a small server in Python; and whether a flood of wrong passwords or a hanging webhook delays logins
//! at a provider.

mod token_client;
mod python;
mod interference;
mod plan;

use std::fmt;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::deployment::Deployment;
use crate::load::Load;
use crate::numbers::micros;
use crate::scale::row::{Row, rows};
use crate::{Failed, Options, baseline};
use plan::plan;
use token_client::{PEOPLE, TokenClient, WEBHOOK_PREFIX, name, password, saturated};

/// Password logins at once: as many as hashes run at once, so that none waits.
const AT_ONCE: usize = 2;

/// All figures about passwords.
#[derive(Debug)]
pub struct Passwords {
    hash: Duration,
    by_hash: Load,
    by_webhook: Load,
    /// CPU time of a token, or why there is none.
    python: Result<Duration, String>,
    interference: Vec<Row>,
}

impl Passwords {
    pub async fn measure(options: &Options) -> Result<Self, Failed> {
        let hook = hook().await?;
        let deployment = Deployment::build(&plan(&hook, &format!("at_once = {AT_ONCE}\n"))).await?;
        let people = if options.quick { 2 * AT_ONCE } else { PEOPLE };
        for number in 0..people {
            add_user(&deployment, number)?;
        }
        let server = deployment.serve().await?;
        let at = &deployment.origins.vestibule;
        let keys = format!("{at}/.well-known/jwks.json");
        let token = |app: TokenClient| {
            move |number: usize| {
                let app = app.clone();
                async move { app.token(number).await }
            }
        };
        let (by_hash, by_webhook) = (
            TokenClient::connect(format!("{at}/auth/own"), &keys).await?,
            TokenClient::connect(format!("{at}/auth/hooked"), &keys).await?,
        );
        let before = bare_hash(options).await?;
        saturated(AT_ONCE, people, options.turn(), token(by_hash.clone())).await?;
        let by_hash = Load::measure(&server, saturated(AT_ONCE, people, options.duration(), token(by_hash))).await?;
        let hash = (before + bare_hash(options).await?) / 2;
        saturated(options.concurrency, PEOPLE, options.turn(), token(by_webhook.clone())).await?;
        let hooked = saturated(options.concurrency, PEOPLE, options.duration(), token(by_webhook));
        let by_webhook = Load::measure(&server, hooked).await?;
        drop(server);
        let python = python::a_token(options).await.map_err(|why| why.to_string());
        let interference = interference::measure(options, &hook).await?;
        Ok(Self { hash, by_hash, by_webhook, python, interference })
    }

    /// Writes the figures, also as multiples of a login's baseline.
    pub fn show(&self, f: &mut fmt::Formatter<'_>, baseline: Duration) -> fmt::Result {
        let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
        let (hashed, hooked) = (self.by_hash.cpu_each(), self.by_webhook.cpu_each());
        writeln!(f, "| a password for a token, over JSON | CPU of the server |\n| --- | ---: |")?;
        writeln!(f, "| the bare hash: argon2id, 19 MiB, 2 passes | {} µs |", micros(self.hash))?;
        writeln!(
            f,
            "| our own account, with its hash | {} µs, **{:.2} hashes** |",
            micros(hashed),
            ratio(hashed, self.hash)
        )?;
        writeln!(
            f,
            "| a webhook's answer, no hash | {} µs, **{:.2} × baseline** |",
            micros(hooked),
            ratio(hooked, baseline)
        )?;
        match &self.python {
            Ok(each) => {
                let times = ratio(*each, hooked);
                writeln!(
                    f,
                    "| aiohttp and PyJWT, passwords in a table, no hash | {} µs, {times:.2} of that |",
                    micros(*each)
                )?;
            }
            Err(why) => writeln!(f, "| aiohttp and PyJWT | left out: {} |", why.replace('\n', " "))?,
        }
        writeln!(f, "| tokens, every one verified | {} |\n", self.by_hash.logins() + self.by_webhook.logins())?;
        rows(f, &self.interference)
    }
}

async fn bare_hash(options: &Options) -> Result<Duration, Failed> {
    let duration = options.turn() / 2;
    let measured = tokio::task::spawn_blocking(move || {
        let argon2 = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(19 * 1024, 2, 1, None).map_err(|why| why.to_string())?,
        );
        let mut out = [0; 32];
        baseline::each_of(2, duration, || {
            let hashed =
                argon2.hash_password_into(black_box(b"the password of person 7"), b"sixteen bytes...", &mut out);
            hashed.map_err(|why| why.to_string().into())
        })
    });
    measured.await?
}

/// A webhook that accepts everybody. It runs in this process, so its CPU time is not the server's.
async fn hook() -> Result<String, Failed> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let at = format!("http://{}/", listener.local_addr()?);
    let yes = |Json(asked): Json<Value>| async move {
        let name = asked.get("username").and_then(Value::as_str).unwrap_or_default();
        Json(json!({ "subject": name, "claims": { "preferred_username": format!("{WEBHOOK_PREFIX}{name}") } }))
    };
    tokio::spawn(axum::serve(listener, Router::new().route("/", post(yes))).into_future());
    Ok(at)
}

fn add_user(deployment: &Deployment, number: usize) -> Result<(), Failed> {
    let mut adding = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["user", "add", &name(number), "--password-stdin", "--config"])
        .arg(deployment.config())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut typed = adding.stdin.take().ok_or("the command has no standard input")?;
    std::io::Write::write_all(&mut typed, password(number).as_bytes())?;
    drop(typed);
    let ended = adding.wait()?;
    if ended.success() { Ok(()) } else { Err(format!("no account for {}: {ended}", name(number)).into()) }
}
