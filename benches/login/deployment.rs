//! Everything that a login needs: the served binary with its own database, and one of the demo's providers.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use vestibule::base::clock::Clock;
use vestibule::base::secret::Secret;
use vestibule::demo::provider::{self, Person, PersonSelection, Site};
use vestibule::demo::{self, Origins, SocialNetwork};

use crate::Failed;
use crate::server::Server;

/// The people who sign in, in turn. `stride` is the distance from one to the next in the list of all accounts.
#[derive(Debug, Clone, Copy)]
pub struct People {
    pub number: usize,
    pub stride: usize,
}

/// A hundred people with adjacent accounts.
pub const HUNDRED_PEOPLE: People = People { number: 100, stride: 1 };

/// How a deployment differs from the demo's.
#[derive(Debug, Clone)]
pub struct Plan {
    pub people: People,
    /// Where people sign in.
    pub site: Site,
    /// The number of apps with the same settings. People sign in to each.
    pub apps: usize,
    /// Tables of other providers, half of them before the university.
    pub providers: Vec<String>,
    /// Other tables of the config.
    pub tables: &'static str,
    /// Tables of other apps, at the end of the config.
    pub more_apps: String,
    /// The server's binary.
    pub binary: PathBuf,
}

impl Plan {
    pub fn plain() -> Self {
        Self {
            people: HUNDRED_PEOPLE,
            site: Site::University,
            apps: 1,
            providers: Vec::new(),
            tables: "",
            more_apps: String::new(),
            binary: env!("CARGO_BIN_EXE_vestibule").into(),
        }
    }
}

/// Cloning is cheap. The last clone removes the folder.
#[derive(Debug, Clone)]
pub struct Deployment {
    folder: Arc<TempDir>,
    pub origins: Origins,
    pub people: People,
    apps: usize,
    binary: PathBuf,
}

impl Deployment {
    /// Starts the provider, and writes the demo's config as an operator would.
    pub async fn build(plan: &Plan) -> Result<Self, Failed> {
        let folder = tempfile::Builder::new().prefix("vestibule-bench-").tempdir()?;
        let university = TcpListener::bind(("127.0.0.1", 0)).await?;
        let at_university = university.local_addr()?.port();
        let at_vestibule = free_port()?;
        let origins = Origins {
            vestibule: format!("http://localhost:{at_vestibule}"),
            provider: format!("http://127.0.0.1:{at_university}"),
            conference: "http://127.0.0.1:9".to_owned(),
        };
        let secret = Secret::new("the university knows us by this".to_owned());
        std::fs::write(folder.path().join("vestibule.toml"), config(&origins, &secret, plan)?)?;
        let settings = provider::Settings {
            site: plan.site,
            issuer: origins.provider.clone(),
            client_id: "vestibule".to_owned(),
            client_secret: secret,
            redirect_uris: vec![format!("{}/callback/uni", origins.vestibule)],
            people: (0..plan.people.number).map(|number| plan.people.person(number)).collect(),
            selection: PersonSelection::ByLoginHint,
            clock: Clock::system(),
        };
        tokio::spawn(axum::serve(university, provider::router(settings)?).into_future());
        Ok(Self {
            folder: Arc::new(folder),
            origins,
            people: plan.people,
            apps: plan.apps,
            binary: plan.binary.clone(),
        })
    }

    /// Starts the server, and waits until it redirects to the university.
    pub async fn serve(&self) -> Result<Server, Failed> {
        Server::start(&self.binary, &self.folder.path().join("vestibule.toml"), &self.start(PROVIDER, 0)).await
    }

    /// The time from the start of the process to the first redirect to the university: the median of several.
    pub async fn cold_start(&self, times: usize) -> Result<Duration, Failed> {
        let mut taken = Vec::with_capacity(times);
        for _ in 0..times {
            taken.push(self.serve().await?.took);
        }
        taken.sort_unstable();
        taken.get(times / 2).copied().ok_or_else(|| "no start was measured".into())
    }

