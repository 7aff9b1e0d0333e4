//! What goes wrong by rule, in the vendor's words.

use chat_sim::{Faults, Outcome, SimVendor};
use serde_json::Value;

use super::{Fixture, HISTORY, Keys, ids, start_faulty};

impl Fixture {
    /// Asks for the busiest user's latest ten records.
    async fn ask(
        &self,
        keys: &Keys,
        changes: &[(&str, &str)],
    ) -> Result<reqwest::Response, reqwest::Error> {
        let (user, _) = self.busiest();
        self.with_keys(HISTORY, keys, &self.body(&user, changes)).send().await
    }

    async fn busiest_keys(&self) -> Keys {
        self.keys(&self.busiest().0).await
    }

    async fn list(&self, keys: &Keys, changes: &[(&str, &str)]) -> Vec<Value> {
        let answer: Value = self.ask(keys, changes).await.unwrap().json().await.unwrap();
        answer["messageList"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn errors_speak_as_the_vendor_does() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"http\"\nstatus = 500\n\
         [[fault]]\nat = [2]\nkind = \"http\"\nstatus = 401\n\
         [[fault]]\nat = [3]\nkind = \"api\"\ncode = 1\nmessage = \"busy\"\n\
         [[fault]]\nat = [4]\nkind = \"html\"\nstatus = 403\n\
         [[fault]]\nat = [5]\nkind = \"http\"\nstatus = 429\nretry_after = 7\n\
         [[fault]]\nat = [6]\nkind = \"http\"\nstatus = 500\nbody = \"x\"",
    )
    .await;
    let keys = fixture.busiest_keys().await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let answer = fixture.ask(&keys, &[]).await.unwrap();
        let status = answer.status().as_u16();
        seen.push((status, answer.text().await.unwrap()));
    }
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!((seen[0].0, &json(&seen[0].1)["resultCode"]), (500, &"1".into()));
    assert_eq!((seen[1].0, &json(&seen[1].1)["resultCode"]), (401, &"1".into()));
    assert_eq!((seen[2].0, &json(&seen[2].1)["resultDesc"]), (200, &"busy".into()));
    assert!(seen[3].0 == 403 && seen[3].1.starts_with("<html>"));
    assert_eq!((seen[4].0, seen[4].1.as_str()), (429, "Too Many Requests"));
    assert_eq!((seen[5].0, seen[5].1.as_str()), (500, "x"));
    let outcomes: Vec<_> =
        fixture.bes().requests().log.into_iter().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes[2..5], [Outcome::Http(500), Outcome::Http(401), Outcome::Api(1)]);
}

#[tokio::test]
async fn requests_for_tokens_have_rules_of_their_own() {
    let fixture = start_faulty(
        "[[fault]]\nfirst = 1\npath = \"token\"\nkind = \"http\"\nstatus = 403\n\
         [[fault]]\nat = [2]\npath = \"token\"\nkind = \"api\"\ncode = 7\nmessage = \"no\"",
    )
    .await;
    for expected in [(403, "0"), (200, "7"), (200, "")] {
        let answer = fixture.token_request().send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        assert_eq!((status, body["errorCode"].as_str().unwrap_or_default()), expected);
    }
    assert_eq!(fixture.bes().requests().faults_fired.len(), 2);
}

#[tokio::test]
async fn tokens_end_by_rule() {
    for (token, status) in
        [("", 403), ("token = \"access\"", 403), ("token = \"ccmessaging\"", 401)]
    {
        let fixture =
            start_faulty(&format!("[[fault]]\nat = [2]\nkind = \"token_expired\"\n{token}")).await;
        let keys = fixture.busiest_keys().await;
        let ask = async |keys: &Keys| fixture.ask(keys, &[]).await.unwrap().status().as_u16();
        let seen = [ask(&keys).await, ask(&keys).await, ask(&keys).await];
        assert_eq!(seen, [200, status, status], "{token}");
        assert_eq!(ask(&fixture.busiest_keys().await).await, 200, "{token}");
    }
}

#[tokio::test]
async fn broken_answers() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"truncate\"\n[[fault]]\nat = [2]\nkind = \"reset\"\n\
         [[fault]]\nat = [3]\nkind = \"empty\"\n[[fault]]\nat = [4]\nkind = \"slow\"\ndelay_ms = 40",
    )
    .await;
    let keys = fixture.busiest_keys().await;
    assert!(fixture.ask(&keys, &[]).await.unwrap().bytes().await.is_err());
    assert!(fixture.ask(&keys, &[]).await.is_err());
    assert_eq!(fixture.ask(&keys, &[]).await.unwrap().text().await.unwrap(), "");
    let begun = std::time::Instant::now();
    assert_eq!(fixture.list(&keys, &[]).await.len(), 10);
    assert!(begun.elapsed() >= std::time::Duration::from_millis(40));
}

