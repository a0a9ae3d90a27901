//! Compares the keys in a group's file, in Galène's folder, with ours.

use std::path::Path;

use serde_json::Value;
use time::OffsetDateTime;

use crate::base::clock::format_utc;
use crate::base::ids::{AppId, KeyId};
use crate::base::shell;
use crate::base::text_file::{self, TextFileError};
use crate::config::GaleneApi;
use crate::signer::rotation::{self, Phase};
use crate::signin::app::Room;
use crate::store::StoredKey;
use crate::upstream::probe::Reporter;

/// A group whose file is checked.
pub struct CheckedGroup<'g> {
    pub app: &'g AppId,
    pub api: Option<&'g GaleneApi>,
    pub room: &'g Room,
}

impl CheckedGroup<'_> {
    /// The fix for a group that lacks our keys.
    fn key_fix(&self) -> String {
        let (app, room) = (self.app, self.room.as_str());
        let by_hand = "put what `vestibule key export --galene` prints into its file";
        match self.api {
            Some(api) if api.rooms.contains(self.room) => {
                // With `=`, because the name may begin with `-`.
                let room = shell::argument(room).unwrap_or_else(|| "ROOM".to_owned());
                format!("vestibule key push --app {app} --room={room}")
            }
            Some(_) => format!(
                "it is not in the `rooms` of [app.galene_api], so it gets no keys: add \"{room}\" there and run \
                 vestibule key push --app {app}, or {by_hand}"
            ),
            None => by_hand.to_owned(),
        }
    }
}

/// Compares `authKeys` with our published keys, and looks for settings that lead people elsewhere.
pub fn check(
    folder: &Path,
    group: &CheckedGroup<'_>,
    our_keys: &[StoredKey],
    now: OffsetDateTime,
    reporter: &mut Reporter<'_>,
) {
    let path = folder.join(format!("{}.json", group.room.as_str()));
    let file = match text_file::read_bytes(&path).map(|bytes| serde_json::from_slice::<Value>(&bytes)) {
        Ok(Ok(file)) => file,
        Ok(Err(why)) => return reporter.wrong(format!("{} is not JSON: {why}", path.display()), "fix the file"),
        Err(why) => return reporter.wrong(format!("{} {why}", path.display()), unreadable_fix(&why)),
    };
    check_subgroups(&file, reporter);
    let group_keys = match file.get("authKeys") {
        Some(Value::Array(keys)) if !keys.is_empty() => keys,
        Some(Value::Array(_) | Value::Null) | None => {
            return reporter.wrong("its file has no authKeys", group.key_fix());
        }
        Some(_) => return reporter.wrong("authKeys of its file is not a list", group.key_fix()),
    };
    let mut all_there = true;
    for key in our_keys {
        if let Some(why) = missing_key(key, group_keys, now) {
            all_there = false;
            reporter.wrong(why, group.key_fix());
        }
    }
    for key in group_keys {
        if let Some((what, fix)) = unexpected_key(key, our_keys, group) {
            reporter.warn(what, fix);
        }
    }
    if all_there && !our_keys.is_empty() {
        reporter.good(format!("its file has our keys: {}", our_keys.len()));
    }
}

fn unreadable_fix(why: &TextFileError) -> &'static str {
    match why {
        TextFileError::Denied => "run the check as a user who may read it, such as Galène's",
        _ => "look at --groups: it names Galène's folder of groups",
    }
}

/// With `auto-subgroups`, Galène makes subgroups that have the addresses of the group above. A portal's address names
/// the group above.
fn check_subgroups(file: &Value, reporter: &mut Reporter<'_>) {
    let auto_subgroups = file.get("auto-subgroups") == Some(&Value::Bool(true));
    let has_portal = text(file, "authPortal").is_some_and(|portal| !portal.is_empty());
    if auto_subgroups && has_portal {
        reporter.warn(
            "its file has \"auto-subgroups\" beside authPortal: people who go to a subgroup land in this group \
             instead, without notice",
            "use authServer instead of authPortal, or take out \"auto-subgroups\" and give each subgroup a file with \
             its own authPortal",
        );
    }
}

