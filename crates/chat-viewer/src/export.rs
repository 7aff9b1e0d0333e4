//! An archive as a folder of pages that any browser opens from disk.

mod conversation;
mod error;
mod frame;
mod home;
mod index;
mod lists;
mod media;
mod postings;
mod sorter;
mod target;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use chat_archive::{Filter, KeptMessage, Reader};

use self::conversation::Conversation;
pub use self::error::ExportError;
use self::index::Index;
use self::lists::Lists;
use self::media::Media;
use self::target::Target;
use crate::assets::{FOLDER_STYLE, ICON, STYLE};
use crate::words::{Language, Words};

/// What a folder is to hold. `Debug` does not show the sender of the filter.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct HtmlOptions {
    /// Which messages; [`Filter::versions`] does not count, other forms of a message are folded
    /// into its bubble.
    pub filter: Filter,
    /// What the pages are written in.
    pub language: Language,
    /// Whether saved files lie beside the pages.
    pub with_media: bool,
    /// When this is, in Unix milliseconds, for the first page.
    pub written_ms: Option<i64>,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct HtmlExported {
    /// Messages.
    pub messages: u64,
    /// Conversations.
    pub conversations: u64,
    /// Pages.
    pub pages: u64,
    /// Saved files beside them.
    pub files: u64,
    /// Files that the archive lists as saved and that are not in its folder.
    pub files_missing: u64,
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportStep {
    /// So many messages have their place on a page.
    Pages(u64),
    /// The index of the search, and the lists, so many rows of them.
    Index(u64),
}

/// A folder being written.
#[derive(Debug)]
struct Folder<'e> {
    reader: &'e Reader,
    words: &'e Words,
    dir: PathBuf,
    dirs: HashSet<PathBuf>,
    with_media: bool,
    media: Media,
    index: Index,
    lists: Lists,
    pages: u64,
}

impl Folder<'_> {
    fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes a page.
    fn put(&mut self, path: &str, page: &str) -> io::Result<()> {
        let path = self.dir.join(path);
        if let Some(parent) = path.parent()
            && !self.dirs.contains(parent)
        {
            target::create_dir(parent)?;
            self.dirs.insert(parent.to_owned());
        }
        self.pages += 1;
        target::write(&path, page.as_bytes())
    }
}

/// Writes the messages of an archive that pass a filter into a folder of pages: each message stands
/// on one page, no page is larger than a browser likes, and a search works from disk. All are of
/// one moment, and memory does not grow with their number. The folder gets its name when all of it
/// is there; an earlier export of that name is replaced.
///
/// `progress` is told how far it is, and `stop` is asked whether to go on.
///
/// # Errors
///
/// When the archive cannot be read, something else has the name, a file cannot be written, or
/// `stop` said so. Then nothing of it is left.
pub fn export_html(
    archive: &Path,
    folder: &Path,
    options: &HtmlOptions,
    progress: &mut dyn FnMut(ExportStep),
    stop: &dyn Fn() -> bool,
) -> Result<HtmlExported, ExportError> {
    let reader = Reader::open(archive)?;
    let target = Target::begin(folder, archive)?;
    let write = |source| ExportError::Write { path: folder.to_owned(), source };
    let words = Words::of(options.language);
    let mut out = Folder {
        reader: &reader,
        words,
        dir: target.dir().to_owned(),
        dirs: HashSet::new(),
        with_media: options.with_media,
        media: Media::new(archive, target.dir()),
        index: Index::new(target.dir()),
        lists: Lists::new(target.dir()),
        pages: 0,
    };
    let mut pages = Pages::default();
    // an error of the closure comes back as the cause of the archive's own, which would say that
    // the archive is to blame
    let mut failed = None;
    let mut filter = options.filter.clone();
    filter.versions = false;
    filter.without_raw = true;
    let read = reader.each_message(&filter, &mut |message| {
        if stop() {
            failed = Some(ExportError::Stopped);
            return Err(io::ErrorKind::Other.into());
        }
        pages.messages += 1;
        progress(ExportStep::Pages(pages.messages));
        pages.add(&mut out, message).map_err(|error| {
            failed = Some(write(error));
            io::ErrorKind::Other.into()
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    read?;
    finish(out, pages, options, target, progress, stop)
        .map_err(|error| if stop() { ExportError::Stopped } else { write(error) })
}

/// The pages of conversations, one after the other.
#[derive(Debug, Default)]
struct Pages {
    open: Option<Conversation>,
    messages: u64,
    conversations: u64,
    /// In the order in which they came.
    sources: Vec<Source>,
}

/// What the folder has of a source.
#[derive(Debug, Default)]
struct Source {
    name: String,
    messages: u64,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

impl Pages {
    fn add(&mut self, folder: &mut Folder<'_>, message: KeptMessage) -> io::Result<()> {
        if self.sources.last().is_none_or(|source| source.name != message.source) {
            let name = message.source.clone();
            self.sources.push(Source { name, ..Source::default() });
        }
        let source = self.sources.len() - 1;
        if let Some(source) = self.sources.last_mut() {
            source.messages += 1;
            let sent_ms = message.sent_at_ms;
            source.first_ms = [source.first_ms, sent_ms].into_iter().flatten().min();
            source.last_ms = source.last_ms.max(sent_ms);
        }
        let open = match self.open.take() {
            Some(open) if open.has(&message) => open,
            before => {
                before.map_or(Ok(()), |before| before.finish(folder))?;
                self.conversations += 1;
                Conversation::new(self.conversations, source, &message)
            }
        };
        self.open.insert(open).add(folder, message)
    }
}

/// Writes all that is known only when all messages were seen, and gives the folder its name.
fn finish(
    mut out: Folder<'_>,
    mut pages: Pages,
    options: &HtmlOptions,
    target: Target,
    progress: &mut dyn FnMut(ExportStep),
    stop: &dyn Fn() -> bool,
) -> io::Result<HtmlExported> {
    pages.open.take().map_or(Ok(()), |open| open.finish(&mut out))?;
    let mut done = 0;
    let mut each = || {
        if stop() {
            return Err(io::Error::other("stopped"));
        }
        done += 1;
        progress(ExportStep::Index(done));
        Ok(())
    };
    let names: Vec<String> = pages.sources.iter().map(|source| source.name.clone()).collect();
    let dir = target.dir();
    let (words, sources) = (out.words, names.as_slice());
    let lists = std::mem::replace(&mut out.lists, Lists::new(dir));
    let counts = lists.counts.clone();
    let (newest, list_pages) = lists.write(dir, sources, words, &mut each)?;
    out.pages += list_pages;
    let index = std::mem::replace(&mut out.index, Index::new(dir));
    index.write(sources, conversation::SHARD, &mut each)?;
    let mut exported = HtmlExported {
        messages: pages.messages,
        conversations: pages.conversations,
        pages: 0,
        files: out.media.files,
        files_missing: out.media.missing,
    };
    home::write(&mut out, options, &exported, &pages.sources, &counts, &newest)?;
    home::write_search(&mut out)?;
    let assets = dir.join("assets");
    target::create_dir(&assets)?;
    for asset in [&STYLE, &FOLDER_STYLE, &ICON] {
        target::write(&assets.join(asset.hashed_name()), asset.text.as_bytes())?;
    }
    target::write(&dir.join(frame::FIND), include_bytes!("assets/find.js"))?;
    exported.pages = out.pages;
    target.finish(&serde_json::to_value(exported)?)?;
    Ok(exported)
}
