//! Raw records: windows, filters, the bodies of WeCom, and the same conversations as the plain ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::support::{DAY_MS, NOW_MS, PULL, RAW_GET, RAW_PULL, small, start, texts, times};

#[tokio::test]
async fn windows_of_three_days_and_no_more() {
    let fixture = start(small()).await;
    let ask = async |query: &[(&str, &str)]| fixture.json(RAW_PULL, query).await;
    let (now, three_days) = (NOW_MS.to_string(), (NOW_MS - 3 * DAY_MS).to_string());
    let one_more = (NOW_MS - 3 * DAY_MS - 1).to_string();
    let whole = ask(&[("start_time", &three_days), ("end_time", &now)]).await;
    assert_eq!(fixture.records(&whole).len(), 10);
    assert_eq!(ask(&[("start_time", &one_more), ("end_time", &now)]).await["errcode"], 40_004);
    assert_eq!(ask(&[("start_time", &one_more)]).await["errcode"], 40_004);
    // the last three days if nothing is asked
    let asked = fixture.walk(RAW_PULL, &[("start_time", &three_days), ("end_time", &now)]).await;
    assert_eq!(fixture.walk(RAW_PULL, &[]).await, asked);
    assert_eq!(fixture.walk(RAW_PULL, &[("end_time", &now)]).await, asked);
    assert!(times(&asked, "msgtime").iter().rev().is_sorted());
    assert!(asked.len() > 20 && asked.len() < 400, "{}", asked.len());
}

#[tokio::test]
async fn parameters_are_read_strictly() {
    let fixture = start(small()).await;
    for (name, value, code) in [
        ("msg_types", "", 0),
        ("msg_types", "text,image", 0),
        ("msg_types", "text, image", 40_002),
        ("msg_types", "text,teleport", 40_002),
        ("action", "", 0),
        ("action", "switch", 40_002),
        ("page_size", "1000", 0),
        ("page_size", "1001", 40_002),
        ("asc", "yes", 40_002),
        ("chat_id", "", 0),
        ("chat_id", "no-chat", 40_005),
        ("cursor", "AAAA", 40_003),
        ("app_id", "twice", 40_002),
    ] {
        assert_eq!(fixture.code(RAW_PULL, &[(name, value)]).await, code, "{name}={value}");
    }
}

#[tokio::test]
async fn the_same_conversations_as_the_plain_ones() {
    let fixture = start(small()).await;
    let raw = fixture.walk_raw(&[("action", "send")]).await;
    assert!(times(&raw, "msgtime").is_sorted());
    assert_eq!(texts(&raw, "chat_record_id"), fixture.myscrm().ids());
    let by_id: BTreeMap<_, _> =
        raw.iter().map(|record| (record["chat_record_id"].as_str().unwrap(), record)).collect();
    let employees = fixture.myscrm().employee_ids();
    let groups = fixture.myscrm().group_ids();
    for chat in fixture.myscrm().chat_ids() {
        for plain in fixture.walk(PULL, &[("chat_id", &chat)]).await {
            let raw = by_id[plain["chat_record_id"].as_str().unwrap()];
            for (name, plain_name) in [
                ("msgid", "qw_chat_record_id"),
                ("msgtime", "send_time"),
                ("from", "sender_id"),
                ("tolist", "receiver_ids"),
                ("action", "action"),
                ("revoke_time", "recall_time"),
            ] {
                assert_eq!(raw[name], plain[plain_name], "{name}");
            }
            assert_eq!(raw["chat_id"], chat.as_str());
            assert_eq!(raw["is_revoke"], i64::from(plain["is_recall"] == true));
            assert_eq!(raw["roomid"] != "", groups.contains(&chat));
            let is_employee = employees.iter().any(|id| raw["from"] == id.as_str());
            assert_eq!(raw["sender_type"], if is_employee { 1 } else { 2 });
            assert_eq!(raw["text"]["content"], plain["text"]["content"]);
            assert_eq!(raw["file"]["filesize"], plain["file"]["size"]);
            assert_eq!(raw["weapp"]["displayname"], plain["miniprogram"]["miniprogram_name"]);
            assert_eq!(raw["doc"], plain["docmsg"]);
            assert_eq!(raw["redpacket"]["totalamount"], plain["redpacket"]["total_amount"]);
        }
    }
}

