//! Forms on their way out: their bytes are read page by page, whatever order they go in.

use std::io;

use crate::error::ArchiveError;
use crate::kept::{Form, KeptMessage};
use crate::raw::PageCache;
use crate::reader::Reader;

/// Where thousands of conversations are on each page, one page holds little of each: a page is
/// unpacked once for all of these, not once for each.
const FORMS: usize = 16_384;
/// The same in bytes of the records, which may be long.
const RAW_BYTES: usize = 16 << 20;

/// Forms whose bytes are not read yet.
pub(super) struct Batch {
    forms: Vec<Form>,
    raw_bytes: usize,
    with_raw: bool,
}

impl Batch {
    pub(super) fn new(with_raw: bool) -> Self {
        Self { forms: Vec::new(), raw_bytes: 0, with_raw }
    }

    /// Takes a form, and hands all of them on once they are enough.
    pub(super) fn push(
        &mut self,
        reader: &Reader,
        form: Form,
        each: &mut dyn FnMut(KeptMessage) -> io::Result<()>,
    ) -> Result<(), ArchiveError> {
        if !self.with_raw {
            return each(reader.with_files(form)?).map_err(|error| reader.output(error));
        }
        self.raw_bytes += form.raw_bytes;
        self.forms.push(form);
        if self.forms.len() >= FORMS || self.raw_bytes >= RAW_BYTES {
            self.hand_on(reader, each)?;
        }
        Ok(())
    }

    /// Hands on what is left, in the order in which it came.
    pub(super) fn hand_on(
        &mut self,
        reader: &Reader,
        each: &mut dyn FnMut(KeptMessage) -> io::Result<()>,
    ) -> Result<(), ArchiveError> {
        let mut by_page: Vec<&mut Form> = self.forms.iter_mut().collect();
        by_page.sort_by_key(|form| form.page);
        let mut cache = PageCache::new(1);
        for form in by_page {
            form.message.raw = Some(reader.raw(form, &mut cache)?);
        }
        self.raw_bytes = 0;
        for form in self.forms.drain(..) {
            each(reader.with_files(form)?).map_err(|error| reader.output(error))?;
        }
        Ok(())
    }
}
