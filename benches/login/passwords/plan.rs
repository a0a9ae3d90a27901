//! The deployment that the password figures need.

use crate::deployment::Plan;

/// The config: local accounts with these additional keys, a webhook, and an app for each.
pub fn plan(hook: &str, of_our_own: &str) -> Plan {
    let app = |id: &str, provider: &str| {
        format!(
            "\n[[app]]\nid = \"{id}\"\nkind = \"galene\"\nname = \"{id}\"\nurl = \"http://127.0.0.1:9/\"\nauthserver = \
             [\"{provider}\"]\n[[app.allow]]\npermissions = [\"present\"]\n"
        )
    };
    let own = format!("[[provider]]\nid = \"local\"\nkind = \"password\"\nname = \"Our own\"\n{of_our_own}");
    let hook = format!(
        "[[provider]]\nid = \"hook\"\nkind = \"webhook\"\nname = \"A hook\"\nurl = \"{hook}\"\nallow_private = true\n\
         secret = \"the hook knows us by this\"\n"
    );
    Plan { providers: vec![own, hook], more_apps: app("own", "local") + &app("hooked", "hook"), ..Plan::plain() }
}