#[tokio::test]
async fn pages_are_spoiled() {
    let plain = start_faulty("").await;
    let keys = plain.busiest_keys().await;
    let good = ids(&plain.list(&keys, &[]).await);
    let before = ids(&plain.list(&keys, &[("offset", "10")]).await);
    let spoiled = async |rule: &str, changes: &[(&str, &str)]| {
        plain
            .bes()
            .set_faults(Faults::from_toml(&format!("[[fault]]\nfirst = 1\n{rule}")).unwrap());
        plain.list(&keys, changes).await
    };
    let repeated = ids(&spoiled("kind = \"repeat_page\"", &[("offset", "10")]).await);
    assert_eq!((&repeated, repeated == before), (&good, false));
    let twice = ids(&spoiled("kind = \"duplicate_rows\"\ncount = 2", &[]).await);
    assert_eq!((twice.len(), &twice[..2], &twice[2..]), (12, &good[..2], &good[..]));
    let short = ids(&spoiled("kind = \"short_page\"\ndrop = 3", &[]).await);
    assert_eq!(short, good[..7]);
    assert!(spoiled("kind = \"empty_page\"", &[]).await.is_empty());

    let rows = spoiled("kind = \"unknown_enum\"", &[]).await;
    assert_eq!(
        (&rows[0]["mediaType"], &rows[0]["sourceType"]),
        (&"HOLOGRAM".into(), &"GHOST".into())
    );
    assert_ne!(rows[1]["mediaType"], "HOLOGRAM");
    let rows = spoiled("kind = \"unknown_keys\"", &[]).await;
    assert_eq!((&rows[3]["editCount"], rows[4].get("editCount")), (&3.into(), None));
    let rows = spoiled("kind = \"null_required\"", &[]).await;
    assert!(rows[0]["senderNickname"].is_null() && rows[0]["receiveTime"].is_null());
    assert_eq!(ids(&rows), good);
    let rows = spoiled("kind = \"bad_record\"", &[]).await;
    assert!(rows[5]["id"].is_object() && rows[4]["id"].is_string());
    let rows = spoiled("kind = \"bad_record\"\nform = \"text\"", &[]).await;
    assert!(rows[5].is_string());
    assert_eq!(ids(&plain.list(&keys, &[]).await), good);
}

#[tokio::test]
async fn records_come_while_paging() {
    let fixture = start_faulty("[[fault]]\nat = [2]\nkind = \"insert_at_head\"\ncount = 2").await;
    let keys = fixture.busiest_keys().await;
    let first = ids(&fixture.list(&keys, &[]).await);
    let second = ids(&fixture.list(&keys, &[("offset", "10")]).await);
    assert_eq!(second[..2], first[8..]);
    assert_eq!(fixture.bes().record_count(), 402);

    let fixture = start_faulty("[[fault]]\nat = [2]\nkind = \"insert_in_window\"").await;
    let keys = fixture.busiest_keys().await;
    let (user, records) = fixture.busiest();
    let from = records[10].sent_at_ms.unwrap().to_string();
    let until = records[20].sent_at_ms.unwrap().to_string();
    let window = [("startTime", from.as_str()), ("endTime", until.as_str()), ("limit", "100")];
    let before = fixture.list(&keys, &window).await.len();
    assert_eq!(fixture.list(&keys, &window).await.len(), before + 1);
    assert_eq!(fixture.busiest().0, user);
}

#[tokio::test]
async fn a_rule_about_a_record_follows_it() {
    let fixture = start_faulty("").await;
    let keys = fixture.busiest_keys().await;
    let (_, records) = fixture.busiest();
    let meant = &records[records.len() - 4];
    let rule = format!("[[fault]]\nrecord = {}\nkind = \"unknown_keys\"", meant.ordinal);
    fixture.bes().set_faults(Faults::from_toml(&rule).unwrap());
    let rows = fixture.list(&keys, &[]).await;
    let spoiled: Vec<_> = rows.iter().filter(|row| row.get("editCount").is_some()).collect();
    assert_eq!(spoiled.len(), 1);
    assert_eq!(spoiled[0]["id"].as_str(), meant.id.as_deref());
    fixture.list(&keys, &[("offset", "10")]).await;
    assert_eq!(fixture.bes().requests().faults_fired["unknown_keys"], 1);
}

#[tokio::test]
async fn kinds_that_make_no_sense_here_do_not_fire() {
    let fixture = start_faulty(
        "[[fault]]\nalways = true\nkind = \"wrong_total\"\nby = 1\n\
         [[fault]]\nalways = true\nkind = \"repeat_cursor\"\n\
         [[fault]]\nalways = true\nvendor = \"nxlink\"\nkind = \"empty\"",
    )
    .await;
    let keys = fixture.busiest_keys().await;
    assert_eq!(fixture.list(&keys, &[]).await.len(), 10);
    assert_eq!(fixture.bes().requests().faults_fired.len(), 0);
}
