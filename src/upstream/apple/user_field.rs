//! The field `user` of Apple's form: JSON that nobody has signed. It gives a name to show, and nothing else.

use serde_json::Value;

use crate::base::strict_json::Members;

/// Longer than the field of any person.
const LONGEST: usize = 4096;

/// The name of the person, as `{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"…"}` has it. `None` if the
/// field has another form. Its other members are never read: only the ID token says who somebody is, and at which
/// address (security rule C76).
pub fn display_name(field: &str) -> Option<String> {
    if field.len() > LONGEST {
        return None;
    }
    let name = Members::read(field.as_bytes()).ok()?.get("name").ok()??;
    let part = |part: &str| name.get(part).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let parts: Vec<&str> = ["firstName", "lastName"].into_iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::display_name;

    // C76
    #[test]
    fn the_field_gives_a_first_and_a_last_name_and_nothing_else() {
        let name = |field: &str| display_name(field);
        for (field, expected) in [
            (r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"ada@example.org"}"#, "Ada Lovelace"),
            (r#"{"name":{"firstName":" Ada ","lastName":""}}"#, "Ada"),
            (r#"{"name":{"firstName":null,"lastName":"Lovelace"}}"#, "Lovelace"),
            (r#"{"name":{"lastName":"陳","middleName":"x"},"sub":"root"}"#, "陳"),
        ] {
            assert_eq!(name(field).as_deref(), Some(expected), "{field}");
        }
        for broken in [
            "",
            "null",
            "{",
            "Ada",
            r#""Ada""#,
            r#"{"name":"Ada"}"#,
            r#"{"name":["Ada"]}"#,
            r#"{"name":{}}"#,
            r#"{"name":{"firstName":1,"lastName":{}}}"#,
            r#"{"firstName":"Ada"}"#,
            r#"{"email":"ada@example.org"}"#,
            r#"{"name":{"firstName":"Ada"},"name":{"firstName":"Eve"}}"#,
            r#"{"name":{"firstName":"Ada","firstName":"Eve"}}"#,
            r#"{"name":{"firstName":"\ud800"}}"#,
        ] {
            assert_eq!(name(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_long_field_gives_no_name() {
        let field = |length: usize| format!(r#"{{"name":{{"firstName":"{}"}}}}"#, "a".repeat(length));
        assert_eq!(display_name(&field(1000)).map(|name| name.len()), Some(1000));
        assert_eq!(display_name(&field(4096)), None);
        let deep = format!(r#"{{"name":{}{}}}"#, "[".repeat(2000), "]".repeat(2000));
        assert_eq!(display_name(&deep), None);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(field in "\\PC{0,60}", name in "[{}\\[\\]\":,a-z]{0,30}") {
            let _ = (display_name(&field), display_name(&format!("{{\"name\":{name}}}")));
        }
    }
}
