//! Judges images whose contents are known: when a worker is done, and whenever rules change.

use super::{Rules, stopped};
use crate::{
    events::{self, Changed, Kind},
    scan::{
        report,
        verdict::{self, ImageVerdict, Inherited},
    },
};
use cofferdam_assess::Question;
use cofferdam_bus::{Bus, Events, Heard};
use cofferdam_policy::Stage;
use cofferdam_store::{ImageState, Result, Store, rows};
use jiff::Timestamp;
use std::{collections::BTreeSet, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

/// The pause before something is tried again that the store or the bus did not do.
const AWAY: Duration = Duration::from_secs(2);

/// How often images are looked for whose scan nobody heard of.
const LOOK: Duration = Duration::from_mins(1);

/// Images that the store is asked about at once.
const STILL_RUN_MAX: usize = 500;

/// Images that are looked for at once.
const LOOK_MAX: u32 = 500;

/// What the keeper is told.
pub(super) enum Judged {
    /// What the rules say of an image, by its id.
    Verdict(String, Inherited),
    /// Why an image could not be looked into, by its id.
    Failed(String, String),
    /// Nobody can say anything of an image, by its id: it waits, or is not known any more.
    Open(String),
    /// Images that are not judged by the rules of now, for nothing ran them when these came: who
    /// runs one again has to ask for it again.
    Left(BTreeSet<String>),
}

pub(super) struct Judge {
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) rules: watch::Receiver<Rules>,
    pub(super) judged: mpsc::Sender<Judged>,
    /// Whether this replica writes what it judges; the others judge for their doors.
    pub(super) leads: watch::Receiver<bool>,
    pub(super) clock: fn() -> Timestamp,
}

impl Judge {
    pub(super) async fn run(
        mut self,
        mut given: mpsc::Receiver<String>,
        mut stop: watch::Receiver<bool>,
    ) {
        // Before, what is excepted would open, and close again.
        tokio::select! {
            whole = self.rules.wait_for(|rules| rules.is_whole) => if whole.is_err() {
                return;
            },
            () = stopped(&mut stop) => return,
        }
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut todo: BTreeSet<String> = BTreeSet::new();
        let mut ear = Ear::default();
        let mut before = self.rules.borrow().clone();
        loop {
            while let Some(image) = todo.pop_first() {
                tokio::select! {
                    () = self.judge(&image) => {}
                    () = stopped(&mut stop) => return,
                }
                known.insert(image);
            }
            tokio::select! {
                () = stopped(&mut stop) => return,
                image = given.recv() => match image {
                    Some(image) => {
                        todo.insert(image);
                    }
                    None => return,
                },
                image = ear.next(&self.bus) => match image {
                    Some(image) => {
                        todo.insert(image);
                    }
                    None => todo.extend(self.unheard().await),
                },
                Ok(()) = self.rules.changed() => {
                    let rules = self.rules.borrow_and_update().clone();
                    // What is about objects says nothing of images, but for what excuses these.
                    let excuses = rules.bundle.excuses_images_as(&before.bundle);
                    if rules.changed_within(&before).is_none() || !excuses {
                        let mut left = std::mem::take(&mut known);
                        let mut run = self.still_run(left.clone()).await;
                        left.retain(|image| !run.contains(image));
                        if !left.is_empty() {
                            // Nobody receives it: everything is about to end.
                            let _ = self.judged.send(Judged::Left(left)).await;
                        }
                        todo.append(&mut run);
                    }
                    before = rules;
                }
                () = sleep(LOOK) => todo.extend(self.unheard().await),
            }
        }
    }

    /// Images that were scanned and not judged since.
    async fn unheard(&self) -> Vec<String> {
        self.store.images_unjudged(LOOK_MAX).await.unwrap_or_default()
    }

    /// Those of these images that still run, as the store knows it: it may be behind. The keeper is
    /// told of the others and asks again for those that run after all.
    async fn still_run(&self, images: BTreeSet<String>) -> BTreeSet<String> {
        let images: Vec<String> = images.into_iter().collect();
        let mut run = BTreeSet::new();
        for some in images.chunks(STILL_RUN_MAX) {
            match self.store.workloads_of_images(some, None).await {
                Ok(used) => run.extend(used.into_iter().map(|(image, _)| image)),
                // Who cannot be asked about is judged.
                Err(_) => run.extend(some.iter().cloned()),
            }
        }
        run
    }

