//! Vestibule: people sign in with an identity they already have, and the app receives a short-lived signed token.
//!
//! The modules are listed in the order of their dependencies: each uses only modules above it in this list.

pub mod base;
pub mod signin;
pub mod apps;
pub mod config;
pub mod store;
pub mod signer;
pub mod passwords;
pub mod upstream;
pub mod accounts;
pub mod broker;
pub mod admin;
pub mod web;
pub mod demo;
pub mod cli;
