//! One account with several identities: two of one provider, and others of other providers.

use support::doubles::{FakeGithub, GithubPerson};
use support::provider::Person;
use support::{Page, TestServer};
use vestibule::signin::identify::IdentityKey;

const NOTES: &str = "https://notes.example.org/signed-in";

/// An identity of a provider, and how to be this person there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identity {
    Uni(&'static str),
    Lab(&'static str),
    Github(u64),
}

const ALL: [Identity; 4] =
    [Identity::Uni("ada-1815"), Identity::Uni("countess"), Identity::Lab("al"), Identity::Github(583_231)];

struct Story {
    server: TestServer,
    github: FakeGithub,
}

impl Story {
    /// Three providers. At the university, a person without an account is refused; at the others they get one.
    async fn start() -> Self {
        let github = FakeGithub::start().await;
        let server = TestServer::with(|config| {
            config.add_lab();
            config.add_preset("github", &github.config());
            config.provider("uni").set_text("first_login", "refuse");
        })
        .await;
        Self { server, github }
    }

    fn key(&self, identity: Identity) -> IdentityKey {
        let key = |provider: &str, issuer: &str, subject: String| IdentityKey {
            provider: provider.parse().unwrap(),
            issuer: issuer.to_owned().into(),
            subject: subject.into(),
        };
        match identity {
            Identity::Uni(subject) => key("uni", self.server.uni.issuer(), subject.to_owned()),
            Identity::Lab(subject) => key("lab", self.server.lab.issuer(), subject.to_owned()),
            Identity::Github(id) => key("github", "https://github.com/login/oauth", id.to_string()),
        }
    }

    /// Signs in as this person, in a browser without cookies.
    async fn sign_in(&self, identity: Identity) -> Page {
        let person = |subject: &str| Person::new(subject).with("preferred_username", "somebody");
        let provider = match identity {
            Identity::Uni(subject) => {
                self.server.uni.behave(|uni| uni.person = person(subject));
                "uni"
            }
            Identity::Lab(subject) => {
                self.server.lab.behave(|lab| lab.person = person(subject));
                "lab"
            }
            Identity::Github(id) => {
                self.github.behave(|github| github.person = GithubPerson::new(id, "somebody"));
                "github"
            }
        };
        self.server.browser().sign_in(&format!("/auth/notes?provider={provider}")).await
    }

    /// The token's `sub` and username after a sign-in as this person.
    async fn account(&self, identity: Identity) -> [String; 2] {
        let claims = self.server.verify_token(&self.sign_in(identity).await.token_at(NOTES)).await.1;
        ["sub", "preferred_username"].map(|name| claims[name].as_str().unwrap().to_owned())
    }
}

// C21
#[tokio::test]
async fn every_identity_of_an_account_leads_to_it_until_it_is_unlinked() {
    let story = Story::start().await;
    for identity in ALL {
        story.server.link(&story.key(identity), "ada").await;
    }
    let ada = story.account(ALL[0]).await;
    assert_eq!(ada[1], "ada");
    for identity in ALL {
        assert_eq!(story.account(identity).await, ada, "{identity:?}");
    }

    // One of two identities of the same provider.
    story.server.unlink(&story.key(ALL[1])).await;
    let page = story.sign_in(ALL[1]).await;
    let explained = story.server.explain(&page.reference_code()).await.unwrap();
    assert_eq!(explained.row.entry.cause.as_deref(), Some("identity_unknown"));
    for identity in [ALL[0], ALL[2], ALL[3]] {
        assert_eq!(story.account(identity).await, ada, "{identity:?}");
    }

    // At a provider where people get accounts, the unlinked identity gets one of its own.
    story.server.unlink(&story.key(ALL[3])).await;
    let stranger = story.account(ALL[3]).await;
    assert!(stranger[0] != ada[0] && stranger[1] == "somebody", "{stranger:?}");
    for identity in [ALL[0], ALL[2]] {
        assert_eq!(story.account(identity).await, ada, "{identity:?}");
    }

    // Linked again, the other identity of the university leads to the account again.
    story.server.link(&story.key(ALL[1]), "ada").await;
    assert_eq!(story.account(ALL[1]).await, ada);
}
