//! What any page of a large store costs: fills a store through its own interface, then asks what
//! the console asks, the rare and the awkward included.

use cofferdam_model::Severity;
use cofferdam_store::{
    ContainerKind, Cursor, Decision, Exposure, FindingFilter, FindingSort, ImageFilter, ImageState,
    Outcome, Page, PastFilter, PastSort, ReviewFilter, Store, SubjectKind, VulnerabilityFilter,
    WorkloadFilter, WorkloadSort,
    rows::{self, Container, Finding, Image, Review, Vulnerability, Workload},
};
use jiff::Timestamp;
use nix::time::{ClockId, clock_gettime};
use std::{collections::BTreeMap, time::Instant};

/// Workloads of the store that the promise is about.
pub(crate) const WORKLOADS: u32 = 10_000;
/// Findings in it.
pub(crate) const FINDINGS: u32 = 1_000_000;
/// Images.
const IMAGES: u32 = 2_000;
/// Vulnerabilities of an image.
const VULNERABILITIES: u32 = 200;
/// Reviews of admission.
const REVIEWS: u32 = 100_000;
/// Namespaces.
pub(crate) const NAMESPACES: u32 = 200;
/// Rules that fail.
const RULES: u32 = 60;
/// Workloads written in one transaction.
const BATCH: u32 = 100;

type Outcomes = Result<(), String>;

/// Fills the store at this address if it is empty, and measures each question so many times.
pub(crate) fn run(url: &str, rounds: &str) -> Outcomes {
    let rounds: usize = rounds.parse().map_err(|_| "how many rounds?")?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let store = Store::open(url).await.map_err(|error| error.to_string())?;
        let slow = measure(&store, rounds).await.map_err(|error| error.to_string())?;
        if slow.is_empty() { Ok(()) } else { Err(slow.join(", ")) }
    })
}

/// The time of whoever asks: after all that was filled in.
pub(crate) fn now() -> Timestamp {
    at(REVIEWS)
}

pub(crate) fn at(seconds: u32) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + i64::from(seconds)).unwrap_or_default()
}

/// Spreads numbers, the same way every time.
fn mix(number: u32) -> u32 {
    let mut mixed = u64::from(number).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    u32::try_from(mixed >> 40).unwrap_or_default()
}

fn percent(number: u32) -> u8 {
    u8::try_from(number % 101).unwrap_or_default()
}

fn severity(score: u8) -> Severity {
    Severity::from_score_tenths(score)
}

pub(crate) fn workload(number: u32) -> Workload {
    let namespace = format!("team-{:03}", number % NAMESPACES);
    let name = format!("service-{number:05}");
    let score = percent(mix(number));
    Workload {
        id: rows::id(&["bench", "Deployment", &namespace, &name]),
        cluster: "bench".into(),
        api_version: "apps/v1".into(),
        kind: if number.is_multiple_of(7) { "StatefulSet" } else { "Deployment" }.into(),
        namespace,
        name,
        replicas: 3,
        ready: 3,
        service_account: "default".into(),
        exposure: if number.is_multiple_of(20) { Exposure::Internet } else { Exposure::Cluster },
        privileged: number.is_multiple_of(50),
        labels: BTreeMap::from([("app".to_owned(), format!("service-{number}"))]),
        score,
        score_why: "an exploited vulnerability in a workload that the internet reaches".into(),
        critical: u32::from(score > 90),
        high: 3,
        medium: 9,
        low: 20,
        unknown: 0,
        images: 1,
        first_seen: at(number),
        last_seen: at(number),
        gone_at: None,
    }
}

