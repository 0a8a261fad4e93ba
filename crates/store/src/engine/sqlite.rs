//! SQLite: one thread that writes, a few that read, each with a connection of its own.

use super::Values;
use crate::{
    error::{Result, StoreError},
    value::Value,
};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter, types};
use std::{
    os::unix::fs::OpenOptionsExt as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Threads that read. WAL lets them read beside the writer; more than the cores of the machine the
/// platform is made for would only wait.
const READERS: usize = 3;
/// Questions that wait for a reader; then askers wait for a place.
const WAITING: usize = 256;
/// How long a lock of another process (a backup, a second server) is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Prepared statements kept by a connection; we have about as many different ones.
const STATEMENTS: usize = 128;
/// Page cache of a connection in KiB: the pages that batches come back to, and for one that reads
/// the inner pages of the indexes. What is not in it is in the system's.
const WRITER_CACHE: i64 = 16 << 10;
const READER_CACHE: i64 = 8 << 10;
/// WAL pages after which a commit folds them into the file: 16 MiB, so that large batches do not
/// do it at every turn.
const FOLD: i64 = 4096;

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

/// What a thread does next.
enum Job {
    Do(Work),
    /// To take nothing more, do what was taken, and end.
    End,
}

/// Comes back when a thread has closed its connection.
type Ended = oneshot::Receiver<()>;

/// A database file.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: mpsc::Sender<Job>,
    readers: mpsc::Sender<Job>,
    /// One transaction at a time.
    turn: Arc<Semaphore>,
    path: Arc<Path>,
    /// The threads, the writer first; none once it is closed.
    threads: Arc<Mutex<Vec<Ended>>>,
}

/// The transaction whose turn it is.
pub(crate) struct Transaction {
    writer: mpsc::Sender<Job>,
    is_open: bool,
    _turn: OwnedSemaphorePermit,
}

impl Sqlite {
    /// Opens the file, making it for the owner's eyes only when it is new.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let path: Arc<Path> = path.into();
        let opened = Arc::clone(&path);
        let (writer, jobs) = mpsc::channel(WAITING);
        let (readers, questions) = mpsc::channel(WAITING);
        // The threads are begun there too: they take after it how much they give way to others.
        let opening = tokio::task::spawn_blocking(move || {
            let (first, others) = open_all(&opened)?;
            let mut threads = vec![spawn("store-writer", first, Arc::new(Mutex::new(jobs)))?];
            let questions = Arc::new(Mutex::new(questions));
            for connection in others {
                threads.push(spawn("store-reader", connection, Arc::clone(&questions))?);
            }
            Ok::<_, StoreError>(threads)
        });
        let threads = opening.await.map_err(StoreError::unavailable)??;
        let (turn, threads) = (Arc::new(Semaphore::new(1)), Arc::new(Mutex::new(threads)));
        Ok(Self { writer, readers, turn, path, threads })
    }

    /// Closes every connection; whoever asks afterwards is refused. The writer's is the last one:
    /// SQLite folds the WAL into the file and deletes it when the last connection closes, but not
    /// when two close at once.
    pub(crate) async fn close(&self) {
        let threads = self.threads.lock().map(|mut threads| std::mem::take(&mut *threads));
        let mut threads = threads.unwrap_or_default().into_iter();
        let Some(writer) = threads.next() else { return };
        // Threads that are gone already are what is wanted.
        let _ = self.readers.send(Job::End).await;
        for reader in threads {
            let _ = reader.await;
        }
        let _ = self.writer.send(Job::End).await;
        let _ = writer.await;
    }

    pub(crate) async fn query(&self, sql: String, values: Values) -> Result<Vec<Values>> {
        run(&self.readers, move |connection| query(connection, &sql, &values)).await
    }

    /// Begins to read what is there now, whatever is written meanwhile.
    pub(crate) async fn snapshot(&self) -> Result<Transaction> {
        let path = Arc::clone(&self.path);
        let opening = tokio::task::spawn_blocking(move || connect(&path, true));
        let connection = opening.await.map_err(StoreError::unavailable)??;
        let (writer, jobs) = mpsc::channel(WAITING);
        let ended = spawn("store-snapshot", connection, Arc::new(Mutex::new(jobs)))?;
        self.threads.lock().map_err(StoreError::unavailable)?.push(ended);
        let turn = Arc::new(Semaphore::new(1)).acquire_owned().await;
        let turn = turn.map_err(StoreError::unavailable)?;
        let mut transaction = Transaction { writer, is_open: true, _turn: turn };
        transaction.script("BEGIN".to_owned()).await?;
        Ok(transaction)
    }

    pub(crate) async fn begin(&self) -> Result<Transaction> {
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(StoreError::unavailable)?;
        let writer = self.writer.clone();
        let mut transaction = Transaction { writer, is_open: true, _turn: turn };
        transaction.script("BEGIN IMMEDIATE".to_owned()).await?;
        Ok(transaction)
    }
}

