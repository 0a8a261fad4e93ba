//! What `up` and `serve` share: the store, the bus, accounts, controllers, the door and the API,
//! begun together and ended together.
//!
//! ```text
//! cluster or recording ─► controllers ─► store ─► API, console
//!                              └► objects ─► door ◄─ API server
//! ```

pub(crate) mod certificates;
mod control;
pub(crate) mod door;
pub(crate) mod password;
mod rules;
pub(crate) mod secret;
mod signals;
mod threads;
mod told;

pub(crate) use signals::ended;
pub(crate) use threads::runtime;

use crate::{backup::in_use, diagnostics::note, scan::now};
use cofferdam_api::{Api, ApiParts, Settings, Transport};
use cofferdam_bus::Bus;
use cofferdam_control::{
    Controller, Handle, Parts, Rules, Source, Tasks, View,
    lead::{self, ClusterLease},
    scan::Images,
};
use cofferdam_identity::Identity;
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_store::{ImageState, Lock, Store, StoreError};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{sleep, timeout},
};

/// How long the API server has to take the webhook away, and the store the last reviews.
const LEAVING: Duration = Duration::from_secs(5);
/// How long a store may take to put its file in order; what is left of that is done when it is
/// opened again.
const CLOSING: Duration = Duration::from_secs(30);
/// How long advisories are waited for before a replica leads without: they are some hundreds of
/// megabytes.
const FETCHING: Duration = Duration::from_mins(10);
/// How often it is asked whether everything is judged.
const SETTLING: Duration = Duration::from_millis(500);
/// How many times in a row it has to be so: images are asked for once the workload that runs them
/// is written.
const SETTLED: u32 = 4;

/// What a platform is made of.
pub(crate) struct Plan {
    /// Where everything is kept: `sqlite:FILE` or `postgres://…`.
    pub(crate) store: String,
    /// `memory:` or `nats://…`.
    pub(crate) bus: String,
    /// The cluster.
    pub(crate) source: Source,
    /// Where images come from.
    pub(crate) images: Images,
    /// Policies and exceptions of the user's own.
    pub(crate) policies: Vec<PathBuf>,
    /// The advisory database, if there is one.
    pub(crate) database: Option<PathBuf>,
    /// How the API is set up.
    pub(crate) settings: Settings,
    /// The door, where there is to be one.
    pub(crate) door: Option<door::Plan>,
    /// What replicas agree by on which of them writes; nothing where there is one.
    pub(crate) lease: Option<Lease>,
    /// What was begun already, and ends with everything else.
    pub(crate) tasks: Tasks,
}

/// A Lease, and the name of who asks for it.
pub(crate) struct Lease {
    pub(crate) kept: ClusterLease,
    pub(crate) me: String,
    /// True once no advisories are to be expected: nobody fetches any, or it failed.
    pub(crate) without: watch::Receiver<bool>,
}

/// Everything, running.
pub(crate) struct Platform {
    pub(crate) identity: Arc<Identity>,
    pub(crate) store: Store,
    /// Held until all is written.
    lock: Option<Lock>,
    handle: Handle,
    /// All that goes on besides the controllers.
    tasks: Tasks,
    api: Api,
}

impl Platform {
    /// Opens and starts everything; nothing is listened to yet but the door.
    pub(crate) async fn start(plan: Plan) -> Result<Self, Diagnostic> {
        let Plan { store, bus, source, images, policies, database, settings, door, lease, .. } =
            plan;
        let mut tasks = plan.tasks;
        let lock = Lock::take(&store).map_err(|error| in_use(&store, &error))?;
        let store = open_store(&store).await?;
        let bus = open_bus(&bus).await?;
        let identity = Arc::new(Identity::new(store.clone()));
        let parts = rules::Parts {
            files: rules::Files { policies, database },
            store: store.clone(),
            bus: bus.clone(),
            cluster: source.identity().id.clone(),
            clock: now,
        };
        let kept = rules::keep(parts, &mut tasks)?;
        let leads = leading(lease, &store, &kept.rules, &mut tasks);
        let handle = Controller::start(Parts {
            store: store.clone(),
            bus: bus.clone(),
            source,
            images,
            rules: kept.rules.clone(),
            documents: kept.documents.clone(),
            leads,
            clock: now,
        });
        tasks.spawn("who tells of the store", told::tell(handle.views(), tasks.stop()));
        tasks.spawn("the watch of the cluster", unwatched(handle.views(), tasks.stop()));
        let door = match door {
            Some(plan) => {
                let parts = door::Parts {
                    store: store.clone(),
                    bus: bus.clone(),
                    objects: handle.objects(),
                    assessed: handle.assessed(),
                    lineage: handle.lineage(),
                    views: handle.views(),
                    rules: kept.rules.clone(),
                };
                Some(door::start(plan, parts, &mut tasks).await?)
            }
            None => None,
        };
        let control = Arc::new(control::Watched::new(handle.views(), kept.clone(), door));
        let parts = ApiParts {
            store: store.clone(),
            bus,
            identity: Arc::clone(&identity),
            control,
            catalogue: kept.catalogue,
            settings,
            clock: now,
        };
        let api = Api::new(parts);
        tasks.spawn("who tells of changes", api.listen(tasks.stop()));
        Ok(Self { identity, store, lock, handle, tasks, api })
    }

