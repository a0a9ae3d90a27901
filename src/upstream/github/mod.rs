//! GitHub: OAuth 2.0 as the preset of that name describes it, and the person's organisations and teams as groups.

mod groups;
pub mod kind;
mod memberships;
