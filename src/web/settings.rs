//! The part of the config that pages and headers need: the brand, the languages, the trusted proxies.

use std::collections::HashMap;

use super::forwarded::Proxies;
use super::image::{Image, ImageError};
use super::pages::{Brand, Button, Help, Language, assets};
use crate::base::ids::ProviderId;
use crate::config::preset::{Colors, Wording};
use crate::config::{Config, Provider};

/// What pages and headers need from one config.
#[derive(Debug)]
pub struct WebSettings {
    pub brand: Brand,
    /// The default first.
    pub languages: Vec<Language>,
    pub logo: Option<Image>,
    /// The icons that the operator chose for providers.
    pub icons: HashMap<ProviderId, Image>,
    /// The buttons of those providers that have their own words or looks.
    pub buttons: HashMap<ProviderId, Button>,
    pub proxies: Proxies,
}

/// Where the logo is served.
pub const LOGO: &str = "/brand/logo";
/// Where the icons of providers are served.
pub const ICON: &str = "/brand/icon/{provider}";

impl WebSettings {
    /// # Errors
    /// When the logo or an icon can't be shown.
    pub fn new<K>(config: &Config<K>) -> Result<Self, ImageError> {
        let logo = config.brand.logo.as_deref().map(|path| Image::read("[brand] logo", path)).transpose()?;
        let mut icons = HashMap::new();
        for Provider { id, icon, .. } in &config.providers {
            if let Some(path) = icon {
                icons.insert(id.clone(), Image::read(&format!("[provider.{id}] icon"), path)?);
            }
        }
        let languages = config.server.languages.iter().filter_map(|tag| tag.to_string().parse().ok()).collect();
        Ok(Self {
            brand: Brand {
                name: config.brand.name.clone(),
                logo: logo.as_ref().map(|_| LOGO.to_owned()),
                help: config.brand.help.as_ref().and_then(|help| Help::parse(help.as_str())),
            },
            languages,
            logo,
            icons,
            buttons: config.providers.iter().filter_map(|one| Some((one.id.clone(), button(one)?))).collect(),
            proxies: Proxies::new(config.server.trusted_proxies.clone(), config.server.public_url.as_str()),
        })
    }
}

/// The button of a provider. `None`: it has the usual words and looks, and the first letter of its name.
fn button<K>(provider: &Provider<K>) -> Option<Button> {
    let preset = provider.preset.map(|preset| &preset.button);
    if preset.is_none() && provider.icon.is_none() {
        return None;
    }
    let own = provider.icon.as_ref().map(|_| ICON.replace("{provider}", provider.id.as_str()));
    let ours = || assets::icon(preset?.icon.as_deref()?).map(|asset| asset.path.clone());
    Some(Button {
        icon: own.or_else(ours),
        wording: preset.map_or_else(Wording::default, |button| button.wording),
        colors: preset.map_or_else(Colors::default, |button| button.colors),
        audience: preset.and_then(|button| button.audience),
        always_in_view: preset.is_some_and(|button| button.always_in_view),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::WebSettings;
    use crate::config::{Environment, read};
    use crate::upstream::KINDS;

    const CONFIG: &str = "[server]\npublic_url = \"https://auth.example.org\"\n\
        [[provider]]\nkind = \"gitlab\"\nclient_id = \"v\"\nclient_secret = \"s\"\n\
        [[provider]]\nid = \"own\"\nkind = \"gitlab\"\nclient_id = \"v\"\nclient_secret = \"s\"\nicon = \"own.svg\"\n\
        [[provider]]\nid = \"uni\"\nkind = \"oidc\"\nname = \"Uni\"\nissuer = \"https://sso.example.edu\"\n\
        client_id = \"v\"\nclient_secret = \"s\"\n\
        [[app]]\nid = \"notes\"\nkind = \"plain\"\nname = \"Notes\"\nurl = \"https://notes.example.org/\"\n\
        [[app.allow]]\n";

    #[test]
    fn the_icon_of_the_operator_replaces_the_one_of_the_preset() {
        let folder = tempfile::tempdir().unwrap();
        let (file, icon) = (folder.path().join("vestibule.toml"), folder.path().join("own.svg"));
        fs::write(&icon, "<svg/>").unwrap();
        let config = read(CONFIG, &file, &Environment::default(), &KINDS).unwrap();
        let settings = WebSettings::new(&config).unwrap();
        let icon_of = |id: &str| settings.buttons.get(&id.parse().unwrap()).map(|button| button.icon.clone().unwrap());
        assert!(icon_of("gitlab").unwrap().starts_with("/static/gitlab-"));
        assert_eq!(icon_of("own").unwrap(), "/brand/icon/own");
        assert_eq!(icon_of("uni"), None);
        assert_eq!(settings.icons[&"own".parse().unwrap()].bytes, &b"<svg/>"[..]);

        fs::write(&icon, "hello").unwrap();
        let why = WebSettings::new(&config).unwrap_err().to_string();
        assert!(why.starts_with("[provider.own] icon: ") && why.contains("holds no image"), "{why}");
    }
}
