//! `cofferdam backup` and `restore`, between stores of both kinds and beside servers that use them.

use crate::{
    binary::{Home, Run, read},
    cluster::{api_server, kubeconfig},
    logs::Serving,
    postgres::Place,
    tools::must,
    up::{Up, sign_in, workloads},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long something may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where `up --sample` keeps its data.
const SAMPLE: &str = ".local/state/cofferdam/sample.db";

/// What a backup says, without its packing.
#[track_caller]
fn lines(file: &Path) -> String {
    String::from_utf8(zstd::decode_all(&*read(file)).unwrap()).unwrap()
}

/// Whether a SQLite store is in its file alone; the lock beside it holds nothing.
#[track_caller]
pub(crate) fn is_whole(home: &Home, file: &str) {
    let beside = |suffix| home.path(&format!("{file}{suffix}"));
    assert!(beside("").metadata().unwrap().len() > 100_000, "{file} holds nothing");
    assert!(!beside("-wal").exists() && !beside("-shm").exists(), "{file} is not all of it");
}

/// `cofferdam backup|restore … FILE` for a store by its address.
fn at(home: &Home, store: &str, words: &[&str]) -> Run {
    let mut run = home.cofferdam(words);
    run.command.env("COFFERDAM_STORE", store);
    run.run()
}

#[test]
fn a_backup_takes_everything_from_sqlite_to_postgres() {
    let home = Home::new();
    let up = Up::start(&home, &[]);
    let (_, _, password) = up.greeting();
    let before = workloads(&home);
    // A server may go on meanwhile; nothing is restored under it.
    let words = ["backup", "--store-file", SAMPLE, "running.backup"];
    home.cofferdam(&words).run().exits(0).says(&[" rows of sqlite:"]);
    let words = ["restore", "--replace", "--store-file", SAMPLE, "running.backup"];
    home.cofferdam(&words).run().exits(4).says(&["another process is using it"]);
    assert_eq!(workloads(&home), before);
    up.signal("-INT");
    assert_eq!(up.ended().0, Some(0));
    is_whole(&home, SAMPLE);
    fs::copy(home.path(SAMPLE), home.path("copy.db")).unwrap();

    let words = ["backup", "--store-file", SAMPLE, "one.backup"];
    home.cofferdam(&words).run().exits(0);
    is_whole(&home, SAMPLE);
    home.cofferdam(&["backup", "--store-file", "copy.db", "copy.backup"]).run().exits(0);
    assert_eq!(lines(&home.path("one.backup")), lines(&home.path("copy.backup")));
    let postgres = Place::postgres();
    at(&home, &postgres.url, &["restore", "one.backup"]).exits(0);
    at(&home, &postgres.url, &["backup", "two.backup"]).exits(0);
    assert_eq!(lines(&home.path("one.backup")), lines(&home.path("two.backup")));
    home.cofferdam(&["restore", "--store-file", "new.db", "two.backup"]).run().exits(0);
    is_whole(&home, "new.db");
    home.cofferdam(&["backup", "--store-file", "new.db", "three.backup"]).run().exits(0);
    assert_eq!(lines(&home.path("one.backup")), lines(&home.path("three.backup")));

    // Whoever could sign in to the first can sign in to a server over the other.
    let server = api_server();
    let words = ["serve", "--log=json", "--listen=127.0.0.1:0", "--kubeconfig"];
    let mut serve = home.cofferdam(&words).with(kubeconfig(&home, &server));
    serve.command.env("COFFERDAM_STORE", &postgres.url);
    let serving = Serving::start(&mut serve.command);
    let told = serving.until(&["the console and the API are at "]);
    let address = told[0]["message"].as_str().unwrap().rsplit(' ').next().unwrap().to_owned();
    let proof = json!({"name": "admin", "password": password.unwrap()});
    assert_eq!(sign_in(&address, &proof), "200");
}

#[test]
fn nothing_is_lost_to_a_slip() {
    let home = Home::new();
    let up = Up::start(&home, &[]);
    up.greeting();
    workloads(&home);
    up.signal("-INT");
    assert_eq!(up.ended().0, Some(0));
    let cofferdam = |words: &[&str]| home.cofferdam(words).run();
    let save = |file: &str| cofferdam(&["backup", "--store-file", SAMPLE, file]);

    save("a.backup").exits(0);
    let mode = home.path("a.backup").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds hashes of passwords");
    home.write("b.backup", "something else");
    save("b.backup").exits(2).says(&["there is such a file already", "--replace"]);
    assert_eq!(read(&home.path("b.backup")), b"something else");
    save("no/such/folder").exits(4).says(&["cannot write the backup", "folder"]);
    cofferdam(&["backup", "c.backup"]).exits(2).says(&["no store is named", "--store-file"]);
    let typo = ["backup", "--store-file", "typo.db", "c.backup"];
    cofferdam(&typo).exits(2).says(&["there is no file typo.db"]);
    assert!(!home.path("typo.db").exists() && !home.path("c.backup").exists());
    let words = ["backup", "--replace", "--store-file", SAMPLE, "b.backup"];
    cofferdam(&words).exits(0);
    assert_eq!(lines(&home.path("a.backup")), lines(&home.path("b.backup")));

    let load = |file: &str| cofferdam(&["restore", "--store-file", SAMPLE, file]);
    load("a.backup").exits(2).says(&["the store is not empty", "--replace"]);
    load("missing").exits(2).says(&["cannot read the backup"]);
    let whole = read(&home.path("a.backup"));
    home.write("torn.backup", &whole[..whole.len() / 2]);
    let replace = |file: &str| cofferdam(&["restore", "--replace", "--store-file", SAMPLE, file]);
    replace("torn.backup").exits(2).says(&["nothing is restored", "torn.backup"]);
    let words = ["restore", "--store-file", "unmade.db", "torn.backup"];
    cofferdam(&words).exits(2).says(&["nothing is restored"]);
    assert!(!home.path("unmade.db").exists(), "no empty store is left of it");
    home.write("no-store.db", "");
    let words = ["backup", "--store-file", "no-store.db", "no.backup"];
    let refused = cofferdam(&words).exits(2).says(&["this is no store of Cofferdam's"]);
    assert!(!refused.stderr.contains("internal"), "{}", refused.stderr);
    save("d.backup").exits(0);
    assert_eq!(lines(&home.path("a.backup")), lines(&home.path("d.backup")), "as it was");
    replace("a.backup").exits(0).says(&[" rows in sqlite:"]);

    // As `kubectl exec` has it: by standard output and input.
    let mut out = home.cofferdam(&["backup", "--store-file", SAMPLE, "-"]);
    out.command.stdout(File::create(home.path("piped")).unwrap());
    out.run().exits(0);
    let mut into = home.cofferdam(&["restore", "--store-file", "piped.db", "-"]);
    into.command.stdin(File::open(home.path("piped")).unwrap());
    into.run().exits(0);
    assert_eq!(lines(&home.path("a.backup")), lines(&home.path("piped")));
    let names = fs::read_dir(home.path("")).unwrap().flatten();
    let parts = names.filter(|entry| entry.file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0, "nothing is left of what failed");
}

/// A backup of one report, which nothing packs: more than a pipe holds.
fn large() -> Vec<u8> {
    let report: Vec<u8> = (0_u32..20_000).flat_map(|n| Sha256::digest(n.to_le_bytes())).collect();
    let lines = [
        json!({"format": "cofferdam-backup", "version": 1, "schema": 1}),
        json!({"table": "\"report\"", "columns": ["image", "bytes"]}),
        json!(["i", {"base64": BASE64.encode(report)}]),
        json!({"end": 1}),
    ];
    let text = lines.map(|line| line.to_string()).join("\n");
    zstd::encode_all(text.as_bytes(), 1).unwrap()
}

/// Sends a signal, and gives how it ended.
#[track_caller]
fn interrupted(mut process: Child) -> Run {
    must(Command::new("kill").arg("-INT").arg(process.id().to_string()));
    let begun = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            process.kill().unwrap();
            panic!("it goes on");
        }
        thread::sleep(Duration::from_millis(20));
    }
    Run::of(process.wait_with_output().unwrap())
}

