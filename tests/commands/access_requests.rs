//! `vestibule access-request`: lists, shows and decides.

use serde_json::json;

use super::installation::Installation;

const IDS: [&str; 4] = [
    "req_00000000000000000000000001",
    "req_00000000000000000000000002",
    "req_00000000000000000000000003",
    "req_00000000000000000000000004",
];

/// An installation in which four people wait.
fn installation() -> Installation {
    let installation = Installation::new();
    installation.make_database();
    let sql = IDS.iter().enumerate().map(|(number, id)| {
        let wished = if number == 3 { "NULL" } else { "'dee'" };
        let profile = r#"{"name":"Dee","email":{"address":"dee@example.edu","verified":true}}"#;
        format!(
            "INSERT INTO access_request (id, provider, issuer, subject, subject_source, profile, wished, message, app, \
             room, count, first_at, last_at, state) VALUES ('{id}', 'uni', \
             CAST('https://sso.example.edu' AS BLOB), CAST('sub-{number}' AS BLOB), 'sub', '{profile}', {wished}, \
             'I teach maths.', 'notes', NULL, 2, 1790000000000000, 17900000{number}0000000, 'waiting');"
        )
    });
    let sql = sql.collect::<String>();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(installation.folder().join("vestibule.db"));
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
        pool.close().await;
    });
    installation
}

fn command<'c>(words: &[&'c str]) -> Vec<&'c str> {
    [&["access-request"], words].concat()
}

#[test]
fn a_request_is_listed_and_shown_with_the_commands_that_decide() {
    let installation = installation();
    let list = installation.stdout(&command(&["list"]));
    let lines: Vec<_> = list.lines().collect();
    assert!(lines[0].starts_with("ID ") && lines[1].starts_with(IDS[3]), "{list}");
    assert!(lines[1].contains("waiting") && lines[1].ends_with("uni       Dee   I teach maths."), "{list}");
    let shown = installation.stdout(&command(&["show", IDS[0]]));
    for part in ["sub-0", "dee@example.edu (verified by the provider)", "suggested  dee", "2 times", "I teach maths."] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains(&format!("vestibule access-request let-prove {}\n", IDS[0])), "{shown}");
    let unnamed = installation.stdout(&command(&["show", IDS[3]]));
    assert!(unnamed.contains(&format!("let-in {} --as USERNAME", IDS[3])), "{unnamed}");
    let json = installation.json(&command(&["show", IDS[0]]));
    assert_eq!((&json["state"], &json["count"], &json["subject"]), (&json!("waiting"), &json!(2), &json!("sub-0")));
    assert_eq!(installation.json(&command(&["list"])).as_array().unwrap().len(), 4);
    let missing = installation.failure(&command(&["show", "req_00000000000000000000000009"]));
    assert!(missing.contains("there is no access request req_") && missing.contains("list --all"), "{missing}");
    let wrong = installation.failure(&command(&["show", "V-7KQ2MXWD"]));
    assert!(wrong.contains("the id of an access request is `req_`"), "{wrong}");
}

#[test]
fn each_decision_says_what_it_did_and_a_second_one_who_decided() {
    let installation = installation();
    installation.stdout(&["identity", "link", "uni", "https://sso.example.edu", "sub-of-dee", "dee", "--new"]);
    let taken = installation.failure(&command(&["let-in", IDS[0]]));
    assert!(taken.contains("\"dee\" is taken") && taken.contains("--as USERNAME"), "{taken}");
    assert!(taken.contains(&format!("vestibule access-request let-prove {}", IDS[0])), "{taken}");
    let done = installation.stdout(&command(&["let-in", IDS[0], "--as", "dee-lab"]));
    assert!(done.starts_with("From now on, their sign-in opens \"dee-lab\" (id "), "{done}");
    let proof = installation.json(&["user", "show", "dee-lab"])["identities"][0].clone();
    assert_eq!(
        (&proof["proof"], &proof["subject"], &proof["subject_source"]),
        (&json!("admin"), &json!("sub-0"), &json!("sub"))
    );
    let unnamed = installation.failure(&command(&["let-in", IDS[3]]));
    assert!(unnamed.contains("suggests no username") && unnamed.contains("--as USERNAME"), "{unnamed}");
    let linked = installation.stdout(&command(&["link", IDS[1], "dee"]));
    assert!(linked.starts_with("From now on, their sign-in opens \"dee\" (id "), "{linked}");
    let nobody = installation.failure(&command(&["link", IDS[2], "nobody"]));
    assert!(nobody.contains("there is no account \"nobody\"") && nobody.contains("user list"), "{nobody}");
    assert!(installation.stdout(&command(&["let-prove", IDS[2]])).contains("prove that they have an account"));
    for note in [String::new(), "x".repeat(501)] {
        installation.failure(&command(&["refuse", IDS[3], "--note", &note]));
    }
    assert!(installation.stdout(&command(&["refuse", IDS[3], "--note", "for staff"])).contains("see the note"));
    assert_eq!(installation.stdout(&command(&["list"])), "No requests.\n");
    for id in IDS {
        let twice = installation.failure(&command(&["refuse", id, "--note", "no"]));
        assert!(twice.contains(&format!("{id} was decided before, by cli:")), "{twice}");
    }
    let refused = installation.stdout(&command(&["show", IDS[3]]));
    assert!(refused.contains("state      refused, by cli:") && refused.contains("note       for staff"), "{refused}");
    assert!(!refused.contains("vestibule access-request"), "{refused}");
    assert_eq!(installation.json(&command(&["list", "--all"])).as_array().unwrap().len(), 4);
    let rows = installation.json(&["audit", "--event", "access_request_decided"])["rows"].clone();
    let targets: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["target"].as_str().unwrap()).collect();
    assert_eq!(targets, [IDS[3], IDS[2], IDS[1], IDS[0]]);
    let details: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["detail"].as_str().unwrap()).collect();
    assert_eq!(details, ["refused", "proving", "linked: dee", "linked: dee-lab"]);
}

#[test]
fn the_requests_of_an_erased_account_go_with_it() {
    let installation = installation();
    installation.stdout(&command(&["let-in", IDS[0]]));
    installation.stdout(&["user", "remove", "dee", "--erase", "--yes"]);
    let all = installation.json(&command(&["list", "--all"]));
    assert!(all.as_array().unwrap().iter().all(|request| request["id"] != IDS[0]), "{all}");
}
