//! Reading an AdmissionReview (`admission.k8s.io/v1`).

use cofferdam_assess::live::Incoming;
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Source, View};
use cofferdam_model::OwnerKey;
use cofferdam_policy::{Operation, Target};

/// Bytes of a body. An API server takes requests of 3 MiB; a review can hold the object twice.
pub(super) const BODY_BYTES_MAX: usize = 8 << 20;

/// Groups of a user that are kept; a token of an identity provider can name thousands.
const GROUPS_MAX: usize = 64;

/// Bytes of a text of the request that is kept beside its object.
const TEXT_BYTES_MAX: usize = 1_024;

/// Kubernetes' own controllers that make pods, or what makes them, for another object
/// (`kube-controller-manager`, `--use-service-account-credentials`).
const CONTROLLERS: [&str; 7] = [
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "job-controller",
    "replicaset-controller",
    "replication-controller",
    "statefulset-controller",
];

/// All controllers at once, where they have no accounts of their own.
const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";

/// What an API server asks.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) uid: String,
    pub(super) operation: Operation,
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) resource: String,
    pub(super) subresource: String,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) user: String,
    pub(super) groups: Vec<String>,
    /// What the object is made for, where one of Kubernetes' own controllers says so. Anybody else
    /// may write there what he likes.
    pub(super) owner: Option<OwnerKey>,
    pub(super) is_dry_run: bool,
    /// The object is on its way out: what holds it is being taken away.
    pub(super) is_ending: bool,
    /// The object; absent for a deletion.
    pub(super) incoming: Option<Incoming>,
}

/// Why a body is no request.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Unreadable {
    #[error("the body has more than {BODY_BYTES_MAX} bytes")]
    TooLong,
    #[error("the body is not JSON: {0}")]
    NoJson(String),
    #[error("the body is no AdmissionReview of admission.k8s.io/v1 with a request")]
    NoReview,
    #[error("the operation {0:?} is none that is known")]
    Operation(String),
}

/// A body that was read, or why not; and the uid of the request as far as it is known.
pub(super) fn read(body: &[u8]) -> Result<Request, (String, Unreadable)> {
    let nothing = |why| (String::new(), why);
    if body.len() > BODY_BYTES_MAX {
        return Err(nothing(Unreadable::TooLong));
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| nothing(Unreadable::NoJson("it is not UTF-8".to_owned())))?;
    if !text.trim_ascii_start().starts_with('{') {
        return Err(nothing(Unreadable::NoJson("it does not begin with a brace".to_owned())));
    }
    let source = cofferdam_manifest::read("review", text.into(), &Meter::default());
    let [document] = &*source.documents else {
        let why = source.problems.first().map(|problem| problem.detail.clone());
        return Err(nothing(Unreadable::NoJson(why.unwrap_or_default())));
    };
    let root = document.tree.root();
    let request = root.get("request").filter(|request| request.is_map());
    let is_review = text_at(root, &["kind"]) == "AdmissionReview"
        && text_at(root, &["apiVersion"]) == "admission.k8s.io/v1";
    let Some(request) = request.filter(|_| is_review) else {
        return Err(nothing(Unreadable::NoReview));
    };
    let uid = text_at(request, &["uid"]);
    let operation = text_at(request, &["operation"]);
    let Some(operation) = Operation::ALL.into_iter().find(|one| one.as_str() == operation) else {
        return Err((uid, Unreadable::Operation(operation)));
    };
    let object = request.get("object").filter(|object| object.is_map());
    let old_object = request.get("oldObject").filter(|object| object.is_map());
    let ends = |object: View<'_>| object.at(&["metadata", "deletionTimestamp"]).is_some();
    let ids = [object, old_object, Some(request)].map(|view| view.map(View::id));
    let mut read = Request {
        uid,
        operation,
        group: text_at(request, &["kind", "group"]),
        version: text_at(request, &["kind", "version"]),
        kind: text_at(request, &["kind", "kind"]),
        resource: text_at(request, &["resource", "resource"]),
        subresource: text_at(request, &["subResource"]),
        namespace: some(text_at(request, &["namespace"])),
        name: some(text_at(request, &["name"])),
        user: text_at(request, &["userInfo", "username"]),
        groups: groups(request),
        owner: None,
        is_dry_run: request.get("dryRun").and_then(View::as_bool) == Some(true),
        is_ending: object.is_some_and(ends),
        incoming: None,
    };
    // A Namespace lies in none, whatever its request says.
    if read.kind == "Namespace" && read.group.is_empty() {
        read.name = read.name.or(read.namespace.take());
        read.namespace = None;
    }
    read.owner = object.filter(|_| is_controller(&read.user)).and_then(owner);
    read.incoming = incoming(source, ids, read.namespace.as_deref());
    Ok(read)
}

fn incoming(
    source: Source,
    [object, old_object, request]: [Option<cofferdam_manifest::NodeId>; 3],
    namespace: Option<&str>,
) -> Option<Incoming> {
    Incoming::new(source, object?, old_object, request, namespace)
}

fn groups(request: View<'_>) -> Vec<String> {
    let groups = request.at(&["userInfo", "groups"]).into_iter().flat_map(View::elements);
    groups.filter_map(View::as_str).take(GROUPS_MAX).map(bounded).collect()
}

fn is_controller(user: &str) -> bool {
    let account = user.strip_prefix("system:serviceaccount:kube-system:");
    user == CONTROLLER_MANAGER || account.is_some_and(|account| CONTROLLERS.contains(&account))
}

/// The controller of an object.
fn owner(object: View<'_>) -> Option<OwnerKey> {
    let owners = object.at(&["metadata", "ownerReferences"])?;
    let controls = |owner: &View<'_>| owner.get("controller").and_then(View::as_bool) == Some(true);
    let owner = owners.elements().find(controls)?;
    let [api_version, kind, name, uid] =
        ["apiVersion", "kind", "name", "uid"].map(|key| text_at(owner, &[key]));
    Some(OwnerKey { api_version, kind, name, uid })
}

fn text_at(view: View<'_>, path: &[&str]) -> String {
    bounded(view.at(path).and_then(View::as_str).unwrap_or_default())
}

fn bounded(text: &str) -> String {
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default().to_owned()
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl Request {
    /// What policies match, and exceptions by the owners of it.
    pub(super) fn target<'a>(&'a self, owners: &'a [OwnerKey]) -> Target<'a> {
        Target {
            group: &self.group,
            version: &self.version,
            kind: &self.kind,
            resource: (&*self.resource).into(),
            subresource: &self.subresource,
            name: self.name.as_deref(),
            namespace: self.namespace.as_deref(),
            operation: self.operation,
            owners,
        }
    }

    /// `pods`, `pods/exec`.
    pub(super) fn resource_path(&self) -> String {
        if self.subresource.is_empty() {
            return self.resource.clone();
        }
        format!("{}/{}", self.resource, self.subresource)
    }

    /// `Deployment shop/web`, for people.
    pub(super) fn title(&self) -> String {
        self.target(&[]).subject()
    }
}
