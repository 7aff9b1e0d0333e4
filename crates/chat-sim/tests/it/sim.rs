//! Starting, asking about, and stopping.

use std::time::Duration;

use chat_sim::{
    Action, Clock, Error, Fault, Faults, Outcome, Sim, SimOptions, SimVendor, VENDORS, When,
    nxlink::NxlinkOptions,
};

use crate::support::{PATH, small, start, start_with};

#[tokio::test]
async fn requests_are_counted_and_logged() {
    let fixture = start(small()).await;
    let window = [
        ("start_time", "2025-10-01 00:00:00"),
        ("end_time", "2025-10-02 00:00:00"),
        ("page_number", "3"),
    ];
    fixture.json(&window).await;
    fixture.code(&[("channel", "9")]).await;
    let row = fixture.media_row().await;
    fixture.client.get(row["media_link"].as_str().unwrap()).send().await.unwrap();
    fixture.client.get(fixture.nxlink().media_url()).send().await.unwrap();

    let requests = fixture.nxlink().requests();
    assert_eq!(requests.total, 8);
    assert_eq!((requests.by_path[PATH], requests.by_path["media"]), (6, 2));
    assert_eq!(requests.answered_ok, 6);
    let first = &requests.log[0];
    assert_eq!(
        (first.path.as_str(), first.page_number, &first.outcome),
        (PATH, Some(3), &Outcome::Ok)
    );
    assert_eq!(first.start_time.as_deref(), Some("2025-10-01 00:00:00"));
    assert_eq!(first.end_time.as_deref(), Some("2025-10-02 00:00:00"));
    assert_eq!(requests.log[1].outcome, Outcome::Api(22072));
    assert_eq!(requests.log[7].outcome, Outcome::Http(403));
}

#[tokio::test]
async fn configurations_say_where_and_how() {
    let fixture = start(small().with_tenant_id(42)).await;
    let nxlink = fixture.nxlink();
    let toml = fixture.sim.config_toml(|secret| match secret.key {
        "appkey" => secret.to_plain(),
        "access_key" => secret.to_env("KEY"),
        _ => secret.to_file("secrets/\"s\""),
    });
    let config: toml::Table = toml.parse().unwrap();
    let source = &config["sources"]["nxlink"];
    assert_eq!(source["vendor"].as_str(), Some("nxlink"));
    assert_eq!(source["base_url"].as_str(), Some(nxlink.base_url()));
    assert_eq!(source["tenant_id"].as_integer(), Some(42));
    assert_eq!(source["appkey"].as_str(), Some(nxlink.appkey()));
    assert_eq!(source["access_key"]["env"].as_str(), Some("KEY"));
    assert_eq!(source["access_secret"]["file"].as_str(), Some("secrets/\"s\""));
    assert_eq!(source["utc_offset"].as_str(), Some("+08:00"));
    assert_eq!(source["start"].as_str(), Some(nxlink.start_date().as_str()));
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let options =
        small().with_access_secret("MARKER-1").with_appkey("MARKER-2").with_access_key("MARKER-3");
    let shown = format!("{:?}", SimOptions::default().with_nxlink(options.clone()));
    assert!(!shown.contains("MARKER"), "{shown}");
    let fixture = start(options).await;
    let shown = format!("{:?} {:?}", fixture.sim, fixture.nxlink());
    assert!(!shown.contains("MARKER"), "{shown}");
    fixture.sim.config_toml(|secret| {
        let shown = format!("{secret:?}");
        assert!(!shown.contains("MARKER"), "{shown}");
        shown
    });
}

#[tokio::test]
async fn wrong_options_are_named() {
    for (options, name) in [
        (small().with_utc_offset("Asia/Shanghai"), "utc_offset"),
        (small().with_utc_offset("8"), "utc_offset"),
        (small().with_span_days(0), "span_days"),
        (small().with_span_days(9_000), "span_days"),
        (small().with_until_ms(i64::MAX), "until_ms"),
        (small().with_until_ms(0), "until_ms"),
        (small().with_media_bytes_per_second(0), "media_bytes_per_second"),
        (small().with_media_bytes(0..=1 << 40), "media_bytes"),
    ] {
        let error = Sim::start(SimOptions::default().with_nxlink(options)).await.unwrap_err();
        assert!(matches!(&error, Error::Option { name: found, .. } if *found == name), "{error}");
    }
}

