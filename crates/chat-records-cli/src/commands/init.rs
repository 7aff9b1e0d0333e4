//! `init`: writes a commented configuration.

use std::fs::OpenOptions;
use std::io::{self, Write as _};

use serde_json::json;

use super::Outcome;
use crate::args::Global;
use crate::config;
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// What `init` writes. It is a valid configuration as it stands.
const TEMPLATE: &str = r#"# chat-records.toml: where the archive is, and what fills it.
#
#   chat-records check     tries the credentials
#   chat-records sync      fills the archive; run it again at any time
#   chat-records status    shows what the archive holds

archive = "archive"                 # folder, relative to this file

# A key of at least 16 characters, such as `openssl rand -hex 32` makes: each sync then ends with a
# seal, and `verify --key` tells whether the archive was written anew since.
#seal_key = { env = "CHAT_RECORDS_SEAL_KEY" }

# A source is one account at a vendor. Its name is yours: letters, digits, - and _.
# Remove the # in front of what you need; lines of words have a space behind it.

# WhatsApp for business by NXCloud.
[sources.nxlink]
vendor = "nxlink"

# The gateway of your region: https://api-hk.nxlink.ai (Hong Kong),
# https://api-idn.nxlink.ai (Indonesia) or https://chl-api.nxlink.ai (Americas).
base_url = "https://api-hk.nxlink.ai"

tenant_id = 1                       # the number of your team; the console calls it team id

# Secrets come from the environment or from files, so that this file can be shared:
# { env = "NAME" } or { file = "PATH" }, the path relative to this file.
appkey = { env = "NXLINK_APPKEY" }
access_key = { env = "NXLINK_ACCESS_KEY" }
access_secret = { env = "NXLINK_ACCESS_SECRET" }

# NXLink's times carry no zone. Say which one they are in; it is never guessed.
utc_offset = "+08:00"

start = "2025-01-01"                # how far back the first sync goes
#lookback_days = 3                 # days that are read again in each run for late changes
#late_days = 30                    # messages without a last status are looked at for so long
#min_interval_ms = 500             # least time between the starts of two requests
#concurrency = 1                   # requests in flight
#media_limit_mb = 512              # the largest file that is fetched
#page_size = 100                   # records a page, at most 100
#signature = "md5"                 # or "sha256"
#channel = 2                       # 2 is WhatsApp

# Huawei's customer service (CEC, AICC): one channel.
#[sources.bes]
#vendor = "bes-ccmessaging"
#base_url = "https://service.besclouds.com"
#token_url = "https://service.besclouds.com:28070"  # default: base_url
#app_key = { env = "BES_APP_KEY" }
#app_secret = { env = "BES_APP_SECRET" }
#channel_id = "202207292843442389"  # the configuration id of the channel
#channel = "WEB"
# No documented call lists all users: name them, or put them into a file, one a line.
#users = ["1659490221026188522"]    # or users_file = "users.txt"
#start = "2025-01-01"
#utc_offset = "+08:00"              # what start is meant in, and times are shown in

# Enterprise WeChat by myscrm.
#[sources.qw]
#vendor = "myscrm-qw"
#base_url = "https://nbd-api.myscrm.cn"
#app_id = { env = "MYSCRM_APP_ID" }
#chats = ["chat-1"]                 # or chats_file = "chats.txt", or chats = "groups"
# How the platform authenticates is not on its page: ask for its rules for API calls.
#extra_headers = { X-Example = { env = "MYSCRM_HEADER" } }
#extra_query = { orgcode = { env = "MYSCRM_ORGCODE" } }
#start = "2025-01-01"
#utc_offset = "+08:00"

# The same for the whole enterprise, encrypted.
#[sources.qw-raw]
#vendor = "myscrm-qw"
#mode = "raw"
#base_url = "https://nbd-api.myscrm.cn"
#app_id = { env = "MYSCRM_APP_ID" }
#encoding_aes_keys = [{ env = "MYSCRM_AES_KEY" }]
#start = "2025-01-01"
#utc_offset = "+08:00"

# Yuju AI by Jijyun.
#[sources.yuju]
#vendor = "jijyun"
#base_url = "https://chat.jijyun.cn"
#api_key = { env = "JIJYUN_API_KEY" }
#customers = "all"                  # or ["57a2…"], or customers_file = "customers.txt"
#days = 30                          # how far back each sync reads
#utc_offset = "+08:00"

# Its hosted WeCom accounts.
#[sources.yuju-hosted]
#vendor = "jijyun"
#mode = "hosted"
#base_url = "https://chat.jijyun.cn"
#api_key = { env = "JIJYUN_API_KEY" }
#accounts = "all"                   # or a list of imBotId
#start = "2025-01-01"
#utc_offset = "+08:00"
"#;

/// Writes the template, unless there is a configuration already.
pub(super) fn run(global: &Global, output: &Output) -> Outcome {
    let path = config::path(global);
    let shown = path.display();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // whoever puts a secret into it after all should not show it to others
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file| file.write_all(TEMPLATE.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::usage_text(format!(
            "{shown}: there is a configuration already; edit it, or name another file with --config"
        )),
        io::ErrorKind::NotFound => {
            Failure::usage_text(format!("{shown}: there is no such folder; create it first"))
        }
        _ => anyhow::anyhow!("{shown}: the configuration cannot be written: {error}").into(),
    })?;
    if output.is_json {
        output.document(&json!({ "config": path }))?;
    }
    output.line(format!("wrote {shown}"))?;
    output.line("Fill in your account and set the secrets, then run `chat-records check`.")?;
    Ok(Exit::Good)
}

#[cfg(test)]
mod tests {
    use chat_records::config::Config;

    #[test]
    fn the_template_is_a_configuration() {
        let config = Config::parse("chat-records.toml", super::TEMPLATE).unwrap();
        assert_eq!(config.sources.len(), 1);
        assert_eq!(config.warnings, [""; 0]);
    }

    #[test]
    fn what_is_switched_off_works_when_it_is_switched_on() {
        let lines = super::TEMPLATE.lines().map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
            _ => line,
        });
        let text: Vec<&str> = lines.collect();
        let all = Config::parse("chat-records.toml", &text.join("\n")).unwrap();
        let names: Vec<&str> = all.sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["bes", "nxlink", "qw", "qw-raw", "yuju", "yuju-hosted"]);
        assert_eq!(all.warnings, [""; 0]);
        // those of the first source show their defaults
        let config = Config::parse("chat-records.toml", super::TEMPLATE).unwrap();
        assert_eq!(all.source("nxlink").unwrap().settings, config.sources[0].settings);
    }
}
