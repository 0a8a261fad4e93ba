//! Empty databases for tests: a file, or a database on a PostgreSQL server of the test's own.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};
use tempfile::TempDir;

/// Where a store can be opened.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: format!("sqlite:{}", folder.path().join("store.db").display()), folder }
    }

    /// A new database on the server that all tests share.
    pub(crate) fn postgres() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = SERVER.get_or_init(Server::start);
        let name = format!("store_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.create(&name);
        Self { url: server.url(&name), folder: tempfile::tempdir().unwrap() }
    }
}

/// A PostgreSQL server on a socket in a folder of its own. It ends with whoever started it, however
/// that ends: a shell waits for the end of its input, which is our pipe.
pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    shell: Mutex<Option<Child>>,
}

/// PostgreSQL refuses to run as root; Debian's package brings this user.
fn unprivileged() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = cofferdam_bounds::file::read_text(Path::new("/etc/passwd"), 1 << 20).unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let line = line.expect("there is no user postgres: apt-get install postgresql");
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

/// Debian keeps the programs of each major version in a folder of its own.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .max_by_key(|folder| {
            let version = folder.parent().and_then(Path::file_name).unwrap().to_string_lossy();
            version.parse::<u32>().unwrap_or_default()
        });
    found.expect("PostgreSQL is not installed: apt-get install postgresql")
}

impl Server {
    pub(crate) fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("cofferdam-pg").tempdir().unwrap().keep();
        if let Some((user, group)) = unprivileged() {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let mut init = Self::command(&programs.join("initdb"), &folder);
        init.args(["--auth=trust", "--username=cofferdam", "--encoding=UTF8", "--no-sync"]);
        init.arg("--locale=C.UTF-8").arg("--pgdata").arg(folder.join("data"));
        let output = init.output().unwrap();
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let server = Self { programs, folder, shell: Mutex::default() };
        server.run();
        server
    }

    fn command(program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("PGHOST", folder).env_remove("PGPORT");
        if let Some((user, group)) = unprivileged() {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts it, again after [`Server::kill`], and waits until it takes connections.
    pub(crate) fn run(&self) {
        let mut log = String::new();
        for _ in 0..100 {
            self.spawn();
            match self.wait() {
                Ok(()) => return,
                Err(said) => log = said,
            }
            // Processes of the killed one may take a moment to notice; whoever watches over a
            // server starts it again until they have.
            if !log.contains("pre-existing shared memory block") {
                break;
            }
            self.kill();
            std::thread::park_timeout(std::time::Duration::from_millis(100));
        }
        panic!("PostgreSQL did not start: {log}");
    }

    fn spawn(&self) {
        let script = "\"$1\" -D data -k \"$PWD\" -c listen_addresses= -c max_connections=200 \
                      -c shared_buffers=32MB </dev/null >log 2>&1 & server=$!; echo started; \
                      read -r order; [ \"$order\" = kill ] && kill -9 $server || kill -TERM $server; kill -QUIT $server 2>/dev/null; \
                      wait; [ \"$order\" ] || rm -rf \"$PWD\"";
        let mut shell = Self::command(Path::new("/bin/sh"), &self.folder);
        shell.args(["-c", script, "sh"]).arg(self.programs.join("postgres"));
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        *self.shell.lock().unwrap_or_else(PoisonError::into_inner) = Some(shell);
    }

    /// Waits until it takes connections, or has said why it never will.
    fn wait(&self) -> Result<(), String> {
        let mut ready = Self::command(&self.programs.join("pg_isready"), &self.folder);
        for _ in 0..600 {
            if ready.output().unwrap().status.success() {
                return Ok(());
            }
            if self.log().contains("FATAL:  pre-existing") {
                break;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(50));
        }
        Err(self.log())
    }

    fn log(&self) -> String {
        cofferdam_bounds::file::read_text(&self.folder.join("log"), 1 << 20).unwrap_or_default()
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&self) {
        use std::io::Write as _;
        let mut shell = self.shell.lock().unwrap().take().unwrap();
        shell.stdin.take().unwrap().write_all(b"kill\n").unwrap();
        shell.wait().unwrap();
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let socket = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://cofferdam@{socket}/{database}")
    }

    pub(crate) fn create(&self, database: &str) {
        let mut create = Self::command(&self.programs.join("createdb"), &self.folder);
        let output = create.args(["--username=cofferdam", database]).output().unwrap();
        assert!(output.status.success(), "createdb: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut shell) = self.shell.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
    }
}
