//! `cofferdam serve`: the same as `up`, in a cluster, for a team: over PostgreSQL and NATS or, for
//! one replica, over SQLite; TLS by its own authority; admission.

use crate::{
    advisory,
    arguments::Serve,
    diagnostics::{self, Format},
    places,
    platform::{
        self, Lease, Plan, Platform, certificates::Certificates, door, password, runtime, say,
        secret::Place,
    },
};
use cofferdam_api::{Settings, Transport};
use cofferdam_cluster::Connection;
use cofferdam_control::{
    Source, Tasks,
    admission::configuration::Address,
    lead::ClusterLease,
    scan::{Images, Real},
};
use cofferdam_download::{Client, Settings as DownloadSettings};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_registry::{Credentials, Registry};
use rustls::{ServerConfig, crypto::aws_lc_rs};
use std::{
    io::{self, IsTerminal as _},
    sync::Arc,
};
use tokio::{
    sync::{oneshot, watch},
    time::sleep,
};

/// The port of the Service that the API server calls.
const ADMISSION_PORT: u16 = 9443;

/// The file of the first password, beside the data.
const PASSWORD_FILE: &str = "admin-password";

/// How its log is written.
pub(crate) fn log(serve: &Serve) -> Format {
    let is_read = io::stderr().is_terminal();
    serve.log.unwrap_or(if is_read { Format::Text } else { Format::Json })
}

/// Runs until it is told to end.
pub(crate) fn run(serve: &Serve) -> Result<Exit, Diagnostic> {
    let database = match &serve.common.database.database {
        Some(path) => path.clone(),
        None => places::database()?,
    };
    runtime()?.block_on(async {
        let connection = Connection::open(&serve.access()).await?;
        let listener = platform::listen(&serve.listen).await?;
        let mut tasks = Tasks::default();
        let certificates = certificates(serve, &connection, &mut tasks).await?;
        let transport = Transport::Tls(tls(&certificates)?);
        let without = update_advisories(serve, &mut tasks);
        let lease = Lease {
            kept: ClusterLease {
                connection: connection.clone(),
                namespace: serve.namespace.clone(),
                name: serve.name.clone(),
            },
            me: serve.pod.clone(),
            without,
        };
        let platform = Platform::start(Plan {
            store: store(serve)?,
            bus: serve.bus.clone(),
            source: Source::Live(connection.clone()),
            images: images(serve, &connection)?,
            policies: serve.common.policy.clone(),
            database: Some(database),
            settings: Settings {
                is_secure: true,
                audit_token: serve.common.audit_token.clone(),
                trusted_proxies: serve.trusted_proxy.clone(),
                ..Settings::default()
            },
            door: serve.admission_listen.clone().map(|listen| door::Plan {
                listen,
                address: address(serve),
                connection: connection.clone(),
                own_namespace: serve.namespace.clone(),
                certificates,
                is_passing: false,
            }),
            lease: Some(lease),
            tasks,
        })
        .await?;
        // From here on it ends in order: whoever reads the password may be done with it at once.
        let ended = platform::ended();
        let kept = || first_password(serve, &connection);
        password::ensure_admin(&platform.identity, kept).await?;
        let identity = connection.identity();
        say(&format!("cofferdam watches {} at {}", identity.version, identity.server));
        if let Ok(address) = listener.local_addr() {
            say(&format!("the console and the API are at https://{address}"));
        }
        if serve.update_advisories.is_none() {
            platform::await_database(serve.common.database.database.as_deref());
        }
        let store = platform.store.clone();
        let served = platform.serve(listener, transport, ended).await;
        platform::close(&store).await;
        served?;
        say("everything is written; goodbye");
        Ok(Exit::Pass)
    })
}

