//! Compares the settings of one Galène group with what they should be.

use url::Url;

use super::address_target::AddressTarget;
use crate::base::urls::PublicUrl;
use crate::signin::app::{App, Audience, Room};
use crate::signin::arrive::arrive;
use crate::upstream::galene::StatusFields;
use crate::upstream::probe::Reporter;

/// One group, and what its settings should be.
pub struct Group<'g> {
    pub app: &'g App,
    pub room: &'g Room,
    pub public_url: &'g PublicUrl,
}

impl Group<'_> {
    pub fn compare(&self, fields: &StatusFields, reporter: &mut Reporter<'_>) {
        if !fields.redirect.is_empty() {
            return reporter
                .wrong(format!("sends people on to {}", fields.redirect), "take `redirect` out of its file");
        }
        self.check_location(fields, reporter);
        let (portal_target, server_target) =
            (self.portal_target(&fields.auth_portal), self.server_target(&fields.auth_server));
        let server_url = self.public_url.auth(&self.app.id, &[]);
        let portal_url = self.public_url.auth(&self.app.id, &[("room", self.room.as_str())]);
        let wrong_portal = |reporter: &mut Reporter<'_>, what: &str| {
            let fix = format!("\"authPortal\": \"{portal_url}\"");
            reporter.wrong(format!("its authPortal, {}, {what}", fields.auth_portal), fix);
        };
        match (portal_target, server_target) {
            (AddressTarget::Unset, AddressTarget::Unset) => reporter.wrong(
                "sends nobody here: it has neither authPortal nor authServer",
                format!("\"authPortal\": \"{portal_url}\" in its file, or \"authServer\": \"{server_url}\""),
            ),
            (AddressTarget::Unset, AddressTarget::ThisApp) => self.check_auth_server(reporter),
            (
                AddressTarget::Unset,
                AddressTarget::OtherServer
                | AddressTarget::OtherRoom
                | AddressTarget::RoomMissing
                | AddressTarget::Refused(_),
            ) => reporter.wrong(
                format!("its authServer is {}, which is not ours", fields.auth_server),
                format!("\"authServer\": \"{server_url}\""),
            ),
            (AddressTarget::Unset, AddressTarget::OtherApp) => reporter.wrong(
                format!("its authServer, {}, is ours, but not the one of this app", fields.auth_server),
                format!("\"authServer\": \"{server_url}\""),
            ),
            (
                _,
                AddressTarget::ThisApp
                | AddressTarget::OtherServer
                | AddressTarget::OtherRoom
                | AddressTarget::RoomMissing
                | AddressTarget::Refused(_)
                | AddressTarget::OtherApp,
            ) => reporter.wrong(
                "has both authPortal and authServer: the portal wins, and nobody ever sees the password form",
                "leave one of them in its file",
            ),
            (AddressTarget::ThisApp, AddressTarget::Unset) => {
                reporter.good("its authPortal leads here, into this room");
            }
            (AddressTarget::OtherRoom, AddressTarget::Unset) => wrong_portal(reporter, "leads into another room"),
            (AddressTarget::RoomMissing, AddressTarget::Unset) => {
                wrong_portal(reporter, "names no room, so sign-ins from there are refused");
            }
            (AddressTarget::Refused(why), AddressTarget::Unset) => {
                wrong_portal(reporter, &format!("begins no sign-in: {why}"));
            }
            (AddressTarget::OtherApp, AddressTarget::Unset) => {
                wrong_portal(reporter, "is ours, but no sign-in to this app begins there");
            }
            // It may be a page of the operator that leads here.
            (AddressTarget::OtherServer, AddressTarget::Unset) => reporter.warn(
                format!("its authPortal is {}, which is not ours", fields.auth_portal),
                format!("fine for a page of your own; else \"authPortal\": \"{portal_url}\""),
            ),
        }
    }

    fn check_auth_server(&self, reporter: &mut Reporter<'_>) {
        match &self.app.authserver {
            Some(_) => reporter.good("its authServer is ours, and providers answer there"),
            None => reporter.wrong(
                "its authServer is ours, but the app has no authserver",
                "name providers that check passwords: authserver = [\"PROVIDER\"] in the app",
            ),
        }
    }

    /// Compares the address that Galène has for the group with the one in our tokens.
    fn check_location(&self, fields: &StatusFields, reporter: &mut Reporter<'_>) {
        let token_url = self.app.addresses.rooms.as_ref().map(|pattern| pattern.address_of(self.room));
        let token_url = match &self.app.addresses.audience {
            Some(Audience::OfRoom(pattern)) => Some(pattern.address_of(self.room)),
            Some(Audience::Fixed(address)) => Some(address.clone()),
            None => token_url,
        };
        let parsed = |text: &str| Url::parse(text).ok();
        let (Some(token_url), Some(group_url)) = (token_url.as_deref().and_then(parsed), parsed(&fields.location))
        else {
            return;
        };
        let wanted = format!("/group/{}/", self.room.encoded());
        if token_url.path() != wanted {
            reporter.wrong(
                format!(
                    "tokens are for {token_url}, but Galène accepts only the path {wanted}, also behind a path prefix"
                ),
                format!("audience = \"{}/group/{{room}}/\" in the app", token_url.origin().ascii_serialization()),
            );
        } else if token_url.host() != group_url.host()
            || token_url.port_or_known_default() != group_url.port_or_known_default()
        {
            reporter.warn(
                format!("Galène says that the group is at {group_url}, but tokens are for {token_url}"),
                "let the app's `url` name the host of Galène's `proxyURL` and `canonicalHost`",
            );
        } else {
            reporter.good(format!("tokens are for {token_url}, and Galène has the same address"));
        }
    }

    fn server_target(&self, stated: &str) -> AddressTarget {
        match Url::parse(stated) {
            Err(_) if stated.is_empty() => AddressTarget::Unset,
            Ok(url) if self.is_of_this_app(&url) => AddressTarget::ThisApp,
            Ok(url) if self.is_of_another_app(&url) => AddressTarget::OtherApp,
            Ok(_) | Err(_) => AddressTarget::OtherServer,
        }
    }

    fn portal_target(&self, stated: &str) -> AddressTarget {
        match Url::parse(stated) {
            Ok(url) if self.is_of_this_app(&url) => {
                let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
                let names_a_place = |(name, value): &(String, String)| {
                    matches!(name.as_str(), "room" | "location") && !value.is_empty()
                };
                match arrive(self.app, &query) {
                    Ok(request) => match request.location.room() {
                        Some(room) if room == self.room => AddressTarget::ThisApp,
                        Some(_) => AddressTarget::OtherRoom,
                        None => AddressTarget::RoomMissing,
                    },
                    Err(_) if !query.iter().any(names_a_place) => AddressTarget::RoomMissing,
                    Err(why) => AddressTarget::Refused(why),
                }
            }
            Err(_) if stated.is_empty() => AddressTarget::Unset,
            Ok(url) if self.is_of_another_app(&url) => AddressTarget::OtherApp,
            Ok(_) | Err(_) => AddressTarget::OtherServer,
        }
    }

    /// Only Vestibule answers below `/auth/`. Other paths of the same host may be pages of the operator.
    fn is_of_another_app(&self, url: &Url) -> bool {
        let ours = self.public_url.origin() == &url.origin();
        ours && (url.path() == "/auth" || url.path().starts_with("/auth/")) && !self.is_of_this_app(url)
    }

    fn is_of_this_app(&self, url: &Url) -> bool {
        let ours = Url::parse(&self.public_url.auth(&self.app.id, &[]));
        ours.is_ok_and(|ours| ours.origin() == url.origin() && ours.path() == url.path())
    }
}

#[cfg(test)]
mod tests;