pub(crate) fn finding(workload: &Workload, number: u32) -> Finding {
    let mixed = mix(number);
    let rule = mixed % RULES;
    // A rule's findings have much the same score, as they do in truth.
    let score = percent(rule * 100 / RULES + mixed / 64 % 5);
    let about = format!("container app-{number}");
    Finding {
        id: rows::id(&[&workload.id, "CFD", &about]),
        cluster: "bench".into(),
        subject_kind: if number.is_multiple_of(4000) {
            SubjectKind::Object
        } else {
            SubjectKind::Workload
        },
        subject: workload.id.clone(),
        subject_title: format!("{} {}/{}", workload.kind, workload.namespace, workload.name),
        namespace: Some(workload.namespace.clone()),
        rule: format!("CFD-K{rule:03}"),
        title: format!("Rule {rule}: a container does what it need not"),
        severity: severity(score),
        outcome: if number.is_multiple_of(5000) { Outcome::Excepted } else { Outcome::Fail },
        message: "The container may write to its own file system, and so may an intruder".into(),
        about,
        score,
        score_why: "the internet reaches it".into(),
        pointer: Some("/spec/template/spec/containers/0".into()),
        remediation: "Set securityContext.readOnlyRootFilesystem to true".into(),
        patch: Some(r#"[{"op":"add","path":"/spec/x","value":true}]"#.into()),
        explanation: Some(
            r#"{"clause":"object.spec.x == true","inputs":[{"path":"spec.x"}]}"#.into(),
        ),
        exception: None,
        first_seen: at(0),
        since: at(0),
        last_seen: at(0),
        gone_at: None,
        superseded: false,
    }
}

pub(crate) fn image(number: u32) -> Image {
    let name = format!("registry.example/team/service-{number:04}");
    Image {
        id: rows::id(&[&name, "sha256", "linux/amd64"]),
        name,
        tag: Some("1.0".into()),
        digest: format!("sha256:{number:064x}"),
        platform: "linux/amd64".into(),
        state: ImageState::Scanned,
        why: None,
        scanned_at: Some(at(number)),
        judged_at: Some(at(number)),
        size: 1 << 28,
        distribution: Some("Debian 12".into()),
        packages: 300,
        critical: 2,
        high: 20,
        medium: 100,
        low: 78,
        unknown: 0,
        secrets: 0,
        exploited: 1,
        score: percent(mix(number)),
    }
}

pub(crate) fn vulnerability(image: &Image, number: u32) -> Vulnerability {
    let mixed = mix(number);
    let score = percent(mixed);
    Vulnerability {
        image: image.id.clone(),
        id: format!("CVE-2026-{:05}", mixed % 40_000),
        aliases: Vec::new(),
        package: format!("lib{}", mixed % 120),
        version: format!("1.{}", number % VULNERABILITIES),
        purl: "pkg:deb/debian/lib@1".into(),
        path: "var/lib/dpkg/status".into(),
        layer: Some("sha256:1".into()),
        severity: Some(severity(score)),
        score,
        epss: Some(0.01),
        exploited: mixed.is_multiple_of(500),
        fixed: (!mixed.is_multiple_of(3)).then(|| "2.0".to_owned()),
        fixable: !mixed.is_multiple_of(3),
        title: "A buffer may be read beyond its end".into(),
    }
}

pub(crate) fn review(number: u32) -> Review {
    Review {
        id: format!("review-{number}"),
        at: at(number),
        user_name: format!("person-{}", number % 50),
        groups: Vec::new(),
        operation: "CREATE".into(),
        resource: "v1/pods".into(),
        namespace: Some(format!("team-{:03}", number % NAMESPACES)),
        name: format!("pod-{number}"),
        decision: if number.is_multiple_of(3000) { Decision::Denied } else { Decision::Allowed },
        messages: Vec::new(),
        digest: "digest".into(),
        micros: 700,
    }
}

async fn fill(store: &Store) -> cofferdam_store::Result<()> {
    let begin = Instant::now();
    let per_workload = FINDINGS / WORKLOADS;
    for batch in 0..WORKLOADS / BATCH {
        let workloads: Vec<Workload> = (batch * BATCH..(batch + 1) * BATCH).map(workload).collect();
        store.put_workloads(&workloads).await?;
        let findings: Vec<(String, Vec<Finding>)> = workloads
            .iter()
            .zip(batch * BATCH..)
            .map(|(workload, number)| {
                let numbers = number * per_workload..(number + 1) * per_workload;
                (workload.id.clone(), numbers.map(|n| finding(workload, n)).collect())
            })
            .collect();
        store.put_all_findings(&findings, at(batch)).await?;
        let containers: Vec<(String, Vec<Container>)> = workloads
            .iter()
            .zip(batch * BATCH..)
            .map(|(workload, number)| (workload.id.clone(), vec![container(number)]))
            .collect();
        store.put_all_containers(&containers, at(batch)).await?;
    }
    println!("{FINDINGS} findings of {WORKLOADS} workloads written in {:?}", begin.elapsed());
    let begin = Instant::now();
    for number in 0..IMAGES {
        let image = image(number);
        let numbers = number * VULNERABILITIES..(number + 1) * VULNERABILITIES;
        let found: Vec<Vulnerability> = numbers.map(|n| vulnerability(&image, n)).collect();
        store.put_images(std::slice::from_ref(&image)).await?;
        store.put_vulnerabilities(&image.id, &found).await?;
    }
    println!("{} vulnerabilities written in {:?}", IMAGES * VULNERABILITIES, begin.elapsed());
    for batch in 0..REVIEWS / 1000 {
        let reviews: Vec<Review> = (batch * 1000..(batch + 1) * 1000).map(review).collect();
        store.put_reviews(&reviews).await?;
    }
    // A tenth is repaired, so that there is a past.
    for number in (0..WORKLOADS).step_by(10) {
        store.put_findings(&workload(number).id, &[], at(5000)).await?;
    }
    Ok(())
}

fn container(number: u32) -> Container {
    Container {
        workload: String::new(),
        kind: ContainerKind::Container,
        name: "app".into(),
        image_ref: "service:1.0".into(),
        image: Some(image(number % IMAGES).id),
        first_seen: at(0),
        gone_at: None,
    }
}

/// What SPECIFICATION.md promises of any page.
pub(crate) const P95_MILLISECONDS_MAX: f64 = 300.0;

/// What was asked: the time of each answer, and the questions that took too long.
#[derive(Default)]
struct Asked {
    times: Vec<f64>,
    slow: Vec<String>,
}

/// What this process had of the processors: what an answer takes on a machine that is quiet.
fn cpu_milliseconds() -> f64 {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)
        .map_or(f64::NAN, |time| time.tv_sec() as f64 * 1e3 + time.tv_nsec() as f64 / 1e6)
}

