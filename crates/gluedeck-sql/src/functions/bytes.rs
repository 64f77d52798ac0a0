//! Bytes: encodings and digests.

use super::call::{Body, Call};
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::{Value, text};
use data_encoding::{BASE32, BASE64, BASE64URL, HEXUPPER, HEXUPPER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("char2hexint", |call| {
        let units = call.text(0).encode_utf16().map(|unit| format!("{unit:04X}"));
        Ok(Value::Text(units.collect()))
    }),
    ("crc32", |call| Ok(Value::Int(i64::from(crc32fast::hash(bytes(call)))))),
    ("from_base32", |call| decoded(call, base32)),
    ("from_base64", |call| decoded(call, |bytes| base64(bytes, false))),
    ("from_base64url", |call| decoded(call, |bytes| base64(bytes, true))),
    ("from_big_endian_32", |call| number(call, 4, |bytes| Value::Int(i64::from(bytes as i32)))),
    ("from_big_endian_64", |call| number(call, 8, |bytes| Value::Int(bytes as i64))),
    ("from_hex", |call| {
        let length = bytes(call).len();
        if !length.is_multiple_of(2) {
            return Err(Error::argument(format!("invalid input length {length}")));
        }
        decoded(call, |bytes| HEXUPPER_PERMISSIVE.decode(bytes).map_err(|error| error.to_string()))
    }),
    ("from_ieee754_32", |call| number(call, 4, |bytes| Value::Real(f32::from_bits(bytes as u32)))),
    ("from_ieee754_64", |call| number(call, 8, |bytes| Value::Double(f64::from_bits(bytes)))),
    ("from_utf8", from_utf8),
    ("hmac_md5", |call| mac::<Hmac<Md5>>(call)),
    ("hmac_sha1", |call| mac::<Hmac<Sha1>>(call)),
    ("hmac_sha256", |call| mac::<Hmac<Sha256>>(call)),
    ("hmac_sha512", |call| mac::<Hmac<Sha512>>(call)),
    ("md5", |call| Ok(Value::Bytes(Md5::digest(bytes(call)).to_vec()))),
    ("murmur3", |call| Ok(Value::Bytes(murmur3(bytes(call)).to_vec()))),
    ("sha1", |call| Ok(Value::Bytes(Sha1::digest(bytes(call)).to_vec()))),
    ("sha256", |call| Ok(Value::Bytes(Sha256::digest(bytes(call)).to_vec()))),
    ("sha512", |call| Ok(Value::Bytes(Sha512::digest(bytes(call)).to_vec()))),
    ("to_base32", |call| Ok(Value::Text(BASE32.encode(bytes(call))))),
    ("to_base64", |call| Ok(Value::Text(BASE64.encode(bytes(call))))),
    ("to_base64url", |call| Ok(Value::Text(BASE64URL.encode(bytes(call))))),
    ("to_big_endian_32", |call| Ok(Value::Bytes((call.int(0) as i32).to_be_bytes().to_vec()))),
    ("to_big_endian_64", |call| Ok(Value::Bytes(call.int(0).to_be_bytes().to_vec()))),
    ("to_hex", |call| Ok(Value::Text(HEXUPPER.encode(bytes(call))))),
    ("to_ieee754_32", |call| Ok(Value::Bytes((call.double(0) as f32).to_bits().to_be_bytes().to_vec()))),
    ("to_ieee754_64", |call| Ok(Value::Bytes(call.double(0).to_bits().to_be_bytes().to_vec()))),
    ("to_utf8", |call| {
        Ok(Value::Bytes(match call.ty(0) {
            Type::Char(_) => text(call.get(0), call.ty(0)).unwrap_or_default().into_bytes(),
            _ => call.text(0).as_bytes().to_vec(),
        }))
    }),
    ("xxhash64", |call| Ok(Value::Bytes(twox_hash::XxHash64::oneshot(0, bytes(call)).to_be_bytes().to_vec()))),
];

fn bytes<'a>(call: &'a Call<'_>) -> &'a [u8] {
    call.get(0).as_bytes()
}

fn decoded(call: &Call<'_>, decode: fn(&[u8]) -> std::result::Result<Vec<u8>, String>) -> Result<Value> {
    decode(bytes(call)).map(Value::Bytes).map_err(Error::argument)
}

/// Base 64 with or without what fills it up.
fn base64(bytes: &[u8], url: bool) -> std::result::Result<Vec<u8>, String> {
    use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
    let end = bytes.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let padded = bytes.len().is_multiple_of(4) || end == bytes.len();
    if !padded {
        return Err("Input byte array has incorrect ending byte".into());
    }
    let encoding = if url { &BASE64URL_NOPAD } else { &BASE64_NOPAD };
    let bytes = &bytes[..end];
    if bytes.len() == 1 {
        return Err("Input byte[] should at least have 2 bytes for base64 bytes".into());
    }
    let known =
        |byte: &u8| byte.is_ascii_alphanumeric() || if url { b"-_".contains(byte) } else { b"+/".contains(byte) };
    if let Some(other) = bytes.iter().find(|byte| !known(byte)) {
        return Err(format!("Illegal base64 character {other:x}"));
    }
    lenient(encoding, bytes)
}

