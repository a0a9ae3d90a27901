//! Answers that several endpoints give, most of them broken.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use axum::response::{Html, IntoResponse as _, Response};

use super::Shared;

pub fn as_json(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

pub fn broken() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "something broke").into_response()
}

pub fn page(status: u16) -> Response {
    (StatusCode::from_u16(status).unwrap(), Html("<!doctype html><p>Something went wrong")).into_response()
}

pub fn not_json() -> Response {
    as_json("<!doctype html><p>Log in to the hotel's network".into())
}

pub fn redirect(shared: &Shared) -> Response {
    (StatusCode::FOUND, [(LOCATION, format!("{}/stray", shared.address))]).into_response()
}

/// Eight mebibytes of zeros that are fifty kibibytes on the wire.
pub fn bomb() -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")];
    (headers, zeros_as_gzip(8 << 20)).into_response()
}

/// Gzip (RFC 1952) around deflate (RFC 1951): one literal zero, then copies of 258 zeros.
fn zeros_as_gzip(length: usize) -> Vec<u8> {
    let copies = length / 258;
    let mut bits = Bits::default();
    bits.push(0b011, 3); // last block, fixed codes: the lowest bit first
    bits.code(0b0011_0000, 8); // the literal 0
    for _ in 0..copies {
        bits.code(0b1100_0101, 8); // length 258
        bits.code(0, 5); // at distance 1
    }
    bits.code(0, 7); // end of block
    let total = 1 + copies * 258;
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(bits.finish());
    out.extend(crc_of_zeros(total).to_le_bytes());
    out.extend(u32::try_from(total).unwrap().to_le_bytes());
    out
}

fn crc_of_zeros(length: usize) -> u32 {
    let step = |crc: u32| (0..8).fold(crc, |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 });
    let table: Vec<u32> = (0..256).map(step).collect();
    !(0..length).fold(!0_u32, |crc, _| table[(crc & 0xff) as usize] ^ (crc >> 8))
}

#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, width: u32) {
        self.held |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.out.push((self.held & 0xff) as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Writes a Huffman code, highest bit first.
    fn code(&mut self, code: u32, width: u32) {
        self.push(code.reverse_bits() >> (32 - width), width);
    }

    fn finish(mut self) -> Vec<u8> {
        self.push(0, (8 - self.count % 8) % 8);
        self.out
    }
}
