//! What the controllers know, as the API asks for it.

use super::{door::Running, rules::Kept};
use crate::diagnostics;
use cofferdam_api::{Control, Door, Trouble};
use cofferdam_control::{View, controller::REFUSED_MAX, inventory::is_document};
use cofferdam_model::Diagnostic;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::watch;

/// The controllers and the door of this process.
pub(super) struct Watched {
    views: watch::Receiver<Arc<View>>,
    kept: Kept,
    door: Option<Running>,
}

/// Documents of the cluster that are not in force, told one by one; the log has them all.
const UNHEEDED_MAX: usize = 20;

impl Watched {
    pub(super) const fn new(
        views: watch::Receiver<Arc<View>>,
        kept: Kept,
        door: Option<Running>,
    ) -> Self {
        Self { views, kept, door }
    }

    /// What lies in the cluster and is not in force: what, why, and what to do.
    fn unheeded(&self, troubles: &mut Vec<Trouble>) {
        let unheeded = Arc::clone(&self.kept.unheeded.borrow());
        let Some(documents) = self.kept.documents.borrow().clone() else { return };
        let namespaces: HashMap<String, Option<String>> = documents
            .documents
            .iter()
            .map(|one| (one.key.to_string(), one.key.namespace.clone()))
            .collect();
        for error in unheeded.iter().take(UNHEEDED_MAX) {
            let place = error.place.as_deref().unwrap_or_default();
            // One that went in the meantime is no trouble any more.
            let Some(namespace) = namespaces.get(place).cloned() else { continue };
            let what = format!("{place} is not in force as it is written");
            let why = match &error.cause {
                Some(cause) => format!("{}: {cause}", error.what),
                None => error.what.clone(),
            };
            let remedy = error.remedy.clone().unwrap_or_default();
            troubles.push(Trouble { what, why, remedy, namespace });
        }
        if let Some(more) = unheeded.len().checked_sub(UNHEEDED_MAX).filter(|more| *more > 0) {
            troubles.push(Trouble {
                what: format!("{more} more policies and exceptions are not in force"),
                why: "Each has a reason of its own.".to_owned(),
                remedy: "Read them in the log.".to_owned(),
                namespace: None,
            });
        }
    }
}

impl Control for Watched {
    fn view(&self) -> Arc<View> {
        Arc::clone(&self.views.borrow())
    }

    fn door(&self) -> Door {
        self.door.as_ref().map(Running::status).unwrap_or_default()
    }

    fn log(&self, mistake: Diagnostic) {
        diagnostics::print(&mistake);
    }

    fn troubles(&self) -> Vec<Trouble> {
        let state = &self.view().state;
        let mut troubles = Vec::new();
        let mut say = |what: &str, why: &str, remedy: &str| {
            let [what, why, remedy] = [what, why, remedy].map(str::to_owned);
            troubles.push(Trouble { what, why, remedy, namespace: None });
        };
        if let Some(why) = &state.ended {
            say("The cluster is not watched any more", why, "Start Cofferdam again.");
        }
        if let Some(why) = &state.store {
            say("The store cannot be written", why, "What is shown is as old as its last answer.");
        }
        if let Some(refused) = &state.refused {
            let what = match refused.count {
                1 => "Something cannot be stored, and is not shown as it is".to_owned(),
                count => {
                    let most = if count < REFUSED_MAX { "" } else { " or more" };
                    format!("{count}{most} things cannot be stored, and are not shown as they are")
                }
            };
            say(
                &what,
                &refused.first,
                "Everything else is stored. Please report this with what the log says.",
            );
        }
        if let Some(why) = &state.unpruned {
            say("What is old is not forgotten", why, "It is tried again; the store grows.");
        }
        for (kind, why) in &state.lost {
            let what = format!("{kind} objects may be out of date");
            say(&what, why, "Let Cofferdam get, list and watch them; `cofferdam doctor` tries it.");
        }
        // Of Secrets and ConfigMaps nothing rests on what is missing.
        let asked = |kind: &str| !matches!(kind, "Secret" | "ConfigMap");
        for (kind, why) in state.withheld.iter().filter(|(kind, _)| asked(kind)) {
            let until = if is_document(kind) {
                "none of it is in force here, and what it says is not among the verdicts"
            } else {
                "what rests on there being none is unknown, and ways in may be missing, or closed"
            };
            let remedy = format!("Let Cofferdam list and watch them. Until then {until}.");
            say(&format!("{kind} objects may not be read"), why, &remedy);
        }
        if self.kept.rules.borrow().advisories.is_none() {
            say(
                "There are no advisories",
                "No package of any image can be matched with known vulnerabilities.",
                "Run `cofferdam advisory update`; they are used as soon as they are there.",
            );
        }
        self.unheeded(&mut troubles);
        troubles
    }
}