/// Fetches advisories again and again; they are used as soon as they are there. Says when none are
/// to be expected soon.
fn update_advisories(serve: &Serve, tasks: &mut Tasks) -> watch::Receiver<bool> {
    let (without, told) = watch::channel(serve.update_advisories.is_none());
    let Some(every) = serve.update_advisories else {
        return told;
    };
    let (database, certificate) =
        (serve.common.database.clone(), serve.common.ca_certificate.clone());
    let sources = serve.advisory_source.clone();
    let mut stop = tasks.stop();
    tasks.spawn("who fetches advisories", async move {
        loop {
            let (sources, certificate, database) =
                (sources.clone(), certificate.clone(), database.clone());
            let (done, ended) = oneshot::channel();
            // Downloads are written for a command line: they have a runtime of their own. Nobody
            // waits for one at the end.
            std::thread::spawn(move || {
                let updated = advisory::update(&sources, certificate.as_deref(), &database, true);
                done.send(match updated {
                    Ok(_) => true,
                    Err(error) => {
                        diagnostics::warn(&error);
                        false
                    }
                })
            });
            let next = async {
                let is_there = ended.await?;
                without.send_replace(!is_there);
                sleep(every).await;
                Ok::<_, oneshot::error::RecvError>(())
            };
            let goes_on = tokio::select! {
                // Otherwise it panicked.
                next = next => next.is_ok(),
                _ = stop.wait_for(|stop| *stop) => false,
            };
            if !goes_on {
                return;
            }
        }
    });
    told
}

fn store(serve: &Serve) -> Result<String, Diagnostic> {
    match (&serve.store, &serve.store_file) {
        (Some(url), _) => Ok(url.clone()),
        (None, Some(file)) => Ok(format!("sqlite:{}", file.display())),
        (None, None) => Err(Diagnostic::new(Exit::Usage, "no store is named")
            .remedy("set COFFERDAM_STORE=postgres://…, or say --store-file FILE for one replica")),
    }
}

fn images(serve: &Serve, connection: &Connection) -> Result<Images, Diagnostic> {
    let settings = DownloadSettings {
        certificates: serve.common.ca_certificate.clone(),
        ..Default::default()
    };
    let credentials = Credentials { files: places::registry_credentials() };
    let registry = Registry::new(Client::new(&settings)?, credentials);
    let connection = Some(connection.clone());
    Ok(Images::Real(Arc::new(Real { stores: Vec::new(), registry, connection })))
}

fn address(serve: &Serve) -> Address {
    let (namespace, name) = (serve.namespace.clone(), serve.name.clone());
    Address::Service { namespace, name, port: ADMISSION_PORT }
}

/// For the names of the Service and of the loopback, which `kubectl port-forward` shows. Browsers
/// are to come through an Ingress with a certificate that they know; `cofferdam get` believes the
/// `ca.crt` of the Secret.
async fn certificates(
    serve: &Serve,
    connection: &Connection,
    tasks: &mut Tasks,
) -> Result<Certificates, Diagnostic> {
    let mut names = address(serve).names();
    names.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    let place = Place {
        connection: connection.clone(),
        namespace: serve.namespace.clone(),
        name: format!("{}-certificates", serve.name),
    };
    Certificates::start(Some(place), names, tasks).await
}

fn tls(certificates: &Certificates) -> Result<Arc<ServerConfig>, Diagnostic> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Diagnostic::new(Exit::Infrastructure, "cannot speak TLS").because(error))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(&certificates.identity) as _);
    Ok(Arc::new(config))
}

/// Where the password of the first account is kept.
fn first_password(serve: &Serve, connection: &Connection) -> Result<password::Kept, Diagnostic> {
    if let Some(name) = &serve.admin_secret {
        let (connection, namespace) = (connection.clone(), serve.namespace.clone());
        let place = Place { connection, namespace, name: name.clone() };
        return Ok(password::Kept::Secret(Box::new(place)));
    }
    let file = match (&serve.admin_password_file, &serve.store_file) {
        (Some(file), _) => file.clone(),
        (None, Some(store)) => store.with_file_name(PASSWORD_FILE),
        (None, None) => {
            let remedy = "set HOME, or say --admin-password-file FILE";
            places::data().map_err(|error| error.remedy(remedy))?.join(PASSWORD_FILE)
        }
    };
    Ok(password::Kept::File(file))
}
