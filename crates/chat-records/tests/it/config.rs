//! What a configuration says, and each way in which it can be wrong.

use std::path::PathBuf;
use std::time::Duration;

use chat_records::Vendor;
use chat_records::config::{Config, SecretRef};

/// A configuration without mistakes. Tests replace a line of it.
pub(crate) const GOOD: &str = r#"archive = "archive"

[sources.hk]
vendor = "nxlink"
base_url = "https://api-hk.nxlink.ai"
tenant_id = 1
appkey = { env = "NXLINK_APPKEY" }
access_key = { env = "NXLINK_ACCESS_KEY" }
access_secret = { file = "secrets/access-secret" }
utc_offset = "+08:00"
start = "2025-01-01"
"#;

pub(crate) fn parse(text: &str) -> Result<Config, String> {
    Config::parse("chat-records.toml", text).map_err(|error| error.to_string())
}

/// The good configuration with another line in place of the one of this key.
pub(crate) fn with(key: &str, line: &str) -> String {
    let start = format!("{key} = ");
    assert!(GOOD.contains(&start), "{key}");
    GOOD.lines()
        .map(|good| if good.starts_with(&start) { line } else { good })
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn a_good_configuration_is_read_and_defaults_are_filled_in() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.archive, PathBuf::from("archive"));
    assert_eq!(config.warnings, [""; 0]);
    let hk = config.source("hk").unwrap();
    assert_eq!(
        hk.settings.start.unwrap().to_rfc3339(hk.settings.utc_offset),
        "2025-01-01T00:00:00.000+08:00"
    );
    assert_eq!(hk.settings.lookback_days, 3);
    assert_eq!(hk.settings.concurrency, 1);
    assert_eq!(hk.settings.min_interval, Duration::from_millis(500));
    let Vendor::Nxlink(nxlink) = &hk.vendor else { panic!("{hk:?}") };
    assert_eq!(nxlink.page_size, 100);
    assert_eq!(nxlink.tenant_id, 1);
    assert!(matches!(&nxlink.appkey, SecretRef::Env(name) if name == "NXLINK_APPKEY"));
}

#[test]
fn every_setting_is_read() {
    let text = GOOD.to_owned()
        + "lookback_days = 7\nlate_days = 60\nlate_requests = 50\nmin_interval_ms = 0\nconcurrency = 8\nsignature = \"sha256\"\n\
           channel = \"all\"\npage_size = 20\n";
    let config = parse(&text).unwrap();
    insta::assert_debug_snapshot!(config.sources);
}

#[test]
fn dates_and_ids_are_taken_in_their_natural_forms() {
    let settings =
        |key: &str, line: &str| parse(&with(key, line)).unwrap().sources.remove(0).settings;
    let start = settings("start", "start = \"2025-01-01\"").start;
    assert_eq!(settings("start", "start = 2025-01-01").start, start);
    assert_eq!(settings("start", "start = 2025-01-01T00:00:00").start, start);
    assert_eq!(
        settings("start", "start = \"2025-01-01 08:00:00\"").start.unwrap(),
        start.unwrap().plus_ms(8 * 3_600_000)
    );
    parse(&with("tenant_id", "tenant_id = \"17\"")).unwrap();
}

#[test]
fn a_plain_secret_works_and_is_warned_of() {
    let config = parse(&with("access_key", "access_key = \"MARKER\"")).unwrap();
    insta::assert_snapshot!(config.warnings.join("\n"));
}

#[test]
fn plain_http_is_taken_on_loopback_only() {
    for address in ["http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]:80"] {
        parse(&with("base_url", &format!("base_url = {address:?}"))).unwrap();
    }
    parse(&with("base_url", "base_url = \"http://192.168.0.1\"")).unwrap_err();
}