    /// Answers until `ended`; then ends what was begun. It ends by itself, with an error, when a
    /// part of it broke: whoever watches over the process starts it again.
    pub(crate) async fn serve(
        mut self,
        listener: TcpListener,
        transport: Transport,
        ended: impl Future<Output = ()>,
    ) -> Result<(), Diagnostic> {
        let mut served = Ok(());
        let until = async {
            tokio::select! {
                () = ended => {}
                why = broken(&mut self.handle, &mut self.tasks) => served = Err(why),
            }
        };
        self.api.serve(listener, transport, until).await;
        self.end().await;
        served
    }

    /// Ends what was begun.
    pub(crate) async fn end(self) {
        let Self { handle, tasks, api, lock: _lock, .. } = self;
        // Nobody else has the door then, and who writes down reviews knows that there are no more.
        drop(api);
        // An API server or a store that does not answer any more is not waited for.
        let ended = timeout(LEAVING, tasks.end());
        tokio::join!(handle.shutdown(), async { drop(ended.await) });
    }

    /// Comes back when all that is known was judged, and every image was looked into, with or
    /// without success; says how far it is. Gives how many images there are, and how many of them
    /// could not be had.
    pub(crate) async fn settled(&mut self) -> Result<(u64, u64), Diagnostic> {
        let (mut settled, mut told) = (0, None);
        loop {
            let images = self.store.image_totals().await.map_err(|error| {
                Diagnostic::new(Exit::Infrastructure, "cannot ask the store").because(error)
            })?;
            let of = |state| images.get(&state).copied().unwrap_or(0);
            let waiting = of(ImageState::Waiting) + of(ImageState::Scanning);
            let all = images.values().sum();
            let is_settled = self.handle.state().is_idle && waiting == 0;
            settled = if is_settled { settled + 1 } else { 0 };
            if settled == SETTLED {
                return Ok((all, of(ImageState::Failed)));
            }
            if waiting > 0 && told != Some((waiting, all)) {
                say(&format!("{} of {all} images are looked into", all - waiting));
                told = Some((waiting, all));
            }
            let broken = broken(&mut self.handle, &mut self.tasks);
            if let Ok(why) = timeout(SETTLING, broken).await {
                return Err(why);
            }
        }
    }
}

/// Comes back when a task ended before its time, with what is said then: something would not be
/// judged or written any more, and what is shown would grow old unnoticed.
async fn broken(handle: &mut Handle, tasks: &mut Tasks) -> Diagnostic {
    let why = tokio::select! {
        why = handle.broken() => why,
        why = tasks.broken() => why,
    };
    Diagnostic::new(Exit::Infrastructure, "a part of the server broke, so that all of it ends")
        .because(why)
        .remedy("start it again, as Kubernetes does; please report what was logged before this")
}

/// Comes back when the cluster is not heard of any more: somebody in there broke.
async fn unwatched(mut views: watch::Receiver<Arc<View>>, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        _ = views.wait_for(|view| view.state.ended.is_some()) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Whether this process writes: alone always, of several when it holds the Lease.
fn leading(
    lease: Option<Lease>,
    store: &Store,
    rules: &watch::Receiver<Rules>,
    tasks: &mut Tasks,
) -> watch::Receiver<bool> {
    let (leads, leading) = watch::channel(lease.is_none());
    let mut stop = tasks.stop();
    let (store, rules) = (store.clone(), rules.clone());
    tasks.spawn("who says which replica writes", async move {
        if let Some(Lease { kept, me, without }) = lease {
            // Where nobody can say, somebody may have judged before.
            let known = store.images_looked_into().await;
            let is_first = known.is_ok_and(|images| images.is_empty());
            tokio::select! {
                () = can_judge(is_first, rules, without) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            return lead::run(kept, me, leads, now, stop).await;
        }
        // The sender has to live as long as somebody listens.
        let _ = stop.wait_for(|stop| *stop).await;
        drop(leads);
    });
    leading
}

/// Waits for the first advisories where another judged before: without them, all that they say of
/// the images would end, and begin again when they are there.
async fn can_judge(
    is_first: bool,
    mut rules: watch::Receiver<Rules>,
    mut without: watch::Receiver<bool>,
) {
    if is_first {
        return;
    }
    tokio::select! {
        _ = rules.wait_for(|rules| rules.advisories.is_some()) => {}
        _ = without.wait_for(|without| *without) => {}
        () = sleep(FETCHING) => {}
    }
}

async fn open_store(url: &str) -> Result<Store, Diagnostic> {
    Store::open(url).await.map_err(|error| {
        let exit = match error {
            StoreError::Unsupported(_) => Exit::Usage,
            _ => Exit::Infrastructure,
        };
        Diagnostic::new(exit, "cannot open the store")
            .at(shown(url))
            .because(error)
            .remedy("see that it is there and that this user may make and change tables in it")
    })
}

/// Closes the store, so that its file alone is all of it. It is the last thing that is done: what
/// else still has it is refused.
pub(crate) async fn close(store: &Store) {
    if timeout(CLOSING, store.close()).await.is_err() {
        say("the store is still at work: what was written last is in the -wal beside its file");
    }
}

async fn open_bus(url: &str) -> Result<Bus, Diagnostic> {
    Bus::open(url).await.map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot reach the bus")
            .at(shown(url))
            .because(error)
            .remedy("see that the NATS server runs with JetStream (nats-server -js)")
    })
}

