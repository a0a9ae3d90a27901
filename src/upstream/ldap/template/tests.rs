//! Tests of templates: no typed name leaves its value, and each filter has a form for anybody.

use super::{DnTemplate, Filter, TemplateError, dn_value, filter_value};
use crate::upstream::ldap::dn::first_rdn;

/// Names that an attacker may type.
const HOSTILE: [&str; 24] = [
    "*",
    "a*",
    "*)(uid=*",
    "ada)(objectClass=*",
    "(",
    ")",
    "\\",
    "\\2a",
    "|",
    "&",
    "!",
    "=",
    "ada\0",
    ",",
    "ada,ou=admins",
    "+cn=x",
    "\"",
    "#04",
    " ada",
    "ada ",
    "<>;",
    "é",
    "{dn}",
    "日本*",
];

// C44
#[test]
fn any_typed_name_is_one_value_in_a_filter() {
    let filter = Filter::of_people("(&(objectClass=person)(uid={username}))").unwrap();
    let shape = |text: &str| format!("{:?}", ldap3::parse_filter(text).unwrap());
    for name in HOSTILE {
        let written = filter.for_name(name);
        // Another parser reads it back as the plain filter with exactly these bytes.
        let plain = shape(&filter.for_name("PLACE"));
        let bytes = |text: &str| format!("{:?}", text.as_bytes());
        assert_eq!(shape(&written), plain.replace(&bytes("PLACE"), &bytes(name)), "{name}");
        assert_eq!(unescaped(&filter_value(name)), name.as_bytes());
    }
}

// C44
#[test]
fn any_typed_name_is_one_value_in_a_dn() {
    let dn = DnTemplate::parse("uid={username},ou=people,dc=example,dc=org").unwrap();
    for name in HOSTILE {
        assert_eq!(first_rdn(&dn.for_name(name)), Some(("uid".into(), name.into())), "{name}");
        assert_eq!(unescaped(&dn_value(name)), name.as_bytes());
    }
}

// C44
#[test]
fn a_filled_in_text_is_not_searched_for_placeholders() {
    let filter = Filter::of_groups("(|(member={dn})(memberUid={username}))").unwrap();
    assert_eq!(filter.for_entry("{dn}", "uid={username}"), "(|(member=uid={username})(memberUid={dn}))");
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut read = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' {
            let pair = String::from_utf8(vec![bytes.next().unwrap(), bytes.next().unwrap()]).unwrap();
            read.push(u8::from_str_radix(&pair, 16).unwrap());
        } else {
            read.push(byte);
        }
    }
    read
}

#[test]
fn a_template_is_a_valid_filter_or_dn_with_its_placeholder() {
    assert_eq!(Filter::of_people("(uid=ada)"), Err(TemplateError::MissingPlaceholder("{username}")));
    let unequal = TemplateError::UnequalBrackets { open: 1, close: 0 };
    assert_eq!(Filter::of_people("(uid={username}"), Err(unequal));
    assert_eq!(Filter::of_people("(uid={username})(x={user})"), Err(TemplateError::UnknownPlaceholder));
    assert_eq!(Filter::of_people("(|(a={dn})(b={username}))"), Err(TemplateError::UnknownPlaceholder));
    assert_eq!(Filter::of_groups("(cn=staff)"), Err(TemplateError::MissingPlaceholder("{dn}")));
    let spaced = DnTemplate::parse(" uid = {username} , ou=people, dc=a ");
    assert_eq!(spaced.map(|dn| dn.for_name("ada")), Ok("uid=ada,ou=people, dc=a".to_owned()));
    for bad in ["{username}", "uid=x{username},dc=a", "uid={username}x,dc=a", "uid={username}", "uid={username},a"] {
        assert_eq!(DnTemplate::parse(bad), Err(TemplateError::InvalidDn), "{bad}");
    }
}

#[test]
fn every_filter_of_people_has_a_valid_form_for_anybody() {
    for (filter, anybody) in [
        ("(uid={username})", "(uid=*)"),
        ("(mail={username}@example.org)", "(mail=*@example.org)"),
        ("(uid={username}*)", "(uid=*)"),
        ("(uid=*{username}*)", "(uid=*)"),
        ("(uid~={username})", "(uid=*)"),
        ("(uid>={username})", "(uid=*)"),
        ("(uid:caseIgnoreMatch:={username})", "(uid=*)"),
        ("(cn;lang-de:dn:2.5.13.2:={username})", "(cn;lang-de=*)"),
        ("(:caseIgnoreMatch:={username})", "(objectClass=*)"),
        (
            "(&(objectClass=person)(!(age>=5))(|(uid={username}*)(mail={username})))",
            "(&(objectClass=person)(!(age>=5))(|(uid=*)(mail=*)))",
        ),
    ] {
        let found = Filter::of_people(filter).unwrap().for_anybody();
        assert_eq!(found, anybody, "{filter}");
        assert!(ldap3::parse_filter(&found).is_ok(), "{found}");
    }
}

#[test]
fn spaces_and_line_breaks_around_the_parts_of_a_filter_are_ignored() {
    let plain = "(&(objectClass=person)(!(cn=a b*c))(|(uid={username})(age>=5)(cn:dn:2.5.13.5:=x\\20)))";
    let spaced = "
        ( &
            (objectClass = person)
            (! ( cn= a b*c\t))
            ( | (uid={username}) \r\n (age >= 5) (cn:dn:2.5.13.5 := x\\20 ) )
        )
    ";
    assert_eq!(Filter::of_people(spaced), Filter::of_people(plain));
    assert_eq!(Filter::of_people(spaced).unwrap().for_name("ada"), plain.replace("{username}", "ada"));
    for bad in ["(uid={username}) (cn=x)", "( & (uid={username})", "(uid={username}) x", "( {username} )"] {
        let why = Filter::of_people(bad).unwrap_err().to_string();
        assert!(why.starts_with("is not an LDAP filter"), "{bad}: {why}");
    }
}
