//! Keeps the inventory, and has it judged when it settled.

use super::{
    Documents, Rules,
    judge::Judged,
    state::{Refused, State, View},
    stopped,
};
use crate::{
    audit::{Audit, Summary, Writes},
    inventory::Inventory,
    scan::Assessed,
};
use cofferdam_assess::{check::Question, live::Objects};
use cofferdam_model::{Change, ClusterIdentity, Severity};
use cofferdam_policy::Stage;
use cofferdam_store::{Store, rows};
use jiff::Timestamp;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

/// How long changes are gathered before they are judged. One apply of a chart is dozens.
const DEBOUNCE: Duration = Duration::from_millis(300);

/// How often something is looked at when nothing changes: what waits for its owner, exceptions
/// that end, the store.
const IDLE: Duration = Duration::from_secs(5);

/// How old the time may be of which it is said that the cluster was seen as it was then. It is
/// written to the store each time.
const SEEN: Duration = Duration::from_secs(30);

/// How often everything is judged anew although nothing changed.
const GROW_OLD: Duration = Duration::from_hours(1);

/// How long the door waits after a start for what is stored of images. Of those that are left the
/// rules about images know nothing for a while; without a door no rule is asked at all.
const RECALL: Duration = Duration::from_mins(1);

/// Changes that are taken before somebody else has a turn.
const TURN_MAX: usize = 1000;

/// Above this many objects explanations are not kept: in a cluster of that size they are more than
/// all else together.
const EXPLAIN_MAX: usize = 20_000;

pub(super) struct Keeper {
    pub(super) changes: mpsc::Receiver<Change>,
    pub(super) verdicts: mpsc::Receiver<Judged>,
    pub(super) write: mpsc::Sender<Work>,
    pub(super) rules: watch::Receiver<Rules>,
    pub(super) documents: watch::Sender<Documents>,
    pub(super) leads: watch::Receiver<bool>,
    pub(super) shown: watch::Sender<Arc<View>>,
    pub(super) objects: Arc<RwLock<Objects>>,
    pub(super) assessed: Arc<RwLock<Arc<Assessed>>>,
    /// Images that this replica wants to know of.
    pub(super) judge: mpsc::Sender<String>,
    pub(super) clock: fn() -> Timestamp,
    pub(super) store: Store,
    /// What the store could not do, as long as it cannot.
    pub(super) trouble: watch::Receiver<Trouble>,
    /// Whether it is known, since another replica or this one leads, of which images the store has
    /// something.
    pub(super) expects: bool,
    /// Since when the door waits for nothing else than images.
    pub(super) recalls: Option<Instant>,
}

/// What the store could not do, as long as it cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Why nothing can be written.
    pub(super) away: Option<String>,
    /// What it refuses, though it is there.
    pub(super) refused: Option<Refused>,
    /// Why nothing is forgotten.
    pub(super) unpruned: Option<String>,
}

/// What the writer is given.
pub(super) struct Work {
    pub(super) writes: Writes,
    pub(super) cluster: rows::Cluster,
}

impl Keeper {
    pub(super) async fn run(mut self, identity: ClusterIdentity, mut stop: watch::Receiver<bool>) {
        let mut audit = Audit::new(identity.clone());
        let mut state = State { leads: *self.leads.borrow(), ..State::default() };
        let mut next = Instant::now() + DEBOUNCE;
        let mut old = Instant::now() + GROW_OLD;
        let mut batch = Vec::with_capacity(TURN_MAX);
        let mut before = self.rules.borrow().clone();
        loop {
            let soon = Instant::now() + DEBOUNCE;
            tokio::select! {
                () = stopped(&mut stop) => return,
                count = self.changes.recv_many(&mut batch, TURN_MAX), if state.ended.is_none() => {
                    if count == 0 {
                        state.ended = Some("the cluster is not watched any more".to_owned());
                    }
                    let now = (self.clock)();
                    for change in batch.drain(..) {
                        if change == Change::Synced {
                            state.synced_at = Some(now);
                        }
                        audit.apply(change, now);
                    }
                    next = next.min(soon);
                }
                Some(judged) = self.verdicts.recv() => {
                    take(&mut audit, judged);
                    next = next.min(soon);
                }
                Ok(()) = self.rules.changed() => {
                    let rules = self.rules.borrow_and_update().clone();
                    match rules.changed_within(&before) {
                        Some(namespaces) => audit.again_within(&namespaces),
                        None => audit.all_again(),
                    }
                    before = rules;
                    next = next.min(soon);
                }
                Ok(()) = self.leads.changed() => {
                    state.leads = *self.leads.borrow_and_update();
                    self.expects = false;
                    if state.leads {
                        audit.write_all_again((self.clock)());
                    }
                    next = next.min(soon);
                }
                () = sleep_until(old) => {
                    audit.grow_old();
                    if state.leads && state.refused.is_some() {
                        // What the store refused may be taken now.
                        audit.write_all_again((self.clock)());
                    }
                    old = Instant::now() + GROW_OLD;
                    next = next.min(soon);
                }
                () = sleep_until(next) => {
                    let turn = self.turn(audit, &identity, &mut state).await;
                    let Some((back, has_written)) = turn else { return };
                    audit = back;
                    let has_more = state.leads && !audit.is_idle();
                    next = Instant::now() + match has_written {
                        true if has_more => Duration::ZERO,
                        _ if has_more || audit.inventory().is_waiting() => DEBOUNCE,
                        true => audit.looks_again_in((self.clock)()).unwrap_or(IDLE),
                        false => IDLE,
                    };
                }
            }
        }
    }

