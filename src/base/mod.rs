//! Types and functions that all other modules use: ids, names, secrets, time, random values, and our own URLs.

pub mod addresses;
pub mod certificate;
pub mod clock;
pub mod counted;
pub mod ids;
pub mod invisible;
pub mod jose;
pub mod lenient_base64;
pub mod log_message;
pub mod lookalike;
pub mod mail_address;
pub mod exposed_file;
pub mod open_files;
pub mod parameters;
pub mod private_file;
pub mod random;
pub mod readable_json;
pub mod redaction;
pub mod role;
pub mod secret;
pub mod shell;
pub mod strict_json;
pub mod text_file;
pub mod urls;
pub mod user_agent;
pub mod username;
