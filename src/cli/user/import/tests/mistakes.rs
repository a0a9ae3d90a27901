//! Lists of other programs, and lists with mistakes.

use super::*;

#[test]
fn a_file_of_another_program_is_recognised() {
    for (text, named) in [
        ("grace:$2y$05$abc\n", "an .htpasswd"),
        ("grace:$6$a$b:19000:0:99999:7:::\n", "/etc/shadow"),
        ("users:\n  grace:\n    password: x\n", "YAML"),
        ("INSERT INTO users VALUES ('grace','x');\n", "SQL"),
        ("COPY public.users (name, hash) FROM stdin;\n", "SQL"),
        (" name | hash \n------+------\n", "a table that a database's client drew"),
        ("+------+------+\n| name | hash |\n", "a table that a database's client drew"),
        ("<html><body>login</body></html>", "HTML"),
        ("grace:{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$a$b:1000:1000::/home/grace::\n", "a passwd-file"),
    ] {
        let why = read(text).unwrap_err();
        assert!(why.contains(&format!("This looks like {named}")), "{why}");
    }
}

#[test]
fn lists_from_spreadsheets_are_read_and_their_errors_are_reported() {
    // Excel's first line, and empty fields after the last one.
    for text in [
        "sep=;\r\nname;hash\r\ngrace;a\r\n",
        "name,hash\ngrace,a,\n",
        "name,hash,\ngrace,a,,\n",
        "name,hash,,\ngrace,a\n",
    ] {
        let list = read(text).unwrap();
        assert_eq!((list.entries.len(), list.not_read.len()), (1, 0), "{text}");
    }
    let list = read("sep=;\nname;hash\n\ngrace\n").unwrap();
    assert_eq!(list.unreadable[0].0, EntryPosition::Line(4));
    let refused = |text: &str| match &read(text).map(|list| list.unreadable) {
        Ok(unreadable) => format!("{:?}", unreadable.first().unwrap().1),
        Err(why) => why.clone(),
    };
    let colon = refused("name,hash\ngrace:$6$abc\n");
    assert!(
        colon.contains("its fields are separated by a colon, but those of the first line by a comma; use one of them")
    );
    assert!(refused("name,email,hash\ngrace,a\n").contains("it has 2 fields, but the first line has 3"));
    assert!(refused("name,hash\ngrace\n").contains("it has 1 field, but the first line has 2"));
    for text in
        [r#"[{"name":"\ud83d","hash":"a"}]"#, r#"{"name":"\ud83d","hash":"a"}"#, r#"[{"name":"\ud83dx","hash":"a"}]"#]
    {
        let refused = refused(text);
        assert!(refused.contains("half of a surrogate pair, such as") && !refused.contains("not JSON"), "{refused}");
    }
}

#[test]
fn an_invalid_member_that_is_not_read_does_not_refuse_its_entry() {
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    for unread in ["1e999", "\"\\ud83d\"", &deep] {
        let ada = format!("{{\"name\":\"ada\",\"hash\":\"a\",\"x\":{unread}}}");
        for text in [format!("[{ada},{{\"name\":\"bob\",\"hash\":\"b\"}}]"), format!("{ada}\n{ada}")] {
            let list = read(&text).unwrap();
            assert_eq!((list.entries.len(), list.unreadable.len()), (2, 0), "{text}");
            assert_eq!(list.not_read, ["x"]);
        }
    }
    // An invalid member that is read refuses only its own entry.
    let list = read("[{\"name\":\"ada\",\"hash\":1e999},{\"name\":\"bob\",\"hash\":\"b\"}]").unwrap();
    assert_eq!((list.entries.len(), list.unreadable.len()), (1, 1));
    let why = list.unreadable[0].1.to_string();
    assert_eq!(why, "its \"hash\" holds a value that can't be read, such as a number that is too large");
    let why = read("[{\"name\":\"ada\",\"hash\":\"a\",\"x\":NaN}]").unwrap_err();
    assert_eq!(why, "line 1, column 31: this is not JSON; nothing of the list was imported");
}

#[test]
fn a_line_may_lack_columns_that_are_not_read() {
    let list = read("name,hash,x,email\nada,a\nbob,b,1\n").unwrap();
    assert_eq!((list.entries.len(), list.unreadable.len()), (2, 0));
    assert_eq!(problems("name,hash,x,groups\nada,a,1\n").len(), 1, "the groups are missing");
}

#[test]
fn a_byte_that_is_not_utf_8_refuses_only_the_entry_whose_part_it_is_in() {
    let read =
        |bytes: &[u8]| super::super::read(&crate::base::text_file::decode_each(bytes.to_vec()).unwrap()).unwrap();
    let csv = b"name,hash,st\xe4dt,groups\nada,a,K\xf6ln,x\nz\xf6e,b,,x\nbob,c\xf6,,x\neve,d,,\xf6\nmia,e,,x\n";
    let list = read(csv);
    let names: Vec<_> = list.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!((names, list.not_read), (vec!["ada", "mia"], vec!["st\u{fffd}dt".to_owned()]));
    let lines: Vec<_> = list.unreadable.iter().map(|(place, why)| format!("{place}: {why}")).collect();
    assert_eq!(
        lines,
        [(3, "name"), (4, "hash"), (5, "list of groups")]
            .map(|(line, part)| { format!("line {line}: its {part} is not UTF-8; save the list in UTF-8") })
    );
    let json = b"[{\"name\":\"ada\",\"hash\":\"a\",\"x\":\"\xf6\"},{\"name\":\"z\xf6e\",\"hash\":\"b\"}]";
    let list = read(json);
    assert_eq!((list.entries.len(), list.unreadable.len()), (1, 1));
    assert_eq!(list.unreadable[0].1.to_string(), "its name is not UTF-8; save the list in UTF-8");
}

#[test]
fn a_comment_and_a_line_with_too_few_fields_are_named() {
    let text = "name,hash\n# people of the old server\nada,a\nbob\n";
    assert_eq!(
        problems(text),
        [
            "line 2: it looks like a comment, which CSV does not have; take it out",
            "line 4: it has 1 field, but the first line has 2; write a comma before each empty field, too"
        ]
    );
    assert_eq!(names(text), ["ada"]);
}

#[test]
fn a_missing_key_is_reported_with_the_keys_that_there_are() {
    assert_eq!(
        problems(
            r#"[{"ID":1,"user_login":"ada","user_pass":"$P$x"},{"passwordHash":"x","username":"bob"},{"name":[]}]"#
        ),
        [
            "entry 1 (line 1): it has no \"name\" or \"username\"; its keys are \"ID\", \"user_login\", \"user_pass\"",
            "entry 2 (line 1): it has no \"hash\" or \"password_hash\"; its keys are \"passwordHash\", \"username\"",
            "entry 3 (line 1): its \"name\" is neither a text nor a whole number"
        ]
    );
    let many = (0..10).map(|at| format!("\"k{at}\":0,")).collect::<Vec<_>>().concat();
    assert!(problems(&format!("[{{{many}\"x\":0}}]")).concat().ends_with("\"k7\" and 3 more"));
    assert_eq!(names(r#"[{"name":1815,"hash":"a"}]"#), ["1815"]);
}

#[test]
fn lines_of_spaces_and_empty_fields_are_skipped() {
    assert_eq!(names("name,hash\nada,a\n   \nbob,b\n,\n \t , \n"), ["ada", "bob"]);
    assert_eq!(problems("name,hash\nada,a\n   \n,\nbob\n").len(), 1);
}

#[test]
fn two_realms_of_one_list_have_different_positions() {
    let list = "[{\"realm\": \"master\", \"users\": []},\n{\"realm\": \"x\", \"users\": [{\"username\": \"ada\"}]}]";
    let places: Vec<_> = read(list).unwrap().unreadable.into_iter().map(|(place, _)| place.to_string()).collect();
    assert_eq!(places, ["line 1", "entry 1"]);
}

#[test]
fn a_compressed_list_is_named() {
    assert_eq!(super::super::unpacked_by(b"\x1f\x8b\x08\0"), Some("gunzip"));
    assert_eq!(super::super::unpacked_by(b"name,hash\n"), None);
}
