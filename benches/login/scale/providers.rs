//! Many providers and apps: whether they make a login through one provider more expensive.

use std::time::Duration;

use super::comparison::{Comparison, RunningServer};
use super::row::Row;
use crate::deployment::{Deployment, Plan};
use crate::{Failed, Options, load};

/// Whether the other providers are enabled.
#[derive(Clone, Copy)]
enum Others {
    /// In the config, but disabled.
    Off,
    /// Enabled but unreachable, so they are tried again and again.
    Unreachable,
}

pub async fn many(options: &Options) -> Result<Vec<Row>, Failed> {
    let number = options.providers;
    let plain = RunningServer::open(&Deployment::build(&Plan::plain()).await?).await?;

    let many = open(number, Others::Off).await?;
    let both = [&plain, &many];
    let comparison = Comparison::measure(options.rounds(), both, async |client| {
        load::saturated(client, options.concurrency, options.turn()).await
    });
    let comparison = comparison.await?;
    let mut rows = vec![
        Row::cpu(format_args!("saturated: {number} providers and apps beside one, all but one disabled"), &comparison),
        Row::memory("after it", [plain.server.memory()?, many.server.memory()?]),
        Row::start("with them, to the first 303", both.map(|here| here.server.took)),
    ];
    drop(many);

    let many = open(number, Others::Unreachable).await?;
    let both = [&plain, &many];
    // They are tried again every ten seconds, so a turn contains a whole round.
    let duration = if options.quick { options.turn() } else { Duration::from_secs(12) };
    let comparison =
        Comparison::measure(1, both, async |client| load::paced(client, options.rate, duration).await).await?;
    let what = format!("{} a second: as many, all enabled, and the others unreachable", options.rate);
    rows.push(Row::cpu(what, &comparison));
    rows.extend(Row::times("as above", &comparison));
    rows.push(Row::memory("after it", [plain.server.memory()?, many.server.memory()?]));
    Ok(rows)
}

/// Presets, each with the keys that an operator adds to `kind` and the client. None of them asks a server of the
/// Internet: those that are asked for their metadata have it on a port where nothing answers.
const PRESETS: [(&str, &str); 8] = [
    ("github", ""),
    ("google", UNREACHABLE),
    ("facebook", ""),
    ("gitlab", UNREACHABLE),
    ("mastodon", "host = \"social.example.org\""),
    ("linkedin", UNREACHABLE),
    ("discord", ""),
    ("spotify", ""),
];

const UNREACHABLE: &str = "discovery_url = \"http://127.0.0.1:9/metadata\"\nallow_private = true";

/// Providers of presets that nobody uses. All are enabled.
pub async fn presets(options: &Options) -> Result<Vec<Row>, Failed> {
    let number = options.providers;
    let providers = (1..number).map(preset).collect();
    let many = RunningServer::open(&Deployment::build(&Plan { providers, ..Plan::plain() }).await?).await?;
    let plain = RunningServer::open(&Deployment::build(&Plan::plain()).await?).await?;
    let both = [&plain, &many];
    let comparison = Comparison::measure(options.rounds(), both, async |client| {
        load::saturated(client, options.concurrency, options.turn()).await
    });
    let comparison = comparison.await?;
    let memory = [plain.server.memory()?, many.server.memory()?];
    Ok(vec![
        Row::cpu(format_args!("saturated: {number} providers of presets beside one, all enabled"), &comparison),
        Row::memory("after it", memory),
        Row::memory_of_each("unused provider of a preset", memory, number),
        Row::start("with them, to the first 303", both.map(|here| here.server.took)),
    ])
}

fn preset(number: usize) -> String {
    let (preset, keys) = PRESETS.get(number % PRESETS.len()).copied().unwrap_or_default();
    format!(
        "[[provider]]\nid = \"{preset}-{number}\"\nkind = \"{preset}\"\nclient_id = \"vestibule\"\nclient_secret = \
         \"{preset} {number} knows us by this\"\n{keys}\n"
    )
}

async fn open(number: usize, others: Others) -> Result<RunningServer, Failed> {
    let providers = (1..number).map(|number| other(number, others)).collect();
    RunningServer::open(&Deployment::build(&Plan { apps: number, providers, ..Plan::plain() }).await?).await
}

fn other(number: usize, others: Others) -> String {
    let enabled = match others {
        Others::Off => "false",
        Others::Unreachable => "true",
    };
    format!(
        r#"[[provider]]
id = "uni-{number}"
kind = "oidc"
name = "Example University {number}"
issuer = "http://127.0.0.1:9/{number}"
client_id = "vestibule"
client_secret = "university {number} knows us by this"
enabled = {enabled}
allow_private = true
"#
    )
}
