//! The baseline: the bare operations that every login needs, measured in the same run, in CPU time.

use std::hint::black_box;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use axum::routing::{get, post};
use axum::{Json, Router};
use josekit::jws::{ES256, JwsSigner as _, JwsVerifier as _, RS256};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlSafeStr as _};
use tokio::task::JoinSet;

use crate::Failed;
use crate::cpu::{self, Thread};

/// One bare operation.
#[derive(Debug)]
pub struct Operation {
    pub what: &'static str,
    /// How many times a login needs it.
    pub times: u32,
    pub each: Duration,
}

/// All bare operations of a login.
#[derive(Debug)]
pub struct Baseline(pub Vec<Operation>);

impl Baseline {
    pub fn measure(duration: Duration) -> Result<Self, Failed> {
        let operation = |what, times, each| Operation { what, times, each };
        Ok(Self(vec![
            operation("answer a request (axum)", 2, http(duration, Side::Server)?),
            operation("ask a server for JSON (reqwest, kept alive)", 1, http(duration, Side::Client)?),
            operation("verify RS256 (verifier kept)", 1, verify(duration)?),
            operation("sign ES256 (signer kept)", 1, sign(duration)?),
            operation("read two rows, write three, commit once (SQLite, WAL, NORMAL)", 1, write(duration)?),
        ]))
    }

    /// The mean of two measurements.
    pub fn between(self, other: Self) -> Self {
        let pairs = self.0.into_iter().zip(other.0);
        Self(pairs.map(|(one, two)| Operation { each: (one.each + two.each) / 2, ..one }).collect())
    }

    pub fn sum(&self) -> Duration {
        self.0.iter().map(|operation| operation.each * operation.times).sum()
    }
}

/// The bare cost of asking a server for JSON.
pub fn call(duration: Duration) -> Result<Duration, Failed> {
    http(duration, Side::Client)
}

/// CPU time of one iteration, after some warm-up iterations.
fn each(duration: Duration, iteration: impl FnMut() -> Result<(), Failed>) -> Result<Duration, Failed> {
    each_of(50, duration, iteration)
}

/// Like [`each`] for slow iterations: `batch` is the number of warm-up iterations, and of those between two reads of
/// the clock.
pub fn each_of(
    batch: u32,
    duration: Duration,
    mut iteration: impl FnMut() -> Result<(), Failed>,
) -> Result<Duration, Failed> {
    for _ in 0..batch {
        iteration()?;
    }
    let (cpu, begun, mut iterations) = (Thread::this()?, Instant::now(), 0);
    let before = cpu.spent()?;
    while begun.elapsed() < duration {
        for _ in 0..batch {
            iteration()?;
        }
        iterations += batch;
    }
    Ok(cpu.spent()?.saturating_sub(before) / iterations)
}

/// The length of the university's ID token.
const MESSAGE: [u8; 640] = [b'x'; 640];

fn sign(duration: Duration) -> Result<Duration, Failed> {
    let signer = ES256.signer_from_jwk(&ES256.generate_key_pair()?.to_jwk_private_key())?;
    each(duration, || {
        black_box(signer.sign(&MESSAGE)?);
        Ok(())
    })
}

fn verify(duration: Duration) -> Result<Duration, Failed> {
    use josekit::jwk::KeyPair as _;
    let pair = RS256.generate_key_pair(2048)?;
    let signature = RS256.signer_from_jwk(&pair.to_jwk_private_key())?.sign(&MESSAGE)?;
    let verifier = RS256.verifier_from_jwk(&pair.to_jwk_public_key())?;
    each(duration, || Ok(verifier.verify(&MESSAGE, black_box(&signature))?))
}

/// Sends a hundred iterations as one prepared text. Each is a single statement whose trigger does the rest, so this
/// measures SQLite's own work.
fn write(duration: Duration) -> Result<Duration, Failed> {
    const AT_ONCE: u32 = 100;
    const TURN: &str = "INSERT INTO one (data) VALUES (randomblob(200));";
    const TABLES: &str = "CREATE TABLE one (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
        CREATE TABLE two (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
        CREATE TABLE three (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
        CREATE TRIGGER each_turn AFTER INSERT ON one BEGIN
            SELECT data FROM one WHERE id = 1;
            SELECT data FROM two WHERE id = 1;
            INSERT INTO two (data) VALUES (NEW.data);
            INSERT INTO three (data) VALUES (NEW.data);
        END;";
    let folder = tempfile::tempdir()?;
    single_threaded_runtime()?.block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("baseline.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .disable_statement_logging();
        let mut database = options.connect().await?;
        sqlx::raw_sql(TABLES).execute(&mut database).await?;
        let iterations = sqlx::AssertSqlSafe(TURN.repeat(AT_ONCE as usize)).into_sql_str();
        sqlx::query(iterations.clone()).execute(&mut database).await?;
        let (mut done, begun, before) = (0, Instant::now(), cpu::of_all_threads()?);
        while begun.elapsed() < duration {
            sqlx::query(iterations.clone()).execute(&mut database).await?;
            done += AT_ONCE;
        }
        Ok((cpu::of_all_threads()?.saturating_sub(before)) / done)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}

/// The CPU time of one side of a request, with sixteen requests at once, and one thread each for server and client.
fn http(duration: Duration, side: Side) -> Result<Duration, Failed> {
    const AT_ONCE: u32 = 16;
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let (sender, receiver) = mpsc::channel();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let serving = std::thread::spawn(move || -> Result<(), Failed> {
        sender.send(Thread::this()?)?;
        single_threaded_runtime()?.block_on(async move {
            let answer = || async { Json(json!({ "token_type": "Bearer", "expires_in": 300 })) };
            let router = Router::new().route("/", get(|| async { "here" })).route("/token", post(answer));
            let serving = axum::serve(tokio::net::TcpListener::from_std(listener)?, router).into_future();
            tokio::select! { result = serving => Ok(result?), _ = ended => Ok(()) }
        })
    });
    let (server, client) = (receiver.recv()?, Thread::this()?);
    let spent = single_threaded_runtime()?.block_on(async {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        let ask = move |http: reqwest::Client| async move {
            match side {
                Side::Server => http.get(format!("http://{address}/")).send().await?.bytes().await.map(|_| ()),
                Side::Client => {
                    let asked = json!({ "grant_type": "authorization_code", "code": "x".repeat(43) });
                    let answer = http.post(format!("http://{address}/token")).json(&asked).send().await?;
                    answer.json::<Value>().await.map(|_| ())
                }
            }
        };
        for _ in 0..AT_ONCE {
            ask(http.clone()).await?;
        }
        let cpu = if side == Side::Server { server } else { client };
        let (before, begun) = (cpu.spent()?, Instant::now());
        let mut tasks = JoinSet::new();
        for _ in 0..AT_ONCE {
            let http = http.clone();
            tasks.spawn(async move {
                let mut iterations = 0_u32;
                while begun.elapsed() < duration {
                    ask(http.clone()).await?;
                    iterations += 1;
                }
                Ok::<_, reqwest::Error>(iterations)
            });
        }
        let iterations = tasks.join_all().await.into_iter().sum::<Result<u32, _>>()?;
        Ok::<_, Failed>(cpu.spent()?.saturating_sub(before) / iterations.max(1))
    })?;
    let _gone = end.send(());
    serving.join().map_err(|_| "the baseline's server panicked")??;
    Ok(spent)
}

fn single_threaded_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
