//! Doubles of well-known providers. Each behaves as the provider's documentation says, where that differs from the
//! standards. They share no code with Vestibule's clients.

pub mod apple;
mod codes;
mod github;
mod loopback;
pub mod slack;

pub use github::{FakeGithub, GithubBehaviour, GithubPerson, GithubTeam};