/// An address of a store or a bus for people: without user and password, which stand before the
/// last `@`, and without what follows a question mark, where some write a password too. One of no
/// known form may be a password throughout.
pub(crate) fn shown(url: &str) -> String {
    let is_plain = ["sqlite:", "memory:"].iter().any(|kind| url.starts_with(kind));
    let Some((scheme, rest)) = url.split_once("://").filter(|_| !is_plain) else {
        return if is_plain { url.to_owned() } else { "…".to_owned() };
    };
    match rest.rsplit_once('@') {
        // An `@` after a question mark is part of either.
        Some((before, _)) if before.contains('?') => format!("{scheme}://…"),
        Some((_, host)) => format!("{scheme}://…@{}", without_options(host)),
        None => format!("{scheme}://{}", without_options(rest)),
    }
}

fn without_options(host: &str) -> &str {
    host.split_once('?').map_or(host, |(host, _)| host)
}

/// Listens for the API and the console.
pub(crate) async fn listen(address: &str) -> Result<TcpListener, Diagnostic> {
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == ErrorKind::InvalidInput {
            return Diagnostic::new(Exit::Usage, "this is nothing to listen on")
                .at(format!("--listen {address}"))
                .because(error)
                .remedy("say ADDRESS:PORT, for example 127.0.0.1:7322");
        }
        let remedy = match error.kind() {
            ErrorKind::AddrInUse => "is it running already? otherwise choose another with --listen",
            _ => "choose another ADDRESS:PORT with --listen: the address is one of this machine",
        };
        Diagnostic::new(Exit::Infrastructure, "cannot listen")
            .at(address)
            .because(error)
            .remedy(remedy)
    })
}

/// A database that was named and is not there may come yet; one of a mistyped name never does.
pub(crate) fn await_database(named: Option<&Path>) {
    if let Some(path) = named.filter(|path| !path.exists()) {
        let path = path.display();
        say(&format!(
            "there is no advisory database at {path} yet: vulnerabilities are not assessed until \
             `cofferdam advisory update --database {path}` made one"
        ));
    }
}

/// Says something of what goes on; a service says it to its log.
pub(crate) fn say(text: &str) {
    note(text);
}

#[cfg(test)]
mod tests {
    use super::{FETCHING, Plan, Platform, Settings, can_judge, listen, shown};
    use cofferdam_api::Transport;
    use cofferdam_control::{Rules, Source, Tasks, scan::Images};
    use cofferdam_model::{Change, ClusterIdentity, Exit};
    use cofferdam_policy::Bundle;
    use std::{collections::HashMap, future::pending, sync::Arc};
    use tempfile::TempDir;
    use tokio::{
        sync::{mpsc, watch},
        time::timeout,
    };

    /// A platform before a cluster that says what a test says.
    async fn platform(tasks: Tasks) -> (Platform, mpsc::Sender<Change>, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let (told, changes) = mpsc::channel(1);
        let identity = ClusterIdentity {
            id: "c".to_owned(),
            name: "test".to_owned(),
            version: "v1.34.4".to_owned(),
            server: String::new(),
        };
        let plan = Plan {
            store: format!("sqlite:{}", folder.path().join("store.db").display()),
            bus: "memory:".to_owned(),
            source: Source::Heard { identity, changes },
            images: Images::Recorded(Arc::new(HashMap::new())),
            policies: Vec::new(),
            database: None,
            settings: Settings::default(),
            door: None,
            lease: None,
            tasks,
        };
        (Platform::start(plan).await.unwrap(), told, folder)
    }

