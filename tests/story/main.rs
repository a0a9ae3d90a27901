//! Stories: all of Vestibule over HTTP, with a fake OpenID provider that can misbehave.

#![cfg(test)]

mod apple;
mod oauth2;
mod other_account;
mod microsoft;
mod presets;
mod misdirected_answers;
mod attack;
mod authserver;
mod callbacks;
mod back_channel;
mod banned_address;
mod provider_choice;
mod provider_demands;
mod client_keys;
mod client_settings;
mod concurrency;
mod database_probe;
mod defects;
mod encoding;
mod spent_logins;
mod failing_audit;
mod failures;
mod fake_provider;
mod bitbucket;
mod facebook;
mod github;
mod google;
mod guesses;
mod relaxed_rules;
mod renamed_provider;
mod returned_password;
mod public_endpoints;
mod reauth;
mod password_change;
mod passwords;
mod secrets;
mod sessions;
mod unavailable;
mod toy_app;
mod toy_provider;
mod login_throttle;
mod sign_in;
mod slack;
mod signed_userinfo;