/// Times of one question in milliseconds.
struct Times(Vec<f64>);

impl Times {
    fn at(&self, share: usize) -> f64 {
        let place = (self.0.len() * share / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).copied().unwrap_or_default()
    }
}

/// Asks one question several times and says what it cost.
macro_rules! ask {
    ($all:expr, $rounds:expr, $name:expr, $question:expr) => {{
        let (mut times, mut cpu) = (Vec::new(), Vec::new());
        let mut found = 0;
        for _ in 0..$rounds {
            let (begin, before) = (Instant::now(), cpu_milliseconds());
            found = $question;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
            cpu.push(cpu_milliseconds() - before);
        }
        cpu.sort_by(f64::total_cmp);
        let cpu = Times(cpu);
        $all.times.extend(times.iter().copied());
        times.sort_by(f64::total_cmp);
        let times = Times(times);
        let name = $name;
        if times.at(95) > P95_MILLISECONDS_MAX {
            $all.slow.push(format!("{name}: {:.0} ms", times.at(95)));
        }
        println!(
            "{name:<65} {found:>8} {:>9.2} {:>9.2} {:>9.2} {:>9.2}",
            times.at(50),
            times.at(95),
            times.at(100),
            cpu.at(95)
        );
    }};
}

/// Gives the questions that took longer than is promised.
async fn measure(store: &Store, rounds: usize) -> cofferdam_store::Result<Vec<String>> {
    let some = store.findings(&FindingFilter::default(), &Page::default()).await?;
    if some.total == 0 {
        fill(store).await?;
    }
    println!(
        "{:<65} {:>8} {:>9} {:>9} {:>9} {:>9}",
        "", "rows", "p50 ms", "p95 ms", "worst ms", "p95 CPU"
    );
    let mut all = Asked::default();
    findings(store, rounds, &mut all).await?;
    lists(store, rounds, &mut all).await?;
    overview(store, rounds, &mut all).await?;
    let Asked { mut times, slow } = all;
    times.sort_by(f64::total_cmp);
    let all = Times(times);
    println!(
        "all: p50 {:.2} ms, p95 {:.2} ms, worst {:.2} ms",
        all.at(50),
        all.at(95),
        all.at(100)
    );
    Ok(slow)
}

