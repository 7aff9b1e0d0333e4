//! The functions.

mod archive;
mod bes_ccmessaging;
mod common;
mod jijyun;
mod myscrm_qw;
mod nxlink;

pub use archive::archive;
pub use bes_ccmessaging::{bes_ccmessaging_calls, bes_ccmessaging_html, bes_ccmessaging_page};
pub use common::{config, times};
pub use jijyun::{jijyun_calls, jijyun_page, jijyun_webhook};
pub use myscrm_qw::{myscrm_qw_calls, myscrm_qw_page, myscrm_qw_sealed, myscrm_qw_webhook};
pub use nxlink::{nxlink_page, nxlink_webhook};
