//! A backup of either engine restores into either.

use super::{
    Place,
    samples::{
        account, at, cluster, container, event, finding, image, manifest, object, pod, point,
        review, session, token, trail, vulnerability, workload,
    },
};
use crate::{
    Decision, Mode, OnFailure, Store, StoreError, Updates,
    engine::{Transaction, Values},
    rows::RuleMode,
    schema::{MIGRATIONS, migrate},
    value::Value,
};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

async fn fill(store: &Store) {
    let web = workload("shop", "größe", 95);
    let debian = image("debian", 9);
    store.put_cluster(&cluster()).await.unwrap();
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    store.put_manifests(&[manifest(&web.id)]).await.unwrap();
    store.put_containers(&web.id, &[container("c", Some(&debian.id))], at(1)).await.unwrap();
    store.put_pods(&[pod("1", &web.id)]).await.unwrap();
    store.put_objects(&[object("Node", "n1")]).await.unwrap();
    store.put_images(std::slice::from_ref(&debian)).await.unwrap();
    store.put_report(&debian.id, vec![0, 1, 255]).await.unwrap();
    store
        .put_vulnerabilities(&debian.id, &[vulnerability(&debian.id, "CVE-1", "x")])
        .await
        .unwrap();
    let many: Vec<_> = (0..1200).map(|n: u16| finding(&web.id, "K1", &n.to_string(), 60)).collect();
    store.put_findings(&web.id, &many, at(1)).await.unwrap();
    store.put_findings(&web.id, &many[..700], at(2)).await.unwrap();
    store.put_findings(&web.id, &many, at(3)).await.unwrap();
    store.put_point(&point(0, 1)).await.unwrap();
    store.put_reviews(&[review(1, Decision::Denied)]).await.unwrap();
    store.put_events(&[event(1)]).await.unwrap();
    let mode = RuleMode {
        rule: "K1".into(),
        mode: Mode::Warn,
        on_failure: OnFailure::Fail,
        updates: Updates::Strict,
        by_name: "a".into(),
        at: at(1),
    };
    store.set_mode(&mode).await.unwrap();
    store.create_account(&account("alice")).await.unwrap();
    store.create_session(&session("a-alice")).await.unwrap();
    store.create_token(&token("a-alice")).await.unwrap();
    store.put_trail(&[trail(1)]).await.unwrap();
}

/// Every row of every table, the derived ones too.
async fn contents(store: &Store) -> Vec<Vec<Values>> {
    let mut all = Vec::new();
    let derived =
        [("\"subject\"", "id"), ("\"tally\"", "namespace, rule, severity, outcome, subject_kind")];
    let own = crate::backup::TABLES.iter().map(|table| (table.from, table.key.join(", ")));
    let tables = own.chain(derived.map(|(from, key)| (from, key.to_owned())));
    for (from, key) in tables {
        let sql = format!("SELECT * FROM {from} ORDER BY {key}");
        all.push(store.engine.query(sql, Vec::new()).await.unwrap());
    }
    all
}

/// Nobody watches.
fn told(_: u64) {}

async fn save(store: &Store, path: &Path) -> u64 {
    store.backup(File::create(path).unwrap(), &told).await.unwrap()
}

async fn load(store: &Store, path: &Path) -> Result<Option<u64>, StoreError> {
    store.restore(File::open(path).unwrap(), &told).await
}

/// A store with something of everything, and its backup: where, and of how many rows.
async fn saved(from: &Place) -> (Store, PathBuf, u64) {
    let source = Store::open(&from.url).await.unwrap();
    fill(&source).await;
    let path = from.folder.path().join("backup");
    let rows = save(&source, &path).await;
    (source, path, rows)
}

