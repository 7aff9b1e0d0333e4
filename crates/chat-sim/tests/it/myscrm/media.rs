//! The media host: links that live for an hour, smaller pictures, and what records say of files.

use std::{collections::BTreeSet, time::Duration};

use md5::Md5;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::support::{Fixture, RAW_GET, small, start};

/// The body of a plain record that has a file, and its link.
fn file(record: &Value) -> Option<&str> {
    record[record["type"].as_str().unwrap()]["oss_url"].as_str()
}

async fn picture(fixture: &Fixture) -> Value {
    let records = fixture.walk_chats(&[("type", "image")]).await;
    records.into_iter().next().unwrap()
}

#[tokio::test]
async fn files_are_what_the_records_say() {
    let fixture = start(small().with_records(1000)).await;
    let mut seen = BTreeSet::new();
    for record in fixture.walk_chats(&[]).await {
        let id = record["chat_record_id"].as_str().unwrap();
        let Some(link) = file(&record) else {
            assert_eq!(fixture.myscrm().media_bytes(id), None);
            continue;
        };
        assert!(link.starts_with(fixture.myscrm().media_url()));
        let answer = fixture.client.get(link).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        seen.insert(format!(
            "{} {}",
            record["type"],
            answer.headers()["content-type"].to_str().unwrap()
        ));
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(fixture.myscrm().media_bytes(id).unwrap(), bytes);
        assert_eq!(fixture.myscrm().media_sha256(id).unwrap(), hex::encode(Sha256::digest(&bytes)));
        for kind in ["file", "emotion"] {
            let size = record[kind].get("size");
            assert!(size.is_none_or(|size| size.as_u64() == Some(bytes.len() as u64)));
        }
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        [
            "\"emotion\" image/png",
            "\"file\" application/pdf",
            "\"image\" image/jpeg",
            "\"image\" image/png",
            "\"video\" video/mp4",
            "\"voice\" audio/ogg",
        ]
    );
}

#[tokio::test]
async fn raw_records_tell_size_and_digest() {
    let fixture = start(small()).await;
    let records = fixture.walk_raw(&[("msg_types", "image,video,voice,file,emotion")]).await;
    assert!(records.len() > 50);
    for record in records {
        let body = &record[record["msgtype"].as_str().unwrap()];
        let answer = fixture.client.get(body["oss_url"].as_str().unwrap()).send().await.unwrap();
        let bytes = answer.bytes().await.unwrap();
        let size =
            ["filesize", "voice_size", "imagesize"].into_iter().find_map(|key| body[key].as_u64());
        assert_eq!(size, Some(bytes.len() as u64));
        assert_eq!(body["md5sum"], hex::encode(Md5::digest(&bytes)));
    }
}

#[tokio::test]
async fn links_live_for_an_hour_and_are_renewed_by_reading_again() {
    let fixture = start(small()).await;
    let record = picture(&fixture).await;
    let link = file(&record).unwrap();
    let expires: i64 = link.split(['=', '&']).nth(1).unwrap().parse().unwrap();
    assert_eq!(expires, fixture.sim.clock().now_ms() / 1000 + 3600);
    fixture.sim.clock().advance(Duration::from_secs(3600));
    assert_eq!(fixture.client.get(link).send().await.unwrap().status(), 200);
    fixture.sim.clock().advance(Duration::from_secs(1));
    let refused = fixture.client.get(link).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(refused.text().await.unwrap().contains("<Code>AccessDenied</Code>"));

    let id = record["chat_record_id"].as_str().unwrap();
    let answer = fixture.json(RAW_GET, &[("chat_record_id", id), ("action", "send")]).await;
    let json = fixture.decrypted(answer["encrypted"].as_str().unwrap());
    let raw: Value = serde_json::from_slice(&json).unwrap();
    let renewed = raw["image"]["oss_url"].as_str().unwrap();
    assert_ne!(renewed, link);
    let bytes = fixture.client.get(renewed).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(fixture.myscrm().media_bytes(id).unwrap(), bytes);
}

#[tokio::test]
async fn smaller_pictures_come_if_asked_for() {
    let fixture = start(small().with_media_bytes(20_000..=20_000)).await;
    let without = picture(&fixture).await;
    assert_eq!(without["image"]["thumb_url"], "");
    let mut links = BTreeSet::new();
    for option in ["image/resize,w_106", "image/resize,m_fixed,w_100,h_100/rotate,90"] {
        let with = fixture.walk_chats(&[("type", "image"), ("thumb_option", option)]).await;
        let body = &with[0]["image"];
        let thumb = body["thumb_url"].as_str().unwrap();
        let small = fixture.client.get(thumb).send().await.unwrap();
        assert_eq!(small.status(), 200);
        let small = small.bytes().await.unwrap();
        let whole = fixture.client.get(body["oss_url"].as_str().unwrap()).send().await.unwrap();
        assert!(small.len() < whole.bytes().await.unwrap().len());
        links.insert(thumb.split('?').next().unwrap().to_owned());
    }
    assert_eq!(links.len(), 2);
    let emotions =
        fixture.walk_chats(&[("type", "emotion"), ("thumb_option", "image/resize,w_1")]).await;
    assert!(emotions.iter().all(|record| record["emotion"]["thumb_url"] != ""));
    let link = links.pop_first().unwrap();
    let unsigned = fixture.client.get(link).send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
}

#[tokio::test]
async fn changed_links_open_nothing() {
    let fixture = start(small()).await;
    let record = picture(&fixture).await;
    let link = file(&record).unwrap();
    for changed in [
        link.split('?').next().unwrap().to_owned(),
        format!("{link}&x-oss-process=image/resize,w_10"),
        link.replace("Expires=1", "Expires=2"),
        link.replace(".jpg", ".png").replace("%3D", "="),
    ] {
        let answer = fixture.client.get(&changed).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{changed}");
    }
    assert_eq!(fixture.client.head(link).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn credentials_do_not_belong_there() {
    let fixture = start(small().with_required_header("X-Orgcode", "o-1")).await;
    let chat = fixture.myscrm().chat_ids().remove(0);
    let request =
        fixture.request(super::support::PULL, &[("chat_id", &chat), ("page_size", "1000")]);
    let answer: Value =
        request.header("x-orgcode", "o-1").send().await.unwrap().json().await.unwrap();
    let records = fixture.records(&answer);
    let link = records.iter().find_map(file).unwrap();
    for header in ["cookie", "authorization", "x-orgcode"] {
        let answer = fixture.client.get(link).header(header, "o-1").send().await.unwrap();
        assert_eq!(answer.status(), 400, "{header}");
    }
    assert_eq!(fixture.client.get(link).send().await.unwrap().status(), 200);
}
