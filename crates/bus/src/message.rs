//! What comes from a bus.

use crate::{
    error::{BusError, Result},
    memory, nats,
};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::broadcast};

/// A queue of work, for one worker.
pub struct Work(pub(crate) Source);

pub(crate) enum Source {
    Memory(Arc<memory::Queue>),
    Nats(Box<nats::Queue>),
}

impl Work {
    /// Waits for the next piece, for as long as it takes, a server's absence included. Dropping
    /// the future loses nothing. An error would mean that the bus is gone for good.
    pub async fn next(&mut self) -> Result<Message> {
        let given = match &mut self.0 {
            Source::Memory(queue) => Given::Memory(queue.next().await),
            Source::Nats(queue) => Given::Nats(Box::new(queue.next().await)),
        };
        Ok(Message(Some(given)))
    }
}

/// A piece of work. Dropping it without an answer gives it back.
pub struct Message(Option<Given>);

enum Given {
    Memory(memory::Taken),
    Nats(Box<nats::Taken>),
}

impl Message {
    /// What was published.
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Some(Given::Memory(taken)) => &taken.job.bytes,
            Some(Given::Nats(taken)) => &taken.bytes,
            None => &[],
        }
    }

    /// How often it was given to somebody, this time included: 1 at first.
    pub fn deliveries(&self) -> u64 {
        match &self.0 {
            Some(Given::Memory(taken)) => taken.job.deliveries,
            Some(Given::Nats(taken)) => taken.deliveries,
            None => 0,
        }
    }

    /// It is done and never comes back. After an error it may: whoever gets it then does it again
    /// without effect.
    pub async fn ack(mut self) -> Result<()> {
        match self.0.take() {
            Some(Given::Memory(taken)) => taken.finish(),
            Some(Given::Nats(taken)) => taken.finish().await?,
            None => {}
        }
        Ok(())
    }

    /// It could not be done: it comes back after a while.
    pub async fn nack(mut self, after: Duration) -> Result<()> {
        match self.0.take() {
            Some(Given::Memory(taken)) => taken.put_back(after),
            Some(Given::Nats(taken)) => taken.put_back(after).await?,
            None => {}
        }
        Ok(())
    }

    /// Somebody is still at it: the wait for an answer begins anew.
    pub async fn progress(&self) -> Result<()> {
        match &self.0 {
            Some(Given::Memory(taken)) => taken.hold(),
            Some(Given::Nats(taken)) => taken.hold().await?,
            None => {}
        }
        Ok(())
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        match self.0.take() {
            Some(Given::Memory(taken)) => taken.put_back(Duration::ZERO),
            Some(Given::Nats(taken)) => {
                if let Ok(runtime) = Handle::try_current() {
                    // If this does not reach the server, it comes back when its time is over.
                    runtime.spawn(async move { drop(taken.put_back(Duration::ZERO).await) });
                }
            }
            None => {}
        }
    }
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An event.
    Event(Arc<[u8]>),
    /// Some events may have been missed: read the store.
    Missed,
}

/// The events of a subject, for one listener.
pub struct Events(pub(crate) Ear);

pub(crate) enum Ear {
    Memory(broadcast::Receiver<Arc<[u8]>>),
    Nats(Box<nats::Ear>),
}

impl Events {
    /// Waits for the next event. An error means that the bus is gone for good.
    pub async fn next(&mut self) -> Result<Heard> {
        let closed = || BusError::Unavailable("it was closed".to_owned());
        match &mut self.0 {
            Ear::Memory(receiver) => match receiver.recv().await {
                Ok(bytes) => Ok(Heard::Event(bytes)),
                Err(broadcast::error::RecvError::Lagged(_)) => Ok(Heard::Missed),
                Err(broadcast::error::RecvError::Closed) => Err(closed()),
            },
            Ear::Nats(ear) => ear.next().await.ok_or_else(closed),
        }
    }
}
