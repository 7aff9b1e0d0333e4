//! Good inputs to begin with: the samples of the vendors, read where they lie, and a few that no
//! sample shows.

use std::fs;
use std::path::Path;

/// The samples of a vendor.
fn samples(vendor: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(vendor);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{vendor}: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    // the order of a folder is the disk's
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    assert!(!paths.is_empty(), "{vendor} has no samples");
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

fn texts(seeds: &[&str]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}

pub(crate) fn nxlink() -> Vec<Vec<u8>> {
    samples("nxlink")
}

pub(crate) fn bes() -> Vec<Vec<u8>> {
    samples("bes-ccmessaging")
}

pub(crate) fn myscrm() -> Vec<Vec<u8>> {
    let mut seeds = samples("myscrm-qw");
    seeds.extend(texts(&[
        r#"{"errcode":0,"list":[{"chat_id":"1","name":"a","create_time":"2024-01-01 00:00:00"}],"next_cursor":"2"}"#,
        r#"{"errcode":0,"external_user":{"id":"1","name":"a"},"employee":{"id":"2"},"last_chat_at":1700000000000}"#,
    ]));
    seeds
}

pub(crate) fn jijyun() -> Vec<Vec<u8>> {
    let mut seeds = samples("jijyun");
    seeds.extend(texts(&[
        r#"{"Code":2000,"Data":{"message":[{"message_id":"1","timestamp":1700000000000,"type":1,"content":{"text":"a"}}]}}"#,
        r#"{"Code":2000,"Data":{"data":[{"messageId":"1","seq":"2","type":7,"payload":{"text":"a"}}],"page":{"total":1}}}"#,
    ]));
    seeds
}

pub(crate) fn bes_calls() -> Vec<Vec<u8>> {
    let mut seeds = bes();
    seeds.extend(texts(&[
        r#"{"AccessToken":"Bearer a","CreateTime":1700000000,"Expires":3600}"#,
        r#"{"resultCode":"0","token":"\"a\""}"#,
        r#"{"resultCode":"0","resultDesc":"b","fileStream":"aGVsbG8=","fileUrl":"https://files.example.com/a"}"#,
        r#"{"resultCode":"0","data":[{"callId":"1","mediaType":"5","ackBegin":"1700000000000"}],"total":1}"#,
    ]));
    seeds
}

pub(crate) fn html() -> Vec<Vec<u8>> {
    texts(&[
        "<p>one<br/>two</p><ul><li>three</li></ul>",
        "<div>&lt;&#x4f60;&nbsp;<img src=\"a\" alt=\"b\"><!-- c --><script>d</script></div>",
        "<table><tr><td>1</td><td>2</td></tr></table><a href=\"https://example.com\">x</a>",
        "a<b and c>d",
    ])
}

pub(crate) fn config() -> Vec<Vec<u8>> {
    texts(&[
        "archive = \"a\"\n[sources.hk]\nvendor = \"nxlink\"\nbase_url = \"https://api.example.com\"\n\
         tenant_id = 1\nappkey = { env = \"A\" }\naccess_key = \"k\"\naccess_secret = { file = \"s\" }\n\
         utc_offset = \"+08:00\"\nstart = \"2025-01-01\"\nlookback_days = 3\n",
        "[sources.bes]\nvendor = \"bes-ccmessaging\"\nbase_url = \"https://a.example.com\"\napp_key = \"k\"\n\
         app_secret = \"s\"\nchannel_id = \"1\"\nchannel = \"WEB\"\nusers = [\"1\"]\npage_size = 100\n",
        "[sources.qw]\nvendor = \"myscrm-qw\"\nbase_url = \"https://a.example.com\"\napp_id = \"k\"\n\
         chats = [\"1\"]\nextra_headers = { a = \"b\" }\n",
        "[sources.yuju]\nvendor = \"jijyun\"\nbase_url = \"https://a.example.com\"\napi_key = \"k\"\n\
         customers = \"all\"\ndays = 30\n",
    ])
}

pub(crate) fn times() -> Vec<Vec<u8>> {
    texts(&[
        "2025-10-13 16:29:09",
        "2025-10-13T16:29:09.123Z",
        "+08:00",
        "-9223372036854775808",
        "Sun, 06 Nov 1994 08:49:47 GMT",
        "18446744073709551615",
    ])
}

pub(crate) fn nxlink_webhook() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"app_id":"1","channel":2,"contacts":[{"wa_id":"1","profile":{"name":"a"}}],"statuses":[{"id":"1","status":"sent","timestamp":"1700000000","errors":[{"code":1}],"costs":[{"cdr_type":1,"direction":2}]}]}"#,
        r#"{"messages":[{"id":"1","type":"button","button":{"text":"a"},"timestamp":"1700000000","context":{"id":"2"}}]}"#,
        "key\nmt\n2\n1700000000000\nsha256\n00ff\n{}",
    ])
}

pub(crate) fn jijyun_webhook() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"event_type":"aggregated_message","event_id":"1","data":{"push_data":{"chat":{"id":"1"},"message":{"message_id":"1","timestamp":1700000000000,"type":1,"content":{"text":"a"}},"origin":{"type":1}}}}"#,
        r#"{"data":{"messageId":"1","chatId":"2","timestamp":1700000000000,"type":7,"isSelf":true,"payload":{"text":"a"},"roomWecomChatId\t":"x"}}"#,
    ])
}

pub(crate) fn myscrm_sealed() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[
        r#"{"errcode":0,"encrypted":"aGVsbG8=","next_cursor":"1","more":[1,2]}"#,
        r#"[{"id":"1","action":"send","msgtype":"text","text":{"content":"a"}}]"#,
    ]);
    // what lies in a cipher text is the list of a page
    for page in samples("myscrm-qw") {
        let page: serde_json::Value = serde_json::from_slice(&page).unwrap();
        seeds.extend(page.get("decrypted").map(|list| list.to_string().into_bytes()));
    }
    seeds
}

pub(crate) fn myscrm_webhook() -> Vec<Vec<u8>> {
    texts(&["00ff\n1700000000\nnonce\naGVsbG8gd29ybGQsIGhlbGxvIHdvcmxkLCBoZWxsbyB3b3JsZA=="])
}

pub(crate) fn archive() -> Vec<Vec<u8>> {
    // a frame of zstd without a body, spans, and numbers
    let mut seeds = vec![b"\0\x28\xb5\x2f\xfd\x24\x00\x01\x00\x00\x99\xe9\xd8\x51".to_vec()];
    seeds.push([&[1][..], &9u32.to_le_bytes(), &23u32.to_le_bytes()].concat());
    seeds.push([&[1][..], &u32::MAX.to_le_bytes(), &u32::MAX.to_le_bytes()].concat());
    for place in 2..6 {
        seeds.push([&[place][..], &i64::MAX.to_le_bytes()].concat());
        seeds.push([&[place][..], &i64::MIN.to_le_bytes()].concat());
        seeds.push([&[place][..], &[9]].concat());
    }
    seeds
}
