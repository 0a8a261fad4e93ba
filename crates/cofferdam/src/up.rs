//! `cofferdam up`: everything on one machine, in one process.

mod found;

use crate::{
    arguments::Up,
    places,
    platform::{self, Plan, Platform, certificates::Certificates, door, runtime, say},
    recording::{self, Shown},
    scan::now,
};
use cofferdam_api::{LocalServer, Settings, Transport};
use cofferdam_cluster::Connection;
use cofferdam_control::{Tasks, admission::configuration::Address};
use cofferdam_identity::{Identity, IdentityError, NewToken, Principal, Proof, Role, Who};
use cofferdam_model::{Diagnostic, Exit};
use found::Found;
use std::{
    fs,
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpListener;

/// Beside the data, for `get` to find.
const SERVER_FILE: &str = "server.json";
/// Where the chart is installed by its own documentation: not judged from outside either.
const OWN_NAMESPACE: &str = "cofferdam-system";
/// How long a token lives that nobody took back: kill -9 leaves one, until the next start over the
/// same data.
const TOKEN_DAYS: u32 = 30;
/// What its tokens are called, by which the next start knows them.
const TOKEN_NAME: &str = "cofferdam get, by up";
/// How long a server of this machine has to take a connection.
const ANSWERING: Duration = Duration::from_secs(1);

/// Runs until Ctrl-C.
pub(crate) fn run(up: &Up) -> Result<Exit, Diagnostic> {
    let data = match &up.data {
        Some(data) => data.clone(),
        None => places::data()?,
    };
    make_private(&data)?;
    let database = match &up.common.database.database {
        Some(path) => path.clone(),
        None => places::database()?,
    };
    runtime()?.block_on(async {
        // The port first: whoever runs it twice is told at once.
        let listener = platform::listen(&up.listen).await?;
        let address = listener.local_addr().map_err(io_error)?;
        keep_local(address)?;
        let containerd = found::containerd(up)?;
        let found = found::find(up).await?;
        let told = found.told(up);
        let is_recorded = !matches!(found, Found::Live(_));
        let mut tasks = Tasks::default();
        let door = door(up, &found, &mut tasks).await?;
        let file = data.join(format!("{}.db", found.name()));
        let recorded = recorded(up, &found)?;
        let Shown { source, images, requests } = found.shown(up, containerd)?;
        let platform = Platform::start(Plan {
            store: format!("sqlite:{}", file.display()),
            bus: "memory:".to_owned(),
            source,
            images,
            policies: up.common.policy.clone(),
            database: Some(database),
            settings: Settings {
                is_recorded,
                read_only: door.is_none(),
                audit_token: up.common.audit_token.clone(),
                ..Settings::loopback()
            },
            door,
            lease: None,
            tasks,
        })
        .await?;
        // From here on there is something to end.
        let ended = platform::ended();
        say(&told);
        platform::await_database(up.common.database.database.as_deref());
        let store = platform.store.clone();
        if let Some(requests) = requests
            && let Err(error) = requests.put(&store).await
        {
            platform.end().await;
            platform::close(&store).await;
            return Err(
                Diagnostic::new(Exit::Infrastructure, "cannot write to the store").because(error)
            );
        }
        let done = match recorded {
            Some((folder, connection)) => record(platform, folder, &connection, ended).await,
            None => serve(platform, listener, &format!("http://{address}"), ended).await,
        };
        platform::close(&store).await;
        say(&done?);
        Ok(Exit::Pass)
    })
}

/// Records the cluster, unless it is `ended` before. Gives what is said at the end.
async fn record(
    mut platform: Platform,
    folder: &Path,
    connection: &Connection,
    ended: impl Future<Output = ()>,
) -> Result<String, Diagnostic> {
    say("it is recorded once everything is judged; Ctrl-C ends this without a recording");
    let store = platform.store.clone();
    let recorded = async {
        let settled = platform.settled().await?;
        let has_more = recording::write(folder, connection, &store).await?;
        Ok((settled, has_more))
    };
    let recorded = tokio::select! {
        recorded = recorded => recorded,
        () = ended => {
            Err(Diagnostic::new(Exit::Infrastructure, "it was ended before anything was recorded"))
        }
    };
    platform.end().await;
    let ((images, failed), has_more) = recorded?;
    if failed > 0 {
        say(&format!("{failed} of {images} images could not be had: they are not in it"));
    }
    if has_more {
        say("only the newest admission reviews and audit events are in it");
    }
    Ok(format!("recorded: cofferdam up --recording {}", folder.display()))
}

/// Answers until `ended`. Gives what is said at the end.
async fn serve(
    platform: Platform,
    listener: TcpListener,
    url: &str,
    ended: impl Future<Output = ()>,
) -> Result<String, Diagnostic> {
    let identity = Arc::clone(&platform.identity);
    let found = async {
        let greeting = greeting(&identity, url).await?;
        Ok((greeting, Local::write(&identity, url).await?))
    };
    let (greeting, local) = match found.await {
        Ok(found) => found,
        Err(error) => {
            platform.end().await;
            return Err(error);
        }
    };
    // Whoever reads it may ask at once: `get` finds us by now, and connections are waited for.
    let served = match write!(anstream::stdout(), "{greeting}") {
        Ok(()) => platform.serve(listener, Transport::Plain, ended).await,
        Err(error) => {
            platform.end().await;
            Err(io_error(error))
        }
    };
    local.end(&identity).await;
    served.map(|()| "everything is written; goodbye".to_owned())
}

/// Plain HTTP is for this machine alone: what goes over a network would be for all to read, and a
/// page of any site could rebind its name to us.
fn keep_local(address: SocketAddr) -> Result<(), Diagnostic> {
    if [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].contains(&address.ip()) {
        return Ok(());
    }
    let port = address.port();
    Err(Diagnostic::new(Exit::Usage, "`up` speaks plain HTTP, to this machine alone")
        .at(address)
        .remedy(format!(
            "listen on 127.0.0.1:{port} and come from elsewhere by \
             `ssh -L {port}:127.0.0.1:{port} HOST`; `cofferdam serve` speaks TLS to others"
        )))
}

/// Where a cluster is to be recorded, and the cluster.
fn recorded<'u>(up: &'u Up, found: &Found) -> Result<Option<(&'u Path, Connection)>, Diagnostic> {
    match (&up.record, found) {
        (None, _) => Ok(None),
        (Some(folder), Found::Live(_)) if !is_new(folder) => {
            Err(Diagnostic::new(Exit::Usage, "there is something in the folder already")
                .at(folder.display())
                .remedy("name a new one: a recording is never written over another"))
        }
        (Some(folder), Found::Live(connection)) => Ok(Some((folder, connection.clone()))),
        (Some(_), _) => Err(Diagnostic::new(Exit::Usage, "only a live cluster can be recorded")
            .remedy("name one with --context or --kubeconfig")),
    }
}

