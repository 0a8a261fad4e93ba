//! IP addresses and networks (Kubernetes' IP and CIDR libraries).
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !ip('10.1.2.3').isLoopback()";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, member, refused};
use crate::{
    Evaluation, Opaque, Stop, Value,
    error::{ErrorKind, quoted},
    evaluate::Evaluated,
    opaque::Inner,
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A network: an address, which may have bits beyond the prefix, and the length of the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    address: IpAddr,
    length: u8,
}

/// An address without zone that is not an IPv4 address in IPv6 clothes.
fn parse_address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => None,
        other => Some(other),
    }
}

const fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// An address without the bits beyond a prefix.
fn mask(address: IpAddr, length: u8) -> IpAddr {
    let beyond = u32::from(bits(address).saturating_sub(length));
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(beyond).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(beyond).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

impl Cidr {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.rsplit_once('/')?;
        let address = parse_address(address)?;
        let plain = length.bytes().all(|byte| byte.is_ascii_digit());
        let plain = plain && (length.len() == 1 || !length.starts_with('0'));
        let length: u8 = length.parse().ok().filter(|_| plain)?;
        (length <= bits(address)).then_some(Self { address, length })
    }

    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && mask(address, self.length) == mask(self.address, self.length)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

pub(super) const FUNCTIONS: &[Function] = &[
    global("ip", 1..=1, "ip(text)", |evaluation, arguments| {
        text(evaluation, arguments, "ip", |text| {
            parse_address(text).map(ip_value).ok_or_else(|| not_an_address(text))
        })
    }),
    global("isIP", 1..=1, "isIP(text)", |evaluation, arguments| {
        text(evaluation, arguments, "isIP", |text| Ok(Value::Bool(parse_address(text).is_some())))
    }),
    global("ip.isCanonical", 1..=1, "ip.isCanonical(text)", |evaluation, arguments| {
        text(evaluation, arguments, "ip.isCanonical", |text| {
            let address = parse_address(text).ok_or_else(|| not_an_address(text))?;
            Ok(Value::Bool(address.to_string() == *text))
        })
    }),
    member("family", 1..=1, "ip.family()", |_, a| {
        address(a, "family").map(|own| Value::Int(if own.is_ipv4() { 4 } else { 6 }))
    }),
    member("isUnspecified", 1..=1, "ip.isUnspecified()", |_, a| {
        address(a, "isUnspecified").map(|own| Value::Bool(own.is_unspecified()))
    }),
    member("isLoopback", 1..=1, "ip.isLoopback()", |_, a| {
        address(a, "isLoopback").map(|own| Value::Bool(own.is_loopback()))
    }),
    member("isLinkLocalMulticast", 1..=1, "ip.isLinkLocalMulticast()", |_, a| {
        address(a, "isLinkLocalMulticast").map(|own| Value::Bool(is_link_local_multicast(own)))
    }),
    member("isLinkLocalUnicast", 1..=1, "ip.isLinkLocalUnicast()", |_, a| {
        address(a, "isLinkLocalUnicast").map(|own| Value::Bool(is_link_local(own)))
    }),
    member("isGlobalUnicast", 1..=1, "ip.isGlobalUnicast()", |_, a| {
        address(a, "isGlobalUnicast").map(|own| Value::Bool(is_global_unicast(own)))
    }),
    global("cidr", 1..=1, "cidr(text)", |evaluation, arguments| {
        text(evaluation, arguments, "cidr", |text| {
            Cidr::parse(text).map(cidr_value).ok_or_else(|| not_a_network(text))
        })
    }),
    global("isCIDR", 1..=1, "isCIDR(text)", |evaluation, arguments| {
        text(evaluation, arguments, "isCIDR", |text| Ok(Value::Bool(Cidr::parse(text).is_some())))
    }),
    member("ip", 1..=1, "cidr.ip()", |_, a| network(a, "ip").map(|own| ip_value(own.address))),
    member("prefixLength", 1..=1, "cidr.prefixLength()", |_, a| {
        network(a, "prefixLength").map(|own| Value::Int(own.length.into()))
    }),
    member("masked", 1..=1, "cidr.masked()", |_, a| {
        network(a, "masked")
            .map(|own| cidr_value(Cidr { address: mask(own.address, own.length), ..own }))
    }),
    member("isMask", 1..=1, "cidr.isMask()", |_, a| {
        network(a, "isMask").map(|own| Value::Bool(mask(own.address, own.length) == own.address))
    }),
    member("containsIP", 2..=2, "cidr.containsIP(ip)", contains_ip),
    member("containsCIDR", 2..=2, "cidr.containsCIDR(cidr)", contains_cidr),
];

fn ip_value<'a>(address: IpAddr) -> Value<'a> {
    Opaque::value(Inner::Ip(address))
}

fn cidr_value<'a>(cidr: Cidr) -> Value<'a> {
    Opaque::value(Inner::Cidr(cidr))
}

fn not_an_address(text: &str) -> Stop {
    ErrorKind::Invalid(format!("{} is not an IP address", quoted(text))).into()
}

fn not_a_network(text: &str) -> Stop {
    ErrorKind::Invalid(format!("{} is not a network such as 10.0.0.0/8", quoted(text))).into()
}

/// What becomes of one string.
fn text<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    name: &str,
    make: fn(&str) -> Evaluated<'a>,
) -> Evaluated<'a> {
    match arguments {
        [Value::String(text)] => {
            evaluation.step_bytes(text.len())?;
            make(text)
        }
        other => Err(refused(name, other)),
    }
}

fn address(arguments: &[Value<'_>], name: &str) -> Result<IpAddr, Stop> {
    match arguments.first() {
        Some(Value::Opaque(opaque)) if let Inner::Ip(address) = opaque.0 => Ok(address),
        _ => Err(refused(name, arguments)),
    }
}

fn network(arguments: &[Value<'_>], name: &str) -> Result<Cidr, Stop> {
    match arguments.first() {
        Some(Value::Opaque(opaque)) if let Inner::Cidr(cidr) = opaque.0 => Ok(cidr),
        _ => Err(refused(name, arguments)),
    }
}

fn contains_ip<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let own = network(arguments, "containsIP")?;
    let other = match arguments.get(1) {
        Some(Value::String(text)) => parse_address(text).ok_or_else(|| not_an_address(text))?,
        Some(other) => address(std::slice::from_ref(other), "containsIP")?,
        None => return Err(refused("containsIP", arguments)),
    };
    Ok(Value::Bool(own.contains(other)))
}

fn contains_cidr<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let own = network(arguments, "containsCIDR")?;
    let other = match arguments.get(1) {
        Some(Value::String(text)) => Cidr::parse(text).ok_or_else(|| not_a_network(text))?,
        Some(other) => network(std::slice::from_ref(other), "containsCIDR")?,
        None => return Err(refused("containsCIDR", arguments)),
    };
    Ok(Value::Bool(own.length <= other.length && own.contains(other.address)))
}

fn is_link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => matches!(v4.octets(), [224, 0, 0, _]),
        IpAddr::V6(v6) => v6.to_bits() >> 112 & 0xff0f == 0xff02,
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn is_global_unicast(address: IpAddr) -> bool {
    let nowhere = match address {
        IpAddr::V4(v4) => v4.is_unspecified() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unspecified(),
    };
    !(nowhere || address.is_loopback() || address.is_multicast() || is_link_local(address))
}
