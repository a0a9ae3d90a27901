//! Tests of reading lists of people.

mod mistakes;

use super::read;
use crate::accounts::EntryPosition;
use crate::passwords::foreign::recognise;

#[test]
fn csv_arrays_and_objects_give_the_same_entries() {
    let csv = "\u{feff}Name,Groups,Hash\r\ngrace,staff; tutors,\"a,b\"\r\nada,,c\r\n";
    let array =
        r#"[{"name": "grace", "groups": ["staff", "tutors"], "hash": "a,b"}, {"username": "ada", "hash": "c"}]"#;
    let lines = "{\"name\":\"grace\",\"groups\":[\"staff\",\"tutors\"],\"hash\":\"a,b\"}\n\n\
                 {\"name\":\"ada\",\"hash\":\"c\"}\n";
    for (text, places) in [
        (csv, [EntryPosition::Line(2), EntryPosition::Line(3)]),
        (array, [1, 2].map(|entry| EntryPosition::Entry { entry, line: Some(1) })),
        (lines, [EntryPosition::Line(1), EntryPosition::Line(3)]),
    ] {
        let list = read(text).unwrap();
        assert!(list.unreadable.is_empty() && list.not_read.is_empty(), "{text}");
        let read: Vec<_> =
            list.entries.iter().map(|it| (it.place, it.name.as_str(), it.hash.as_str(), it.groups.len())).collect();
        assert_eq!(read, [(places[0], "grace", "a,b", 2), (places[1], "ada", "c", 0)]);
    }
}

#[test]
fn a_duplicate_column_and_an_unclosed_quotation_mark_are_reported() {
    let why = read("name,hash,Hash \ngrace,a,b\n").unwrap_err();
    assert_eq!(why, "the first line names the column \"hash\" twice; leave one of them out");
    for end in ["", "\n", "\r\n"] {
        let list = read(&format!("name,hash\nada,a\ngrace,\"b{end}")).unwrap();
        let [(place, why)] = &list.unreadable[..] else { panic!("{list:?}") };
        assert_eq!((list.entries.len(), *place), (1, EntryPosition::Line(3)));
        assert!(format!("{why:?}").contains("a quotation mark that opens here is never closed"), "{why:?}");
    }
}

#[test]
fn lines_are_counted_as_editors_count_them() {
    let list = read("name,hash,note\n\ngrace,a,\"two\nlines\"\r\n\r\nada,b,\n").unwrap();
    let places: Vec<_> = list.entries.iter().map(|it| it.place).collect();
    assert_eq!(places, [EntryPosition::Line(3), EntryPosition::Line(6)]);
}

#[test]
fn an_unreadable_line_is_reported_and_the_rest_is_read() {
    let list = read("name,phone,hash\ngrace,g@example.org,a\nada,b\neve,e@example.org,c\n").unwrap();
    assert_eq!((list.entries.len(), list.not_read), (2, vec!["phone".to_owned()]));
    assert_eq!(list.unreadable[0].0, EntryPosition::Line(3));
    let list = read("{\"name\":\"grace\",\"hash\":\"a\"}\n{\"name\":\"ada\"}\nnonsense\n").unwrap();
    assert_eq!(
        list.unreadable.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
        [EntryPosition::Line(2), EntryPosition::Line(3)]
    );
}