async fn check(from: Place, to: Place) {
    let (source, target) =
        (Store::open(&from.url).await.unwrap(), Store::open(&to.url).await.unwrap());
    fill(&source).await;
    let path = from.folder.path().join("backup");
    let (read, written) = (AtomicU64::new(0), AtomicU64::new(0));
    let count = |count: &AtomicU64, more| {
        let _ = count.fetch_add(more, Ordering::Relaxed);
    };
    let file = File::create(&path).unwrap();
    let rows = source.backup(file, &|more| count(&read, more)).await.unwrap();
    let file = File::open(&path).unwrap();
    assert_eq!(target.restore(file, &|more| count(&written, more)).await.unwrap(), Some(rows));
    assert_eq!([&read, &written].map(|count| count.load(Ordering::Relaxed)), [rows; 2]);
    // Columns come in one order in both engines; 1,700 findings were open at some time.
    let (before, after) = (contents(&source).await, contents(&target).await);
    assert_eq!(before, after);
    assert!(before.iter().any(|rows| rows.len() == 1700));
    assert_eq!(load(&target, &path).await.unwrap(), None, "it has rows");
    assert_eq!(contents(&target).await, before);
    // Told to, it takes the place of what is there.
    target.create_account(&account("mallory")).await.unwrap();
    assert_ne!(contents(&target).await, before);
    assert_eq!(target.replace(File::open(&path).unwrap(), &told).await.unwrap(), rows);
    assert_eq!(contents(&target).await, before);
    let broken = target.replace(&b"no backup"[..], &told).await.unwrap_err();
    assert!(matches!(broken, StoreError::Stream(_)), "{broken}");
    assert_eq!(contents(&target).await, before);
}

#[tokio::test]
async fn sqlite_to_sqlite() {
    check(Place::sqlite(), Place::sqlite()).await;
}

#[tokio::test]
async fn sqlite_to_postgres() {
    check(Place::sqlite(), Place::postgres()).await;
}

#[tokio::test]
async fn postgres_to_sqlite() {
    check(Place::postgres(), Place::sqlite()).await;
}

/// A server would end them, as it ends a transaction of everybody else's.
#[tokio::test]
async fn neither_a_large_store_nor_a_slow_pipe_is_out_of_time() {
    async fn limits(transaction: &mut Transaction) -> Vec<Values> {
        let sql = "SELECT current_setting('statement_timeout'), \
                   current_setting('idle_in_transaction_session_timeout')";
        transaction.query(sql.to_owned(), Vec::new()).await.unwrap()
    }
    let [none, some] = [["0", "0"], ["30s", "1min"]]
        .map(|words| vec![words.map(|word| Value::Text(word.to_owned())).to_vec()]);
    let place = Place::postgres();
    let store = Store::open(&place.url).await.unwrap();
    assert_eq!(limits(&mut store.engine.snapshot().await.unwrap()).await, none);
    let mut long = store.engine.begin_long().await.unwrap();
    assert_eq!(limits(&mut long).await, none);
    long.commit().await.unwrap();
    // The connection is somebody else's now.
    assert_eq!(limits(&mut store.engine.begin().await.unwrap()).await, some);
}

/// Reads what is there, and then nothing until the test is done.
struct Stalled(io::Cursor<Vec<u8>>, std::sync::mpsc::Receiver<()>);

impl Read for Stalled {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(bytes)?;
        if read == 0 {
            let _ = self.1.recv();
        }
        Ok(read)
    }
}

#[tokio::test]
async fn a_forgotten_server_is_kept_out_of_a_database_that_is_restored() {
    let place = Place::postgres();
    let store = Store::open(&place.url).await.unwrap();
    store.put_cluster(&cluster()).await.unwrap();
    let mut head = zstd::Encoder::new(Vec::new(), 1).unwrap();
    let header = format!(
        "{{\"format\":\"cofferdam-backup\",\"version\":1,\"schema\":{}}}\n",
        MIGRATIONS.len()
    );
    head.write_all(header.as_bytes()).unwrap();
    head.flush().unwrap();
    let (done, stalled) = std::sync::mpsc::channel();
    let input = Stalled(io::Cursor::new(head.get_ref().clone()), stalled);
    let forgotten = async {
        let sql = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' \
                   AND relation = 'finding'::regclass";
        while store.engine.query(sql.to_owned(), Vec::new()).await.unwrap() == [[Value::Integer(0)]]
        {
            tokio::task::yield_now().await;
        }
        let mut other = store.engine.begin().await.unwrap();
        let refused = other.script("LOCK TABLE finding IN ROW EXCLUSIVE MODE NOWAIT".to_owned());
        let refused = refused.await.unwrap_err().to_string();
        drop(done);
        refused
    };
    let (replaced, refused) = tokio::join!(store.replace(input, &told), forgotten);
    assert!(refused.contains("could not obtain lock"), "{refused}");
    assert!(matches!(replaced, Err(StoreError::Stream(_))), "{replaced:?}");
    assert_eq!(store.clusters().await.unwrap().len(), 1, "as it was");
}

