//! PostgreSQL and NATS on a cluster's node, over TLS: what several replicas of `cofferdam serve`
//! stand on. They end with the cluster.

use super::{
    certificates::{Certificates, Use},
    cluster::Cluster,
    host, make_folder, output,
    process::{Running, wait},
    read, write,
};
use crate::{
    command::{command, find},
    setup,
};
use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
};

/// Where they listen, on the node's address.
const POSTGRES_PORT: u16 = 5432;
const NATS_PORT: u16 = 4222;

/// The database, and who owns it.
const NAME: &str = "cofferdam";

/// Starts what does not run yet; when this returns both answer.
pub(super) fn up() -> Result<(), String> {
    let cluster = Cluster::running(None)?;
    let tools = [("pg_ctlcluster", "postgresql"), ("nats-server", "nats-server")];
    let missing = tools.iter().filter(|(program, _)| find(program).is_none());
    setup::install(&missing.map(|(_, package)| *package).collect::<Vec<_>>())?;
    let (node, folder) = (cluster.network()?.node(), cluster.state().join("services"));
    let (postgres, nats) = (format!("{node}:{POSTGRES_PORT}"), format!("{node}:{NATS_PORT}"));
    make_folder(&folder)?;
    let pki = cluster.state().join("etc/pki");
    let names = format!("IP:{node}");
    let certificates = Certificates { folder: &pki, days: 30 };
    certificates.signed("ca", "services", "/CN=services", Use::Server(&names))?;
    let url = folder.join("store");
    if TcpStream::connect(&postgres).is_err() {
        let server = Postgres { cluster: &cluster, folder: cluster.run().join("postgres") };
        if url.is_file() {
            server.run()?;
        } else {
            let password = server.make()?;
            write(&url, &format!("postgres://{NAME}:{password}@{postgres}/{NAME}"))?;
        }
    }
    if TcpStream::connect(&nats).is_err() {
        start_nats(&cluster, &folder.join("nats"), &nats)?;
    }
    println!("PostgreSQL and NATS answer at {node}");
    println!("  store       its address, with the password, is in {}", url.display());
    println!("  bus         tls://{nats}");
    println!("  authority   {}", pki.join("ca.crt").display());
    Ok(())
}

/// Kills one of them, as a power cut would; `up` starts it again with what it had.
pub(super) fn down(name: &str) -> Result<(), String> {
    // The signal by which PostgreSQL ends without writing anything down, its helpers too.
    let signal = if name == "postgres" { "-QUIT" } else { "-KILL" };
    let number = read(&process(&Cluster::running(None)?, name))?;
    output(command("kill").args([signal, &number]))?;
    println!("{name} is down");
    Ok(())
}

/// Where the number of a process is kept.
fn process(cluster: &Cluster, name: &str) -> PathBuf {
    cluster.run().join(format!("{name}.process"))
}

fn start_nats(cluster: &Cluster, folder: &Path, address: &str) -> Result<(), String> {
    let program = find("nats-server").ok_or("there is no nats-server")?;
    let mut command = host::inside(cluster, &program)?;
    command.args(["--jetstream", "--store_dir"]).arg(folder);
    let (host, port) = address.split_once(':').unwrap_or((address, ""));
    command.args(["--addr", host, "--port", port]);
    let pki = cluster.state().join("etc/pki");
    command.arg("--tlscert").arg(pki.join("services.crt"));
    command.arg("--tlskey").arg(pki.join("services.key"));
    let mut running = Running::start("nats", &mut command, &cluster.log("nats"))?;
    write(&process(cluster, "nats"), &running.id().to_string())?;
    wait(&mut running, || TcpStream::connect(address).is_ok())
}

struct Postgres<'a> {
    cluster: &'a Cluster,
    folder: PathBuf,
}

impl Postgres<'_> {
    /// Makes a server with one database; gives the password of its owner. Its folder is where others
    /// than root may come.
    fn make(&self) -> Result<String, String> {
        let programs = programs()?;
        make_folder(&self.folder)?;
        let own = |what: &Path| output(command("chown").arg("postgres:").arg(what)).map(drop);
        own(&self.folder)?;
        let password = output(command("openssl").args(["rand", "-hex", "16"]))?;
        let password = password.trim().to_owned();
        let file = self.folder.join("password");
        write(&file, &password)?;
        own(&file)?;
        let data = self.folder.join("data");
        let mut init = self.owner(&programs.join("initdb"))?;
        init.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--username"]);
        output(init.arg(NAME).arg("--pwfile").arg(&file).arg("--pgdata").arg(&data))?;
        // Pods ask from their own network.
        let access = data.join("pg_hba.conf");
        let kept = read(&access)?;
        write(&access, &format!("{kept}\nhost all all all scram-sha-256\n"))?;
        self.run()?;
        let node = self.cluster.network()?.node();
        let mut create = self.owner(&programs.join("createdb"))?;
        create.env("PGPASSWORD", &password).args(["--username", NAME, "--host"]);
        output(create.arg(node.to_string()).arg(NAME))?;
        Ok(password)
    }

    fn run(&self) -> Result<(), String> {
        let (programs, data) = (programs()?, self.folder.join("data"));
        let node = self.cluster.network()?.node();
        let mut server = self.owner(&programs.join("postgres"))?;
        server.arg("-D").arg(&data).args(["-h", &node.to_string(), "-k"]).arg(&self.folder);
        server.args(["-c", "ssl=on"]);
        for (setting, name) in [("ssl_cert_file", "services.crt"), ("ssl_key_file", "services.key")]
        {
            let copy = self.folder.join(name);
            let pki = self.cluster.state().join("etc/pki");
            output(
                command("install")
                    .args(["--owner=postgres", "--mode=600"])
                    .arg(pki.join(name))
                    .arg(&copy),
            )?;
            server.args(["-c", &format!("{setting}={}", copy.display())]);
        }
        let mut running = Running::start("postgres", &mut server, &self.cluster.log("postgres"))?;
        write(&process(self.cluster, "postgres"), &running.id().to_string())?;
        // It takes connections before it answers them: its own client asks.
        let mut ready = self.owner(&programs.join("pg_isready"))?;
        ready.args(["--quiet", "--host", &node.to_string()]);
        wait(&mut running, || ready.status().is_ok_and(|status| status.success()))
    }

    /// A program on the node, as the user that PostgreSQL wants to run as.
    fn owner(&self, program: &Path) -> Result<std::process::Command, String> {
        let setpriv = find("setpriv").ok_or("there is no setpriv (util-linux)")?;
        let mut command = host::inside(self.cluster, &setpriv)?;
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        Ok(command)
    }
}

/// Debian keeps the programs of each major version in a folder of its own.
fn programs() -> Result<PathBuf, String> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).max_by_key(version);
    newest.map(|path| path.join("bin")).ok_or_else(|| "PostgreSQL is not installed".to_owned())
}
