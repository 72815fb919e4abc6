//! The origins that a publishable key lists.

/// Returns true if `origin`, as a browser sends it, is on the list.
///
/// Origins compare exactly: scheme, host and port. A listed
/// `https://*.example.com` is every name one level below `example.com`. The
/// opaque origin `null` is anybody's, and never listed. Those of apps and extensions,
/// such as `capacitor://localhost`, are like any other.
///
/// ```
/// use chat_sessions::access::origin::is_listed;
/// let list = ["https://a.example".to_owned(), "https://*.b.example:8443".to_owned()];
/// assert!(is_listed("https://a.example", &list));
/// assert!(is_listed("https://shop.b.example:8443", &list));
/// assert!(!is_listed("https://b.example:8443", &list));
/// assert!(!is_listed("https://new.shop.b.example:8443", &list));
/// assert!(!is_listed("null", &["null".to_owned()]));
/// ```
#[must_use]
pub fn is_listed(origin: &str, list: &[String]) -> bool {
    origin != "null" && list.iter().any(|listed| matches(origin, listed))
}

fn matches(origin: &str, listed: &str) -> bool {
    let (scheme, domain) = match listed.split_once('*') {
        Some((scheme, domain)) if domain.starts_with('.') => (scheme, domain),
        _ => return origin == listed,
    };
    let label = origin
        .strip_prefix(scheme)
        .and_then(|rest| rest.strip_suffix(domain));
    label.is_some_and(|label| {
        let is_of_a_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !label.is_empty() && label.bytes().all(is_of_a_label)
    })
}

#[cfg(test)]
mod tests {
    use super::is_listed;

    fn is_below_example(origin: &str) -> bool {
        is_listed(origin, &["https://*.example.com".to_owned()])
    }

    #[test]
    fn a_wildcard_is_one_label() {
        assert!(is_below_example("https://shop.example.com"));
        assert!(is_below_example("https://xn--caf-dma.example.com"));
        assert!(is_below_example("https://a-b_c1.example.com"));
        for other in [
            "https://example.com",
            "https://.example.com",
            "https://a.b.example.com",
            "http://shop.example.com",
            "https://shop.example.com:8443",
            "https://shop.example.com.evil.example",
            "https://evil.example?.example.com",
            "https://evil.example/.example.com",
            "https://evil.example#.example.com",
            "https://user@shop.example.com",
            "https://evilexample.com",
            "https://*.example.com",
            "https://shop.example.com/",
            "https://",
            "null",
            "",
        ] {
            assert!(!is_below_example(other), "{other}");
        }
    }

    #[test]
    fn what_is_listed_is_exact() {
        let app = "capacitor://localhost";
        let list = ["https://a.example", app, "null"].map(str::to_owned);
        assert!(is_listed("https://a.example", &list));
        assert!(is_listed(app, &list));
        for other in [
            "http://a.example",
            "https://a.example:443",
            "https://A.example",
            "https://a.example/",
            "https://b.a.example",
            "https://localhost",
            "capacitor://localhost:80",
            "capacitor://localhost.",
            "null",
        ] {
            assert!(!is_listed(other, &list), "{other}");
        }
    }
}
