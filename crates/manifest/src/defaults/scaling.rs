//! Autoscalers.

use super::edit::Edit;
use crate::{NodeId, Scalar};

/// What an autoscaler without metrics aims at, in percent of the requested CPU.
const CPU: i64 = 80;

pub(super) fn autoscaler_v1(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(spec) = edit.child(object, "spec") {
        edit.put_int(spec, "minReplicas", 1);
        edit.put_int(spec, "targetCPUUtilizationPercentage", CPU);
    }
}

pub(super) fn autoscaler(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    edit.put_int(spec, "minReplicas", 1);
    if edit.get(spec, "metrics").is_none_or(|list| list.is_list() && list.is_empty()) {
        let metrics = edit.set(spec, "metrics", Scalar::EmptyList);
        let metric = edit.push(metrics);
        edit.set(metric, "type", Scalar::String("Resource"));
        let resource = edit.set(metric, "resource", Scalar::EmptyMap);
        edit.set(resource, "name", Scalar::String("cpu"));
        let target = edit.set(resource, "target", Scalar::EmptyMap);
        edit.set(target, "type", Scalar::String("Utilization"));
        edit.set(target, "averageUtilization", Scalar::Int(CPU));
    }
    let Some(behavior) = edit.child(spec, "behavior") else { return };
    let steps: &[(&str, i64)] = &[("Pods", 4), ("Percent", 100)];
    if let Some(up) = edit.made(behavior, "scaleUp") {
        edit.put_int(up, "stabilizationWindowSeconds", 0);
        rules(edit, up, steps);
    }
    if let Some(down) = edit.made(behavior, "scaleDown") {
        rules(edit, down, &[("Percent", 100)]);
    }
}

/// Every 15 seconds, by as much as one of the steps allows at most.
fn rules(edit: &mut Edit<'_>, rules: NodeId, steps: &[(&str, i64)]) {
    edit.put_text(rules, "selectPolicy", "Max");
    if edit.get(rules, "policies").is_some() {
        return;
    }
    let policies = edit.set(rules, "policies", Scalar::EmptyList);
    for (kind, value) in steps {
        let policy = edit.push(policies);
        edit.set(policy, "type", Scalar::String(kind));
        edit.set(policy, "value", Scalar::Int(*value));
        edit.set(policy, "periodSeconds", Scalar::Int(15));
    }
}
