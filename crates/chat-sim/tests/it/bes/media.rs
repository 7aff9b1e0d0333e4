//! Files: by the API, by temporary links, and when there are none.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chat_sim::{SimVendor, TrueRecord};
use serde_json::{Value, json};

use super::{DOWNLOAD, Fixture, small, start};

fn parsed(record: &TrueRecord) -> Value {
    serde_json::from_slice(&record.raw).unwrap()
}

/// What a client makes of a record that has a file: id, type, and whether it is of the library.
fn asked_for(record: &TrueRecord) -> Option<Value> {
    let row = parsed(record);
    let content = row["content"].as_str()?;
    let body = |file_id: &str, file_type: &str| {
        Some(json!({ "fileId": file_id, "fileType": file_type, "channel": "WEB" }))
    };
    if let Some(file_type) = row["multiMediaLibraryInfo"]["mediaFileType"].as_str() {
        let mut body = body(content, file_type)?;
        body["multiMedia"] = "multiMedia".into();
        return Some(body);
    }
    if row["contentDealType"] == "1" {
        return body(&format!("local/{content}"), content.rsplit('.').next()?);
    }
    match row["mediaType"].as_str()? {
        "WEBCARD" => {
            let card: Value = serde_json::from_str(content).ok()?;
            let id = card["mediaFileId"].as_str().filter(|id| !id.is_empty())?;
            body(id, card["mediaFileType"].as_str()?.strip_prefix("img/").unwrap_or("jpg"))
        }
        "LOCATE" if !content.ends_with(",txt") => None,
        "TEXT" => None,
        _ => {
            let mut parts = content.rsplitn(3, ',');
            let last = parts.next()?;
            match parts.next() {
                Some(id) => body(id, last),
                // the id may end with a name
                None => body(last, last.rsplit_once('.')?.1),
            }
        }
    }
}

impl Fixture {
    async fn download(&self, user: &str, body: &Value) -> Value {
        let keys = self.keys(user).await;
        self.with_keys(DOWNLOAD, &keys, body).send().await.unwrap().json().await.unwrap()
    }

    /// The first record with a file whose row is as wanted.
    fn with_file(&self, is_wanted: impl Fn(&Value) -> bool) -> TrueRecord {
        let records = self.bes().records();
        records
            .into_iter()
            .find(|record| asked_for(record).is_some() && is_wanted(&parsed(record)))
            .unwrap()
    }
}

#[tokio::test]
async fn files_are_what_the_record_says() {
    let fixture = start(small().with_records(1_000)).await;
    let files = compare_all(&fixture).await;
    let fixture = start(small().with_records(1_000).with_bare_file_ids(true)).await;
    let bare = compare_all(&fixture).await;
    assert!(files > 100 && bare > 30 && bare < files, "{files} {bare}");
}

/// Gets every file that a client can get; says how many there are.
async fn compare_all(fixture: &Fixture) -> usize {
    let mut files = 0;
    for record in fixture.bes().records() {
        let expected = fixture.bes().files(&record);
        let asked = asked_for(&record);
        assert_eq!(expected.len(), usize::from(asked.is_some()), "{:?}", parsed(&record));
        let (Some(file), Some(body)) = (expected.first(), asked) else { continue };
        let answer = fixture.download(&record.partition, &body).await;
        assert_eq!(answer["resultCode"], "0", "{answer} {body}");
        let bytes = STANDARD.decode(answer["fileStream"].as_str().unwrap()).unwrap();
        assert!(bytes == file.bytes, "{body}");
        assert_eq!(file.sha256().len(), 64);
        files += 1;
    }
    files
}

#[tokio::test]
async fn codes_tell_what_is_wrong() {
    let fixture = start(small()).await;
    let record = fixture.with_file(|row| row["mediaType"] == "IMAGE");
    let body = asked_for(&record).unwrap();
    let users = fixture.bes().partitions();
    let other = users.iter().find(|user| **user != record.partition).unwrap();
    let change = |key: &str, value: &str| {
        let mut body = body.clone();
        body[key] = value.into();
        body
    };
    for (user, body, code) in [
        (&record.partition, body.clone(), "0"),
        (&record.partition, change("fileId", ""), "401"),
        (&record.partition, change("fileId", "else"), "13"),
        (&record.partition, change("fileType", "exe"), "13"),
        (other, body.clone(), "13"),
    ] {
        assert_eq!(fixture.download(user, &body).await["resultCode"], code, "{body}");
    }
    let keys = fixture.keys(&record.partition).await;
    let request = fixture.with_keys(DOWNLOAD, &keys, &change("channel", "WECHAT"));
    assert_eq!(request.send().await.unwrap().status(), 400);
    let library = fixture.with_file(|row| row["multiMediaLibraryInfo"].is_object());
    let mut body = asked_for(&library).unwrap();
    body.as_object_mut().unwrap().remove("multiMedia");
    assert_eq!(fixture.download(&library.partition, &body).await["resultCode"], "13");
}

#[tokio::test]
async fn large_files_are_not_given_out() {
    let fixture = start(small().with_records(60).with_media_bytes(2_100_000..=2_200_000)).await;
    let record = fixture.with_file(|_| true);
    let answer = fixture.download(&record.partition, &asked_for(&record).unwrap()).await;
    assert_eq!((answer["resultCode"].as_str(), answer.get("fileStream")), (Some("13"), None));
    assert!(fixture.bes().files(&record).is_empty());
}

#[tokio::test]
async fn temporary_links_live_for_a_day() {
    let fixture = start(small()).await;
    let record = fixture.with_file(|row| row["mediaType"] == "IMAGE");
    let answer = fixture.download(&record.partition, &asked_for(&record).unwrap()).await;
    let link = answer["fileUrl"].as_str().unwrap();
    assert!(link.starts_with(fixture.bes().media_url()), "{link}");
    let get = async |link: &str| fixture.client.get(link).send().await.unwrap();
    let file = get(link).await;
    assert_eq!(file.status(), 200);
    assert_eq!(file.bytes().await.unwrap(), fixture.bes().files(&record)[0].bytes);
    let leaking = fixture.client.get(link).header("x-app-key", "x").send().await.unwrap();
    assert_eq!(leaking.status(), 400);
    assert_eq!(get(&link.replace("Signature=", "Signature=x")).await.status(), 403);
    fixture.sim.clock().advance(Duration::from_secs(86_401));
    assert_eq!(get(link).await.status(), 403);
}

#[tokio::test]
async fn files_fail_by_rule() {
    let fixture = start(small()).await;
    let record = fixture.with_file(|row| row["mediaType"] == "IMAGE");
    let body = asked_for(&record).unwrap();
    let set = |rule: &str| fixture.bes().set_faults(chat_sim::Faults::from_toml(rule).unwrap());
    set("[[fault]]\nfirst = 1\nkind = \"media_404\"");
    assert_eq!(fixture.download(&record.partition, &body).await["resultCode"], "13");
    assert_eq!(fixture.download(&record.partition, &body).await["resultCode"], "0");
    set("[[fault]]\nfirst = 1\nkind = \"wrong_mime\"");
    let answer = fixture.download(&record.partition, &body).await;
    let bytes = STANDARD.decode(answer["fileStream"].as_str().unwrap()).unwrap();
    assert!(bytes.starts_with(b"%PDF"));
    set(&format!("[[fault]]\nrecord = {}\npath = \"media\"\nkind = \"empty\"", record.ordinal));
    let keys = fixture.keys(&record.partition).await;
    let answer = fixture.with_keys(DOWNLOAD, &keys, &body).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "");
}