/// Reports of large images are megabytes each, and 500 of them more than a pod has.
#[tokio::test]
async fn what_is_in_memory_is_bounded_by_bytes() {
    let (from, to) = (Place::sqlite(), Place::sqlite());
    let (source, target) =
        (Store::open(&from.url).await.unwrap(), Store::open(&to.url).await.unwrap());
    for number in 0..6 {
        let report = vec![number; 3 << 20];
        source.put_report(&number.to_string(), report).await.unwrap();
    }
    let lists = Mutex::new(Vec::new());
    let count = |more| lists.lock().unwrap().push(more);
    let path = from.folder.path().join("backup");
    source.backup(File::create(&path).unwrap(), &count).await.unwrap();
    assert!(lists.lock().unwrap().drain(..).all(|rows| rows <= 1));
    target.restore(File::open(&path).unwrap(), &count).await.unwrap();
    assert_eq!(*lists.lock().unwrap(), [1; 6], "base64 of one is 4 MiB");
    assert_eq!(contents(&target).await, contents(&source).await);
}

/// The program that wrote it opens it still.
#[tokio::test]
async fn a_store_that_is_not_restored_into_keeps_its_schema() {
    async fn version(store: &Store) -> Values {
        let sql = "SELECT max(version) FROM migration";
        store.engine.query(sql.to_owned(), Vec::new()).await.unwrap().remove(0)
    }
    let from = Place::sqlite();
    let (source, path, rows) = saved(&from).await;
    let newest = i64::try_from(MIGRATIONS.len()).unwrap();
    for place in [Place::sqlite(), Place::postgres()] {
        let store = Store::open_to_restore(&place.url).await.unwrap();
        migrate(&store.engine, &MIGRATIONS[..MIGRATIONS.len() - 1]).await.unwrap();
        store.create_account(&account("alice")).await.unwrap();
        assert_eq!(load(&store, &path).await.unwrap(), None);
        assert_eq!(version(&store).await, [Value::Integer(newest - 1)]);
        let torn = &b"no backup"[..];
        assert!(matches!(store.replace(torn, &told).await, Err(StoreError::Stream(_))));
        assert_eq!(version(&store).await, [Value::Integer(newest - 1)]);
        assert_eq!(store.replace(File::open(&path).unwrap(), &told).await.unwrap(), rows);
        assert_eq!(version(&store).await, [Value::Integer(newest)]);
        assert_eq!(contents(&store).await, contents(&source).await);
    }
}

/// What is derived is forgotten after what it was made of.
#[tokio::test]
async fn a_title_that_nothing_has_any_more_is_in_nobodys_way() {
    let (from, to) = (Place::sqlite(), Place::sqlite());
    let (source, path, rows) = saved(&from).await;
    let target = Store::open(&to.url).await.unwrap();
    let id = workload("shop", "größe", 95).id;
    let mut transaction = target.engine.begin().await.unwrap();
    transaction.script(format!("INSERT INTO subject VALUES ('{id}', 'old')")).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(load(&target, &path).await.unwrap(), Some(rows));
    assert_eq!(contents(&target).await, contents(&source).await);
}

async fn refused(store: &Store, path: &Path) -> StoreError {
    let error = load(store, path).await.unwrap_err();
    assert!(contents(store).await.iter().all(Vec::is_empty));
    error
}

/// PostgreSQL takes none, and a question with U+0000 asks for U+FFFD.
#[tokio::test]
async fn nul_in_a_file_is_restored_as_the_replacement_character() {
    let from = Place::sqlite();
    let (_, path, rows) = saved(&from).await;
    let whole = cofferdam_bounds::file::read(&path, 1 << 20).unwrap();
    let text = String::from_utf8(zstd::decode_all(whole.as_slice()).unwrap()).unwrap();
    let said = text.replace("größe", "gr\\u0000ße");
    assert_ne!(said, text);
    std::fs::write(&path, zstd::encode_all(said.as_bytes(), 1).unwrap()).unwrap();
    for to in [Place::sqlite(), Place::postgres()] {
        let target = Store::open(&to.url).await.unwrap();
        assert_eq!(load(&target, &path).await.unwrap(), Some(rows));
        let id = workload("shop", "größe", 95).id;
        assert_eq!(target.workload(&id).await.unwrap().unwrap().name, "gr\u{fffd}ße");
    }
}

