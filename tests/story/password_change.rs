//! A person changes their own password: the checks, and the sessions that end.

use std::time::Duration;

use support::{Browser, FormOrigin, Page, TestConfig, TestServer};
use vestibule::base::ids::AccountId;
use vestibule::base::secret::Secret;
use vestibule::store::{Event, Transaction};

const PAGE: &str = "/account/password";
const OLD: &str = "correct horse battery staple";
const NEW: &str = "seven purple elephants dance";

async fn with_grace() -> TestServer {
    let server = TestServer::with(TestConfig::add_passwords).await;
    server.add_user("Grace", OLD).await;
    server
}

async fn signed_in(server: &TestServer, password: &str) -> Browser {
    let browser = server.browser();
    enter_password(&browser, password).await.token_at("https://notes.example.org/signed-in");
    browser
}

async fn enter_password(browser: &Browser, password: &str) -> Page {
    let page = browser.go("/auth/notes?prompt=login").await;
    browser.submit_password(&page, "grace", password).await
}

async fn change(browser: &Browser, name: &str, [old, new, again]: [&str; 3], from: FormOrigin) -> Page {
    let fields = [("username", name), ("old", old), ("new", new), ("again", again)];
    browser.post(PAGE, &fields.map(|(name, value)| (name.to_owned(), value.to_owned())), from).await
}

#[tokio::test]
async fn the_sign_in_form_links_to_the_password_page_if_local_accounts_are_used() {
    let link = |page: &Page| {
        page.body.contains("<a href=\"/account/password\">Change the password of an account on this site</a>")
    };
    let server = with_grace().await;
    assert!(link(&server.browser().go("/auth/notes").await));
    assert!(link(&enter_password(&server.browser(), NEW).await), "the link is also there after a wrong password");
    let hook = TestServer::with(|config: &mut TestConfig| config.add_webhook("http://127.0.0.1:9/")).await;
    let page = hook.browser().go("/auth/notes").await;
    assert!(page.body.contains("name=\"password\"") && !link(&page), "{}", page.body);
}

// C25, C37
#[tokio::test]
async fn a_change_ends_the_other_sessions_and_keeps_this_one_under_a_new_id() {
    let server = with_grace().await;
    let (here, elsewhere) = (signed_in(&server, OLD).await, signed_in(&server, OLD).await);
    let before = here.session().unwrap();
    let page = here.go(PAGE).await;
    assert!(page.body.contains("value=\"Grace\"") && page.body.contains("readonly"), "{}", page.body);
    assert!(page.text().contains("This page is for accounts of this site."), "{}", page.body);

    let page = change(&here, "somebody else", [OLD, NEW, NEW], FormOrigin::OurPage).await;
    assert_eq!(page.status, 303, "{}", page.text());
    assert_eq!(here.go(&page.redirect_target()).await.heading(), "Your password has been changed.");
    let after = here.session().unwrap();
    assert_ne!(before, after);
    assert!(here.go("/logout").await.text().contains("signed in as Grace"));
    assert!(elsewhere.go("/logout").await.text().contains("You are not signed in."));
    here.set_cookie("__Host-vestibule", &before);
    assert!(here.go("/logout").await.text().contains("You are not signed in."), "the old id is not valid");

    assert_eq!(enter_password(&server.browser(), OLD).await.status, 403);
    signed_in(&server, NEW).await;
    let rows = server.audit().await;
    let row = rows.iter().find(|row| row.entry.event == Event::PasswordChanged).unwrap();
    assert_eq!(row.entry.detail.as_deref(), Some("Grace; 1 other session ended"));
}

#[tokio::test]
async fn a_signed_out_person_enters_their_name_and_the_change_ends_all_their_sessions() {
    let server = with_grace().await;
    let elsewhere = signed_in(&server, OLD).await;
    let browser = server.browser();
    assert!(!browser.go(PAGE).await.body.contains("readonly"));
    assert_eq!(change(&browser, " grace", [OLD, NEW, NEW], FormOrigin::OurPage).await.status, 303);
    assert_eq!(browser.session(), None);
    assert!(elsewhere.go("/logout").await.text().contains("You are not signed in."));
    signed_in(&server, NEW).await;
}

#[tokio::test]
async fn a_signed_in_person_reads_only_that_the_old_password_is_wrong() {
    let server = with_grace().await;
    let browser = signed_in(&server, OLD).await;
    let page = change(&browser, "grace", ["not the one", NEW, NEW], FormOrigin::OurPage).await;
    assert!(page.text().contains("The current password is not right."), "{}", page.text());
    assert!(!page.text().contains("Name or password"), "{}", page.text());
}

