//! What is tried, asked for and judged again.

use super::{
    clock, excusing,
    faults::{REFUSING, meddle},
    key, seen, shop, started, started_by, store, until, workloads,
};
use crate::{
    Handle,
    audit::{self, Audit, Everything, Writes},
    controller::{
        Rules,
        aside::Aside,
        judge::{Judge, Judged},
        keeper::{self, Trouble, Work},
        writer::Writer,
    },
    inventory::testing::object,
};
use cofferdam_bus::Bus;
use cofferdam_model::{Change, ClusterIdentity};
use cofferdam_policy::Bundle;
use cofferdam_store::{ContainerKind, ImageState, ObjectFilter, Page, rows};
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::{mpsc, watch};

fn built_in() -> Rules {
    Rules { bundle: Arc::new(Bundle::built_in().unwrap()), advisories: None, is_whole: true }
}

/// As every hour while something is refused, and whenever a replica begins to lead.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_tried_again_and_only_who_leads_tells_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    meddle(folder.path(), REFUSING);
    meddle(
        folder.path(),
        "CREATE TRIGGER refuse_4 BEFORE INSERT ON object WHEN NEW.kind = 'Node'
            BEGIN SELECT RAISE(ABORT, 'it has no such letter'); END;",
    );
    let (lead, leads) = watch::channel(true);
    let (handle, _rules) = started_by(&store, &shop(&["web", "bad"]), leads).await;
    let count = || handle.state().refused.map(|refused| refused.count);
    until(&handle, &store, async |_| count() == Some(4)).await;
    lead.send_replace(false);
    until(&handle, &store, async |_| !handle.state().leads && count().is_none()).await;
    for number in 1..=4 {
        meddle(folder.path(), &format!("DROP TRIGGER refuse_{number};"));
    }
    lead.send_replace(true);
    until(&handle, &store, async |store| {
        let nodes = ObjectFilter { kind: Some("Node".to_owned()), ..ObjectFilter::default() };
        let nodes = store.objects(&nodes, &Page::default()).await.unwrap().items;
        let found = workloads(store).await;
        let is_judged = found.iter().all(|one| one.critical > 0);
        nodes.len() == 1 && found.len() == 2 && is_judged && handle.state().leads
    })
    .await;
    until(&handle, &store, async |_| count().is_none()).await;
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_aside_stays_until_it_is_written_or_all_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    meddle(
        folder.path(),
        "CREATE TRIGGER refuse_1 BEFORE INSERT ON manifest
            BEGIN SELECT RAISE(ABORT, 'it has no such letter'); END;
        CREATE TRIGGER refuse_2 BEFORE INSERT ON image
            BEGIN SELECT RAISE(ABORT, 'it has no such letter'); END;
        CREATE TRIGGER refuse_3 BEFORE INSERT ON cluster
            BEGIN SELECT RAISE(ABORT, 'it has no such letter'); END;",
    );
    let identity = ClusterIdentity {
        id: "c".to_owned(),
        name: "sample".to_owned(),
        version: "v1.34.4".to_owned(),
        server: String::new(),
    };
    let mut audit = Audit::new(identity);
    for value in shop(&["web"]) {
        audit.apply(Change::Put(object(&value)), clock());
    }
    audit.apply(Change::Synced, clock());
    let first = keeper::step(&mut audit, &built_in(), None, clock());
    let row = first.workloads[0].workload.clone();
    let mut unchanged = first.workloads.clone();
    unchanged[0].manifest = None;
    let cluster = rows::Cluster {
        id: "c".to_owned(),
        name: "sample".to_owned(),
        version: String::new(),
        server: String::new(),
        synced_at: None,
        lost: Vec::new(),
    };
    let work = |writes| Work { writes, cluster: cluster.clone() };
    let mut writer = Writer {
        store: store.clone(),
        bus: Bus::open("memory:").await.unwrap(),
        judge: mpsc::channel(1).0,
        trouble: watch::channel(Trouble::default()).0,
        aside: Aside::default(),
    };
    let count = |writer: &Writer| writer.aside.summary().map_or(0, |refused| refused.count);
    let mut last = None;
    writer.write(&work(first), &mut last).await.unwrap();
    assert_eq!(count(&writer), 3, "{:?}", writer.aside);
    // The workload is written again, without the manifest: that is still refused.
    let some = Writes { at: clock(), workloads: unchanged, ..Writes::default() };
    writer.write(&work(some), &mut last).await.unwrap();
    assert_eq!(count(&writer), 3, "{:?}", writer.aside);
    // All is written again, among which there is neither the manifest nor the image any more.
    meddle(folder.path(), "DROP TRIGGER refuse_3;");
    let of_row = BTreeSet::from([row.id]).into_iter().collect();
    let everything = Some(Everything { workloads: of_row, ..Everything::default() });
    let all = Writes { at: clock(), everything, ..Writes::default() };
    writer.write(&work(all), &mut last).await.unwrap();
    assert_eq!(count(&writer), 0, "{:?}", writer.aside);
    assert_eq!(store.clusters().await.unwrap().len(), 1, "it is written, too");
    // What nobody can see now has not gone for that.
    let ended = async |missing: &[&str]| {
        let missing = missing.iter().map(|kind| (*kind).to_owned()).collect();
        let everything = Everything { missing, ..Everything::default() };
        writer.end_others(&cluster.id, &everything, clock()).await.unwrap();
        workloads(&store).await.len()
    };
    let there = workloads(&store).await.len();
    assert!(there > 0);
    assert_eq!(ended(&["Deployment", "Pod"]).await, there);
    assert_eq!(ended(&["NetworkPolicy"]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_answers_when_it_knows_the_images_that_were_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let knows_image =
        |handle: &Handle| handle.assessed().read().unwrap().inherited.contains_key(&key().id());
    // Nobody has looked into it, and a door may be needed until somebody does.
    let (handle, _rules) = started(&store, &shop(&["web"])).await;
    until(&handle, &store, async |_| handle.state().can_review()).await;
    until(&handle, &store, async |_| knows_image(&handle) && handle.state().is_idle).await;
    handle.shutdown().await;
    let leads = watch::channel(false).1;
    let (handle, _rules) = started_by(&store, &shop(&["web"]), leads).await;
    until(&handle, &store, async |_| handle.state().can_review()).await;
    assert!(knows_image(&handle), "{:?}", handle.state());
    handle.shutdown().await;
}

/// A replica of another version may not read what the one that leads has judged.
#[tokio::test(flavor = "multi_thread")]
async fn only_who_leads_writes_that_an_image_could_not_be_judged() {
    for leads in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let id = key().id();
        let image = audit::image(&key(), "shop/web:1");
        store.put_images(&[rows::Image { state: ImageState::Scanned, ..image }]).await.unwrap();
        store.put_report(&id, b"no report".to_vec()).await.unwrap();
        let rules = watch::channel(built_in()).1;
        let (judged, mut told) = mpsc::channel(16);
        let (ask, asked) = mpsc::channel(1);
        let (stop, stopped) = watch::channel(false);
        let bus = Bus::open("memory:").await.unwrap();
        let leads_now = watch::channel(leads).1;
        let judge = Judge { store: store.clone(), bus, rules, judged, leads: leads_now, clock };
        let judging = tokio::spawn(judge.run(asked, stopped));
        // When it is judged the second time, what the first one wrote is written.
        for _ in 0..2 {
            ask.send(id.clone()).await.unwrap();
            let Judged::Failed(_, why) = told.recv().await.unwrap() else { panic!("it is read") };
            assert!(why.contains("cannot be read"), "{why}");
        }
        let known = store.image(&id).await.unwrap().unwrap().state;
        assert_eq!(known, if leads { ImageState::Failed } else { ImageState::Scanned });
        stop.send_replace(true);
        judging.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_nothing_runs_is_not_judged_by_new_rules_and_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let id = key().id();
    let image = audit::image(&key(), "shop/web:1");
    store.put_images(&[rows::Image { state: ImageState::Scanned, ..image }]).await.unwrap();
    store.put_report(&id, seen()).await.unwrap();
    let (give, rules) = watch::channel(built_in());
    let (judged, mut told) = mpsc::channel(16);
    let (ask, asked) = mpsc::channel(1);
    let (stop, stopped) = watch::channel(false);
    let bus = Bus::open("memory:").await.unwrap();
    let leads = watch::channel(true).1;
    let judge = Judge { store: store.clone(), bus, rules, judged, leads, clock };
    let judging = tokio::spawn(judge.run(asked, stopped));
    // It is found by itself, too.
    let mut next = async || match told.recv().await.unwrap() {
        Judged::Verdict(image, inherited) => {
            assert!(!inherited.groups.is_empty(), "{image} has a secret");
            (BTreeSet::from([image]), true)
        }
        Judged::Left(images) => (images, false),
        Judged::Failed(image, why) => panic!("{image}: {why}"),
        Judged::Open(image) => panic!("{image} is known"),
    };
    ask.send(id.clone()).await.unwrap();
    let all = BTreeSet::from([id.clone()]);
    assert_eq!(next().await, (all.clone(), true));
    give.send_replace(excusing("web"));
    let left = loop {
        match next().await {
            (images, false) => break images,
            (images, true) => assert_eq!(images, all),
        }
    };
    assert_eq!(left, all);

    // Somebody runs it again, and asks.
    let container = rows::Container {
        workload: "w".to_owned(),
        kind: ContainerKind::Container,
        name: "web".to_owned(),
        image: Some(id.clone()),
        image_ref: "shop/web:1".to_owned(),
        first_seen: clock(),
        gone_at: None,
    };
    store.put_all_containers(&[("w".to_owned(), vec![container])], clock()).await.unwrap();
    ask.send(id).await.unwrap();
    assert_eq!(next().await, (all.clone(), true));
    // From then on new rules are about it.
    give.send_replace(built_in());
    assert_eq!(next().await, (all, true));
    stop.send_replace(true);
    judging.await.unwrap();
}
