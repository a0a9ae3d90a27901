//! Doubles of well-known providers. Each behaves as the provider's documentation says, where that differs from the
//! standards. They share no code with Vestibule's clients.

mod codes;
mod loopback;
mod microsoft;

pub use microsoft::{FakeMicrosoft, Graph, MicrosoftBehaviour, MicrosoftReceived};
