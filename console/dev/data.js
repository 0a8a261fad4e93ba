/**
 * Invented data for developing the console without a server. They prove nothing.
 * @import { components } from "../src/api/schema"
 * @typedef {components["schemas"]} Schemas
 */

const NOW = Date.now();
/** @param {number} hours */
const ago = (hours) => new Date(NOW - hours * 3_600_000).toISOString();

export const CODE = "fixture-code";

/** @type {Schemas["ClusterSummary"]} */
export const cluster = {
  id: "5b1e3a52-7a4f-4a6b-9d3c-2f1f6f6f0c11",
  name: "shop-sample",
  version: "v1.34.4",
  server: "https://127.0.0.1:6443",
  nodes: 3,
  pods: 19,
  namespaces: 6,
  syncedAt: ago(0.03),
  lost: [],
  withheld: [
    {
      kind: "Secret",
      why: 'the API server answers 403 Forbidden: secrets is forbidden: User "system:serviceaccount:cofferdam-system:cofferdam" cannot list resource "secrets" in API group "" at the cluster scope',
    },
  ],
  isRecorded: true,
};

/** @type {Schemas["Session"]} */
export const session = {
  account: { name: "admin", role: "admin", namespaces: null, mustChange: false },
  csrf: "fixture",
  cluster,
  isRecorded: true,
  readOnly: false,
  version: "0.5.0",
};

/**
 * @param {number} critical @param {number} high @param {number} medium @param {number} low
 * @returns {Schemas["Counts"]}
 */
const counts = (critical, high, medium, low, unknown = 0) => ({
  critical,
  high,
  medium,
  low,
  unknown,
});

/**
 * @param {string} kind @param {string} namespace @param {string} name
 * @param {Schemas["Counts"]} tally @param {number} score @param {string} scoreWhy
 * @param {Schemas["Exposure"]} exposure @param {boolean} privileged
 * @returns {Pick<Schemas["Workload"], keyof Schemas["WorkloadRow"]>}
 */
const workload = (
  kind,
  namespace,
  name,
  tally,
  score,
  scoreWhy,
  exposure,
  privileged = false,
  replicas = 1,
) => ({
  id: `w-${namespace}-${name}`,
  kind,
  namespace,
  name,
  replicas,
  ready: name === "reports" ? 0 : replicas,
  images: kind === "Deployment" && name === "web" ? 2 : 1,
  counts: tally,
  score,
  scoreWhy,
  exposure,
  privileged,
  serviceAccount: name === "web" ? "web" : "default",
  firstSeen: ago(320),
  lastSeen: ago(0.05),
  goneAt: null,
});

/** @type {Pick<Schemas["Workload"], keyof Schemas["WorkloadRow"]>[]} */
export const workloads = [
  workload(
    "Deployment",
    "shop",
    "web",
    counts(3, 9, 14, 22, 1),
    99,
    "critical (80), leads to the node (+9), on an attack path (+5), reachable from the internet (+5)",
    "internet",
    true,
    2,
  ),
  workload(
    "Deployment",
    "shop",
    "dashboard",
    counts(2, 6, 11, 18),
    94,
    "critical (80), leads to cluster-admin (+9), reachable from the internet (+5)",
    "internet",
  ),
  workload(
    "DaemonSet",
    "shop",
    "agent",
    counts(2, 5, 9, 12),
    89,
    "critical (80), leads to the node (+9)",
    "node",
    true,
    3,
  ),
  workload(
    "StatefulSet",
    "shop",
    "database",
    counts(0, 4, 12, 17),
    65,
    "high (60), known to be exploited (+5)",
    "cluster",
  ),
  workload(
    "Deployment",
    "shop",
    "worker",
    counts(1, 3, 8, 15),
    85,
    "critical (80), leads to credentials (+5)",
    "none",
    false,
    2,
  ),
  workload("CronJob", "shop", "reports", counts(0, 2, 6, 9, 2), 60, "high (60)", "none"),
  workload(
    "Deployment",
    "ingress",
    "gateway-controller-with-a-rather-long-name-for-a-workload",
    counts(0, 1, 4, 6),
    70,
    "high (60), reachable from the internet (+5), on an attack path (+5)",
    "internet",
    false,
    2,
  ),
  workload(
    "Deployment",
    "kube-system",
    "coredns",
    counts(0, 0, 3, 4),
    40,
    "medium (40)",
    "cluster",
    false,
    2,
  ),
  workload(
    "DaemonSet",
    "kube-system",
    "kube-proxy",
    counts(0, 2, 3, 4),
    69,
    "high (60), leads to the node (+9)",
    "node",
    true,
    3,
  ),
  workload(
    "Pod",
    "default",
    "debug",
    counts(0, 1, 5, 7),
    62,
    "high (60), leads to nothing (+2)",
    "none",
  ),
];
for (let number = 1; number <= 120; number += 1) {
  const name = `service-${String(number).padStart(3, "0")}`;
  workloads.push(
    workload(
      "Deployment",
      "load",
      name,
      counts(0, 0, number % 4, number % 7),
      number % 4 ? 42 : 20,
      "medium (40), reachable in the cluster (+2)",
      "cluster",
    ),
  );
}

