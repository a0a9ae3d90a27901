//! bcrypt, as crypt(3) writes it, and over SHA-256 as Django does.

use aws_lc_rs::digest::{SHA256, digest};

use super::UnsupportedHash;
use super::text::{base64_of_bcrypt, number};
use crate::base::secret::constant_time_eq;

const SCHEME: &str = "bcrypt";
/// 2¹⁴ rounds take a second or two. No program's default is higher than 12.
const MAX_COST: u32 = 14;
/// bcrypt ignores the bytes of a password after these.
const MAX_PASSWORD_BYTES: usize = 72;

pub struct Bcrypt {
    input: Input,
    cost: u32,
    salt: [u8; 16],
    digest: Vec<u8>,
}

enum Input {
    Password,
    /// The SHA-256 of the password, in hex.
    Sha256,
}

pub fn read(text: &str) -> Result<Bcrypt, UnsupportedHash> {
    read_input(Input::Password, text)
}

pub fn read_of_sha256(text: &str) -> Result<Bcrypt, UnsupportedHash> {
    read_input(Input::Sha256, text)
}

fn read_input(input: Input, text: &str) -> Result<Bcrypt, UnsupportedHash> {
    let damaged = |what| UnsupportedHash::Damaged { scheme: SCHEME, what };
    let mut parts = text.split('$');
    let (Some(""), Some(version), Some(cost), Some(rest), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(damaged("it does not have the parts of such a hash"));
    };
    match version {
        "2a" | "2b" | "2y" => {}
        // PHP before 5.3.7 may hash passwords with non-ASCII characters wrongly, and many of them alike.
        "2x" => return Err(UnsupportedHash::Broken("bcrypt of the faulty kind $2x$")),
        _ => return Err(UnsupportedHash::Unknown),
    }
    let cost = Some(cost).filter(|cost| cost.len() == 2).and_then(|cost| number(cost.trim_start_matches('0')));
    let cost =
        cost.filter(|cost| (4..=31).contains(cost)).ok_or_else(|| damaged("its cost is not one from 04 to 31"))?;
    if cost > MAX_COST {
        return Err(UnsupportedHash::TooCostly {
            scheme: SCHEME,
            what: format!("its cost is {cost}, and the most is {MAX_COST}"),
        });
    }
    let (salt, digest) = rest.split_at_checked(22).ok_or_else(|| damaged("it is too short"))?;
    let salt = base64_of_bcrypt(salt).and_then(|salt| salt.try_into().ok());
    let digest = base64_of_bcrypt(digest).filter(|digest| digest.len() == 23);
    let (Some(salt), Some(digest)) = (salt, digest) else {
        return Err(damaged("its length or its characters are not those of bcrypt"));
    };
    Ok(Bcrypt { input, cost, salt, digest })
}

impl Bcrypt {
    /// A password longer than 72 bytes never matches: bcrypt would read only its beginning (security rule C41).
    pub fn matches(&self, password: &[u8]) -> bool {
        let mut key = match self.input {
            Input::Password => password.to_vec(),
            Input::Sha256 => {
                digest(&SHA256, password).as_ref().iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
            }
        };
        if key.len() > MAX_PASSWORD_BYTES || key.contains(&0) {
            return false;
        }
        if key.len() < MAX_PASSWORD_BYTES {
            key.push(0);
        }
        let made = bcrypt::bcrypt(self.cost, self.salt, &key);
        made.get(..self.digest.len()).is_some_and(|made| constant_time_eq(made, &self.digest))
    }
}
