//! The pods that objects make, and under which account they run.

use crate::{ObjectId, ObjectSet, kind::Kind};
use cofferdam_manifest::{Object, Pod, View};

/// An object that makes pods.
#[derive(Clone, Debug)]
pub struct Workload<'t> {
    /// The object.
    pub id: ObjectId,
    /// The pod (template).
    pub pod: Pod<'t>,
    /// The namespace that its pods run in.
    pub namespace: Option<&'t str>,
}

impl<'t> Workload<'t> {
    pub(crate) fn of(id: ObjectId, object: &Object<'t>) -> Option<Self> {
        Some(Self { id, pod: Pod::of(object)?, namespace: object.namespace })
    }

    /// The labels of its pods.
    pub fn labels(&self) -> Option<View<'t>> {
        self.metadata("labels")
    }

    /// The annotations of its pods.
    pub fn annotations(&self) -> Option<View<'t>> {
        self.metadata("annotations")
    }

    fn metadata(&self, key: &str) -> Option<View<'t>> {
        self.pod.metadata?.get(key).filter(|map| map.is_map())
    }

    /// A member of the pod's specification.
    pub fn spec(&self, key: &str) -> Option<View<'t>> {
        self.pod.spec.get(key)
    }

    /// The name of the account that its pods run under; the older field counts where the newer is
    /// not set, and an account that nobody names is `default`.
    pub fn account(&self) -> &'t str {
        Self::account_of(&self.pod)
    }

    /// The same of a pod that is in no set.
    pub fn account_of(pod: &Pod<'t>) -> &'t str {
        ["serviceAccountName", "serviceAccount"]
            .into_iter()
            .filter_map(|key| pod.spec.get(key)?.as_str())
            .find(|name| !name.is_empty())
            .unwrap_or("default")
    }

    /// Whether the pods share the network of their node.
    pub fn is_on_host_network(&self) -> bool {
        self.spec("hostNetwork").and_then(View::as_bool) == Some(true)
    }

    /// Whether its pods get a token of their account: what the pod says, otherwise what the
    /// account says. `None` where the pod says nothing and the account is not in the set; every
    /// namespace has the account `default`, which gives its token unless somebody changed it.
    pub fn mounts_token(&self, set: &ObjectSet<'t>) -> Option<bool> {
        const KEY: &str = "automountServiceAccountToken";
        if let Some(said) = self.spec(KEY).and_then(View::as_bool) {
            return Some(said);
        }
        let name = self.account();
        let account = set.meant(Kind::ServiceAccount, self.namespace, name, self.id);
        match account.and_then(|id| set.get(id)) {
            Some(account) => {
                let said = account.object.view.get(KEY).and_then(View::as_bool);
                Some(said.unwrap_or(true))
            }
            // Somebody may have changed it, where it could not be read.
            None => (name == "default" && !set.lacks(&[Kind::ServiceAccount])).then_some(true),
        }
    }
}
