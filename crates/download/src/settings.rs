//! What can be set about a client.

use std::{path::PathBuf, time::Duration};

/// How a client behaves. The defaults are for the public Internet.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A PEM file of certificate authorities to trust besides the system's.
    pub certificates: Option<PathBuf>,
    /// How long a connection may take to stand, TLS included.
    pub connect_timeout: Duration,
    /// How long nothing may arrive.
    pub read_timeout: Duration,
    /// How long one exchange may take, body included: what drips a byte a second ends here.
    pub total_timeout: Duration,
    /// How often one request is sent at most.
    pub attempts: u32,
    /// The wait before the second attempt; doubled for each one after it.
    pub backoff: Duration,
    /// The longest wait, whatever the server asks for.
    pub backoff_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            certificates: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_hours(1),
            attempts: 4,
            backoff: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
        }
    }
}
