//! `[server]`, `[session]`, `[accounts]`, `[audit]`, `[log]` and `[brand]`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use unic_langid::LanguageIdentifier;
use url::Url;

use super::image::image;
use super::reader::{Fault, Section, alternatives, duration, list, non_empty_list, one_of, parsed, text};
use crate::base::lookalike::Scripts;
use crate::base::urls::PublicUrl;

/// Where we listen, and where browsers reach us.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    pub public_url: PublicUrl,
    pub listen: SocketAddr,
    /// Absolute. The first start makes the file if it is missing.
    pub master_key_file: PathBuf,
    /// Only from these is `X-Forwarded-For` trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// The first is the default; never empty.
    pub languages: Vec<LanguageIdentifier>,
}

impl ServerSettings {
    /// The trusted networks that are too wide to hold only proxies: a visitor from there can choose the network that
    /// wrong passwords are counted under. The widest ranges of public proxies are a /12 of IPv4 and a /29 of IPv6.
    pub fn overly_wide_proxies(&self) -> impl Iterator<Item = &IpNet> {
        let private = ["10.0.0.0/8", "127.0.0.0/8", "fc00::/7"].map(str::parse::<IpNet>);
        self.trusted_proxies.iter().filter(move |network| {
            let wide = match network {
                IpNet::V4(network) => network.prefix_len() <= 8,
                IpNet::V6(network) => network.prefix_len() <= 20,
            };
            wide && !private.iter().flatten().any(|private| private.contains(*network))
        })
    }

    pub(super) fn read(section: &mut Section) -> Option<Self> {
        let public_url = section.required("public_url", "\"https://auth.example.org\"", parsed(public_url));
        let listen = section.optional("listen", parsed(listen));
        let master_key_file = section.path_or("master_key_file", "vestibule.key");
        let trusted_proxies = section.optional("trusted_proxies", list(parsed(network))).unwrap_or_default();
        let languages = section.optional("languages", non_empty_list(parsed(language))).unwrap_or_else(all_languages);
        let twice =
            languages.iter().enumerate().find(|(at, one)| languages.iter().take(*at).any(|other| other == *one));
        if let Some((_, language)) = twice {
            section.note_fault("languages", Fault::new(format!("names \"{language}\" twice")));
        }
        Some(Self {
            public_url: public_url?,
            listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            master_key_file,
            trusted_proxies,
            languages,
        })
    }
}

pub(super) fn public_url(text: &str) -> Result<PublicUrl, Fault> {
    let url = text.parse::<PublicUrl>();
    let url = url.map_err(|why| Fault::new(format!("must be an origin such as https://auth.example.org: {why}")))?;
    if url.as_str() == text {
        return Ok(url);
    }
    // It is the issuer, which apps compare character by character.
    Err(Fault::new("must be written as browsers write it: it is the `iss` of every token")
        .fix(format!("write \"{}\"", url.as_str())))
}

fn listen(text: &str) -> Result<SocketAddr, Fault> {
    let wrong = |_| {
        let plain = text.trim();
        if let Ok(address) = plain.parse::<SocketAddr>() {
            return Fault::new("has a space before or after it").fix(format!("write \"{address}\""));
        }
        let port = plain.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).unwrap_or(8080);
        Fault::new("must be a numeric address and a port").fix(format!("write \"127.0.0.1:{port}\""))
    };
    text.parse().map_err(wrong)
}

fn network(text: &str) -> Result<IpNet, Fault> {
    let parse = |text: &str| text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok();
    if let Some(network) = parse(text) {
        return Ok(without_mapping(network));
    }
    // The part before an @ may be a password.
    let found = if text.contains('@') { String::new() } else { format!(", found \"{text}\"") };
    let fault = Fault::new(format!("must hold addresses or networks{found}"));
    // Spaces, brackets and a port belong to other places.
    let plain = text.trim();
    let without_port = plain.parse::<SocketAddr>().map(|address| address.ip().to_string());
    let bare = without_port.unwrap_or_else(|_| plain.trim_matches(['[', ']']).to_owned());
    Err(match (parse(&bare), plain.split_once('/')) {
        (Some(meant), _) => {
            fault.fix(format!("write \"{bare}\"{}", if meant.addr().is_ipv4() { "" } else { ", without brackets" }))
        }
        (None, Some((address, _))) if address.parse::<IpAddr>().is_ok() => {
            fault.fix("write a prefix of at most 32 for IPv4, and of at most 128 for IPv6, such as \"10.0.0.0/8\"")
        }
        (None, _) => fault.fix("write \"127.0.0.1\" or \"10.0.0.0/8\""),
    })
}

