//! Text that one of the databases would not take: U+0000 is stored as U+FFFD, and asked for so.

use super::{
    contract,
    samples::{
        account, at, container, event, finding, image, manifest, object, pod, review, session,
        token, trail, vulnerability, workload,
    },
};
use crate::{
    Changed, Decision, EventFilter, FindingFilter, ImageFilter, Mode, ObjectFilter, OnFailure,
    Page, ReviewFilter, Store, StoreError, Updates, VulnerabilityFilter, WorkloadFilter,
    rows::{
        Account, Cluster, Container, Event, Finding, Image, Manifest, Object, Pod, Review,
        RuleMode, Trail, Vulnerability, Workload,
    },
};

contract! {
    nul_is_stored_as_the_replacement_character
    what_is_said_again_with_nul_is_the_same
    a_question_with_nul_is_answered
    what_is_refused_is_alone
}

const SAID: &str = "ngi\0nx";
const KEPT: &str = "ngi\u{fffd}nx";

async fn nul_is_stored_as_the_replacement_character(store: Store) {
    let said = || SAID.to_owned();
    let web = Workload { name: said(), score_why: said(), ..workload("shop", "web", 1) };
    let web = Workload { labels: [(said(), said())].into(), ..web };
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    let found = store.workload(&web.id).await.unwrap().unwrap();
    assert_eq!((&*found.name, &*found.score_why), (KEPT, KEPT));
    let documents = Manifest { drift: Some(said()), ..manifest(&web.id) };
    store.put_manifests(&[documents]).await.unwrap();
    let found = store.manifest(&web.id).await.unwrap().unwrap();
    assert_eq!(found.drift.as_deref(), Some(KEPT));
    store.put_pods(&[Pod { name: said(), ..pod("1", &web.id) }]).await.unwrap();
    assert_eq!(store.pods(&web.id).await.unwrap()[0].name, KEPT);
    let one = Image { name: said(), why: Some(said()), ..image("x", 1) };
    store.put_images(std::slice::from_ref(&one)).await.unwrap();
    let found = store.image(&one.id).await.unwrap().unwrap();
    assert_eq!((&*found.name, found.why.as_deref()), (KEPT, Some(KEPT)));
    let hole = Vulnerability { path: said(), ..vulnerability(&one.id, "CVE-1", SAID) };
    store.put_vulnerabilities(&one.id, &[hole]).await.unwrap();
    let listed = store.vulnerabilities(&VulnerabilityFilter::default(), &Page::default()).await;
    assert_eq!(listed.unwrap().items[0].package, KEPT);
    store.put_objects(&[Object { name: said(), ..object("Node", "n") }]).await.unwrap();
    let listed = store.objects(&ObjectFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed.items[0].name, KEPT);
    let of_nul =
        Review { user_name: said(), messages: vec![said()], ..review(1, Decision::Denied) };
    store.put_reviews(&[of_nul]).await.unwrap();
    let listed = store.reviews(&ReviewFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed.items[0].user_name, KEPT);
    store.put_events(&[Event { agent: said(), ..event(1) }]).await.unwrap();
    let listed = store.events(&EventFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed.items[0].agent, KEPT);
    store.put_trail(&[Trail { detail: Some(said()), ..trail(1) }]).await.unwrap();
    let listed = store.trail(None, &Page::default()).await.unwrap();
    assert_eq!(listed.items[0].detail.as_deref(), Some(KEPT));
    store.create_account(&Account { name: said(), ..account("x") }).await.unwrap();
    assert_eq!(store.accounts().await.unwrap()[0].name, KEPT);
    let cluster = Cluster { name: said(), ..super::samples::cluster() };
    store.put_cluster(&cluster).await.unwrap();
    assert_eq!(store.clusters().await.unwrap()[0].name, KEPT);
}

/// What is compared with what is stored is compared as it is stored.
async fn what_is_said_again_with_nul_is_the_same(store: Store) {
    let web = workload("shop", "web", 1);
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    let nul = Container { image_ref: SAID.to_owned(), ..container("c", None) };
    for seconds in [1, 2, 3] {
        store.put_containers(&web.id, std::slice::from_ref(&nul), at(seconds)).await.unwrap();
    }
    let found = store.containers(&web.id, None).await.unwrap();
    assert_eq!((found.len(), &*found[0].image_ref, found[0].first_seen), (1, KEPT, at(1)));
    let history = store.workload_history(&web.id, &Page::default()).await.unwrap();
    assert_eq!(history.total, 2, "seen, and an image: {history:?}");
    let text = || SAID.to_owned();
    let nul = Finding { message: text(), rule: text(), ..finding(&web.id, "K1", "a\0b", 90) };
    store.put_findings(&web.id, std::slice::from_ref(&nul), at(1)).await.unwrap();
    let again = store.put_findings(&web.id, &[nul], at(2)).await.unwrap();
    assert_eq!(again, Changed::default());
    assert_eq!(store.severities(None).await.unwrap().high, 1);
    store.put_findings(&web.id, &[], at(3)).await.unwrap();
    assert_eq!(store.severities(None).await.unwrap().high, 0);
}

