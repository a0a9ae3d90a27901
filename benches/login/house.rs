//! Everything a login passes: the served binary on a database of its own, and the demo's university beside it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use vestibule::base::clock::Clock;
use vestibule::base::secret::Secret;
use vestibule::demo::provider::{self, Asking, Person};
use vestibule::demo::{self, Origins};

use crate::Failed;
use crate::server::Server;

/// How many people sign in, in turn.
pub const PEOPLE: usize = 100;

/// Cloning is cheap: the folder goes with the last.
#[derive(Debug, Clone)]
pub struct House {
    folder: Arc<TempDir>,
    pub origins: Origins,
}

impl House {
    /// Opens the university, and writes the config of the demo as an operator would run it.
    pub async fn build() -> Result<Self, Failed> {
        let folder = tempfile::Builder::new().prefix("vestibule-bench-").tempdir()?;
        let university = TcpListener::bind(("127.0.0.1", 0)).await?;
        let at_university = university.local_addr()?.port();
        let at_vestibule = TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port();
        let origins = Origins {
            vestibule: format!("http://localhost:{at_vestibule}"),
            provider: format!("http://127.0.0.1:{at_university}"),
            conference: "http://127.0.0.1:9".to_owned(),
        };
        let secret = Secret::new("the university knows us by this".to_owned());
        let config = demo::config(&origins, &secret).replace(r#"level = "warn""#, r#"level = "info""#);
        std::fs::write(folder.path().join("vestibule.toml"), config)?;
        let settings = provider::Settings {
            issuer: origins.provider.clone(),
            client_id: "vestibule".to_owned(),
            client_secret: secret,
            redirect_uris: vec![format!("{}/callback/uni", origins.vestibule)],
            people: (0..PEOPLE).map(somebody).collect(),
            asking: Asking::TheHint,
            clock: Clock::system(),
        };
        tokio::spawn(axum::serve(university, provider::router(settings)?).into_future());
        Ok(Self { folder: Arc::new(folder), origins })
    }

    /// Starts the server, and waits until it leads people to the university.
    pub async fn serve(&self) -> Result<Server, Failed> {
        Server::start(&self.folder.path().join("vestibule.toml"), &self.start(0)).await
    }

    /// From the start of the process to the first answer that leads to the university: the middle of several.
    pub async fn cold_start(&self, times: usize) -> Result<Duration, Failed> {
        let mut taken = Vec::with_capacity(times);
        for _ in 0..times {
            taken.push(self.serve().await?.took);
        }
        taken.sort_unstable();
        taken.get(times / 2).copied().ok_or_else(|| "no start was measured".into())
    }

    /// Where a login starts.
    pub fn start(&self, number: usize) -> String {
        let hint = format!("person-{}", number % PEOPLE);
        let query = format!("room=maths&state={}&nonce={}&login_hint={hint}", state(number), nonce(number));
        format!("{}/auth/{}?{query}", self.origins.vestibule, demo::APP)
    }

    pub fn wal(&self) -> PathBuf {
        self.folder.path().join("vestibule.db-wal")
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("vestibule.db")
    }
}

/// What the app sends with a start, and must get back.
pub fn state(number: usize) -> String {
    format!("state-of-a-page-somewhere-{number}")
}

pub fn nonce(number: usize) -> String {
    format!("nonce-of-a-page-somewhere-{number}")
}

fn somebody(number: usize) -> Person {
    Person {
        subject: format!("u-{number}"),
        username: format!("person-{number}"),
        name: format!("Person {number}"),
        email: format!("person-{number}@example.edu"),
        email_verified: true,
        groups: vec!["urn:uni:staff".to_owned()],
        note: String::new(),
    }
}
