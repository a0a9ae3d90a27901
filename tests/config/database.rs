//! `[database]` and `[audit]`.

use super::{APP, PROVIDER, SERVER, good, mistakes};
use vestibule::config::{DatabaseUrl, Synchronous};

#[test]
fn sqlite_alone_is_told_when_a_commit_is_on_disk() {
    let with = |database: &str| [SERVER, "[database]\n", database, "\n", PROVIDER, APP].concat();
    for (written, read) in [("", Synchronous::Normal), ("synchronous = \"full\"", Synchronous::Full)] {
        let config = good(&with(written));
        assert!(matches!(config.database, DatabaseUrl::Sqlite { synchronous, .. } if synchronous == read));
    }
    let told = mistakes(&with("synchronous = \"off\""));
    assert_eq!(told, "vestibule.toml:4: [database] `synchronous` does not know \"off\"; use \"normal\" or \"full\"");
    let told = mistakes(&with("url = \"postgres://u@h/d\"\nsynchronous = \"full\""));
    assert!(
        told.contains("toml:5: [database] `synchronous` is for SQLite") && told.contains("synchronous_commit"),
        "{told}"
    );
}

#[test]
fn an_audit_that_would_forget_within_the_day_is_a_mistake() {
    let told = mistakes(&[SERVER, "[audit]\nkeep = \"12m\"\n", PROVIDER, APP].concat());
    assert_eq!(told, "vestibule.toml:4: [audit] `keep` is less than a day; write days, such as \"365d\"");
    good(&[SERVER, "[audit]\nkeep = \"1d\"\n", PROVIDER, APP].concat());
}
