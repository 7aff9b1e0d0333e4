//! Callbacks: published signatures, and what must not be believed.

use myscrm_qw::chat_core::Secret;
use myscrm_qw::webhook::{CallbackError, Signed, open, sign, verify};
use myscrm_qw::{DecryptionKeys, EncodingAesKey};

use crate::{key, keys};

/// Of WeCom's page on its encryption scheme, and of a sample of a Go library with the same token.
const TOKEN: &str = "QDG6eK";
const KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const BODY: &str = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==";
const ECHO: &str =
    "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";
const SIGNED: Signed<'_> = Signed {
    signature: "477715d11cdb4164915debcba66cb864d751f3e6",
    timestamp: "1409659813",
    nonce: "1372623149",
    encrypted: BODY,
};

fn token() -> Secret {
    Secret::from(TOKEN)
}

fn wecom_keys() -> DecryptionKeys {
    DecryptionKeys::new([EncodingAesKey::new(KEY).unwrap()])
}

#[test]
fn the_published_signatures_are_met() {
    let signed =
        |timestamp: &str, nonce: &str, encrypted: &str| sign(&token(), timestamp, nonce, encrypted);
    assert_eq!(signed(SIGNED.timestamp, SIGNED.nonce, BODY), SIGNED.signature);
    assert_eq!(signed("1409659589", "263014780", ECHO), "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3");
    // of the tests of another Go library
    let encrypted =
        "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==";
    let token = Secret::from("kjr2TKI8umCBfVF3wAHk8JiPwma5VBme");
    assert_eq!(
        sign(&token, "1583940690", "VHh7ymSeb0jc4lSb", encrypted),
        "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011"
    );
}

#[test]
fn the_published_callback_opens() {
    assert_eq!(verify(&SIGNED, &token()), Ok(()));
    let upper = SIGNED.signature.to_uppercase();
    assert_eq!(verify(&Signed { signature: &upper, ..SIGNED }, &token()), Ok(()));
    let opened = open(&SIGNED, &token(), &wecom_keys()).unwrap();
    assert!(opened.message().starts_with("<xml>"));
    assert_eq!(opened.receive_id().as_deref(), Some("wx5823bf96d3bd56c7"));

    let echo = Signed {
        signature: "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        timestamp: "1409659589",
        nonce: "263014780",
        encrypted: ECHO,
    };
    assert_eq!(open(&echo, &token(), &wecom_keys()).unwrap().into_message(), "1616140317555161061");
}

#[test]
fn another_signature_is_refused_before_anything_is_opened() {
    let refused = Err(CallbackError::BadSignature);
    let one_off = SIGNED.signature.replace("47", "48");
    for wrong in [
        Signed { signature: &one_off, ..SIGNED },
        Signed { signature: &SIGNED.signature[..38], ..SIGNED },
        Signed { signature: "", ..SIGNED },
        Signed { signature: "no hex", ..SIGNED },
        Signed { timestamp: "1409659814", ..SIGNED },
        Signed { nonce: "1372623148", ..SIGNED },
        Signed { encrypted: ECHO, ..SIGNED },
    ] {
        assert_eq!(verify(&wrong, &token()), refused);
        assert_eq!(open(&wrong, &token(), &keys()).map(drop), refused);
    }
    assert_eq!(verify(&SIGNED, &Secret::from("another")), refused);
}

#[test]
fn a_good_signature_does_not_open_what_another_key_closed() {
    assert!(matches!(open(&SIGNED, &token(), &keys()), Err(CallbackError::Locked(_))));
}

#[test]
fn an_answer_goes_the_same_way_back() {
    let encrypted = key().encrypt([9; 16], b"{\"ok\":true}", "ww").unwrap();
    let signature = sign(&token(), "1", "n", &encrypted);
    let signed =
        Signed { signature: &signature, timestamp: "1", nonce: "n", encrypted: &encrypted };
    assert_eq!(open(&signed, &token(), &keys()).unwrap().message(), "{\"ok\":true}");
}
