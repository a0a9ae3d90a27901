//! Roles of identity admins, invitations to become one, and when a session last used the admin pages.

pub const STATEMENTS: [&str; 3] = [
    // `role` is viewer, helpdesk or admin. Roles that the config gives are not here.
    "CREATE TABLE role (
        account_id {text} NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        role {text} NOT NULL,
        given_by {text} NOT NULL,
        given_at BIGINT NOT NULL
    ) {without_rowid}",
    // The secret is in the address of the invitation. The database has its SHA-256.
    "CREATE TABLE admin_invitation (
        secret_hash {bytes} NOT NULL PRIMARY KEY,
        made_by {text} NOT NULL,
        made_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {without_rowid}",
    // NULL: the session has not opened the admin pages.
    "ALTER TABLE session ADD COLUMN admin_used_at BIGINT",
];
