//! Who asks when proxies stand between: what an Ingress says of it, where it is to be believed.

use hyper::{HeaderMap, header::HeaderName};
use std::{net::IpAddr, str::FromStr};

/// Where each proxy appends the address that it was asked from.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A range of addresses, as RFC 4632 and RFC 4291 write it: `10.0.0.0/8`, `fd00::/8`; one address
/// alone is a range too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "ranges of addresses are like 10.0.0.0/8 or fd00::/8".to_owned();
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(other)) => {
                // Without a bit that counts all are alike.
                let differ = ours.to_bits() ^ other.to_bits();
                differ.checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(other)) => {
                let differ = ours.to_bits() ^ other.to_bits();
                differ.checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// The address that a request comes from: of whoever asks us, unless that is a trusted proxy; then
/// the last that a trusted proxy was asked from and that is none itself. Anybody may have written
/// what stands before it.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address| trusted.iter().any(|network| network.holds(address));
    let mut client = peer.to_canonical();
    // A client may write any bytes before what the proxies append.
    let lines = headers.get_all(FORWARDED).iter().rev();
    let mut told = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    while is_trusted(client) {
        let Some(before) = told.next().and_then(address) else { break };
        client = before;
    }
    client
}

/// Some proxies write the port too.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?.trim();
    let with_port = || text.parse().ok().map(|with_port: std::net::SocketAddr| with_port.ip());
    let plain = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    plain.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::{FORWARDED, Network, client};
    use hyper::{HeaderMap, header::HeaderValue};

    #[test]
    fn ranges_hold_what_they_say() {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.1.2.3/8", "10.255.0.1", "9.255.255.255"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.6/31", "192.0.2.7", "192.0.2.8"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("::/0", "2001:db8::1", "10.0.0.1"),
            ("fd00::/8", "fd12::1", "fe80::1"),
            ("2001:db8::1", "2001:db8::1", "2001:db8::2"),
        ] {
            let network: Network = range.parse().unwrap();
            assert!(network.holds(inside.parse().unwrap()), "{range} {inside}");
            assert!(!network.holds(outside.parse().unwrap()), "{range} {outside}");
        }
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0/8", "/8", "web", "1::/"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    fn check(peer: &str, lines: &[&str], trusted: &[&str], expected: &str) {
        let trusted: Vec<Network> = trusted.iter().map(|one| one.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        let found = client(peer.parse().unwrap(), &headers, &trusted);
        assert_eq!(found.to_string(), expected, "{peer} {lines:?} {trusted:?}");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let (ours, none): (&[&str], &[&str]) = (&["10.0.0.0/8", "fd00::/8"], &[]);
        // Nobody is trusted by default, and a stranger never.
        check("10.0.0.1", &["203.0.113.9"], none, "10.0.0.1");
        check("198.51.100.1", &["203.0.113.9"], ours, "198.51.100.1");
        check("10.0.0.1", &[], ours, "10.0.0.1");
        check("10.0.0.1", &["203.0.113.9"], ours, "203.0.113.9");
        check("::ffff:10.0.0.1", &["203.0.113.9"], ours, "203.0.113.9");
        check("fd00::1", &["2001:db8::1"], ours, "2001:db8::1");
        // What the client wrote itself stands first.
        check("10.0.0.1", &["127.0.0.1, 203.0.113.9"], ours, "203.0.113.9");
        check("10.0.0.1", &["127.0.0.1", "203.0.113.9"], ours, "203.0.113.9");
        check("10.0.0.1", &["10.9.9.9, 203.0.113.9, 10.0.0.2"], ours, "203.0.113.9");
        check("10.0.0.1", &["\u{e9}, 203.0.113.9, 10.0.0.2"], ours, "203.0.113.9");
        check("10.0.0.1", &["\u{e9}", "203.0.113.9"], ours, "203.0.113.9");
        // Somebody from inside.
        check("10.0.0.1", &["10.0.0.7,10.0.0.2"], ours, "10.0.0.7");
        // What is no address ends what is believed.
        check("10.0.0.1", &["203.0.113.9, unknown"], ours, "10.0.0.1");
        check("10.0.0.1", &["203.0.113.9, _x, 10.0.0.2"], ours, "10.0.0.2");
        check("10.0.0.1", &["203.0.113.9, \u{e9}"], ours, "10.0.0.1");
        check("10.0.0.1", &[""], ours, "10.0.0.1");
        // Ports, as some write them.
        check("10.0.0.1", &["203.0.113.9:4711"], ours, "203.0.113.9");
        check("10.0.0.1", &["[2001:db8::1]:4711"], ours, "2001:db8::1");
        check("10.0.0.1", &["[2001:db8::1]"], ours, "2001:db8::1");
    }
}
