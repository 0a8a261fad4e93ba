CREATE TABLE workload (
    id TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    api_version TEXT NOT NULL,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    replicas BIGINT NOT NULL,
    ready BIGINT NOT NULL,
    service_account TEXT NOT NULL,
    exposure TEXT NOT NULL,
    privileged BIGINT NOT NULL,
    labels TEXT NOT NULL,
    score BIGINT NOT NULL,
    score_why TEXT NOT NULL,
    critical BIGINT NOT NULL,
    high BIGINT NOT NULL,
    medium BIGINT NOT NULL,
    low BIGINT NOT NULL,
    unknown BIGINT NOT NULL,
    images BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    gone_at BIGINT
);
CREATE INDEX workload_by_score ON workload (score, id) WHERE gone_at IS NULL;
CREATE INDEX workload_by_namespace ON workload (namespace, id) WHERE gone_at IS NULL;
CREATE INDEX workload_by_name ON workload (name, id) WHERE gone_at IS NULL;

CREATE TABLE manifest (
    workload TEXT PRIMARY KEY,
    manifest BLOB NOT NULL,
    applied BLOB,
    drift TEXT
);

CREATE TABLE container (
    workload TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    image_ref TEXT NOT NULL,
    image TEXT,
    first_seen BIGINT NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (workload, kind, name, image_ref, first_seen)
);
CREATE INDEX container_by_image ON container (image, workload) WHERE gone_at IS NULL;

CREATE TABLE pod (
    uid TEXT PRIMARY KEY,
    workload TEXT,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    node TEXT,
    phase TEXT NOT NULL,
    started BIGINT,
    gone_at BIGINT
);
CREATE INDEX pod_by_workload ON pod (workload, uid) WHERE gone_at IS NULL;

CREATE TABLE image (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    tag TEXT,
    digest TEXT NOT NULL,
    platform TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT,
    scanned_at BIGINT,
    judged_at BIGINT,
    size BIGINT NOT NULL,
    distribution TEXT,
    packages BIGINT NOT NULL,
    critical BIGINT NOT NULL,
    high BIGINT NOT NULL,
    medium BIGINT NOT NULL,
    low BIGINT NOT NULL,
    unknown BIGINT NOT NULL,
    secrets BIGINT NOT NULL,
    exploited BIGINT NOT NULL,
    score BIGINT NOT NULL
);
CREATE INDEX image_by_score ON image (score, id);
CREATE INDEX image_by_name ON image (name, id);
CREATE INDEX image_by_digest ON image (digest);

CREATE TABLE report (
    image TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
);

CREATE TABLE vulnerability (
    image TEXT NOT NULL,
    id TEXT NOT NULL,
    aliases TEXT NOT NULL,
    package TEXT NOT NULL,
    version TEXT NOT NULL,
    purl TEXT NOT NULL,
    path TEXT NOT NULL,
    layer TEXT,
    severity BIGINT,
    score BIGINT NOT NULL,
    epss DOUBLE PRECISION,
    exploited BIGINT NOT NULL,
    fixed TEXT,
    fixable BIGINT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (image, id, package, version, path)
);
CREATE INDEX vulnerability_by_id ON vulnerability (id);

-- What one update closes: derived from the rows above whenever those of an image are written.
CREATE TABLE fix (
    image TEXT NOT NULL,
    package TEXT NOT NULL,
    fixed TEXT NOT NULL,
    severity BIGINT,
    score BIGINT NOT NULL,
    vulnerabilities BIGINT NOT NULL,
    exploited BIGINT NOT NULL,
    PRIMARY KEY (image, package, fixed)
);
CREATE INDEX fix_by_score ON fix (score, vulnerabilities, package, image);

