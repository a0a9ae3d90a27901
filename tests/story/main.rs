//! Stories: all of Vestibule over HTTP, with a fake OpenID provider that can misbehave.

#![cfg(test)]

mod another;
mod astray;
mod attack;
mod authserver;
mod callbacks;
mod channel;
mod choice;
mod crowds;
mod database;
mod defects;
mod encoding;
mod ends;
mod failures;
mod fake_provider;
mod guesses;
mod outside;
mod own_password;
mod passwords;
mod secrets;
mod sessions;
mod switches;
mod toy_app;
mod toy_kind;
mod waits;
mod walk;
