//! What is configured is what is sent.

use std::sync::Arc;

use chat_records::chat_core::{PageRequest, Partition, ReplayTransport, Transport};

use crate::config::{GOOD, parse};
use crate::secrets::Fake;

#[tokio::test]
async fn settings_reach_the_request() {
    let text = GOOD.to_owned() + "signature = \"sha256\"\nchannel = 3\npage_size = 20\n";
    let replay = Arc::new(ReplayTransport::new().answer(
        200,
        r#"{"code":0,"message":"success","list":[],"total":0,"page_number":1,"page_size":20}"#,
    ));
    let transport: Arc<dyn Transport> = Arc::clone(&replay) as _;
    let source =
        parse(&text).unwrap().sources[0].build_with_transport(&Fake::good(), &transport).unwrap();
    source.fetch(&PageRequest::first(Partition::whole(), None)).await.unwrap();
    let request = replay.take_requests().remove(0);
    let address = request.uri().to_string();
    assert!(address.starts_with("https://api-hk.nxlink.ai/"), "{address}");
    for part in ["tenant_id=1&", "appkey=MARKER-env", "channel=3", "page_size=20"] {
        assert!(address.contains(part), "{part} in {address}");
    }
    assert_eq!(request.headers()["algorithm"], "sha256");
    assert_eq!(request.headers()["accesskey"], "MARKER-env");
}