CREATE TABLE finding (
    id TEXT NOT NULL,
    cluster TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_title TEXT NOT NULL,
    namespace TEXT,
    rule TEXT NOT NULL,
    title TEXT NOT NULL,
    severity BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    message TEXT NOT NULL,
    about TEXT NOT NULL,
    score BIGINT NOT NULL,
    score_why TEXT NOT NULL,
    line BIGINT,
    "column" BIGINT,
    pointer TEXT,
    remediation TEXT NOT NULL,
    patch TEXT,
    explanation TEXT,
    exception TEXT,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    gone_at BIGINT
);
-- What is open is open once; what is closed was open several times.
CREATE UNIQUE INDEX finding_open ON finding (id) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX finding_closed ON finding (id, first_seen) WHERE gone_at IS NOT NULL;
CREATE INDEX finding_by_subject ON finding (subject, gone_at, id);
-- Wide, so that a rare filter reads an index and not the table: the longest walk is one of these.
CREATE INDEX finding_by_score ON finding (score, id, severity, outcome, namespace, rule, subject_kind) WHERE gone_at IS NULL;
CREATE INDEX finding_by_first_seen ON finding (first_seen, id, severity, outcome, namespace, rule, subject_kind) WHERE gone_at IS NULL;
CREATE INDEX finding_by_severity ON finding (severity, score, id, outcome, namespace, rule, subject_kind) WHERE gone_at IS NULL;
CREATE INDEX finding_by_rule ON finding (rule, score, id, severity, outcome, namespace, subject_kind) WHERE gone_at IS NULL;
CREATE INDEX finding_by_namespace ON finding (namespace, score, id, severity, outcome, rule, subject_kind) WHERE gone_at IS NULL;
-- Nearly all findings fail; the others are looked for.
CREATE INDEX finding_beside ON finding (outcome, score, id, severity, namespace, rule, subject_kind) WHERE gone_at IS NULL AND outcome <> 'fail';
CREATE INDEX finding_by_end ON finding (gone_at, first_seen, score, id, severity, outcome, namespace, rule, subject_kind) WHERE gone_at IS NOT NULL;

-- What findings are about. A row of it is what two replicas wait at to write one subject.
CREATE TABLE subject (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL
);

-- How many are open: derived, changed with the findings.
CREATE TABLE tally (
    namespace TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    findings BIGINT NOT NULL,
    subjects BIGINT NOT NULL,
    PRIMARY KEY (namespace, rule, severity, outcome, subject_kind)
);

CREATE TABLE cluster (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    server TEXT NOT NULL,
    synced_at BIGINT,
    lost TEXT NOT NULL
);

CREATE TABLE object (
    id TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    api_version TEXT NOT NULL,
    kind TEXT NOT NULL,
    namespace TEXT,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    json BLOB NOT NULL,
    first_seen BIGINT NOT NULL,
    gone_at BIGINT
);
CREATE INDEX object_by_kind ON object (kind, name, id) WHERE gone_at IS NULL;
CREATE INDEX object_by_name ON object (name, id) WHERE gone_at IS NULL;

CREATE TABLE history (
    cluster TEXT NOT NULL,
    at BIGINT NOT NULL,
    critical BIGINT NOT NULL,
    high BIGINT NOT NULL,
    medium BIGINT NOT NULL,
    low BIGINT NOT NULL,
    PRIMARY KEY (cluster, at)
);

CREATE TABLE review (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    user_name TEXT NOT NULL,
    groups TEXT NOT NULL,
    operation TEXT NOT NULL,
    resource TEXT NOT NULL,
    namespace TEXT,
    name TEXT NOT NULL,
    decision TEXT NOT NULL,
    messages TEXT NOT NULL,
    digest TEXT NOT NULL,
    micros BIGINT NOT NULL
);
CREATE INDEX review_by_time ON review (at, id, decision);
CREATE INDEX review_by_decision ON review (decision, at, id);
CREATE INDEX review_by_namespace ON review (namespace, at, id);

CREATE TABLE event (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    user_name TEXT NOT NULL,
    source_ip TEXT NOT NULL,
    agent TEXT NOT NULL,
    verb TEXT NOT NULL,
    resource TEXT NOT NULL,
    subresource TEXT NOT NULL,
    namespace TEXT,
    name TEXT NOT NULL,
    code BIGINT NOT NULL,
    allowed BIGINT NOT NULL
);
CREATE INDEX event_by_time ON event (at, id);
CREATE INDEX event_by_verb ON event (verb, at, id);

CREATE TABLE mode (
    rule TEXT PRIMARY KEY,
    mode TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    namespaces TEXT,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    must_change BIGINT NOT NULL
);

CREATE TABLE session (
    id_hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX session_by_account ON session (account);

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT
);
CREATE INDEX token_by_account ON token (account);

CREATE TABLE trail (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT,
    address TEXT NOT NULL
);
CREATE INDEX trail_by_time ON trail (at, id);

CREATE TABLE dropped (
    what TEXT PRIMARY KEY,
    how_many BIGINT NOT NULL,
    at BIGINT NOT NULL
);