// C42, C43
#[tokio::test]
async fn a_wrong_old_password_looks_and_counts_like_a_failed_sign_in() {
    let server = with_grace().await;
    server.add_user("clara", OLD).await;
    server.disable("clara").await;
    let browser = server.browser();
    let looks = async |name: &str, old: &str| {
        let page = change(&server.browser(), name, [old, NEW, NEW], FormOrigin::OurPage).await;
        assert!(page.text().contains("Name or password is not right."), "{}", page.text());
        let (status, headers, body) = page.without_reference_code();
        (status.as_u16(), headers, body.replace(name, "NAME"))
    };
    let unknown = looks("hodge", "not the one").await;
    assert_eq!(unknown.0, 403);
    assert_eq!(looks("grace", "not the one").await, unknown);
    assert_eq!(looks("clara", OLD).await, unknown);
    for _ in 0..4 {
        change(&browser, "grace", ["not the one", NEW, NEW], FormOrigin::OurPage).await;
    }
    let page = change(&browser, "grace", [OLD, NEW, NEW], FormOrigin::OurPage).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "10"));
    assert_eq!(enter_password(&browser, OLD).await.status, 429, "the tries also count for the sign-in");
}

#[tokio::test]
async fn an_unacceptable_new_password_is_refused_with_a_reason_and_never_shown() {
    let server = with_grace().await;
    let browser = signed_in(&server, OLD).await;
    for (new, again, why) in [
        ("tiny words", "tiny words", "It is too short."),
        ("password1234", "password1234", "It is one of the passwords that people guess first."),
        (NEW, "seven purple elephants danse", "The two new passwords are not the same."),
        (OLD, OLD, "It is your current password."),
    ] {
        let page = change(&browser, "Grace", [OLD, new, again], FormOrigin::OurPage).await;
        assert_eq!(page.status, 422, "{}", page.text());
        assert!(page.text().contains(why), "{why}: {}", page.text());
        assert!(!page.body.contains(new) && !page.body.contains(OLD));
    }
    signed_in(&server, OLD).await;
}

// C53
#[tokio::test]
async fn a_form_from_another_site_cannot_change_a_password() {
    let server = with_grace().await;
    let page = change(&server.browser(), "Grace", [OLD, NEW, NEW], FormOrigin::AnotherSite).await;
    assert_eq!(page.status, 403);
    signed_in(&server, OLD).await;
}

#[tokio::test]
async fn without_local_accounts_there_is_no_password_page() {
    let server = TestServer::start().await;
    assert_eq!(server.browser().go(PAGE).await.status, 404);
}

