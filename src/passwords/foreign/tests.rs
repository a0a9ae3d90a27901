//! Hashes that other programs made. A comment names the program.

use super::{ForeignHash, UnsupportedHash, is_hash, may_hold_hash, recognise};

/// The password of most of these hashes.
const PASSWORD: &str = "correct horse";
const NOT_ASCII: &str = "pässwörd €";

#[rustfmt::skip]
const OF_PASSWORD: [(&str, &str); 43] = [
    // crypt(3) of libxcrypt 4.4.33
    ("MD5-crypt", "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80"),
    ("SHA-crypt", "$5$rounds=1400$anotherlongsalts$0KT8xKdzAzHA/GLeLkewBNfWJasAb9.GxP2bbi2wnX1"),
    ("SHA-crypt", "$6$$6LUofpTKYGJWmsxkYcfhDE9wD283B.yVCb5N1sauapb401RaE4WCRGITJhyCTMm1Vn0P9o4AW6q0BRXpOJZc9."),
    ("bcrypt", "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"),
    // openssl passwd 3.0
    ("MD5-crypt", "$1$xyz$VlPelr.7s56Oe59bia2BU."),
    ("MD5-crypt", "$apr1$xyz$d4P0ibuCEA5lkDozDZz320"),
    ("SHA-crypt", "$5$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC"),
    ("SHA-crypt", "$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/\
                   "),
    // mkpasswd 5.5, with Debian's own cost and others
    ("yescrypt", "$y$j9T$l09eKr2lXOLQfBBy3TByP.$ieHSrA1dbmVEZSMSo4pO1A/xewjTa43Kd.LmAJUV7R8"),
    ("yescrypt", "$y$j75$xB./yASPBmQvddEuKvX65/$Y/.Rm4PGKOfVCYloWGuVlLBQm93jEElGq0R/22fP.Q3"),
    ("yescrypt", "$y$jAT$z54g5m1z4DXQIvdsW76lU.$OiK5P85dtNYqI1bjf6Ra.4zTmjNh9IC08q.VuxlMxX3"),
    // htpasswd 2.4
    ("bcrypt", "$2y$05$SxtZUU7ucyoIJKca/DTdruW6wYucO5CWZclj2UQo1cuTb0PwzFa0."),
    // slappasswd 2.5
    ("SHA-crypt", "{CRYPT}$6$IAv2aEfU$7nPwQrGQJNjc5cHmUtw4wiBF8pyZh7WdIpJdl4JNEbVPIac8DzNMvh3SwZ.CWB.Lkl0wPbHA1hu3uKNM4\
                   zQXx."),
    // Passlib 1.7.4
    ("PBKDF2", "$pbkdf2$1000$QIixdk6JESLk3Pvfm1OqNQ$7eBSBG0HKXNvm.BjvihE3zyd3yk"),
    ("PBKDF2", "$pbkdf2-sha256$1000$G6NUKiVkzNkbA.B8r9V6zw$Ed7TizpUPjhN3JlsB9xCjzvIft14pi9UJ1BGVAN.QfM"),
    ("PBKDF2", "$pbkdf2-sha512$1000$bo2x9l7rPad0zvnfew9hrA$amlhYmxJb7SVQdsrJZhMrdCJ2OVzhKmps87WcSXGdjp81gDhCY2TkrnxtDu9\
                uBQHskmdQCl1E9sBpIWK6ekRaw"),
    ("PBKDF2", "{PBKDF2}1000$8/4fAyDkXMtZa01prVXKuQ$C.9s0sppQ9B.xiMMTZoETA8tnbI"),
    ("PBKDF2", "{PBKDF2-SHA256}1000$tbZWas15r/VeC.H8X2uN8Q$DxD/FOhgkguqzjw.wh2rIIKb/Bfgk8Oq7CJf0h/RXe0"),
    ("PBKDF2", "{PBKDF2-SHA512}1000$ttZaa22N0do7h9B6jzFm7A$5Sx2o7wgZhYXotwiiwrtnseg2RgRv9dEgDzWdhmgaGBbWLT25Dg3YVQHzXGZ\
                gxy1DQTmNqubZbuqQ5pDW8xH7w"),
    ("{SSHA}", "{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW"),
    ("{SSHA256}", "{ssha256}OqFSvUiilKY85259DlqGSYwLqhJTcnBaXmiG+iRkuKc15lyrtZYSog=="),
    ("{SSHA512}", "{SSHA512}tJQCwbXpUzHVm77lg4zeD/4f6lTTb2R+QXmyJuJLuXH9xew9TlalST2gSmWMGOIix1QFW1IE2q7Q2GDSGPMtn/z/P4d\
                   QCuFc"),
    ("bcrypt", "bcrypt_sha256$$2b$05$lixbXwpz9fu8kWhyCcC2EO2AT0Jd5NCEfW8onQ1p2MUCXgp5KnlyK"),
    ("scrypt", "$scrypt$ln=10,r=8,p=1$yXlvjZFSynlPSYmR0jpHCA$DqK2/CrmyrqAs6HPCIdLk4geu6gvtArppqaQO+wdi5g"),
    ("argon2", "$argon2id$v=19$m=64,t=2,p=2$XytFqFWq9R4DIETI+V8rhQ$Bsoi13BrZVOXWGk6QWo5fgMYe6qJuHSKmTAS8juZkhA"),
    // argon2-cffi 25.1: all kinds, and the previous version
    ("argon2", "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$rB84JT5z5pR7npjABPWWPmhej9GHFq2J2QtVNJPtUE0"),
    ("argon2", "$argon2d$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$vm9PBKKXIFC2hCDr+bLmQRD8t/tl1f7SeTHOSs4mWuo"),
    ("argon2",
        "{ARGON2}$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$uL2hQzJmxaz0Tfm2KK6uNjA0+UvbrHBEBwVmJYrNXCE"),
    ("argon2", "$argon2i$v=16$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$1Z2Yard74fm6b7ad3ZXPpY9ZFBZ56e0Td+ZQ0ZTn2S8"),
    ("argon2", "$argon2i$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$1Z2Yard74fm6b7ad3ZXPpY9ZFBZ56e0Td+ZQ0ZTn2S8"),
    // Django
    ("PBKDF2", "pbkdf2_sha256$1000$saltySalt12$/o3M2Sho7LI+xjXyO8Bj9tgK23o3tFp9o4iLnvUTfVk="),
    ("PBKDF2", "pbkdf2_sha1$1000$qaSAPlZBdq1O$vA81vQBaBxnpGaLJCtQ2fqPq7W4="),
    ("scrypt", "scrypt$1024$saltySalt12$8$5$RR8wr4/QItUI8rMZ1qOoypWf8LRYRXYJvGnXcr4L3O6BQ7YbiKGubt6VpiHqEPMh6zPjoEd3eWg\
                RcxbDDcsTCg=="),
    ("argon2", "argon2$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$uL2hQzJmxaz0Tfm2KK6uNjA0+UvbrHBEBwVmJYrNXCE"),
    // Werkzeug
    ("scrypt", "scrypt:1024:8:1$Pvfeu5GgPFi6cFRn$e8c13788c756b8b3c121a2ad8ff58c66691fa92d85c493b7f3677e8118825704233ebc\
                456eb9bce4edb1679583a21173ddeef819163b0b22deb55c5215061a46"),
    ("PBKDF2", "pbkdf2:sha256:1000$ZLwQswhgw9QbEbSf$49b4c8697bcdd99dc3fc2fb1104fb3cf39851b2733318bc63e4392fff02cca9d"),
    // Galène's form, its key by Python's hashlib
    (
        "PBKDF2",
        concat!(
            r#"{"type":"pbkdf2","hash":"sha-256","#,
            r#""key":"99a8f5a5e8e01c3c061e776bcdc7ebfbd033168f3ca9363724bf55449245a272","#,
            r#""salt":"0102030405060708","iterations":4096}"#
        ),
    ),
    ("bcrypt", r#"{"type": "bcrypt", "key": "$2y$05$SxtZUU7ucyoIJKca/DTdruW6wYucO5CWZclj2UQo1cuTb0PwzFa0."}"#),
    // 389 Directory Server's and Dovecot's forms, by Python's hashlib
    ("PBKDF2", "{PBKDF2_SHA256}AAAAZAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9\
                Pj+2ePxWXjOx48e6DR3v9rT8Sa/c/S6PWZ4bUuItewA9AEQ0Ipbiji+xJ7pAyLk84nEwnxuBU8It2uayL5ObCZHCbyaHPJ4uZwVoxjj\
                go7E0WBA6YTdViNd3iQiRb0tSbpV5zFSw4/xq2glrdwKpTE3CgJgDO08/Z0gGX1/6whGAVEZpGCTU6Sd0/FfkkvKrEdNx03gyDrHUQY\
                HM7p89AHV0S7PWIff966l7ERyu6PtQMZBGioeoXjouaW6RQ/fAOtBhICNf/r25CguJwyzIWeQ60ECmSQrvcenFDkL09K4hL/NhJqMXd\
                rP1ZS7coL2UwfOBvpQJDVwcIN69s8j9vyqq"),
    ("PBKDF2", "{PBKDF2}$1$saltySalt12$1000$4b966a510d25b431ae0dd469a28d855d6336a704"),
    ("{SSHA256}", "{SSHA256.HEX}61f95570e32cea4eed6c69106d03559fafde8409d401596d88b3ca1c15868b6b73616c7473616c74"),
    ("{SSHA512}", "{ssha512.b64}50rsRNBf8j3I5xE+QwaHdFyMhOzITssZ8BB3UxwQ+SI1JKygYm6ZeRYTDuUyFZIIqDonoTuXwB0Z/MAPhgQCFHN\
                   hbHRzYWx0"),
    ("MD5-crypt", "{MD5}$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80"),
];

#[rustfmt::skip]
const OF_NOT_ASCII: [&str; 4] = [
    "$1$saltsalt$BCnFYBlTD5LGL8V6/LtMc0",
    "$6$rounds=1000$short$5PMmzQV7i8ANcJwuRA698OffF4rpgGw/lRuyn5XabaMm4MnNUi3mO3vJEWtvTlI/vE.CEOaG1itx8uzuM5n6c.",
    "$y$j9T$Ak8rBdEXi9HpFDP2ess7k1$ykiRNAGKm9atchvm5lN22fxPi21gj8Xe7MIwL94laeA",
    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.a9MeHAB6wWWF48to3nd78PLrs6BFBci",
];

fn foreign(hash: &str) -> ForeignHash {
    recognise(hash).unwrap_or_else(|why| panic!("{hash}: {why}"))
}

fn refused(hash: &str) -> UnsupportedHash {
    match recognise(hash) {
        Ok(foreign) => panic!("{hash} is accepted as {foreign:?}"),
        Err(why) => why,
    }
}

#[test]
fn hashes_of_other_programs_match_only_their_password() {
    for (scheme, hash) in OF_PASSWORD {
        let foreign = foreign(hash);
        assert_eq!(foreign.scheme(), scheme, "{hash}");
        assert!(foreign.verify(PASSWORD), "{hash}");
        for wrong in ["", "correct horsE", "correct horse ", "correct hors", " correct horse"] {
            assert!(!foreign.verify(wrong), "{hash} takes {wrong:?}");
        }
    }
}

#[test]
fn non_ascii_passwords_match_in_every_unicode_form() {
    for hash in OF_NOT_ASCII {
        let foreign = foreign(hash);
        assert!(foreign.verify(NOT_ASCII), "{hash}");
        assert!(foreign.verify("pa\u{308}sswo\u{308}rd €"), "{hash}");
        assert!(!foreign.verify("password €"), "{hash}");
    }
}

// C41
#[test]
fn a_password_longer_than_bcrypt_reads_never_matches_by_its_beginning() {
    let longest = foreign("$2b$05$abcdefghijklmnopqrstuujf8SX2ahXLwp9w/B.Y5XdysS6yR576q");
    assert!(longest.verify(&"x".repeat(72)), "64 characters and more are accepted");
    assert!(!longest.verify(&"x".repeat(73)));
    assert!(!longest.verify(&"x".repeat(71)));
}

// C41
#[test]
fn crypt_reads_a_long_password_to_its_end_and_never_matches_one_over_its_limit() {
    let hash = "$6$long$RTZRAtTLWgpadPx5OeOFsuzafa7m3kN6Wg1my.cQOn3qjpHNj9LywSoA.kJYKMP.BhjKdF5OZsCM58Vsx983f/";
    assert!(foreign(hash).verify(&"x".repeat(200)));
    assert!(!foreign(hash).verify(&"x".repeat(201)));
    assert!(!foreign(hash).verify(&"x".repeat(4_000)));
}

#[test]
fn an_unsalted_or_unknown_hash_is_refused_with_the_reason() {
    for hash in
        ["{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{MD5}X03MO1qnZdYdgyfeuILPmQ==", "5f4dcc3b5aa765d61d8327deb882cf99"]
    {
        assert!(matches!(refused(hash), UnsupportedHash::Unsalted(_)), "{hash}");
    }
    assert!(
        matches!(refused("{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="), UnsupportedHash::Unsalted(_)),
        "no salt after the digest"
    );
    assert!(matches!(refused("abhfCpXqd4GrI"), UnsupportedHash::Broken(_)), "DES");
    assert!(matches!(refused(r#"{"type":"plain","key":"correct horse"}"#), UnsupportedHash::Plaintext(_)));
    assert!(matches!(refused("{CLEARTEXT}correct horse"), UnsupportedHash::Plaintext(_)));
    assert_eq!(refused("correct horse"), UnsupportedHash::Unknown);
    assert_eq!(refused("{CRYPT}{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW"), UnsupportedHash::Unknown);
    assert_eq!(refused("  "), UnsupportedHash::Empty);
    for hash in ["!", "*", "!$y$j9T$l09eKr2lXOLQfBBy3TByP.$ieHSrA1dbmVEZSMSo4pO1A/xewjTa43Kd.LmAJUV7R8"] {
        assert_eq!(refused(hash), UnsupportedHash::Locked, "{hash}");
    }
    // mkpasswd: gost-yescrypt and scrypt of crypt(3)
    let gost = "$gy$j9T$7jKT2M2BbuOnPVp50GKVX0$FwgyOgSXmEaeY6wD.sAJxzrgdVQayla.rummQG1.O74";
    assert!(matches!(refused(gost), UnsupportedHash::UnsupportedScheme(_)));
}

#[test]
fn nextclouds_hashes_are_those_of_php_after_a_number() {
    let of = |scheme: &str, prefix: &str| {
        let (_, hash) = OF_PASSWORD.iter().find(|(_, hash)| hash.starts_with(scheme)).unwrap();
        format!("{prefix}{hash}")
    };
    for hash in [of("$2", "1|"), of("$argon2i", "2|"), of("$argon2id", "3|")] {
        assert!(foreign(&hash).verify(PASSWORD), "{hash}");
        assert!(!foreign(&hash).verify("another"), "{hash}");
    }
    assert_eq!(refused("3|correct horse"), UnsupportedHash::Unknown);
}

#[test]
fn each_refused_scheme_is_named_in_the_message() {
    for (hash, expected) in [
        ("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "a hash of MySQL has no salt"),
        ("$A$005$4:b\u{1}x\u{7}KqLR}4\"e8MWQFGYpWzTAVTOP2BfGG1tn", "caching_sha2_password of MySQL 8 ($A$) is not"),
        ("{SHA256}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{SHA256} has no salt"),
        ("{SHA512.hex}00", "{SHA512} has no salt"),
        ("{PLAIN-MD5}5f4dcc3b5aa765d61d8327deb882cf99", "{MD5} has no salt"),
        ("{SCRAM-SHA-256}4096,c2FsdA==,a,b", "{SCRAM-SHA-…} is not supported"),
        ("{CRAM-MD5}9186d855e11eba527a7a52748aa17c5d", "{CRAM-MD5} is not supported"),
        ("{SASL}ada@EXAMPLE.EDU", "{SASL} says that the hash is kept elsewhere"),
        ("x", "the x of /etc/passwd says that the hash is kept elsewhere"),
        ("{SSHA256.HEX}zz", "{SSHA256}: it is not hexadecimal"),
        ("{SSHA256.zip}zz", "not a hash of a known form"),
        ("{PBKDF2_SHA256}AAAA", "PBKDF2: it does not have the parts"),
        ("$P$B12345678abcdefghijklmnopqrstuv", "phpass ($P$) is not supported"),
        ("0x0200F00D", "a hash of SQL Server is not supported"),
    ] {
        let why = refused(hash).to_string();
        assert!(why.contains(expected), "{hash}: {why}");
    }
}

#[test]
fn a_hash_that_takes_minutes_or_gigabytes_is_refused() {
    let salt_and_key = "c29tZXNhbHRzb21lc2FsdA$uL2hQzJmxaz0Tfm2KK6uNjA0+UvbrHBEBwVmJYrNXCE";
    let costly = [
        "$2b$15$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2".to_owned(),
        "$2b$31$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2".to_owned(),
        format!("$argon2id$v=19$m=4194304,t=1,p=1${salt_and_key}"),
        format!("$argon2id$v=19$m=65536,t=4294967295,p=1${salt_and_key}"),
        format!("$scrypt$ln=20,r=8,p=1${salt_and_key}"),
        format!("$scrypt$ln=14,r=8,p=1000${salt_and_key}"),
        format!("$scrypt$ln=31,r=4294967295,p=4294967295${salt_and_key}"),
        format!("$pbkdf2-sha256$4294967295${salt_and_key}"),
        format!("$5$rounds=999999999$salt${}", "a".repeat(43)),
        "$y$jFT$l09eKr2lXOLQfBBy3TByP.$ieHSrA1dbmVEZSMSo4pO1A/xewjTa43Kd.LmAJUV7R8".to_owned(),
    ];
    for hash in costly {
        assert!(matches!(refused(&hash), UnsupportedHash::TooCostly { .. }), "{hash}: {}", refused(&hash));
    }
}

#[test]
fn a_cut_off_hash_is_refused_or_matches_nothing_and_no_message_shows_it() {
    for (_, hash) in OF_PASSWORD.iter().filter(|(scheme, _)| !scheme.contains("yescrypt")) {
        for (end, _) in hash.trim_end_matches('=').char_indices() {
            let message = match recognise(&hash[..end]) {
                Ok(cut) => {
                    // A shorter derived key is the beginning of a longer one. It is accepted if 16 bytes are left.
                    let derived = ["PBKDF2", "scrypt"].contains(&cut.scheme());
                    assert!(derived || !cut.verify(PASSWORD), "{} of {hash}", &hash[..end]);
                    continue;
                }
                Err(why) => why.to_string(),
            };
            let secret = &hash[hash.len() - 12..];
            assert!(!message.contains(secret), "{message}");
        }
        assert!(!format!("{:?}", foreign(hash)).contains(&hash[hash.len() - 8..]));
    }
}

#[test]
fn a_damaged_hash_is_reported_with_one_cause() {
    let argon = |salt: &str, digest: &str| format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${digest}");
    let galene = |hash: &str, key: &str, salt: &str| {
        format!(r#"{{"type":"pbkdf2","hash":"{hash}","key":"{key}","salt":"{salt}","iterations":4096}}"#)
    };
    let (salt, digest, hex) = ("YWJjZGVmZ2g", "YWJjZGVmZ2hhYmNkZWZnaA", "00".repeat(32));
    for (hash, cause) in [
        (argon("!", digest), "its salt is not base64"),
        (argon(salt, "!"), "its digest is not base64"),
        (argon("YWJj", digest), "its salt is shorter than 8 bytes"),
        (argon(&"YWJj".repeat(22), digest), "its salt is longer than 64 bytes"),
        (argon(salt, "YWJj"), "its digest is shorter than 16 bytes"),
        (argon(salt, &"YWJj".repeat(22)), "its digest is longer than 64 bytes"),
        (galene("sha-512", &hex, "00"), "its hash is not sha-256"),
        (galene("sha-256", "x", "00"), "its key is not hexadecimal"),
        (galene("sha-256", &hex, "x"), "its salt is not hexadecimal"),
        (galene("sha-256", "00", "00"), "its key is shorter than 16 bytes"),
        (galene("sha-256", &hex.repeat(9), "00"), "its key is longer than 256 bytes"),
        (galene("sha-256", &hex, &"00".repeat(1025)), "its salt is longer than 1024 bytes"),
    ] {
        let UnsupportedHash::Damaged { what, .. } = refused(&hash) else { panic!("{hash}") };
        assert_eq!(what, cause, "{hash}");
    }
}

#[test]
fn no_text_after_a_prefix_makes_a_reader_panic() {
    let tails =
        ["", "$", "$$", "$$$", "$$$$", "$$$$$", "}", ":::", "$ä$ö$ü", "$v=19$m=1,t=1,p=1$$", "$rounds=$a$b", "$\u{0}$"];
    for (prefix, _) in super::READERS_BY_PREFIX {
        for tail in tails {
            if let Ok(foreign) = recognise(&format!("{prefix}{tail}")) {
                assert!(!foreign.verify(PASSWORD), "{prefix}{tail}");
            }
        }
    }
}

#[test]
fn a_prefix_repeated_a_million_times_does_not_overflow_the_stack() {
    assert_eq!(recognise(&"{CRYPT}".repeat(1_000_000)).unwrap_err(), UnsupportedHash::Unknown);
    assert!(!is_hash(&"! ".repeat(1_000_000)));
}

#[test]
fn a_name_is_no_certain_hash_even_if_it_has_the_form_of_one() {
    for hash in ["$6$a$b", "!$6$a$b", "! *$6$a$b", "{SHA}x", "$P$x", "*0123456789abcdef0123456789abcdef01234567"] {
        assert!(is_hash(hash) && may_hold_hash(hash), "{hash}");
    }
    for name in ["mariagonzalez", "0123456789abcdef0123456789abcdef", "x", "!", "*ada", "$unknown$x"] {
        assert!(!is_hash(name) && may_hold_hash(name), "{name}");
    }
    assert!(["", "ada", "maria.gonzalez"].iter().all(|name| !is_hash(name) && !may_hold_hash(name)));
}

proptest::proptest! {
    #[test]
    fn any_text_after_a_prefix_is_read_or_refused(
        at in 0..super::READERS_BY_PREFIX.len(),
        name in "\\{[A-Za-z0-9_.-]{0,12}\\}",
        tail in "[$,=:.{}a-z0-9A-F+/ä-]{0,40}"
    ) {
        for prefix in [super::READERS_BY_PREFIX[at].0, &name] {
            let _read = recognise(&format!("{prefix}{tail}")).map_err(|why| why.to_string());
        }
    }
}
