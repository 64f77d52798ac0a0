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
    let base: IpAddr = base.parse().map_err(|_| Error::argument("Invalid network IP address"))?;
    // An IPv4 address may be written as one of IPv6 that stands for it.
    let base = base.to_canonical();
    let length: u32 = length.parse().map_err(|_| Error::argument("Invalid prefix length"))?;
    let bits = if base.is_ipv4() { 32 } else { 128 };
    if length > bits {
        return Err(Error::argument("Prefix length exceeds address length"));
    }
    let number = |bytes: &[u8]| bytes.iter().fold(0u128, |all, byte| all << 8 | u128::from(*byte));
    let (network, address) = (number(&octets(base)), number(address));
    if (address >> 32 == 0xffff) != base.is_ipv4() {
        return Err(Error::argument("IP address version should be the same"));
    }
    let rest = bits - length;
    // Only of IPv4 must the network's own bits be nothing after its length.
    if base.is_ipv4() && network & ((1 << rest) - 1) != 0 {
        return Err(invalid());
    }
    let of_network = |address: u128| address.checked_shr(rest).unwrap_or(0);
    Ok(Value::Bool(of_network(address) == of_network(network)))
}
