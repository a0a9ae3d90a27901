//! The checks find every fault in code, and none in comments and texts.

use super::rules::{LONGEST, LONGEST_TESTS, WIDEST, faults, faults_anywhere};
use super::source::Source;

/// The faults of a file that begins correctly and continues with `code`.
fn found(path: &str, code: &str) -> Vec<String> {
    faults(&Source::read(path, &format!("//! A file.\n{code}\n")))
}

fn clean(path: &str, code: &str) {
    assert_eq!(found(path, code), Vec::<String>::new(), "{code}");
}

fn faulty(path: &str, code: &str, fault: &str) {
    let found = found(path, code);
    assert!(found.iter().any(|found| found.contains(fault)), "{code}: {found:?}");
}

#[test]
fn a_name_of_a_higher_layer_is_found_in_every_form() {
    for code in [
        "use crate::web::pages;",
        "pub use crate::web;",
        "pub(crate) use crate::web as elsewhere;",
        "use crate::{base::ids, web::pages};",
        "use crate::{\n    base::{ids, urls},\n    web::{self, pages},\n};",
        "fn a() { crate::web::serve(); }",
        "fn a(b: &crate::web::Page) {}",
        "fn a() -> Vec<crate::web::Page> { vec![] }",
        "use super::super::web;",
        "use super::super::web::pages;",
        "use super::super::{base::ids, web::pages};",
        "use super::{super::web::pages, rows};",
        "use self::super::super::web::pages;",
        "fn a() { super::super::web::serve(); }",
        "mod inner { use super::super::super::web; }",
        "mod inner { mod further { fn a() { super::super::super::super::web::serve() } } }",
        "mod inner { fn a() {} } use super::super::web;",
        "macro_rules! a { () => { $crate::web::serve() } }",
        "use vestibule::web;",
        "use ::vestibule::web;",
        "#[cfg(test)] mod tests { use crate::web::pages; }",
        "use r#crate::web; use crate::r#web;",
        "impl From<crate::web::Error> for Store {}",
        "use crate /* here */ :: // there\n web;",
    ] {
        faulty("src/store/accounts.rs", code, "store names web, which is not a lower layer");
    }
}

#[test]
fn a_fault_names_its_line() {
    assert_eq!(
        found("src/store/accounts.rs", "/* one\ntwo */\nconst A: &str = \"three\nfour\";\nuse crate::web;"),
        ["src/store/accounts.rs:6: store names web, which is not a lower layer"]
    );
}

#[test]
fn a_folder_does_not_name_another_folder_of_its_own_layer() {
    faulty("src/broker/finish.rs", "use crate::admin::users;", "broker names admin");
    faulty("src/admin/users.rs", "use crate::broker::finish;", "admin names broker");
    clean("src/broker/finish.rs", "use crate::broker::begin;");
}

#[test]
fn a_folder_may_name_lower_layers_and_its_own_files() {
    for code in [
        "use crate::{base::{ids, clock::Clock}, config, signin::permit::{self, Account}};",
        "use super::rows;",
        "use super::{rows, identities::Identity};",
        "use super::super::base::ids;",
        "use crate::store::rows;",
        "mod inner { use super::super::rows; use super::Accounts; }",
        "pub(crate) fn a() {} pub(super) fn b() {} pub(in crate::store) fn c() {}",
        "fn a(&self) -> Self { self.web.clone(); Self::web() }",
        "fn a() { web::serve(); other::crate_web(); }",
        "async fn a() { tokio::spawn(b()); }",
    ] {
        clean("src/store/accounts.rs", code);
    }
}

#[test]
fn comments_and_texts_are_not_code() {
    for code in [
        "// use crate::web;",
        "/// [`crate::web`]",
        "/* use crate::web; /* todo!() */ unsafe */",
        "const A: &str = \"crate::web \\\" unsafe\";",
        "const A: &str = r#\"crate::web \" unsafe\"#;",
        "const A: &[u8] = b\"crate::web\";",
        "const A: (char, u8, char) = ('\"', b'\"', '\\''); // \" unsafe",
        "fn a<'a>(b: &'a str) -> &'a str { b } // '",
    ] {
        clean("src/base/ids.rs", code);
    }
    // Code after a comment or a text counts.
    for code in [
        "const A: char = '\"'; use crate::web;",
        "const A: &str = r#\"\"\"#; use crate::web;",
        "fn a<'a>(b: &'a str) {} use crate::web; // '",
        "/* /* */ */ use crate::web;",
        "const A: &str = \"\\\\\"; use crate::web;",
    ] {
        faulty("src/base/ids.rs", code, "base names web");
    }
}

#[test]
fn no_file_imports_the_whole_crate() {
    for code in [
        "use crate as all;",
        "use crate::*;",
        "use crate::{self as all};",
        "use super::super::*;",
        "use super::super as all;",
    ] {
        faulty("src/store/accounts.rs", code, "names the root of the crate");
    }
    clean("src/store/accounts.rs", "use super::*;");
}

#[test]
fn a_folder_in_no_layer_is_found() {
    faulty("src/tools/mod.rs", "", "`tools` is in no layer");
    faulty("src/tools.rs", "", "`tools` is in no layer");
    faulty("src/lib.rs", "pub mod base;\npub mod tools;", "`tools` is in no layer");
    faulty("src/store/accounts.rs", "use crate::tools;", "store names tools");
}

#[test]
fn the_list_of_modules_is_in_the_order_of_the_layers_and_names_nothing_else() {
    clean("src/lib.rs", "pub mod base;\npub mod signin;\npub mod cli;");
    faulty("src/lib.rs", "pub mod signin;\npub mod base;", "in another order");
    faulty("src/lib.rs", "pub mod base;\npub use crate::base::ids;", "it only lists them");
}

