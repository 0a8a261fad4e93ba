//! The bus between replicas: NATS JetStream.
//!
//! Work is a stream with work-queue retention on disk, one durable pull consumer a subject; events
//! are plain messages to whoever is connected. The client reconnects by itself for as long as it
//! takes.

use crate::{
    address::Address,
    bounds::{DEDUPLICATION, LARGEST_MESSAGE, MOST_WAITING},
    error::{BusError, Result},
    message::Heard,
};
use async_nats::{
    Client, ConnectOptions, Event, Subscriber,
    connection::State,
    jetstream::{
        self, AckKind,
        consumer::{AckPolicy, PullConsumer, pull},
        context::PublishErrorKind,
        message::{Acker, PublishMessage},
        stream::{self, DiscardPolicy, RetentionPolicy, StorageType},
    },
};
use futures_util::StreamExt as _;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

/// The stream of all work.
const STREAM: &str = "COFFERDAM_WORK";
/// What the subjects of work begin with.
const WORK: &str = "cofferdam.work";
/// What the subjects of events begin with.
const EVENTS: &str = "cofferdam.event";
/// The most that waits on a server's disk.
const MOST_BYTES: i64 = 1 << 30;
/// How long an answer of the server is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one request for work stays open; then it is made anew.
const ASKING: Duration = Duration::from_secs(20);
/// How often the server says that it is still there while there is no work.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_millis(500);
/// Work that all workers of a group may hold together.
const MOST_TAKEN: i64 = 10_000;

/// A connection.
pub(crate) struct Nats {
    client: Client,
    jetstream: jetstream::Context,
    wait: Duration,
    replicas: usize,
    /// Counts up whenever events may have been missed.
    gaps: watch::Receiver<u64>,
}

/// The queue of one subject, for one worker.
pub(crate) struct Queue {
    nats: Arc<Nats>,
    subject: String,
    group: String,
    consumer: Option<PullConsumer>,
    batch: Option<pull::Batch>,
}

/// Work that was given to this worker.
pub(crate) struct Taken {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) deliveries: u64,
    acker: Acker,
}

/// A listener.
pub(crate) struct Ear {
    subscriber: Subscriber,
    gaps: watch::Receiver<u64>,
}

fn unavailable(error: impl std::fmt::Display) -> BusError {
    BusError::Unavailable(error.to_string())
}

impl Nats {
    pub(crate) async fn open(address: &Address) -> Result<Self> {
        let (gap, gaps) = watch::channel(0);
        let options = match &address.authority {
            Some(file) => ConnectOptions::new().add_root_certificates(file.clone()),
            None => ConnectOptions::new(),
        };
        let options = options
            .name("cofferdam")
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .ping_interval(HEARTBEAT)
            .max_reconnects(None)
            .reconnect_delay_callback(|_| PAUSE)
            .event_callback(move |event| {
                if matches!(event, Event::Connected | Event::SlowConsumer(_)) {
                    gap.send_modify(|count| *count += 1);
                }
                async {}
            });
        let servers: Vec<async_nats::ServerAddr> = address
            .servers
            .iter()
            .map(|server| server.parse())
            .collect::<std::result::Result<_, _>>()
            .map_err(|error: std::io::Error| BusError::Refused(error.to_string()))?;
        let client = options.connect(servers).await.map_err(unavailable)?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(PATIENCE);
        let (wait, replicas) = (address.wait, address.replicas);
        let nats = Self { client, jetstream, wait, replicas, gaps };
        nats.stream().await?;
        Ok(nats)
    }

    /// The stream, made when it is not there.
    async fn stream(&self) -> Result<stream::Stream> {
        let most = i64::try_from(MOST_WAITING).unwrap_or(i64::MAX);
        let config = stream::Config {
            name: STREAM.to_owned(),
            subjects: vec![format!("{WORK}.*")],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            discard: DiscardPolicy::New,
            discard_new_per_subject: true,
            max_messages_per_subject: most,
            max_bytes: MOST_BYTES,
            max_message_size: i32::try_from(LARGEST_MESSAGE + 1024).unwrap_or(i32::MAX),
            duplicate_window: DEDUPLICATION,
            num_replicas: self.replicas,
            ..stream::Config::default()
        };
        self.jetstream.get_or_create_stream(config).await.map_err(unavailable)
    }

