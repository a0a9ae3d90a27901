//! The configs of the examples are valid.

use std::path::Path;

use super::{PROVIDER, SERVER, good};
use vestibule::config::{Environment, load};
use vestibule::signin::app::{Audience, ResponseMode, WhenUnknown};
use vestibule::upstream::KINDS;

fn example(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)).unwrap()
}

#[test]
fn the_galene_example_is_a_valid_config() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vestibule.toml");
    std::fs::write(&file, example("galene/vestibule.toml")).unwrap();
    std::fs::write(folder.path().join("uni.secret"), "s3cret\n").unwrap();
    let config = load(&file, &Environment::default(), &KINDS).unwrap();

    let [stock, page] = config.apps.as_slice() else { panic!("{} apps", config.apps.len()) };
    assert_eq!(stock.response_mode, ResponseMode::Query);
    assert_eq!(stock.addresses.rooms.as_ref().unwrap().text(), "https://galene.example.org:8443/group/{room}/");
    assert_eq!(page.response_mode, ResponseMode::Fragment);
    assert_eq!(
        page.addresses.rooms.as_ref().unwrap().text(),
        "https://galene.example.org:8443/vestibule/?group={room}"
    );
    let Some(Audience::OfRoom(audience)) = &page.addresses.audience else { panic!("{:?}", page.addresses.audience) };
    assert_eq!(audience.text(), "https://galene.example.org:8443/group/{room}/");
}

#[test]
fn the_site_example_with_a_directory_is_a_valid_config() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vestibule.toml");
    std::fs::write(&file, example("galene/site/vestibule.toml")).unwrap();
    for secret in ["ldap.secret", "galene.secret"] {
        std::fs::write(folder.path().join(secret), "s3cret\n").unwrap();
    }
    let config = load(&file, &Environment::default(), &KINDS).unwrap();

    let [app] = config.apps.as_slice() else { panic!("{} apps", config.apps.len()) };
    let authserver = app.authserver.as_ref().unwrap();
    assert_eq!((authserver.providers.len(), authserver.unknown), (1, WhenUnknown::Refuse));
    let [api] = config.galene_apis.as_slice() else { panic!("{:?}", config.galene_apis) };
    for room in &api.rooms {
        let group = example(&format!("galene/site/galene/groups/{}.json", room.as_str()));
        let group: serde_json::Value = serde_json::from_str(&group).unwrap();
        let ours = config.server.public_url.auth(&app.id, &[]);
        let leads = ["authPortal", "authServer"].into_iter().filter_map(|name| group[name].as_str());
        assert_eq!(leads.filter(|to| to.starts_with(&ours)).count(), 1, "{}", room.as_str());
    }
}

#[test]
fn the_examples_with_well_known_providers_are_valid_configs() {
    for name in ["google", "github", "facebook"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vestibule.toml");
        std::fs::write(&file, example(&format!("{name}/vestibule.toml"))).unwrap();
        for secret in [name, "uni"] {
            std::fs::write(folder.path().join(format!("{secret}.secret")), "s3cret\n").unwrap();
        }
        let config = load(&file, &Environment::default(), &KINDS).unwrap();
        assert_eq!((config.providers[0].id.as_str(), config.warnings.len()), (name, 0));
        assert_eq!(config.providers[0].preset.unwrap().name, name);
    }
}

#[test]
fn the_conference_readme_shows_a_valid_config() {
    let readme = example("conference/README.md");
    let (_, after) = readme.split_once("```toml\n").unwrap();
    let (shown, _) = after.split_once("```").unwrap();
    let config = good(&[SERVER, PROVIDER, shown].concat());
    assert_eq!(config.apps[0].id.as_str(), "conference");
    assert_eq!(config.apps[0].rules.len(), 2);
}
