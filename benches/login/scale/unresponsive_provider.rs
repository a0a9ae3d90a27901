//! A provider that accepts connections and never answers: whether it delays logins through another.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::comparison::{Comparison, RunningServer};
use super::row::Row;
use crate::deployment::{Deployment, Plan};
use crate::login_client::LoginClient;
use crate::{Failed, Options, load};

/// Its id in the config.
const UNRESPONSIVE: &str = "silent";

/// The first endpoint that does not answer.
#[derive(Clone, Copy)]
enum HangsAt {
    /// Discovery hangs, so starts hang.
    Discovery,
    /// Discovery works, but the token endpoint hangs, so callbacks hang.
    TokenEndpoint,
}

pub async fn one(options: &Options) -> Result<Vec<Row>, Failed> {
    let mut rows = Vec::new();
    for (hangs_at, name) in [(HangsAt::Discovery, "starts"), (HangsAt::TokenEndpoint, "callbacks")] {
        let mut providers = JoinSet::new();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let plan = Plan { providers: vec![table(&issuer)], ..Plan::plain() };
        providers.spawn(axum::serve(listener, router(hangs_at, &issuer)).into_future());
        let [without, with] = [
            RunningServer::open(&Deployment::build(&plan).await?).await?,
            RunningServer::open(&Deployment::build(&plan).await?).await?,
        ];
        // A tenth of the people go to this provider. They also wait through the other server's turns.
        let each_second = (options.rate / 10).max(1);
        let mut hanging = JoinSet::new();
        hanging.spawn(start_hanging_logins(with.client.clone(), hangs_at, each_second));
        let comparison = Comparison::measure(options.rounds(), [&without, &with], async |client| {
            load::paced(client, options.rate, options.turn()).await
        });
        let comparison = comparison.await?;
        if let Some(ended) = hanging.try_join_next() {
            return Err(format!("the logins at the silent provider ended: {ended:?}").into());
        }
        let what = format!("{} a second while {each_second} {name} a second hang at another provider", options.rate);
        rows.extend(Row::times(&what, &comparison));
    }
    Ok(rows)
}

/// Begins `each_second` logins a second until it is dropped, and ignores their answers.
async fn start_hanging_logins(client: LoginClient, hangs_at: HangsAt, each_second: u32) -> Result<(), Failed> {
    let mut waiting = JoinSet::new();
    let mut pace = tokio::time::interval(Duration::from_secs(1) / each_second);
    for number in 0.. {
        pace.tick().await;
        let client = client.clone();
        waiting.spawn(async move {
            match hangs_at {
                HangsAt::Discovery => client.begin_at(UNRESPONSIVE, number).await.map(|_| ()),
                HangsAt::TokenEndpoint => client.return_from(UNRESPONSIVE, number).await,
            }
        });
        while let Some(_answered) = waiting.try_join_next() {}
    }
    Ok(())
}

fn router(hangs_at: HangsAt, issuer: &str) -> Router {
    let (metadata, jwks) = (
        serde_json::json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }),
        serde_json::json!({ "keys": [] }),
    );
    let silent = Router::new().fallback(std::future::pending::<()>);
    match hangs_at {
        HangsAt::Discovery => silent,
        HangsAt::TokenEndpoint => silent
            .route("/.well-known/openid-configuration", get(|| async { axum::Json(metadata) }))
            .route("/jwks", get(|| async { axum::Json(jwks) })),
    }
}

fn table(issuer: &str) -> String {
    format!(
        r#"[[provider]]
id = "{UNRESPONSIVE}"
kind = "oidc"
name = "Silent University"
issuer = "{issuer}"
client_id = "vestibule"
client_secret = "the silent university knows us by this"
allow_private = true
"#
    )
}
