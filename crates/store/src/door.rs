//! Reviews of admission, audit events, modes.

use crate::{
    error::Result,
    list::Which,
    page::{Listed, Page, TimeSort},
    rows::{Event, Review, RuleMode},
    store::Store,
    words::Decision,
    write::{insert_new, upsert, values},
};

/// Modes that are listed: one a rule.
const MOST_MODES: u32 = 10_000;

/// Which reviews. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct ReviewFilter {
    /// With this answer.
    pub decision: Option<Decision>,
    /// In one of these namespaces; an empty list matches nothing.
    pub namespaces: Option<Vec<String>>,
    /// Of this person.
    pub user: Option<String>,
    /// With this text in name, resource, person or messages.
    pub text: Option<String>,
}

/// Which audit events. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// With this verb.
    pub verb: Option<String>,
    /// Of this person.
    pub user: Option<String>,
    /// In one of these namespaces; an empty list matches nothing.
    pub namespaces: Option<Vec<String>>,
    /// With this text in name, resource or person.
    pub text: Option<String>,
}

impl Store {
    /// Adds reviews; those that are there already stay as they are.
    pub async fn put_reviews(&self, reviews: &[Review]) -> Result<()> {
        let written = self.put(insert_new::<Review>(), reviews).await?;
        match reviews.iter().map(|review| review.at).max() {
            Some(now) => self.prune_after("review", written, now).await,
            None => Ok(()),
        }
    }

    /// A page of reviews.
    pub async fn reviews(
        &self,
        filter: &ReviewFilter,
        page: &Page<TimeSort>,
    ) -> Result<Listed<Review>> {
        let mut which = Which::default();
        which.is("decision", filter.decision.as_ref());
        which.any("namespace", filter.namespaces.as_deref());
        which.is("user_name", filter.user.as_ref());
        which.like(&["name", "resource", "user_name", "messages"], filter.text.as_deref());
        self.list(which, page).await
    }

    /// Adds audit events; those that are there already stay as they are.
    pub async fn put_events(&self, events: &[Event]) -> Result<()> {
        let written = self.put(insert_new::<Event>(), events).await?;
        match events.iter().map(|event| event.at).max() {
            Some(now) => self.prune_after("event", written, now).await,
            None => Ok(()),
        }
    }

    /// A page of audit events.
    pub async fn events(
        &self,
        filter: &EventFilter,
        page: &Page<TimeSort>,
    ) -> Result<Listed<Event>> {
        let mut which = Which::default();
        which.is("verb", filter.verb.as_ref());
        which.is("user_name", filter.user.as_ref());
        which.any("namespace", filter.namespaces.as_deref());
        let texts = ["name", "resource", "user_name", "acts_as", "command"];
        which.like(&texts, filter.text.as_deref());
        self.list(which, page).await
    }

    /// Writes what was recorded of a cluster's reviews and events, in the place of all that there is:
    /// of the same recording, whose times are others now, or of one that was there before.
    pub async fn put_recorded(&self, reviews: &[Review], events: &[Event]) -> Result<()> {
        let mut transaction = self.engine.begin().await?;
        transaction.clear(&["review", "event"]).await?;
        transaction.execute_many(upsert::<Review>(&[]), values(reviews)).await?;
        transaction.execute_many(upsert::<Event>(&[]), values(events)).await?;
        transaction.commit().await
    }

    /// Says what a rule does at admission.
    pub async fn set_mode(&self, mode: &RuleMode) -> Result<()> {
        self.put(upsert::<RuleMode>(&[]), std::slice::from_ref(mode)).await.map(drop)
    }

    /// What a person said of rules.
    pub async fn modes(&self) -> Result<Vec<RuleMode>> {
        self.all(Which::default(), "rule", MOST_MODES).await
    }
}
