//! A directory with everything that a root file system may hold.

use super::*;
use cofferdam_bounds::Limits;
use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    path::PathBuf,
    process::Command,
};

struct Root(PathBuf);

impl Root {
    fn new(name: &str) -> Self {
        let name = format!("cofferdam-directory-{}-{name}", std::process::id());
        let root = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&root.0).unwrap();
        root
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Default)]
struct Recorder(Vec<String>);

impl Visitor for Recorder {
    fn entry(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()> {
        let head = content.head()?.to_vec();
        let bytes = cofferdam_bounds::read_all(content, 1 << 20, "content")?;
        assert!(bytes.starts_with(&head));
        assert_eq!(bytes.len() as u64, entry.size_bytes);
        let kind = match entry.kind {
            EntryKind::File => format!("f {}", bytes.escape_ascii()),
            EntryKind::Directory => "d".to_owned(),
            EntryKind::Symlink(target) => format!("l {target}"),
            EntryKind::HardLink(_) => unreachable!("a directory has files only"),
            EntryKind::Other => "o".to_owned(),
        };
        self.0.push(format!("{} {kind}", entry.path).chars().take(40).collect());
        Ok(())
    }
}

#[test]
fn sorted_and_nothing_followed_or_blocked_on() {
    let root = Root::new("kinds");
    let at = |path: &str| root.0.join(path);
    fs::create_dir_all(at("etc/b")).unwrap();
    fs::write(at("etc/b/c"), "inner").unwrap();
    fs::write(at("etc/b.conf"), "x".repeat(70_000)).unwrap();
    fs::write(at("etc/a"), "").unwrap();
    symlink("/etc/passwd", at("etc/link")).unwrap();
    symlink("..", at("etc/loop")).unwrap();
    fs::hard_link(at("etc/b/c"), at("hard")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let _socket = UnixListener::bind(at("socket")).unwrap();
    let mut recorder = Recorder::default();
    let walk = walk_directory(&root.0, &Meter::default(), &mut recorder);
    assert_eq!(walk.problems, []);
    let expected = [
        "etc d",
        "etc/a f ",
        "etc/b d",
        "etc/b/c f inner",
        "etc/b.conf f xxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "etc/link l /etc/passwd",
        "etc/loop l ..",
        "hard f inner",
        "pipe o",
        "socket o",
    ];
    assert_eq!(recorder.0, expected);
    assert_eq!(walk.entries, 10);
}

#[test]
fn budgets_and_what_is_not_there() {
    let root = Root::new("budgets");
    fs::create_dir_all(root.0.join("a/b/c")).unwrap();
    fs::write(root.0.join("z"), "0123456789").unwrap();
    let check = |limits: Limits, entries: usize, kind| {
        let mut recorder = Recorder::default();
        let walk = walk_directory(&root.0, &Meter::new(limits), &mut recorder);
        assert_eq!(walk.problems.first().map(|problem| problem.kind), kind);
        assert_eq!(recorder.0.len(), entries, "{:?}", recorder.0);
    };
    let exceeded = Some(ProblemKind::BudgetExceeded);
    check(Limits::default(), 4, None);
    check(Limits { path_depth: 2, ..Limits::default() }, 3, exceeded);
    check(Limits { entries: 2, ..Limits::default() }, 2, exceeded);
    check(Limits { image_bytes: 9, ..Limits::default() }, 3, exceeded);
    let missing = root.0.join("missing");
    let walk = walk_directory(&missing, &Meter::default(), &mut Recorder::default());
    assert_eq!(walk.problems[0].kind, ProblemKind::Missing);
}

#[test]
fn the_kernels_own_file_systems_are_left_out() {
    let root = Root::new("kernel");
    let walk = Walk {
        meter: &Meter::default(),
        visitor: &mut Recorder::default(),
        problems: Problems::new(&Limits::default()),
        entries: 0,
        is_host: false,
        device: fs::metadata(&root.0).map(|m| std::os::unix::fs::MetadataExt::dev(&m)).unwrap(),
    };
    let own = |path: &str| {
        let file = OwnedFd::from(File::open(path).unwrap());
        walk.is_kernels_own("any", &rustix::fs::fstat(&file).unwrap(), &file)
    };
    assert!(own("/proc"));
    assert!(!own(root.0.to_str().unwrap()));
}