#[test]
fn the_binary_starts_only_cli() {
    clean("src/main.rs", "fn main() { vestibule::cli::run(); }");
    faulty("src/main.rs", "fn main() { vestibule::web::serve(); }", "names web");
    faulty("src/main.rs", "use vestibule::*;", "names everything");
}

#[test]
fn a_module_is_in_the_file_of_its_name() {
    faulty("src/base/mod.rs", "#[path = \"../web/mod.rs\"]\nmod web;", "no #[path]");
}

#[test]
fn decisions_are_pure() {
    for code in [
        "async fn a() {}",
        "fn a() { async { b.await }; }",
        "use axum::http;",
        "fn a() { sea_orm::Database::connect(); }",
        "fn a(b: reqwest::Client) {}",
        "use tokio::sync::Mutex;",
        "use crate::base::clock::Clock;",
        "fn a() { time::OffsetDateTime::now_utc(); }",
        "use std::time::{Duration, SystemTime};",
        "use std::time::Instant;",
        "use std::fs;",
        "use std::{fmt, net::IpAddr};",
        "fn a() { std::env::var(\"HOME\"); }",
    ] {
        for path in ["src/signin/permit.rs", "src/signin/arrive/room.rs", "src/signin/mod.rs"] {
            faulty(path, code, "signin is pure");
        }
    }
    clean("src/signin/permit.rs", "use std::fmt;\nuse std::time::Duration;\nuse time::OffsetDateTime;");
    clean("src/upstream/oidc.rs", "use tokio::sync::Mutex;\nuse std::fs;");
}

#[test]
fn a_stage_that_names_a_later_one_is_found() {
    for code in [
        "use super::permit::Grant;",
        "use super::{account::Account, permit::Grant};",
        "use crate::signin::{link, permit::Grant};",
        "fn a() { crate::signin::permit::permit(); }",
        "use crate::signin::permit as later;",
        "use crate::signin::samples::notes;",
        "use crate::signin::unlisted;",
    ] {
        faulty("src/signin/link.rs", code, "the stage link names");
    }
    faulty("src/signin/app/rule.rs", "use super::super::permit::Grant;", "the stage app names permit");
    faulty("src/signin/unlisted.rs", "", "has no place in the order");
    for code in [
        "use super::{account::Account, app::App, identify::IdentityKey};",
        "use template::NoName; fn a() { self::template::sample(); }",
        "use crate::base::ids::AppId;",
        "#[cfg(test)] mod tests { use crate::signin::{permit, samples}; }",
    ] {
        clean("src/signin/link/mod.rs", code);
    }
    clean("src/signin/link/tests.rs", "use crate::signin::permit::Grant;");
    clean("src/signin/samples.rs", "use super::permit::Grant;");
}

#[test]
fn a_long_file_is_found_and_tests_may_be_longer_than_code() {
    let lines = |number: usize| "fn a() {}\n".repeat(number);
    faulty("src/base/ids.rs", &lines(LONGEST), "a file has at most 300");
    clean("src/base/ids.rs", &lines(LONGEST - 2));
    for tests in ["src/base/ids/tests.rs", "src/signin/arrive/tests/rooms.rs"] {
        clean(tests, &lines(LONGEST_TESTS - 2));
        faulty(tests, &lines(LONGEST_TESTS), "a file has at most 400");
    }
    let story = Source::read("tests/story/sign_in.rs", &format!("//! A sign-in.\n{}", lines(LONGEST_TESTS)));
    assert_eq!(faults_anywhere(&story), ["tests/story/sign_in.rs:401: has 401 lines; a file has at most 400"]);
}

#[test]
fn a_wide_line_is_found_in_comments_and_texts_too() {
    clean("src/base/ids.rs", &format!("// {}", "ü".repeat(WIDEST - 3)));
    for code in [format!("// {}", "x".repeat(WIDEST - 2)), format!("const A: &str = \"{}\";", "x".repeat(WIDEST))] {
        faulty("src/base/ids.rs", &code, "ids.rs:2: is wider than 120 characters");
    }
}

#[test]
fn a_name_that_does_not_say_what_a_file_holds_is_found() {
    for name in ["utils", "util", "helpers", "common", "misc"] {
        faulty(&format!("src/base/{name}.rs"), "", "does not say what the file holds");
        faulty(&format!("src/{name}/mod.rs"), "", "does not say what the file holds");
        faulty("src/base/mod.rs", &format!("mod {name};"), "does not say what the file holds");
        faulty("src/base/mod.rs", &format!("pub mod {name} {{}}"), "does not say what the file holds");
    }
    clean("src/base/mod.rs", "mod commonwealth; fn common() {}");
}

#[test]
fn unfinished_and_unsafe_code_is_found() {
    faulty("src/base/ids.rs", "fn a() { todo!() }", "holds todo!");
    faulty("src/base/ids.rs", "fn a() { unimplemented!(\"b\") }", "holds unimplemented!");
    faulty("src/base/ids.rs", "fn a() { unsafe { b() } }", "holds unsafe code");
    clean("src/base/ids.rs", "fn todo() { todo(); }\n#![deny(unsafe_code)]");
}

#[test]
fn a_file_that_does_not_say_what_it_holds_is_found() {
    let source = Source::read("src/base/ids.rs", "// Names.\nfn a() {}\n");
    assert_eq!(faults(&source), ["src/base/ids.rs:1: opens without a //! line that says what the file holds"]);
}
