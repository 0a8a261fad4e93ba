//! What the controllers know, as the API asks for it.

use super::door::Running;
use cofferdam_api::{AttackPath, AttackStep, Contents, Control, Coverage, Door, Numbers, Trouble};
use cofferdam_control::{Rules, View, admission, audit, scan::report};
use cofferdam_model::{ClusterIdentity, Severity};
use cofferdam_store::Mode;
use std::sync::Arc;
use tokio::sync::watch;

/// The controllers and the door of this process.
pub(super) struct Watched {
    views: watch::Receiver<Arc<View>>,
    rules: watch::Receiver<Rules>,
    door: Option<Running>,
}

impl Watched {
    pub(super) const fn new(
        views: watch::Receiver<Arc<View>>,
        rules: watch::Receiver<Rules>,
        door: Option<Running>,
    ) -> Self {
        Self { views, rules, door }
    }

    fn view(&self) -> Arc<View> {
        Arc::clone(&self.views.borrow())
    }
}

impl Control for Watched {
    fn cluster(&self) -> Option<ClusterIdentity> {
        Some(self.view().cluster.clone())
    }

    fn numbers(&self) -> Numbers {
        let view = self.view();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let numbers = view.numbers;
        Numbers {
            nodes: number(numbers.nodes),
            pods: number(numbers.pods),
            namespaces: number(numbers.namespaces),
        }
    }

    fn is_synced(&self) -> bool {
        self.view().state.is_ready()
    }

    fn attack_paths(&self) -> Vec<AttackPath> {
        self.view().attack_paths.iter().map(path).collect()
    }

    fn services(&self, workload: &str) -> Vec<String> {
        self.view().services.get(workload).cloned().unwrap_or_default()
    }

    fn door(&self) -> Door {
        self.door.as_ref().map(Running::status).unwrap_or_default()
    }

    fn coverage(&self) -> Vec<Coverage> {
        let of = |one: &cofferdam_control::controller::Coverage| Coverage {
            ecosystem: one.ecosystem.clone(),
            is_covered: one.is_covered,
            packages: one.packages,
            source: one.is_covered.then(|| "OSV".to_owned()),
            dated: one.newest,
        };
        self.view().coverage.iter().map(of).collect()
    }

    fn troubles(&self) -> Vec<Trouble> {
        let state = &self.view().state;
        let mut troubles = Vec::new();
        let mut say = |what: &str, why: &str, remedy: &str| {
            let [what, why, remedy] = [what, why, remedy].map(str::to_owned);
            troubles.push(Trouble { what, why, remedy });
        };
        if let Some(why) = &state.ended {
            say("The cluster is not watched any more", why, "Start Cofferdam again.");
        }
        if let Some(why) = &state.store {
            say("The store cannot be written", why, "What is shown is as old as its last answer.");
        }
        for (kind, why) in &state.lost {
            let what = format!("{kind} objects may be out of date");
            say(&what, why, "Let Cofferdam get, list and watch them; `cofferdam doctor` tries it.");
        }
        if self.rules.borrow().advisories.is_none() {
            say(
                "There are no advisories",
                "No package of any image can be matched with known vulnerabilities.",
                "Run `cofferdam advisory update`; they are used as soon as they are there.",
            );
        }
        troubles
    }

    fn contents(&self, report: &[u8]) -> Option<Contents> {
        let contents = report::decode(report).ok()?;
        Some(Contents {
            layers: contents.image.layers,
            distribution: contents.distribution,
            packages: contents.packages,
            secrets: contents.secrets,
            problems: contents.problems,
        })
    }

    fn default_mode(&self, severity: Severity) -> Mode {
        // The two words are the same by a test of both.
        admission::Mode::default_for(severity).as_str().parse().unwrap_or(Mode::Audit)
    }
}

fn path(path: &audit::AttackPath) -> AttackPath {
    AttackPath {
        title: path.title.clone(),
        steps: path.steps.iter().map(step).collect(),
        cut: path.cut.clone(),
        cut_at: path.cut_at.clone(),
        namespaces: path.namespaces.clone(),
    }
}

fn step(step: &audit::AttackStep) -> AttackStep {
    AttackStep { title: step.title.clone(), why: step.why.clone(), workload: step.workload.clone() }
}
