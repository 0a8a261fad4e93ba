//! The routes themselves.

use super::{
    Access, Answer, Handler, LIST, Method, OPEN_AT, Parameter, RAN_AT, Route,
    list::{one_of, text},
    of,
};
use crate::handle::{
    access, admission, cluster, finding, image, overview, policy, session, workload,
};
use crate::wire::{
    List,
    access::{
        Account, AccountChange, NewAccount, NewToken, PasswordChange, Token, TokenMade, TrailEntry,
    },
    admission::{AdmissionStatus, Review},
    cluster::{Cluster, Event, NamespaceNames},
    finding::Finding,
    image::{Image, ImageRow, Package, Secret, Vulnerability},
    overview::Overview,
    policy::{ModeChange, Policy, PolicyRow},
    session::{Session, SignIn},
    watch::Changed,
    workload::{HistoryEntry, Manifest, Workload, WorkloadRow},
};
use cofferdam_identity::{Resource, Verb};

/// A handler, as the table has it.
macro_rules! by {
    ($handler:path) => {
        |call| Box::pin($handler(call))
    };
}

const SEVERITIES: &[&str] = &["critical", "high", "medium", "low"];
const SEVERITY: Parameter =
    one_of("severity", "Only what has an open finding of this severity.", SEVERITIES);
const NAMESPACE: Parameter = text("namespace", "Only this namespace.");

const WORKLOADS: &[Parameter] = &[
    text("kind", "Only this kind: `Deployment`."),
    NAMESPACE,
    SEVERITY,
    one_of(
        "exposure",
        "Only those that can be reached from there.",
        &["unknown", "none", "cluster", "node", "internet"],
    ),
    text("image", "Only those that run the image with this id."),
    HAS_VULNERABILITY,
];

const FINDINGS: &[Parameter] = &[
    text("subject", "Only of the workload, object or image with this id."),
    one_of("subjectKind", "Only of these.", &["workload", "object", "image"]),
    text("rule", "Only of the rule with this code."),
    one_of("severity", "Only those of this severity.", SEVERITIES),
    one_of("outcome", "Only those that say this.", &["fail", "unknown", "excepted"]),
    NAMESPACE,
];

const IMAGES: &[Parameter] = &[
    one_of("state", "Only those in this state.", &["waiting", "scanning", "scanned", "failed"]),
    SEVERITY,
    text("name", "Only those of this name."),
    HAS_VULNERABILITY,
];

const HAS_VULNERABILITY: Parameter = text(
    "vulnerability",
    "Only those with this vulnerability, by the id that it is told under: its CVE where it has one.",
);

const VULNERABILITIES: &[Parameter] = &[
    one_of("severity", "Only those of this severity.", SEVERITIES),
    one_of("exploited", "Only those known to be exploited.", &["true"]),
    one_of("fixable", "Only those with a fixed version.", &["true"]),
];

const POLICIES: &[Parameter] = &[
    one_of("severity", "Only those of this severity.", SEVERITIES),
    one_of("mode", "Only those in this mode.", &["off", "audit", "warn", "enforce"]),
    text("area", "Only those of this area."),
];

const REVIEWS: &[Parameter] = &[
    one_of("decision", "Only these.", &["allowed", "warned", "denied", "failed-open"]),
    NAMESPACE,
    text("user", "Only what this user asked."),
];

const EVENTS: &[Parameter] =
    &[text("verb", "Only this verb."), text("user", "Only what this user asked."), NAMESPACE];

const fn get(
    path: &'static str,
    name: &'static str,
    resource: Resource,
    about: &'static str,
    answer: super::Shape,
    handler: Handler,
) -> Route {
    Route {
        method: Method::Get,
        path,
        name,
        about,
        access: Access::May(Verb::Read, resource),
        is_by_session: false,
        query: &[],
        body: None,
        answer: Answer::Json(answer),
        handler,
    }
}

