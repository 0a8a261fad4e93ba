//! Objects that make pods.

use super::{edit::Edit, pod::pod_of_template, volume::claim_spec};
use crate::{NodeId, Scalar};

const UNLIMITED: i64 = i32::MAX as i64;

/// The `spec` of an object, with the pod of its template filled in.
fn spec_of(edit: &mut Edit<'_>, object: NodeId) -> Option<NodeId> {
    let spec = edit.child(object, "spec")?;
    if let Some(template) = edit.child(spec, "template") {
        pod_of_template(edit, template);
    }
    Some(spec)
}

/// The labels of the template in `spec`.
fn template_labels(edit: &Edit<'_>, spec: NodeId) -> Option<NodeId> {
    edit.below(spec, &["template", "metadata", "labels"])
}

/// Labels of an object that has none of its own are those of its pods.
fn fill_labels(edit: &mut Edit<'_>, object: NodeId, labels: NodeId) {
    // An empty map of labels is none.
    if !edit.view(labels).is_empty()
        && let Some(metadata) = edit.made(object, "metadata")
    {
        edit.fill_map(metadata, "labels", labels);
    }
}

/// Before `apps/v1`, an object without a selector selected the labels of its pods.
fn fill_selector(edit: &mut Edit<'_>, object: NodeId, spec: NodeId) {
    let Some(labels) = template_labels(edit, spec) else { return };
    if edit.get(spec, "selector").is_none() {
        let selector = edit.set(spec, "selector", Scalar::EmptyMap);
        edit.fill_map(selector, "matchLabels", labels);
    }
    fill_labels(edit, object, labels);
}

/// What a Deployment of one API version is given.
struct Rollout {
    surge: Scalar<'static>,
    history: i64,
    deadline: i64,
}

pub(super) fn deployment(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    let surge = Scalar::String("25%");
    rollout(edit, spec, &Rollout { surge, history: 10, deadline: 600 });
}

pub(super) fn deployment_v1beta1(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    fill_selector(edit, object, spec);
    let surge = Scalar::String("25%");
    rollout(edit, spec, &Rollout { surge, history: 2, deadline: 600 });
}

pub(super) fn deployment_extensions(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    fill_selector(edit, object, spec);
    let surge = Scalar::Int(1);
    rollout(edit, spec, &Rollout { surge, history: UNLIMITED, deadline: UNLIMITED });
}

fn rollout(edit: &mut Edit<'_>, spec: NodeId, given: &Rollout) {
    edit.put_int(spec, "replicas", 1);
    if let Some(strategy) = edit.made(spec, "strategy") {
        edit.fill(strategy, "type", "RollingUpdate");
        rolling_update(edit, strategy, given.surge, given.surge);
    }
    edit.put_int(spec, "revisionHistoryLimit", given.history);
    edit.put_int(spec, "progressDeadlineSeconds", given.deadline);
}

/// How many pods a rolling update may take away and add.
fn rolling_update(
    edit: &mut Edit<'_>,
    strategy: NodeId,
    unavailable: Scalar<'_>,
    surge: Scalar<'_>,
) {
    if edit.text(strategy, "type") == "RollingUpdate"
        && let Some(update) = edit.made(strategy, "rollingUpdate")
    {
        edit.put(update, "maxUnavailable", unavailable);
        edit.put(update, "maxSurge", surge);
    }
}

pub(super) fn daemon_set(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    daemons(edit, spec, "RollingUpdate");
}

pub(super) fn daemon_set_extensions(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    fill_selector(edit, object, spec);
    daemons(edit, spec, "OnDelete");
}

fn daemons(edit: &mut Edit<'_>, spec: NodeId, strategy: &str) {
    if let Some(update) = edit.made(spec, "updateStrategy") {
        edit.fill(update, "type", strategy);
        rolling_update(edit, update, Scalar::Int(1), Scalar::Int(0));
    }
    edit.put_int(spec, "revisionHistoryLimit", 10);
}

pub(super) fn replica_set(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(spec) = spec_of(edit, object) {
        edit.put_int(spec, "replicas", 1);
    }
}

