//! `/admin/identities`: identities by what they are.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{accounts, enter, failed, parameter, respond, within_return_to};
use crate::accounts::Identity;
use crate::admin::{AdminError, IdentityPage};
use crate::base::urls::{ADMIN, ADMIN_IDENTITIES, query};
use crate::broker::LiveConfig;
use crate::signin::link::LinkProof;
use crate::store::IdentityFilter;
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::pages::{AdminIdentitiesPage, IdentityLine, Proof};
use crate::web::response::see_other;

/// What the form says. A value that can't be read filters nothing, and the form shows it empty.
struct Asked {
    filter: IdentityFilter,
    proof: Option<Proof>,
}

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let asked = Asked::read(&browser);
    let after = parameter(&browser, "after");
    let own_path = asked.path(after);
    let back = within_return_to(own_path.clone(), || ADMIN_IDENTITIES.to_owned());
    let access = match enter(&web, &browser, &back).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match access.identities(&asked.filter, after).await {
        Ok(found) => respond(&web, &browser, &page(&browser.config, &asked, found), Some(&own_path)),
        Err(AdminError::Store(why)) => failed(&web, &browser, why).await,
        // Somebody has changed the address.
        Err(_) => see_other(ADMIN_IDENTITIES),
    }
}

impl Asked {
    fn read(browser: &Browser) -> Self {
        let of = |name| parameter(browser, name).unwrap_or_default().trim();
        let proof = Proof::ALL.into_iter().find(|proof| proof.as_str() == of("proof"));
        let filter = IdentityFilter {
            provider: of("provider").parse().ok(),
            proof: proof.map(link_proof),
            unused_since: view::date(of("before")),
            only_way: of("only") == "yes",
        };
        Self { filter, proof }
    }

    fn provider(&self) -> String {
        self.filter.provider.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    fn before(&self) -> String {
        self.filter.unused_since.map(|day| day.to_string()).unwrap_or_default()
    }

    fn path(&self, after: Option<&str>) -> String {
        let (provider, before) = (self.provider(), self.before());
        let only = if self.filter.only_way { "yes" } else { "" };
        let proof = self.proof.map_or("", Proof::as_str);
        let all = [("provider", provider.as_str()), ("proof", proof), ("before", &before), ("only", only)];
        let all = all.into_iter().chain(after.map(|after| ("after", after)));
        let given: Vec<_> = all.filter(|(_, value)| !value.is_empty()).collect();
        if given.is_empty() { ADMIN_IDENTITIES.to_owned() } else { format!("{ADMIN_IDENTITIES}?{}", query(&given)) }
    }
}

const fn link_proof(proof: Proof) -> LinkProof {
    match proof {
        Proof::Founding => LinkProof::Founding,
        Proof::Proven => LinkProof::Proven,
        Proof::Domain => LinkProof::Domain,
        Proof::Admin => LinkProof::Admin,
        Proof::Import => LinkProof::Import,
        Proof::Before => LinkProof::Before,
    }
}

fn page(config: &LiveConfig, asked: &Asked, found: IdentityPage) -> AdminIdentitiesPage {
    AdminIdentitiesPage {
        action: ADMIN_IDENTITIES.to_owned(),
        provider: asked.provider(),
        proof: asked.proof,
        before: asked.before(),
        only: asked.filter.only_way,
        proofs: Proof::ALL.into(),
        next_href: found.next.map(|next| asked.path(Some(&next))),
        stopped: found.stopped,
        identities: found.identities.iter().map(|identity| line(config, identity)).collect(),
        admin_href: ADMIN.to_owned(),
    }
}

fn line(config: &LiveConfig, identity: &Identity) -> IdentityLine {
    let method = view::method(config, identity);
    IdentityLine {
        href: accounts::path(&identity.account.id, None),
        username: identity.account.username.to_string(),
        provider_name: method.provider_name,
        subject: view::exact(identity.subject.as_str()),
        name_there: method.name_there.or(method.email_there),
        proof: method.proof,
        linked_on: method.linked_on,
        last_used: method.last_used,
    }
}