    /// The URL at which a login starts.
    pub fn start(&self, provider: &str, number: usize) -> String {
        let hint = self.people.name(spread(number, self.people.number));
        let query =
            format!("room=maths&provider={provider}&state={}&nonce={}&login_hint={hint}", state(number), nonce(number));
        format!("{}/auth/{}?{query}", self.origins.vestibule, app(self.app(number)))
    }

    /// The URL at which it ends.
    pub fn page(&self, number: usize) -> String {
        format!("{}/room/maths/", home(&self.origins, self.app(number)))
    }

    fn app(&self, number: usize) -> usize {
        spread(number, self.apps)
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("vestibule.toml")
    }

    pub fn wal(&self) -> PathBuf {
        self.folder.path().join("vestibule.db-wal")
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("vestibule.db")
    }
}

/// A free port. Linux assigns automatic ports from 32768 on, so a lower port stays free until it is used.
pub fn free_port() -> Result<u16, Failed> {
    const FROM: u16 = 20_000;
    const NUMBER: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id().wrapping_mul(7_919);
    for _ in 0..NUMBER {
        let next = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FROM + u16::try_from((start % u32::from(NUMBER) + next) % u32::from(NUMBER))?;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err("no port is free".into())
}

/// The provider's id in the config.
pub const PROVIDER: &str = "uni";

/// Visits `among` things in turn, without neighbours in sequence, so that no cache gains from the order.
fn spread(number: usize, among: usize) -> usize {
    /// A prime, so it has no common factor with any count that is not a multiple of it.
    const STRIDE: usize = 7_919;
    number.wrapping_mul(STRIDE) % among
}

fn app(number: usize) -> String {
    if number == 0 { demo::APP.to_owned() } else { format!("{}-{number}", demo::APP) }
}

fn home(origins: &Origins, app: usize) -> String {
    if app == 0 { origins.conference.clone() } else { format!("{}/{app}", origins.conference) }
}

/// The demo's config, with the additions of the plan.
fn config(origins: &Origins, secret: &Secret<String>, plan: &Plan) -> Result<String, Failed> {
    let text = demo::config(origins, secret, None).replace(r#"level = "warn""#, r#"level = "info""#);
    // With a trusted proxy, one machine can send requests from many networks.
    let text = text.replacen("[server]", "[server]\ntrusted_proxies = [\"127.0.0.1\"]", 1);
    let (server, rest) = text.split_once("[[provider]]").ok_or("a demo without a provider")?;
    let (university, one) = rest.split_once("[[app]]").ok_or("a demo without an app")?;
    let social = SocialNetwork { origin: &origins.provider, client_secret: secret }.provider();
    let social = social.replace("id = \"social\"", &format!("id = \"{PROVIDER}\"")).replace("[[provider]]", "");
    let provider = if plan.site == Site::Social { &social } else { university };
    let (before, after) = plan.providers.split_at(plan.providers.len() / 2);
    let apps = (0..plan.apps).map(|number| {
        let (id, home) = (format!("id = \"{}\"", app(number)), format!("\"{}/", home(origins, number)));
        let own = one.replace(&format!("id = \"{}\"", demo::APP), &id);
        format!("[[app]]{}", own.replace(&format!("\"{}/", origins.conference), &home))
    });
    let apps: String = apps.collect();
    let (tables, before, after, more) = (plan.tables, before.concat(), after.concat(), &plan.more_apps);
    Ok(format!("{server}{tables}{before}[[provider]]{provider}{after}{apps}{more}"))
}

/// The `state` that the app sends with a start, and must get back.
pub fn state(number: usize) -> String {
    format!("state-of-a-page-somewhere-{number}")
}

pub fn nonce(number: usize) -> String {
    format!("nonce-of-a-page-somewhere-{number}")
}

impl People {
    fn name(self, number: usize) -> String {
        format!("person-{:08}", number * self.stride)
    }

    fn person(self, number: usize) -> Person {
        let name = self.name(number);
        Person {
            id: (number * self.stride) as u64,
            name: format!("Person {number}"),
            email: format!("{name}@example.edu"),
            email_verified: true,
            groups: vec!["urn:uni:staff".to_owned()],
            note: None,
            username: name,
        }
    }
}
