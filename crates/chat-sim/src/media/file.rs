//! Files with the right magic bytes for their type. Pictures and documents open, sounds play; films only
//! begin right.

use std::fmt::Write as _;

use jpeg_encoder::{ColorType, Encoder};

use super::sound;
use crate::{mix::Mix, text};

const WIDTH: u16 = 120;
const HEIGHT: u16 = 90;

/// JPEG segments carry their length in two bytes.
const LARGEST_SEGMENT: usize = 60_000;

/// Where a comment may be put into a JPEG: after the start marker (2 bytes) and the JFIF header (18).
const AFTER_JFIF: usize = 20;

/// A PNG text chunk's length, type, keyword, separator and checksum.
const PNG_TEXT_OVERHEAD: usize = 20;

/// The types of files that simulated vendors know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Jpeg,
    Png,
    Ogg,
    Mp3,
    Mp4,
    Pdf,
    Txt,
}

impl FileKind {
    pub(crate) fn mime_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Ogg => "audio/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::Mp4 => "video/mp4",
            Self::Pdf => "application/pdf",
            Self::Txt => "text/plain",
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Ogg => "ogg",
            Self::Mp3 => "mp3",
            Self::Mp4 => "mp4",
            Self::Pdf => "pdf",
            Self::Txt => "txt",
        }
    }
}

/// A file of about `len` bytes; never smaller than what its type needs (about 2 kB for pictures).
pub(crate) fn file(kind: FileKind, mut mix: Mix, len: usize) -> Vec<u8> {
    match kind {
        FileKind::Jpeg => jpeg(&mut mix, len),
        FileKind::Png => png(&mut mix, len),
        FileKind::Ogg => sound::ogg(&mut mix, len),
        FileKind::Mp3 => sound::mp3(&mut mix, len),
        FileKind::Mp4 => {
            let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2".to_vec();
            let rest = len.saturating_sub(bytes.len()).max(8);
            bytes.extend(u32::try_from(rest).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(b"mdat");
            filled(bytes, &mut mix, len)
        }
        FileKind::Pdf => pdf(&mut mix, len),
        FileKind::Txt => txt(&mut mix, len),
    }
}

pub(super) fn noise(mix: &mut Mix, len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        bytes.extend(mix.next().to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

fn filled(mut bytes: Vec<u8>, mix: &mut Mix, len: usize) -> Vec<u8> {
    let missing = len.saturating_sub(bytes.len());
    bytes.extend(noise(mix, missing));
    bytes
}

/// A picture that runs from one color to another.
fn gradient(mix: &mut Mix) -> Vec<u8> {
    let from: [u8; 8] = mix.next().to_le_bytes();
    let to: [u8; 8] = mix.next().to_le_bytes();
    let steps = u32::from(WIDTH) + u32::from(HEIGHT);
    let mut pixels = Vec::with_capacity(usize::from(WIDTH) * usize::from(HEIGHT) * 3);
    for y in 0..u32::from(HEIGHT) {
        for x in 0..u32::from(WIDTH) {
            for (a, b) in from.iter().zip(&to).take(3) {
                let blend = (u32::from(*a) * (steps - x - y) + u32::from(*b) * (x + y)) / steps;
                pixels.push(u8::try_from(blend).unwrap_or(u8::MAX));
            }
        }
    }
    pixels
}

fn jpeg(mix: &mut Mix, len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    // encoding into memory fails only for sizes that JPEG cannot express
    let _ = Encoder::new(&mut bytes, 70).encode(&gradient(mix), WIDTH, HEIGHT, ColorType::Rgb);
    let mut comments = Vec::new();
    let missing = len.saturating_sub(bytes.len());
    while comments.len() + 4 < missing {
        let part = (missing - comments.len() - 4).min(LARGEST_SEGMENT);
        comments.extend([0xff, 0xfe]);
        comments.extend(u16::try_from(part + 2).unwrap_or(u16::MAX).to_be_bytes());
        comments.extend(noise(mix, part));
    }
    let at = AFTER_JFIF.min(bytes.len());
    bytes.splice(at..at, comments);
    bytes
}

fn png(mix: &mut Mix, len: usize) -> Vec<u8> {
    let pixels = gradient(mix);
    let encode = |comment: String| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, WIDTH.into(), HEIGHT.into());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Fast);
        let written = encoder
            .add_text_chunk("Comment".to_owned(), comment)
            .and_then(|()| encoder.write_header())
            .and_then(|mut writer| writer.write_image_data(&pixels));
        // writing into memory does not fail, and the data has the announced size
        drop(written);
        bytes
    };
    let missing = len.saturating_sub(encode(String::new()).len() + PNG_TEXT_OVERHEAD);
    encode(hex::encode(noise(mix, missing.div_ceil(2))))
}

/// Lines of made-up messages.
fn txt(mix: &mut Mix, len: usize) -> Vec<u8> {
    let mut lines = String::new();
    while lines.len() < len.max(1) {
        text::write_message(mix, 0, true, &mut lines);
        lines.push('\n');
    }
    lines.into_bytes()
}

fn pdf(mix: &mut Mix, len: usize) -> Vec<u8> {
    let line =
        format!("BT /F1 18 Tf 40 120 Td (Document No. {:010}) Tj ET", mix.below(10_000_000_000));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 240] /Contents 4 0 R \
         /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{line}\nendstream", line.len()),
    ];
    // writing to a String cannot fail
    let mut text = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", text.len());
        let _ = writeln!(text, "{} 0 obj\n{object}\nendobj", index + 1);
    }
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n", objects.len() + 1);
    let known = text.len() + table.len() + trailer.len() + 12;
    // as comments: 36 bytes make a line of 74
    for chunk in noise(mix, len.saturating_sub(known) * 36 / 74).chunks(36) {
        let _ = writeln!(text, "%{}", hex::encode(chunk));
    }
    let start = text.len();
    text.push_str(&table);
    let _ = writeln!(text, "{trailer}{start}\n%%EOF");
    text.into_bytes()
}