async fn a_question_with_nul_is_answered(store: Store) {
    let said = || Some(SAID.to_owned());
    let web = Workload { kind: SAID.to_owned(), ..workload("shop", "web", 1) };
    store.put_workloads(&[web]).await.unwrap();
    let filter = WorkloadFilter { kind: said(), ..Default::default() };
    assert_eq!(
        store.workloads(&filter, &Page::default()).await.unwrap().total,
        1,
        "asked as it was said"
    );
    let filter = WorkloadFilter {
        cluster: said(),
        namespaces: Some(vec![SAID.to_owned()]),
        image: said(),
        text: said(),
        ..Default::default()
    };
    assert_eq!(store.workloads(&filter, &Page::default()).await.unwrap().total, 0);
    let filter = FindingFilter {
        subject: said(),
        rule: said(),
        namespaces: Some(vec![SAID.to_owned()]),
        ..Default::default()
    };
    assert_eq!(store.findings(&filter, &Page::default()).await.unwrap().total, 0);
    let filter = FindingFilter { text: said(), ..Default::default() };
    assert_eq!(store.findings(&filter, &Page::default()).await.unwrap().total, 0);
    let filter = ImageFilter { name: said(), digest: said(), text: said(), ..Default::default() };
    assert_eq!(store.images(&filter, &Page::default()).await.unwrap().total, 0);
    let filter = ImageFilter { namespaces: Some(vec![SAID.to_owned()]), ..Default::default() };
    assert_eq!(store.images(&filter, &Page::default()).await.unwrap().total, 0);
    let filter = VulnerabilityFilter { image: said(), id: said(), ..Default::default() };
    assert_eq!(store.vulnerabilities(&filter, &Page::default()).await.unwrap().total, 0);
    let filter = ObjectFilter { kind: said(), text: said(), ..Default::default() };
    assert_eq!(store.objects(&filter, &Page::default()).await.unwrap().total, 0);
    let filter = ReviewFilter { user: said(), text: said(), ..Default::default() };
    assert_eq!(store.reviews(&filter, &Page::default()).await.unwrap().total, 0);
    let filter = EventFilter { verb: said(), user: said(), ..Default::default() };
    assert_eq!(store.events(&filter, &Page::default()).await.unwrap().total, 0);
    assert_eq!(store.trail(Some(SAID), &Page::default()).await.unwrap().total, 0);
    assert_eq!(store.workload(SAID).await.unwrap(), None);
    assert_eq!(store.finding(SAID).await.unwrap(), None);
    assert_eq!(store.image(SAID).await.unwrap(), None);
    assert_eq!(store.account_named(SAID).await.unwrap(), None);
    assert_eq!(store.session(SAID).await.unwrap(), None);
    assert_eq!(store.token(SAID).await.unwrap(), None);
    assert!(!store.delete_token(SAID).await.unwrap());
    let mode = RuleMode {
        rule: SAID.to_owned(),
        mode: Mode::Warn,
        on_failure: OnFailure::Ignore,
        updates: Updates::Lenient,
        by_name: SAID.to_owned(),
        at: at(1),
    };
    store.set_mode(&mode).await.unwrap();
    assert_eq!(store.modes().await.unwrap()[0].rule, KEPT);
    store.create_account(&account("x")).await.unwrap();
    store.create_session(&session("a-x")).await.unwrap();
    store.create_token(&token("a-x")).await.unwrap();
}

/// Whatever one of them does not take, the others are written and it is told.
async fn what_is_refused_is_alone(store: Store) {
    // Longer than an entry of PostgreSQL's index may be, and nothing that it could compress.
    let noise: String = (0_u64..2_000).map(|n| crate::rows::id(&[&n.to_string()])).collect();
    let long = |name: &str| Container { image_ref: noise.clone(), ..container(name, None) };
    let all: Vec<(String, Vec<Container>)> = (0..9)
        .map(|n| {
            let one = if n % 4 == 3 { long("c") } else { container("c", None) };
            (format!("w{n}"), vec![one])
        })
        .collect();
    let write = |some| store.put_all_containers(some, at(1));
    let refused = crate::by_halves(&all, write).await.unwrap();
    let is_refused = |id: &str| refused.iter().any(|((own, _), _)| own == id);
    for (workload, _) in &all {
        let found = store.containers(workload, None).await.unwrap();
        assert_eq!(found.len(), usize::from(!is_refused(workload)), "{workload}");
    }
    // SQLite takes them all.
    let is_postgres = matches!(store.engine, crate::engine::Engine::Postgres(_));
    assert_eq!(refused.len(), if is_postgres { 2 } else { 0 }, "{refused:?}");
    assert!(refused.iter().all(|(_, error)| !error.passes()), "{refused:?}");
    let nothing: &[(String, Vec<Container>)] = &[];
    assert_eq!(
        crate::by_halves(nothing, |some| store.put_all_containers(some, at(1)))
            .await
            .unwrap()
            .len(),
        0
    );
}

#[tokio::test]
async fn only_what_passes_is_an_error() {
    let asked = std::cell::RefCell::new(Vec::new());
    let write = async |some: &[u8]| {
        asked.borrow_mut().push(some.to_vec());
        match some {
            _ if some.contains(&9) => Err(StoreError::Unavailable("away".to_owned())),
            _ if some.contains(&3) => Err(StoreError::Conflict("three".to_owned())),
            _ => Ok(()),
        }
    };
    let refused = crate::by_halves(&[1, 2, 3, 4, 5], &write).await.unwrap();
    assert_eq!(refused, [(&3, StoreError::Conflict("three".to_owned()))]);
    let tried: Vec<Vec<u8>> =
        [&[1, 2, 3, 4, 5][..], &[1, 2], &[3, 4, 5], &[3], &[4, 5]].map(<[u8]>::to_vec).into();
    assert_eq!(asked.take(), tried);
    let away = crate::by_halves(&[1, 3, 9], write).await.unwrap_err();
    assert!(away.passes());
}
