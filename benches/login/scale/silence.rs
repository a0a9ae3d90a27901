//! One provider that takes connections and never answers: whether logins through another wait for it.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Row;
use super::turns::{Here, Turns};
use crate::house::{House, Plan};
use crate::person::Errand;
use crate::{Failed, Options, load};

/// Its id in the config.
const SILENT: &str = "silent";

/// From where on it says nothing.
#[derive(Clone, Copy)]
enum Silence {
    /// Nobody ever heard of it: starts hang.
    FromTheStart,
    /// It was heard of, people came back from it, and their codes get no answer: callbacks hang.
    AtTheToken,
}

pub async fn one(options: &Options) -> Result<Vec<Row>, Failed> {
    let mut rows = Vec::new();
    for (silence, name) in [(Silence::FromTheStart, "starts"), (Silence::AtTheToken, "callbacks")] {
        let mut providers = JoinSet::new();
        let hidden = TcpListener::bind(("127.0.0.1", 0)).await?;
        let issuer = format!("http://{}", hidden.local_addr()?);
        let plan = Plan { providers: vec![table(&issuer)], ..Plan::plain() };
        providers.spawn(axum::serve(hidden, router(silence, &issuer)).into_future());
        let [without, with] =
            [Here::open(&House::build(&plan).await?).await?, Here::open(&House::build(&plan).await?).await?];
        // Ten in every hundred people want to go there. They wait on through the other server's turns too.
        let each_second = (options.rate / 10).max(1);
        let mut unlucky = JoinSet::new();
        unlucky.spawn(go_there(with.errand.clone(), silence, each_second));
        let turns = Turns::take(options.rounds(), [&without, &with], async |errand| {
            load::paced(errand, options.rate, options.turn()).await
        });
        let turns = turns.await?;
        if let Some(ended) = unlucky.try_join_next() {
            return Err(format!("nobody waits for the silent provider any more: {ended:?}").into());
        }
        let what = format!("{} a second while {each_second} {name} a second hang at another provider", options.rate);
        rows.extend(Row::times(&what, &turns));
    }
    Ok(rows)
}

/// So many people a second, until dropped: whether and how they are answered is not what is asked here.
async fn go_there(errand: Errand, silence: Silence, each_second: u32) -> Result<(), Failed> {
    let mut waiting = JoinSet::new();
    let mut pace = tokio::time::interval(Duration::from_secs(1) / each_second);
    for number in 0.. {
        pace.tick().await;
        let errand = errand.clone();
        waiting.spawn(async move {
            match silence {
                Silence::FromTheStart => errand.begin_at(SILENT, number).await.map(|_| ()),
                Silence::AtTheToken => errand.return_from(SILENT, number).await,
            }
        });
        while let Some(_answered) = waiting.try_join_next() {}
    }
    Ok(())
}

fn router(silence: Silence, issuer: &str) -> Router {
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
    match silence {
        Silence::FromTheStart => silent,
        Silence::AtTheToken => silent
            .route("/.well-known/openid-configuration", get(|| async { axum::Json(metadata) }))
            .route("/jwks", get(|| async { axum::Json(jwks) })),
    }
}

fn table(issuer: &str) -> String {
    format!(
        r#"[[provider]]
id = "{SILENT}"
kind = "oidc"
name = "Silent University"
issuer = "{issuer}"
client_id = "vestibule"
client_secret = "the silent university knows us by this"
allow_private = true
"#
    )
}
