//! Which role may do what to whose account at `/admin` (rules R2, R3, R4): every operation, over HTTP.

use support::{Browser, FormOrigin, TestServer};
use vestibule::accounts::{AccountRef, IfMissing};
use vestibule::base::ids::Sid;
use vestibule::base::role::Role;
use vestibule::signin::identify::IdentityKey;

use super::admin::{accounts, ask_as_al, enter, id, named, root, with_ada};

/// Whose account somebody acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Own,
    WithoutRole,
    With(Role),
}

const TARGETS: [Target; 5] = [
    Target::Own,
    Target::WithoutRole,
    Target::With(Role::Viewer),
    Target::With(Role::Helpdesk),
    Target::With(Role::Admin),
];
const ACTS: [&str; 7] =
    ["end-sessions", "disable", "enable", "give-viewer", "give-helpdesk", "give-admin", "take-role"];
const CHANGES: [&str; 5] = ["join", "leave", "link", "unlink", "rename"];
/// The end of one session.
const SESSION: &str = "session";

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Own => "ada",
            Self::WithoutRole => "dee",
            Self::With(Role::Viewer) => "vic",
            Self::With(Role::Helpdesk) => "hal",
            Self::With(Role::Admin) => "amy",
        }
    }
}

/// What the page says, as the rules have it.
fn expected(role: Role, target: Target, operation: &str) -> &'static str {
    let for_helpdesk = ["end-sessions", SESSION, "disable", "enable"].contains(&operation);
    let ends_sessions = ["end-sessions", SESSION].contains(&operation);
    // What only takes power away, or gives a role: R3.
    let on_holders =
        ends_sessions || operation == "disable" || operation == "take-role" || operation.starts_with("give");
    match (role, target) {
        (Role::Viewer, _) => "role-needed",
        (Role::Helpdesk, _) if !for_helpdesk => "role-needed",
        (_, Target::WithoutRole) => "done",
        (_, Target::Own) if ends_sessions => "done",
        (_, Target::Own) => "own-account",
        (Role::Helpdesk, Target::With(_)) if operation == "enable" => "holder-of-role",
        (Role::Helpdesk, Target::With(_)) => "role-needed",
        (Role::Admin, Target::With(_)) if on_holders => "done",
        (Role::Admin, Target::With(_)) => "holder-of-role",
    }
}

/// One account of each kind. Ada acts.
async fn people(role: Option<Role>) -> (TestServer, Browser) {
    let (server, ada) = with_ada(role).await;
    for target in TARGETS.into_iter().skip(1) {
        let key = identity("gone", target.name());
        accounts(&server).link(&root(), (&key, "sub"), &named(target.name()), IfMissing::MakeAccount).await.unwrap();
        restore(&server, target).await;
    }
    if role.is_some() {
        enter(&ada).await;
    }
    (server, ada)
}

fn identity(provider: &str, subject: &str) -> IdentityKey {
    IdentityKey { provider: provider.parse().unwrap(), issuer: "https://gone.example".into(), subject: subject.into() }
}

/// Undoes what the operation before has done.
async fn restore(server: &TestServer, target: Target) {
    let (accounts, root, name) = (accounts(server), root(), target.name());
    let account = AccountRef::Id(id_of(server, name).await);
    accounts.add_to_group(&root, &account, &"staff".into()).await.unwrap();
    accounts.remove_from_group(&root, &account, &"choir".into()).await.unwrap();
    if target == Target::Own {
        return;
    }
    accounts.rename(&root, &account, &name.parse().unwrap()).await.unwrap();
    accounts.link(&root, (&identity("gone", name), "sub"), &account, IfMissing::Refuse).await.unwrap();
    accounts.enable(&root, &account).await.unwrap();
    match target {
        Target::With(role) => drop(accounts.give_role(&root, &account, role).await.unwrap()),
        Target::WithoutRole | Target::Own => drop(accounts.take_role(&root, &account).await.unwrap()),
    }
}

/// Also after a rename.
async fn id_of(server: &TestServer, name: &str) -> vestibule::base::ids::AccountId {
    if let Some(account) = server.broker.store().account_by_name(&name.parse().unwrap()).await.unwrap() {
        return account.id;
    }
    let held = accounts(server).details(&named("renamed")).await.unwrap();
    assert!(held.identities.unwrap().iter().any(|held| held.key() == identity("gone", name)));
    held.id
}

