//! The answers of the two calls for tokens.

use bes_ccmessaging::chat_core::{Endpoint, ErrorKind, Retry, Secret, UnixMillis, VendorError};
use bes_ccmessaging::{
    AccessToken, AccessTokenRequest, ApiCode, Error, MessagingTokenRequest, User,
};

use crate::{CHANNEL_ID, USER, access_token, answer, credentials, messaging_token};

fn access(status: u16, body: &str) -> Result<AccessToken, Error> {
    AccessTokenRequest::new(&credentials()).read_response(answer(status, body))
}

fn messaging(status: u16, body: &str) -> Result<Secret, Error> {
    let user = User::new(USER);
    MessagingTokenRequest::new(CHANNEL_ID, &user, "zh").read_response(answer(status, body))
}

#[test]
fn an_access_token_with_texts_or_numbers() {
    let token = access(200, &access_token("t")).unwrap();
    assert_eq!(token.value.expose(), "t");
    assert_eq!(token.lifetime_s, Some(600));
    assert_eq!(token.issued_at, Some(UnixMillis::new(1_700_000_000_000)));
    let token = access(200, r#"{"AccessToken":"t","CreateTime":1700000000,"Expires":600}"#);
    let token = token.unwrap();
    assert_eq!((token.lifetime_s, token.issued_at.unwrap().get()), (Some(600), 1_700_000_000_000));
    for expires in [r#""Expires":"soon""#, r#""Expires":null"#, r#""Expires":{}"#, r#""x":1"#] {
        let token = access(200, &format!(r#"{{"AccessToken":"t",{expires}}}"#)).unwrap();
        assert_eq!(token.lifetime_s, None, "{expires}");
    }
}

#[test]
fn no_access_token() {
    let error = access(200, r#"{"errorCode":"60000001","exceptionInfo":"fixture"}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bes-ccmessaging refused oauth/tokenByAkSk with code 60000001: fixture"
    );
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Auth, Retry::Never));
    assert_eq!(error.advice().unwrap(), "check the app key and the app secret");
    for body in ["{}", r#"{"resultCode":"0"}"#, r#"{"AccessToken":"a\nb"}"#, r#"["t"]"#] {
        let error = access(200, body).unwrap_err();
        assert!(matches!(error, Error::Decode { is_garbled: false, .. }), "{body}: {error:?}");
    }
    for (status, kind) in [(401, ErrorKind::Auth), (403, ErrorKind::Auth), (500, ErrorKind::Server)]
    {
        let error = access(status, r#"{"AccessToken":"t"}"#).unwrap_err();
        assert!(
            matches!(&error, Error::Status { is_token_refused: false, .. }),
            "there is no token to renew: {error:?}"
        );
        assert_eq!(error.kind(), kind);
    }
}

#[test]
fn every_known_form_of_a_messaging_token() {
    for body in [
        &*messaging_token("abc%3D"),
        r#"{"resultCode":0,"token":"abc%3D","resultDesc":null}"#,
        r#"{"token":"abc%3D"}"#,
        r#"{"token":"\"abc%3D\""}"#,
        r#""abc%3D""#,
        r#" "\"abc%3D\"" "#,
        r#"{ "abc%3D" }"#,
    ] {
        assert_eq!(messaging(200, body).unwrap().expose(), "abc%3D", "{body}");
    }
}

#[test]
fn no_messaging_token() {
    let error = messaging(200, r#"{"resultCode":"1","resultDesc":null}"#).unwrap_err();
    assert!(matches!(&error, Error::Api { code: ApiCode::Failed, .. }));
    assert_eq!(error.to_string(), "bes-ccmessaging refused ccmessaging/applyToken with code 1");
    assert_eq!((error.kind(), error.retry()), (ErrorKind::InvalidRequest, Retry::Never));
    assert!(error.advice().unwrap().contains("24 characters"));
    // a token beside a refusal is none
    assert!(messaging(200, r#"{"resultCode":"1","token":"abc"}"#).is_err());
    for body in [
        "{}",
        r#"{"token":""}"#,
        r#"{"token":"\"\""}"#,
        r#"{"resultCode":"0","token":null}"#,
        r#"{"token":"a b"}"#,
        r#"{"token":"a\r\nx: y"}"#,
        r#"{"token":"令牌"}"#,
        r#""""#,
    ] {
        let error = messaging(200, body).unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{body}: {error:?}");
    }
    let error = messaging(401, "").unwrap_err();
    assert!(matches!(error, Error::Status { is_token_refused: true, .. }));
}