/// A backup with a line, which begins so, a second time.
fn twice(text: &str, beginning: &str) -> String {
    let (before, rest) = text.split_once(beginning).unwrap();
    let (line, after) = rest.split_once('\n').unwrap();
    let (after, end) = after.rsplit_once(':').unwrap();
    let rows: u64 = end.trim_end().trim_end_matches('}').parse().unwrap();
    format!("{before}{beginning}{line}{beginning}{line}\n{after}:{}}}\n", rows + 1)
}

#[tokio::test]
async fn a_file_that_is_not_whole_leaves_the_store_empty() {
    let (from, to) = (Place::sqlite(), Place::sqlite());
    let (_, path, _) = saved(&from).await;
    let target = Store::open(&to.url).await.unwrap();
    let whole = cofferdam_bounds::file::read(&path, 1 << 20).unwrap();
    let torn = from.folder.path().join("torn");
    std::fs::write(&torn, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(refused(&target, &torn).await, StoreError::Stream(_)));
    let lines = zstd::decode_all(whole.as_slice()).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let schema = format!("\"schema\":{}", MIGRATIONS.len());
    let cases = [
        text.replace(&schema, "\"schema\":99"),
        text.replace("cofferdam-backup", "tar"),
        text.replace("\"table\":\"\\\"review", "\"table\":\"\\\"migration"),
        text.rsplit_once("{\"end\"").unwrap().0.to_owned(),
        text.replace("{\"end\":", "{\"end\":7"),
        text.replacen('[', "{", 1),
        text.replace("\n[\"K1\",", "\n["),
        twice(&text, "\n[\"K1\","),
        format!("{text}[]\n"),
    ];
    for case in cases {
        assert_ne!(case, text);
        std::fs::write(&torn, zstd::encode_all(case.as_bytes(), 1).unwrap()).unwrap();
        let error = refused(&target, &torn).await;
        assert!(matches!(error, StoreError::Stream(_)), "it is the file's: {error}");
    }
    // The checksum is the last that is in it.
    let mut other = whole;
    *other.last_mut().unwrap() ^= 1;
    std::fs::write(&torn, other).unwrap();
    refused(&target, &torn).await;
    load(&target, &path).await.unwrap();
}

/// A disk that is full after so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_full_disk_is_told() {
    let from = Place::sqlite();
    let source = Store::open(&from.url).await.unwrap();
    fill(&source).await;
    for room in [0, 100, 10_000] {
        let error = source.backup(Full(room), &told).await.unwrap_err().to_string();
        assert!(error.contains("cannot be written: no storage space"), "{room}: {error}");
    }
}

/// What a backup is taken of may be in use by a server of another version.
#[tokio::test]
async fn a_store_is_opened_as_it_is_or_not() {
    let place = Place::sqlite();
    let missing = Store::open_as_it_is(&place.url).await.err().unwrap().to_string();
    assert!(missing.contains("there is no file"), "{missing}");
    let file = place.folder.path().join("store.db");
    assert!(!file.exists());
    File::create(&file).unwrap();
    for url in [place.url.clone(), Place::postgres().url] {
        let foreign = Store::open_as_it_is(&url).await.err().unwrap().to_string();
        assert!(foreign.contains("no store of Cofferdam's"), "{foreign}");
        let store = Store::open(&url).await.unwrap();
        assert!(Store::open_as_it_is(&url).await.is_ok());
        for (version, word) in [(99, "or a newer one"), (1, "bring it forward")] {
            let sql = format!("DELETE FROM migration; INSERT INTO migration VALUES ({version})");
            let mut transaction = store.engine.begin().await.unwrap();
            transaction.script(sql).await.unwrap();
            transaction.commit().await.unwrap();
            let refused = Store::open_as_it_is(&url).await.err().unwrap().to_string();
            assert!(refused.contains(word), "{refused}");
        }
    }
}