const fn change(
    method: Method,
    path: &'static str,
    name: &'static str,
    resource: Resource,
    about: &'static str,
    answer: Answer,
    handler: Handler,
) -> Route {
    Route {
        method,
        path,
        name,
        about,
        access: Access::May(Verb::Change, resource),
        is_by_session: false,
        query: &[],
        body: None,
        answer,
        handler,
    }
}

impl Route {
    const fn query(self, query: &'static [&'static [Parameter]]) -> Self {
        Self { query, ..self }
    }

    const fn body(self, body: super::Shape) -> Self {
        Self { body: Some(body), ..self }
    }

    const fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    const fn by_session(self) -> Self {
        Self { is_by_session: true, ..self }
    }
}

/// All routes below `/api/v1`.
pub(crate) const ROUTES: &[Route] = &[
    get(
        "/session",
        "getSession",
        Resource::Overview,
        "Who is signed in.",
        of::<Session>,
        by!(session::get),
    )
    .access(Access::SignedIn),
    change(
        Method::Post,
        "/session",
        "signIn",
        Resource::Overview,
        "Signs in, and sets the session's cookie.",
        Answer::Json(of::<Session>),
        by!(session::sign_in),
    )
    .body(of::<SignIn>)
    .access(Access::Anyone),
    change(
        Method::Delete,
        "/session",
        "signOut",
        Resource::Overview,
        "Signs out: the session ends.",
        Answer::Empty,
        by!(session::sign_out),
    )
    .access(Access::SignedIn),
    change(
        Method::Put,
        "/session/password",
        "changePassword",
        Resource::Overview,
        "Changes one's own password; all sessions of the account end, this one too.",
        Answer::Empty,
        by!(session::change_password),
    )
    .body(of::<PasswordChange>)
    .access(Access::SignedIn)
    .by_session(),
    get(
        "/overview",
        "getOverview",
        Resource::Overview,
        "The first page.",
        of::<Overview>,
        by!(overview::get),
    ),
    get(
        "/workloads",
        "listWorkloads",
        Resource::Workload,
        "Workloads.",
        of::<List<WorkloadRow>>,
        by!(workload::list_all),
    )
    .query(&[LIST, WORKLOADS, RAN_AT]),
    get(
        "/workloads/{id}",
        "getWorkload",
        Resource::Workload,
        "A workload.",
        of::<Workload>,
        by!(workload::get),
    ),
    get(
        "/workloads/{id}/manifest",
        "getWorkloadManifest",
        Resource::Workload,
        "The manifest as it is in the cluster, and where its findings are.",
        of::<Manifest>,
        by!(workload::manifest),
    ),
    get(
        "/workloads/{id}/history",
        "listWorkloadHistory",
        Resource::Workload,
        "What happened to a workload, the newest first.",
        of::<List<HistoryEntry>>,
        by!(workload::history),
    )
    .query(&[LIST]),
    get(
        "/findings",
        "listFindings",
        Resource::Finding,
        "Findings.",
        of::<List<Finding>>,
        by!(finding::list_all),
    )
    .query(&[LIST, FINDINGS, OPEN_AT]),
    get(
        "/findings/{id}",
        "getFinding",
        Resource::Finding,
        "A finding.",
        of::<Finding>,
        by!(finding::get),
    ),
    get(
        "/images",
        "listImages",
        Resource::Image,
        "Images that run.",
        of::<List<ImageRow>>,
        by!(image::list_all),
    )
    .query(&[LIST, IMAGES]),
    get("/images/{id}", "getImage", Resource::Image, "An image.", of::<Image>, by!(image::get)),
    get(
        "/images/{id}/packages",
        "listImagePackages",
        Resource::Image,
        "Packages in an image.",
        of::<List<Package>>,
        by!(image::packages),
    )
    .query(&[LIST]),
    get(
        "/images/{id}/vulnerabilities",
        "listImageVulnerabilities",
        Resource::Image,
        "Known vulnerabilities of the packages in an image.",
        of::<List<Vulnerability>>,
        by!(image::vulnerabilities),
    )
    .query(&[LIST, VULNERABILITIES]),
    get(
        "/images/{id}/secrets",
        "listImageSecrets",
        Resource::Image,
        "Credentials in an image, masked.",
        of::<List<Secret>>,
        by!(image::secrets),
    )
    .query(&[LIST]),
    get(
        "/policies",
        "listPolicies",
        Resource::Policy,
        "Policies.",
        of::<List<PolicyRow>>,
        by!(policy::list_all),
    )
    .query(&[LIST, POLICIES]),
    get(
        "/policies/{code}",
        "getPolicy",
        Resource::Policy,
        "A policy.",
        of::<Policy>,
        by!(policy::get),
    ),
    change(
        Method::Put,
        "/policies/{code}/mode",
        "setPolicyMode",
        Resource::Policy,
        "Sets what a policy does at the door.",
        Answer::Json(of::<PolicyRow>),
        by!(policy::set_mode),
    )
    .body(of::<ModeChange>),
    get(
        "/admission/reviews",
        "listReviews",
        Resource::Review,
        "What was asked at the door, the newest first.",
        of::<List<Review>>,
        by!(admission::reviews),
    )
    .query(&[LIST, REVIEWS]),
    get(
        "/admission/status",
        "getAdmissionStatus",
        Resource::Review,
        "How the door stands.",
        of::<AdmissionStatus>,
        by!(admission::status),
    ),
    get(
        "/cluster",
        "getCluster",
        Resource::Cluster,
        "The cluster.",
        of::<Cluster>,
        by!(cluster::get),
    ),
    get(
        "/cluster/namespaces",
        "getNamespaceNames",
        Resource::Cluster,
        "The names of the namespaces, to choose one from.",
        of::<NamespaceNames>,
        by!(cluster::namespaces),
    ),
    get(
        "/cluster/events",
        "listEvents",
        Resource::Event,
        "What the API server told of who did what, the newest first.",
        of::<List<Event>>,
        by!(cluster::events),
    )
    .query(&[LIST, EVENTS]),
    get(
        "/access/accounts",
        "listAccounts",
        Resource::Account,
        "Accounts.",
        of::<List<Account>>,
        by!(access::accounts),
    )
    .query(&[LIST]),
    change(
        Method::Post,
        "/access/accounts",
        "createAccount",
        Resource::Account,
        "Makes an account.",
        Answer::Made(of::<Account>),
        by!(access::create_account),
    )
    .body(of::<NewAccount>)
    .by_session(),
    change(
        Method::Patch,
        "/access/accounts/{id}",
        "changeAccount",
        Resource::Account,
        "Changes an account; its sessions end.",
        Answer::Json(of::<Account>),
        by!(access::change_account),
    )
    .body(of::<AccountChange>)
    .by_session(),
    change(
        Method::Delete,
        "/access/accounts/{id}",
        "deleteAccount",
        Resource::Account,
        "Removes an account with its sessions and tokens.",
        Answer::Empty,
        by!(access::delete_account),
    ),
    get(
        "/access/tokens",
        "listTokens",
        Resource::Token,
        "API tokens.",
        of::<List<Token>>,
        by!(access::tokens),
    )
    .query(&[LIST]),
    change(
        Method::Post,
        "/access/tokens",
        "createToken",
        Resource::Token,
        "Makes an API token and shows its value, once.",
        Answer::Made(of::<TokenMade>),
        by!(access::create_token),
    )
    .body(of::<NewToken>)
    .by_session(),
    change(
        Method::Delete,
        "/access/tokens/{id}",
        "deleteToken",
        Resource::Token,
        "Revokes an API token.",
        Answer::Empty,
        by!(access::delete_token),
    ),
    get(
        "/access/trail",
        "listTrail",
        Resource::Trail,
        "Who changed what, the newest first.",
        of::<List<TrailEntry>>,
        by!(access::trail),
    )
    .query(&[LIST]),
    Route {
        answer: Answer::Events(of::<Changed>),
        ..get(
            "/watch",
            "watch",
            Resource::Overview,
            "Events as things change.",
            of::<Changed>,
            by!(crate::stream::watch),
        )
    }
    .access(Access::SignedIn),
];