export const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: web
    tier: "1"
  name: web
  namespace: shop
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - env:
        - name: DB_HOST
          value: database.shop.svc
        - name: DB_PASSWORD
          value: Kw9rotterdam
        image: registry.shop.example/web:1.4
        imagePullPolicy: IfNotPresent
        name: web
        ports:
        - containerPort: 8080
          protocol: TCP
        resources:
          requests:
            cpu: 50m
            memory: 64Mi
        securityContext:
          privileged: true
          runAsUser: 0
        volumeMounts:
        - mountPath: /run/containerd/containerd.sock
          name: runtime
      - image: registry.shop.example/metrics:latest
        name: metrics
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      serviceAccountName: web
      volumes:
      - hostPath:
          path: /run/containerd/containerd.sock
        name: runtime
`;

/** Lines of the manifest that findings are at. @type {Map<string, number>} */
const LINES = new Map();

/**
 * @param {number} number @param {string} rule @param {string} title @param {Schemas["Severity"]} severity
 * @param {string} message @param {number} score @param {number | null} line
 * @param {Schemas["PatchOperation"][]} patch
 * @param {string} remediation
 * @returns {Schemas["Finding"]}
 */
function finding(number, rule, title, severity, message, score, line, patch, remediation) {
  if (line !== null) LINES.set(`f-${number}`, line);
  return {
    id: `f-${number}`,
    subjectKind: "workload",
    subject: "w-shop-web",
    subjectTitle: "Deployment shop/web",
    namespace: "shop",
    rule,
    title,
    severity,
    outcome: "fail",
    message,
    about: "container web",
    score,
    scoreWhy: `${severity} (${severity === "critical" ? 80 : severity === "high" ? 60 : 40}), reachable from the internet (+5)`,
    pointer: line === null ? null : (patch[0]?.path ?? "/spec"),
    remediation,
    patch,
    explanation: {
      clause: "!container.securityContext.privileged",
      inputs: [
        {
          path: "workload.containers[0].securityContext.privileged",
          value: "true",
          provenance: "Deployment shop/web",
        },
        { path: "workload.containers[0].name", value: '"web"', provenance: "Deployment shop/web" },
      ],
    },
    exception: null,
    firstSeen: ago(310),
    since: ago(310),
    lastSeen: ago(0.1),
    goneAt: null,
    superseded: false,
  };
}

const POD = "/spec/template/spec";

/** @type {Schemas["Finding"][]} */
export const findings = [
  finding(
    1,
    "CFD-POD-0001",
    "Privileged containers",
    "critical",
    "Container web is privileged.",
    99,
    35,
    [{ op: "remove", path: `${POD}/containers/0/securityContext/privileged` }],
    "Remove privileged, and add the one capability that is needed.",
  ),
  finding(
    2,
    "CFD-POD-0007",
    "Container runtime socket",
    "critical",
    "Container web mounts the container runtime socket /run/containerd/containerd.sock.",
    99,
    47,
    [],
    "Remove the volume. What needs to build images can do it without the runtime of the node.",
  ),
  finding(
    3,
    "CFD-NET-0016",
    "Privileged pod on the internet",
    "critical",
    "A privileged pod is exposed to the internet by Service shop/web.",
    99,
    null,
    [],
    "Remove privileged, or do not expose the pod to the internet; best both.",
  ),
  finding(
    4,
    "CFD-SEC-0001",
    "Credential in a manifest",
    "high",
    "The manifest contains a credential: Credential in a variable (Kw…).",
    75,
    23,
    [],
    "Revoke the credential, and mount the new one from a Secret that is not in the repository.",
  ),
  finding(
    5,
    "CFD-POD-0012",
    "Runs as root",
    "high",
    "Container web runs as user 0.",
    70,
    36,
    [
      { op: "replace", path: `${POD}/containers/0/securityContext/runAsUser`, value: 65532 },
      { op: "add", path: `${POD}/containers/0/securityContext/runAsNonRoot`, value: true },
    ],
    "Run as a user other than 0.",
  ),
  finding(
    6,
    "CFD-ACC-0021",
    "Token of a powerful account",
    "high",
    "The pod mounts the token of ServiceAccount shop/web, which can do everything.",
    79,
    44,
    [{ op: "add", path: `${POD}/automountServiceAccountToken`, value: false }],
    "Set automountServiceAccountToken to false, or bind the account to what it needs.",
  ),
  finding(
    7,
    "CFD-IMG-0003",
    "Image by a moving tag",
    "medium",
    "Container metrics takes registry.shop.example/metrics:latest, which may be another image tomorrow.",
    50,
    40,
    [],
    "Name the image by its digest.",
  ),
  finding(
    8,
    "CFD-POD-0020",
    "No limit of memory",
    "medium",
    "Container web has no limit of memory.",
    45,
    30,
    [{ op: "add", path: `${POD}/containers/0/resources/limits`, value: { memory: "128Mi" } }],
    "Set a limit of memory.",
  ),
  finding(
    9,
    "CFD-NET-0002",
    "No network policy",
    "medium",
    "No NetworkPolicy selects the pods.",
    45,
    null,
    [],
    "Deny by default, and allow what is needed.",
  ),
  {
    ...finding(
      10,
      "CFD-NET-0020",
      "Egress to the metadata service",
      "medium",
      "Whether the pods reach the metadata service of the cloud is not known.",
      40,
      null,
      [],
      "Deny egress to 169.254.169.254.",
    ),
    outcome: "unknown",
  },
  {
    ...finding(
      15,
      "CFD-POD-0030",
      "Containers without limits",
      "low",
      "Container web has no memory limit.",
      22,
      null,
      [],
      "Set resources.limits.memory.",
    ),
    outcome: "excepted",
    exception: {
      name: "web-limits",
      owner: "ada@shop.example",
      reason: "Measured first, limited in the next release.",
      expires: "2027-01-31T00:00:00Z",
    },
  },
];

const OTHERS = [
  ["w-shop-dashboard", "Deployment shop/dashboard"],
  ["w-shop-agent", "DaemonSet shop/agent"],
  ["w-shop-worker", "Deployment shop/worker"],
];
for (const [subject = "", subjectTitle = ""] of OTHERS) {
  for (const base of findings.slice(0, 9).slice(0, 9)) {
    if (base.subject === "w-shop-web") {
      findings.push({
        ...base,
        id: `${base.id}-${subject}`,
        subject,
        subjectTitle,
        pointer: null,
        score: base.score - 5,
      });
    }
  }
}

/** @type {Schemas["Manifest"]} */
export const manifest = {
  text: MANIFEST,
  marks: findings.flatMap(({ id }) => {
    const line = LINES.get(id);
    if (line === undefined) return [];
    const text = MANIFEST.split("\n")[line - 1] ?? "";
    return [
      {
        line,
        endLine: line,
        column: text.search(/[^\s-]/) + 1,
        endColumn: text.length + 1,
        finding: id,
      },
    ];
  }),
};

/** @type {Schemas["AttackPath"][]} */
export const attackPaths = [
  {
    title: "From the internet to cluster-admin in 4 steps",
    steps: [
      {
        title: "Service shop/web",
        why: "is exposed to the internet by a load balancer",
        link: null,
      },
      {
        title: "Deployment shop/web",
        why: "receives what the service forwards",
        link: "/workloads/w-shop-web",
      },
      { title: "ServiceAccount shop/web", why: "its token is mounted in the pods", link: null },
      {
        title: "cluster-admin",
        why: "the account can do everything (ClusterRoleBinding web-admin)",
        link: null,
      },
    ],
    cut: {
      what: "Set automountServiceAccountToken to false in Deployment shop/web",
      link: "/workloads/w-shop-web/manifest?finding=f-6",
    },
  },
  {
    title: "From the internet to the node in 3 steps",
    steps: [
      {
        title: "Service shop/web",
        why: "is exposed to the internet by a load balancer",
        link: null,
      },
      {
        title: "Deployment shop/web",
        why: "receives what the service forwards",
        link: "/workloads/w-shop-web",
      },
      { title: "The node", why: "a container of the pod is privileged", link: null },
    ],
    cut: {
      what: "Remove privileged from Deployment shop/web",
      link: "/workloads/w-shop-web/manifest?finding=f-1",
    },
  },
  {
    title: "From the network of the nodes to every Secret in 3 steps",
    steps: [
      {
        title: "DaemonSet shop/agent",
        why: "listens on port 9100 of each node",
        link: "/workloads/w-shop-agent",
      },
      { title: "ServiceAccount shop/agent", why: "its token is mounted in the pods", link: null },
      { title: "Every Secret", why: "the account lists Secrets of all namespaces", link: null },
    ],
    cut: {
      what: "Let ServiceAccount shop/agent read the Secrets that it needs, by name",
      link: null,
    },
  },
];

/** @type {Schemas["Workload"]} */
export const web = {
  .../** @type {Pick<Schemas["Workload"], keyof Schemas["WorkloadRow"]>} */ (workloads[0]),
  apiVersion: "apps/v1",
  labels: { app: "web", tier: "1" },
  containers: [
    { name: "web", kind: "container", imageRef: "registry.shop.example/web:1.4", image: "i-web" },
    {
      name: "metrics",
      kind: "sidecar",
      imageRef: "registry.shop.example/metrics:latest",
      image: null,
    },
  ],
  pods: [
    { name: "web-7d9c6bf57d-4xk2p", node: "node-1", phase: "Running" },
    { name: "web-7d9c6bf57d-p9q7z", node: "node-2", phase: "Running" },
  ],
  services: ["Service shop/web", "Ingress shop/web"],
  attackPaths: attackPaths.slice(0, 2),
  drift: [
    { path: "spec.replicas", live: "2", applied: "1" },
    {
      path: "spec.template.spec.containers[0].securityContext.privileged",
      live: "true",
      applied: null,
    },
  ],
  hasManifest: true,
};

/** @type {Schemas["ImageRow"][]} */
export const images = [
  [
    "i-web",
    "registry.shop.example/web",
    "1.4",
    "scanned",
    counts(2, 7, 14, 31),
    92,
    1,
    2,
    187_342_011,
    "Debian 11 (bullseye)",
    2,
  ],
  [
    "i-dashboard",
    "registry.shop.example/dashboard",
    "2.0.1",
    "scanned",
    counts(1, 4, 9, 20),
    84,
    0,
    1,
    96_230_551,
    "Debian 12 (bookworm)",
    1,
  ],
  [
    "i-db",
    "docker.io/library/postgres",
    "15.2",
    "scanned",
    counts(0, 6, 18, 22),
    71,
    0,
    1,
    141_006_234,
    "Debian 11 (bullseye)",
    1,
  ],
  [
    "i-worker",
    "registry.shop.example/worker",
    "latest",
    "scanned",
    counts(0, 0, 2, 5),
    40,
    1,
    0,
    44_991_201,
    "Alpine 3.20",
    1,
  ],
  [
    "i-coredns",
    "registry.k8s.io/coredns/coredns",
    "v1.12.1",
    "scanned",
    counts(0, 0, 0, 0),
    0,
    0,
    0,
    22_001_200,
    null,
    1,
  ],
  [
    "i-agent",
    "registry.shop.example/agent",
    "3",
    "failed",
    counts(0, 0, 0, 0),
    0,
    0,
    0,
    0,
    null,
    1,
  ],
  [
    "i-reports",
    "registry.shop.example/reports",
    "9",
    "waiting",
    counts(0, 0, 0, 0),
    0,
    0,
    0,
    0,
    null,
    1,
  ],
].map(
  ([id, name, tag, state, tally, score, secrets, exploited, size, distribution, users]) =>
    /** @type {any} */ ({
      id,
      name,
      tag,
      state,
      counts: tally,
      score,
      secrets,
      exploited,
      size,
      distribution,
      digest: `sha256:${"9f2ab3c4d5e6f708".repeat(4)}`,
      platform: "linux/amd64",
      why:
        state === "failed"
          ? "the registry answers 401 to the pull secrets of DaemonSet shop/agent"
          : null,
      scannedAt: state === "scanned" ? ago(5) : null,
      packages: state === "scanned" ? 143 : 0,
      workloads: users,
    }),
);

/** @type {Schemas["Image"]} */
export const image = {
  .../** @type {Schemas["ImageRow"]} */ (images[0]),
  workloadList: [
    { id: "w-shop-web", title: "Deployment shop/web" },
    { id: "w-shop-reports", title: "CronJob shop/reports" },
  ],
  layers: [
    {
      digest: `sha256:${"1a2b3c4d".repeat(8)}`,
      size: 80_432_110,
      createdBy: "ADD rootfs.tar.xz / # debian bullseye",
    },
    { digest: null, size: null, createdBy: "ENV LANG=C.UTF-8" },
    {
      digest: `sha256:${"2b3c4d5e".repeat(8)}`,
      size: 61_002_007,
      createdBy:
        "RUN apt-get update && apt-get install -y --no-install-recommends nginx openssl curl ca-certificates && rm -rf /var/lib/apt/lists/*",
    },
    { digest: `sha256:${"3c4d5e6f".repeat(8)}`, size: 45_907_894, createdBy: "COPY . /srv/shop" },
    { digest: null, size: null, createdBy: 'CMD ["/srv/shop/start"]' },
  ],
  problems: [{ kind: "unreadable", detail: "/srv/shop/vendor.zip: the archive ends too soon" }],
};

/** @type {Schemas["Vulnerability"][]} */
export const vulnerabilities = [
  [
    "CVE-2022-0778",
    "openssl",
    "1.1.1k-1",
    "1.1.1n-0+deb11u1",
    "critical",
    92,
    0.0912,
    true,
    "Infinite loop when parsing certificates with invalid explicit curve parameters",
  ],
  [
    "CVE-2023-4863",
    "libwebp6",
    "0.6.1-2.1",
    "0.6.1-2.1+deb11u2",
    "critical",
    90,
    0.9312,
    true,
    "Heap buffer overflow in lossless decoding",
  ],
  [
    "CVE-2021-3711",
    "libssl1.1",
    "1.1.1k-1",
    "1.1.1k-1+deb11u1",
    "high",
    72,
    0.0312,
    false,
    "SM2 decryption buffer overflow",
  ],
  [
    "CVE-2022-1292",
    "openssl",
    "1.1.1k-1",
    "1.1.1n-0+deb11u2",
    "high",
    71,
    0.41,
    false,
    "Command injection in c_rehash",
  ],
  [
    "CVE-2019-8457",
    "libdb5.3",
    "5.3.28+dfsg1-0.8",
    null,
    "medium",
    44,
    0.0004,
    false,
    "Heap out-of-bound read in rtreenode()",
  ],
  [
    "CVE-2005-2541",
    "tar",
    "1.34+dfsg-1",
    null,
    null,
    12,
    null,
    false,
    "Does not warn of setuid when extracting as root",
  ],
].map(
  ([id, name, version, fixed, severity, score, epss, exploited, title], index) =>
    /** @type {any} */ ({
      id,
      title,
      version,
      fixed,
      severity,
      score,
      epss,
      exploited,
      package: name,
      aliases: [`DSA-${5100 + index}-1`],
      purl: `pkg:deb/debian/${name}@${version}`,
      path: "/var/lib/dpkg/status",
      layer: `sha256:${(index < 4 ? "2b3c4d5e" : "1a2b3c4d").repeat(8)}`,
      fixable: fixed !== null,
    }),
);

/** @type {Schemas["Package"][]} */
export const packages = Array.from({ length: 143 }, (_, index) => ({
  type: index % 9 === 0 ? "npm" : "deb",
  name:
    index % 9 === 0
      ? `left-${index}`
      : `lib${["ssl", "xml", "yaml", "png", "curl", "zstd"][index % 6]}${index}`,
  version: `${1 + (index % 4)}.${index % 11}.${index % 7}-1`,
  purl: `pkg:deb/debian/lib${index}@1.${index}`,
  path:
    index % 9 === 0 ? `/srv/shop/node_modules/left-${index}/package.json` : "/var/lib/dpkg/status",
  layer: `sha256:${(index % 9 === 0 ? "3c4d5e6f" : "1a2b3c4d").repeat(8)}`,
  license: null,
  vulnerabilities: index % 13 === 0 ? 2 : 0,
}));

/** @type {Schemas["Secret"][]} */
export const secrets = [
  {
    kind: "aws-access-key",
    title: "AWS access key",
    place: "/srv/shop/.env",
    line: 3,
    layer: `sha256:${"3c4d5e6f".repeat(8)}`,
    masked: "AKIA…",
    deleted: true,
  },
];

/** @type {Schemas["PolicyRow"][]} */
export const policies = [
  [
    "CFD-ACC-0021",
    "pod-with-cluster-admin",
    "Token of a powerful account",
    "high",
    "access",
    "warn",
    3,
  ],
  ["CFD-ACC-0003", "wildcard-verbs", "All verbs at once", "medium", "access", "audit", 0],
  ["CFD-IMG-0003", "moving-tag", "Image by a moving tag", "medium", "image", "audit", 4],
  ["CFD-NET-0002", "no-network-policy", "No network policy", "medium", "network", "audit", 9],
  [
    "CFD-NET-0016",
    "privileged-exposed",
    "Privileged pod on the internet",
    "critical",
    "network",
    "enforce",
    1,
  ],
  [
    "CFD-POD-0001",
    "privileged-container",
    "Privileged containers",
    "critical",
    "pod",
    "enforce",
    4,
  ],
  ["CFD-POD-0007", "runtime-socket", "Container runtime socket", "critical", "pod", "enforce", 2],
  ["CFD-POD-0012", "container-root-user", "Runs as root", "high", "pod", "warn", 6],
  ["CFD-POD-0020", "memory-limit", "No limit of memory", "medium", "reliability", "off", 11],
  ["CFD-SEC-0001", "manifest-secret", "Credential in a manifest", "high", "secret", "enforce", 1],
].map(
  ([code, name, title, severity, area, mode, failing]) =>
    /** @type {any} */ ({
      code,
      name,
      title,
      severity,
      area,
      mode,
      failing,
      stages: ["build", "admission", "background"],
    }),
);

const FIXTURE =
  "apiVersion: v1\nkind: Pod\nmetadata: {name: debugged}\nspec:\n  containers:\n    - name: web\n      securityContext:\n        privileged: true # fires\n";

/** @param {Schemas["PolicyRow"]} row @returns {Schemas["Policy"]} */
export const policyOf = (row) => ({
  ...row,
  description:
    "A privileged container has every capability and every device of its node. Whoever breaks into it owns the node.",
  expression: [
    "!has(container.securityContext.privileged) || !container.securityContext.privileged",
  ],
  remediation: "Remove privileged, and add the one capability that is needed.",
  references: [
    {
      title: "Pod Security Standards, baseline",
      url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    },
    { title: "CIS Kubernetes Benchmark 5.2.2", url: null },
  ],
  tests: [
    { name: "container.yaml", expect: "fires", text: FIXTURE },
    { name: "init-container.yaml", expect: "fires", text: FIXTURE },
    { name: "ephemeral.yaml", expect: "fires", text: FIXTURE },
    { name: "plain.yaml", expect: "quiet", text: FIXTURE },
  ],
  yaml: `apiVersion: cofferdam.dev/v1alpha1\nkind: ClusterSecurityPolicy\nmetadata:\n  name: ${row.name}\nspec:\n  code: ${row.code}\n  severity: ${row.severity}\n  stages: [build, admission, background]\n`,
});

/** @type {Schemas["Review"][]} */
export const reviews = Array.from({ length: 75 }, (_, index) => {
  const decision =
    /** @type {const} */ (["allowed", "denied", "allowed", "warned", "allowed"])[index % 5] ??
    "allowed";
  return {
    id: `r-${index}`,
    at: ago(index * 0.4 + 0.02),
    user:
      index % 3 ? "system:serviceaccount:kube-system:deployment-controller" : "alice@shop.example",
    operation: index % 2 ? "CREATE" : "UPDATE",
    resource: index % 3 ? "pods" : "deployments",
    namespace: "shop",
    name: index % 3 ? `web-7d9c6bf57d-${index}` : "web",
    decision,
    messages:
      decision === "allowed"
        ? []
        : [
            "CFD-POD-0001: Container web is privileged. Remove privileged, and add the one capability that is needed.",
            ...(index % 2
              ? ["CFD-POD-0012: Container web runs as user 0. Run as a user other than 0."]
              : []),
          ],
    digest: `sha256:${"ab12cd34".repeat(8)}`,
    micros: 180 + index * 31,
  };
});

/** @param {string} outcome @param {string} [severity] */
const open = (outcome, severity) =>
  findings.filter((one) => one.outcome === outcome && (!severity || one.severity === severity))
    .length;

const OPEN = counts(
  open("fail", "critical"),
  open("fail", "high"),
  open("fail", "medium"),
  open("fail", "low"),
  open("unknown"),
);

/** @type {Schemas["Overview"]} */
export const overview = {
  cluster,
  counts: OPEN,
  workloads: { total: workloads.length, withFindings: 118 },
  images: { total: 7, scanned: 5, waiting: 1, failed: 1 },
  fixFirst: [
    {
      title: "Take the privileges from Deployment shop/web",
      why: "A privileged container reached from the internet is a door to the node.",
      how: "Remove privileged from container web, and add the one capability that is needed.",
      score: 99,
      findings: 3,
      workloads: 1,
      link: "/workloads/w-shop-web/manifest?finding=f-1",
      rule: "CFD-POD-0001",
      image: null,
    },
    {
      title: "Rebuild registry.shop.example/web on Debian 12",
      why: "Its base has no more updates; 2 of its vulnerabilities are known to be exploited.",
      how: "Take debian:12-slim as the base and rebuild: 41 of 54 vulnerabilities go away.",
      score: 92,
      findings: 41,
      workloads: 2,
      link: "/images/i-web",
      rule: null,
      image: "i-web",
    },
    {
      title: "Unmount the runtime socket",
      why: "Whoever holds the socket of the runtime holds the node.",
      how: "Remove the volume runtime from Deployment shop/web and DaemonSet shop/agent.",
      score: 89,
      findings: 2,
      workloads: 2,
      link: "/findings?rule=CFD-POD-0007",
      rule: "CFD-POD-0007",
      image: null,
    },
    {
      title: "Give ServiceAccount shop/web what it needs and no more",
      why: "It can do everything, and its token is in a pod that the internet reaches.",
      how: "Set automountServiceAccountToken to false.",
      score: 79,
      findings: 4,
      workloads: 1,
      link: "/findings?rule=CFD-ACC-0021",
      rule: "CFD-ACC-0021",
      image: null,
    },
    {
      title: "Deny traffic by default in shop",
      why: "No NetworkPolicy selects any of its pods.",
      how: "Apply a NetworkPolicy that denies, and allow what is needed.",
      score: 45,
      findings: 9,
      workloads: 6,
      link: "/findings?rule=CFD-NET-0002",
      rule: "CFD-NET-0002",
      image: null,
    },
  ],
  attackPaths,
  attackPathsTotal: attackPaths.length,
  trend: [
    [336, 2, 11],
    [300, 4, 18],
    [240, 9, 30],
    [200, 9, 41],
    [150, 8, 38],
    [96, 11, 40],
    [48, 10, 36],
    [12, OPEN.critical, OPEN.high],
  ].map(([hours = 0, critical = 0, high = 0]) => ({
    at: ago(hours),
    critical,
    high,
    medium: 76,
    low: 112,
  })),
  reviews: {
    allowed: 1893,
    warned: 41,
    denied: 12,
    failedOpen: 2,
    last24h: [3, 0, 0, 2, 1, 0, 8, 22, 61, 84, 90, 71, 33, 66, 92, 87, 70, 41, 20, 9, 4, 2, 0, 5],
  },
  coverage: [
    { ecosystem: "Debian:11", status: "loaded", packages: 311, source: "OSV", dated: ago(9) },
    { ecosystem: "Debian:12", status: "loaded", packages: 124, source: "OSV", dated: ago(9) },
    { ecosystem: "npm", status: "loaded", packages: 88, source: "OSV", dated: ago(9) },
    { ecosystem: "Alpine:v3.20", status: "no-source", packages: 17, source: null, dated: null },
  ],
  problems: [
    {
      what: "registry.shop.example/agent:3 was not scanned",
      why: "The registry answers 401 to the pull secrets of DaemonSet shop/agent.",
      remedy: "Give its service account a pull secret that may read this repository.",
    },
  ],
};

/** @type {Schemas["Cluster"]} */
export const clusterWhole = {
  ...cluster,
  moreNodes: false,
  moreNamespaces: false,
  nodeList: ["node-1", "node-2", "node-3"].map((name, index) => ({
    name,
    version: "v1.34.4",
    os: "Debian GNU/Linux 12 (bookworm)",
    runtime: "containerd://1.7.24",
    ready: index < 2,
  })),
  namespaceList: [
    { name: "shop", podSecurity: null, workloads: 6, isDefaultDeny: false },
    { name: "ingress", podSecurity: "baseline", workloads: 1, isDefaultDeny: true },
    { name: "load", podSecurity: "restricted:v1.30", workloads: 120, isDefaultDeny: null },
    { name: "kube-system", podSecurity: "privileged", workloads: 2, isDefaultDeny: false },
    { name: "default", podSecurity: null, workloads: 1, isDefaultDeny: false },
    { name: "monitoring", podSecurity: null, workloads: 0, isDefaultDeny: false },
  ],
};

/** @type {Schemas["Event"][]} */
export const events = Array.from({ length: 30 }, (_, index) => ({
  id: `e-${index}`,
  at: ago(index * 0.7),
  user: index % 4 ? "system:node:node-1" : "alice@shop.example",
  sourceIp: `10.0.0.${index + 3}`,
  agent: "kubectl/v1.34.4",
  verb: index % 4 ? "get" : "create",
  resource: "pods",
  subresource: index % 4 ? "" : "exec",
  namespace: "shop",
  name: "web-7d9c6bf57d-4xk2p",
  code: index % 7 ? 200 : 403,
  allowed: index % 7 !== 0,
  actsAs: index % 8 ? "" : "break-glass (system:masters)",
  command: index % 4 ? "" : "web: sh -c 'cat /etc/passwd'",
}));

/** @type {Schemas["HistoryEntry"][]} */
export const history = [
  happened(12, "closed", "CFD-POD-0015 No privilege escalation"),
  happened(40, "changed", "CFD-IMG-0002 No fixable vulnerabilities", "critical"),
  happened(96, "image", "web registry.shop.example/web:1.4"),
  happened(96, "image-gone", "web registry.shop.example/web:1.3"),
  happened(310, "opened", "CFD-POD-0001 No privileged containers", "high"),
  happened(320, "seen", ""),
];

/**
 * @param {number} hours @param {string} what @param {string} detail
 * @param {Schemas["Severity"] | null} severity
 * @returns {Schemas["HistoryEntry"]}
 */
function happened(hours, what, detail, severity = null) {
  return { at: ago(hours), what, detail, severity, outcome: severity && "fail" };
}

/** @type {Schemas["Account"][]} */
export const accounts = [
  {
    id: "a-1",
    name: "admin",
    role: "admin",
    namespaces: null,
    createdAt: ago(400),
    disabledAt: null,
    mustChange: false,
  },
  {
    id: "a-2",
    name: "alice",
    role: "developer",
    namespaces: ["shop"],
    createdAt: ago(200),
    disabledAt: null,
    mustChange: false,
  },
  {
    id: "a-3",
    name: "mallory",
    role: "viewer",
    namespaces: null,
    createdAt: ago(190),
    disabledAt: ago(20),
    mustChange: false,
  },
];

/** @type {Schemas["Token"][]} */
export const tokens = [
  {
    id: "t-1",
    name: "pipeline",
    account: "admin",
    role: "viewer",
    createdAt: ago(100),
    expiresAt: ago(-2000),
    usedAt: ago(2),
  },
];

/** @type {Schemas["TrailEntry"][]} */
export const trail = [
  {
    id: "1",
    at: ago(1),
    who: "admin",
    action: "set mode",
    what: "CFD-POD-0012",
    detail: { mode: "warn" },
    address: "127.0.0.1",
  },
  {
    id: "2",
    at: ago(20),
    who: "admin",
    action: "disabled account",
    what: "mallory",
    detail: {},
    address: "127.0.0.1",
  },
];
