//! What the API server fills in before it stores an object.
//!
//! A file and the object that it becomes are then one: rules see `restartPolicy: Always` and
//! `failurePolicy: Fail` whether or not somebody wrote them. The facts are those of Kubernetes
//! 1.36 (`pkg/apis/*/defaults.go`), for the versions that it serves and for the old ones of
//! workloads, ingresses, rights and webhooks. What admission plugins, controllers and the status
//! of a cluster add is not filled in; nor are quantities rewritten.

mod admission;
mod cluster;
mod container;
mod edit;
mod image;
mod network;
mod pod;
mod quantity;
mod resources;
mod scaling;
#[cfg(test)]
mod tests;
mod volume;
mod workload;

use crate::{NodeId, Object, Tree};
use edit::Edit;

/// Fills in one kind of object.
type Fill = fn(&mut Edit<'_>, NodeId);

/// Fills in what the API server would, as values that say of themselves that they are defaulted.
/// Objects that it does not know, and values of the wrong type, stay as they are.
pub fn default(tree: &mut Tree, object: NodeId) {
    let fill = Object::of(tree.view(object))
        .and_then(|object| find(object.group(), object.version(), object.kind));
    if let Some(fill) = fill {
        fill(&mut Edit::new(tree), object);
    }
}

fn find(group: &str, version: &str, kind: &str) -> Option<Fill> {
    Some(match (group, version) {
        ("", "v1") => return core(kind),
        ("apps", "v1" | "v1beta2" | "v1beta1") | ("extensions", "v1beta1") => {
            return apps(group, version, kind);
        }
        ("batch", "v1" | "v1beta1") => match kind {
            "Job" => workload::job,
            "CronJob" => workload::cron_job,
            _ => return None,
        },
        ("autoscaling", "v1") if kind == "HorizontalPodAutoscaler" => scaling::autoscaler_v1,
        ("autoscaling", "v2") if kind == "HorizontalPodAutoscaler" => scaling::autoscaler,
        ("networking.k8s.io", "v1") => match kind {
            "NetworkPolicy" => network::network_policy,
            "IngressClass" => network::ingress_class,
            _ => return None,
        },
        ("networking.k8s.io", "v1beta1") if kind == "Ingress" => network::ingress_v1beta1,
        ("rbac.authorization.k8s.io", _) => match kind {
            "RoleBinding" | "ClusterRoleBinding" => cluster::role_binding,
            _ => return None,
        },
        ("admissionregistration.k8s.io", _) => return admission(version, kind),
        ("storage.k8s.io", "v1" | "v1beta1") => match kind {
            "StorageClass" => cluster::storage_class,
            "CSIDriver" => cluster::csi_driver,
            "VolumeAttachment" => cluster::volume_attachment,
            _ => return None,
        },
        ("scheduling.k8s.io", _) if kind == "PriorityClass" => cluster::priority_class,
        ("discovery.k8s.io", _) if kind == "EndpointSlice" => network::endpoint_slice,
        ("flowcontrol.apiserver.k8s.io", "v1") => match kind {
            "FlowSchema" => cluster::flow_schema,
            "PriorityLevelConfiguration" => cluster::priority_level,
            _ => return None,
        },
        ("resource.k8s.io", "v1" | "v1beta2") => match kind {
            "ResourceClaim" => cluster::resource_claim,
            "ResourceClaimTemplate" => cluster::resource_claim_template,
            _ => return None,
        },
        ("apiextensions.k8s.io", "v1") if kind == "CustomResourceDefinition" => {
            cluster::custom_resource_definition
        }
        ("apiregistration.k8s.io", "v1") if kind == "APIService" => cluster::api_service,
        _ => return None,
    })
}

fn core(kind: &str) -> Option<Fill> {
    Some(match kind {
        "Pod" => pod::pod,
        "PodTemplate" => pod::pod_template,
        "ReplicationController" => workload::replication_controller,
        "Service" => network::service,
        "Endpoints" => network::endpoints,
        "Secret" => cluster::secret,
        "Namespace" => cluster::namespace,
        "PersistentVolume" => volume::persistent_volume,
        "PersistentVolumeClaim" => volume::persistent_volume_claim,
        "LimitRange" => cluster::limit_range,
        _ => return None,
    })
}

fn apps(group: &str, version: &str, kind: &str) -> Option<Fill> {
    let extensions = group == "extensions";
    Some(match (kind, version) {
        ("Deployment", _) if extensions => workload::deployment_extensions,
        ("Deployment", "v1beta1") => workload::deployment_v1beta1,
        ("Deployment", _) => workload::deployment,
        ("DaemonSet", _) if extensions => workload::daemon_set_extensions,
        ("DaemonSet", "v1" | "v1beta2") => workload::daemon_set,
        ("ReplicaSet", _) if extensions => workload::replica_set_extensions,
        ("ReplicaSet", "v1" | "v1beta2") => workload::replica_set,
        ("StatefulSet", "v1beta1") if !extensions => workload::stateful_set_v1beta1,
        ("StatefulSet", _) if !extensions => workload::stateful_set,
        ("Ingress", _) if extensions => network::ingress_v1beta1,
        ("NetworkPolicy", _) if extensions => network::network_policy,
        _ => return None,
    })
}

fn admission(version: &str, kind: &str) -> Option<Fill> {
    let old = version == "v1beta1";
    Some(match kind {
        "ValidatingWebhookConfiguration" if old => admission::validating_webhooks_v1beta1,
        "MutatingWebhookConfiguration" if old => admission::mutating_webhooks_v1beta1,
        "ValidatingWebhookConfiguration" => admission::validating_webhooks,
        "MutatingWebhookConfiguration" => admission::mutating_webhooks,
        "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => admission::policy,
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => admission::binding,
        _ => return None,
    })
}
