//! The body of an object or a part: received into a file, taken out of `aws-chunked` coding, and held against the digests that
//! came with it (Amazon S3's documentation: "Checking object integrity", "Signature calculations: transferring payload in
//! multiple chunks").

use super::request::Request;
use crate::backend::Backend;
use crate::objects::{Algorithm, Checksum};
use crate::wire::fault::WireFault;
use axum::body::Body;
use data_encoding::BASE64;
use futures::StreamExt;
use md5::{Digest, Md5};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::io::Write;
use tempfile::NamedTempFile;

/// Bytes of an object that is put at once (Amazon S3's documentation: "Uploading objects").
const MAX_OBJECT_BYTES: u64 = 5 << 30;

/// What was received.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) file: NamedTempFile,
    pub(super) size: u64,
    /// MD5 in hex.
    pub(super) etag: String,
    pub(super) checksum: Checksum,
}

/// Receives a body.
///
/// # Errors
/// If it ends too soon, is too large, or is not what its digests say.
pub(super) async fn receive(backend: &Backend, request: &Request, body: Body) -> Result<Received, WireFault> {
    let sha256 = request.header("x-amz-content-sha256").unwrap_or("UNSIGNED-PAYLOAD");
    let mut chunked = sha256.starts_with("STREAMING-").then(Chunked::default);
    let given = given_checksum(request)?;
    let trailing = request.header("x-amz-trailer").and_then(|name| {
        Algorithm::ALL.into_iter().find(|algorithm| name.trim().eq_ignore_ascii_case(algorithm.header()))
    });
    let algorithm = given.as_ref().map(|(algorithm, _)| *algorithm).or(trailing).unwrap_or(Algorithm::Crc64Nvme);
    let mut file = backend.lake.objects.incoming().map_err(|_| WireFault::internal())?;
    let (mut md5, mut plain, mut hasher) = (Md5::new(), Sha256::new(), algorithm.hasher());
    let (mut data, mut size) = (body.into_data_stream(), 0_u64);
    while let Some(part) = data.next().await {
        let part = part.map_err(|_| incomplete())?;
        let part = match &mut chunked {
            None => part,
            Some(chunked) => chunked.decode(&part)?.into(),
        };
        size += part.len() as u64;
        if size > MAX_OBJECT_BYTES {
            return Err(WireFault::new("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"));
        }
        md5.update(&part);
        plain.update(&part);
        hasher.update(&part);
        file.write_all(&part).map_err(|_| WireFault::internal())?;
    }
    let (md5, checksum) = (md5.finalize(), BASE64.encode(&hasher.finish()));
    let trailers = match chunked {
        None => BTreeMap::new(),
        Some(chunked) => chunked.finish()?,
    };
    let announced = request.header("x-amz-decoded-content-length").and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|announced| announced != size) {
        return Err(incomplete());
    }
    holds_content_md5(request, &md5)?;
    let plain = hex::encode(plain.finalize());
    if sha256.len() == 64 && sha256 != plain {
        let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        let fault = WireFault::new("XAmzContentSHA256Mismatch", message);
        return Err(fault.with("ClientComputedContentSHA256", sha256).with("S3ComputedContentSHA256", plain));
    }
    let expected = given.map(|(_, value)| value).or_else(|| trailers.get(algorithm.header()).cloned());
    if expected.is_some_and(|expected| expected != checksum) {
        let message = format!("The {} you specified did not match the calculated checksum.", algorithm.word());
        return Err(WireFault::new("BadDigest", message));
    }
    Ok(Received {
        file,
        size,
        etag: hex::encode(md5),
        checksum: Checksum { algorithm, value: checksum, composite: false },
    })
}

fn incomplete() -> WireFault {
    let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
    WireFault::new("IncompleteBody", message)
}

/// The checksum that a header gives.
fn given_checksum(request: &Request) -> Result<Option<(Algorithm, String)>, WireFault> {
    for algorithm in Algorithm::ALL {
        let Some(value) = request.header(algorithm.header()) else { continue };
        let fits = BASE64.decode(value.as_bytes()).is_ok_and(|bytes| bytes.len() == algorithm.length());
        if !fits {
            let message = format!("Value for {} header is invalid.", algorithm.header());
            return Err(WireFault::new("InvalidRequest", message));
        }
        return Ok(Some((algorithm, value.to_owned())));
    }
    Ok(None)
}

fn holds_content_md5(request: &Request, md5: &[u8]) -> Result<(), WireFault> {
    let Some(given) = request.header("content-md5") else { return Ok(()) };
    match BASE64.decode(given.as_bytes()).ok().filter(|bytes| bytes.len() == 16) {
        None => {
            Err(WireFault::new("InvalidDigest", "The Content-MD5 you specified was invalid.")
                .with("Content-MD5", given))
        }
        Some(bytes) if bytes != md5 => {
            let fault = WireFault::new("BadDigest", "The Content-MD5 you specified did not match what we received.");
            Err(fault.with("ExpectedDigest", hex::encode(bytes)).with("CalculatedDigest", hex::encode(md5)))
        }
        Some(_) => Ok(()),
    }
}

/// Takes the data out of `aws-chunked` coding: `LEN[;extension]\r\nDATA\r\n … 0\r\ntrailers`.
#[derive(Default)]
struct Chunked {
    pending: Vec<u8>,
    ended: bool,
}

impl Chunked {
    fn decode(&mut self, part: &[u8]) -> Result<Vec<u8>, WireFault> {
        self.pending.extend_from_slice(part);
        let (mut data, mut at) = (Vec::new(), 0);
        while !self.ended {
            let rest = &self.pending[at..];
            let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else { break };
            let head = String::from_utf8_lossy(&rest[..line]);
            let len =
                usize::from_str_radix(head.split(';').next().unwrap_or_default(), 16).map_err(|_| incomplete())?;
            if len == 0 {
                self.ended = true;
                at += line + 2;
            } else if rest.len() < line + len + 4 {
                break;
            } else {
                data.extend_from_slice(&rest[line + 2..line + 2 + len]);
                at += line + len + 4;
            }
        }
        self.pending.drain(..at);
        Ok(data)
    }

    /// What came after the data, by names in small letters.
    fn finish(self) -> Result<BTreeMap<String, String>, WireFault> {
        if !self.ended {
            return Err(incomplete());
        }
        let text = String::from_utf8_lossy(&self.pending).into_owned();
        let pairs = text.lines().filter_map(|line| line.split_once(':'));
        Ok(pairs.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunked_bodies_are_decoded_wherever_they_are_cut() {
        let body = b"5;chunk-signature=abc\r\nhello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
        for cut in 0..body.len() {
            let mut chunked = Chunked::default();
            let mut data = chunked.decode(&body[..cut]).expect("chunks");
            data.extend(chunked.decode(&body[cut..]).expect("chunks"));
            assert_eq!(data, b"hello, world", "{cut}");
            assert_eq!(chunked.finish().expect("an end")["x-amz-checksum-crc32"], "AA==", "{cut}");
        }
        let mut cut = Chunked::default();
        cut.decode(b"5\r\nhel").expect("a part of a chunk");
        assert!(cut.finish().is_err());
        assert!(Chunked::default().decode(b"x\r\n").is_err());
    }
}
