//! Sounds that players play: silence, with noise where players do not listen, so that no two are the
//! same file.

use super::file::noise;
use crate::mix::Mix;

/// Opus frames of 20 ms, 48 samples a millisecond.
const FRAME_SAMPLES: u64 = 960;
/// One short of what would need a second entry in a page's table.
const PACKET_BYTES: usize = 254;
/// A second of them.
const PAGE_PACKETS: usize = 50;
/// The head of a page, without its table.
const PAGE_BYTES: usize = 27;

/// A voice message as messengers send them: Opus in Ogg.
pub(super) fn ogg(mix: &mut Mix, len: usize) -> Vec<u8> {
    let serial = mix.next().to_le_bytes();
    let serial = [serial[0], serial[1], serial[2], serial[3]];
    let mut bytes = Vec::with_capacity(len);
    // version, channels, samples to skip, samples a second, gain, mapping
    let head = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0".to_vec();
    let tags = b"OpusTags\x08\0\0\0chat-sim\0\0\0\0".to_vec();
    page(&mut bytes, serial, Place { flags: 2, granule: 0, number: 0 }, &[head]);
    page(&mut bytes, serial, Place { flags: 0, granule: 0, number: 1 }, &[tags]);
    let (mut samples, mut number) = (0, 2);
    loop {
        let room = len.saturating_sub(bytes.len() + PAGE_BYTES);
        let packets = room.div_ceil(PACKET_BYTES + 1).clamp(1, PAGE_PACKETS);
        let packet_bytes =
            (room / packets).saturating_sub(1).clamp(SILENCE.len() + 1, PACKET_BYTES);
        let silent: Vec<_> = (0..packets).map(|_| silent_packet(mix, packet_bytes)).collect();
        let is_last = packets < PAGE_PACKETS;
        samples += FRAME_SAMPLES * packets as u64;
        let flags = if is_last { 4 } else { 0 };
        page(&mut bytes, serial, Place { flags, granule: samples, number }, &silent);
        number += 1;
        if is_last {
            return bytes;
        }
    }
}

/// A frame of silence: its kind, one frame with padding, how much of that, the frame, the padding.
const SILENCE: [u8; 5] = [0xfb, 0x41, 0, 0xff, 0xfe];

fn silent_packet(mix: &mut Mix, bytes: usize) -> Vec<u8> {
    let padding = bytes.saturating_sub(SILENCE.len());
    let mut packet = SILENCE.to_vec();
    packet[2] = u8::try_from(padding).unwrap_or(u8::MAX);
    packet.extend(noise(mix, padding));
    packet
}

/// What a page's head says of it.
#[derive(Debug, Clone, Copy)]
struct Place {
    flags: u8,
    granule: u64,
    number: u32,
}

/// Appends a page. Each packet is shorter than 255 bytes.
fn page(to: &mut Vec<u8>, serial: [u8; 4], place: Place, packets: &[Vec<u8>]) {
    let mut page = b"OggS\0".to_vec();
    page.push(place.flags);
    page.extend(place.granule.to_le_bytes());
    page.extend(serial);
    page.extend(place.number.to_le_bytes());
    let checksum_at = page.len();
    page.extend([0; 4]);
    page.push(u8::try_from(packets.len()).unwrap_or(u8::MAX));
    page.extend(packets.iter().map(|packet| u8::try_from(packet.len()).unwrap_or(u8::MAX)));
    page.extend(packets.iter().flatten());
    let checksum = checksum(&page).to_le_bytes();
    page.splice(checksum_at..checksum_at + 4, checksum);
    to.extend(page);
}

/// Ogg's own: the polynomial of CRC-32, but neither reflected nor inverted.
fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte: u32 = 0;
        while byte < 256 {
            let (mut sum, mut bit) = (byte << 24, 0);
            while bit < 8 {
                sum = if sum & 0x8000_0000 == 0 { sum << 1 } else { (sum << 1) ^ 0x04c1_1db7 };
                bit += 1;
            }
            table[byte as usize] = sum;
            byte += 1;
        }
        table
    };
    bytes.iter().fold(0, |sum: u32, byte| {
        let [first, ..] = sum.to_be_bytes();
        (sum << 8) ^ TABLE[usize::from(first ^ byte)]
    })
}

/// MPEG frames of 128 kbit/s behind a tag that says nothing. A frame that says that none of its bytes are sound
/// is silent.
pub(super) fn mp3(mix: &mut Mix, len: usize) -> Vec<u8> {
    const HEAD: [u8; 4] = [0xff, 0xfb, 0x90, 0x64];
    const SIDE: usize = 32;
    const FRAME: usize = 417;
    const TAG_BYTES: usize = 10;
    let frames = (len.saturating_sub(TAG_BYTES) / FRAME).max(1);
    // its length has seven bits to the byte
    let padding = len.saturating_sub(TAG_BYTES + frames * FRAME);
    let seven = |shift: usize| u8::try_from(padding >> shift & 0x7f).unwrap_or_default();
    let mut bytes = b"ID3\x04\0\0\0\0".to_vec();
    bytes.extend([seven(7), seven(0)]);
    bytes.resize(TAG_BYTES + padding, 0);
    for _ in 0..frames {
        bytes.extend(HEAD);
        bytes.extend([0; SIDE]);
        // what could be the head of a frame would be taken for one
        bytes.extend(noise(mix, FRAME - HEAD.len() - SIDE).iter().map(|byte| byte & 0x7f));
    }
    bytes
}
