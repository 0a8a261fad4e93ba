//! Workers: each takes one image at a time from the bus.

use super::{
    fetch::Images,
    job::{Job, SCANNERS, SCANS},
    report, verdict,
};
use crate::{controller::stopped, events};
use cofferdam_bus::{Bus, Message};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_store::{ImageState, Result, Store, StoreError, rows};
use jiff::Timestamp;
use std::time::Duration;
use tokio::{sync::watch, time};

/// Workers of one replica: a scan uses every core for a while, and its facts are in memory.
pub(crate) const WORKERS: usize = 2;

/// How long one image may take, its download included.
const SCAN_MAX: Duration = Duration::from_mins(15);

/// How often the bus hears that somebody is still at it.
const PROGRESS: Duration = Duration::from_secs(10);

/// How often an image is tried. A registry that is away for longer is tried again within the hour.
const TRIES_MAX: u64 = 5;

/// The first pause; each is four times the one before: 15 s, 1 min, 4 min, 16 min.
const PAUSE: Duration = Duration::from_secs(15);

/// The pause when the bus or the store is away.
const AWAY: Duration = Duration::from_secs(2);

/// What a worker works with.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) images: Images,
    pub(crate) clock: fn() -> Timestamp,
}

impl Worker {
    /// Works until it is told to stop. What it was at comes back to another.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.work() => {}
            () = stopped(&mut stop) => {}
        }
    }

    async fn work(&self) {
        loop {
            let Ok(mut work) = self.bus.subscribe(SCANS, SCANNERS).await else {
                time::sleep(AWAY).await;
                continue;
            };
            while let Ok(message) = work.next().await {
                self.take(message).await;
            }
            time::sleep(AWAY).await;
        }
    }

    async fn take(&self, message: Message) {
        let Some(job) = Job::decode(message.bytes()) else {
            // Nobody will ever understand it.
            let _ = message.ack().await;
            return;
        };
        let done = {
            let scan = self.scan(&job);
            tokio::pin!(scan);
            loop {
                tokio::select! {
                    done = &mut scan => break done,
                    // If nobody hears it another worker begins too: that does no harm.
                    () = time::sleep(PROGRESS) => drop(message.progress().await),
                }
            }
        };
        // An answer that is lost brings the message back, and the image is found to be done.
        let _ = match done {
            Ok(None) => message.ack().await,
            Ok(Some(_)) if message.deliveries() >= TRIES_MAX => message.ack().await,
            Ok(Some(_)) => {
                let tries = u32::try_from(message.deliveries().saturating_sub(1)).unwrap_or(0);
                message.nack(PAUSE.saturating_mul(4_u32.saturating_pow(tries))).await
            }
            Err(error) if error.passes() => message.nack(AWAY).await,
            // The store will never take it.
            Err(error) => {
                self.fail(&job.image, &error).await;
                message.ack().await
            }
        };
    }

    /// Says of an image that the store does not take what was seen in it, as well as it may.
    async fn fail(&self, id: &str, error: &StoreError) {
        if let Ok(Some(image)) = self.store.image(id).await {
            let why = Some(format!("what was seen in it cannot be stored: {error}"));
            let _ = self.put(rows::Image { state: ImageState::Failed, why, ..image }).await;
        }
    }

    /// Looks into an image. Gives why that failed; an error is the store's, and says nothing of
    /// the image.
    async fn scan(&self, job: &Job) -> Result<Option<Diagnostic>> {
        let Some(image) = self.store.image(&job.image).await? else { return Ok(None) };
        if image.state == ImageState::Scanned && self.store.report(&image.id).await?.is_some() {
            self.tell(&image.id).await;
            return Ok(None);
        }
        // One that failed is not assessed until it was read after all.
        if image.state != ImageState::Failed {
            let state = ImageState::Scanning;
            self.put(rows::Image { state, why: None, ..image.clone() }).await?;
        }
        let fetched = time::timeout(SCAN_MAX, self.images.fetch(&image, job)).await;
        let fetched = fetched.unwrap_or_else(|_| {
            let what =
                format!("the image could not be read within {} min", SCAN_MAX.as_secs() / 60);
            Err(Diagnostic::new(Exit::Infrastructure, what))
        });
        let written = fetched.and_then(|contents| {
            let bytes = report::encode(&contents).map_err(|error| {
                Diagnostic::new(Exit::NotAssessed, "the report cannot be written").because(error)
            })?;
            Ok((contents, bytes))
        });
        match written {
            Ok((contents, bytes)) => {
                self.store.put_report(&image.id, bytes).await?;
                self.put(scanned(&image, &contents, (self.clock)())).await?;
                Ok(None)
            }
            Err(failure) => {
                let (state, why) = (ImageState::Failed, Some(failure.to_string()));
                self.put(rows::Image { state, why, ..image }).await?;
                Ok(Some(failure))
            }
        }
    }

    async fn put(&self, image: rows::Image) -> Result<()> {
        let id = image.id.clone();
        self.store.put_images(&[image]).await?;
        self.tell(&id).await;
        Ok(())
    }

    /// Who does not hear it reads the store later.
    async fn tell(&self, image: &str) {
        let _ = events::tell(&self.bus, events::Kind::Image, Some(image)).await;
    }
}

/// The row of an image whose contents are known and that nobody has judged yet.
fn scanned(
    image: &rows::Image,
    contents: &cofferdam_assess::Contents,
    now: Timestamp,
) -> rows::Image {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    rows::Image {
        state: ImageState::Scanned,
        why: None,
        scanned_at: Some(now),
        judged_at: None,
        packages: number(contents.packages.len()),
        secrets: number(contents.secrets.len()),
        ..verdict::described(image, contents)
    }
}
