//! Workloads, containers, pods, images, objects, clusters: what is put in comes out.

use super::{
    contract,
    samples::{
        at, cluster, container, finding, image, manifest, object, pod, point, vulnerability,
        workload,
    },
};
use crate::{
    Exposure, ImageFilter, ImageState, ObjectFilter, Page, Store, TimeSort, VulnerabilityFilter,
    WorkloadFilter,
    rows::{Container, Image, Workload},
};
use cofferdam_model::Severity;

contract! {
    what_is_put_in_comes_out
    a_workload_that_comes_back_keeps_its_beginning
    a_container_with_another_image_is_another
    workloads_are_filtered
    images_are_filtered
    an_image_that_nobody_runs_is_known_and_not_listed
    the_history_of_a_workload_tells_what_happened
    a_trend_has_a_point_a_minute
}

async fn what_is_put_in_comes_out(store: Store) {
    let web = workload("shop", "web", 95);
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    assert_eq!(store.workload(&web.id).await.unwrap(), Some(web.clone()));
    let documents = manifest(&web.id);
    store.put_manifests(std::slice::from_ref(&documents)).await.unwrap();
    assert_eq!(store.manifest(&web.id).await.unwrap(), Some(documents));
    store.put_pods(&[pod("1", &web.id), pod("2", &web.id)]).await.unwrap();
    store.gone_pods(&["1".to_owned()], at(9)).await.unwrap();
    assert_eq!(store.pods(&web.id).await.unwrap(), [pod("2", &web.id)]);
    let debian = image("debian", 9);
    store.put_images(std::slice::from_ref(&debian)).await.unwrap();
    assert_eq!(store.image(&debian.id).await.unwrap(), Some(debian.clone()));
    store.put_report(&debian.id, vec![0, 255, 7]).await.unwrap();
    assert_eq!(store.report(&debian.id).await.unwrap(), Some(vec![0, 255, 7]));
    let hole = vulnerability(&debian.id, "CVE-1", "openssl");
    store
        .put_vulnerabilities(&debian.id, &[vulnerability(&debian.id, "CVE-0", "x")])
        .await
        .unwrap();
    store.put_vulnerabilities(&debian.id, std::slice::from_ref(&hole)).await.unwrap();
    let filter = VulnerabilityFilter { image: Some(debian.id.clone()), ..Default::default() };
    assert_eq!(store.vulnerabilities(&filter, &Page::default()).await.unwrap().items, [hole]);
    let node = object("Node", "n1");
    store.put_objects(std::slice::from_ref(&node)).await.unwrap();
    assert_eq!(store.object(&node.id).await.unwrap(), Some(node.clone()));
    store.gone_objects(std::slice::from_ref(&node.id), at(4)).await.unwrap();
    let now = store.objects(&ObjectFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(now.total, 0);
    store.put_cluster(&cluster()).await.unwrap();
    store.put_cluster(&cluster()).await.unwrap();
    assert_eq!(store.clusters().await.unwrap(), [cluster()]);
    store.ping().await.unwrap();
}

async fn a_workload_that_comes_back_keeps_its_beginning(store: Store) {
    let web = workload("shop", "web", 1);
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    store.gone_workloads(std::slice::from_ref(&web.id), at(5)).await.unwrap();
    let again = Workload { first_seen: at(8), last_seen: at(8), score: 2, ..web.clone() };
    store.put_workloads(&[again]).await.unwrap();
    let found = store.workload(&web.id).await.unwrap().unwrap();
    assert_eq!(
        (found.first_seen, found.last_seen, found.gone_at, found.score),
        (at(0), at(8), None, 2)
    );
}

async fn a_container_with_another_image_is_another(store: Store) {
    let images = |containers: Vec<Container>| -> Vec<Option<String>> {
        containers.into_iter().map(|container| container.image).collect()
    };
    store.put_containers("w", &[container("web", None)], at(1)).await.unwrap();
    store.put_containers("w", &[container("web", Some("i1"))], at(2)).await.unwrap();
    let known = store.containers("w", None).await.unwrap();
    assert_eq!(
        (known.len(), known[0].first_seen, known[0].image.as_deref()),
        (1, at(1), Some("i1"))
    );
    store.put_containers("w", &[container("web", Some("i1"))], at(3)).await.unwrap();
    store.put_containers("w", &[container("web", Some("i2"))], at(4)).await.unwrap();
    assert_eq!(images(store.containers("w", None).await.unwrap()), [Some("i2".to_owned())]);
    assert_eq!(images(store.containers("w", Some(at(3))).await.unwrap()), [Some("i1".to_owned())]);
    store.put_containers("w", &[], at(5)).await.unwrap();
    assert_eq!(store.containers("w", None).await.unwrap(), []);
    assert_eq!(store.containers("w", Some(at(4))).await.unwrap().len(), 1);
}

async fn workloads_are_filtered(store: Store) {
    let web = workload("shop", "web", 95);
    let worker =
        Workload { exposure: Exposure::None, kind: "Job".into(), ..workload("pay", "worker", 5) };
    store.put_workloads(&[web.clone(), worker.clone()]).await.unwrap();
    store.put_containers(&web.id, &[container("c", Some("i"))], at(1)).await.unwrap();
    store.put_vulnerabilities("i", &[vulnerability("i", "CVE-1", "bash")]).await.unwrap();
    let of = |id: &str| Some(id.to_owned());
    let cases: Vec<(WorkloadFilter, &[&str])> = vec![
        (WorkloadFilter { vulnerability: of("CVE-1"), ..Default::default() }, &["web"]),
        (WorkloadFilter { vulnerability: of("CVE-2"), ..Default::default() }, &[]),
        (WorkloadFilter::default(), &["web", "worker"]),
        (WorkloadFilter { kind: Some("Job".into()), ..Default::default() }, &["worker"]),
        (WorkloadFilter { namespaces: Some(vec!["shop".into()]), ..Default::default() }, &["web"]),
        (WorkloadFilter { severity: Some(Severity::Critical), ..Default::default() }, &["web"]),
        (WorkloadFilter { exposure: Some(Exposure::None), ..Default::default() }, &["worker"]),
        (WorkloadFilter { image: Some("i".into()), ..Default::default() }, &["web"]),
        (WorkloadFilter { text: Some("SHO".into()), ..Default::default() }, &["web"]),
        (WorkloadFilter { cluster: Some("d".into()), ..Default::default() }, &[]),
    ];
    for (filter, expected) in cases {
        let listed = store.workloads(&filter, &Page::default()).await.unwrap();
        let names: Vec<&str> = listed.items.iter().map(|workload| workload.name.as_str()).collect();
        assert_eq!(names, expected, "{filter:?}");
    }
}

async fn images_are_filtered(store: Store) {
    let web = workload("shop", "web", 1);
    let (debian, alpine) = (image("debian", 5), Image { critical: 0, ..image("alpine", 3) });
    let worker = workload("pay", "worker", 1);
    store.put_workloads(&[web.clone(), worker.clone()]).await.unwrap();
    store.put_images(&[debian.clone(), alpine.clone()]).await.unwrap();
    store.put_containers(&web.id, &[container("c", Some(&debian.id))], at(1)).await.unwrap();
    store.put_containers(&worker.id, &[container("c", Some(&alpine.id))], at(1)).await.unwrap();
    let found = vulnerability(&alpine.id, "CVE-1", "bash");
    store.put_vulnerabilities(&alpine.id, &[found]).await.unwrap();
    let of = |id: &str| Some(id.to_owned());
    let cases: Vec<(ImageFilter, &[&str])> = vec![
        (ImageFilter { vulnerability: of("CVE-1"), ..Default::default() }, &["alpine"]),
        (ImageFilter { vulnerability: of("CVE-2"), ..Default::default() }, &[]),
        (ImageFilter::default(), &["debian", "alpine"]),
        (ImageFilter { severity: Some(Severity::Critical), ..Default::default() }, &["debian"]),
        (ImageFilter { namespaces: Some(vec!["shop".into()]), ..Default::default() }, &["debian"]),
        (ImageFilter { namespaces: Some(vec![]), ..Default::default() }, &[]),
        (ImageFilter { text: Some("ALP".into()), ..Default::default() }, &["alpine"]),
        (ImageFilter { name: Some("debian".into()), ..Default::default() }, &["debian"]),
        (ImageFilter { digest: Some("sha256:2".into()), ..Default::default() }, &[]),
    ];
    for (filter, expected) in cases {
        let listed = store.images(&filter, &Page::default()).await.unwrap();
        let names: Vec<&str> = listed.items.iter().map(|image| image.name.as_str()).collect();
        assert_eq!(names, expected, "{filter:?}");
    }
    let users = store.image_workloads(&debian.id, None).await.unwrap();
    assert_eq!(users, [(web.id, "Deployment shop/web".to_owned())]);
    let ids = [debian.id.clone(), "nobody".to_owned()];
    let own = |namespace: &str| [namespace.to_owned()];
    let elsewhere = store.image_workloads(&debian.id, Some(&own("pay"))).await.unwrap();
    assert_eq!(elsewhere, []);
    for (namespaces, expected) in [(None, 1), (Some(own("shop")), 1), (Some(own("pay")), 0)] {
        let users = store.workloads_of_images(&ids, namespaces.as_ref().map(|all| &all[..]));
        let users: Vec<u32> = users.await.unwrap().into_iter().map(|(_, count)| count).collect();
        assert_eq!(users.iter().sum::<u32>(), expected);
    }
    assert_eq!(store.workloads_of_images(&[], None).await.unwrap(), []);
    let state = ImageState::Scanned;
    let judged = Image { state, judged_at: Some(at(1)), ..image("judged", 1) };
    let waiting = Image { state: ImageState::Waiting, judged_at: None, ..image("waiting", 1) };
    store.put_images(&[judged, waiting]).await.unwrap();
    let mut ids = [debian.id, alpine.id];
    ids.sort();
    assert_eq!(store.images_unjudged(10).await.unwrap(), ids);
    assert_eq!(store.images_unjudged(1).await.unwrap(), ids[..1]);
}

/// The same is listed and counted for all, and what ran once can still be asked about.
async fn an_image_that_nobody_runs_is_known_and_not_listed(store: Store) {
    let web = workload("shop", "web", 1);
    let (old, new, unused) = (image("old", 5), image("new", 4), image("unused", 3));
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    store.put_images(&[old.clone(), new.clone(), unused.clone()]).await.unwrap();
    let shop = ImageFilter { namespaces: Some(vec!["shop".into()]), ..Default::default() };
    let check = async |expected: &[&str]| {
        for filter in [ImageFilter::default(), shop.clone()] {
            let listed = store.images(&filter, &Page::default()).await.unwrap();
            let names: Vec<&str> = listed.items.iter().map(|image| image.name.as_str()).collect();
            assert_eq!(names, expected, "{filter:?}");
        }
        let counted: u64 = store.image_totals().await.unwrap().into_values().sum();
        assert_eq!(usize::try_from(counted).unwrap(), expected.len());
    };
    check(&[]).await;
    store.put_containers(&web.id, &[container("c", Some(&old.id))], at(1)).await.unwrap();
    check(&["old"]).await;
    store.put_containers(&web.id, &[container("c", Some(&new.id))], at(2)).await.unwrap();
    check(&["new"]).await;
    store.gone_workloads(std::slice::from_ref(&web.id), at(3)).await.unwrap();
    check(&[]).await;
    for image in [old, new.clone(), unused] {
        assert_eq!(store.image(&image.id).await.unwrap(), Some(image));
    }
    let then = store.containers(&web.id, Some(at(2))).await.unwrap();
    assert_eq!(then[0].image.as_ref(), Some(&new.id), "history still tells");
}

async fn the_history_of_a_workload_tells_what_happened(store: Store) {
    let web = workload("shop", "web", 1);
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    store.put_containers(&web.id, &[container("c", Some("i"))], at(1)).await.unwrap();
    store.put_findings(&web.id, &[finding(&web.id, "K1", "", 1)], at(2)).await.unwrap();
    store.put_findings(&web.id, &[], at(3)).await.unwrap();
    store.gone_workloads(std::slice::from_ref(&web.id), at(4)).await.unwrap();
    let page = Page { limit: 4, sort: TimeSort::At, descending: false, after: None };
    let first = store.workload_history(&web.id, &page).await.unwrap();
    let rest = Page { after: first.next.clone(), ..page };
    let second = store.workload_history(&web.id, &rest).await.unwrap();
    let told: Vec<(&str, &str)> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|happened| (happened.what.as_str(), happened.detail.as_str()))
        .collect();
    let expected = [
        ("seen", ""),
        ("image", "c shop/web:1"),
        ("opened", "K1 Runs as root"),
        ("closed", "K1 Runs as root"),
        ("gone", ""),
        ("image-gone", "c shop/web:1"),
    ];
    assert_eq!((told.as_slice(), first.total, second.next), (expected.as_slice(), 6, None));
}

async fn a_trend_has_a_point_a_minute(store: Store) {
    // The tests' time begins 26 minutes and 40 seconds after a full hour.
    for (seconds, high) in [(0, 1), (10, 2), (19, 3), (20, 4), (500, 5)] {
        store.put_point(&point(seconds, high)).await.unwrap();
    }
    let trend = store.trend("c", at(0)).await.unwrap();
    let high: Vec<u32> = trend.iter().map(|point| point.high).collect();
    assert_eq!(high, [3, 4, 5]);
    assert_eq!(store.trend("c", at(100)).await.unwrap().len(), 1);
    assert_eq!(store.trend("d", at(0)).await.unwrap(), []);
}
