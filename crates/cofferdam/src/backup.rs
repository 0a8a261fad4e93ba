//! `cofferdam backup` and `restore`: all that a store holds, as one file, and back.

use crate::{
    diagnostics,
    platform::{self, shown},
    progress::Line,
    scan::runtime,
};
use clap::Args;
use cofferdam_assess::Progress as _;
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_store::{Lock, Store, StoreError, sqlite_path};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, IsTerminal as _, Read, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

const BACKUP_EXAMPLES: &str = "\
Examples:
  cofferdam backup --store-file cofferdam.db cofferdam.backup
  COFFERDAM_STORE=postgres://… cofferdam backup cofferdam.backup
  kubectl -n cofferdam-system exec deploy/cofferdam -- cofferdam backup \\
    --store-file /var/lib/cofferdam/cofferdam.db - > cofferdam.backup

A server may be using the store meanwhile: what is written is how it was at one moment. The file
holds what runs and what was found, and hashes of passwords and tokens: keep it as you keep those.
What is not in it: policies, the advisory database, certificates.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  cofferdam restore --store-file cofferdam.db cofferdam.backup
  COFFERDAM_STORE=postgres://… cofferdam restore cofferdam.backup
  cofferdam restore --replace --store-file cofferdam.db cofferdam.backup

A backup restores into either kind of store: it is the way from SQLite to PostgreSQL. End the
servers of the store first. All of it is restored, or nothing.";

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct Kept {
    /// A PostgreSQL database: postgres://user:password@host/database. Give it by the environment:
    /// arguments are seen by everybody.
    #[arg(long, value_name = "URL", env = "COFFERDAM_STORE", hide_env_values = true)]
    store: Option<String>,

    /// A SQLite file, whatever COFFERDAM_STORE says: that of `serve --store-file`, or one in the
    /// folder where `up` keeps its data.
    #[arg(long, value_name = "FILE")]
    store_file: Option<PathBuf>,
}

impl Kept {
    fn url(&self) -> Result<String, Diagnostic> {
        match (&self.store_file, &self.store) {
            (Some(file), _) => Ok(format!("sqlite:{}", file.display())),
            (None, Some(url)) => Ok(url.clone()),
            (None, None) => Err(Diagnostic::new(Exit::Usage, "no store is named")
                .remedy("say --store-file FILE, or set COFFERDAM_STORE=postgres://…")),
        }
    }
}

/// What to write where.
#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct Backup {
    /// The new file, for its owner alone; `-` is standard output.
    file: PathBuf,

    #[command(flatten)]
    kept: Kept,

    /// Take the place of the file if there is one, once the new one is whole.
    #[arg(long)]
    replace: bool,
}

/// What to read into what.
#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct Restore {
    /// A file that `cofferdam backup` wrote; `-` is standard input.
    file: PathBuf,

    #[command(flatten)]
    kept: Kept,

    /// Delete what the store holds, all at once with what comes; without it only an empty store is
    /// filled.
    #[arg(long)]
    replace: bool,
}

/// Writes a backup.
pub(crate) fn run(backup: &Backup, quiet: bool) -> Result<Exit, Diagnostic> {
    let (url, file) = (backup.kept.url()?, backup.file.as_path());
    if is_standard(file) && io::stdout().is_terminal() {
        let what = "a backup is nothing to read: standard output is a terminal";
        return Err(Diagnostic::new(Exit::Usage, what).remedy("name a file, or redirect it"));
    }
    if !is_standard(file) && file.exists() && (!backup.replace || !file.is_file()) {
        return Err(Diagnostic::new(Exit::Usage, "there is such a file already")
            .at(file.display())
            .remedy("name another, or say --replace to have it replaced"));
    }
    let line = Line::new(quiet);
    let runtime = runtime()?;
    let rows = runtime.block_on(async {
        let store = Store::open_as_it_is(&url);
        let store = store.await.map_err(|error| unopened(&url, &error))?;
        line.rows("writing the backup");
        let written = async {
            if is_standard(file) {
                return save(&store, io::stdout(), &line, &url).await;
            }
            let part = Part::beside(file)?;
            let out = part.file.try_clone().map_err(|error| unwritten(file, &error))?;
            let rows = save(&store, out, &line, &url).await?;
            part.finish(file).map_err(|error| unwritten(file, &error))?;
            Ok(rows)
        };
        let written = tokio::select! {
            written = written => written,
            () = platform::ended() => {
                Err(Diagnostic::new(Exit::Infrastructure, "the backup was ended before it was whole"))
            }
        };
        platform::close(&store).await;
        written
    });
    // A reader that takes nothing would be waited for without end.
    runtime.shutdown_background();
    line.end();
    let rows = rows?;
    if !quiet {
        let place =
            if is_standard(file) { String::new() } else { format!(" in {}", file.display()) };
        diagnostics::note(&format!("{rows} rows of {}{place}", shown(&url)));
    }
    Ok(Exit::Pass)
}

