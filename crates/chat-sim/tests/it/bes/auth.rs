//! Both tokens: how they are got, checked, renewed and lost.

use std::time::Duration;

use chat_sim::{SimVendor, bes::TokenForm};
use reqwest::Response;
use serde_json::{Value, json};

use super::{APPLY, Fixture, HISTORY, TOKEN, small, start};

async fn parts(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

impl Fixture {
    async fn first_user_history(&self, keys: &super::Keys) -> (u16, Value) {
        let user = &self.bes().partitions()[0];
        parts(self.with_keys(HISTORY, keys, &self.body(user, &[])).send().await.unwrap()).await
    }
}

#[tokio::test]
async fn the_application_gets_a_token_for_as_long_as_it_wishes() {
    let fixture = start(small()).await;
    let (status, answer) = parts(fixture.token_request().send().await.unwrap()).await;
    assert_eq!((status, answer["ApplyType"].as_str()), (200, Some("Bearer")));
    assert_eq!(answer["CreateTime"], (super::NOW_MS / 1000).to_string());
    assert_eq!(answer["Expires"], "600");
    assert_eq!(answer["AppKey"], fixture.bes().app_key());

    let wish = |seconds: &'static str| fixture.token_request().header("X-Token-Expire", seconds);
    let (_, answer) = parts(wish("3600").send().await.unwrap()).await;
    assert_eq!(answer["Expires"], "3600");
    for seconds in ["3601", "0", "x"] {
        assert_eq!(wish(seconds).send().await.unwrap().status(), 400, "{seconds}");
    }
    let wrong = json!({ "app_key": fixture.bes().app_key(), "app_secret": "x" });
    let (status, answer) = parts(fixture.post(TOKEN, &wrong).send().await.unwrap()).await;
    assert_eq!((status, answer["errorCode"].as_str()), (401, Some("0")));
    let none = fixture.post(TOKEN, &json!({})).send().await.unwrap();
    assert_eq!(none.status(), 400);
}

#[tokio::test]
async fn users_get_tokens_in_three_forms() {
    for form in [TokenForm::Object, TokenForm::Quoted, TokenForm::Text] {
        let fixture = start(small().with_token_form(form)).await;
        let access = fixture.access().await;
        let user = &fixture.bes().partitions()[0];
        let text = fixture.apply_request(&access, user).send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        let token = match form {
            TokenForm::Object => {
                assert_eq!(answer["resultCode"], "0");
                answer["token"].as_str().unwrap()
            }
            TokenForm::Quoted => {
                assert_eq!(answer.get("resultCode"), None);
                let quoted = answer["token"].as_str().unwrap();
                quoted.strip_prefix('"').unwrap().strip_suffix('"').unwrap()
            }
            _ => answer.as_str().unwrap(),
        };
        assert!(token.contains('%'), "{token}");
        let keys = super::Keys { access, session: token.to_owned() };
        assert_eq!(fixture.first_user_history(&keys).await.0, 200);

        // as it came, or not at all
        let decoded = token.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
        let keys = super::Keys { session: decoded, ..keys };
        assert_eq!(fixture.first_user_history(&keys).await.0, 401);
    }
}

#[tokio::test]
async fn applications_are_checked_before_users() {
    let fixture = start(small()).await;
    let access = fixture.access().await;
    let user = fixture.bes().partitions()[0].clone();
    let channel = fixture.bes().channel_id().to_owned();
    let body = json!({ "userId": user, "userName": "x", "channelId": channel, "locale": "zh" });
    let (status, _) = parts(fixture.post(APPLY, &body).send().await.unwrap()).await;
    assert_eq!(status, 401);
    let (status, answer) = parts(fixture.apply_request("x", &user).send().await.unwrap()).await;
    assert_eq!((status, answer["errorCode"].as_str()), (403, Some("0")));
    assert!(answer["exceptionInfo"].as_str().unwrap().contains("expired token"), "{answer}");

    let apply = async |changes: &[(&str, &str)]| {
        let mut body = body.clone();
        for (key, value) in changes {
            body[*key] = Value::from(*value);
        }
        let request = fixture
            .post(APPLY, &body)
            .header("x-app-key", fixture.bes().app_key())
            .header("Authorization", format!("Bearer {access}"));
        parts(request.send().await.unwrap()).await
    };
    assert_eq!(apply(&[]).await.0, 200);
    assert_eq!(apply(&[("userId", "someone-who-never-wrote")]).await.0, 200);
    for (changes, status) in [
        (&[("userId", "123456789012345678901234567890123")][..], 400),
        (&[("userName", "")], 400),
        (&[("locale", "")], 400),
    ] {
        assert_eq!(apply(changes).await.0, status, "{changes:?}");
    }
    let (status, answer) = apply(&[("channelId", "1")]).await;
    assert_eq!((status, answer["resultCode"].as_str()), (200, Some("1")));
}

#[tokio::test]
async fn a_token_opens_one_users_history_only() {
    let fixture = start(small()).await;
    let users = fixture.bes().partitions();
    let keys = fixture.keys(&users[0]).await;
    let body = fixture.body(&users[1], &[]);
    let (status, answer) =
        parts(fixture.with_keys(HISTORY, &keys, &body).send().await.unwrap()).await;
    assert_eq!((status, answer["resultCode"].as_str()), (401, Some("1")));
    assert_eq!(fixture.first_user_history(&keys).await.0, 200);
}

#[tokio::test]
async fn tokens_end_by_the_virtual_clock() {
    let fixture = start(small()).await;
    let user = fixture.bes().partitions()[0].clone();
    let keys = fixture.keys(&user).await;
    fixture.sim.clock().advance(Duration::from_secs(3599));
    assert_eq!(fixture.first_user_history(&keys).await.0, 200);
    fixture.sim.clock().advance(Duration::from_secs(1));
    let (status, answer) = fixture.first_user_history(&keys).await;
    assert_eq!(status, 403);
    assert!(answer["exceptionInfo"].as_str().unwrap().contains("expired"), "{answer}");
    let keys = super::Keys { access: fixture.access().await, ..keys };
    let (status, answer) = fixture.first_user_history(&keys).await;
    assert_eq!((status, answer["resultCode"].as_str()), (401, Some("1")));
    assert_eq!(fixture.first_user_history(&fixture.keys(&user).await).await.0, 200);
}

#[tokio::test]
async fn a_token_near_its_end_is_followed_by_a_new_one() {
    let fixture = start(small()).await;
    let user = fixture.bes().partitions()[0].clone();
    let keys = fixture.keys(&user).await;
    let next = async |keys: &super::Keys| {
        let body = fixture.body(&user, &[]);
        let answer = fixture.with_keys(HISTORY, keys, &body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.headers().get("ccmessaging-token").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(next(&keys).await, None);
    fixture.sim.clock().advance(Duration::from_secs(56 * 60));
    let session = next(&keys).await.unwrap();
    assert_ne!(session, keys.session);
    fixture.sim.clock().advance(Duration::from_secs(10 * 60));
    let keys = super::Keys { access: fixture.access().await, session };
    assert_eq!(next(&keys).await, None);
}

#[tokio::test]
async fn tokens_can_be_had_elsewhere() {
    let fixture = start(small().with_token_listener(true)).await;
    let bes = fixture.bes();
    assert_ne!(bes.token_url(), bes.base_url());
    assert_eq!(fixture.post(TOKEN, &json!({})).send().await.unwrap().status(), 404);
    let user = bes.partitions()[0].clone();
    assert_eq!(fixture.first_user_history(&fixture.keys(&user).await).await.0, 200);
    let toml = fixture.sim.config_toml(|secret| secret.to_plain());
    let config: toml::Table = toml.parse().unwrap();
    assert_eq!(config["sources"]["bes-ccmessaging"]["token_url"].as_str(), Some(bes.token_url()));
}

#[tokio::test]
async fn secrets_are_known_and_not_shown() {
    let options = small().with_app_secret("MARKER-1").with_app_key("MARKER-2");
    let fixture = start(options.with_signing_keys("MARKER-3", "MARKER-4")).await;
    let keys = fixture.keys(&fixture.bes().partitions()[0]).await;
    let secrets = fixture.bes().secrets();
    for secret in ["MARKER-1", "MARKER-2", "MARKER-3", "MARKER-4", &keys.access, &keys.session] {
        assert!(secrets.iter().any(|known| known == secret), "{secret}");
    }
    let shown = format!("{:?} {:?}", fixture.sim, fixture.bes());
    assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
}
