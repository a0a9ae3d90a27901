//! Hashes of ours and of other programs: what they contain, and which passwords match.

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2};

use super::*;

fn cost() -> Cost {
    // The minimum that Argon2 allows: these tests don't depend on the cost.
    Cost { mib: 1, passes: 1, lanes: 1 }
}

fn pepper(letter: &str) -> Pepper {
    Pepper::new(Secret::new(letter.repeat(32))).unwrap()
}

fn plain() -> Hasher {
    Hasher::new(cost(), None, None)
}

const CURRENT: Comparison = Comparison::Match(HashAge::Current);
const SHA_CRYPT: &str =
    "$6$saltsalt$K7UFl//Wp07xMvFGF5CNr3JVL52HTe9O9C8NXwEvinkuKFSKIlvZQXSwQoNHq5D.BYsXc7IkvOpvWCBRDof1g1";
const OUTDATED: Comparison = Comparison::Match(HashAge::Outdated);

#[test]
fn a_hash_contains_its_parameters_and_matches_only_its_password() {
    let hash = plain().hash("correct horse").unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"), "{hash}");
    assert!(hash.starts_with(&plain().prefix()));
    assert_ne!(hash, plain().hash("correct horse").unwrap(), "each hash has its own salt");
    assert_eq!(plain().verify("correct horse", &hash), Ok(CURRENT));
    for wrong in ["correct hors", "correct horse ", " correct horse", "Correct horse", "", "correct horse\n"] {
        assert_eq!(plain().verify(wrong, &hash), Ok(Comparison::Mismatch), "{wrong:?}");
    }
}

#[test]
fn the_cost_of_the_config_is_the_cost_of_the_hash() {
    let hasher = Hasher::new(Cost::new(19, 2, 1).unwrap(), None, None);
    assert_eq!(hasher.prefix(), "$argon2id$v=19$m=19456,t=2,p=1$");
    assert_eq!(Hasher::new(Cost::new(46, 1, 2).unwrap(), None, None).prefix(), "$argon2id$v=19$m=47104,t=1,p=2$");
}

// C41: no truncation, no trim
#[test]
fn every_character_of_a_long_password_counts() {
    let long = "x".repeat(1_023);
    let hash = plain().hash(&format!("{long}a")).unwrap();
    assert_eq!(plain().verify(&format!("{long}a"), &hash), Ok(CURRENT));
    assert_eq!(plain().verify(&format!("{long}b"), &hash), Ok(Comparison::Mismatch));
}

#[test]
fn composed_and_decomposed_letters_are_equal_and_look_alikes_are_not() {
    let hash = plain().hash("caf\u{e9} Stra\u{df}e").unwrap();
    assert_eq!(plain().verify("cafe\u{301} Stra\u{df}e", &hash), Ok(CURRENT));
    for other in ["cafe Straße", "café Strasse", "café straße"] {
        assert_eq!(plain().verify(other, &hash), Ok(Comparison::Mismatch), "{other}");
    }
    let squared = plain().hash("e = mc²").unwrap();
    assert_eq!(plain().verify("e = mc2", &squared), Ok(Comparison::Mismatch));
    let decomposed = plain().hash("cafe\u{301}").unwrap();
    assert_eq!(plain().verify("caf\u{e9}", &decomposed), Ok(CURRENT));
}

#[test]
fn a_hash_of_another_cost_matches_and_is_outdated() {
    let cheaper = plain().hash("correct horse").unwrap();
    let now = Hasher::new(Cost { passes: 2, ..cost() }, None, None);
    assert_eq!(now.verify("correct horse", &cheaper), Ok(OUTDATED));
    assert_eq!(now.verify("correct hoarse", &cheaper), Ok(Comparison::Mismatch));
}

#[test]
fn a_hash_is_unusable_without_its_pepper() {
    let peppered = Hasher::new(cost(), Some(pepper("a")), None);
    let hash = peppered.hash("correct horse").unwrap();
    assert!(hash.contains(",keyid="), "{hash}");
    assert!(hash.starts_with(&peppered.prefix()));
    assert!(hash.contains(&format!(",keyid={}$", peppered.key_ids()[0])));
    assert_eq!(peppered.verify("correct horse", &hash), Ok(CURRENT));
    for other in [plain(), Hasher::new(cost(), Some(pepper("b")), None)] {
        assert_eq!(other.verify("correct horse", &hash), Ok(Comparison::Unusable(UnusableHash::Pepper)));
    }
    // Removing the id of the pepper from the hash does not help.
    let (start, end) = hash.split_once(",keyid=").unwrap();
    let stripped = format!("{start}${}", end.split_once('$').unwrap().1);
    assert_eq!(plain().verify("correct horse", &stripped), Ok(Comparison::Mismatch));
}

#[test]
fn a_pepper_can_be_added_and_changed() {
    let before = plain().hash("correct horse").unwrap();
    let added = Hasher::new(cost(), Some(pepper("a")), None);
    assert_eq!(added.verify("correct horse", &before), Ok(OUTDATED));
    let peppered = added.hash("correct horse").unwrap();
    let changed = Hasher::new(cost(), Some(pepper("b")), Some(pepper("a")));
    assert_eq!(changed.verify("correct horse", &peppered), Ok(OUTDATED));
    assert_eq!(changed.verify("correct hoarse", &peppered), Ok(Comparison::Mismatch));
}

#[test]
fn a_short_pepper_is_refused() {
    assert!(Pepper::new(Secret::new("x".repeat(31))).is_none());
    assert_eq!(format!("{:?}", pepper("a").secret), "…");
}

#[test]
fn a_malformed_or_too_costly_hash_matches_no_password() {
    let salted = "c29tZXNhbHRzb21lc2FsdA$aXQgaXMgbm90aGluZyBidXQgMzIgYnl0ZXMuLi4u";
    for hash in [
        String::new(),
        "correct horse".into(),
        "$argon2id$v=19$m=1024,t=1,p=1".into(),
        "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA".into(),
        format!("$argon2id$v=7$m=1024,t=1,p=1${salted}"),
        // A terabyte, and a million passes.
        format!("$argon2id$v=19$m=1073741824,t=1,p=1${salted}"),
        format!("$argon2id$v=19$m=1024,t=1000000,p=1${salted}"),
        format!("$scrypt$ln=31,r=8,p=1${salted}"),
    ] {
        let comparison = plain().verify("correct horse", &hash).unwrap();
        assert!(!matches!(comparison, Comparison::Match(_)), "{hash}");
    }
}

#[test]
fn a_hash_of_another_program_matches_and_is_outdated() {
    // `openssl passwd -6 -salt saltsalt correct-horse`
    assert_eq!(plain().verify("correct-horse", SHA_CRYPT), Ok(OUTDATED));
    assert_eq!(plain().verify("correct-hoarse", SHA_CRYPT), Ok(Comparison::Mismatch));
}

#[test]
fn other_kinds_of_argon2_match_and_are_outdated() {
    for algorithm in [Algorithm::Argon2i, Algorithm::Argon2d] {
        let argon2 = Argon2::new(algorithm, Version::V0x13, plain().params);
        let hash = argon2.hash_password_with_salt(b"correct horse", b"some salt of theirs").unwrap().to_string();
        assert_eq!(plain().verify("correct horse", &hash), Ok(OUTDATED));
        assert_eq!(plain().verify("correct hoarse", &hash), Ok(Comparison::Mismatch));
    }
}
