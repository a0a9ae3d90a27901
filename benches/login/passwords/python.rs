//! The same service in Python: a table of passwords, and a token for each right password.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::ChildProcess;

use super::token_client::{PEOPLE, TokenClient, saturated};
use crate::deployment::free_port;
use crate::{Failed, Options, cpu};

/// CPU time of a token.
///
/// # Errors
/// If there is no Python, or a module that the server imports is missing.
pub async fn a_token(options: &Options) -> Result<Duration, Failed> {
    let mut imports = Command::new(&options.python);
    imports.args(["-c", "import aiohttp, cryptography, jwt"]).stderr(Stdio::null());
    if !imports.status().is_ok_and(|status| status.success()) {
        return Err("`--python` must name a Python with aiohttp, pyjwt and cryptography".into());
    }
    let port = free_port()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/login/passwords/server.py");
    let server = ChildProcess(Command::new(&options.python).arg(script).arg(port.to_string()).spawn()?);
    let base = format!("http://127.0.0.1:{port}");
    let app = started(&base).await?;
    let token = move |number: usize| {
        let app = app.clone();
        async move { app.token(number).await }
    };
    saturated(options.concurrency, PEOPLE, options.turn(), token.clone()).await?;
    let before = cpu::of_process(server.0.id())?;
    let completed = saturated(options.concurrency, PEOPLE, options.duration(), token).await?;
    let spent = cpu::of_process(server.0.id())?.saturating_sub(before);
    Ok(spent / u32::try_from(completed.durations.len())?.max(1))
}

async fn started(base: &str) -> Result<TokenClient, Failed> {
    let begun = Instant::now();
    loop {
        match TokenClient::connect(format!("{base}/auth"), &format!("{base}/jwks")).await {
            Ok(app) => return Ok(app),
            Err(why) if begun.elapsed() > Duration::from_secs(10) => return Err(why),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
