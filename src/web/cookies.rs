//! Reads the `Cookie` header byte by byte, because another service on the same host may set cookies in any encoding.

use http::header::{COOKIE, HeaderMap};

/// The cookies of all `Cookie` lines, in their order. Those whose name or value is not visible ASCII are left out.
///
/// RFC 6265 §5.4 sends the cookies of every path and port of a host in one header, and browsers send values as raw
/// bytes. So the header is split first, and only a pair that can't be ours is skipped.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).filter_map(pair)
}

fn pair(bytes: &[u8]) -> Option<(&str, &str)> {
    let bytes = bytes.trim_ascii();
    if !bytes.iter().all(|byte| (0x20..=0x7e).contains(byte)) {
        return None;
    }
    let (name, value) = str::from_utf8(bytes).ok()?.split_once('=')?;
    Some((name.trim_end(), value.trim_start()))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::{COOKIE, HeaderValue};
    use proptest::collection::vec;
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    use super::cookies;

    fn read(lines: &[&[u8]]) -> Vec<(String, String)> {
        let lines = lines.iter().map(|line| (COOKIE, HeaderValue::from_bytes(line).unwrap()));
        let headers: HeaderMap = lines.collect();
        cookies(&headers).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn session_cookie() -> Vec<(String, String)> {
        vec![("__Host-vestibule".to_owned(), "id".to_owned())]
    }

    #[test]
    fn a_cookie_of_another_service_never_hides_ours() {
        for neighbour in ["city=Zürich", "city=Z\u{fc}", "Zürich", "=", "", "a", "a=b=c;;", "x=\"é; y=\"", "\u{202e}=1"]
        {
            for line in [format!("{neighbour}; __Host-vestibule=id"), format!("__Host-vestibule=id;{neighbour}")] {
                let mut found = read(&[line.as_bytes()]);
                found.retain(|(name, _)| name == "__Host-vestibule");
                assert_eq!(found, session_cookie(), "{line}");
            }
        }
        assert_eq!(read(&[b"city=Z\xfcrich; __Host-vestibule=id"]), session_cookie(), "Latin-1, as old sites send it");
        assert_eq!(read(&[b"city=Z\xfcrich", b"__Host-vestibule=id"]), session_cookie(), "in several lines");
    }

    #[test]
    fn spaces_around_a_cookie_are_not_part_of_it() {
        assert_eq!(read(&[b" __Host-vestibule = id \t"]), session_cookie());
        assert_eq!(read(&[b"a=b=c"]), [("a".to_owned(), "b=c".to_owned())]);
    }

    proptest! {
        #[test]
        fn a_cookie_is_found_among_any_bytes_and_none_is_invented(
            before in vec(any::<u8>(), 0..40),
            after in vec(any::<u8>(), 0..40),
            value in "[!-:<-~]{0,40}",
        ) {
            let line = [&before, b";our=".as_slice(), value.as_bytes(), b";", &after].concat();
            with_header_bytes(&line, |line| {
                let found = read(&[line]);
                assert!(found.contains(&("our".to_owned(), value.clone())), "{found:?}");
                let text = String::from_utf8_lossy(line);
                assert!(found.iter().all(|(name, value)| text.contains(name.as_str())
                    && text.contains(value.as_str())));
            });
        }

        // The oracle is the `cookie` crate, which reads ASCII headers.
        #[test]
        fn an_ascii_header_reads_as_in_the_cookie_crate(line in prop::string::string_regex("[ -~]{0,60}").unwrap()) {
            let other = cookie::Cookie::split_parse(line.as_str()).filter_map(Result::ok);
            let other: Vec<_> = other.map(|it| (it.name().to_owned(), it.value().to_owned())).collect();
            let mut found = read(&[line.as_bytes()]);
            found.retain(|(name, _)| !name.is_empty());
            prop_assert_eq!(found, other);
        }
    }

    /// Calls `then` without the bytes that no header can hold.
    fn with_header_bytes(line: &[u8], then: impl Fn(&[u8])) {
        let cleaned: Vec<u8> = line.iter().copied().filter(|byte| *byte >= 0x20 && *byte != 0x7f).collect();
        then(&cleaned);
    }
}