impl Transaction {
    pub(crate) async fn query(&mut self, sql: String, values: Values) -> Result<Vec<Values>> {
        run(&self.writer, move |connection| query(connection, &sql, &values)).await
    }

    pub(crate) async fn execute_many(&mut self, sql: String, rows: Vec<Values>) -> Result<u64> {
        run(&self.writer, move |connection| execute(connection, &sql, rows)).await
    }

    pub(crate) async fn script(&mut self, sql: String) -> Result<()> {
        run(&self.writer, move |connection| connection.execute_batch(&sql).map_err(told)).await
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        self.script("COMMIT".to_owned()).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            // The channel has room: only whoever has the turn sends to it. Without a transaction
            // (BEGIN failed) there is nothing to undo, and that error is nobody's.
            let undo = Box::new(|connection: &mut Connection| {
                let _ = connection.execute_batch("ROLLBACK");
            });
            let _ = self.writer.try_send(Job::Do(undo));
        }
    }
}

async fn run<T: Send + 'static>(
    queue: &mpsc::Sender<Job>,
    work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (answer, answered) = oneshot::channel();
    let job = Job::Do(Box::new(move |connection| {
        // Nobody may be waiting any more.
        let _ = answer.send(work(connection));
    }));
    let gone = || StoreError::Unavailable("its thread has ended".to_owned());
    queue.send(job).await.map_err(|_| gone())?;
    // Only the panic of a job loses the answer.
    answered
        .await
        .map_err(|_| StoreError::Internal("a panic, which the log tells of".to_owned()))?
}

fn spawn(
    name: &str,
    mut connection: Connection,
    jobs: Arc<Mutex<mpsc::Receiver<Job>>>,
) -> Result<Ended> {
    let (end, ended) = oneshot::channel();
    let work = move || {
        while let Some(job) = next(&jobs) {
            // One that panics has met a bug; all else is read and written as before.
            drop(catch_unwind(AssertUnwindSafe(|| job(&mut connection))));
        }
        drop(connection);
        // Nobody may be waiting.
        let _ = end.send(());
    };
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map_err(StoreError::unavailable)?;
    Ok(ended)
}

/// The next job of a thread; nothing when it is to end.
fn next(jobs: &Mutex<mpsc::Receiver<Job>>) -> Option<Work> {
    let mut queue = jobs.lock().ok()?;
    loop {
        match queue.blocking_recv()? {
            Job::Do(work) => return Some(work),
            // What was sent before is still received.
            Job::End => queue.close(),
        }
    }
}

fn open_all(path: &Path) -> Result<(Connection, Vec<Connection>)> {
    create(path)?;
    let first = connect(path, false)?;
    first.pragma_update(None, "journal_mode", "wal").map_err(told)?;
    let others = (0..READERS).map(|_| connect(path, true)).collect::<Result<_>>()?;
    Ok((first, others))
}

/// Makes the file 0600 before SQLite does it with the process's mask; the WAL inherits the mode.
fn create(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(false).mode(0o600).open(path);
    opened.map(drop).map_err(|error| {
        StoreError::Unavailable(format!("cannot open {}: {error}", path.display()))
    })
}

fn connect(path: &Path, only_reads: bool) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(told)?;
    connection.busy_timeout(PATIENCE).map_err(told)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let settings: [(&str, i64); 5] = [
        ("cache_size", if only_reads { -READER_CACHE } else { -WRITER_CACHE }),
        ("synchronous", 2), // FULL: a commit that was acknowledged survives a power cut
        ("foreign_keys", 1),
        ("wal_autocheckpoint", FOLD),
        ("query_only", i64::from(only_reads)),
    ];
    for (name, value) in settings {
        connection.pragma_update(None, name, value).map_err(told)?;
    }
    connection.pragma_update(None, "temp_store", "memory").map_err(told)?;
    Ok(connection)
}