/// What is asked of findings that are open.
fn of_now() -> Vec<(&'static str, FindingFilter)> {
    let filter = FindingFilter::default;
    vec![
        ("all", filter()),
        ("low", FindingFilter { severity: Some(Severity::Low), ..filter() }),
        ("critical", FindingFilter { severity: Some(Severity::Critical), ..filter() }),
        ("excepted (1 in 5,000)", FindingFilter { outcome: Some(Outcome::Excepted), ..filter() }),
        ("one rule", FindingFilter { rule: Some("CFD-K003".into()), ..filter() }),
        (
            "of objects (1 in 4,000)",
            FindingFilter { subject_kind: Some(SubjectKind::Object), ..filter() },
        ),
        ("one namespace", FindingFilter { namespaces: Some(vec!["team-007".into()]), ..filter() }),
        (
            "one namespace, one rule, critical (none)",
            FindingFilter {
                namespaces: Some(vec!["team-007".into()]),
                rule: Some("CFD-K003".into()),
                severity: Some(Severity::Critical),
                ..filter()
            },
        ),
        ("one workload", FindingFilter { subject: Some(workload(4711).id), ..filter() }),
        ("text of one workload", FindingFilter { text: Some("service-04711".into()), ..filter() }),
        ("text of every workload", FindingFilter { text: Some("service".into()), ..filter() }),
        ("text of one rule", FindingFilter { text: Some("rule 3:".into()), ..filter() }),
        ("text of nothing", FindingFilter { text: Some("no such thing".into()), ..filter() }),
        (
            "two namespaces, critical",
            FindingFilter {
                namespaces: Some(vec!["team-007".into(), "team-008".into()]),
                severity: Some(Severity::Critical),
                ..filter()
            },
        ),
    ]
}

/// What is asked of findings that were open then.
fn of_then() -> Vec<(&'static str, FindingFilter)> {
    let filter = FindingFilter::default;
    vec![
        ("as of a past time", FindingFilter { at: Some(at(4000)), ..filter() }),
        (
            "as of a past time, one rule",
            FindingFilter { at: Some(at(4000)), rule: Some("CFD-K003".into()), ..filter() },
        ),
        (
            "as of a past time, low",
            FindingFilter { at: Some(at(4000)), severity: Some(Severity::Low), ..filter() },
        ),
        (
            "as of a past time, text of one workload",
            FindingFilter { at: Some(at(4000)), text: Some("service-04711".into()), ..filter() },
        ),
        (
            "as of a past time, one namespace",
            FindingFilter {
                at: Some(at(4000)),
                namespaces: Some(vec!["team-007".into()]),
                ..filter()
            },
        ),
    ]
}

async fn findings(store: &Store, rounds: usize, all: &mut Asked) -> cofferdam_store::Result<()> {
    let filter = FindingFilter::default;
    for (name, filter) in of_now().iter().chain(&of_then()) {
        for sort in FindingSort::ALL.iter().copied() {
            let page = Page { sort, ..Page::default() };
            let title = format!("findings: {name}, by {}", sort.as_str());
            ask!(all, rounds, title, store.findings(filter, &page).await?.total);
        }
    }
    let mut page = Page { limit: 500, ..Page::default() };
    ask!(all, rounds, "findings: 500 at once", store.findings(&filter(), &page).await?.items.len());
    for _ in 0..200 {
        page.after = store.findings(&filter(), &page).await?.next;
    }
    page.after = page.after.and_then(|cursor| Cursor::parse(&cursor.text()));
    ask!(
        all,
        rounds,
        "findings: page 201 of 500",
        store.findings(&filter(), &page).await?.items.len()
    );
    Ok(())
}

