//! The vendors beside NXLink: what their tables say, and each way in which they can be wrong.

use std::sync::Arc;

use chat_records::chat_core::{PageRequest, ReplayTransport, Transport, Window, Windowing};
use chat_records::config::Ids;
use chat_records::{Vendor, source::JijyunRecords};

use crate::config::parse;
use crate::secrets::Fake;

const BES: &str = r#"
[sources.bes]
vendor = "bes-ccmessaging"
base_url = "https://service.besclouds.com"
token_url = "https://service.besclouds.com:28070"
app_key = { env = "SECRET" }
app_secret = { env = "SECRET" }
channel_id = "202207292843442389"
channel = "WEB"
users = ["1659490221026188522"]
page_size = 100
start = "2025-01-01"
"#;

const QW: &str = r#"
[sources.qw]
vendor = "myscrm-qw"
base_url = "https://nbd-api.myscrm.cn"
app_id = { env = "SECRET" }
chats = ["chat-1"]
page_size = 100
start = "2025-01-01"
"#;

const QW_RAW: &str = r#"
[sources.qw]
vendor = "myscrm-qw"
mode = "raw"
base_url = "https://nbd-api.myscrm.cn"
app_id = { env = "SECRET" }
encoding_aes_keys = [{ env = "AES_KEY" }]
start = "2025-01-01"
"#;

const YUJU: &str = r#"
[sources.yuju]
vendor = "jijyun"
base_url = "https://chat.jijyun.cn"
api_key = { env = "SECRET" }
customers = ["57a286a608894aa7b26a9e589f4d3333"]
days = 30
"#;

/// The text with another line in place of the one of this key.
fn with(text: &str, key: &str, line: &str) -> String {
    let start = format!("{key} = ");
    assert!(text.lines().any(|good| good.starts_with(&start)), "{key}");
    let lines = text.lines().map(|good| if good.starts_with(&start) { line } else { good });
    lines.fold(String::new(), |text, line| text + line + "\n")
}

