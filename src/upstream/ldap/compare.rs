//! `compare`: compares a password with a hash that the directory sends. A bind is better, if the directory allows it.

use tokio::time::Instant;

use super::entry::Entry;
use super::results::BindOutcome;
use super::saslprep::saslprep_form;
use crate::base::secret::Secret;
use crate::passwords::foreign::{UnsupportedHash, recognise};
use crate::passwords::pool::{HashingPool, PoolError};
use crate::signin::identify::password::{NotAccepted, RefusalReason};

/// How many values of one entry are compared, since each may be costly.
const MAX_HASHES: usize = 4;
/// A hash that no password has, in the form that most directories use: five thousand rounds of SHA-crypt.
const DUMMY: &str = "$6$0123456789abcdef$\
                       0000000000000000000000000000000000000000000000000000000000000000000000000000000000000.";

/// Whether one of the entry's hashes is that of the password.
pub async fn with_entry(
    pool: &HashingPool,
    entry: &Entry,
    attribute: &str,
    password: &Secret<String>,
    deadline: Instant,
) -> Result<BindOutcome, NotAccepted> {
    let hashes: Vec<Secret<String>> =
        entry.texts(attribute).take(MAX_HASHES).map(|hash| Secret::new(hash.to_owned())).collect();
    verify_any(pool, hashes, attribute, password, deadline).await
}

const BUSY: &str = "the threads that compare passwords with hashes are busy; raise `at_once` of the provider if this \
                    machine has idle cores, or leave out `compare`, so that people bind";

/// Takes as long as [`with_entry`], for an unknown name (security rule C42).
pub async fn with_dummy(pool: &HashingPool, password: &Secret<String>, deadline: Instant) -> Result<(), NotAccepted> {
    verify_any(pool, vec![Secret::new(DUMMY.to_owned())], "", password, deadline).await.map(drop)
}

async fn verify_any(
    pool: &HashingPool,
    hashes: Vec<Secret<String>>,
    attribute: &str,
    password: &Secret<String>,
    deadline: Instant,
) -> Result<BindOutcome, NotAccepted> {
    let forms: Vec<Secret<String>> = std::iter::once(password.clone()).chain(saslprep_form(password)).collect();
    // A core works on it even after the caller gave up, so the pool limits it, and not the permit.
    let comparing = pool.run_until(deadline, move || {
        let (mut differs, mut locked, mut unusable) = (false, false, None);
        for hash in &hashes {
            match recognise(hash.expose()) {
                Ok(hash) if forms.iter().any(|form| hash.verify(form.expose())) => return Ok(None),
                Ok(_) => differs = true,
                Err(UnsupportedHash::Locked) => locked = true,
                Err(why) => unusable = unusable.or(Some(why.to_string())),
            }
        }
        // An account without a usable hash takes as long as a wrong password (security rule C42).
        if !differs {
            _ = recognise(DUMMY).is_ok_and(|dummy| forms.iter().any(|form| dummy.verify(form.expose())));
        }
        match unusable {
            _ if locked => Ok(Some(RefusalReason::Locked)),
            _ if differs => Ok(Some(RefusalReason::Password)),
            Some(why) => Err(why),
            None => Err("it is missing, or we may not read it".to_owned()),
        }
    });
    let compared = match comparing.await {
        Err(PoolError::Full | PoolError::Slow) => return Err(NotAccepted::Busy(BUSY)),
        Err(PoolError::Failed) => Err("the comparison failed".to_owned()),
        Ok(compared) => compared,
    };
    Ok(match compared {
        Ok(None) => BindOutcome::Accepted,
        Ok(Some(wrong)) => BindOutcome::Refused(wrong),
        Err(why) => {
            let why = why.replace("; ", ", ");
            BindOutcome::Inconclusive(format!(
                "the hash in {attribute} can't be used: {why}; leave out `compare`, so that people bind"
            ))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{DUMMY, verify_any};
    use tokio::time::Instant;

    use crate::base::secret::Secret;
    use crate::passwords::pool::HashingPool;
    use crate::signin::identify::password::RefusalReason;
    use crate::upstream::ldap::results::BindOutcome;

    // openssl passwd -6 -salt saltstring
    const HASH: &str =
        "{CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";

    async fn ask(hashes: &[&str], password: &str) -> BindOutcome {
        let hashes = hashes.iter().map(|hash| Secret::new((*hash).to_owned())).collect();
        let deadline = Instant::now() + std::time::Duration::from_mins(1);
        let pool = HashingPool::new(1, 0);
        verify_any(&pool, hashes, "userPassword", &Secret::new(password.to_owned()), deadline).await.unwrap()
    }

    #[tokio::test]
    async fn a_password_is_compared_with_each_usable_hash() {
        assert_eq!(ask(&[HASH], "Hello world!").await, BindOutcome::Accepted);
        assert_eq!(ask(&["{CRYPT}x", HASH], "Hello world!").await, BindOutcome::Accepted);
        assert_eq!(ask(&["{CRYPT}x", HASH], "hello world!").await, BindOutcome::Refused(RefusalReason::Password));
        assert_eq!(ask(&[HASH], "Hello\u{a0}world!").await, BindOutcome::Accepted);
        for none in [&[][..], &["{CRYPT}x"], &["Hello world!"]] {
            assert!(matches!(ask(none, "Hello world!").await, BindOutcome::Inconclusive(_)), "{none:?}");
        }
    }

    // C42
    #[tokio::test]
    async fn a_locked_hash_is_a_refusal() {
        let locked = HASH.replace("$6$", "!$6$");
        for hash in [locked.as_str(), "{CRYPT}!", "{CRYPT}*"] {
            assert_eq!(ask(&[hash], "Hello world!").await, BindOutcome::Refused(RefusalReason::Locked), "{hash}");
        }
    }

    // C42
    #[tokio::test]
    async fn the_dummy_hash_is_valid_and_matches_no_password() {
        assert_eq!(ask(&[DUMMY], "").await, BindOutcome::Refused(RefusalReason::Password));
    }
}
