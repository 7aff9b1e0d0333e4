//! Faults in the vendor's own words.

use std::collections::BTreeSet;

use chat_sim::{Action, Fault, Faults, Outcome, SimVendor, When};
use serde_json::{Value, json};

use super::{
    CHECK, DETAIL, Fixture, RECORD, messages, record_body, small, start, start_faulty, truth,
};

#[tokio::test]
async fn refusals_have_their_reason_in_the_data() {
    let fixture = start_faulty(
        "[[fault]]\nfirst = 2\nkind = \"api\"\ncode = 4000\nmessage = '会话\"已\"关闭'",
    )
    .await;
    let answer = fixture.record(&fixture.customer()).await;
    assert_eq!((&answer["Code"], &answer["Data"]), (&4000.into(), &"会话\"已\"关闭".into()));
    assert!(answer["Msg"].is_string() && answer["RequestId"].is_string());
    let check = fixture.get(CHECK, &[]).await;
    assert_eq!(
        (check.status().as_u16(), &*check.text().await.unwrap()),
        (200, r#"{"success":false}"#)
    );
    assert_eq!(fixture.record(&fixture.customer()).await["Code"], 2000);
    let outcomes: Vec<_> =
        fixture.jijyun().requests().log.into_iter().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes, [Outcome::Api(4000), Outcome::Api(4000), Outcome::Ok]);
}

#[tokio::test]
async fn statuses_have_the_vendors_words() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"http\"\nstatus = 402\n[[fault]]\nat = [2]\nkind = \"http\"\nstatus = 429\nretry_after = 2\n\
         [[fault]]\nat = [3]\nkind = \"http\"\nstatus = 503\n[[fault]]\nat = [4]\nkind = \"http\"\nstatus = 401\nbody = '{}'",
    )
    .await;
    for (status, text, pause) in [
        (402, "API请求次数不足", None),
        (429, "Too Many Requests in one second", Some("2")),
        (503, "Service Unavailable", None),
        (401, "{}", None),
    ] {
        let answer = fixture.post(RECORD, &record_body(&fixture.customer())).await;
        assert_eq!(answer.status(), status);
        let found =
            answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(found.as_deref(), pause);
        assert_eq!(answer.text().await.unwrap(), text);
    }
}

/// What a rule does to the messages of a customer, as an answer shows them, beside what is true.
async fn spoiled(rule: &str) -> (Vec<Value>, Vec<Value>) {
    let fixture = start_faulty(&format!("[[fault]]\nat = [2]\n{rule}")).await;
    let list = |answer: Value| -> Vec<Value> {
        messages(&answer).into_iter().map(|(_, message)| message).collect()
    };
    let good = list(fixture.record(&fixture.customer()).await);
    assert!(good.len() > 6);
    (list(fixture.record(&fixture.customer()).await), good)
}

#[tokio::test]
async fn rows_are_spoiled() {
    let (found, good) = spoiled("kind = \"duplicate_rows\"\ncount = 2").await;
    assert_eq!((&found[..2], &found[2..4], found.len()), (&good[..2], &good[..2], good.len() + 2));

    let (found, _) = spoiled("kind = \"empty_page\"").await;
    assert!(found.is_empty());

    let (found, good) = spoiled("kind = \"unknown_enum\"").await;
    assert_eq!(
        (&found[0]["message_type"], &found[0]["sender_type"]),
        (&"视频对话".into(), &"质检员".into())
    );
    assert_eq!((&found[0]["content"], &found[1]), (&good[0]["content"], &good[1]));

    let (found, good) = spoiled("kind = \"unknown_keys\"").await;
    assert!(found[0]["sentiment"]["score"].is_number() && found[1] == good[1]);

    let (found, good) = spoiled("kind = \"null_required\"").await;
    let nulls = |message: &Value| {
        message.as_object().unwrap().values().filter(|value| value.is_null()).count()
    };
    assert_eq!((nulls(&found[0]), nulls(&found[1]), nulls(&found[3])), (1, 0, 1));
    assert_eq!(found.len(), good.len());
}

#[tokio::test]
async fn a_silent_loss_and_a_bad_record() {
    let fixture = start_faulty(
        "[[fault]]\nat = [2]\nkind = \"short_page\"\ndrop = 3\n[[fault]]\nat = [3]\nkind = \"bad_record\"\n\
         [[fault]]\nat = [4]\nkind = \"bad_record\"\nform = \"text\"",
    )
    .await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(messages(&fixture.record(&fixture.customer()).await));
    }
    let (all, middle) = (&answers[0], answers[0].len() / 2);
    assert_eq!(answers[1], all[..all.len() - 3]);
    for (answer, is_bad) in [
        (&answers[2], (|message: &Value| message["content"].is_object()) as fn(&Value) -> bool),
        (&answers[3], Value::is_string),
    ] {
        let bad: Vec<usize> = (0..all.len()).filter(|at| is_bad(&answer[*at].1)).collect();
        assert_eq!((bad, answer.len()), (vec![middle], all.len()));
    }
}

