//! The schema, one file a migration, forward only.
