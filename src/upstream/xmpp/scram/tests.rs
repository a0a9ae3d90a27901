//! The examples of the standards, and which messages of a server are accepted.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;

use super::{Challenge, ChannelBinding, Hash, NotProved, Scram};
use crate::base::secret::Secret;
use crate::upstream::xmpp::cancellation::CancelToken;

fn scram(hash: Hash, nonce: &str) -> Scram {
    Scram::with_nonce(nonce.to_owned(), hash, ChannelBinding::None, "user", Secret::new("pencil".to_owned()))
}

/// Reads a challenge to a login whose nonce is `ours`.
fn read(challenge: &str) -> Result<Challenge, String> {
    Challenge::read(challenge.into(), "ours")
}

fn answer(scram: &mut Scram, challenge: &str, cancel: &CancelToken) -> Result<Vec<u8>, String> {
    let challenge = scram.challenge(challenge.into())?;
    scram.answer(&challenge, cancel)
}

// RFC 5802 §5, RFC 7677 §3
#[test]
fn the_examples_of_the_standards_are_reproduced() {
    for (hash, nonce, challenge, proof, signature) in [
        (
            Hash::Sha1,
            "fyko+d2lbbFgONRv9qkxdawL",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (
            Hash::Sha256,
            "rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ] {
        let mut scram = scram(hash, nonce);
        assert_eq!(scram.begin(), format!("n,,n=user,r={nonce}").into_bytes());
        assert_eq!(answer(&mut scram, challenge, &CancelToken::default()), Ok(proof.as_bytes().to_vec()));
        assert_eq!(scram.verify(signature.as_bytes()), Ok(()));
        assert_eq!(scram.verify(format!("{signature},x=later").as_bytes()), Ok(()));
        // A server that leaves out padding, or ends its message like a line or a text in C, still proves itself.
        let unpadded = signature.trim_end_matches('=');
        for spelling in [unpadded, &format!("{signature}\n"), &format!("{unpadded}\r\n"), &format!("{signature}\0")] {
            assert_eq!(scram.verify(spelling.as_bytes()), Ok(()), "{spelling:?}");
        }
        // C45
        let short = &unpadded[..unpadded.len() - 2];
        for other in [short, "v=", "v", "", "e=other-error", "x=,v=", &signature[2..], &format!("x=1,{signature}")] {
            assert_eq!(scram.verify(other.as_bytes()), Err(NotProved), "{other}");
        }
    }
}

// C45
#[test]
fn a_challenge_has_each_attribute_once_and_must_answer_this_login() {
    for good in ["r=oursTHEIRS,s=c2FsdA==,i=4096", "r=oursTHEIRS,s=c2FsdA==,i=4096,x=later"] {
        let challenge = read(good).unwrap();
        assert_eq!((challenge.nonce.as_str(), challenge.rounds), ("oursTHEIRS", 4096));
        assert_eq!(challenge.salt, b"salt");
    }
    for bad in [
        "r=ours,s=c2FsdA==,i=4096",
        "r=THEIRS,s=c2FsdA==,i=4096",
        "r=our,s=c2FsdA==,i=4096",
        "m=must,r=oursTHEIRS,s=c2FsdA==,i=4096",
        "r=oursTHEIRS,s=c2FsdA==,i=4096,m=must",
        "r=oursTHEIRS,s=c2FsdA==,i=4096,i=4294967295",
        "r=oursTHEIRS,s=c2FsdA==,i=4096,r=oursOTHERS",
        "r=oursTHEIRS,s=c2FsdA==,i=4294967295",
        "r=oursTHEIRS,s=c2FsdA==,i=99999999999999",
        "r=oursTHEIRS,s=c2FsdA==,i=0",
        "r=oursTHEIRS,s=c2FsdA==,i=-1",
        "r=oursTHEIRS,i=4096,s=c2FsdA==",
        "r=oursTHEIRS",
        "",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    assert!(read("r=oursTHEIRS,s=c2FsdA==,i=4096\n").unwrap_err().contains("is not a number"));
    assert!(Challenge::read(b"r=THEIRS,s=c2FsdA==,i=4096".to_vec(), "").is_err());
    assert!(Challenge::read(b"r=ours\xff,s=c2FsdA==,i=4096".to_vec(), "ours").is_err());
}

// A salt proves nothing by itself, so any spelling is accepted. Both proofs sign the salt as the server sent it.
#[test]
fn a_salt_without_padding_is_accepted_and_its_spelling_is_signed() {
    let salt = |spelt: &str| read(&format!("r=oursTHEIRS,s={spelt},i=4096")).map(|challenge| challenge.salt);
    let padded = salt("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
    for spelt in ["W22ZaJ0SNY7soEsUEjb6gQ", "W22ZaJ0SNY7soEsUEjb6gQ=", "W22ZaJ0SNY7soEsUEjb6gR=="] {
        assert_eq!(salt(spelt).unwrap(), padded, "{spelt}");
    }
    assert_eq!(salt("W22Z!").unwrap_err(), "the salt that it sends is not base64");
    let proof = |spelt: &str| {
        let challenge = format!("r=oursTHEIRS,s={spelt},i=1");
        answer(&mut scram(Hash::Sha256, "ours"), &challenge, &CancelToken::default()).unwrap()
    };
    assert_ne!(proof("c2FsdA"), proof("c2FsdA=="));
}

#[test]
fn each_unusable_number_of_rounds_has_its_own_cause() {
    let cause = |rounds: &str| read(&format!("r=oursTHEIRS,s=c2FsdA==,i={rounds}")).unwrap_err();
    for rounds in ["", "4096\n", "4096x", "+4096", "-1"] {
        assert!(cause(rounds).ends_with("is not a number"), "{rounds:?}: {}", cause(rounds));
    }
    assert!(cause("0").starts_with("it asks for 0 rounds"));
    for rounds in ["1500001", "99999999999999999999"] {
        assert!(cause(rounds).starts_with("it asks for more than 1500000 rounds"), "{rounds}");
    }
}

// The oracle is the library's own PBKDF2.
#[test]
fn hashing_is_pbkdf2() {
    for (hash, oracle, length) in
        [(Hash::Sha1, pbkdf2::PBKDF2_HMAC_SHA1, 20), (Hash::Sha256, pbkdf2::PBKDF2_HMAC_SHA256, 32)]
    {
        for rounds in [1, 2, 5000] {
            let mut expected = vec![0; length];
            pbkdf2::derive(oracle, NonZeroU32::new(rounds).unwrap(), b"salt", "pässword".as_bytes(), &mut expected);
            let derived = hash.derive("pässword".as_bytes(), b"salt", rounds, &CancelToken::default());
            assert_eq!(derived, Some(expected), "{rounds}");
        }
    }
}

#[test]
fn a_proof_stops_when_it_is_cancelled() {
    let (cancel, cancel_on_drop) = CancelToken::new();
    drop(cancel_on_drop);
    let challenge = "r=oursTHEIRS,s=c2FsdA==,i=1500000";
    assert!(answer(&mut scram(Hash::Sha256, "ours"), challenge, &cancel).unwrap_err().contains("was over"));
    assert_eq!(Hash::Sha1.derive(b"pencil", b"salt", 1_500_000, &cancel), None);
}
