//! A registry on a cluster's node, with TLS and a password: Debian's docker-registry. The node's
//! containerd trusts its authority; pods need the password, as pull secret.

use super::{
    certificates::{Certificates, Use},
    cluster::Cluster,
    host, kubectl, make_folder, output,
    process::{Running, wait},
    read, write,
};
use crate::{
    command::{check, command, find},
    setup,
};
use std::{
    fs,
    io::Write as _,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Stdio,
};

/// Where it listens, on the node's address.
const PORT: u16 = 5000;

/// Who may pull and push.
const USER: &str = "rig";

/// How the pull secret is called.
pub(super) const SECRET: &str = "registry";

/// A registry of a cluster that runs.
struct Registry<'a> {
    cluster: &'a Cluster,
    folder: PathBuf,
    /// Address and port, as image names have them.
    name: String,
}

impl<'a> Registry<'a> {
    fn of(cluster: &'a Cluster) -> Result<Self, String> {
        let name = format!("{}:{PORT}", cluster.network()?.node());
        Ok(Self { cluster, folder: cluster.state().join("registry"), name })
    }

    fn password(&self) -> PathBuf {
        self.folder.join("password")
    }

    fn process(&self) -> PathBuf {
        self.cluster.run().join("registry")
    }

    /// The number of its process, if it runs: numbers are used again.
    fn is_running(&self) -> Option<String> {
        let number = read(&self.process()).ok()?;
        let line = read(&Path::new("/proc").join(&number).join("cmdline")).ok()?;
        line.contains("docker-registry").then_some(number)
    }
}

/// Starts it; when this returns it answers.
pub(super) fn up() -> Result<(), String> {
    let cluster = Cluster::running(None)?;
    let tools = [("docker-registry", "docker-registry"), ("htpasswd", "apache2-utils")];
    let missing = tools.iter().filter(|(program, _)| find(program).is_none());
    setup::install(&missing.map(|(_, package)| *package).collect::<Vec<_>>())?;
    let registry = Registry::of(&cluster)?;
    if registry.is_running().is_none() {
        registry.write_settings()?;
        registry.start()?;
    }
    println!("a registry answers at https://{}", registry.name);
    println!("  user        {USER}, password in {}", registry.password().display());
    println!("  authority   {}", cluster.state().join("etc/pki/ca.crt").display());
    println!("  in the cluster, namespace default: imagePullSecrets: [{{name: {SECRET}}}]");
    println!("  give it an image: cargo xtask rig registry push IMAGE.tar NAME:TAG");
    Ok(())
}

/// Ends it and forgets its images.
pub(super) fn down() -> Result<(), String> {
    let cluster = Cluster::running(None)?;
    let registry = Registry::of(&cluster)?;
    if let Some(number) = registry.is_running() {
        output(command("kill").args(["-9", &number]))?;
    }
    let _ = fs::remove_file(registry.process());
    let hosts = cluster.state().join("etc/registries").join(&registry.name);
    for folder in [hosts, registry.folder] {
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
    }
    println!("the registry is down");
    Ok(())
}

/// Its name, and the file of the pull secret.
pub(super) fn access() -> Result<(String, PathBuf), String> {
    let cluster = Cluster::running(None)?;
    let registry = Registry::of(&cluster)?;
    Ok((registry.name, registry.folder.join("secret.json")))
}

