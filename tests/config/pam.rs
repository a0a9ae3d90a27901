//! What is said about `kind = "pam"`.

use std::time::Duration;

use super::{APP, SERVER, good, mistakes, settings_of};
use vestibule::upstream::pam::settings::PamSettings;
use vestibule::upstream::pam::settings::SubjectForm;

fn config(lines: &str) -> String {
    [SERVER, "[[provider]]\nid = \"unix\"\nkind = \"pam\"\nname = \"Staff\"\n", lines, "\n", APP].concat()
}

#[test]
fn nothing_but_its_kind_need_be_said() {
    let config = good(&config(""));
    let settings = settings_of::<PamSettings>(&config.providers[0]);
    assert_eq!((settings.service.as_str(), settings.issuer.as_str()), ("vestibule", "pam:vestibule"));
    assert_eq!((settings.timeout, settings.confdir.as_ref()), (Duration::from_secs(5), None));
    assert_eq!(settings.subject, SubjectForm::UidAndName);
}

#[test]
fn an_account_is_tied_to_uid_and_name_or_to_the_name_alone() {
    for (word, form) in [("uid", SubjectForm::UidAndName), ("name", SubjectForm::Name)] {
        let config = good(&config(&format!("subject = \"{word}\"")));
        let settings = settings_of::<PamSettings>(&config.providers[0]);
        assert_eq!(settings.subject, form);
    }
    assert!(mistakes(&config("subject = \"login\"")).contains("`subject`"));
}

#[test]
fn each_key_says_what_it_takes() {
    let text = config("service = \"meeting\"\nconfdir = \"pam.d\"\ntimeout = \"3s\"\nissuer = \"the-house\"");
    let config = good(&text);
    let settings = settings_of::<PamSettings>(&config.providers[0]);
    assert_eq!((settings.service.as_str(), settings.issuer.as_str()), ("meeting", "the-house"));
    // The helper works in another folder.
    let folder = std::env::current_dir().unwrap().join("pam.d");
    assert_eq!((settings.timeout, settings.confdir.as_ref()), (Duration::from_secs(3), Some(&folder)));
}

#[test]
fn a_service_is_a_file_of_its_own_and_no_way_out_of_its_folder() {
    for bad in ["../passwd", "Login", "a b", ".", ""] {
        assert!(mistakes(&config(&format!("service = {bad:?}"))).contains("`service` is"), "{bad:?}");
    }
    let other = mistakes(&config("service = \"other\""));
    assert!(
        other.contains("`service` is the service that PAM falls back to, and it should let nobody in; write a file"),
        "{other}"
    );
    assert!(mistakes(&config("timeout = \"2m\"")).contains("`timeout` is longer than a minute; "));
}

#[test]
fn what_is_another_kinds_is_unknown_here() {
    assert!(mistakes(&config("client_id = \"vestibule\"")).contains("unknown key `client_id`"));
}
