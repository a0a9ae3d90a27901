//! Tests of secrets, the master key and sealing.

use super::{MasterKey, Purpose, Secret, UnsealError, constant_time_eq};

const PURPOSES: [Purpose; 3] = [Purpose::PendingLogin, Purpose::State, Purpose::SigningKey];

// C56
#[test]
fn a_secret_never_appears_in_debug_output() {
    let secret = Secret::new("hunter2".to_owned());
    assert_eq!(format!("{secret:?} {secret:#?}"), "… …");
    assert_eq!(format!("{:?}", Some(&secret)), "Some(…)");
    let key = MasterKey::fresh();
    let written = key.write();
    let seen = format!("{key:?} {written:?} {:?}", key.sealer(Purpose::State));
    assert!(!seen.contains(written.expose().as_str()), "{seen}");
}

#[test]
fn secrets_are_equal_only_byte_for_byte() {
    assert!(constant_time_eq(b"", b"") && constant_time_eq(b"abc", b"abc"));
    assert!(
        !constant_time_eq(b"abc", b"abd")
            && !constant_time_eq(b"abc", b"ab")
            && !constant_time_eq(b"", b"a")
            && !constant_time_eq(b"abc", b"ABC")
    );
}

#[test]
fn a_master_key_is_read_as_it_was_written() {
    let key = MasterKey::fresh();
    let line = format!("{}\n", key.write().expose());
    let again = MasterKey::read(&line).unwrap();
    assert_eq!(again.write().expose(), key.write().expose());
    let sealed = key.sealer(Purpose::State).seal(b"plain", b"");
    assert_eq!(again.sealer(Purpose::State).open(&sealed, b"").unwrap(), b"plain");
}

#[test]
fn base64_as_other_programs_print_it_is_a_master_key() {
    let ours = "-_".repeat(21) + "8";
    let standard = "+/".repeat(21) + "8=";
    for text in [&standard, standard.trim_end_matches('='), &format!("{ours}="), &format!("{standard}\n")] {
        assert_eq!(MasterKey::read(text).unwrap().write().expose(), &ours);
    }
}

#[test]
fn a_text_that_is_not_32_bytes_of_base64_is_refused_with_the_command_that_makes_a_key() {
    let good = "A".repeat(43);
    assert!(MasterKey::read(&good).is_ok());
    let hexadecimal = "0f".repeat(32);
    // Its last character sets bits that no writer sets: one key has one spelling.
    let unset_bits = format!("{}B", &good[1..]);
    let longer = [format!("{good}A"), format!("{good}=="), "+".repeat(43), hexadecimal];
    for bad in ["", "=", &good[1..], &unset_bits].into_iter().chain(longer.iter().map(String::as_str)) {
        let why = MasterKey::read(bad).unwrap_err().to_string();
        assert!(why.ends_with("; `openssl rand -base64 32` prints one"), "{bad:?}: {why}");
    }
}

// C29
#[test]
fn a_text_sealed_for_one_purpose_does_not_open_for_another() {
    let key = MasterKey::fresh();
    for (at, purpose) in PURPOSES.into_iter().enumerate() {
        let sealed = key.sealer(purpose).seal(b"plain", b"bound");
        for (other_at, other) in PURPOSES.into_iter().enumerate() {
            let opened = key.sealer(other).open(&sealed, b"bound");
            assert_eq!(opened.is_ok(), at == other_at, "{purpose:?} opened as {other:?}");
        }
    }
}

// C29
#[test]
fn a_text_bound_to_one_login_does_not_open_for_another() {
    let ours = MasterKey::fresh().sealer(Purpose::PendingLogin);
    let sealed = ours.seal(b"plain", b"login 1");
    assert_eq!(ours.open(&sealed, b"login 1").unwrap(), b"plain");
    for other in [&b"login 2"[..], b"login 1 ", b"login", b""] {
        assert_eq!(ours.open(&sealed, other), Err(UnsealError));
    }
}

// C2
#[test]
fn a_text_sealed_with_another_master_key_does_not_open() {
    let sealed = MasterKey::fresh().sealer(Purpose::State).seal_json(&"plain", b"");
    let opened = MasterKey::fresh().sealer(Purpose::State).open_json::<String>(&sealed, b"");
    assert_eq!(opened, Err(UnsealError));
}

// C2, C57
#[test]
fn a_changed_or_cut_text_does_not_open() {
    let ours = MasterKey::fresh().sealer(Purpose::State);
    let sealed = ours.seal(b"plain", b"");
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            assert_eq!(ours.open(&changed, b""), Err(UnsealError), "bit {bit} of byte {at}");
        }
        assert_eq!(ours.open(&sealed[..at], b""), Err(UnsealError), "cut to {at} bytes");
    }
    assert_eq!(ours.open(&[sealed.as_slice(), b"x"].concat(), b""), Err(UnsealError));
}

// C2: if a state had two spellings, using one of them would not use up the other
#[test]
fn a_sealed_text_has_one_spelling() {
    let ours = MasterKey::fresh().sealer(Purpose::State);
    // 12 + 1 + 16 bytes: the last character has unused bits.
    let text = ours.seal_json(&1, b"bound");
    assert_eq!(ours.open_json::<u8>(&text, b"bound"), Ok(1));
    let twins = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars();
    let opened = twins.filter(|last| {
        let twin = format!("{}{last}", &text[..text.len() - 1]);
        ours.open_json::<u8>(&twin, b"bound").is_ok()
    });
    assert_eq!(opened.count(), 1);
    for bad in [format!("{text}="), format!("{text}\n"), format!(" {text}"), String::new(), "%".into(), "é".into()] {
        assert_eq!(ours.open_json::<u8>(&bad, b"bound"), Err(UnsealError), "{bad:?}");
    }
}

#[test]
fn sealing_a_text_twice_gives_different_results() {
    let sealer = MasterKey::fresh().sealer(Purpose::State);
    assert_ne!(sealer.seal(b"plain", b""), sealer.seal(b"plain", b""));
}

// C56: names under which attempts are counted may be passwords
#[test]
fn a_code_is_the_same_only_for_the_same_texts_and_key() {
    let (master, other) = (MasterKey::fresh(), MasterKey::fresh());
    let mac_key = master.mac_key(Purpose::LoginThrottle);
    assert_eq!(mac_key.mac(&["uni", "ada"]), master.mac_key(Purpose::LoginThrottle).mac(&["uni", "ada"]));
    for texts in [&["uniada"][..], &["un", "iada"], &["uni", "ada", ""], &["ada", "uni"], &[]] {
        assert_ne!(mac_key.mac(texts), mac_key.mac(&["uni", "ada"]), "{texts:?}");
    }
    assert_ne!(mac_key.mac(&["ada"]), other.mac_key(Purpose::LoginThrottle).mac(&["ada"]));
    assert_ne!(mac_key.mac(&["ada"]), master.mac_key(Purpose::State).mac(&["ada"]));
}
