//! Code that several test crates share: a fake OpenID provider, a browser, and a running Vestibule.

mod browser;
mod child_process;
mod clock;
mod config;
mod form;
pub mod doubles;
mod log;
mod page;
pub mod provider;
mod server;
mod webhook;

pub use browser::{Browser, FormOrigin};
pub use child_process::ChildProcess;
pub use clock::TestClock;
pub use config::{CLIENT_SECRET, Table, TestConfig};
pub use form::Form;
pub use log::Log;
pub use page::Page;
pub use server::TestServer;
pub use webhook::{FakeWebhook, Verdict};
