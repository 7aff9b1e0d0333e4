//! Fresh links: what a vendor that fails may cost, in calls and in files.

use std::sync::Arc;

use chat_archive::Reader;
use chat_core::ErrorKind;

use crate::listing::{Bench, DAY, Fault, Listing};

/// An archive that has all messages and lacks all files.
fn without_files(source: Listing) -> (Bench, Arc<Listing>) {
    let (mut bench, source) = (Bench::new(), Arc::new(source.with_media()));
    bench.settings.media = false;
    assert!(bench.run(&source).is_complete());
    bench.settings.media = true;
    (bench, source)
}

/// Files that a try is held against.
fn blamed(bench: &Bench) -> Vec<String> {
    let listed = Reader::open(&bench.path()).unwrap().media_list("src", false).unwrap();
    listed.into_iter().filter(|file| file.tries > 0).map(|file| file.message_id).collect()
}

#[test]
fn one_page_that_cannot_be_had_costs_no_other_file() {
    let (bench, source) = without_files(Listing::new(100));
    source.poison_now("r00055");
    let before = source.log().len();
    let media = bench.retry(&source).sources[0].media;
    assert_eq!((media.saved, media.pending), (99, 1));
    assert_eq!(blamed(&bench), ["r00055"]);
    let asked = source.log().len() - before;
    assert!(asked <= 30, "{asked} pages for 100 files");
    source.heal();
    assert_eq!(bench.retry(&source).sources[0].media.saved, 1);
}

#[test]
fn a_call_that_fails_while_the_vendor_is_up_is_made_for_fewer_files() {
    for kind in [ErrorKind::Transport, ErrorKind::InvalidRequest, ErrorKind::Server] {
        let (bench, source) = without_files(Listing::new(20));
        source.fault_next(Fault::Error(kind));
        let media = bench.retry(&source).sources[0].media;
        assert_eq!((media.saved, media.pending), (20, 0), "{kind:?}");
    }
}

#[test]
fn a_list_that_repeats_itself_is_not_read_for_ever() {
    let (bench, source) = without_files(Listing::new(30));
    source.lasting_fault_now(1, Fault::RepeatCursor);
    let before = source.log().len();
    let media = bench.retry(&source).sources[0].media;
    assert_eq!((media.saved, media.pending), (30, 0));
    let asked = source.log().len() - before;
    assert!(asked <= 6, "{asked} pages for 30 files");
}

#[test]
fn a_vendor_that_is_down_is_not_asked_for_each_file() {
    for (kind, most) in [(ErrorKind::Transport, 1), (ErrorKind::Server, 3), (ErrorKind::Auth, 1)] {
        let (bench, source) = without_files(Listing::new(120));
        source.fail_with(kind);
        let before = source.log().len();
        let media = bench.retry(&source).sources[0].media;
        assert_eq!((media.saved, media.pending), (0, 120), "{kind:?}");
        assert_eq!(blamed(&bench), [""; 0], "{kind:?}");
        assert_eq!(source.log().len() - before, most, "{kind:?}");
        assert_eq!(source.renewed_alone(), 0, "{kind:?}");
    }
}

#[test]
fn a_list_that_cannot_be_narrowed_is_read_once() {
    let (bench, source) = (Bench::new(), Arc::new(Listing::new(40).with_media().whole(10 * DAY)));
    // the first page, which no span of time leads past, has none of them
    for id in 32..40 {
        let links = [format!("first-r{id:05}"), format!("renewed-r{id:05}")];
        source.dead.lock().unwrap().extend(links);
    }
    let media = bench.run(&source).sources[0].media;
    assert_eq!((media.saved, media.expired), (32, 8));
    source.dead.lock().unwrap().clear();
    let (pages, alone) = (source.log().len(), source.renewed_alone());
    assert_eq!(bench.retry(&source).sources[0].media.saved, 8);
    assert_eq!(source.log().len() - pages, 1);
    assert_eq!(source.renewed_alone() - alone, 8);
}
