//! The bus itself: one face, two kinds.

use crate::{
    address::Address,
    bounds::{identifier, size, word},
    error::Result,
    memory::Memory,
    message::{Ear, Events, Source, Work},
    nats::Nats,
};
use std::sync::Arc;

/// A bus. Cheap to clone; every clone is the same bus.
#[derive(Clone)]
pub struct Bus(Kind);

#[derive(Clone)]
enum Kind {
    Memory(Arc<Memory>),
    Nats(Arc<Nats>),
}

impl Bus {
    /// Opens `memory:`, a bus of its own, or `nats://HOST` (`tls://HOST`, several separated by
    /// commas, `USER:PASSWORD@` before a host). Options follow a question mark: `wait=SECONDS` until
    /// work comes back of which nothing is heard ([`crate::ACK_WAIT`] otherwise), `replicas=N` of the
    /// work in a cluster of servers, `sslrootcert=FILE` with an authority to believe besides the
    /// system's.
    pub async fn open(url: &str) -> Result<Self> {
        let address = Address::parse(url)?;
        if address.servers.is_empty() {
            return Ok(Self(Kind::Memory(Arc::new(Memory::new(address.wait)))));
        }
        Ok(Self(Kind::Nats(Arc::new(Nats::open(&address).await?))))
    }

    /// Queues work. Gives whether it was new: an identifier that was published within
    /// [`crate::DEDUPLICATION`] is taken as queued. After an error it may be queued or not; publish
    /// it again.
    pub async fn publish(&self, subject: &str, id: &str, bytes: &[u8]) -> Result<bool> {
        word(subject)?;
        identifier(id)?;
        size(bytes)?;
        match &self.0 {
            Kind::Memory(memory) => memory.publish(subject, id, bytes),
            Kind::Nats(nats) => nats.publish(subject, id, bytes).await,
        }
    }

    /// Work on a subject, as one of a group. A subject has one group.
    pub async fn subscribe(&self, subject: &str, group: &str) -> Result<Work> {
        let (subject, group) = (word(subject)?, word(group)?);
        Ok(Work(match &self.0 {
            Kind::Memory(memory) => Source::Memory(memory.subscribe(subject, group)?),
            Kind::Nats(nats) => Source::Nats(Box::new(nats.subscribe(subject, group).await?)),
        }))
    }

    /// Tells all who listen now.
    pub async fn tell(&self, subject: &str, bytes: &[u8]) -> Result<()> {
        word(subject)?;
        size(bytes)?;
        match &self.0 {
            Kind::Memory(memory) => memory.tell(subject, bytes),
            Kind::Nats(nats) => nats.tell(subject, bytes).await?,
        }
        Ok(())
    }

    /// Listens to a subject from now on.
    pub async fn events(&self, subject: &str) -> Result<Events> {
        let subject = word(subject)?;
        Ok(Events(match &self.0 {
            Kind::Memory(memory) => Ear::Memory(memory.events(subject)),
            Kind::Nats(nats) => Ear::Nats(Box::new(nats.events(subject).await?)),
        }))
    }

    /// Whether the bus can be reached.
    #[expect(clippy::unused_async, reason = "a bus may have to ask")]
    pub async fn ping(&self) -> Result<()> {
        match &self.0 {
            Kind::Memory(_) => Ok(()),
            Kind::Nats(nats) => nats.ping(),
        }
    }
}
