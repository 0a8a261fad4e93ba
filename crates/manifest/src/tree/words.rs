//! The words that the API server fills in most often. They stand here once rather than in every
//! tree: a Deployment has some thirty of them.

/// Keys and values, sorted.
const WORDS: &[&str] = &[
    "/",
    "/dev/termination-log",
    "0",
    "25%",
    "Allow",
    "Always",
    "ClientIP",
    "Cluster",
    "ClusterFirst",
    "ClusterIP",
    "Egress",
    "File",
    "Filesystem",
    "HTTP",
    "ImplementationSpecific",
    "Ingress",
    "NonIndexed",
    "None",
    "OnDelete",
    "OrderedReady",
    "Pending",
    "PersistentVolumeClaim",
    "Retain",
    "RollingUpdate",
    "TCP",
    "allocateLoadBalancerNodePorts",
    "apiGroup",
    "apiVersion",
    "backoffLimit",
    "clientIP",
    "completionMode",
    "completions",
    "concurrencyPolicy",
    "cpu",
    "default-scheduler",
    "defaultMode",
    "divisor",
    "dnsPolicy",
    "emptyDir",
    "enableServiceLinks",
    "externalTrafficPolicy",
    "failedJobsHistoryLimit",
    "failureThreshold",
    "fieldRef",
    "hostPort",
    "imagePullPolicy",
    "internalTrafficPolicy",
    "kind",
    "labels",
    "limits",
    "matchLabels",
    "maxSurge",
    "maxUnavailable",
    "memory",
    "metadata",
    "name",
    "namespace",
    "optional",
    "parallelism",
    "pathType",
    "periodSeconds",
    "persistentVolumeClaimRetentionPolicy",
    "persistentVolumeReclaimPolicy",
    "phase",
    "podManagementPolicy",
    "podReplacementPolicy",
    "policyTypes",
    "port",
    "ports",
    "progressDeadlineSeconds",
    "protocol",
    "pullPolicy",
    "rbac.authorization.k8s.io",
    "replicas",
    "requests",
    "resources",
    "restartPolicy",
    "revisionHistoryLimit",
    "rollingUpdate",
    "schedulerName",
    "scheme",
    "securityContext",
    "selector",
    "serviceAccount",
    "serviceAccountName",
    "sessionAffinity",
    "sessionAffinityConfig",
    "status",
    "strategy",
    "successThreshold",
    "successfulJobsHistoryLimit",
    "suspend",
    "targetPort",
    "template",
    "terminationGracePeriodSeconds",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "timeoutSeconds",
    "type",
    "updateStrategy",
    "v1",
    "volumeMode",
    "whenDeleted",
    "whenScaled",
];

/// The word at a place.
pub(super) fn at(place: u32) -> &'static str {
    WORDS.get(place as usize).copied().unwrap_or_default()
}

/// The place of a word, if it is one of these.
pub(super) fn find(word: &str) -> Option<u32> {
    let place = WORDS.binary_search(&word).ok()?;
    u32::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::{WORDS, at, find};

    #[test]
    fn every_word_is_found_where_it_stands() {
        assert!(WORDS.is_sorted());
        for word in WORDS {
            assert_eq!(find(word).map(at), Some(*word));
        }
        assert_eq!(find("spec"), None);
    }
}
