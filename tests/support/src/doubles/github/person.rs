//! A person of the double.

use serde_json::{Value, json};

/// A person, with what the API says about them.
#[derive(Debug, Clone)]
pub struct GithubPerson {
    pub id: u64,
    pub login: String,
    /// The entries of `GET /user/emails`.
    pub emails: Vec<Value>,
    /// Their organisations: id and login.
    pub organizations: Vec<(u64, String)>,
    pub teams: Vec<GithubTeam>,
}

/// A team: id, slug, and the organisation.
#[derive(Debug, Clone)]
pub struct GithubTeam {
    pub id: u64,
    pub slug: String,
    pub organization: (u64, String),
}

impl GithubPerson {
    /// Someone without addresses and memberships.
    pub fn new(id: u64, login: &str) -> Self {
        Self { id, login: login.to_owned(), emails: Vec::new(), organizations: Vec::new(), teams: Vec::new() }
    }

    pub fn with_email(mut self, email: &str, primary: bool, verified: bool) -> Self {
        let visibility = primary.then_some("private");
        self.emails.push(json!({"email": email, "primary": primary, "verified": verified, "visibility": visibility}));
        self
    }

    pub fn in_organization(mut self, id: u64, login: &str) -> Self {
        self.organizations.push((id, login.to_owned()));
        self
    }

    pub fn in_team(mut self, id: u64, slug: &str, organization: (u64, &str)) -> Self {
        let organization = (organization.0, organization.1.to_owned());
        self.teams.push(GithubTeam { id, slug: slug.to_owned(), organization });
        self
    }

    /// The answer of `GET /user`. Its address is null unless the person publishes one.
    pub fn user(&self) -> Value {
        json!({
            "login": self.login, "id": self.id, "node_id": "MDQ6VXNlcjE=", "type": "User", "site_admin": false,
            "avatar_url": "https://github.com/images/error/octocat_happy.gif", "name": null, "email": null,
            "created_at": "2008-01-14T04:33:35Z",
        })
    }
}

/// An organisation in an answer.
pub fn organization((id, login): &(u64, String)) -> Value {
    json!({"login": login, "id": id, "node_id": "MDEy", "url": "https://api.github.com/orgs/x", "description": null})
}

impl GithubTeam {
    /// The team in an answer.
    pub fn entry(&self) -> Value {
        json!({
            "id": self.id, "node_id": "MDQ6", "name": "A name with spaces", "slug": self.slug, "privacy": "closed",
            "permission": "pull", "parent": null, "organization": organization(&self.organization),
        })
    }
}
