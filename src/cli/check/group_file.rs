//! A group's file in Galène's folder: compares the keys in it with ours.

use std::path::Path;

use serde_json::Value;
use time::OffsetDateTime;

use crate::base::clock::when;
use crate::base::ids::{AppId, KeyId};
use crate::base::text_file::{self, NotText};
use crate::config::GaleneApi;
use crate::signer::rotation::{self, Phase};
use crate::signin::app::Room;
use crate::store::StoredKey;
use crate::upstream::probe::Speaker;

/// A group, to look at its file.
pub struct OfGroup<'g> {
    pub app: &'g AppId,
    pub api: Option<&'g GaleneApi>,
    pub room: &'g Room,
}

impl OfGroup<'_> {
    /// The fix for a group that lacks our keys.
    fn export(&self) -> String {
        let (app, room) = (self.app, self.room.as_str());
        let by_hand = "put what `vestibule key export --galene` prints into its file";
        match self.api {
            Some(api) if api.rooms.contains(self.room) => format!("vestibule key push --app {app} --room {room}"),
            Some(_) => format!(
                "it is none of the `rooms` of [app.galene_api], which alone are given keys: add \"{room}\" there and \
                 run vestibule key push --app {app}, or {by_hand}"
            ),
            None => by_hand.to_owned(),
        }
    }
}

/// Compares `authKeys` with our published keys, and looks for settings that lead people elsewhere.
pub fn look(folder: &Path, of: &OfGroup<'_>, ours: &[StoredKey], now: OffsetDateTime, to: &mut Speaker<'_>) {
    let path = folder.join(format!("{}.json", of.room.as_str()));
    let file = match text_file::bytes(&path).map(|bytes| serde_json::from_slice::<Value>(&bytes)) {
        Ok(Ok(file)) => file,
        Ok(Err(why)) => return to.wrong(format!("{} is no JSON: {why}", path.display()), "fix the file"),
        Err(why) => return to.wrong(format!("{} {why}", path.display()), unread(&why)),
    };
    subgroups(&file, to);
    let theirs = match file.get("authKeys") {
        Some(Value::Array(keys)) if !keys.is_empty() => keys,
        Some(Value::Array(_) | Value::Null) | None => return to.wrong("its file has no authKeys", of.export()),
        Some(_) => return to.wrong("authKeys of its file is no list", of.export()),
    };
    let mut all_there = true;
    for key in ours {
        if let Some(why) = missing(key, theirs, now) {
            all_there = false;
            to.wrong(why, of.export());
        }
    }
    for key in theirs {
        if let Some((what, fix)) = odd(key, ours, of) {
            to.warn(what, fix);
        }
    }
    if all_there && !ours.is_empty() {
        to.good(format!("its file has our keys: {}", ours.len()));
    }
}

fn unread(why: &NotText) -> &'static str {
    match why {
        NotText::Denied => "run the check as a user who may read it, such as Galène's",
        _ => "look at --groups: it names Galène's folder of groups",
    }
}

/// Galène makes subgroups by itself with the addresses of the group above. A portal's address names that group.
fn subgroups(file: &Value, to: &mut Speaker<'_>) {
    let by_itself = file.get("auto-subgroups") == Some(&Value::Bool(true));
    let has_portal = text(file, "authPortal").is_some_and(|portal| !portal.is_empty());
    if by_itself && has_portal {
        to.warn(
            "its file has \"auto-subgroups\" beside authPortal: who goes to a subgroup signs in and lands in this \
             group instead, unnoticed",
            "use authServer instead of authPortal, or take out \"auto-subgroups\" and give each subgroup a file with \
             its own authPortal",
        );
    }
}

