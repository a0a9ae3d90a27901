//! What only an app of kind galene has: who answers its own password form, and how its groups get our keys.

use url::Url;

use super::apps::Known;
use super::certificates::ca;
use super::provider_kind::SignInMethod;
use super::reader::{Fault, Node, Placed, Read, Section, parsed, some, web_address, word};
use crate::base::ids::{AppId, ProviderId};
use crate::signin::arrive::{AuthServer, Room, WhenUnknown};

/// Galène's administration API: how an app's groups are given our public keys.
#[derive(Debug, Clone)]
pub struct GaleneApi {
    pub app: AppId,
    /// Galène's root, ending in `/`.
    pub url: Url,
    pub username: String,
    pub password: Placed,
    /// Groups whose keys are ours to set. Never empty.
    pub rooms: Vec<Room>,
    /// Certificates in PEM, trusted for it beside the system's.
    pub ca: Option<Vec<u8>>,
}

/// `authserver`, of an app that shows Galène's own page.
pub(super) fn authserver(app: &mut Section, known: &Known, offered: Option<&[ProviderId]>) -> Option<AuthServer> {
    let words = [("refuse", WhenUnknown::Refuse), ("no_opinion", WhenUnknown::NoOpinion)];
    let unknown = app.optional("authserver_unknown", word(&words, &[]));
    if app.has("authserver_unknown") && !app.has("authserver") {
        let fault = Fault::new("is said of nobody: no provider answers");
        app.wrong("authserver_unknown", fault.mend("add authserver, or leave it out"));
    }
    if app.has("authserver") && app.has("room_location") {
        let fault = Fault::new("is for Galène's own page, and this app's is another, at `room_location`");
        app.wrong("authserver", fault.mend("give it to an app without room_location"));
    }
    let providers = app.optional("authserver", some(|node| answering(node, known, offered)))?;
    let repeated =
        providers.iter().zip(1..).find(|(id, after)| providers.iter().skip(*after).any(|other| other == *id));
    if let Some((id, _)) = repeated {
        app.wrong("authserver", Fault::new(format!("holds \"{id}\" twice")));
    }
    Some(AuthServer { providers, unknown: unknown.unwrap_or_default() })
}

/// A password can be tried only where it is checked, and by a provider through which people may come at all.
fn answering(node: &Node, known: &Known, offered: Option<&[ProviderId]>) -> Read<ProviderId> {
    let id = known.provider(node)?;
    if known.method(&id) == Some(SignInMethod::Redirect) {
        let fault = Fault::new(format!("names \"{id}\", which sends people elsewhere and checks no passwords"));
        let others = known.that_check_passwords();
        let mend = match others.as_str() {
            "" => "add a [[provider]] that does, such as kind = \"ldap\"".to_owned(),
            others => format!("name one that does: {others}"),
        };
        return Err(fault.mend(mend).into());
    }
    if offered.is_some_and(|offered| !offered.contains(&id)) {
        let fault = Fault::new(format!("names \"{id}\", by which nobody can come to this app"));
        return Err(fault.mend("add it to the app's `providers`").into());
    }
    Ok(id)
}

/// In an app of another kind none of it has a place.
pub(super) fn none_of_it(app: &mut Section) {
    for key in ["authserver", "authserver_unknown", "galene_api"] {
        let fault = Fault::new("is for apps of kind \"galene\": no other app sees a password, or has groups with keys");
        app.out_of_place(key, fault.mend("leave it out"));
    }
}

/// `[app.galene_api]`. `id` and `url` are the app's own, where they are good.
pub(super) fn api(app: &mut Section, id: Option<&AppId>, url: Option<&Url>) -> Option<GaleneApi> {
    if !app.has("galene_api") {
        return None;
    }
    let mut section = app.table("galene_api");
    let username = section.required("username", "\"root\"", parsed(username));
    let password = section.secret("password");
    if password.is_none() && !section.has("password") && !section.has("password_file") {
        section.missing("password", "add password_file = \"galene.secret\"");
    }
    let rooms = section.required("rooms", "[\"maths\"]", some(parsed(room)));
    let own = section.optional("url", parsed(root));
    let ca = ca(&mut section);
    let own_is_bad = section.has("url") && own.is_none();
    section.close();
    if own_is_bad {
        return None;
    }
    let (app, url) = (id?.clone(), own.or_else(|| url.cloned())?);
    Some(GaleneApi { app, url, username: username?, password: password?, rooms: rooms?, ca })
}

fn room(text: &str) -> Result<Room, Fault> {
    let wrong = |why: &str| Fault::new(format!("holds \"{text}\", which is no group's name: {why}"));
    if text.contains('*') {
        return Err(wrong("nothing stands for several groups").mend("name each group"));
    }
    Room::parse(text).map_err(|why| wrong(&why.to_string()))
}

/// RFC 7617 §2: a name that holds a colon would end there.
fn username(text: &str) -> Result<String, Fault> {
    if text.contains(':') {
        return Err(Fault::new("holds a :, where HTTP's Basic authentication ends a name").mend("choose another user"));
    }
    Ok(text.to_owned())
}

/// The address of one group, as it stands in the browser, is no root.
pub(super) fn no_group(url: &Url) -> Result<(), Fault> {
    let Some((before, _)) = url.as_str().split_once("/group/") else { return Ok(()) };
    Err(Fault::new("is the address of one group, and must be Galène's root").mend(format!("write \"{before}/\"")))
}

fn root(text: &str) -> Result<Url, Fault> {
    let url = web_address(text)?;
    no_group(&url)?;
    if !url.path().ends_with('/') || url.query().is_some() {
        return Err(Fault::new("must be Galène's root").mend("let it end in /"));
    }
    Ok(url)
}
