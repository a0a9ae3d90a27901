//! Which spellings are the same DN, which are not, and which are no DN.

use proptest::prelude::*;

use super::{Dn, first_rdn};

fn same(one: &str, other: &str) -> bool {
    let read = |text: &str| Dn::parse(text).unwrap_or_else(|| panic!("{text:?} is a DN"));
    read(one) == read(other)
}

#[test]
fn other_case_spaces_escapes_and_attribute_names_are_the_same_dn() {
    let written = "cn=Staff\\, old,ou=groups,dc=example,dc=org";
    for other in [
        "CN=STAFF\\, OLD,OU=Groups,DC=Example,DC=ORG",
        "cn = Staff\\,   old , ou = groups, dc=example , dc=org",
        " cn=Staff\\2c old,ou=groups,dc=example,dc=org ",
        "2.5.4.3=\\53taff\\, old,OID.2.5.4.11=groups,0.9.2342.19200300.100.1.25=example,domainComponent=org",
        // UTF8String, PrintableString, and BMPString.
        "cn=#0c0a53746166662c206f6c64,ou=groups,dc=example,dc=org",
        "cn=#130A53746166662C206F6C64,ou=groups,dc=example,dc=org",
        "cn=Staff\\, old,ou=#1e0c00670072006f007500700073,dc=example,dc=org",
    ] {
        assert!(same(written, other), "{other}");
    }
    assert!(same("cn=Universit\\c3\\a9,dc=x", "cn=UNIVERSITÉ,dc=x"));
    assert!(same("cn=Universit\u{e9}", "cn=Universite\u{301}"));
    assert!(same("cn=Stra\u{df}e", "cn=STRASSE"));
    assert!(same("cn=soft\u{ad}ly", "cn=softly"));
    assert!(same("cn=\u{1f130}", "cn=a"));
    // Its normal form begins with a space that has a meaning.
    assert_eq!(Dn::parse("cn=\u{b8}").unwrap().to_string(), "cn=\\ \u{327}");
    assert!(same("cn=\u{b8}", "cn=\\ \u{327}"));
    assert!(same("cn=a+ou=b,dc=x", "OU=B + CN=A, dc=x"));
    assert!(same("cn=\\20 a \\20,dc=x", "cn=a,dc=x"));
}

#[test]
fn the_dns_of_different_entries_differ() {
    let written = "cn=staff,ou=groups,dc=example,dc=org";
    for other in [
        "cn=staff,dc=example,dc=org",
        "cn=staff,ou=groups,dc=org,dc=example",
        "cn=staff\\,ou=groups,dc=example,dc=org",
        "cn=staff+ou=groups,dc=example,dc=org",
        "uid=staff,ou=groups,dc=example,dc=org",
        "cn=sta ff,ou=groups,dc=example,dc=org",
        "cn=staff\\ff,ou=groups,dc=example,dc=org",
        "cn=#04057374616666,ou=groups,dc=example,dc=org",
    ] {
        assert!(!same(written, other), "{other}");
    }
    assert!(!same("cn=\\#0c0161", "cn=#0c0161"));
    assert!(!same("cn=\\5c2c", "cn=\\2c"));
}

#[test]
fn invalid_dns_are_refused() {
    for text in [
        "",
        " ",
        "staff",
        "=staff",
        "cn",
        "cn=staff,",
        "cn=staff,ou",
        ",cn=staff",
        "cn=a,,dc=x",
        "c n=a",
        "cn=\\",
        "cn=\\z",
        "cn=\\4",
        "cn=\"a\",dc=x",
        "cn=a;dc=x",
        "cn=#",
        "cn=#0c",
        "cn=#0c01",
        "cn=#0c0161zz",
        "cn=#0c016",
        "ö=a",
    ] {
        assert_eq!(Dn::parse(text), None, "{text:?}");
    }
}

#[test]
fn the_first_part_of_a_dn_is_read_as_it_was_written() {
    let read = |dn: &str| first_rdn(dn).map(|(_, value)| value);
    assert_eq!(read("cn=Staff,ou=groups"), Some("Staff".into()));
    assert_eq!(read("CN=Staff\\, old \\+ new ,ou=groups"), Some("Staff, old + new".into()));
    assert_eq!(read("cn=Universit\\c3\\a9\\20,ou=groups"), Some("Université ".into()));
    assert_eq!(read("cn = a b ,dc=x"), Some("a b".into()));
    for unreadable in ["cn=a+ou=b,dc=x", "cn=#040161,dc=x", "cn=,dc=x", "cn", "", "cn=\\", "cn=\"a\",dc=x"] {
        assert_eq!(read(unreadable), None, "{unreadable}");
    }
}

