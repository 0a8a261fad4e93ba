//! The address of a bus: `memory:` or `nats://…`, and what may follow a question mark.

use crate::{
    bounds::ACK_WAIT,
    error::{BusError, Result},
};
use std::{path::PathBuf, time::Duration};

/// What is said of any other option. Not what it is: it may be a password, or the end of one.
const OPTIONS: &str = "what follows the question mark of its address: wait=SECONDS up to 600, \
                       replicas=N up to 5 and sslrootcert=FILE may";

/// What an address says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Servers to connect to; none for memory.
    pub(crate) servers: Vec<String>,
    /// `wait=SECONDS`: after how long work comes back of which nothing is heard.
    pub(crate) wait: Duration,
    /// `replicas=N`: how many servers of a NATS cluster keep the work.
    pub(crate) replicas: usize,
    /// `sslrootcert=FILE`: an authority to believe besides the system's, PEM.
    pub(crate) authority: Option<PathBuf>,
}

impl Address {
    /// Reads an address. `nats://A,nats://B` are servers of one cluster.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut address =
            Self { servers: Vec::new(), wait: ACK_WAIT, replicas: 1, authority: None };
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let refused = || BusError::Refused(OPTIONS.to_owned());
            let (name, value) = option.split_once('=').ok_or_else(refused)?;
            if name == "sslrootcert" {
                address.authority = Some(value.into());
                continue;
            }
            let number: u16 = value.parse().map_err(|_| refused())?;
            match (name, number) {
                ("wait", 1..=600) => address.wait = Duration::from_secs(number.into()),
                ("replicas", 1..=5) => address.replicas = number.into(),
                _ => return Err(refused()),
            }
        }
        if base == "memory:" {
            return Ok(address);
        }
        for server in base.split(',') {
            if !server.starts_with("nats://") && !server.starts_with("tls://") {
                let what = "a bus that is neither memory: nor nats://HOST nor tls://HOST";
                return Err(BusError::Refused(what.to_owned()));
            }
            address.servers.push(server.to_owned());
        }
        Ok(address)
    }
}
