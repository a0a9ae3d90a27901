//! Facebook: OAuth 2.0 as the preset of that name describes it, and a proof with each request that the access token is
//! used by the app it was made for.

pub mod kind;
mod proof;
