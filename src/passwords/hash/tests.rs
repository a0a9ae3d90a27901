//! What a hash says of itself, and what it is compared with.

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2};

use super::*;

fn cost() -> Cost {
    // The least that Argon2 takes: what is looked at here hangs on no cost.
    Cost { mib: 1, passes: 1, lanes: 1 }
}

fn pepper(letter: &str) -> Pepper {
    Pepper::new(Secret::new(letter.repeat(32))).unwrap()
}

fn plain() -> Hasher {
    Hasher::new(cost(), None, None)
}

const AS_TODAY: Comparison = Comparison::Match(HashAge::Current);
const SHA_CRYPT: &str =
    "$6$saltsalt$K7UFl//Wp07xMvFGF5CNr3JVL52HTe9O9C8NXwEvinkuKFSKIlvZQXSwQoNHq5D.BYsXc7IkvOpvWCBRDof1g1";
const OTHERWISE: Comparison = Comparison::Match(HashAge::Outdated);

#[test]
fn a_hash_says_how_it_was_made_and_knows_its_password_alone() {
    let hash = plain().hash("correct horse").unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"), "{hash}");
    assert!(hash.starts_with(&plain().prefix()));
    assert_ne!(hash, plain().hash("correct horse").unwrap(), "each has a salt of its own");
    assert_eq!(plain().verify("correct horse", &hash), Ok(AS_TODAY));
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
fn a_long_password_counts_to_its_last_character() {
    let long = "x".repeat(1_023);
    let hash = plain().hash(&format!("{long}a")).unwrap();
    assert_eq!(plain().verify(&format!("{long}a"), &hash), Ok(AS_TODAY));
    assert_eq!(plain().verify(&format!("{long}b"), &hash), Ok(Comparison::Mismatch));
}

#[test]
fn a_letter_typed_as_one_character_or_as_two_is_the_same_letter_and_look_alikes_are_not() {
    let hash = plain().hash("caf\u{e9} Stra\u{df}e").unwrap();
    assert_eq!(plain().verify("cafe\u{301} Stra\u{df}e", &hash), Ok(AS_TODAY));
    for other in ["cafe Straße", "café Strasse", "café straße"] {
        assert_eq!(plain().verify(other, &hash), Ok(Comparison::Mismatch), "{other}");
    }
    let squared = plain().hash("e = mc²").unwrap();
    assert_eq!(plain().verify("e = mc2", &squared), Ok(Comparison::Mismatch));
    let decomposed = plain().hash("cafe\u{301}").unwrap();
    assert_eq!(plain().verify("caf\u{e9}", &decomposed), Ok(AS_TODAY));
}

#[test]
fn a_hash_of_another_cost_is_right_and_worth_making_anew() {
    let cheaper = plain().hash("correct horse").unwrap();
    let now = Hasher::new(Cost { passes: 2, ..cost() }, None, None);
    assert_eq!(now.verify("correct horse", &cheaper), Ok(OTHERWISE));
    assert_eq!(now.verify("correct hoarse", &cheaper), Ok(Comparison::Mismatch));
}

#[test]
fn without_its_pepper_a_hash_is_worth_nothing() {
    let peppered = Hasher::new(cost(), Some(pepper("a")), None);
    let hash = peppered.hash("correct horse").unwrap();
    assert!(hash.contains(",keyid="), "{hash}");
    assert!(hash.starts_with(&peppered.prefix()));
    assert!(hash.contains(&format!(",keyid={}$", peppered.key_ids()[0])));
    assert_eq!(peppered.verify("correct horse", &hash), Ok(AS_TODAY));
    for other in [plain(), Hasher::new(cost(), Some(pepper("b")), None)] {
        assert_eq!(other.verify("correct horse", &hash), Ok(Comparison::Unusable(UnusableHash::Pepper)));
    }
    // Whoever takes the name of the pepper out of the row does not get by without it.
    let (start, end) = hash.split_once(",keyid=").unwrap();
    let stripped = format!("{start}${}", end.split_once('$').unwrap().1);
    assert_eq!(plain().verify("correct horse", &stripped), Ok(Comparison::Mismatch));
}

#[test]
fn a_pepper_can_be_added_and_changed() {
    let before = plain().hash("correct horse").unwrap();
    let added = Hasher::new(cost(), Some(pepper("a")), None);
    assert_eq!(added.verify("correct horse", &before), Ok(OTHERWISE));
    let peppered = added.hash("correct horse").unwrap();
    let changed = Hasher::new(cost(), Some(pepper("b")), Some(pepper("a")));
    assert_eq!(changed.verify("correct horse", &peppered), Ok(OTHERWISE));
    assert_eq!(changed.verify("correct hoarse", &peppered), Ok(Comparison::Mismatch));
}

#[test]
fn a_short_pepper_is_none() {
    assert!(Pepper::new(Secret::new("x".repeat(31))).is_none());
    assert_eq!(format!("{:?}", pepper("a").secret), "…");
}

#[test]
fn what_is_no_hash_of_ours_lets_nobody_in() {
    let salted = "c29tZXNhbHRzb21lc2FsdA$aXQgaXMgbm90aGluZyBidXQgMzIgYnl0ZXMuLi4u";
    for odd in [
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
        let verdict = plain().verify("correct horse", &odd).unwrap();
        assert!(!matches!(verdict, Comparison::Match(_)), "{odd}");
    }
}

#[test]
fn what_another_program_made_is_right_and_worth_making_anew() {
    // `openssl passwd -6 -salt saltsalt correct-horse`
    let theirs = SHA_CRYPT;
    assert_eq!(plain().verify("correct-horse", theirs), Ok(OTHERWISE));
    assert_eq!(plain().verify("correct-hoarse", theirs), Ok(Comparison::Mismatch));
}

#[test]
fn other_kinds_of_argon2_are_known_and_made_anew() {
    for algorithm in [Algorithm::Argon2i, Algorithm::Argon2d] {
        let argon2 = Argon2::new(algorithm, Version::V0x13, plain().params);
        let hash = argon2.hash_password_with_salt(b"correct horse", b"some salt of theirs").unwrap().to_string();
        assert_eq!(plain().verify("correct horse", &hash), Ok(OTHERWISE));
        assert_eq!(plain().verify("correct hoarse", &hash), Ok(Comparison::Mismatch));
    }
}
