//! The media host: links, refusals, ranges, types.

use std::time::Duration;

use chat_sim::SimOptions;
use reqwest::StatusCode;
use sha2::{Digest, Sha256};

use crate::support::{small, start, start_with};

#[tokio::test]
async fn files_are_what_the_record_says() {
    let fixture = start(small().with_records(1000)).await;
    let mut seen = std::collections::BTreeSet::new();
    for row in fixture.walk(&[]).await {
        let Some(link) = row["media_link"].as_str() else { continue };
        assert!(link.starts_with(fixture.nxlink().media_url()));
        let mime_type = row["mime_type"].as_str().unwrap();
        let id = row["id"].as_str().unwrap();
        let answer = fixture.client.get(link).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], mime_type);
        let length: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(bytes.len(), length);
        assert!((1_000..=60_100).contains(&length), "{length}");
        assert_eq!(fixture.nxlink().media_bytes(id).unwrap(), bytes);
        assert_eq!(fixture.nxlink().media_sha256(id).unwrap(), hex::encode(Sha256::digest(&bytes)));
        let magic: &[u8] = match mime_type {
            "image/jpeg" => b"\xff\xd8\xff\xe0",
            "image/png" => b"\x89PNG\r\n\x1a\n",
            "application/pdf" => b"%PDF-1.4",
            "audio/ogg" => b"OggS",
            "video/mp4" => b"\0\0\0\x18ftyp",
            other => panic!("unexpected {other}"),
        };
        assert!(bytes.starts_with(magic), "{mime_type}");
        seen.insert(mime_type.to_owned());
    }
    assert_eq!(seen.len(), 5);
    let text =
        fixture.nxlink().ids().into_iter().find(|id| fixture.nxlink().media_bytes(id).is_none());
    assert!(text.is_some());
}

#[tokio::test]
async fn files_have_the_wanted_size() {
    let fixture = start(small().with_records(1000).with_media_bytes(200_000..=200_000)).await;
    for id in fixture.nxlink().ids() {
        if let Some(bytes) = fixture.nxlink().media_bytes(&id) {
            assert!((199_900..=200_100).contains(&bytes.len()), "{}", bytes.len());
        }
    }
}

#[tokio::test]
async fn links_expire_and_are_renewed_by_reading_again() {
    let fixture = start(small()).await;
    let row = fixture.media_row().await;
    let link = row["media_link"].as_str().unwrap();
    fixture.sim.clock().advance(Duration::from_secs(60 * 60));
    assert_eq!(fixture.client.get(link).send().await.unwrap().status(), 200);
    fixture.sim.clock().advance(Duration::from_secs(1));
    let refused = fixture.client.get(link).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.headers()["content-type"], "application/xml");
    assert!(refused.text().await.unwrap().contains("<Code>AccessDenied</Code>"));

    let created = row["created_at"].as_str().unwrap();
    let again = fixture
        .rows(&[
            ("saas_conversation_id", row["saas_conversation_id"].as_str().unwrap()),
            ("start_time", created),
            ("end_time", created),
        ])
        .await;
    let renewed = again.iter().find(|other| other["id"] == row["id"]).unwrap()["media_link"]
        .as_str()
        .unwrap();
    assert_ne!(renewed, link);
    assert_eq!(fixture.client.get(renewed).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn changed_links_open_nothing() {
    let fixture = start(small()).await;
    let row = fixture.media_row().await;
    let link = row["media_link"].as_str().unwrap();
    let (address, query) = link.split_once('?').unwrap();
    let expires: i64 = query.split(['=', '&']).nth(1).unwrap().parse().unwrap();
    for changed in [
        address.to_owned(),
        format!("{address}?{}", query.replace(&expires.to_string(), &(expires + 1).to_string())),
        format!("{address}?{}", query.replace("%3D", "=")),
        format!("{link}&x=1"),
        format!("{}?{query}", address.replace("nxlink/1", "nxlink/2")),
    ] {
        let answer = fixture.client.get(&changed).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{changed}");
        assert!(answer.text().await.unwrap().contains("SignatureDoesNotMatch"));
    }
}

#[tokio::test]
async fn vendor_headers_are_refused() {
    let fixture = start(small()).await;
    let row = fixture.media_row().await;
    for header in ["accessKey", "ts", "bizType", "action", "sign", "algorithm"] {
        let request = fixture.client.get(row["media_link"].as_str().unwrap()).header(header, "1");
        assert_eq!(request.send().await.unwrap().status(), 400, "{header}");
    }
}

#[tokio::test]
async fn ranges_are_served() {
    let fixture = start(small()).await;
    let row = fixture.media_row().await;
    let whole = fixture.nxlink().media_bytes(row["id"].as_str().unwrap()).unwrap();
    let get = |range: &'static str| {
        fixture.client.get(row["media_link"].as_str().unwrap()).header("range", range).send()
    };
    let len = whole.len();
    for (range, start, end) in [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, len),
        ("bytes=-7", len - 7, len),
        ("bytes=5-99999999", 5, len),
    ] {
        let answer = get(range).await.unwrap();
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(answer.headers()["content-range"], format!("bytes {start}-{}/{len}", end - 1));
        assert_eq!(answer.bytes().await.unwrap(), whole[start..end]);
    }
    let part = |etag: &str| {
        let request = fixture.client.get(row["media_link"].as_str().unwrap());
        request.header("range", "bytes=100-").header("if-range", etag.to_owned()).send()
    };
    let etag = get("bytes=0-9").await.unwrap().headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(part(&etag).await.unwrap().status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part("\"of another file\"").await.unwrap().status(), 200);
    assert_eq!(get("bytes=99999999-").await.unwrap().status(), 416);
    assert_eq!(get("bytes=9-3").await.unwrap().status(), 200);
    assert_eq!(get("lines=1-2").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_throttle_slows_files_down_without_changing_them() {
    let fixture =
        start(small().with_media_bytes(20_000..=20_000).with_media_bytes_per_second(200_000)).await;
    let row = fixture.media_row().await;
    let begun = std::time::Instant::now();
    let answer = fixture.client.get(row["media_link"].as_str().unwrap()).send().await.unwrap();
    let bytes = answer.bytes().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(50));
    assert_eq!(fixture.nxlink().media_bytes(row["id"].as_str().unwrap()).unwrap(), bytes);
}

#[tokio::test]
async fn all_downloads_share_one_line() {
    let options = SimOptions::default().with_nxlink(small().with_media_bytes(20_000..=20_000));
    let fixture = start_with(options.with_media_rate(200_000)).await;
    let row = fixture.media_row().await;
    let begun = std::time::Instant::now();
    let get = || async {
        let answer = fixture.client.get(row["media_link"].as_str().unwrap()).send().await.unwrap();
        answer.bytes().await.unwrap().len()
    };
    let sizes = tokio::join!(get(), get(), get(), get());
    assert!(sizes.0 >= 19_900 && sizes.0 == sizes.3);
    assert!(begun.elapsed() >= Duration::from_millis(390), "80,000 bytes at 200,000 a second");
}

#[tokio::test]
async fn a_body_may_never_end() {
    let fixture = start(small()).await;
    let row = fixture.media_row().await;
    let rules = "[[fault]]\npath = \"media\"\nalways = true\nkind = \"endless\"";
    fixture.nxlink().set_faults(chat_sim::Faults::from_toml(rules).unwrap());
    let mut answer = fixture.client.get(row["media_link"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.content_length(), None);
    let mut size = 0;
    while size < 1_000_000 {
        size += answer.chunk().await.unwrap().unwrap().len();
    }
}
