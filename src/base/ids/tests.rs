//! Tests of ids and names.

use time::OffsetDateTime;
use time::macros::datetime;

use super::{AccountId, AppId, LoginId, ProviderId, ReferenceCode};

const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

#[test]
fn an_id_of_the_config_is_short_and_needs_no_encoding_anywhere() {
    for good in ["a", "uni", "my-app-2", "-", &"x".repeat(32)] {
        assert_eq!(good.parse::<AppId>().unwrap().as_str(), good);
        assert_eq!(good.parse::<ProviderId>().unwrap().to_string(), good);
    }
    for bad in ["", "Uni", "a_b", "a.b", "a/b", "..", "a b", " a", "a\n", "é", "а", "a%2f", &"x".repeat(33)] {
        assert!(bad.parse::<AppId>().is_err(), "{bad:?}");
        assert!(bad.parse::<ProviderId>().is_err(), "{bad:?}");
    }
}

#[test]
fn an_id_read_from_json_meets_the_same_check() {
    assert_eq!(serde_json::from_str::<AppId>("\"uni\"").unwrap().as_str(), "uni");
    assert!(serde_json::from_str::<AppId>("\"../uni\"").is_err());
    assert!(serde_json::from_str::<ProviderId>("\"UNI\"").is_err());
}

// C26
#[test]
fn an_account_id_is_128_random_bits_and_is_never_repeated() {
    let ids: std::collections::BTreeSet<_> = (0..1000).map(|_| AccountId::fresh()).collect();
    assert_eq!(ids.len(), 1000);
    assert!(ids.iter().all(|id| id.as_str().len() == 26));
    assert!(ids.iter().all(|id| id.as_str().bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())));
    // Each of the first 25 characters takes many values: no part of an id is fixed or a counter.
    for place in 0..25 {
        let seen: std::collections::BTreeSet<_> = ids.iter().map(|id| id.as_str().as_bytes()[place]).collect();
        assert!(seen.len() > 16, "place {place} takes {} values", seen.len());
    }
}

#[test]
fn a_login_id_is_read_back_from_its_text() {
    for _ in 0..100 {
        let id = LoginId::fresh(NOON);
        assert_eq!(id.to_string().parse::<LoginId>().unwrap(), id);
        assert_eq!(id.to_string().len(), 32);
        assert_eq!(id.as_bytes().len(), 20);
    }
}

#[test]
fn login_ids_sort_by_age_as_bytes_and_as_text() {
    let earlier = LoginId::fresh(NOON);
    let later = LoginId::fresh(NOON + time::Duration::milliseconds(1));
    assert!(earlier < later);
    assert!(earlier.to_string() < later.to_string());
    assert_ne!(LoginId::fresh(NOON), LoginId::fresh(NOON));
}

#[test]
fn a_login_id_has_one_spelling() {
    let id = LoginId::fresh(NOON).to_string();
    for bad in [String::new(), id.to_uppercase(), id[1..].to_owned(), format!("{id}0"), format!("{}u", &id[..31])] {
        assert!(bad.parse::<LoginId>().is_err(), "{bad}");
    }
    assert!("é".repeat(16).parse::<LoginId>().is_err());
}

#[test]
fn a_reference_code_can_be_read_out_and_spells_no_word() {
    for _ in 0..1000 {
        let code = ReferenceCode::fresh();
        let letters = code.as_str().strip_prefix("V-").unwrap();
        assert_eq!(letters.len(), 8);
        assert!(!letters.contains(['A', 'E', 'I', 'O', 'U', 'Y', 'L', '0', '1']), "{code}");
    }
    let codes: std::collections::BTreeSet<_> = (0..1000).map(|_| ReferenceCode::fresh().to_string()).collect();
    assert_eq!(codes.len(), 1000);
}

#[test]
fn a_reference_code_is_read_however_a_person_types_it() {
    let code = ReferenceCode::read("V-BCDF2345").unwrap();
    for typed in [
        "bcdf2345",
        "v-bcdf2345",
        " V-BCDF2345\n",
        "BCDF2345",
        "V-BCDF2345.",
        "\"v-bcdf2345\",",
        "Code: V-BCDF2345 (please tell them)",
        "V\u{2011}BCDF2345",
        "V-BCDF2345 V-BCDF2345",
    ] {
        assert_eq!(ReferenceCode::read(typed), Some(code.clone()), "{typed:?}");
    }
    for wrong in ["", "V-", "V-BCDF234", "V-BCDF23456", "V-ACDF2345", "V-BCDF2345 V-BCDF2346", "V-BCDF234é", "' OR 1=1"]
    {
        assert_eq!(ReferenceCode::read(wrong), None, "{wrong:?}");
    }
}