/// IPv4 as it is, if it is written as IPv6 (`::ffff:10.0.0.0/104`): peers are compared in this form.
fn without_mapping(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let plain = mapped.addr().to_ipv4_mapped().zip(mapped.prefix_len().checked_sub(96));
    plain.and_then(|(address, prefix)| IpNet::new(address.into(), prefix).ok()).unwrap_or(network)
}

/// The languages of our pages.
const LANGUAGES: [&str; 3] = ["en", "fr", "de"];

fn language(text: &str) -> Result<LanguageIdentifier, Fault> {
    let wrong = || Fault::new(format!("does not offer \"{text}\"")).fix(format!("use {}", alternatives(&LANGUAGES)));
    if LANGUAGES.contains(&text) { text.parse().map_err(|_| wrong()) } else { Err(wrong()) }
}

fn all_languages() -> Vec<LanguageIdentifier> {
    LANGUAGES.iter().filter_map(|language| language.parse().ok()).collect()
}

/// How long a session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLifetimes {
    /// Without use.
    pub idle: Duration,
    /// Since its login, even if it is used.
    pub absolute: Duration,
}

impl SessionLifetimes {
    pub(super) fn read(section: &mut Section) -> Self {
        let (idle, absolute) = (section.optional("idle", duration), section.optional("absolute", duration));
        // A wrong value is noted already, and is compared with nothing.
        let are_valid = section.has("idle") == idle.is_some() && section.has("absolute") == absolute.is_some();
        let idle = idle.unwrap_or(Duration::from_hours(8));
        let absolute = absolute.unwrap_or(Duration::from_hours(7 * 24));
        if are_valid && idle > absolute {
            let (key, what) = match (section.has("idle"), section.has("absolute")) {
                (true, false) => ("idle", "is longer than `absolute`, which is 7d where it is left out"),
                (true, true) => ("idle", "is longer than `absolute`"),
                (false, _) => ("absolute", "is shorter than `idle`, which is 8h where it is left out"),
            };
            section.note_fault(key, Fault::new(what).fix("let `absolute` be the longer one"));
        }
        Self { idle, absolute }
    }
}

/// The names that new accounts may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    pub usernames: Scripts,
}

impl AccountSettings {
    pub(super) fn read(section: &mut Section) -> Self {
        let words = [("one_script", Scripts::One), ("mixed_scripts", Scripts::Mixed)];
        Self { usernames: section.optional("usernames", one_of(&words, &[])).unwrap_or_default() }
    }
}

/// How long rows of the audit are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditSettings {
    pub keep: Duration,
}

impl AuditSettings {
    pub(super) fn read(section: &mut Section) -> Self {
        const DAY: Duration = Duration::from_hours(24);
        let keep = section.optional("keep", duration).unwrap_or(365 * DAY);
        if keep < DAY {
            // The operator may have meant `m` as months, and removed rows don't come back.
            section.note_fault("keep", Fault::new("is less than a day").fix("write days, such as \"365d\""));
        }
        Self { keep }
    }
}

/// What the log holds, and its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    pub format: LogFormat,
    pub level: tracing::Level,
}

/// For people or for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl LogSettings {
    pub(super) fn read(section: &mut Section) -> Self {
        use tracing::Level;
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let levels = [
            ("error", Level::ERROR),
            ("warn", Level::WARN),
            ("info", Level::INFO),
            ("debug", Level::DEBUG),
            ("trace", Level::TRACE),
        ];
        Self {
            format: section.optional("format", one_of(&formats, &[])).unwrap_or(LogFormat::Text),
            level: section.optional("level", one_of(&levels, &[])).unwrap_or(Level::INFO),
        }
    }
}

/// The operator's own name and look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    pub name: String,
    /// Absolute. The file was there when the config was read.
    pub logo: Option<PathBuf>,
    /// Where people get help: a `mailto:` or https address.
    pub help: Option<Url>,
}

impl Brand {
    pub(super) fn read(section: &mut Section) -> Self {
        Self {
            name: section.optional("name", text).unwrap_or_else(|| "Vestibule".to_owned()),
            logo: image(section, "logo"),
            help: section.optional("help", parsed(help)),
        }
    }
}

fn help(text: &str) -> Result<Url, Fault> {
    let fault = |what: &str| Err(Fault::new(what).fix("write \"mailto:help@example.org\" or an https address"));
    match Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            fault("holds a name or a password, which every page would show")
        }
        Ok(url) if matches!(url.scheme(), "mailto" | "https") => Ok(url),
        Ok(_) | Err(_) => fault("must be an address where people get help"),
    }
}
