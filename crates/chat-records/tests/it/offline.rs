//! Stored pages are read again without a secret and without the network.

use std::fs;

use chat_records::chat_core::Partition;

use crate::config::parse;
use crate::secrets::Fake;

const SOURCES: &str = r#"
[sources.hk]
vendor = "nxlink"
base_url = "https://api-hk.nxlink.ai"
tenant_id = 1
appkey = { env = "SECRET" }
access_key = { env = "SECRET" }
access_secret = { file = "secret" }
utc_offset = "+09:30"
start = "2025-01-01"

[sources.bes]
vendor = "bes-ccmessaging"
base_url = "https://service.besclouds.com"
app_key = { env = "SECRET" }
app_secret = { env = "SECRET" }
channel_id = "202207292843442389"
channel = "WEB"
users_file = "users"
start = "2025-01-01"

[sources.calls]
vendor = "bes-ccmessaging"
base_url = "https://service.besclouds.com"
app_key = { env = "SECRET" }
app_secret = { env = "SECRET" }
channel_id = "202207292843442389"
channel = "WEB"
users = "calls"
calls_url = "https://cms.example.com:28443"
calls_access_key = { env = "SECRET" }
calls_secret_key = { env = "SECRET" }
cc_id = 1
vdn = 2
start = "2025-01-01"

[sources.qw]
vendor = "myscrm-qw"
base_url = "https://nbd-api.myscrm.cn"
app_id = { env = "SECRET" }
chats_file = "chats"
extra_headers = { X-Gateway = { env = "SECRET" } }
start = "2025-01-01"

[sources.raw]
vendor = "myscrm-qw"
mode = "raw"
base_url = "https://nbd-api.myscrm.cn"
app_id = { env = "SECRET" }
encoding_aes_keys = [{ env = "SECRET" }]
start = "2025-01-01"

[sources.yuju]
vendor = "jijyun"
base_url = "https://chat.jijyun.cn"
api_key = { env = "SECRET" }
marketing_key = { file = "secret" }
customers_file = "customers"
"#;

fn secrets() -> Fake {
    let secret = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    Fake::good()
        .with_env("SECRET", secret)
        .with_file("secret", secret)
        .with_file("users", "1659490221026188522")
        .with_file("chats", "chat-1")
        .with_file("customers", "57a286a608894aa7b26a9e589f4d3333")
}

#[tokio::test]
async fn pages_are_read_as_with_all_secrets_and_nothing_is_sent() {
    let config = parse(SOURCES).unwrap();
    let pages = [
        ("hk", "nxlink/page-text.json"),
        ("hk", "nxlink/page-media.json"),
        ("bes", "bes-ccmessaging/page-shapes.json"),
        ("calls", "bes-ccmessaging/page-text.json"),
        ("qw", "myscrm-qw/page-shapes.json"),
        ("raw", "myscrm-qw/page-raw-shapes.json"),
        ("yuju", "jijyun/page-text.json"),
    ];
    for (name, file) in pages {
        let path = format!("{}/../../fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
        let body = fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let source = config.source(name).unwrap();
        let offline = source.build_offline().unwrap();
        let part = Partition::new("1659490221026188522");
        let read = offline.read(&part, body.clone()).unwrap();
        let expected = source.build(&secrets()).unwrap().read(&part, body).unwrap();
        assert!(!read.records.is_empty(), "{file}");
        assert_eq!(read.records.len(), expected.records.len(), "{file}");
        for (read, expected) in read.records.iter().zip(&expected.records) {
            assert!(read.message == expected.message, "{file}: {:?}", read.span);
            assert_eq!((&read.span, &read.likeness), (&expected.span, &expected.likeness));
        }
        let refused = offline.check().await.unwrap_err().to_string();
        assert!(refused.contains("read stored pages only"), "{name}: {refused}");
    }
}
