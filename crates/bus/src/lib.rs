//! Work and events between replicas.
//!
//! Two things travel on a [`Bus`]. *Work* is done by one of a group of workers and comes back
//! until somebody acknowledges it; an identifier keeps the same work from being queued twice.
//! *Events* tell everybody who listens at the moment that something changed; who missed some is
//! told so and reads the store instead.
//!
//! `memory:` is one process; `nats://…` is NATS JetStream, between many. This crate knows nothing
//! of what the bytes mean. Work can be delivered twice, when a worker died or was slow: what it does must
//! be idempotent.
//!
//! ```
//! use cofferdam_bus::Bus;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let bus = Bus::open("memory:").await?;
//! assert!(bus.publish("scan", "image-1", b"debian:12").await?);
//! assert!(!bus.publish("scan", "image-1", b"debian:12").await?);
//! let mut work = bus.subscribe("scan", "workers").await?;
//! let message = work.next().await?;
//! assert_eq!(message.bytes(), b"debian:12");
//! message.ack().await?;
//! # Ok::<(), cofferdam_bus::BusError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod bounds;
mod bus;
mod error;
mod memory;
mod message;
mod nats;
#[cfg(test)]
mod tests;

pub use bounds::{ACK_WAIT, DEDUPLICATION, LARGEST_MESSAGE, MOST_WAITING};
pub use bus::Bus;
pub use error::{BusError, Result};
pub use message::{Events, Heard, Message, Work};
