//! The single table of vendors. A new vendor is one more row.

/// What xtask must know about a vendor. The crate is `crates/<name>`, its package has the
/// same name, and its samples are in `fixtures/<name>`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    /// The names of the calls that carry or enumerate records, as in `Endpoint::NAME`.
    pub(crate) endpoints: &'static [&'static str],
    /// Files beside those that every vendor crate has.
    pub(crate) extra_files: &'static [&'static str],
    /// JSON paths of the keys in a body that the crate's types leave out.
    #[cfg(test)]
    pub(crate) unmodeled_keys: fn(&[u8]) -> Vec<String>,
    /// JSON paths of the values in a body that the crate's enums do not know.
    #[cfg(test)]
    pub(crate) unknown_values: fn(&[u8]) -> Vec<String>,
}

pub(crate) const VENDORS: &[Vendor] = &[
    Vendor {
        name: "nxlink",
        endpoints: &["chat/records"],
        extra_files: &["examples/blocking.rs", "src/webhook.rs", "tests/it/webhook.rs"],
        #[cfg(test)]
        unmodeled_keys: nxlink::unmodelled_keys,
        #[cfg(test)]
        unknown_values: nxlink::unknown_values,
    },
    Vendor {
        name: "bes-ccmessaging",
        endpoints: &["ccmessaging/queryHistoryChatMessage", "vdn/querycalls"],
        extra_files: &[
            "src/calls.rs",
            "src/content.rs",
            "src/html.rs",
            "src/media.rs",
            "src/paging.rs",
            "src/signature.rs",
            "src/token.rs",
            "src/user.rs",
            "src/wire.rs",
            "tests/it/calls.rs",
            "tests/it/content.rs",
            "tests/it/media.rs",
            "tests/it/server.rs",
            "tests/it/signature.rs",
            "tests/it/token.rs",
        ],
        #[cfg(test)]
        unmodeled_keys: bes_ccmessaging::unmodelled_keys,
        #[cfg(test)]
        unknown_values: bes_ccmessaging::unknown_values,
    },
    Vendor {
        name: "myscrm-qw",
        endpoints: &[
            "chat-record/pull",
            "raw-chat-record/pull",
            "raw-chat-record/get",
            "chat/external-user-id/list",
            "group-chat/list-by-member",
            "single-chat/get",
        ],
        extra_files: &[
            "src/crypto.rs",
            "src/query.rs",
            "src/webhook.rs",
            "tests/it/chats.rs",
            "tests/it/crypto.rs",
            "tests/it/raw.rs",
            "tests/it/webhook.rs",
        ],
        #[cfg(test)]
        unmodeled_keys: myscrm_qw::unmodelled_keys,
        #[cfg(test)]
        unknown_values: myscrm_qw::unknown_values,
    },
    Vendor {
        name: "jijyun",
        endpoints: &[
            "chat/record",
            "chat/history/detail",
            "chat/corpwechat/message/history",
            "contacts",
            "contacts/detail",
            "bot/list",
        ],
        extra_files: &[
            "src/webhook.rs",
            "src/webhook/hosted.rs",
            "tests/it/aggregated.rs",
            "tests/it/calls.rs",
            "tests/it/hosted.rs",
            "tests/it/webhook.rs",
        ],
        #[cfg(test)]
        unmodeled_keys: jijyun::unmodelled_keys,
        #[cfg(test)]
        unknown_values: jijyun::unknown_values,
    },
];

impl Vendor {
    pub(crate) fn crate_dir(&self) -> String {
        format!("crates/{}", self.name)
    }

    pub(crate) fn fixtures_dir(&self) -> String {
        format!("fixtures/{}", self.name)
    }

    pub(crate) fn snapshots_dir(&self) -> String {
        format!("crates/{}/tests/it/snapshots", self.name)
    }

    /// A vendor for the unit tests of the checks.
    #[cfg(test)]
    pub(crate) const fn sample(name: &'static str) -> Self {
        Self {
            name,
            endpoints: &["records"],
            extra_files: &[],
            unmodeled_keys: |_| Vec::new(),
            unknown_values: |_| Vec::new(),
        }
    }
}

/// The vendor of this name, or all of them.
pub(crate) fn named(name: Option<&str>) -> anyhow::Result<Vec<Vendor>> {
    let chosen: Vec<Vendor> = VENDORS
        .iter()
        .filter(|vendor| name.is_none_or(|name| vendor.name == name))
        .copied()
        .collect();
    if chosen.is_empty() {
        let known: Vec<&str> = VENDORS.iter().map(|vendor| vendor.name).collect();
        anyhow::bail!(
            "no vendor `{}`; xtask/src/vendors.rs has: {}",
            name.unwrap_or_default(),
            known.join(", ")
        );
    }
    Ok(chosen)
}