fn query(connection: &Connection, sql: &str, values: &Values) -> Result<Vec<Values>> {
    let mut statement = connection.prepare_cached(sql).map_err(told)?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(values.iter())).map_err(told)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(told)? {
        let cell = |column| row.get_ref(column).map_err(told).and_then(owned);
        found.push((0..columns).map(cell).collect::<Result<Values>>()?);
    }
    Ok(found)
}

fn execute(connection: &Connection, sql: &str, rows: Vec<Values>) -> Result<u64> {
    let mut statement = connection.prepare_cached(sql).map_err(told)?;
    let mut changed = 0;
    for values in rows {
        let count = statement.execute(params_from_iter(values.iter())).map_err(told)?;
        changed += u64::try_from(count).unwrap_or_default();
    }
    Ok(changed)
}

fn owned(value: types::ValueRef<'_>) -> Result<Value> {
    Ok(match value {
        types::ValueRef::Null => Value::Null,
        types::ValueRef::Integer(integer) => Value::Integer(integer),
        types::ValueRef::Real(real) => Value::Real(real),
        types::ValueRef::Text(text) => {
            Value::Text(str::from_utf8(text).map_err(StoreError::corrupt)?.to_owned())
        }
        types::ValueRef::Blob(bytes) => Value::Bytes(bytes.to_owned()),
    })
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<types::ToSqlOutput<'_>> {
        Ok(types::ToSqlOutput::Borrowed(match self {
            Self::Null => types::ValueRef::Null,
            Self::Integer(integer) => types::ValueRef::Integer(*integer),
            Self::Real(real) => types::ValueRef::Real(*real),
            Self::Text(text) => types::ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => types::ValueRef::Blob(bytes),
        }))
    }
}

/// What an error of SQLite's means to us.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn told(error: rusqlite::Error) -> StoreError {
    let message = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => StoreError::Conflict(message),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(message),
        Some(ErrorCode::Unknown | ErrorCode::ApiMisuse | ErrorCode::TypeMismatch) | None => {
            StoreError::Internal(message)
        }
        Some(_) => StoreError::Unavailable(message),
    }
}

#[cfg(test)]
mod tests {
    use super::{Sqlite, run};
    use crate::error::StoreError;
    use std::fs;

    #[tokio::test]
    async fn what_panics_over_one_thing_does_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(&folder.path().join("store.db")).await.unwrap();
        for queue in [&sqlite.writer, &sqlite.readers, &sqlite.readers, &sqlite.readers] {
            let answer = run::<()>(queue, |_| panic!("a bug")).await;
            assert!(matches!(answer, Err(StoreError::Internal(_))), "{answer:?}");
        }
        let transaction = sqlite.begin().await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(sqlite.query("SELECT 1".to_owned(), Vec::new()).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn everything_is_in_the_file_once_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let sqlite = Sqlite::open(&path).await.unwrap();
        let mut transaction = sqlite.begin().await.unwrap();
        transaction
            .script("CREATE TABLE t (a); INSERT INTO t VALUES (7)".to_owned())
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        // What is begun and neither committed nor given up keeps nobody waiting.
        let mut left = sqlite.begin().await.unwrap();
        left.script("INSERT INTO t VALUES (8)".to_owned()).await.unwrap();
        drop(sqlite.snapshot().await.unwrap());
        let other = sqlite.clone();
        sqlite.close().await;
        other.close().await;
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), ["store.db"], "neither a WAL nor its index");
        let refused = other.query("SELECT 1".to_owned(), Vec::new()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");

        let copy = folder.path().join("copy.db");
        fs::copy(&path, &copy).unwrap();
        let copy = Sqlite::open(&copy).await.unwrap();
        let rows = copy.query("SELECT a FROM t".to_owned(), Vec::new()).await.unwrap();
        assert_eq!(rows, [[crate::value::Value::Integer(7)]]);
    }
}