    /// Takes what changed, judges what is next if it can be written, and shows what is known.
    /// Nothing is given back where judging itself broke: then this task ends, and whoever began it
    /// ends everything ([`super::Handle::broken`]).
    async fn turn(
        &mut self,
        mut audit: Audit,
        identity: &ClusterIdentity,
        state: &mut State,
    ) -> Option<(Audit, bool)> {
        let now = (self.clock)();
        let has_room = self.write.capacity() > 0;
        state.lost.clone_from(audit.inventory().lost());
        state.withheld.clone_from(audit.inventory().withheld());
        let trouble = self.trouble.borrow().clone();
        state.store = match self.store.ping().await {
            Ok(()) => trouble.away,
            Err(error) => Some(error.to_string()),
        };
        // Who leads does something about these, and says when they are over.
        (state.refused, state.unpruned) =
            if state.leads { (trouble.refused, trouble.unpruned) } else { (None, None) };
        state.is_ruled = self.rules.borrow().is_whole;
        hear(state, now);
        let is_ready =
            state.store.is_none() && state.is_ruled && self.expect(&mut audit, &identity.id).await;
        let is_writing = is_ready && state.leads && has_room;
        if is_writing {
            let rules = self.rules.borrow().clone();
            let minor = identity.kubernetes_minor();
            let judging = tokio::task::spawn_blocking(move || {
                let writes = step(&mut audit, &rules, minor, now);
                (audit, writes)
            });
            let (back, writes) = judging.await.ok()?;
            audit = back;
            let cluster = row(identity, state);
            // There was room, and nobody else fills it.
            self.write.send(Work { writes, cluster }).await.ok()?;
        } else {
            audit.take(now);
            if !state.leads
                && let Ok(summary) = Summary::read(&self.store, &identity.id).await
            {
                audit.show(summary);
            }
            if !state.leads && state.is_ruled {
                self.ask(&mut audit);
            }
        }
        if state.synced_at.is_some() && state.is_ruled {
            let waits = self.recalls.get_or_insert_with(Instant::now).elapsed();
            recall(state, || self.expects && audit.knows_images(), waits, now);
        }
        self.tell(audit.inventory());
        state.is_idle = audit.is_idle() && state.synced_at.is_some();
        let objects = audit.objects().clone();
        *self.objects.write().unwrap_or_else(PoisonError::into_inner) = objects;
        let assessed = Arc::clone(audit.assessed());
        *self.assessed.write().unwrap_or_else(PoisonError::into_inner) = assessed;
        self.shown.send_replace(Arc::new(View::of(identity, &audit, state.clone())));
        Some((audit, is_writing))
    }
}

impl Keeper {
    /// Asks once of which images the store has something, so that nothing is written of those who
    /// run them before it is heard what, and the door waits for it; and what was summed up last,
    /// which holds until all was judged again. Whether that is known.
    async fn expect(&mut self, audit: &mut Audit, cluster: &str) -> bool {
        if !self.expects
            && let Ok(images) = self.store.images_looked_into().await
        {
            audit.expect(images);
            // One that cannot be read is written anew.
            audit.show(Summary::read(&self.store, cluster).await.unwrap_or_default());
            self.expects = true;
        }
        self.expects
    }

    /// Asks for images that run: who does not write asks nobody to scan them, but its door has to
    /// know what the rules say of them.
    fn ask(&self, audit: &mut Audit) {
        for image in audit.unasked() {
            if self.judge.try_send(image.clone()).is_err() {
                // It is asked for at the next turn.
                return;
            }
            audit.asked(image);
        }
    }