async fn lists(store: &Store, rounds: usize, all: &mut Asked) -> cofferdam_store::Result<()> {
    let filter = WorkloadFilter::default;
    let filters: Vec<(&str, WorkloadFilter)> = vec![
        ("all", filter()),
        ("one namespace", WorkloadFilter { namespaces: Some(vec!["team-007".into()]), ..filter() }),
        ("critical", WorkloadFilter { severity: Some(Severity::Critical), ..filter() }),
        ("internet", WorkloadFilter { exposure: Some(Exposure::Internet), ..filter() }),
        ("of one image", WorkloadFilter { image: Some(image(7).id), ..filter() }),
        ("text of one", WorkloadFilter { text: Some("service-04711".into()), ..filter() }),
    ];
    for (name, filter) in &filters {
        for sort in [WorkloadSort::Score, WorkloadSort::Name] {
            let page = Page { sort, ..Page::default() };
            let title = format!("workloads: {name}, by {}", sort.as_str());
            ask!(all, rounds, title, store.workloads(filter, &page).await?.total);
        }
    }
    let past = PastFilter { at: at(4000), ..PastFilter::default() };
    for limit in [50, 500] {
        let page: Page<PastSort> = Page { limit, descending: false, ..Page::default() };
        let title = format!("workloads: as of a past time, {limit} at once");
        ask!(all, rounds, title, store.past_workloads(&past, &page).await?.total);
    }
    let images = ImageFilter::default();
    ask!(all, rounds, "images", store.images(&images, &Page::default()).await?.total);
    let images = ImageFilter { namespaces: Some(vec!["team-007".into()]), ..images };
    ask!(
        all,
        rounds,
        "images: one namespace",
        store.images(&images, &Page::default()).await?.total
    );
    let of = VulnerabilityFilter { image: Some(image(7).id), ..VulnerabilityFilter::default() };
    ask!(
        all,
        rounds,
        "vulnerabilities: one image",
        store.vulnerabilities(&of, &Page::default()).await?.total
    );
    let reviews = ReviewFilter::default();
    ask!(all, rounds, "reviews", store.reviews(&reviews, &Page::default()).await?.total);
    let reviews = ReviewFilter { decision: Some(Decision::Denied), ..reviews };
    ask!(all, rounds, "reviews: denied", store.reviews(&reviews, &Page::default()).await?.total);
    let reviews = ReviewFilter { text: Some("pod-4711".into()), ..ReviewFilter::default() };
    ask!(
        all,
        rounds,
        "reviews: text of few",
        store.reviews(&reviews, &Page::default()).await?.total
    );
    let one = workload(4711).id;
    ask!(
        all,
        rounds,
        "history of a workload",
        store.workload_history(&one, &Page::default()).await?.total
    );
    Ok(())
}

async fn overview(store: &Store, rounds: usize, all: &mut Asked) -> cofferdam_store::Result<()> {
    ask!(all, rounds, "overview: severities", store.severities(None).await?.high);
    ask!(all, rounds, "overview: workloads", store.workload_totals(None).await?.total);
    ask!(all, rounds, "overview: images", store.image_totals().await?.len());
    ask!(all, rounds, "overview: reviews", store.review_totals(at(0), 24).await?.hours.len());
    ask!(all, rounds, "policies: failing", store.failing_rules(None).await?.len());
    let own = ["team-007".to_owned()];
    ask!(
        all,
        rounds,
        "policies: failing, one namespace",
        store.failing_rules(Some(&own)).await?.len()
    );
    Ok(())
}