/// A DN, name by name: attribute and value.
type Model = Vec<Vec<(usize, String)>>;

/// Each attribute in several spellings.
const ATTRIBUTES: [[&str; 3]; 4] = [
    ["cn", "CN", "2.5.4.3"],
    ["ou", "Ou", "OID.2.5.4.11"],
    ["dc", "DC", "domainComponent"],
    ["gidNumber", "GIDNUMBER", "gidnumber"],
];

fn model() -> impl Strategy<Value = Model> {
    let part = (0..ATTRIBUTES.len(), "[a-cA-C ,+\"\\\\#;<>=é]{0,4}");
    prop::collection::vec(prop::collection::vec(part, 1..3), 1..4)
}

/// Writes a DN. `choices` decide case, spaces, escapes and order.
fn written(model: &Model, mut choices: impl Iterator<Item = u8>) -> String {
    let mut choice = |of: u8| choices.next().unwrap_or(0) % of;
    let mut names = Vec::new();
    for parts in model {
        let mut parts: Vec<String> = parts
            .iter()
            .map(|(attribute, value)| {
                let attribute = ATTRIBUTES[*attribute][usize::from(choice(3))];
                format!("{}{attribute}{}={}", spaces(choice(3)), spaces(choice(2)), value_written(value, &mut choice))
            })
            .collect();
        if choice(2) == 1 {
            parts.reverse();
        }
        names.push(parts.join("+"));
    }
    names.join(",")
}

fn spaces(count: u8) -> String {
    " ".repeat(count.into())
}

fn value_written(value: &str, choice: &mut impl FnMut(u8) -> u8) -> String {
    if choice(4) == 0 {
        let bytes: Vec<String> = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        return format!("#0c{:02x}{}", value.len(), bytes.concat());
    }
    let mut text = spaces(choice(3));
    for c in value.chars() {
        let c = if choice(2) == 1 { c.to_uppercase().next().unwrap_or(c) } else { c };
        match (choice(3), c) {
            (0, c) => text.extend(c.to_string().bytes().map(|byte| format!("\\{byte:02x}"))),
            (_, ',' | '+' | '"' | '\\' | '#' | ';' | '<' | '>' | '=' | ' ') => text.extend(['\\', c]),
            (_, c) => text.push(c),
        }
    }
    text + &spaces(choice(3))
}

/// A normal form that is equal for models of the same DN, computed in another way than in the code.
fn plain(model: &Model) -> Vec<Vec<(usize, String)>> {
    let words =
        |text: &str| text.to_lowercase().split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let names = model.iter().map(|parts| {
        let mut parts: Vec<_> = parts.iter().map(|(attribute, value)| (*attribute, words(value))).collect();
        parts.sort();
        parts.dedup();
        parts
    });
    names.collect()
}

proptest! {
    #[test]
    fn two_spellings_of_one_dn_are_equal(
        model in model(),
        one in prop::collection::vec(any::<u8>(), 0..80),
        other in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let (one, other) = (written(&model, one.into_iter()), written(&model, other.into_iter()));
        prop_assert!(Dn::parse(&one).is_some(), "{one:?}");
        prop_assert_eq!(Dn::parse(&one), Dn::parse(&other), "{:?} and {:?}", one, other);
    }

    #[test]
    fn different_dns_are_never_equal(
        one in model(), other in model(), choices in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let read = |model: &Model| Dn::parse(&written(model, choices.iter().copied())).unwrap();
        prop_assert_eq!(read(&one) == read(&other), plain(&one) == plain(&other));
    }

    #[test]
    fn arbitrary_text_never_panics_and_a_normal_form_reads_as_the_same_dn(
        text in prop_oneof![any::<String>(), "[a-c=,+#\\\\ 0-9]{0,12}", "cn=.{0,8}(,dc=.{0,8})?"],
    ) {
        let _any_result = first_rdn(&text);
        if let Some(dn) = Dn::parse(&text) {
            prop_assert_eq!(Dn::parse(&dn.to_string()), Some(dn.clone()), "{}", dn);
        }
    }
}