#[test]
fn an_unclosed_quotation_mark_never_loses_a_line_silently() {
    let never =
        "a quotation mark that opens here is never closed: close it, or write a quotation mark within a field twice";
    let within = "it is within the quotation marks that open in line 3";
    for text in [
        "name,hash\na,1\n\"b,2\nc,3\nd,4\ne,5\nf,6\n",
        "name,hash\na,1\nb,\"2\nc,3\nd,4\ne,5\nf,6",
        "name,hash,note\r\na,1,\r\nb,2,\"x\r\nc,3,\r\nd,4,\r\ne,5,\r\nf,6,\r\n",
    ] {
        assert_eq!(names(text), ["a"], "{text}");
        let expected: Vec<String> = [format!("line 3: {never}")]
            .into_iter()
            .chain((4..=7).map(|line| format!("line {line}: {within}")))
            .collect();
        assert_eq!(problems(text), expected, "{text}");
    }
    // A later quotation mark closes it: the lines between are refused, and the rest is read.
    for text in [
        "name,hash,groups\na,1,\nb,\"2,\nc,3,\nd,4,\"x;y\"\ne,5,\nf,6,\n",
        "name,hash,note\na,1,\nb,2,\"x\nc,3,\nd,4,\"y\"\ne,5,\nf,6,\n",
    ] {
        assert_eq!(names(text), ["a", "e", "f"], "{text}");
        let refused = problems(text);
        assert_eq!(refused.len(), 3, "{refused:?}");
        assert!(refused[0].starts_with("line 3: a quotation mark that opens here goes on to line 5"), "{refused:?}");
    }
    assert!(read("name,hash,\"note\na,1,\nb,2,\n").unwrap_err().contains("never closed"));
    // A field of several lines in an unused column loses no entry.
    assert_eq!(names("name,hash,note\na,1,\"two\n\"\"lines\"\"\"\nb,2,x\n"), ["a", "b"]);
}

#[test]
fn a_list_without_names_or_hashes_is_refused() {
    for text in ["", " \n", "grace,$2y$…\n", "name,password\n", "[{\"name\": "] {
        assert!(read(text).is_err(), "{text}");
    }
    // The JSON parser's own message would quote the text.
    assert!(!read("[{\"name\": secret").unwrap_err().contains("secret"));
}

fn names(text: &str) -> Vec<String> {
    read(text).unwrap().entries.into_iter().map(|it| it.name).collect()
}

fn problems(text: &str) -> Vec<String> {
    let unreadable = read(text).unwrap().unreadable;
    unreadable.into_iter().map(|(place, problem)| format!("{place}: {problem}")).collect()
}

#[test]
fn objects_over_several_lines_are_read_and_a_broken_one_does_not_affect_the_others() {
    let one = "{\n  \"name\": \"grace\",\n  \"hash\": {\n    \"type\": \"bcrypt\"\n  }\n}";
    let other = one.replace("grace", "ada");
    for between in ["\n", ",\n", " ", "\n\n"] {
        let list = read(&[one, between, &other].concat()).unwrap();
        assert_eq!(list.entries.len(), 2, "{between:?}");
    }
    let places: Vec<_> = read(&[one, "\n\n", &other].concat()).unwrap().entries.iter().map(|it| it.place).collect();
    assert_eq!(places, [EntryPosition::Line(1), EntryPosition::Line(8)]);
    let broken = one.replace(": {", ": ");
    let text = [&broken, "\n", &other, "\n"].concat();
    assert_eq!(names(&text), ["ada"]);
    assert_eq!(
        problems(&text),
        ["line 1: it is not a JSON object: its fault is in line 4, column 11; nothing was read from here to line 6"]
    );
}

#[test]
fn entries_of_an_array_have_positions_and_a_broken_array_is_refused() {
    let list = read("[\n {\"name\": \"grace\", \"hash\": \"a\"},\n {\"name\": 1}\n]\n").unwrap();
    assert_eq!(list.entries[0].place.to_string(), "entry 1 (line 2)");
    assert_eq!(list.unreadable[0].0.to_string(), "entry 2 (line 3)");
    for (broken, line) in [("[\n{\"name\": \"a\"\n", "line 3"), ("[{}]\n{}", "line 2"), ("[\n", "line 2")] {
        let why = read(broken).unwrap_err();
        assert!(why.starts_with(line), "{broken}: {why}");
    }
}

