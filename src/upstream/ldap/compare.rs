//! Comparing a password here, with the hash that a directory hands out: `compare`. Binding is better where it is to be had.

use super::entry::Entry;
use super::trouble::Bound;
use crate::base::secret::Secret;
use crate::signin::identify::password::Wrong;
use crate::upstream::password::foreign::recognise;

/// A hash of nothing, in the form that most directories have: five thousand rounds of SHA-crypt.
const NOBODYS: &str = "$6$0123456789abcdef$\
                       0000000000000000000000000000000000000000000000000000000000000000000000000000000000000.";

/// Whether the password is that of one of the entry's hashes.
pub async fn with(entry: &Entry, attribute: &str, password: &Secret<String>) -> Bound {
    let hashes: Vec<Secret<String>> = entry.texts(attribute).map(|hash| Secret::new(hash.to_owned())).collect();
    compared(hashes, attribute, password).await
}

/// Takes as long, for nobody (security rule C42).
pub async fn with_nobody(password: &Secret<String>) {
    compared(vec![Secret::new(NOBODYS.to_owned())], "", password).await;
}

async fn compared(hashes: Vec<Secret<String>>, attribute: &str, password: &Secret<String>) -> Bound {
    let password = password.clone();
    // A core is busy with it for a while.
    let comparing = tokio::task::spawn_blocking(move || {
        let mut unusable = None;
        for hash in &hashes {
            match recognise(hash.expose()) {
                Ok(hash) if hash.verify(password.expose()) => return Ok(true),
                Ok(_) => unusable = Some(None),
                Err(why) => unusable = unusable.or(Some(Some(why.to_string()))),
            }
        }
        match unusable {
            Some(None) => Ok(false),
            Some(Some(why)) => Err(why),
            None => Err("it is not there, or we may not read it".to_owned()),
        }
    });
    match comparing.await.unwrap_or_else(|_| Err("comparing broke off".to_owned())) {
        Ok(true) => Bound::Yes,
        Ok(false) => Bound::No(Wrong::Password),
        Err(why) => {
            let why = why.replace("; ", ", ");
            Bound::CannotTell(format!(
                "{attribute} can't be compared with: {why}; leave out `compare`, so that people bind"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NOBODYS, compared};
    use crate::base::secret::Secret;
    use crate::signin::identify::password::Wrong;
    use crate::upstream::ldap::trouble::Bound;

    // openssl passwd -6 -salt saltstring
    const HASH: &str =
        "{CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";

    async fn ask(hashes: &[&str], password: &str) -> Bound {
        let hashes = hashes.iter().map(|hash| Secret::new((*hash).to_owned())).collect();
        compared(hashes, "userPassword", &Secret::new(password.to_owned())).await
    }

    #[tokio::test]
    async fn a_password_is_compared_with_each_hash_that_can_be() {
        assert_eq!(ask(&[HASH], "Hello world!").await, Bound::Yes);
        assert_eq!(ask(&["{CRYPT}x", HASH], "Hello world!").await, Bound::Yes);
        assert_eq!(ask(&["{CRYPT}x", HASH], "hello world!").await, Bound::No(Wrong::Password));
        for none in [&[][..], &["{CRYPT}x"], &["Hello world!"]] {
            assert!(matches!(ask(none, "Hello world!").await, Bound::CannotTell(_)), "{none:?}");
        }
    }

    // C42
    #[tokio::test]
    async fn nobodys_hash_is_one_and_nobodys_password() {
        assert_eq!(ask(&[NOBODYS], "").await, Bound::No(Wrong::Password));
    }
}
