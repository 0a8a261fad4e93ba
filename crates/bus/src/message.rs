//! What comes from a bus.

use crate::{
    error::{BusError, Result},
    memory::{Queue, Taken},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast;

/// A queue of work, for one worker.
pub struct Work(Source);

enum Source {
    Memory(Arc<Queue>),
}

impl Work {
    pub(crate) fn memory(queue: Arc<Queue>) -> Self {
        Self(Source::Memory(queue))
    }

    /// Waits for the next piece. Dropping the future loses nothing. An error passes when the server is
    /// back; call again.
    pub async fn next(&mut self) -> Result<Message> {
        match &self.0 {
            Source::Memory(queue) => {
                let taken = queue.next().await;
                Ok(Message { given: Given::Memory(taken), is_answered: false })
            }
        }
    }
}

/// A piece of work. Dropping it without an answer gives it back.
pub struct Message {
    given: Given,
    is_answered: bool,
}

enum Given {
    Memory(Taken),
}

impl Message {
    /// What was published.
    pub fn bytes(&self) -> &[u8] {
        match &self.given {
            Given::Memory(taken) => &taken.job.bytes,
        }
    }

    /// How often it was given to somebody, this time included: 1 at first.
    pub fn deliveries(&self) -> u64 {
        match &self.given {
            Given::Memory(taken) => taken.job.deliveries,
        }
    }

    /// It is done and never comes back.
    pub async fn ack(mut self) -> Result<()> {
        self.is_answered = true;
        match &self.given {
            Given::Memory(taken) => taken.finish(),
        };
        Ok(())
    }

    /// It could not be done: it comes back after a while.
    pub async fn nack(mut self, after: Duration) -> Result<()> {
        self.is_answered = true;
        match &self.given {
            Given::Memory(taken) => taken.put_back(after),
        }
        Ok(())
    }

    /// Somebody is still at it: [`crate::ACK_WAIT`] begins anew.
    pub async fn progress(&self) -> Result<()> {
        match &self.given {
            Given::Memory(taken) => taken.hold(),
        }
        Ok(())
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        if !self.is_answered {
            match &self.given {
                Given::Memory(taken) => taken.put_back(Duration::ZERO),
            }
        }
    }
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An event.
    Event(Arc<[u8]>),
    /// Some events were missed: read the store.
    Missed,
}

/// The events of a subject, for one listener.
pub struct Events(Ear);

enum Ear {
    Memory(broadcast::Receiver<Arc<[u8]>>),
}

impl Events {
    pub(crate) fn memory(receiver: broadcast::Receiver<Arc<[u8]>>) -> Self {
        Self(Ear::Memory(receiver))
    }

    /// Waits for the next event. An error means that the bus is gone for good.
    pub async fn next(&mut self) -> Result<Heard> {
        match &mut self.0 {
            Ear::Memory(receiver) => match receiver.recv().await {
                Ok(bytes) => Ok(Heard::Event(bytes)),
                Err(broadcast::error::RecvError::Lagged(_)) => Ok(Heard::Missed),
                Err(broadcast::error::RecvError::Closed) => {
                    Err(BusError::Unavailable("it was closed".to_owned()))
                }
            },
        }
    }
}
