//! What Kubernetes objects are worth together: who reaches whom, who may do what, and where that
//! leads.
//!
//! An [`ObjectSet`] joins the objects of many files: pods with the account they run under and the
//! roles bound to it ([`Access`]), with the services and routes that open them and the policies
//! that isolate them ([`Network`]). [`paths`] looks for ways from outside to the cluster's rights,
//! its nodes and its Secrets. Policies read the joins as the roots `workload`, `manifest`
//! and `cluster`, and those about a Dockerfile as `dockerfile`.
//!
//! This crate reads no files, speaks to no cluster and knows no policy: rules are data in
//! `rules/`. What the set does not say is unknown, never absent: a Deployment alone cannot know
//! which roles its account has.
//!
//! ```
//! use cofferdam_bounds::Meter;
//! use cofferdam_manifest::read;
//! use cofferdam_posture::{Exposure, ObjectSet};
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: []}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: front}
//! spec: {type: LoadBalancer, selector: {app: web}}
//! ";
//! let source = read("web.yaml", text.into(), &Meter::default());
//! let set = ObjectSet::of([&source]);
//! let web = &set.workloads()[0];
//! assert_eq!(set.title(web.id), "Pod web");
//! assert_eq!(set.network().exposure(&set, web.id), Some(Exposure::Internet));
//! ```

mod access;
mod dockerfile;
mod facts;
mod kind;
mod network;
mod path;
pub mod pod_security;
mod selector;
mod set;
#[cfg(test)]
mod tests;
mod workload;

pub use access::{
    ACCOUNT_GROUPS, Access, Answer, Grant, POWERS, Power, Rights, Rule, Scope, Subject, User,
    subjects,
};
pub use dockerfile::DockerfileFacts;
pub use facts::{ObjectFacts, World};
pub use kind::{Kind, KindSet};
pub use network::{Exposure, Isolation, Network};
pub use path::{AttackPath, Cut, Goal, PATHS_MAX, Paths, Start, Step, paths};
pub use set::{Entry, Held, OBJECTS_MAX, ObjectId, ObjectSet, title};
pub use workload::Workload;