/// Gives it an image of a tar as `docker save` writes it.
pub(super) fn push(image: &str, name: &str) -> Result<(), String> {
    let cluster = Cluster::running(None)?;
    let registry = Registry::of(&cluster)?;
    if registry.is_running().is_none() {
        return Err("no registry runs: cargo xtask rig registry up".to_owned());
    }
    if find("skopeo").is_none() {
        setup::install(&["skopeo"])?;
    }
    let policy = registry.folder.join("policy.json");
    write(&policy, r#"{"default":[{"type":"insecureAcceptAnything"}]}"#)?;
    let mut skopeo = command("skopeo");
    skopeo.arg("--policy").arg(policy).args(["copy", "--quiet", "--dest-authfile"]);
    skopeo.arg(registry.folder.join("config.json"));
    skopeo.arg("--dest-cert-dir").arg(registry.folder.join("authority"));
    let target = format!("docker://{}/{name}", registry.name);
    check(skopeo.arg(format!("docker-archive:{image}")).arg(&target))?;
    println!("{}", target.trim_start_matches("docker://"));
    Ok(())
}

impl Registry<'_> {
    fn write_settings(&self) -> Result<(), String> {
        let (pki, node) = (self.cluster.state().join("etc/pki"), self.cluster.network()?.node());
        make_folder(&self.folder.join("authority"))?;
        let names = format!("IP:{node},IP:127.0.0.1,DNS:localhost");
        let certificates = Certificates { folder: &pki, days: 30 };
        certificates.signed("ca", "registry", "/CN=registry", Use::Server(&names))?;
        let authority = pki.join("ca.crt");
        let copy = self.folder.join("authority/ca.crt");
        fs::copy(&authority, &copy).map_err(|error| format!("{}: {error}", copy.display()))?;

        let password = output(command("openssl").args(["rand", "-hex", "16"]))?;
        let password = password.trim();
        write(&self.password(), password)?;
        write(&self.folder.join("htpasswd"), &hashed(password)?)?;
        let login = base64(&format!("{USER}:{password}"));
        let config = format!("{{\"auths\":{{\"{}\":{{\"auth\":\"{login}\"}}}}}}", self.name);
        write(&self.folder.join("config.json"), &config)?;

        // For the node's containerd, which reads it at each pull.
        let hosts = self.cluster.state().join("etc/registries").join(&self.name);
        make_folder(&hosts)?;
        let text = format!(
            "server = \"https://{0}\"\n\n[host.\"https://{0}\"]\n\
             capabilities = [\"pull\", \"resolve\"]\nca = \"/etc/kubernetes/pki/ca.crt\"\n",
            self.name
        );
        write(&hosts.join("hosts.toml"), &text)?;
        let settings = read(&crate::command::root().join("tests/rig/registry/config.yaml"))?;
        let settings = settings
            .replace("{{address}}", &self.name)
            .replace("{{folder}}", &self.folder.display().to_string());
        write(&self.folder.join("config.yaml"), &settings)?;
        self.write_secret(&config)
    }

    /// The pull secret, in the namespace `default`.
    fn write_secret(&self, config: &str) -> Result<(), String> {
        let secret = format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{{\"name\":\"{SECRET}\"}},\
             \"type\":\"kubernetes.io/dockerconfigjson\",\
             \"data\":{{\".dockerconfigjson\":\"{}\"}}}}",
            base64(config)
        );
        let file = self.folder.join("secret.json");
        write(&file, &secret)?;
        let mut apply = kubectl(&self.cluster.kubeconfig())?;
        output(apply.args(["apply", "--namespace=default", "--filename"]).arg(file)).map(drop)
    }

    fn start(&self) -> Result<(), String> {
        let program = find("docker-registry").ok_or("there is no docker-registry")?;
        let mut command = host::inside(self.cluster, &program)?;
        command.arg("serve").arg(self.folder.join("config.yaml"));
        let mut running = Running::start("registry", &mut command, &self.cluster.log("registry"))?;
        write(&self.process(), &running.id().to_string())?;
        wait(&mut running, || TcpStream::connect(&self.name).is_ok())
    }
}

fn base64(text: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode(text)
}

/// A line of htpasswd's; the password is not among its arguments, which everybody can read.
fn hashed(password: &str) -> Result<String, String> {
    let told = |error: std::io::Error| format!("htpasswd: {error}");
    let mut htpasswd = command("htpasswd");
    htpasswd.args(["-n", "-i", "-B", USER]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = htpasswd.spawn().map_err(told)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(password.as_bytes()).map_err(told)?;
    }
    let said = child.wait_with_output().map_err(told)?;
    String::from_utf8(said.stdout).map_err(|error| format!("htpasswd: {error}"))
}