    /// What it ends with though nobody ends it.
    async fn end_of(platform: Platform) -> String {
        let listener = listen("127.0.0.1:0").await.unwrap();
        let served = platform.serve(listener, Transport::Plain, pending()).await;
        served.unwrap_err().cause.unwrap()
    }

    #[tokio::test]
    async fn a_task_that_panics_ends_everything() {
        let mut tasks = Tasks::default();
        tasks.spawn("who keeps the webhook", async { panic!("a bug") });
        let (platform, _told, _folder) = platform(tasks).await;
        let why = end_of(platform).await;
        assert!(why.starts_with("who keeps the webhook: ") && why.contains("a bug"), "{why}");
    }

    #[tokio::test]
    async fn a_cluster_that_is_not_heard_of_any_more_ends_everything() {
        let (platform, told, _folder) = platform(Tasks::default()).await;
        drop(told);
        assert_eq!(end_of(platform).await, "the watch of the cluster ended before its time");
    }

    #[tokio::test]
    async fn whatever_was_begun_ends_when_it_is_told_to() {
        let (platform, _told, _folder) = platform(Tasks::default()).await;
        let listener = listen("127.0.0.1:0").await.unwrap();
        // Sooner than what does not end by itself would be left alone.
        let served = platform.serve(listener, Transport::Plain, async {});
        timeout(super::LEAVING / 2, served).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_cluster_without_images_is_settled_once_it_is_listed() {
        let (mut platform, told, _folder) = platform(Tasks::default()).await;
        let early = timeout(super::SETTLING * (super::SETTLED + 2), platform.settled());
        assert!(early.await.is_err(), "nothing is listed");
        told.send(Change::Synced).await.unwrap();
        assert_eq!(platform.settled().await.unwrap(), (0, 0));
    }

    #[tokio::test]
    async fn what_breaks_before_it_is_settled_is_not_waited_for() {
        let mut tasks = Tasks::default();
        tasks.spawn("who keeps the webhook", async { panic!("a bug") });
        let (mut platform, _told, _folder) = platform(tasks).await;
        let settled = timeout(super::LEAVING, platform.settled()).await.unwrap();
        assert!(settled.unwrap_err().cause.unwrap().contains("a bug"));
    }

    #[tokio::test]
    async fn what_is_no_address_is_a_mistake_of_whoever_says_it() {
        for address in ["7322", "127.0.0.1:", "127.0.0.1:99999", ""] {
            let refused = listen(address).await.unwrap_err();
            assert_eq!(refused.exit, Exit::Usage, "{address}: {refused:?}");
            assert!(refused.remedy.unwrap().contains("127.0.0.1:7322"), "{address}");
        }
        let held = listen("127.0.0.1:0").await.unwrap();
        let refused = listen(&held.local_addr().unwrap().to_string()).await.unwrap_err();
        assert_eq!(refused.exit, Exit::Infrastructure);
        assert!(refused.remedy.unwrap().contains("is it running already?"));
    }

    #[test]
    fn an_address_is_shown_without_what_opens_it() {
        for (url, expected) in [
            ("sqlite:/var/lib/a@b?.db", "sqlite:/var/lib/a@b?.db"),
            ("memory:", "memory:"),
            ("postgres://user:hunter2@db:5432/c?sslmode=require", "postgres://…@db:5432/c"),
            ("postgres://db/c?user=me&password=hunter2", "postgres://db/c"),
            ("postgres://db/c?password=hun@ter2", "postgres://…"),
            ("postgres://user:hun@ter2@db/c", "postgres://…@db/c"),
            ("postgres://user:hun?ter2@db/c", "postgres://…"),
            ("nats://a:hunter2@one:4222,nats://b:hunter2@two:4222", "nats://…@two:4222"),
            ("tls://hunter2@one:4222?sslrootcert=/ca.crt", "tls://…@one:4222"),
            ("host=db user=me password=hunter2", "…"),
            ("hunter2", "…"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    /// A leader that judges without advisories ends what the one before found with some.
    #[tokio::test(start_paused = true)]
    async fn who_follows_one_that_judged_with_advisories_waits_for_some() {
        let bundle = Arc::new(Bundle::built_in().unwrap());
        let (_rules, given) = watch::channel(Rules { bundle, advisories: None, is_whole: true });
        let (failed, without) = watch::channel(false);
        let waited =
            |is_first| timeout(FETCHING / 2, can_judge(is_first, given.clone(), without.clone()));
        assert!(waited(true).await.is_ok(), "nothing was judged before");
        assert!(waited(false).await.is_err());
        failed.send_replace(true);
        assert!(waited(false).await.is_ok(), "there will be none");
    }
}
