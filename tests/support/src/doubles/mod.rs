//! Doubles of well-known providers. Each behaves as the provider's documentation says, where that differs from the
//! standards. They share no code with Vestibule's clients.

pub mod apple;
mod bitbucket;
mod codes;
mod facebook;
mod github;
mod loopback;
mod microsoft;
pub mod slack;

pub use bitbucket::FakeBitbucket;
pub use facebook::{FacebookBehaviour, FacebookRefusal, FakeFacebook};
pub use github::{FakeGithub, GithubBehaviour, GithubPerson, GithubTeam};
pub use loopback::Loopback;
pub use microsoft::{FakeMicrosoft, Graph, MicrosoftBehaviour, MicrosoftReceived};
