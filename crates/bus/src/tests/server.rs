//! A NATS server of the tests' own.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock},
};
use tempfile::TempDir;

/// Debian's package `nats-server` has it in a folder that is not on every path.
const PLACES: &[&str] =
    &["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];

/// A server with JetStream. It ends with whoever started it, however that ends: a shell waits for
/// the end of its input, which is our pipe.
pub(crate) struct Server {
    pub(crate) port: u16,
    folder: TempDir,
    shell: Mutex<Option<Child>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        // Free now; nobody else is likely to take it in the next moment.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let server = Self { port, folder, shell: Mutex::default() };
        server.run();
        server
    }

    /// The one that all tests of the contract share.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}?wait=1", self.port)
    }

    fn program() -> PathBuf {
        let found = PLACES.iter().map(PathBuf::from).find(|path| path.exists());
        found.expect("nats-server is not installed: apt-get install nats-server")
    }

    /// Starts it, again after [`Server::kill`], and waits until it takes connections.
    pub(crate) fn run(&self) {
        // Without a folder of their own the data would go with the test's.
        let script = "\"$1\" -js -sd data -a 127.0.0.1 -p \"$2\" </dev/null >>log 2>&1 & server=$!; \
                      read -r order; kill -9 $server; wait";
        let mut shell = Command::new("/bin/sh");
        shell.current_dir(self.folder.path()).args(["-c", script, "sh"]);
        shell.arg(Self::program()).arg(self.port.to_string()).stdin(Stdio::piped());
        *self.shell.lock().unwrap() = Some(shell.spawn().unwrap());
        for _ in 0..600 {
            let log = fs::File::open(self.folder.path().join("log"));
            let ready = log.is_ok_and(|_| self.answers());
            if ready {
                return;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        panic!("nats-server did not start");
    }

    /// JetStream is ready before the server greets.
    fn answers(&self) -> bool {
        use std::io::Read as _;
        let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let mut greeting = [0; 4];
        stream.read_exact(&mut greeting).is_ok() && &greeting == b"INFO"
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&self) {
        let mut shell = self.shell.lock().unwrap().take().unwrap();
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.shell.lock().is_ok_and(|shell| shell.is_some()) {
            self.kill();
        }
    }
}
