//! Mistakes in a provider of `kind = "pam"`.

use std::time::Duration;

use super::{APP, SERVER, good, mistakes, settings_of};
use vestibule::upstream::pam::settings::PamSettings;
use vestibule::upstream::pam::settings::SubjectForm;

fn config(lines: &str) -> String {
    [SERVER, "[[provider]]\nid = \"unix\"\nkind = \"pam\"\nname = \"Staff\"\n", lines, "\n", APP].concat()
}

#[test]
fn every_pam_key_has_a_default() {
    let config = good(&config(""));
    let settings = settings_of::<PamSettings>(&config.providers[0]);
    assert_eq!((settings.service.as_str(), settings.issuer.as_str()), ("vestibule", "pam:vestibule"));
    assert_eq!((settings.timeout, settings.confdir.as_ref()), (Duration::from_secs(5), None));
    assert_eq!(settings.subject, SubjectForm::UidAndName);
}

#[test]
fn a_subject_is_uid_and_name_or_only_the_name() {
    for (word, form) in [("uid", SubjectForm::UidAndName), ("name", SubjectForm::Name)] {
        let config = good(&config(&format!("subject = \"{word}\"")));
        let settings = settings_of::<PamSettings>(&config.providers[0]);
        assert_eq!(settings.subject, form);
    }
    assert!(mistakes(&config("subject = \"login\"")).contains("`subject`"));
}

#[test]
fn each_pam_key_is_read() {
    let text = config("service = \"meeting\"\nconfdir = \"pam.d\"\ntimeout = \"3s\"\nissuer = \"the-house\"");
    let config = good(&text);
    let settings = settings_of::<PamSettings>(&config.providers[0]);
    assert_eq!((settings.service.as_str(), settings.issuer.as_str()), ("meeting", "the-house"));
    // The path is absolute because the helper process works in another folder.
    let folder = std::env::current_dir().unwrap().join("pam.d");
    assert_eq!((settings.timeout, settings.confdir.as_ref()), (Duration::from_secs(3), Some(&folder)));
}

#[test]
fn a_service_is_a_file_name_without_a_path() {
    for bad in ["../passwd", "Login", "a b", ".", ""] {
        assert!(mistakes(&config(&format!("service = {bad:?}"))).contains("`service` is"), "{bad:?}");
    }
    let other = mistakes(&config("service = \"other\""));
    assert!(
        other.contains("`service` is the service that PAM falls back to, and it should let nobody in; write a file"),
        "{other}"
    );
    assert!(mistakes(&config("timeout = \"31s\"")).contains("`timeout` is longer than 30s, "));
}

#[test]
fn keys_of_another_kind_are_unknown() {
    assert!(mistakes(&config("client_id = \"vestibule\"")).contains("unknown key `client_id`"));
}