#[tokio::test]
async fn bodies_have_the_keys_of_wecom() {
    let fixture = start(small().with_records(3000)).await;
    let mut bodies = BTreeMap::<String, BTreeSet<String>>::new();
    for record in fixture
        .walk_raw(&[
            ("thumb_option", "image/resize,m_fixed,w_100,h_100/rotate,90"),
            ("page_size", "1000"),
        ])
        .await
    {
        let kind = record["msgtype"].as_str().unwrap();
        let body = &record[if kind == "docmsg" { "doc" } else { kind }];
        bodies
            .entry(kind.to_owned())
            .or_default()
            .extend(body.as_object().unwrap().keys().cloned());
        assert_eq!((&record["voiceid"], &record["voipid"]), (&"".into(), &"".into()));
        assert!(record["corp_id"].as_str().unwrap().starts_with("ww"));
        assert!(record["e_id"].is_string());
    }
    let shown: Vec<_> = bodies
        .iter()
        .map(|(kind, keys)| {
            format!("{kind}: {}", keys.iter().cloned().collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "agree: agree_time userid",
            "card: corpname userid",
            "disagree: disagree_time userid",
            "docmsg: doc_creator link_url title",
            "emotion: height imagesize md5sum oss_url sdkfileid thumb_url type width",
            "file: fileext filename filesize md5sum oss_url sdkfileid",
            "image: filesize md5sum oss_url sdkfileid thumb_url",
            "link: description image_url link_url title",
            "location: address latitude longitude title zoom",
            "redpacket: totalamount totalcnt type wish",
            "revoke: pre_msgid",
            "text: content",
            "video: filesize md5sum oss_url play_length sdkfileid",
            "voice: md5sum oss_url play_length sdkfileid voice_size",
            "weapp: description displayname title username",
        ]
    );
}

#[tokio::test]
async fn filters_keep_what_they_say() {
    let fixture = start(small()).await;
    let all = fixture.walk_raw(&[]).await;
    let some = fixture.walk_raw(&[("msg_types", "image,weapp"), ("page_size", "3")]).await;
    let expected: Vec<_> = all
        .iter()
        .filter(|record| record["msgtype"] == "image" || record["msgtype"] == "weapp")
        .cloned()
        .collect();
    assert_eq!(texts(&some, "msgid"), texts(&expected, "msgid"));
    let chat = fixture.busy_chat(true).await;
    let of_chat = fixture.walk_raw(&[("chat_id", &chat), ("page_size", "9")]).await;
    let expected: Vec<_> =
        all.iter().filter(|record| record["chat_id"] == chat.as_str()).cloned().collect();
    assert_eq!(texts(&of_chat, "msgid"), texts(&expected, "msgid"));
    let recalls = fixture.walk_raw(&[("msg_types", "revoke")]).await;
    assert!(!recalls.is_empty());
    assert_eq!(recalls, fixture.walk_raw(&[("action", "recall")]).await);
}

#[tokio::test]
async fn recalls_are_records_and_marks() {
    let fixture = start(small().with_raw_mode(true)).await;
    let all = fixture.walk_raw(&[]).await;
    assert_eq!(texts(&all, "chat_record_id"), fixture.myscrm().ids());
    assert_eq!(all.len(), fixture.myscrm().record_count());
    let by_msgid: BTreeMap<_, _> =
        all.iter().map(|record| (record["msgid"].as_str().unwrap(), record)).collect();
    let recalls: Vec<_> = all.iter().filter(|record| record["action"] == "recall").collect();
    assert_eq!(all.len(), 600 + recalls.len());
    assert_eq!(recalls.len(), fixture.myscrm().recalled_ids().len());
    for recall in &recalls {
        assert_eq!((&recall["msgtype"], &recall["is_revoke"]), (&"revoke".into(), &0.into()));
        let message = by_msgid[recall["revoke"]["pre_msgid"].as_str().unwrap()];
        assert_eq!(message["revoke_time"], recall["msgtime"]);
        assert_eq!(message["from"], recall["from"]);
        assert_ne!(message["chat_record_id"], recall["chat_record_id"]);
    }
    // they come when their time comes
    fixture.sim.clock().freeze_at(NOW_MS - 10 * DAY_MS);
    let earlier = fixture.walk_raw(&[("action", "recall")]).await;
    assert!(earlier.len() < recalls.len());
    assert_eq!(fixture.myscrm().record_count(), 600 + earlier.len());
}

#[tokio::test]
async fn recalls_can_have_the_id_of_their_message() {
    let fixture = start(small().with_raw_mode(true).with_shared_recall_ids(true)).await;
    let all = fixture.walk_raw(&[]).await;
    let recall = all.iter().find(|record| record["action"] == "recall").unwrap();
    let id = recall["chat_record_id"].as_str().unwrap();
    let same: Vec<_> = all.iter().filter(|record| record["chat_record_id"] == id).collect();
    assert_eq!(same.len(), 2);
    assert_eq!(same[0]["msgid"], recall["revoke"]["pre_msgid"]);
    for (action, expected) in [("send", same[0]), ("recall", recall), ("", same[0])] {
        let answer = fixture.json(RAW_GET, &[("chat_record_id", id), ("action", action)]).await;
        let json = fixture.decrypted(answer["encrypted"].as_str().unwrap());
        let record: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(record["msgid"], expected["msgid"], "{action}");
    }
}

#[tokio::test]
async fn one_record_by_its_id() {
    let fixture = start(small().with_raw_mode(true)).await;
    let all = fixture.walk_raw(&[]).await;
    for record in all.iter().step_by(37) {
        let id = record["chat_record_id"].as_str().unwrap();
        let answer = fixture.json(RAW_GET, &[("chat_record_id", id)]).await;
        let json = fixture.decrypted(answer["encrypted"].as_str().unwrap());
        assert_eq!(&serde_json::from_slice::<Value>(&json).unwrap(), record);
        assert_eq!(fixture.myscrm().raw_record(id).unwrap().into_bytes(), json);
        assert_eq!(fixture.myscrm().raw_as_sent(id).unwrap(), json);
        let other = if record["action"] == "send" { "recall" } else { "send" };
        let query = [("chat_record_id", id), ("action", other)];
        assert_eq!(fixture.code(RAW_GET, &query).await, 40_005);
    }
    let id = all[0]["chat_record_id"].as_str().unwrap();
    let changed = id.replace(|digit: char| digit.is_ascii_digit(), "0");
    assert_eq!(fixture.code(RAW_GET, &[("chat_record_id", &changed)]).await, 40_005);
    assert_eq!(fixture.code(RAW_GET, &[("chat_record_id", "a/b")]).await, 40_005);
    assert_eq!(fixture.code(RAW_GET, &[]).await, 40_002);
    // a recall that did not happen yet
    let recall = all.iter().rev().find(|record| record["action"] == "recall").unwrap();
    fixture.sim.clock().freeze_at(recall["msgtime"].as_i64().unwrap() - 1);
    let id = recall["chat_record_id"].as_str().unwrap();
    assert_eq!(fixture.code(RAW_GET, &[("chat_record_id", id)]).await, 40_005);
}

#[tokio::test]
async fn empty_pages_are_an_encrypted_empty_list_or_blank() {
    let query = [("start_time", "1"), ("end_time", "2")];
    let fixture = start(small()).await;
    let answer = fixture.json(RAW_PULL, &query).await;
    assert_eq!(fixture.decrypted(answer["encrypted"].as_str().unwrap()), b"[]");
    assert_eq!(answer["next_cursor"], "");
    let fixture = start(small().with_blank_empty_pages(true)).await;
    let expected = json!({"errcode": 0, "errmsg": "ok", "encrypted": "", "next_cursor": ""});
    assert_eq!(fixture.json(RAW_PULL, &query).await, expected);
}

#[tokio::test]
async fn answers_are_encrypted_with_other_random_bytes_each_time() {
    let fixture = start(small()).await;
    let (one, other) = (fixture.json(RAW_PULL, &[]).await, fixture.json(RAW_PULL, &[]).await);
    assert_ne!(one["encrypted"], other["encrypted"]);
    assert_eq!(fixture.records(&one), fixture.records(&other));
}

#[tokio::test]
async fn undocumented_types_have_the_bodies_of_wecom() {
    let fixture = start(small().with_undocumented_types(true).with_records(3000)).await;
    let records = fixture
        .walk_raw(&[
            ("msg_types", "mixed,chatrecord,vote,todo,meeting,markdown,voiptext"),
            ("page_size", "500"),
        ])
        .await;
    let mut kinds = BTreeSet::new();
    for record in &records {
        let kind = record["msgtype"].as_str().unwrap();
        let key = if kind == "markdown" || kind == "voiptext" { "info" } else { kind };
        assert!(record[key].is_object(), "{kind}");
        kinds.insert(kind);
    }
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    let meeting = records.iter().find(|record| record["msgtype"] == "meeting").unwrap();
    assert!(meeting["meeting"]["meetingid"].as_u64().unwrap() > i64::MAX.cast_unsigned());
}

#[tokio::test]
async fn protobuf_habits() {
    let options = small().with_integers_as_text(true).with_zeros_absent(true);
    let fixture = start(options).await;
    let answer = fixture.json(RAW_PULL, &[("page_size", "100")]).await;
    for record in fixture.records(&answer) {
        assert!(record["msgtime"].is_string() && record["sender_type"].is_u64());
        assert!(record.get("voiceid").is_none());
        assert!(record.get("is_revoke").is_none_or(|revoked| revoked == 1));
    }
}