    async fn judge(&self, id: &str) {
        loop {
            match self.try_judge(id).await {
                Ok(()) => return,
                Err(error) if error.passes() => sleep(AWAY).await,
                // It would be refused again: other images are not to wait for this one.
                Err(error) => {
                    let Ok(Some(image)) = self.store.image(id).await else {
                        return self.tell_open(id).await;
                    };
                    let why = format!("what was found in it cannot be stored: {error}");
                    let _ = self.failed(image, why).await;
                    return;
                }
            }
        }
    }

    async fn try_judge(&self, id: &str) -> Result<()> {
        let Some(image) = self.store.image(id).await? else {
            self.tell_open(id).await;
            return Ok(());
        };
        if image.state == ImageState::Failed {
            self.tell_failed(id, image.why.unwrap_or_default()).await;
            return Ok(());
        }
        let bytes = match image.state {
            ImageState::Scanned => self.store.report(id).await?,
            _ => None,
        };
        let Some(bytes) = bytes else {
            self.tell_open(id).await;
            return Ok(());
        };
        let (rules, now, row) = (self.rules.borrow().clone(), (self.clock)(), image.clone());
        let judging = tokio::task::spawn_blocking(move || judged(&row, &bytes, &rules, now));
        let verdict = match judging.await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(why)) => return self.failed(image, why).await,
            Err(_) => return self.failed(image, "judging failed, please report this".into()).await,
        };
        let ImageVerdict { image, vulnerabilities, findings, inherited } = verdict;
        let is_written = *self.leads.borrow();
        if is_written {
            self.store.put_vulnerabilities(id, &vulnerabilities).await?;
            self.store.put_findings(id, &findings, now).await?;
            self.store.put_images(&[image]).await?;
        }
        // Nobody receives it: everything is about to end.
        let _ = self.judged.send(Judged::Verdict(id.to_owned(), inherited)).await;
        if !is_written {
            return Ok(());
        }
        let _ = events::tell(&self.bus, Kind::Finding, None).await;
        Ok(())
    }

    async fn tell_open(&self, id: &str) {
        // Nobody receives it: everything is about to end.
        let _ = self.judged.send(Judged::Open(id.to_owned())).await;
    }

    async fn tell_failed(&self, id: &str, why: String) {
        // Nobody receives it: everything is about to end.
        let _ = self.judged.send(Judged::Failed(id.to_owned(), why)).await;
    }

    async fn failed(&self, image: rows::Image, why: String) -> Result<()> {
        self.tell_failed(&image.id, why.clone()).await;
        // Who leads may have judged it: another version, or other advisories.
        if !*self.leads.borrow() {
            return Ok(());
        }
        let (state, why) = (ImageState::Failed, Some(why));
        self.store.put_images(&[rows::Image { state, why, ..image }]).await
    }
}

fn judged(
    image: &rows::Image,
    bytes: &[u8],
    rules: &Rules,
    now: Timestamp,
) -> std::result::Result<ImageVerdict, String> {
    let contents = report::decode(bytes)
        .map_err(|error| format!("the report cannot be read any more: {error}"))?;
    let advisories = rules.advisories.as_deref();
    let question = Question { advisories, bundle: &rules.bundle, stage: Stage::Background, now };
    verdict::judge(image, contents, &question).map_err(|error| error.to_string())
}

/// Hears which images changed.
#[derive(Default)]
struct Ear {
    events: Option<Events>,
}

impl Ear {
    /// The next image that changed; nothing when some were missed.
    async fn next(&mut self, bus: &Bus) -> Option<String> {
        loop {
            let Some(events) = &mut self.events else {
                if let Ok(events) = bus.events(events::CHANGED).await {
                    // What was told before nobody has heard.
                    self.events = Some(events);
                    return None;
                }
                sleep(AWAY).await;
                continue;
            };
            match events.next().await {
                Ok(Heard::Event(bytes)) => {
                    if let Some(Changed { kind: Kind::Image, id: Some(id) }) =
                        Changed::decode(&bytes)
                    {
                        return Some(id);
                    }
                }
                Ok(Heard::Missed) => return None,
                Err(_) => self.events = None,
            }
        }
    }
}