#[tokio::test]
async fn an_imported_password_signs_in_and_is_rehashed() {
    let server = with_grace().await;
    let imported =
        "$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/";
    let of_grace = async || server.broker.store().password_by_name("grace").await.unwrap().unwrap();
    let mut transaction = server.broker.store().begin().await.unwrap();
    transaction.set_password(&of_grace().await.account, imported).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(enter_password(&server.browser(), OLD).await.status, 403);
    signed_in(&server, "correct horse").await;
    for _ in 0..3_000 {
        if of_grace().await.hash.unwrap().starts_with("$argon2id$") {
            signed_in(&server, "correct horse").await;
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the password still has its imported hash");
}

async fn account_of_grace(server: &TestServer) -> AccountId {
    server.broker.store().password_by_name("grace").await.unwrap().unwrap().account
}

/// The hash of `NEW`, made beforehand.
async fn hash_of_new(server: &TestServer) -> String {
    let (live, local) = (server.broker.config(), "local".parse().unwrap());
    let passwords = live.provider(&local).unwrap().module.local_passwords().unwrap();
    passwords.hash(&Secret::new(NEW.to_owned())).await.unwrap().as_str().to_owned()
}

/// Writes what `vestibule user passwd` writes.
async fn set_and_commit(mut admin: Transaction, account: &AccountId, hash: &str) {
    admin.set_password(account, hash).await.unwrap();
    admin.end_sessions_of(account).await.unwrap();
    admin.commit().await.unwrap();
}

async fn with_grace_and_one_check_at_once() -> TestServer {
    let server = TestServer::with(|config| {
        config.add_passwords();
        config.provider("local").set("at_once", "1").set("queue", "0");
    })
    .await;
    server.add_user("Grace", OLD).await;
    server
}

/// Waits until a password was checked. There is room for one, so there is none while it is checked.
async fn until_checked(server: &TestServer) {
    let (live, local) = (server.broker.config(), "local".parse().unwrap());
    let passwords = live.provider(&local).unwrap().module.local_passwords().unwrap();
    for is_checked in [false, true] {
        while passwords.has_room() != is_checked {
            tokio::task::yield_now().await;
        }
    }
}

// C25, C42
#[tokio::test]
async fn a_sign_in_during_a_password_change_opens_no_session() {
    let server = with_grace_and_one_check_at_once().await;
    let (grace, new) = (account_of_grace(&server).await, hash_of_new(&server).await);
    let old = server.broker.store().password_of(&grace).await.unwrap().unwrap().hash.unwrap();
    let wrong = enter_password(&server.browser(), "not the one").await;
    for times_before in 0..2 {
        for _ in 0..times_before {
            signed_in(&server, OLD).await;
        }
        let browser = server.browser();
        let page = browser.go("/auth/notes?prompt=login").await;
        // While this transaction holds the write lock, the login can check the old password but write nothing.
        let admin = server.broker.store().begin().await.unwrap();
        let changed = async {
            until_checked(&server).await;
            set_and_commit(admin, &grace, &new).await;
        };
        let (page, ()) = tokio::join!(browser.submit_password(&page, "grace", OLD), changed);
        assert_eq!((page.status, browser.session()), (wrong.status, None), "{}", page.text());
        assert!(page.text().contains("Name or password is not right."), "{}", page.text());
        let audit_detail = server.explain(&page.reference_code()).await.unwrap().row.entry.detail.unwrap().to_string();
        assert_eq!(audit_detail, "the password was changed while it was being checked");
        set_and_commit(server.broker.store().begin().await.unwrap(), &grace, &old).await;
    }
}

// C42, C43
#[tokio::test]
async fn a_change_that_fails_after_a_right_old_password_does_not_reset_guesses() {
    let server = with_grace_and_one_check_at_once().await;
    let (grace, new) = (account_of_grace(&server).await, hash_of_new(&server).await);
    let browser = server.browser();
    for _ in 0..4 {
        assert_eq!(change(&browser, "grace", ["not the one", NEW, NEW], FormOrigin::OurPage).await.status, 403);
    }
    // The old password is checked while this transaction holds the write lock.
    let admin = server.broker.store().begin().await.unwrap();
    let changed = async {
        until_checked(&server).await;
        set_and_commit(admin, &grace, &new).await;
    };
    let (page, ()) = tokio::join!(change(&browser, "grace", [OLD, NEW, NEW], FormOrigin::OurPage), changed);
    assert!(page.text().contains("Name or password is not right."), "{}", page.text());
    let explained = server.explain(&page.reference_code()).await.unwrap();
    assert_eq!(explained.detail.as_deref(), Some("the password was changed while it was being checked"));
    assert_eq!(explained.row.entry.account, Some(grace));
    // That was the fifth failure.
    assert_eq!(change(&browser, "grace", [NEW, OLD, OLD], FormOrigin::OurPage).await.status, 429);
}

// C42: the log says who disabled or removed the account while its password was being checked
#[tokio::test]
async fn an_account_that_is_closed_during_the_check_of_its_password_looks_like_a_wrong_one() {
    for (is_change, is_removed, cause, detail) in [
        (true, false, "account_disabled", "Grace was disabled by cli:root"),
        (true, true, "password_refused", "the account was removed while the password was being checked"),
        (false, true, "password_refused", "the account was removed while the password was being checked"),
    ] {
        let server = with_grace_and_one_check_at_once().await;
        let grace = account_of_grace(&server).await;
        let browser = server.browser();
        let form = browser.go("/auth/notes?prompt=login").await;
        let mut admin = server.broker.store().begin().await.unwrap();
        let closed = async {
            until_checked(&server).await;
            if is_removed {
                admin.remove_account(&grace).await.unwrap();
            } else {
                admin.disable(&grace, "cli:root").await.unwrap();
            }
            admin.commit().await.unwrap();
        };
        let attempt = async {
            if is_change {
                change(&browser, "grace", [OLD, NEW, NEW], FormOrigin::OurPage).await
            } else {
                browser.submit_password(&form, "grace", OLD).await
            }
        };
        let (page, ()) = tokio::join!(attempt, closed);
        assert!(page.text().contains("Name or password is not right."), "{}", page.text());
        let explained = server.explain(&page.reference_code()).await.unwrap();
        assert_eq!(explained.row.entry.cause.as_deref(), Some(cause));
        let logged = explained.detail.unwrap_or_default();
        assert!(logged.contains(detail), "{logged}");
    }
}

// C43
#[tokio::test]
async fn a_right_old_password_resets_the_count_even_if_the_new_one_is_refused() {
    let server = with_grace().await;
    let browser = server.browser();
    for (old, new, status) in [(OLD, "tiny words", 422), (OLD, NEW, 303), (NEW, OLD, 303)] {
        for _ in 0..4 {
            assert_eq!(change(&browser, "grace", ["not the one", NEW, NEW], FormOrigin::OurPage).await.status, 403);
        }
        assert_eq!(change(&browser, "grace", [old, new, new], FormOrigin::OurPage).await.status, status);
    }
}

// C25
#[tokio::test]
async fn a_password_change_does_not_restore_a_session_that_ended_meanwhile() {
    let server = with_grace().await;
    let (grace, mut words) = (account_of_grace(&server).await, [OLD, NEW]);
    for milliseconds in [0, 20, 50, 90, 140, 200, 300, 400] {
        let browser = signed_in(&server, words[0]).await;
        let ended = async {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            let mut admin = server.broker.store().begin().await.unwrap();
            let ended = admin.end_sessions_of(&grace).await.unwrap();
            admin.commit().await.unwrap();
            ended
        };
        let (page, _) =
            tokio::join!(change(&browser, "grace", [words[0], words[1], words[1]], FormOrigin::OurPage), ended);
        assert_eq!(page.status, 303, "{}", page.text());
        let alive = browser.go("/logout").await.text().contains("signed in as Grace");
        let mut admin = server.broker.store().begin().await.unwrap();
        let left = admin.end_sessions_of(&grace).await.unwrap();
        admin.commit().await.unwrap();
        // If the change came first, the admin's command ended its session.
        assert_eq!((left, alive), (0, false), "after {milliseconds} ms");
        words.reverse();
    }
}
