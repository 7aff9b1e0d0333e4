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

# A source is one account at a vendor. Its name is yours: letters, digits, - and _.
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
# lookback_days = 3                 # days that are read again for late changes
# min_interval_ms = 500             # least time between the starts of two requests
# concurrency = 1                   # requests in flight
# page_size = 100                   # records a page, at most 100
# signature = "md5"                 # or "sha256"
# channel = 2                       # 2 is WhatsApp
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
        // the settings that are commented out show their defaults
        let all = super::TEMPLATE.replace("\n# lookback", "\nlookback").replace("\n# min", "\nmin");
        let all = all.replace("\n# conc", "\nconc").replace("\n# page", "\npage");
        let all = all.replace("\n# sign", "\nsign").replace("\n# chan", "\nchan");
        let full = Config::parse("chat-records.toml", &all).unwrap();
        assert_eq!(full.sources[0].settings, config.sources[0].settings);
    }
}
