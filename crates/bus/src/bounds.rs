//! What the bus refuses, and how long it waits.

use crate::error::{BusError, Result};
use std::time::Duration;

/// The largest message in bytes: half of what a NATS server takes by default.
pub const LARGEST_MESSAGE: usize = 512 << 10;
/// Messages of one kind of work that wait at most. More than that is said ([`BusError::Full`]); who
/// publishes knows the work from the store and comes back to it.
pub const MOST_WAITING: usize = 100_000;
/// For how long an identifier that was published is not queued again.
pub const DEDUPLICATION: Duration = Duration::from_mins(2);
/// After how long work comes back of which nothing is heard: long enough for a garbage collection of
/// the network, short enough that a scan of a dead worker is not missed. Workers at longer
/// work say [`crate::Message::progress`].
pub const ACK_WAIT: Duration = Duration::from_secs(30);
/// The longest subject or group.
const LONGEST_WORD: usize = 64;
/// The longest identifier: two digests.
const LONGEST_IDENTIFIER: usize = 256;

/// A subject or group is letters, digits, `-` and `_`.
pub(crate) fn word(text: &str) -> Result<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if text.is_empty() || text.len() > LONGEST_WORD || !text.bytes().all(plain) {
        return Err(BusError::Refused(format!("{text:?} is no word for the bus")));
    }
    Ok(text)
}

/// An identifier is printable ASCII without spaces: it travels in a header.
pub(crate) fn identifier(text: &str) -> Result<&str> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.is_empty() || text.len() > LONGEST_IDENTIFIER || !printable {
        return Err(BusError::Refused("an identifier that is none".to_owned()));
    }
    Ok(text)
}

/// A message of a size that travels.
pub(crate) fn size(bytes: &[u8]) -> Result<()> {
    if bytes.len() > LARGEST_MESSAGE {
        return Err(BusError::Refused(format!("a message of {} bytes", bytes.len())));
    }
    Ok(())
}
