//! Tests of a start without an app: where it may lead, and its other parameters.

use proptest::prelude::*;

use super::{OWN_PAGE_PARAMETERS, OwnPageRequest};
use crate::base::urls::PublicUrl;
use crate::signin::arrive::return_to::InvalidReturnTo::{self, AnotherSite, Fragment, Misleading, NotAPath};
use crate::signin::arrive::return_to::ReturnTo;
use crate::signin::arrive::{HINTS, Preferences, Prompt, StartRefused};
use crate::signin::samples::{query, uni};

fn public_url() -> PublicUrl {
    "https://auth.example.org:8443".parse().unwrap()
}

fn start(parameters: &[(&str, &str)]) -> Result<OwnPageRequest, StartRefused> {
    OwnPageRequest::read(&query(parameters), &public_url())
}

fn leads_to(return_to: &str) -> Result<String, StartRefused> {
    start(&[("return_to", return_to)]).map(|request| request.leads_to().to_owned())
}

#[test]
fn a_start_keeps_every_value_and_makes_the_same_query_again() {
    let parameters = [
        ("return_to", "/account/methods?add=uni"),
        ("provider", "uni"),
        ("login_hint", "dee@example.edu"),
        ("prompt", "login"),
        ("ui_locales", "fr de"),
    ];
    let request = start(&parameters).unwrap();
    assert_eq!(request.leads_to(), "/account/methods?add=uni");
    let preferences = Preferences {
        provider: Some(uni()),
        login_hint: Some("dee@example.edu".into()),
        prompt: Prompt::Login,
        ui_locales: Some("fr de".into()),
    };
    assert_eq!(request.preferences, preferences);
    assert_eq!(request.parameters(), parameters);
}

#[test]
fn a_start_without_parameters_leads_to_the_persons_account() {
    for parameters in [&[][..], &[("return_to", "")], &[("state", "s"), ("location", "https://evil.example/")]] {
        let request = start(parameters).unwrap();
        assert_eq!((request.leads_to(), request.parameters()), ("/account", vec![]));
        assert_eq!(request.preferences, Preferences::default());
    }
}

#[test]
fn a_parameter_that_decides_is_refused_if_it_is_given_twice_or_is_too_long() {
    for name in OWN_PAGE_PARAMETERS.into_iter().filter(|name| !HINTS.contains(name)) {
        assert_eq!(start(&[(name, "/a"), (name, "/a")]), Err(StartRefused::Repeated(name)));
        assert_eq!(start(&[(name, ""), (name, "/a")]), Err(StartRefused::Repeated(name)));
        let limit = if name == "return_to" { 512 } else { 256 };
        let too_long = format!("/{}", "a".repeat(limit));
        assert_eq!(start(&[(name, &too_long)]), Err(StartRefused::TooLong { name, limit }));
    }
    assert_eq!(leads_to(&format!("/{}", "a".repeat(511))).unwrap().len(), 512);
    for name in HINTS {
        assert_eq!(start(&[(name, "a"), (name, "b")]).unwrap().parameters(), vec![], "{name}");
    }
}

#[test]
fn a_start_shows_pages_so_it_takes_no_prompt_none() {
    for word in ["none", "LOGIN", "consent", "login none"] {
        assert_eq!(start(&[("prompt", word)]), Err(StartRefused::PromptOfOwnPage), "{word}");
    }
    for word in ["login", "select_account", "login_without_proof", "login_for_another_account"] {
        assert_eq!(start(&[("prompt", word)]).unwrap().parameters(), [("prompt", word)]);
    }
    assert_eq!(start(&[("provider", "Uni!")]), Err(StartRefused::UnknownProviderHere));
}

// C35
#[test]
fn a_path_of_ours_is_kept_with_its_query() {
    for path in
        ["/", "/account", "/account/methods?add=uni&fresh=1", "/auth/notes?room=a%2Fb", "/a//b", "/?next=//x", "/@b"]
    {
        assert_eq!(leads_to(path).as_deref(), Ok(path));
    }
    // As a URL parser writes them.
    for (path, written) in [
        ("/account/../link", "/link"),
        ("/./account", "/account"),
        ("/caf\u{e9}?a=\u{e9}", "/caf%C3%A9?a=%C3%A9"),
        ("/a b?c d", "/a%20b?c%20d"),
        ("/a\u{202e}b", "/a%E2%80%AEb"),
    ] {
        assert_eq!(leads_to(path).as_deref(), Ok(written));
    }
}