/// Why Galène can't check tokens that this key signed.
fn missing_key(our_key: &StoredKey, group_keys: &[Value], now: OffsetDateTime) -> Option<String> {
    let kid = &our_key.kid;
    let when = match rotation::phase(our_key, now) {
        Phase::Published => format!("which signs from {}", format_utc(our_key.active_at)),
        Phase::Active => "which signs now: Galène refuses every token".to_owned(),
        Phase::Retired => "whose last tokens are still valid".to_owned(),
        Phase::Gone => return None,
    };
    let Some(found) = group_keys.iter().find(|key| text(key, "kid") == Some(kid.as_str())) else {
        return Some(format!("its file lacks our key {kid}, {when}"));
    };
    let public: Value = serde_json::from_str(&our_key.public_jwk).unwrap_or_default();
    if text(found, "alg") != text(&public, "alg") {
        return Some(format!("key {kid} of its file has no \"alg\": \"{}\", so Galène skips it", our_key.algorithm));
    }
    let differs = ["kty", "crv", "x", "y", "n", "e"].into_iter().find(|member| found.get(member) != public.get(member));
    differs.map(|member| format!("key {kid} of its file has another `{member}` than ours, {when}"))
}

/// Keys in the file that are not ours.
fn unexpected_key(key: &Value, our_keys: &[StoredKey], group: &CheckedGroup<'_>) -> Option<(String, String)> {
    match text(key, "kid") {
        None => Some(("a key of its file has no kid, but our tokens name one".to_owned(), group.key_fix())),
        Some(kid) if our_keys.iter().all(|key| key.kid != KeyId::from(kid.to_owned())) => {
            let what = format!("key {kid} of its file is not ours: its owner can let people in");
            Some((what, "remove it, unless it is intended".to_owned()))
        }
        Some(_) => None,
    }
}

fn text<'v>(key: &'v Value, member: &str) -> Option<&'v str> {
    key.get(member).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::{CheckedGroup, check};
    use crate::base::secret::Secret;
    use crate::config::GaleneApi;
    use crate::config::reader::ConfigSecret;
    use crate::signin::app::Room;
    use crate::upstream::probe::{Finding, Reporter};

    fn api(rooms: &[&str]) -> GaleneApi {
        GaleneApi {
            app: "galene".parse().unwrap(),
            url: "https://galene.example/".parse().unwrap(),
            username: "root".into(),
            password: ConfigSecret { value: Secret::new("x".into()), place: "x".into() },
            rooms: rooms.iter().map(|room| Room::parse(room).unwrap()).collect(),
            ca: None,
        }
    }

    /// The findings about the group `maths` with this file.
    fn findings_of(file: &str, api: Option<&GaleneApi>) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("maths hall.json"), file).unwrap();
        let (app, room) = ("galene".parse().unwrap(), Room::parse("maths hall").unwrap());
        let mut lines = Vec::new();
        let mut sink = |finding: Finding| lines.push(finding.to_string());
        let group = CheckedGroup { app: &app, api, room: &room };
        check(folder.path(), &group, &[], OffsetDateTime::UNIX_EPOCH, &mut Reporter::new("group", &mut sink));
        lines.join("\n")
    }

    #[test]
    fn a_portal_beside_auto_subgroups_gives_a_warning() {
        let warning = "land in this group instead";
        let portal = r#""authPortal": "https://auth.example/auth/galene?room=maths""#;
        for (file, warned) in [
            (format!("{{\"auto-subgroups\": true, {portal}}}"), true),
            (format!("{{\"auto-subgroups\": false, {portal}}}"), false),
            (format!("{{{portal}}}"), false),
            ("{\"auto-subgroups\": true, \"authServer\": \"https://auth.example/auth/galene\"}".to_owned(), false),
        ] {
            let findings = findings_of(&file, None);
            assert_eq!(findings.contains(warning) && findings.contains("WARN"), warned, "{file}: {findings}");
        }
    }

    #[test]
    fn the_fix_for_missing_keys_depends_on_whether_the_config_names_the_group() {
        let (with, without) = (api(&["maths hall"]), api(&["physics"]));
        assert!(findings_of("{}", Some(&with)).ends_with("→ vestibule key push --app galene --room='maths hall'"));
        let outside = findings_of("{}", Some(&without));
        assert!(outside.contains("it is not in the `rooms` of [app.galene_api]"), "{outside}");
        assert!(findings_of("{}", None).ends_with("→ put what `vestibule key export --galene` prints into its file"));
    }
}