pub(super) fn replica_set_extensions(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    fill_selector(edit, object, spec);
    edit.put_int(spec, "replicas", 1);
}

pub(super) fn replication_controller(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    edit.put_int(spec, "replicas", 1);
    if let Some(labels) = template_labels(edit, spec) {
        edit.fill_map(spec, "selector", labels);
        fill_labels(edit, object, labels);
    }
}

pub(super) fn stateful_set(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    if let Some(update) = edit.made(spec, "updateStrategy")
        && edit.text(update, "type").is_empty()
    {
        edit.fill(update, "type", "RollingUpdate");
        edit.put(update, "rollingUpdate", Scalar::EmptyMap);
    }
    stateful(edit, spec);
}

pub(super) fn stateful_set_v1beta1(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    fill_selector(edit, object, spec);
    if let Some(update) = edit.made(spec, "updateStrategy") {
        edit.fill(update, "type", "OnDelete");
    }
    stateful(edit, spec);
}

fn stateful(edit: &mut Edit<'_>, spec: NodeId) {
    edit.fill(spec, "podManagementPolicy", "OrderedReady");
    if let Some(update) = edit.child(spec, "updateStrategy")
        && edit.text(update, "type") == "RollingUpdate"
        && let Some(rolling) = edit.child(update, "rollingUpdate")
    {
        edit.put_int(rolling, "partition", 0);
    }
    if let Some(policy) = edit.made(spec, "persistentVolumeClaimRetentionPolicy") {
        edit.fill(policy, "whenDeleted", "Retain");
        edit.fill(policy, "whenScaled", "Retain");
    }
    edit.put_int(spec, "replicas", 1);
    edit.put_int(spec, "revisionHistoryLimit", 10);
    edit.each(spec, "volumeClaimTemplates", |edit, claim| {
        edit.fill(claim, "apiVersion", "v1");
        edit.fill(claim, "kind", "PersistentVolumeClaim");
        if let Some(status) = edit.made(claim, "status") {
            edit.fill(status, "phase", "Pending");
        }
        if let Some(spec) = edit.child(claim, "spec") {
            claim_spec(edit, spec);
        }
    });
}

pub(super) fn job(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = spec_of(edit, object) else { return };
    job_spec(edit, spec);
    let neither = edit.get(spec, "completions").is_none();
    if neither && edit.get(spec, "parallelism").is_none() {
        edit.put_int(spec, "completions", 1);
    }
    edit.put_int(spec, "parallelism", 1);
    let per_index = edit.get(spec, "backoffLimitPerIndex").is_some();
    edit.put_int(spec, "backoffLimit", if per_index { UNLIMITED } else { 6 });
    if let Some(labels) = template_labels(edit, spec) {
        fill_labels(edit, object, labels);
    }
    edit.put_text(spec, "completionMode", "NonIndexed");
    edit.put_bool(spec, "suspend", false);
    let fails = edit.get(spec, "podFailurePolicy").is_some();
    let replace = if fails { "Failed" } else { "TerminatingOrFailed" };
    edit.put_text(spec, "podReplacementPolicy", replace);
    edit.put_bool(spec, "manualSelector", false);
}

/// What a job in a template is given too.
fn job_spec(edit: &mut Edit<'_>, spec: NodeId) {
    let Some(policy) = edit.child(spec, "podFailurePolicy") else { return };
    edit.each(policy, "rules", |edit, rule| {
        edit.each(rule, "onPodConditions", |edit, pattern| edit.fill(pattern, "status", "True"));
    });
}

pub(super) fn cron_job(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    edit.fill(spec, "concurrencyPolicy", "Allow");
    edit.put_bool(spec, "suspend", false);
    edit.put_int(spec, "successfulJobsHistoryLimit", 3);
    edit.put_int(spec, "failedJobsHistoryLimit", 1);
    let Some(template) = edit.child(spec, "jobTemplate") else { return };
    edit.put(template, "metadata", Scalar::EmptyMap);
    if let Some(job) = spec_of(edit, template) {
        job_spec(edit, job);
    }
}