#[test]
fn ctrl_c_leaves_no_store_that_nobody_restored() {
    let home = Home::new();
    let whole = large();
    let mut restore = home.cofferdam(&["restore", "--store-file", "new.db", "-"]).command;
    restore.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut restore = restore.spawn().unwrap();
    // Whoever sends it stops in the middle.
    let mut pipe = restore.stdin.take().unwrap();
    pipe.write_all(&whole[..whole.len() / 2]).unwrap();
    let begun = Instant::now();
    while !home.path("new.db").exists() {
        assert!(begun.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(20));
    }
    interrupted(restore).exits(4).says(&["the restore was ended before it was whole"]);
    drop(pipe);
    for name in ["new.db", "new.db-wal", "new.db-shm"] {
        assert!(!home.path(name).exists(), "{name}");
    }
}

#[test]
fn ctrl_c_ends_a_backup_that_nobody_reads() {
    let home = Home::new();
    home.write("large.backup", large());
    home.cofferdam(&["restore", "--store-file", "large.db", "large.backup"]).run().exits(0);
    let mut backup = home.cofferdam(&["backup", "--store-file", "large.db", "-"]).command;
    backup.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut backup = backup.spawn().unwrap();
    let mut pipe = backup.stdout.take().unwrap();
    pipe.read_exact(&mut [0]).unwrap();
    interrupted(backup).exits(4).says(&["the backup was ended before it was whole"]);
    drop(pipe);
}