#[test]
fn each_mistake_is_one_clear_sentence() {
    let secret = |value: &str| with("access_secret", &format!("access_secret = {value}"));
    let url = |value: &str| with("base_url", &format!("base_url = {value:?}"));
    let added = |line: &str| format!("{GOOD}{line}\n");
    let cases = [
        ("unknown key at the top", format!("archiv = \"a\"\n{GOOD}")),
        ("unknown table", GOOD.replace("[sources.hk]", "[source.hk]")),
        ("unknown key", with("tenant_id", "tennant_id = 1")),
        ("unknown key like none", added("color = \"red\"")),
        ("no vendor", with("vendor", "")),
        ("vendor misspelled as a key", with("vendor", "vender = \"nxlink\"")),
        ("unknown vendor, nearly known", with("vendor", "vendor = \"nxlnk\"")),
        ("unknown vendor", with("vendor", "vendor = \"acme\"")),
        ("vendor of the wrong type", with("vendor", "vendor = 1")),
        ("missing base_url", with("base_url", "")),
        ("missing tenant_id", with("tenant_id", "")),
        ("missing appkey", with("appkey", "")),
        ("missing access_key", with("access_key", "")),
        ("missing access_secret", with("access_secret", "")),
        ("missing utc_offset", with("utc_offset", "")),
        ("missing start", with("start", "")),
        ("wrong type: text", with("utc_offset", "utc_offset = 8")),
        ("wrong type: number", with("tenant_id", "tenant_id = 1.5")),
        ("wrong type: date", with("start", "start = 20250101")),
        ("wrong type: secret", secret("17")),
        ("tenant_id is no number", with("tenant_id", "tenant_id = \"one\"")),
        ("tenant_id is negative", with("tenant_id", "tenant_id = -1")),
        ("no date", with("start", "start = \"2025-13-01\"")),
        ("a date with an offset", with("start", "start = 2025-01-01T00:00:00Z")),
        ("no offset", with("utc_offset", "utc_offset = \"Asia/Hong_Kong\"")),
        ("plain http", url("http://api-hk.nxlink.ai")),
        ("another scheme", url("ftp://api-hk.nxlink.ai")),
        ("no address", url("api-hk.nxlink.ai")),
        ("address with a password", url("https://user:MARKER@api-hk.nxlink.ai")),
        ("address with a query", url("https://api-hk.nxlink.ai/?key=MARKER")),
        ("out of range: lookback_days", added("lookback_days = -1")),
        ("out of range: late_days", added("late_days = 100000")),
        ("wrong type: late_requests", added("late_requests = \"many\"")),
        ("out of range: min_interval_ms", added("min_interval_ms = 86400000")),
        ("out of range: concurrency", added("concurrency = 0")),
        ("out of range: page_size", added("page_size = 101")),
        ("signature", added("signature = \"sha1\"")),
        ("channel", added("channel = \"two\"")),
        ("secret: neither", secret("{ }")),
        ("secret: both", secret("{ env = \"A\", file = \"b\" }")),
        ("secret: unknown key", secret("{ environment = \"A\" }")),
        ("secret: env of the wrong type", secret("{ env = 1 }")),
        ("secret: the value as the name", secret("{ env = \"AK-MARKER\" }")),
        ("secret: empty", secret("\"\"")),
        ("secret: empty file", secret("{ file = \"\" }")),
        ("secret: two lines", secret("\"MARKER\\nMARKER\"")),
        ("source name", GOOD.replace("[sources.hk]", "[sources.\"hong kong\"]")),
        ("source is no table", "sources.hk = 1\n".to_owned()),
        ("sources are no tables", "sources = []\n".to_owned()),
        ("no sources", "archive = \"a\"\n".to_owned()),
        ("empty archive", GOOD.replace("\"archive\"", "\"\"")),
        ("no TOML: text not closed", secret("\"MARKER")),
        ("no TOML: no value", added("page_size =")),
        ("no TOML: key twice", added("tenant_id = 2")),
        ("no TOML: table twice", added("[sources.hk]")),
    ];
    let mut shown = String::new();
    for (name, text) in cases {
        let error = parse(&text).expect_err(name);
        assert!(!error.contains("MARKER"), "{name}: {error}");
        assert!(!error.contains('\n'), "{name}: {error}");
        assert!(error.starts_with("chat-records.toml: "), "{name}: {error}");
        shown = shown + "# " + name + "\n" + &error + "\n\n";
    }
    insta::assert_snapshot!(shown);
}