    /// Tells of the policies and exceptions that lie in the cluster, if they are others now.
    fn tell(&self, inventory: &Inventory) {
        if !inventory.is_synced() {
            return;
        }
        let found = inventory.documents();
        self.documents.send_if_modified(|known| {
            let is_other = known.as_deref() != Some(&found);
            if is_other {
                *known = Some(Arc::new(found));
            }
            is_other
        });
    }
}

/// What was listed once and is not lost is as it is now: the watch says so the moment it is not.
/// Of what is withheld nothing is shown that could be older.
fn hear(state: &mut State, now: Timestamp) {
    let is_live = state.lost.is_empty() && state.ended.is_none();
    state.synced_at = state.synced_at.map(|at| {
        let is_old = now.duration_since(at).unsigned_abs() >= SEEN;
        if is_live && is_old { now } else { at }
    });
}

/// A door that has begun to answer goes on, and without the store it answers from what it has. Who
/// leads does not wait: it may be the only one, and without a door all rules are open, not only those
/// about images.
fn recall(state: &mut State, knows: impl Fn() -> bool, waits: Duration, now: Timestamp) {
    let is_over = || state.leads || state.store.is_some() || waits >= RECALL || knows();
    state.recalled_at = state.recalled_at.or_else(|| is_over().then_some(now));
}

fn take(audit: &mut Audit, judged: Judged) {
    match judged {
        Judged::Verdict(image, inherited) if explains(audit) => audit.inherit(&image, inherited),
        Judged::Verdict(image, inherited) => audit.inherit(&image, inherited.unexplained()),
        Judged::Failed(image, why) => audit.fail(&image, &why),
        Judged::Open(image) => audit.expect_no_more(&image),
        Judged::Left(images) => audit.ask_again(&images),
    }
}

/// Whether what decided is kept of findings.
fn explains(audit: &Audit) -> bool {
    audit.inventory().numbers().objects <= EXPLAIN_MAX
}

pub(super) fn step(audit: &mut Audit, rules: &Rules, minor: Option<u32>, now: Timestamp) -> Writes {
    let explain = explains(audit);
    let question = Question {
        bundle: &rules.bundle,
        stage: Stage::Background,
        now,
        fail_on: Severity::Low,
        kubernetes_minor: minor,
        pod_security: None,
        changes: None,
        patches: true,
        explain,
    };
    audit.step(now, &question)
}

fn row(identity: &ClusterIdentity, state: &State) -> rows::Cluster {
    rows::Cluster {
        id: identity.id.clone(),
        name: identity.name.clone(),
        version: identity.version.clone(),
        server: identity.server.clone(),
        synced_at: state.synced_at,
        lost: state.lost.keys().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{RECALL, State, hear, recall};
    use jiff::Timestamp;
    use std::time::Duration;

    #[test]
    fn what_is_not_lost_is_seen_as_it_is_now() {
        let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
        let mut state = State::default();
        hear(&mut state, at(5));
        assert_eq!(state.synced_at, None, "nothing was listed yet");
        state.synced_at = Some(at(10));
        hear(&mut state, at(39));
        assert_eq!(state.synced_at, Some(at(10)));
        hear(&mut state, at(40));
        assert_eq!(state.synced_at, Some(at(40)));
        state.withheld.insert("Secret".to_owned(), "forbidden".to_owned());
        hear(&mut state, at(70));
        assert_eq!(state.synced_at, Some(at(70)), "nothing is older for it");
        state.lost.insert("Pod".to_owned(), "away".to_owned());
        hear(&mut state, at(100));
        assert_eq!(state.synced_at, Some(at(70)), "it was complete then");
        state.lost.clear();
        state.ended = Some("over".to_owned());
        hear(&mut state, at(100));
        assert_eq!(state.synced_at, Some(at(70)));
    }

    #[test]
    fn the_door_waits_for_images_but_not_long_and_not_without_the_store() {
        let (now, later) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let most = RECALL.saturating_sub(Duration::from_millis(1));
        for (leads, knows_images, store, waits, expected) in [
            (false, false, None, most, false),
            (true, false, None, Duration::ZERO, true),
            (false, true, None, Duration::ZERO, true),
            (false, false, Some("away"), Duration::ZERO, true),
            (false, false, None, RECALL, true),
        ] {
            let store = store.map(str::to_owned);
            let mut state = State { store, leads, ..State::default() };
            recall(&mut state, || knows_images, waits, now);
            assert_eq!(state.recalled_at, expected.then_some(now), "{state:?} {waits:?}");
            // The store is back, or another replica leads.
            (state.store, state.leads) = (None, false);
            recall(&mut state, || false, Duration::ZERO, later);
            assert_eq!(state.recalled_at, expected.then_some(now), "{state:?} {waits:?}");
        }
    }
}
