//! Credentials travel over https, or not at all.

use chat_core::{Url, check_base_url};

#[test]
fn only_safe_base_urls_pass() {
    let check = |text: &str, allow| check_base_url(&Url::parse(text).unwrap(), allow).is_ok();
    for good in [
        "https://example.com",
        "https://example.com:8443/api",
        "http://127.0.0.1:80",
        "http://localhost",
        "http://[::1]:8080",
    ] {
        assert!(check(good, false), "{good}");
    }
    for bad in [
        "http://example.com",
        "http://10.0.0.1",
        "ftp://example.com",
        "https://u:p@example.com",
        "https://example.com?key=1",
        "https://example.com#x",
        "http://localhost.example.com",
    ] {
        assert!(!check(bad, false), "{bad}");
    }
    assert!(check("http://example.com", true));
    let error = check_base_url(&Url::parse("http://user:MARKER@example.com").unwrap(), false);
    assert!(!error.unwrap_err().to_string().contains("MARKER"));
}