#[tokio::test]
async fn a_rule_can_name_a_record() {
    let fixture = start(small()).await;
    let customers = fixture.jijyun().customers();
    let records = fixture.jijyun().records();
    let wanted = records.iter().find(|record| record.partition == customers[2]).unwrap();
    let rule = Fault::new(
        When::Record(wanted.ordinal),
        Action::BadRecord { form: chat_sim::faults::BadForm::Text },
    );
    fixture.jijyun().set_faults(Faults::default().with(rule));
    let before = wanted.conversation_id.clone().unwrap();
    for customer in &customers {
        let lost: Vec<_> = messages(&fixture.record(customer).await)
            .into_iter()
            .filter(|(_, message)| message.is_string())
            .map(|(chat_id, _)| chat_id)
            .collect();
        let expected = if *customer == customers[2] { vec![before.clone()] } else { Vec::new() };
        assert_eq!(lost, expected);
    }
    let detail: Value =
        fixture.post(DETAIL, &json!({ "chat_id": before })).await.json().await.unwrap();
    let detail = detail["Data"]["message"].as_array().unwrap().clone();
    assert!(detail.last().unwrap().is_string(), "newest first");
    assert_eq!(fixture.jijyun().requests().faults_fired["bad_record"], 2);
}

#[tokio::test]
async fn records_come_in_while_asking() {
    let fixture = start_faulty(
        "[[fault]]\nat = [2]\nkind = \"insert_in_window\"\ncount = 3\n[[fault]]\nat = [3]\nkind = \"insert_at_head\"\ncount = 20",
    )
    .await;
    let customer = fixture.customer();
    let (before, chats) =
        (messages(&fixture.record(&customer).await).len(), fixture.jijyun().chat_ids(&customer));
    let old: Vec<Vec<Value>> = chats.iter().map(|chat_id| truth(&fixture, chat_id)).collect();
    assert_eq!(messages(&fixture.record(&customer).await).len(), before + 3);
    let mut grown = 0;
    for (chat_id, old) in chats.iter().zip(old) {
        let new = truth(&fixture, chat_id);
        if new.len() > old.len() {
            grown += 1;
            assert_eq!(
                (new.len(), new.first(), new.last()),
                (old.len() + 3, old.first(), old.last())
            );
        }
    }
    assert_eq!(grown, 1, "all in the middle of one conversation");

    fixture.record(&customer).await;
    assert_eq!(fixture.jijyun().record_count(), 323);
    let mut found = 0;
    for customer in fixture.jijyun().customers() {
        found += messages(&fixture.record(&customer).await).len();
    }
    assert_eq!(found, 323);
}

#[tokio::test]
async fn the_position_can_stand_still() {
    let fixture = start_faulty("[[fault]]\nat = [2]\nkind = \"repeat_cursor\"").await;
    let account = fixture.jijyun().hosted_accounts()[0].clone();
    // the first customer talks to the first account
    let first_chat = fixture.jijyun().chat_ids(&fixture.customer())[0].clone();
    let first_ms = fixture.jijyun().sent_at_ms(&first_chat)[0];
    let day = super::day(first_ms);
    let mut seqs = Vec::new();
    for _ in 0..2 {
        let body = json!({ "imBotId": account, "snapshotDay": day, "pageSize": "1", "seq": "5" });
        let answer: Value = fixture
            .post("/v1/openapi/chat/corpwechat/message/history", &body)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(answer["Data"]["messages"].as_array().unwrap().len(), 1);
        seqs.push(answer["Data"]["seq"].as_u64().unwrap());
    }
    assert!(seqs[0] > 5);
    assert_eq!(seqs[1], 5);
}

/// The first picture in the details of the first conversation that has one.
async fn picture(fixture: &Fixture) -> String {
    let jijyun = fixture.jijyun();
    for chat_id in jijyun.customers().iter().flat_map(|customer| jijyun.chat_ids(customer)) {
        let answer: Value =
            fixture.post(DETAIL, &json!({ "chat_id": chat_id })).await.json().await.unwrap();
        let messages = answer["Data"]["message"].as_array().unwrap();
        if let Some(link) = messages.iter().find_map(|m| m["message_content"]["url"].as_str()) {
            return link.to_owned();
        }
    }
    panic!("no pictures");
}

#[tokio::test]
async fn files_are_missing_or_of_another_type() {
    let fixture = start_faulty(
        "[[fault]]\nat = [1]\nkind = \"media_404\"\n[[fault]]\nat = [2]\nkind = \"wrong_mime\"\n\
         [[fault]]\nat = [3]\npath = \"media\"\nkind = \"reset\"",
    )
    .await;
    let link = picture(&fixture).await;
    assert_eq!(fixture.client.get(&link).send().await.unwrap().status(), 404);
    let other = fixture.client.get(&link).send().await.unwrap();
    assert_eq!(other.headers()["content-type"], "application/pdf");
    // on a connection of its own, or the client might ask again by itself
    let fresh = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(fresh.get(&link).send().await.is_err());
    assert!(fresh.get(&link).send().await.is_ok());
    assert_eq!(fixture.jijyun().requests().faults_fired.len(), 3);
}

#[tokio::test]
async fn kinds_that_make_no_sense_never_fire() {
    let fixture = start(small()).await;
    let kinds: BTreeSet<&str> = fixture.jijyun().fault_kinds().iter().copied().collect();
    assert_eq!(kinds.len(), fixture.jijyun().fault_kinds().len());
    for action in [
        Action::WrongTotal { by: 1 },
        Action::TokenExpired { token: None },
        Action::ExpiredMedia,
        Action::RepeatPage,
    ] {
        assert!(!kinds.contains(action.kind()));
        fixture.jijyun().set_faults(Faults::default().with(Fault::new(When::Always, action)));
        assert_eq!(fixture.record(&fixture.customer()).await["Code"], 2000);
    }
    assert!(fixture.jijyun().requests().faults_fired.is_empty());
}