    pub(crate) fn ping(&self) -> Result<()> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            State::Pending | State::Disconnected => Err(unavailable("not connected")),
        }
    }

    pub(crate) async fn publish(&self, subject: &str, id: &str, bytes: &[u8]) -> Result<bool> {
        self.ping()?;
        let message = PublishMessage::build().payload(bytes.to_vec().into());
        // One identifier of two subjects is two pieces of work.
        let message = message.message_id(format!("{subject}/{id}"));
        let sent = timeout(PATIENCE, async {
            self.jetstream.send_publish(format!("{WORK}.{subject}"), message).await?.await
        });
        match sent.await.map_err(unavailable)? {
            Ok(said) => Ok(!said.duplicate),
            Err(error) => match error.kind() {
                PublishErrorKind::MaxPayloadExceeded => Err(BusError::Refused(error.to_string())),
                // The server's own words for a full stream; there is no kind of its own.
                PublishErrorKind::Other if error.to_string().contains("maximum") => {
                    Err(BusError::Full(subject.to_owned()))
                }
                _ => Err(unavailable(error)),
            },
        }
    }

    pub(crate) async fn subscribe(self: &Arc<Self>, subject: &str, group: &str) -> Result<Queue> {
        let mut queue = Queue {
            nats: Arc::clone(self),
            subject: subject.to_owned(),
            group: group.to_owned(),
            consumer: None,
            batch: None,
        };
        queue.consumer = Some(queue.consumer().await?);
        Ok(queue)
    }

    pub(crate) async fn tell(&self, subject: &str, bytes: &[u8]) -> Result<()> {
        self.ping()?;
        let subject = format!("{EVENTS}.{subject}");
        self.client.publish(subject, bytes.to_vec().into()).await.map_err(unavailable)
    }

    pub(crate) async fn events(&self, subject: &str) -> Result<Ear> {
        let subscribing = self.client.subscribe(format!("{EVENTS}.{subject}"));
        let subscriber = subscribing.await.map_err(unavailable)?;
        // From now on means that the server knows it.
        timeout(PATIENCE, self.client.flush()).await.map_err(unavailable)?.map_err(unavailable)?;
        let mut gaps = self.gaps.clone();
        gaps.mark_unchanged();
        Ok(Ear { subscriber, gaps })
    }
}

impl Queue {
    async fn consumer(&self) -> Result<PullConsumer> {
        let name = format!("{}-{}", self.group, self.subject);
        let config = pull::Config {
            durable_name: Some(name.clone()),
            filter_subject: format!("{WORK}.{}", self.subject),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.nats.wait,
            max_ack_pending: MOST_TAKEN,
            ..pull::Config::default()
        };
        let making = self.nats.stream().await?;
        making.get_or_create_consumer(&name, config).await.map_err(|error| {
            let message = error.to_string();
            // 10100: a work queue has one consumer a subject.
            if message.contains("10100") || message.contains("not unique") {
                return BusError::Refused(format!("{}: it has another group", self.subject));
            }
            BusError::Unavailable(message)
        })
    }

    /// The next piece of work, whenever there is one and a server.
    pub(crate) async fn next(&mut self) -> Taken {
        loop {
            if let Some(batch) = &mut self.batch {
                match batch.next().await {
                    Some(Ok(message)) => {
                        let delivered = message.info().map_or(1, |info| info.delivered);
                        let deliveries = u64::try_from(delivered).unwrap_or(1);
                        let (message, acker) = message.split();
                        let bytes = message.payload.to_vec().into();
                        return Taken { bytes, deliveries, acker };
                    }
                    Some(Err(_)) => {
                        // The server is gone, or has lost what it knew.
                        (self.batch, self.consumer) = (None, None);
                        sleep(PAUSE).await;
                    }
                    None => self.batch = None,
                }
            } else if let Some(consumer) = &self.consumer {
                let asking = consumer.fetch().max_messages(1).expires(ASKING).heartbeat(HEARTBEAT);
                if let Ok(batch) = asking.messages().await {
                    self.batch = Some(batch);
                } else {
                    self.consumer = None;
                    sleep(PAUSE).await;
                }
            } else {
                match self.consumer().await {
                    Ok(consumer) => self.consumer = Some(consumer),
                    Err(_) => sleep(PAUSE).await,
                }
            }
        }
    }
}

impl Taken {
    /// It is done; the server has said that it knows.
    pub(crate) async fn finish(&self) -> Result<()> {
        let said = timeout(PATIENCE, self.acker.double_ack()).await.map_err(unavailable)?;
        said.map_err(unavailable)
    }

    /// It comes back after a while.
    pub(crate) async fn put_back(&self, after: Duration) -> Result<()> {
        let after = if after.is_zero() { None } else { Some(after) };
        self.acker.ack_with(AckKind::Nak(after)).await.map_err(unavailable)
    }

    /// Somebody is still at it.
    pub(crate) async fn hold(&self) -> Result<()> {
        self.acker.ack_with(AckKind::Progress).await.map_err(unavailable)
    }
}

impl Ear {
    /// The next event; `None` when the connection was closed for good.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            biased;
            gap = self.gaps.changed() => gap.ok().map(|()| Heard::Missed),
            message = self.subscriber.next() => {
                message.map(|message| Heard::Event(message.payload.to_vec().into()))
            }
        }
    }
}