/// Sends the form, and returns the word that names the notice, or the status of a page that is not there.
async fn send(server: &TestServer, ada: &Browser, target: Target, operation: &str) -> String {
    let account = accounts(server).details(&named(target.name())).await.unwrap();
    let (account_id, version) = (account.id.to_string(), account.version.to_string());
    let identity = account.identities.iter().flatten().next().unwrap().key();
    let value = match operation {
        "join" => "choir".to_owned(),
        "leave" => "staff".to_owned(),
        "link" => format!("lab:new-{}", target.name()),
        "unlink" => identity.tag(),
        _ => "renamed".to_owned(),
    };
    let sid = Sid::fresh(time::OffsetDateTime::UNIX_EPOCH).to_string();
    let (path, fields): (_, Vec<(&str, &str)>) = match operation {
        SESSION => ("/admin/account/session", vec![("id", &account_id), ("sid", &sid)]),
        act if ACTS.contains(&act) => ("/admin/account", vec![("id", &account_id), ("act", act)]),
        change => {
            let named = [("id", account_id.as_str()), ("version", &version), ("act", change)];
            ("/admin/account/change", named.into_iter().chain([("value", value.as_str()), ("sure", "yes")]).collect())
        }
    };
    let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let answer = ada.post(path, &fields, FormOrigin::OurPage).await;
    match answer.status.as_u16() {
        303 => {
            answer.redirect_target().rsplit_once("notice=").map_or_else(String::new, |(_, notice)| notice.to_owned())
        }
        status => status.to_string(),
    }
}

// R2, R3, R4
#[tokio::test]
async fn each_role_does_to_each_account_what_the_rules_say_and_nothing_else() {
    for role in [None, Some(Role::Viewer), Some(Role::Helpdesk), Some(Role::Admin)] {
        let (server, ada) = people(role).await;
        for target in TARGETS {
            for operation in ACTS.into_iter().chain(CHANGES).chain([SESSION]) {
                if operation == "enable" && target != Target::Own {
                    accounts(&server).disable(&root(), &named(target.name())).await.unwrap();
                }
                let state = async || {
                    let id = AccountRef::Id(id_of(&server, target.name()).await);
                    let roles = server.broker.store().role_holders().await.unwrap();
                    (accounts(&server).details(&id).await.unwrap(), roles)
                };
                let before = state().await;
                let said = send(&server, &ada, target, operation).await;
                let wanted = role.map_or("404", |role| expected(role, target, operation));
                assert_eq!(said, wanted, "{role:?} on {target:?}: {operation}");
                let is_changed = state().await != before;
                // A session that is not there changes nothing, and so does the role that somebody has.
                let keeps = operation == SESSION
                    || matches!(target, Target::With(had) if operation == format!("give-{had}"))
                    || (target == Target::WithoutRole && operation == "take-role");
                assert_eq!(is_changed, wanted == "done" && !keeps, "{role:?} on {target:?}: {operation}");
                restore(&server, target).await;
            }
        }
    }
}

// R3, R4
#[tokio::test]
async fn each_role_decides_about_an_access_request_what_the_rules_say() {
    for role in [None, Some(Role::Viewer), Some(Role::Helpdesk), Some(Role::Admin)] {
        let (server, ada) = people(role).await;
        let request = ask_as_al(&server).await;
        let send = async |path: &str, more: &[(&str, &str)]| {
            let request = request.id.to_string();
            let fields = [("id", request.as_str())].into_iter().chain(more.iter().copied());
            let fields: Vec<_> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let answer = ada.post(path, &fields, FormOrigin::OurPage).await;
            match answer.status.as_u16() {
                303 => answer.redirect_target().rsplit_once("notice=").unwrap().1.to_owned(),
                status => status.to_string(),
            }
        };
        let waits = async || server.broker.store().waiting_access_requests(9).await.unwrap().len() == 1;
        let is_admin = role == Some(Role::Admin);
        let refused = if role.is_none() { "404" } else { "role-needed" };
        for target in TARGETS.into_iter().filter(|target| *target != Target::WithoutRole) {
            let version = accounts(&server).details(&named(target.name())).await.unwrap().version.to_string();
            let account = id(&server, target.name()).await;
            let said = send("/admin/request/link", &[("account", &account), ("version", &version)]).await;
            let wanted = if target == Target::Own { "own-account" } else { "holder-of-role" };
            assert_eq!(said, if is_admin { wanted } else { refused }, "{role:?} on {target:?}");
        }
        if !is_admin {
            assert_eq!(send("/admin/request", &[("decision", "let-in"), ("note", "")]).await, refused, "{role:?}");
        }
        assert!(waits().await, "{role:?}");
        let by_helpdesk = if role >= Some(Role::Helpdesk) { "done" } else { refused };
        let decision = if is_admin { "let-in" } else { "refuse" };
        assert_eq!(send("/admin/request", &[("decision", decision), ("note", "No.")]).await, by_helpdesk, "{role:?}");
        assert_eq!(waits().await, by_helpdesk != "done", "{role:?}");
    }
}