const HOSTILE: [(&str, InvalidReturnTo); 44] = [
    ("https://evil.example/", NotAPath),
    ("https://auth.example.org:8443/account", NotAPath),
    ("http:evil.example", NotAPath),
    ("https:/evil.example", NotAPath),
    ("javascript:alert(1)", NotAPath),
    ("data:text/html,x", NotAPath),
    ("account", NotAPath),
    ("?a=b", NotAPath),
    ("#account", NotAPath),
    ("@evil.example", NotAPath),
    (".evil.example", NotAPath),
    (" /account", NotAPath),
    ("\u{a0}//evil.example", NotAPath),
    ("\t//evil.example", NotAPath),
    ("\\\\evil.example", NotAPath),
    ("\\/evil.example", NotAPath),
    ("%2f%2fevil.example", NotAPath),
    ("\u{ff0f}\u{ff0f}evil.example", NotAPath),
    ("//evil.example", AnotherSite),
    ("//evil.example/account", AnotherSite),
    ("///evil.example", AnotherSite),
    ("////evil.example", AnotherSite),
    ("//auth.example.org:8443/account", AnotherSite),
    ("//auth.example.org:8443@evil.example/", AnotherSite),
    ("//[::1]/", AnotherSite),
    ("//", AnotherSite),
    ("/..//evil.example", AnotherSite),
    ("/../%2fevil.example", AnotherSite),
    ("/%2e%2e/%2F/evil.example", AnotherSite),
    ("/.//evil.example", AnotherSite),
    ("/a/..//evil.example", AnotherSite),
    ("/%2e%2e//evil.example", AnotherSite),
    ("/%2e//evil.example", AnotherSite),
    ("/%2fevil.example", AnotherSite),
    ("/%2F%2Fevil.example", AnotherSite),
    ("/\\evil.example", Misleading),
    ("/\\/evil.example", Misleading),
    ("/%5cevil.example", Misleading),
    ("/a?b=\\evil", Misleading),
    ("/\t/evil.example", Misleading),
    ("/\n/evil.example", Misleading),
    ("/%09/evil.example", Misleading),
    ("/a%0d%0aLocation:%20https://evil.example", Misleading),
    ("/account#top", Fragment),
];

// C35
#[test]
fn nothing_that_leads_elsewhere_is_a_path_of_ours() {
    for (given, why) in HOSTILE {
        assert_eq!(leads_to(given), Err(StartRefused::InvalidReturnTo(why)), "{given:?}");
    }
}

/// What a browser opens for a redirect to `reference` on one of our pages.
fn opened(reference: &str) -> url::Url {
    url::Url::parse(public_url().as_str()).unwrap().join(reference).unwrap()
}

/// Text of the pieces that browsers, proxies and parsers read in different ways.
fn tricky_path() -> impl Strategy<Value = String> {
    const OFTEN: [&str; 8] = ["/", "/", "/", ".", ".", "..", "%2e", "evil.example"];
    let pieces = ["/", "\\", ".", ":", "@", "?", "#", "a", " ", "\t", "\n", "[", "]", "\u{e9}", "\u{ff0f}"];
    let encoded = ["%2f", "%2F", "%5c", "%5C", "%2e", "%2E", "%09", "%25", "evil.example", "localhost:80"];
    let piece = prop_oneof![prop::sample::select(&OFTEN), prop::sample::select([&pieces[..], &encoded[..]].concat())];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    // C35
    #[test]
    fn what_is_accepted_leads_to_our_origin(given in tricky_path()) {
        if let Ok(accepted) = ReturnTo::parse(&given, &public_url()) {
            let path = accepted.as_str();
            prop_assert!(path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\"), "{}", path);
            prop_assert!(path.bytes().all(|byte| (0x21..=0x7e).contains(&byte)), "{}", path);
            for reference in [path, &given] {
                prop_assert_eq!(opened(reference).origin(), public_url().origin().clone());
            }
            // What was accepted is accepted again, in the same words: "Start again" repeats it.
            prop_assert_eq!(ReturnTo::parse(path, &public_url()), Ok(accepted.clone()));
        }
    }

    // C35
    #[test]
    fn any_text_that_is_accepted_leads_to_our_origin(given in any::<String>()) {
        for given in [given.clone(), format!("/{given}")] {
            if let Ok(accepted) = ReturnTo::parse(&given, &public_url()) {
                prop_assert_eq!(opened(accepted.as_str()).origin(), public_url().origin().clone());
            }
        }
    }
}