// The first user comes from a published realm. Its password is `alice-password`.
#[test]
fn people_of_a_keycloak_realm_are_read_with_their_hashes() {
    let user = |name: &str, rest: &str| format!("{{\"username\": \"{name}\", \"createdTimestamp\": 1, {rest}}}");
    let password = |data: &str, secret: &str| {
        let (data, secret) = (serde_json::to_string(data).unwrap(), serde_json::to_string(secret).unwrap());
        format!(
            "\"credentials\": [{{\"type\": \"otp\"}}, \
             {{\"type\": \"password\", \"secretData\": {secret}, \"credentialData\": {data}}}]"
        )
    };
    let alice = password(
        r#"{"hashIterations":27500,"algorithm":"pbkdf2-sha256"}"#,
        concat!(
            r#"{"value":"KqABIiReBuRWbP4pBct3W067pNvYzeN7ILBV+8vT8nuF5cgYs2fdl2QikJT/7bGTW/PBXg6CYLwJQFYrBK9MWg==","#,
            r#""salt":"EPgscX9CQz7UnuZDNZxtMw=="}"#
        ),
    );
    let argon = password(
        concat!(
            r#"{"hashIterations":2,"algorithm":"argon2","additionalParameters":"#,
            r#"{"hashLength":["32"],"memory":["64"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}"#
        ),
        concat!(
            r#"{"value":"uL2hQzJmxaz0Tfm2KK6uNjA0+UvbrHBEBwVmJYrNXCE=","#,
            r#""salt":"c29tZXNhbHRzb21lc2FsdA==","additionalParameters":{}}"#
        ),
    );
    let users = [
        user("alice", &format!("{alice}, \"groups\": [\"/staff\", \"/maths/tutors\"]")),
        user("bob", &argon),
        user("off", &format!("\"enabled\": false, {alice}")),
        user("federated", "\"credentials\": []"),
        user("plain", "\"credentials\": [{\"type\": \"password\", \"value\": \"hunter2\"}]"),
        user("unsupported", &password(r#"{"algorithm":"scrypt-x"}"#, r#"{"value":"hunter2"}"#)),
        user("service-account-x", "\"serviceAccountClientId\": \"x\""),
    ];
    let realm = format!("{{\n\"realm\": \"x\",\n\"users\": [{}]\n}}\n", users.join(","));
    for export in [realm.clone(), format!("[{realm}]")] {
        let list = read(&export).unwrap();
        let [alice, bob] = list.entries.as_slice() else { panic!("{:?}", list.entries) };
        assert_eq!(alice.groups, ["staff", "maths/tutors"]);
        assert!(recognise(&alice.hash).unwrap().verify("alice-password"));
        assert!(recognise(&bob.hash).unwrap().verify("correct horse"));
        let refused = problems(&export);
        for (refused, expected) in refused.iter().zip([
            "entry 3: its \"enabled\" is false",
            "entry 4: its \"credentials\" have none of type \"password\"",
            "entry 5: \"value\" in its \"credentials\" is a password in plain text",
            "entry 6: the \"algorithm\" of its password is \"scrypt-x\", which is not supported",
            "entry 7: it is a service account",
        ]) {
            assert!(refused.starts_with(expected) && !refused.contains("hunter2"), "{refused}");
        }
        assert_eq!(refused.len(), 5);
    }
}

#[test]
fn groups_separated_by_commas_are_refused() {
    for text in [
        "name,hash,groups\nada,$6$a$b,\"staff, tutors\"\n",
        "[{\"name\":\"ada\",\"hash\":\"$6$a$b\",\"groups\":\"staff, tutors\"}]",
    ] {
        assert!(read(text).unwrap().entries.is_empty());
        let refused = problems(text).concat();
        assert!(
            refused.contains("\"staff, tutors\" has a comma; separate groups by semicolons: staff;tutors"),
            "{refused}"
        );
    }
    // In a JSON list, the comma is a part of the name.
    let list = read("[{\"name\":\"ada\",\"hash\":\"a\",\"groups\":[\"staff, tutors\"]}]").unwrap();
    assert_eq!(list.entries[0].groups, ["staff, tutors"]);
}

#[test]
fn semicolons_and_tabs_may_separate_fields() {
    for text in ["name;hash;groups\nada;a;\"staff;tutors\"\n", "\"Name\"\t\"Hash\"\tgroups\nada\ta\tstaff;tutors\n"] {
        let list = read(text).unwrap();
        assert_eq!((list.entries[0].name.as_str(), list.entries[0].groups.len()), ("ada", 2), "{text}");
    }
    assert!(read("ada:$6$a$b:1\n").unwrap_err().contains("/etc/shadow"));
    assert!(read("dn: uid=ada\n").unwrap_err().contains("LDIF"));
}

proptest::proptest! {
    #[test]
    fn no_list_causes_a_panic_and_every_position_is_in_the_list(
        text in "[\\[\\]{}\":,;\\\\a\n\r\t ä0]{0,60}|(name,hash,groups|\\[|\\{\"users\":)[\\[\\]{}\":,;a\n ]{0,60}"
    ) {
        let Ok(list) = read(&text) else { return Ok(()) };
        let lines = u64::try_from(text.lines().count()).unwrap();
        let places = list.entries.iter().map(|it| it.place).chain(list.unreadable.iter().map(|it| it.0));
        for place in places {
            if let EntryPosition::Line(line) | EntryPosition::Entry { line: Some(line), .. } = place {
                proptest::prop_assert!((1..=lines).contains(&line), "{place} of {text:?}");
            }
        }
    }

    // Every line is read or refused, wherever a quotation mark is missing.
    #[test]
    fn every_line_of_a_csv_list_is_read_or_reported(
        people in proptest::collection::vec(("\"?[a-c]{1,3}\"?", "\"?[0-9]{1,3}\"?", "\"?[x-z]{0,2}\"?"), 1..8)
    ) {
        let lines: Vec<_> = people.iter().map(|(name, hash, note)| format!("{name},{hash},{note}\n")).collect();
        let lines = lines.concat();
        let list = read(&format!("name,hash,note\n{lines}")).unwrap();
        proptest::prop_assert_eq!(list.entries.len() + list.unreadable.len(), people.len(), "{}", lines);
    }

    // A list that a program wrote is read completely, in every format.
    #[test]
    fn a_list_that_a_program_wrote_is_read_completely(
        people in proptest::collection::vec(("[^\r\n]{1,20}", "[!-~]{1,30}"), 1..5), pretty: bool
    ) {
        let trimmed: Vec<_> = people.iter().map(|(name, hash)| (name.trim().to_owned(), hash.clone())).collect();
        let values: Vec<_> =
            trimmed.iter().map(|(name, hash)| serde_json::json!({"name": name, "hash": hash})).collect();
        let text = |value: &serde_json::Value| {
            if pretty { serde_json::to_string_pretty(value).unwrap() } else { value.to_string() }
        };
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(["name", "hash"]).unwrap();
        for (name, hash) in &people {
            csv.write_record([name, hash]).unwrap();
        }
        let forms = [
            text(&values.clone().into()),
            values.iter().map(text).collect::<Vec<_>>().join("\n"),
            String::from_utf8(csv.into_inner().unwrap()).unwrap(),
        ];
        for form in forms {
            let list = read(&form).unwrap();
            proptest::prop_assert!(list.unreadable.is_empty(), "{form}");
            let read: Vec<_> = list.entries.into_iter().map(|it| (it.name, it.hash)).collect();
            proptest::prop_assert_eq!(&read, &trimmed);
        }
    }
}

#[test]
fn people_without_a_hash_in_a_realm_or_group_file_are_refused_with_a_reason() {
    let realm = r#"{"realm": "x", "users": [
        {"username": "ada", "enabled": true},
        {"username": "service-account-web", "enabled": true, "serviceAccountClientId": "web"}
    ]}"#;
    assert_eq!(
        problems(realm),
        [
            "entry 1: its \"credentials\" have none of type \"password\"",
            "entry 2: it is a service account of Keycloak, not a person"
        ]
    );
    for realm in [r#"{"id": "x", "realm": "x", "clients": []}"#, r#"{"realm": "x", "users": []}"#] {
        assert!(problems(realm)[0].starts_with("line 1: it is a Keycloak realm without people"), "{realm}");
    }
    let group = r#"{"public": true, "users": {
        "grace": {"password": {"type": "bcrypt", "key": "$2a$08$x"}, "permissions": "op"},
        "ada": {"password": "hunter2", "permissions": "present"},
        "eve": {"permissions": "observe"}
    }}"#;
    assert_eq!(names(group), ["grace"]);
    let refused = problems(group).join("; ");
    assert!(refused.contains("its \"password\" is in plain text"), "{refused}");
    assert!(refused.contains("it has no \"password\" in this Galène group file"), "{refused}");
    // C56
    assert!(!refused.contains("hunter2"), "{refused}");
}
