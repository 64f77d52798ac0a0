//! UUIDs and addresses.

use crate::error::{Error, Result};
use crate::value::Value;
use std::net::IpAddr;

pub(super) fn parse_uuid(given: &str) -> Result<Value> {
    let invalid = || Error::cast(format!("Cannot cast value to UUID: {given}"));
    let groups: Vec<&str> = given.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    if lengths != [8, 4, 4, 4, 12] {
        return Err(invalid());
    }
    let digits = groups.concat();
    let value = u128::from_str_radix(&digits, 16).map_err(|_| invalid())?;
    Ok(Value::Bytes(value.to_be_bytes().to_vec()))
}

pub(super) fn parse_ip(given: &str) -> Result<Value> {
    let address: IpAddr = given.parse().map_err(|_| Error::cast(format!("Cannot cast value to IPADDRESS: {given}")))?;
    Ok(Value::Bytes(octets(address).to_vec()))
}

pub(super) fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// Whether a network such as `10.0.0.0/8` has an address.
pub(super) fn contains_address(network: &str, address: &[u8]) -> Result<Value> {
    let invalid = || Error::argument("Invalid CIDR");
    let (base, length) = network.split_once('/').ok_or_else(invalid)?;
    let whole = network;
    let base: IpAddr = base.parse().map_err(|_| Error::argument(format!("Invalid network IP address: {base}")))?;
    let length: usize = length.parse().map_err(|_| Error::argument("Invalid prefix length"))?;
    let (bits, offset) = match base {
        IpAddr::V4(_) => (32, 96),
        IpAddr::V6(_) => (128, 0),
    };
    if length > bits {
        return Err(Error::argument("Prefix length exceeds address length"));
    }
    let address_is_v4 = address.len() == 16 && address[..12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
    if address_is_v4 != base.is_ipv4() {
        return Err(Error::argument("IP address version should be the same"));
    }
    let number = |bytes: &[u8]| bytes.iter().fold(0u128, |all, byte| all << 8 | u128::from(*byte));
    let shift = 128 - offset - length;
    // The network's own bits must be nothing after its length.
    if shift < 128 && number(&octets(base)) & ((1u128 << shift) - 1) != 0 {
        return Err(Error::argument(format!("Invalid CIDR: {whole}")));
    }
    let same = shift >= 128 || number(&octets(base)) >> shift == number(address) >> shift;
    Ok(Value::Bool(same))
}