#[tokio::test]
async fn ports_can_be_chosen_and_are_given_back() {
    let fixture = start(small()).await;
    let port: u16 = fixture.nxlink().base_url().rsplit(':').next().unwrap().parse().unwrap();
    assert_ne!(fixture.nxlink().base_url(), fixture.nxlink().media_url());
    let taken =
        Sim::start(SimOptions::default().with_nxlink(small()).with_port(port)).await.unwrap_err();
    assert!(matches!(&taken, Error::Bind { address, .. } if address.port() == port), "{taken}");

    assert_eq!(fixture.code(&[]).await, 0);
    let url = format!("{}{PATH}", fixture.nxlink().base_url());
    fixture.sim.shutdown().await;
    assert!(fixture.client.get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_rule_for_a_vendor_that_does_not_exist_is_refused() {
    let rule = Fault::new(When::Always, Action::Empty).with_vendor("another");
    let options = SimOptions::default().with_nxlink(small());
    let error = Sim::start(options.with_faults(Faults::default().with(rule))).await.unwrap_err();
    assert!(
        error.to_string().starts_with("fault rule 1: no vendor is named \"another\""),
        "{error}"
    );
}

#[tokio::test]
async fn vendors_have_their_records_partitions_and_sections() {
    let sim = Sim::start(SimOptions::all(300)).await.unwrap();
    assert!(sim.vendors().map(SimVendor::name).eq(VENDORS));
    let config: toml::Table = sim.config_toml(|secret| secret.to_plain()).parse().unwrap();
    for vendor in sim.vendors() {
        let name = vendor.name();
        assert_eq!(sim.vendor(name).unwrap().base_url(), vendor.base_url());
        let records = vendor.records();
        assert_eq!((records.len(), vendor.record_count()), (300, 300), "{name}");
        assert!(records.iter().map(|record| record.ordinal).eq(0..300), "{name}");
        let partitions = vendor.partitions();
        for record in &records {
            assert!(partitions.contains(&record.partition), "{name}");
            serde_json::from_slice::<serde_json::Value>(&record.raw).unwrap();
        }
        // Yuju AI's records name files by a word only, unless asked otherwise
        let has_files = records.iter().any(|record| !vendor.files(record).is_empty());
        assert_eq!(has_files, name != "jijyun", "{name}");
        assert!(!vendor.secrets().is_empty(), "{name}");
        assert_eq!(config["sources"][name]["vendor"].as_str(), Some(name));
        vendor.insert_records(2);
        assert_eq!(vendor.records().len(), 302, "{name}");
    }
    assert!(sim.vendor("another").is_none());
}

#[tokio::test]
async fn the_kinds_of_faults_of_all_vendors_can_be_written() {
    let sim = Sim::start(SimOptions::all(1)).await.unwrap();
    for vendor in sim.vendors() {
        for kind in vendor.fault_kinds() {
            let keys = match *kind {
                "http" => "status = 500",
                "api" => "code = 1",
                "slow" => "delay_ms = 1",
                "wrong_total" => "by = 1",
                _ => "",
            };
            let rule = format!("[[fault]]\nalways = true\nkind = \"{kind}\"\n{keys}");
            assert_eq!(Faults::from_toml(&rule).unwrap().rules[0].action.kind(), *kind);
        }
    }
}

#[tokio::test]
async fn vendors_take_two_ports_each_one_after_the_other() {
    let mut first = 20_000;
    let sim = loop {
        // whatever else runs here may have taken some of them
        match Sim::start(SimOptions::all(1).with_port(first)).await {
            Ok(sim) => break sim,
            Err(Error::Bind { .. }) => first += 16,
            Err(error) => panic!("{error}"),
        }
    };
    let port = |vendor: &dyn SimVendor| -> u16 {
        vendor.base_url().rsplit(':').next().unwrap().parse().unwrap()
    };
    let ports: Vec<u16> = sim.vendors().map(port).collect();
    assert_eq!(ports, [first, first + 2, first + 4, first + 6]);
    sim.shutdown().await;

    let options = SimOptions::all(1).only(&["myscrm-qw"]).with_port(first);
    let sim = Sim::start(options).await.unwrap();
    assert!(sim.vendors().map(port).eq([first]));
    sim.shutdown().await;
}

#[tokio::test]
async fn without_vendors_there_is_nothing() {
    let sim = Sim::start(SimOptions::default()).await.unwrap();
    assert!(sim.nxlink().is_none());
    assert_eq!(sim.config_toml(|secret| secret.to_plain()), "");
    sim.shutdown().await;
}

#[tokio::test]
async fn latency_is_added() {
    let fixture = start_with(SimOptions::default().with_nxlink(small()).with_latency_ms(40)).await;
    let begun = std::time::Instant::now();
    fixture.code(&[]).await;
    assert!(begun.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn a_million_records_are_no_trouble() {
    let fixture = start(NxlinkOptions::default().with_records(1_000_000)).await;
    let last =
        fixture.json(&[("page_number", "10000"), ("page_size", "100"), ("order_by", "asc")]).await;
    assert_eq!((&last["total"], last["list"].as_array().unwrap().len()), (&1_000_000.into(), 100));
    assert_eq!(fixture.nxlink().record_count(), 1_000_000);
}

#[test]
fn clocks_run_jump_and_stand_still() {
    let clock = Clock::default();
    let real = clock.now_ms();
    assert!(clock.now_ms() >= real);
    clock.set_offset(-3_600_000);
    assert!((real - 3_600_000..real).contains(&clock.now_ms()));
    clock.advance(Duration::from_secs(7200));
    assert!(clock.now_ms() >= real + 3_600_000);
    clock.freeze_at(5);
    clock.clone().advance(Duration::from_millis(2));
    assert_eq!(clock.now_ms(), 7);
    clock.set_offset(0);
    assert!(clock.now_ms() >= real);
}