async fn save(
    store: &Store,
    out: impl Write + Send + 'static,
    line: &Line,
    url: &str,
) -> Result<u64, Diagnostic> {
    store.backup(out, &|rows| line.advance(rows)).await.map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot back up the store")
            .at(shown(url))
            .because(error)
    })
}

/// Reads a backup.
pub(crate) fn restore(restore: &Restore, quiet: bool) -> Result<Exit, Diagnostic> {
    let (url, file) = (restore.kept.url()?, restore.file.as_path());
    let input: Box<dyn Read + Send> = if !is_standard(file) {
        Box::new(File::open(file).map_err(|error| {
            Diagnostic::new(Exit::Usage, "cannot read the backup").at(file.display()).because(error)
        })?)
    } else if io::stdin().is_terminal() {
        let what = "nobody types a backup: standard input is a terminal";
        return Err(Diagnostic::new(Exit::Usage, what).remedy("name a file, or redirect one"));
    } else {
        Box::new(io::stdin())
    };
    let line = Line::new(quiet);
    let runtime = runtime()?;
    let rows = runtime.block_on(async {
        let _alone = Lock::take(&url).map_err(|error| in_use(&url, &error))?;
        let new = sqlite_path(&url).filter(|path| !path.exists());
        // From before there is anything to put away again.
        let ended = platform::ended();
        let restored = fill(restore, &url, input, &line, ended).await;
        if let (Err(_), Some(path)) = (&restored, new) {
            forget(path);
        }
        restored
    });
    // Whoever sends nothing would be waited for without end.
    runtime.shutdown_background();
    line.end();
    let rows = rows?;
    if !quiet {
        diagnostics::note(&format!("{rows} rows in {}", shown(&url)));
    }
    Ok(Exit::Pass)
}

/// Fills the store until `ended`, and closes it.
async fn fill(
    restore: &Restore,
    url: &str,
    input: Box<dyn Read + Send>,
    line: &Line,
    ended: impl Future<Output = ()>,
) -> Result<u64, Diagnostic> {
    let store = Store::open_to_restore(url).await.map_err(|error| unopened(url, &error))?;
    line.rows("restoring");
    let told = |rows| line.advance(rows);
    let restored = async {
        let restored = if restore.replace {
            store.replace(input, &told).await.map(Some)
        } else {
            store.restore(input, &told).await
        };
        restored.map_err(|error| unrestored(url, &restore.file, &error))?.ok_or_else(|| {
            Diagnostic::new(Exit::Usage, "the store is not empty")
                .at(shown(url))
                .remedy("name an empty one, or say --replace to have all that is in it deleted")
        })
    };
    let restored = tokio::select! {
        restored = restored => restored,
        () = ended => {
            Err(Diagnostic::new(Exit::Infrastructure, "the restore was ended before it was whole"))
        }
    };
    platform::close(&store).await;
    restored
}

/// An empty store that nobody asked for would be taken for one.
fn forget(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // Most are gone, or never were.
        let _ = fs::remove_file(name);
    }
}

fn unrestored(url: &str, file: &Path, error: &StoreError) -> Diagnostic {
    match error {
        StoreError::Stream(_) => Diagnostic::new(Exit::Usage, "nothing is restored")
            .at(file.display())
            .because(error)
            .remedy("it is to be a file that `cofferdam backup` wrote, as it was written"),
        StoreError::Unsupported(_) => unopened(url, error),
        _ => Diagnostic::new(Exit::Infrastructure, "nothing is restored")
            .at(shown(url))
            .because(error),
    }
}

fn unopened(url: &str, error: &StoreError) -> Diagnostic {
    let exit = match error {
        StoreError::Unsupported(_) => Exit::Usage,
        _ => Exit::Infrastructure,
    };
    Diagnostic::new(exit, "cannot open the store").at(shown(url)).because(error)
}

/// What is said when another process has the file of a store.
pub(crate) fn in_use(url: &str, error: &StoreError) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "the store is not to be had")
        .at(shown(url))
        .because(error)
        .remedy("end the other `cofferdam up` or `serve` first, or use another file or folder")
}

fn unwritten(file: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "cannot write the backup")
        .at(file.display())
        .because(error)
        .remedy("see that its folder is there, has room and can be written")
}

fn is_standard(file: &Path) -> bool {
    file == Path::new("-")
}

/// A file that is not whole yet, beside the one that it becomes; gone if it never does.
struct Part {
    file: File,
    path: PathBuf,
}

impl Part {
    fn beside(file: &Path) -> Result<Self, Diagnostic> {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(name);
        // Never one that is there, which may be open to others or a link to elsewhere.
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        made.map(|file| Self { file, path }).map_err(|error| unwritten(file, &error))
    }

    /// Gives it its name, durably.
    fn finish(&self, file: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It has another name when it is whole.
        let _ = fs::remove_file(&self.path);
    }
}