/// Why Galène can't check tokens that this key signed.
fn missing(ours: &StoredKey, theirs: &[Value], now: OffsetDateTime) -> Option<String> {
    let kid = &ours.kid;
    let when = match rotation::phase(ours, now) {
        Phase::Published => format!("which signs from {}", when(ours.active_at)),
        Phase::Active => "which signs now: every token is refused".to_owned(),
        Phase::Retired => "whose last tokens are still about".to_owned(),
        Phase::Gone => return None,
    };
    let Some(found) = theirs.iter().find(|key| text(key, "kid") == Some(kid.as_str())) else {
        return Some(format!("its file lacks our key {kid}, {when}"));
    };
    let public: Value = serde_json::from_str(&ours.public_jwk).unwrap_or_default();
    if text(found, "alg") != text(&public, "alg") {
        return Some(format!("key {kid} of its file has no \"alg\": \"{}\", so Galène skips it", ours.algorithm));
    }
    let differs = ["kty", "crv", "x", "y", "n", "e"].into_iter().find(|member| found.get(member) != public.get(member));
    differs.map(|member| format!("key {kid} of its file has another `{member}` than ours, {when}"))
}

/// Keys in the file that are not ours.
fn odd(key: &Value, ours: &[StoredKey], of: &OfGroup<'_>) -> Option<(String, String)> {
    match text(key, "kid") {
        None => Some(("a key of its file has no kid, and our tokens name one".to_owned(), of.export())),
        Some(kid) if ours.iter().all(|key| key.kid != KeyId::from(kid.to_owned())) => {
            let what = format!("key {kid} of its file is none of ours: whoever has it lets people in");
            Some((what, "take it out, unless it is meant".to_owned()))
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

    use super::{OfGroup, look};
    use crate::base::secret::Secret;
    use crate::config::GaleneApi;
    use crate::config::reader::Placed;
    use crate::signin::app::Room;
    use crate::upstream::probe::{Finding, Speaker};

    fn api(rooms: &[&str]) -> GaleneApi {
        GaleneApi {
            app: "galene".parse().unwrap(),
            url: "https://galene.example/".parse().unwrap(),
            username: "root".into(),
            password: Placed { value: Secret::new("x".into()), place: "x".into() },
            rooms: rooms.iter().map(|room| Room::parse(room).unwrap()).collect(),
            ca: None,
        }
    }

    /// The findings about the group `maths` with this file.
    fn said(file: &str, api: Option<&GaleneApi>) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("maths.json"), file).unwrap();
        let (app, room) = ("galene".parse().unwrap(), Room::parse("maths").unwrap());
        let mut lines = Vec::new();
        let mut tell = |finding: Finding| lines.push(finding.to_string());
        let of = OfGroup { app: &app, api, room: &room };
        look(folder.path(), &of, &[], OffsetDateTime::UNIX_EPOCH, &mut Speaker::new("group", &mut tell));
        lines.join("\n")
    }

    #[test]
    fn a_portal_beside_auto_subgroups_is_warned_of() {
        let warning = "lands in this group instead";
        let portal = r#""authPortal": "https://auth.example/auth/galene?room=maths""#;
        for (file, warned) in [
            (format!("{{\"auto-subgroups\": true, {portal}}}"), true),
            (format!("{{\"auto-subgroups\": false, {portal}}}"), false),
            (format!("{{{portal}}}"), false),
            ("{\"auto-subgroups\": true, \"authServer\": \"https://auth.example/auth/galene\"}".to_owned(), false),
        ] {
            let said = said(&file, None);
            assert_eq!(said.contains(warning) && said.contains("WARN"), warned, "{file}: {said}");
        }
    }

    #[test]
    fn a_group_is_told_how_it_gets_keys_by_whether_the_config_names_it() {
        let (with, without) = (api(&["maths"]), api(&["physics"]));
        assert!(said("{}", Some(&with)).ends_with("→ vestibule key push --app galene --room maths"));
        let outside = said("{}", Some(&without));
        assert!(outside.contains("it is none of the `rooms` of [app.galene_api]"), "{outside}");
        assert!(said("{}", None).ends_with("→ put what `vestibule key export --galene` prints into its file"));
    }
}