/// Decodes, whatever the last bits are that belong to no byte.
fn lenient(encoding: &data_encoding::Encoding, bytes: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let mut specification = encoding.specification();
    specification.check_trailing_bits = false;
    let encoding = specification.encoding().map_err(|error| error.to_string())?;
    encoding.decode(bytes).map_err(|error| error.to_string())
}

fn base32(bytes: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let end = bytes.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let bytes = &bytes[..end];
    if let Some(other) = bytes.iter().find(|byte| !(byte.is_ascii_uppercase() || (b'2'..=b'7').contains(byte))) {
        return Err(format!("Unrecognized character: {}", char::from(*other)));
    }
    if matches!(bytes.len() % 8, 1 | 3 | 6) {
        return Err(format!("Invalid input length {}", bytes.len()));
    }
    lenient(&data_encoding::BASE32_NOPAD, bytes)
}

fn number(call: &Call<'_>, length: usize, make: fn(u64) -> Value) -> Result<Value> {
    let bytes = bytes(call);
    if bytes.len() != length {
        let kind = if call.site.name.contains("ieee") { "floating-point" } else { "input buffer" };
        let message = match kind {
            "input buffer" => format!("expected {length}-byte input, but got instead: {}", bytes.len()),
            _ => format!("Input floating-point value must be exactly {length} bytes long"),
        };
        return Err(Error::argument(message));
    }
    Ok(make(bytes.iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte))))
}

fn from_utf8(call: &Call<'_>) -> Result<Value> {
    let replacement = match (call.len(), call.get(1)) {
        (1, _) => "\u{fffd}".to_owned(),
        (_, Value::Int(number)) => match u32::try_from(*number).ok().and_then(char::from_u32) {
            Some(letter) => letter.to_string(),
            None => return Err(Error::argument("Invalid replacement character")),
        },
        (_, other) => match other.as_text().chars().count() {
            0 | 1 => other.as_text().to_owned(),
            _ => return Err(Error::argument("Replacement character string must empty or a single character")),
        },
    };
    let mut found = String::new();
    let mut rest = bytes(call);
    while !rest.is_empty() {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                found.push_str(text);
                break;
            }
            Err(error) => {
                let (good, bad) = rest.split_at(error.valid_up_to());
                found.push_str(&String::from_utf8_lossy(good));
                found.push_str(&replacement);
                rest = &bad[error.error_len().unwrap_or(bad.len()).min(bad.len())..];
            }
        }
    }
    Ok(Value::Text(found))
}

fn mac<M: Mac + KeyInit>(call: &Call<'_>) -> Result<Value> {
    let mut mac = <M as KeyInit>::new_from_slice(call.get(1).as_bytes()).map_err(|_| Error::argument("Empty key"))?;
    if call.get(1).as_bytes().is_empty() {
        return Err(Error::argument("Empty key"));
    }
    mac.update(bytes(call));
    Ok(Value::Bytes(mac.finalize().into_bytes().to_vec()))
}

/// MurmurHash3 of 128 bits for 64-bit machines, without a seed; both halves in the order of their bytes.
fn murmur3(bytes: &[u8]) -> [u8; 16] {
    const C1: u64 = 0x87c3_7b91_1142_53d5;
    const C2: u64 = 0x4cf5_ad43_2745_937f;
    let mix1 = |k: u64| k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
    let mix2 = |k: u64| k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1);
    let word = |part: &[u8]| part.iter().rev().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
    let (mut h1, mut h2) = (0u64, 0u64);
    let mut blocks = bytes.chunks_exact(16);
    for block in &mut blocks {
        h1 ^= mix1(word(&block[..8]));
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= mix2(word(&block[8..]));
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let tail = blocks.remainder();
    if tail.len() > 8 {
        h2 ^= mix2(word(&tail[8..]));
    }
    if !tail.is_empty() {
        h1 ^= mix1(word(&tail[..tail.len().min(8)]));
    }
    let finish = |h: u64| {
        let h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        h ^ (h >> 33)
    };
    h1 ^= bytes.len() as u64;
    h2 ^= bytes.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = finish(h1);
    h2 = finish(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    let mut found = [0; 16];
    found[..8].copy_from_slice(&h1.to_le_bytes());
    found[8..].copy_from_slice(&h2.to_le_bytes());
    found
}
