//! Pictures of every page, to be looked at: with `SCREENSHOTS=FOLDER` they are written there, and
//! with `SCREENSHOTS_OF=FOLDER` they are of the archive whose configuration is in that folder; all pages
//! are taken, or `SCREENSHOTS_PAGES`, as in `conversation/1 search?q=发票`.

use std::env;
use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::chromium::Chromium;
use super::made::View;
use super::shop;

#[test]
fn every_page_has_its_picture_taken() {
    let Some(folder) = env::var_os("SCREENSHOTS").map(PathBuf::from) else {
        eprintln!("skipped: SCREENSHOTS=FOLDER says where pictures of the pages go");
        return;
    };
    let browser = Chromium::start().expect("pictures need a Chromium");
    let view = match env::var_os("SCREENSHOTS_OF") {
        Some(archive) => View::of(PathBuf::from(archive)),
        None => shop::archive().view(),
    };
    fs::create_dir_all(&folder).unwrap();
    let mut number = 0;
    // the figures of a large archive take a moment
    browser.open(&view.address);
    browser.until("!document.body.innerText.includes('being counted')");
    let mut take = |address: &str| {
        number += 1;
        let path = address.strip_prefix(view.address.as_str()).unwrap_or_default();
        let name: String = path
            .chars()
            .map(|one| if one.is_alphanumeric() || "-=".contains(one) { one } else { '_' })
            .take(60)
            .collect();
        for (width, height) in [(1280, 800), (390, 844)] {
            for dark in [false, true] {
                browser.window(width, height, dark);
                browser.open(address);
                let scheme = if dark { "dark" } else { "light" };
                let file = folder.join(format!("{number:02}-{name}-{width}-{scheme}.png"));
                fs::write(file, STANDARD.decode(browser.picture(false)).unwrap()).unwrap();
            }
        }
        browser.window(1280, 800, false);
    };
    match env::var("SCREENSHOTS_PAGES") {
        Ok(pages) => {
            pages.split_whitespace().for_each(|page| take(&format!("{}{page}", view.address)));
        }
        Err(_) => {
            browser.follow(&view.address, 1, &mut take);
        }
    }
}