/// Whether nothing would be lost: it is not there, or has nothing in it.
fn is_new(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// A door is put before a cluster only when somebody says where the cluster finds it.
async fn door(up: &Up, found: &Found, tasks: &mut Tasks) -> Result<Option<door::Plan>, Diagnostic> {
    let Some(url) = &up.admission_url else { return Ok(None) };
    let Found::Live(connection) = found else {
        let what = "nobody asks a recording: --admission-url needs a live cluster";
        return Err(Diagnostic::new(Exit::Usage, what));
    };
    let port = url.rsplit_once(':').map(|(_, port)| port.trim_end_matches('/'));
    let Some(port) = port.filter(|port| url.starts_with("https://") && port.parse::<u16>().is_ok())
    else {
        return Err(Diagnostic::new(Exit::Usage, "this is no address of a webhook")
            .at(url)
            .remedy("give what the API server reaches this machine by: https://10.0.0.5:9443"));
    };
    let address = Address::Url(url.trim_end_matches('/').to_owned());
    let certificates = Certificates::start(None, address.names(), tasks).await?;
    Ok(Some(door::Plan {
        listen: format!("0.0.0.0:{port}"),
        address,
        connection: connection.clone(),
        own_namespace: OWN_NAMESPACE.to_owned(),
        certificates,
        is_passing: true,
    }))
}

/// Where the console is, and the code that opens it once.
async fn greeting(identity: &Identity, url: &str) -> Result<String, Diagnostic> {
    let refused = |error| {
        Diagnostic::new(Exit::Infrastructure, "cannot make the first account").because(error)
    };
    let password = identity.ensure_admin(now()).await.map_err(refused)?;
    let code = identity.issue_code(now()).map_err(refused)?;
    let later = password.map(|word| format!("  later     sign in as admin with {word}\n"));
    let later = later.unwrap_or_default();
    Ok(format!("\n  console   {url}/#code={code}\n{later}  end       Ctrl-C\n\n"))
}

/// What `cofferdam get` finds this process by; gone when it is.
struct Local {
    path: PathBuf,
    server: LocalServer,
    /// The one that was found before, which may still run with other data.
    before: Option<LocalServer>,
    /// The id of its token.
    token: String,
}

impl Local {
    async fn write(identity: &Identity, url: &str) -> Result<Self, Diagnostic> {
        let folder = places::data()?;
        make_private(&folder)?;
        let path = folder.join(SERVER_FILE);
        let (token, value) = token(identity).await.map_err(|error| {
            Diagnostic::new(Exit::Infrastructure, "cannot make a token for `cofferdam get`")
                .because(error)
        })?;
        let server = LocalServer { url: url.to_owned(), token: value };
        // Where we are now nobody else is.
        let before = LocalServer::read(&path).ok().flatten().filter(|before| before.url != url);
        server.write(&path).map_err(io_error)?;
        Ok(Self { path, server, before, token })
    }

    async fn end(self, identity: &Identity) {
        // Another may have been started since, with other data: that one is found now. A leftover
        // leads to an address that does not answer, which `get` says.
        if let Ok(Some(found)) = LocalServer::read(&self.path)
            && found.token == self.server.token
        {
            let _ = match self.before.filter(answers) {
                Some(before) => before.write(&self.path),
                None => fs::remove_file(&self.path),
            };
        }
        let _ = identity.delete_token(&who(), &self.token, now()).await;
    }
}

/// Whether somebody listens where a server of this machine did.
fn answers(server: &LocalServer) -> bool {
    let address = server.url.strip_prefix("http://").and_then(|address| address.parse().ok());
    address.is_some_and(|address| TcpStream::connect_timeout(&address, ANSWERING).is_ok())
}

/// A token of the first admin; its id and its value. Those that an earlier process was killed with
/// are revoked: nobody else uses these data.
async fn token(identity: &Identity) -> Result<(String, String), IdentityError> {
    let accounts = identity.accounts().await?;
    let admin =
        accounts.into_iter().find(|one| one.role == Role::Admin && one.disabled_at.is_none());
    let owner = admin.ok_or_else(|| IdentityError::Invalid("there is no admin".to_owned()))?;
    let owner = Principal {
        account: owner.id,
        name: owner.name,
        role: Role::Admin,
        namespaces: Vec::new(),
        must_change: false,
        proof: Proof::Token,
    };
    for (left, _) in identity.tokens().await? {
        if left.name == TOKEN_NAME {
            identity.delete_token(&who(), &left.id, now()).await?;
        }
    }
    let new = NewToken { name: TOKEN_NAME.to_owned(), role: Role::Admin, days: TOKEN_DAYS };
    let (token, value) = identity.create_token(&who(), &owner, new, now()).await?;
    Ok((token.id, value))
}

fn who() -> Who {
    Who { name: "cofferdam up".to_owned(), address: "local".to_owned() }
}

fn make_private(folder: &Path) -> Result<(), Diagnostic> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot make the folder for data")
            .at(folder.display())
            .because(error)
            .remedy("say --data FOLDER")
    })
}

fn io_error(error: io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "the machine refused").because(error)
}

#[cfg(test)]
mod tests {
    use super::keep_local;
    use cofferdam_model::Exit;

    #[test]
    fn plain_http_stays_on_the_machine() {
        for address in ["127.0.0.1:7077", "127.0.0.1:1", "[::1]:7077"] {
            assert!(keep_local(address.parse().unwrap()).is_ok(), "{address}");
        }
        for address in ["0.0.0.0:7077", "[::]:7077", "192.0.2.1:7077", "127.0.0.2:7077"] {
            let refused = keep_local(address.parse().unwrap()).unwrap_err();
            assert_eq!(refused.exit, Exit::Usage, "{address}");
            assert!(format!("{refused:?}").contains("ssh -L 7077:127.0.0.1:7077"), "{refused:?}");
        }
    }
}