fn secrets() -> Fake {
    Fake::good()
        .with_env("SECRET", "MARKER-secret")
        .with_env("AES_KEY", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
        .with_file("named.txt", "1\t陈思远\n2\n")
        .with_file("ids.txt", "\u{feff}one\r\n# two\n\n three \n")
        .with_file("none.txt", "# nobody\n")
        .with_file("twice.txt", "one\none\n")
}

#[test]
fn each_vendor_is_configured_as_its_table_says() {
    let all = [BES, QW, YUJU].concat();
    let config = parse(&all).unwrap();
    assert_eq!(config.warnings, [""; 0]);
    insta::assert_debug_snapshot!(config.sources);
    for source in &config.sources {
        let built = source.build(&secrets()).unwrap();
        assert_eq!((built.name(), built.vendor()), (source.name.as_str(), source.vendor.name()));
        let shown = format!("{source:?} {built:?} {}", built.fingerprint());
        assert!(!shown.contains("MARKER"), "{shown}");
    }
}

#[test]
fn everything_that_can_be_set_is_read() {
    let calls = "users = \"calls\"\ncalls_url = \"https://cms.example.com:28443\"\n\
                 calls_access_key = { env = \"SECRET\" }\ncalls_secret_key = { env = \"SECRET\" }\n\
                 calls_timestamp = \"milliseconds\"\ncc_id = 1\nvdn = 2\nlocale = \"en\"\n\
                 token_lifetime_s = 3600\npage_floor = 1\nutc_offset = \"-03:00\"";
    let bes = with(BES, "users", calls);
    let raw = QW_RAW.to_owned()
        + "receive_id = \"ww1\"\nextra_headers = { X-Gateway = { env = \"SECRET\" } }\n\
           extra_query = { orgcode = { env = \"SECRET\" } }\n";
    let groups = with(QW, "chats", "chats = \"groups\"\nemployees = [\"ann\"]\nwindow_days = 1")
        .replace("sources.qw", "sources.groups");
    let hosted = with(YUJU, "customers", "mode = \"hosted\"\naccounts = \"all\"");
    let hosted = with(&hosted, "days", "page_size = 50\nstart = \"2025-01-01\"");
    let detail = with(YUJU, "customers", "customers = \"all\"\nhistory_detail = true")
        .replace("sources.yuju", "sources.detail");
    let config = parse(&[bes, raw, groups, hosted, detail].concat()).unwrap();
    insta::assert_debug_snapshot!(config.sources);
    let windowing = |name: &str| {
        let source = config.source(name).unwrap().build(&secrets()).unwrap();
        let capabilities = source.capabilities();
        (capabilities.partial_partitions, matches!(capabilities.windowing, Windowing::Whole { .. }))
    };
    assert_eq!(windowing("bes"), (true, false));
    assert_eq!(windowing("groups"), (true, false));
    assert_eq!(windowing("qw"), (false, false));
    assert_eq!(windowing("yuju"), (true, false));
    assert_eq!(windowing("detail"), (true, true));
}

#[test]
fn a_start_that_nothing_can_be_done_with_is_warned_of() {
    let config = parse(&format!("{YUJU}start = \"2025-01-01\"\n")).unwrap();
    assert!(config.warnings[0].contains("start is of no use here"), "{:?}", config.warnings);
    assert_eq!(config.sources[0].settings.start, None);
}

#[tokio::test]
async fn ids_come_from_a_file_with_one_a_line() {
    let config = parse(&with(YUJU, "customers", "customers_file = \"ids.txt\"")).unwrap();
    let Vendor::Jijyun(jijyun) = &config.sources[0].vendor else { panic!("{config:?}") };
    let JijyunRecords::Customers { customers, .. } = &jijyun.records else { panic!("{jijyun:?}") };
    assert_eq!(*customers, Ids::File("ids.txt".into()));
    let source = config.sources[0].build(&secrets()).unwrap();
    let partitions = source.partitions().await.unwrap();
    let keys: Vec<&str> = partitions.iter().map(|partition| partition.key.as_str()).collect();
    assert_eq!(keys, ["one", "three"]);
}

#[tokio::test]
async fn names_of_users_come_with_their_ids() {
    let token = r#"{"AccessToken":"t","Expires":"600","CreateTime":"1700000000"}"#;
    let replay = Arc::new(
        ReplayTransport::new()
            .answer(200, token)
            .answer(200, r#"{"resultCode":"0","token":"u"}"#)
            .answer(200, r#"{"resultCode":"0","messageList":[]}"#),
    );
    let transport: Arc<dyn Transport> = Arc::clone(&replay) as _;
    let config = parse(&with(BES, "users", "users_file = \"named.txt\"")).unwrap();
    let source = config.sources[0].build_with_transport(&secrets(), &transport).unwrap();
    let partitions = source.partitions().await.unwrap();
    assert_eq!(partitions.len(), 2);
    let window = Window::new(1_735_689_600_000, 1_735_776_000_000);
    source.fetch(&PageRequest::first(partitions[0].clone(), Some(window))).await.unwrap();
    let asked = String::from_utf8(replay.take_requests().remove(1).into_body()).unwrap();
    assert!(asked.contains(r#""userName":"陈思远""#) && asked.contains(r#""userId":"1""#));
}

#[tokio::test]
async fn what_is_configured_is_what_is_sent() {
    let text = QW.to_owned()
        + "extra_headers = { X-Gateway = { env = \"SECRET\" } }\n\
           extra_query = { orgcode = { env = \"SECRET\" } }\n";
    let replay = Arc::new(ReplayTransport::new().answer(200, r#"{"errcode":0,"list":[]}"#));
    let transport: Arc<dyn Transport> = Arc::clone(&replay) as _;
    let config = parse(&text).unwrap();
    let source = config.sources[0].build_with_transport(&secrets(), &transport).unwrap();
    let partition = source.partitions().await.unwrap().remove(0);
    let window = Window::new(1_735_689_600_000, 1_735_776_000_000);
    source.fetch(&PageRequest::first(partition, Some(window))).await.unwrap();
    let request = replay.take_requests().remove(0);
    let address = request.uri().to_string();
    for part in ["app_id=MARKER-secret", "orgcode=MARKER-secret", "chat_id=chat-1", "page_size=100"]
    {
        assert!(address.contains(part), "{part} in {address}");
    }
    assert_eq!(request.headers()["x-gateway"], "MARKER-secret");
}

#[test]
fn each_mistake_is_one_clear_sentence() {
    let cases = [
        ("bes: no users", with(BES, "users", "")),
        ("bes: users of the wrong type", with(BES, "users", "users = 1")),
        ("bes: a user of the wrong type", with(BES, "users", "users = [1]")),
        ("bes: another word", with(BES, "users", "users = \"all\"")),
        ("bes: nobody", with(BES, "users", "users = []")),
        ("bes: the same user twice", with(BES, "users", "users = [\"a\", \"a\"]")),
        ("bes: list and file", format!("{BES}users_file = \"ids.txt\"\n")),
        ("bes: calls without their address", with(BES, "users", "users = \"calls\"")),
        ("bes: address of calls without calls", format!("{BES}cc_id = 1\n")),
        ("bes: plain http for tokens", with(BES, "token_url", "token_url = \"http://a.example\"")),
        ("bes: no channel", with(BES, "channel", "")),
        ("bes: page of one", with(BES, "page_size", "page_size = 1")),
        ("qw: no chats", with(QW, "chats", "")),
        ("qw: keys without raw mode", format!("{QW}encoding_aes_keys = [\"MARKER\"]\n")),
        ("qw: chats in raw mode", format!("{QW_RAW}chats = [\"a\"]\n")),
        ("qw: raw mode without keys", with(QW_RAW, "encoding_aes_keys", "")),
        ("qw: keys that are no list", with(QW_RAW, "encoding_aes_keys", "encoding_aes_keys = 1")),
        ("qw: another mode", format!("{QW}mode = \"fast\"\n")),
        ("qw: headers that are no table", format!("{QW}extra_headers = \"MARKER\"\n")),
        ("qw: a header of the wrong type", format!("{QW}extra_headers = {{ X = 1 }}\n")),
        ("yuju: no customers", with(YUJU, "customers", "")),
        ("yuju: no days", with(YUJU, "days", "days = 0")),
        ("yuju: accounts of customers", format!("{YUJU}accounts = \"all\"\n")),
        ("yuju: days of hosted accounts", format!("{YUJU}mode = \"hosted\"\n")),
        ("yuju: a flag that is none", format!("{YUJU}history_detail = \"yes\"\n")),
    ];
    let mut shown = String::new();
    for (name, text) in cases {
        let error = parse(&text).expect_err(name);
        assert!(!error.contains("MARKER"), "{name}: {error}");
        shown = shown + "# " + name + "\n" + &error + "\n\n";
    }
    let files = [
        ("users file that is not there", with(BES, "users", "users_file = \"gone.txt\"")),
        ("users file with nobody", with(BES, "users", "users_file = \"none.txt\"")),
        ("users file with one twice", with(BES, "users", "users_file = \"twice.txt\"")),
        ("a key that is none", QW_RAW.replace("AES_KEY", "SECRET")),
    ];
    for (name, text) in files {
        let config = parse(&text).unwrap();
        let error = config.sources[0].build(&secrets()).expect_err(name).to_string();
        assert!(!error.contains("MARKER"), "{name}: {error}");
        shown = shown + "# " + name + "\n" + &error + "\n\n";
    }
    insta::assert_snapshot!(shown);
}
