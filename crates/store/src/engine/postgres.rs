//! PostgreSQL: a few connections, made when needed and replaced when they break.

use super::{Values, tls::Tls};
use crate::{
    error::{Result, StoreError},
    value::Value,
};
use std::{
    collections::HashMap,
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_postgres::{Client, Config, NoTls, Row, Statement, config, error::SqlState, types};

/// Connections of one replica. A server takes 100 by default; ten replicas must fit.
const CONNECTIONS: usize = 8;
/// How long a connection may take to come about, and how long a free one is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one statement may take; the server ends it a little earlier, so that what it did
/// is known.
const LONGEST_STATEMENT: Duration = Duration::from_secs(35);
/// Prepared statements kept by a connection; then it begins anew.
const STATEMENTS: usize = 256;
/// Statements sent before their answers are waited for.
const AHEAD: usize = 256;
/// The name of our lock on the schema, in the server's space of such names.
const SCHEMA_LOCK: i64 = 0x636f_6666_6572;

/// What every connection begins with; a server that knows one of them not does without. Keys are
/// compared with what users type: a plan for the value at hand beats one for all.
const BEGINNING: &[&str] = &[
    "SET statement_timeout = '30s'",
    "SET lock_timeout = '10s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET plan_cache_mode = force_custom_plan",
    "SET client_min_messages = warning",
];

/// What a long transaction begins with: what it does grows with what is stored, and in between it
/// waits for a pipe. A server that is gone is noticed by what keeps the connection alive.
const NO_LIMITS: &str = "SET LOCAL statement_timeout = 0; \
    SET LOCAL idle_in_transaction_session_timeout = 0";

/// A database on a server.
#[derive(Clone)]
pub(crate) struct Postgres(Arc<Pool>);

struct Pool {
    config: Config,
    tls: Option<Tls>,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

/// A connection that goes back to the pool when it is released, and away when it is dropped.
struct Lent {
    connection: Connection,
    pool: Arc<Pool>,
    _place: OwnedSemaphorePermit,
}

/// A transaction: what is not committed goes away with its connection.
pub(crate) struct Transaction {
    lent: Lent,
    /// How long one statement may take.
    longest: Option<Duration>,
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let (config, tls) = configure(url)?;
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let pool = Self(Arc::new(Pool { config, tls, idle: Mutex::default(), places }));
        pool.lend().await?.release();
        Ok(pool)
    }

    pub(crate) async fn query(&self, sql: &str, values: &Values) -> Result<Vec<Values>> {
        let mut lent = self.lend().await?;
        let longest = Some(LONGEST_STATEMENT);
        let found = match lent.connection.query(sql, values, longest).await {
            // The server went away since: one new connection, not more.
            Err(StoreError::Unavailable(_)) if lent.connection.client.is_closed() => {
                drop(lent);
                lent = self.lend().await?;
                lent.connection.query(sql, values, longest).await
            }
            found => found,
        };
        lent.release();
        found
    }

    pub(crate) async fn begin(&self) -> Result<Transaction> {
        let lent = self.begin_by("BEGIN").await?;
        Ok(Transaction { lent, longest: Some(LONGEST_STATEMENT) })
    }

    /// Begins to write much, at the pace of somebody else.
    pub(crate) async fn begin_long(&self) -> Result<Transaction> {
        self.begin_long_by("BEGIN").await
    }

    /// Begins to read what is there now, whatever is written meanwhile, at the pace of somebody
    /// else.
    pub(crate) async fn snapshot(&self) -> Result<Transaction> {
        self.begin_long_by("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    async fn begin_long_by(&self, beginning: &str) -> Result<Transaction> {
        let lent = self.begin_by(beginning).await?;
        let mut transaction = Transaction { lent, longest: None };
        transaction.script(NO_LIMITS).await?;
        Ok(transaction)
    }

    async fn begin_by(&self, beginning: &str) -> Result<Lent> {
        let mut lent = self.lend().await?;
        if let Err(error) = lent.connection.script(beginning).await {
            if !lent.connection.client.is_closed() {
                return Err(error);
            }
            drop(lent);
            lent = self.lend().await?;
            lent.connection.script(beginning).await?;
        }
        Ok(lent)
    }

    async fn lend(&self) -> Result<Lent> {
        let pool = Arc::clone(&self.0);
        let waiting = timeout(PATIENCE, Arc::clone(&pool.places).acquire_owned());
        let busy = |_| StoreError::Unavailable("all connections are busy".to_owned());
        let place = waiting.await.map_err(busy)?.map_err(StoreError::unavailable)?;
        let idle = loop {
            match pool.idle().pop() {
                Some(connection) if connection.client.is_closed() => {}
                other => break other,
            }
        };
        let connection = match idle {
            Some(connection) => connection,
            None => pool.connect().await?,
        };
        Ok(Lent { connection, pool, _place: place })
    }
}

impl Pool {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A list of connections is whole whatever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self) -> Result<Connection> {
        let late = |_| StoreError::Unavailable("the server does not answer".to_owned());
        let client = timeout(PATIENCE, async {
            if let Some(tls) = self.tls.clone() {
                let (client, connection) = self.config.connect(tls).await.map_err(told)?;
                // It ends with its client; what went wrong is told to whoever asks next.
                tokio::spawn(async move { drop(connection.await) });
                return Ok(client);
            }
            let (client, connection) = self.config.connect(NoTls).await.map_err(told)?;
            tokio::spawn(async move { drop(connection.await) });
            Ok::<Client, StoreError>(client)
        });
        let client = client.await.map_err(late)??;
        let connection = Connection { client, statements: HashMap::new() };
        for setting in BEGINNING {
            match connection.script(setting).await {
                Ok(()) | Err(StoreError::Internal(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(connection)
    }
}

impl Lent {
    fn release(self) {
        let Self { connection, pool, _place } = self;
        if !connection.client.is_closed() {
            pool.idle().push(connection);
        }
    }
}

impl Connection {
    async fn statement(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        // The two engines number the places of values alike, but for this sign.
        let spoken = sql.replace('?', "$");
        let preparing = self.client.prepare(&spoken);
        let statement = in_time(Some(LONGEST_STATEMENT), async { preparing.await.map_err(told) });
        let statement = statement.await?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn query(
        &mut self,
        sql: &str,
        values: &Values,
        longest: Option<Duration>,
    ) -> Result<Vec<Values>> {
        let statement = self.statement(sql).await?;
        let places = places(values);
        let asking = self.client.query(&statement, &places);
        let rows = in_time(longest, async { asking.await.map_err(told) }).await?;
        rows.iter().map(owned).collect()
    }

    async fn script(&self, sql: &str) -> Result<()> {
        self.script_within(Some(LONGEST_STATEMENT), sql).await
    }

    async fn script_within(&self, longest: Option<Duration>, sql: &str) -> Result<()> {
        in_time(longest, async { self.client.batch_execute(sql).await.map_err(told) }).await
    }
}

impl Transaction {
    pub(crate) async fn query(&mut self, sql: &str, values: &Values) -> Result<Vec<Values>> {
        self.lent.connection.query(sql, values, self.longest).await
    }

    pub(crate) async fn execute_many(&mut self, sql: &str, rows: &[Values]) -> Result<u64> {
        let statement = self.lent.connection.statement(sql).await?;
        let client = &self.lent.connection.client;
        let mut changed = 0;
        for rows in rows.chunks(AHEAD) {
            let places: Vec<_> = rows.iter().map(places).collect();
            let sent = places.iter().map(|places| client.execute(&statement, places));
            let all = futures_util::future::try_join_all(sent);
            let counts = in_time(self.longest, async { all.await.map_err(told) }).await?;
            changed += counts.into_iter().sum::<u64>();
        }
        Ok(changed)
    }

    pub(crate) async fn script(&mut self, sql: &str) -> Result<()> {
        // Ours is SQLite's dialect but for two types and the order of text.
        let sql = sql.replace(" BLOB", " BYTEA").replace(" TEXT", " TEXT COLLATE \"C\"");
        self.lent.connection.script_within(self.longest, &sql).await
    }

    /// Keeps everybody else out of these tables.
    pub(crate) async fn lock_tables(&mut self, tables: &str) -> Result<()> {
        self.script(&format!("LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")).await
    }

    /// Deletes all that is in these tables, and what that took on disk.
    pub(crate) async fn clear(&mut self, tables: &str) -> Result<()> {
        self.script(&format!("TRUNCATE {tables}")).await
    }

    pub(crate) async fn lock_schema(&mut self) -> Result<()> {
        let values = vec![Value::Integer(SCHEMA_LOCK)];
        self.query("SELECT pg_advisory_xact_lock(?1)", &values).await.map(drop)
    }

    pub(crate) async fn commit(self) -> Result<()> {
        self.lent.connection.script_within(self.longest, "COMMIT").await?;
        self.lent.release();
        Ok(())
    }
}

/// Reads the address. What is not on this machine is spoken to by TLS unless the address says
/// otherwise; `sslrootcert` names the authorities to trust instead of the system's.
fn configure(url: &str) -> Result<(Config, Option<Tls>)> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    let authorities = parts.iter().find_map(|part| part.strip_prefix("sslrootcert="));
    let is_said = parts.iter().any(|part| part.starts_with("sslmode="));
    let kept: Vec<&str> =
        parts.iter().copied().filter(|part| !part.starts_with("sslrootcert=")).collect();
    let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    let refuse = |error: tokio_postgres::Error| {
        StoreError::Unsupported(format!("the address of the database: {error}"))
    };
    let mut config: Config = url.parse().map_err(refuse)?;
    if !is_said {
        let home = config.get_hosts().iter().all(stays_home);
        config.ssl_mode(if home { config::SslMode::Disable } else { config::SslMode::Require });
    }
    config.application_name("cofferdam").connect_timeout(PATIENCE).keepalives(true);
    config.keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(LONGEST_STATEMENT);
    let plain = config.get_ssl_mode() == config::SslMode::Disable;
    let tls = if plain { None } else { Some(Tls::new(authorities.map(PathBuf::from).as_deref())?) };
    Ok((config, tls))
}

fn stays_home(host: &config::Host) -> bool {
    match host {
        config::Host::Unix(_) => true,
        config::Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
    }
}

async fn in_time<T>(longest: Option<Duration>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(longest) = longest else { return work.await };
    let late = |_| StoreError::Unavailable("the server does not answer".to_owned());
    timeout(longest, work).await.map_err(late)?
}

fn places(values: &Values) -> Vec<&(dyn types::ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn types::ToSql + Sync)).collect()
}

fn owned(row: &Row) -> Result<Values> {
    let cell = |(place, column): (usize, &tokio_postgres::Column)| {
        let kind = column.type_();
        let value = match *kind {
            types::Type::INT8 => {
                row.try_get::<_, Option<i64>>(place).map(|v| v.map(Value::Integer))
            }
            types::Type::INT4 => {
                row.try_get::<_, Option<i32>>(place).map(|v| v.map(|i| Value::Integer(i.into())))
            }
            types::Type::FLOAT8 => row.try_get::<_, Option<f64>>(place).map(|v| v.map(Value::Real)),
            types::Type::BYTEA => {
                row.try_get::<_, Option<Vec<u8>>>(place).map(|v| v.map(Value::Bytes))
            }
            types::Type::TEXT | types::Type::VARCHAR => {
                row.try_get::<_, Option<String>>(place).map(|v| v.map(Value::Text))
            }
            types::Type::VOID => Ok(None),
            _ => return Err(StoreError::Internal(format!("a column of type {kind}"))),
        };
        Ok(value.map_err(StoreError::corrupt)?.unwrap_or(Value::Null))
    };
    row.columns().iter().enumerate().map(cell).collect()
}

impl types::ToSql for Value {
    fn to_sql(
        &self,
        kind: &types::Type,
        out: &mut types::private::BytesMut,
    ) -> std::result::Result<types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(types::IsNull::Yes),
            (Self::Integer(integer), &types::Type::INT8) => integer.to_sql(kind, out),
            (Self::Integer(integer), &types::Type::INT4) => {
                i32::try_from(*integer)?.to_sql(kind, out)
            }
            (Self::Real(real), &types::Type::FLOAT8) => real.to_sql(kind, out),
            (Self::Text(text), &(types::Type::TEXT | types::Type::VARCHAR)) => {
                text.to_sql(kind, out)
            }
            (Self::Bytes(bytes), &types::Type::BYTEA) => bytes.to_sql(kind, out),
            _ => Err(format!("a value of another type than {kind}").into()),
        }
    }

    fn accepts(_: &types::Type) -> bool {
        true
    }

    types::to_sql_checked!();
}

/// What an error of the server's or of the connection means to us.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn told(error: tokio_postgres::Error) -> StoreError {
    let Some(said) = error.as_db_error() else {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        let message = format!("{error}{}", cause.unwrap_or_default());
        let of_ours = ["serializing", "deserializing"].iter().any(|word| message.contains(word));
        return if of_ours {
            StoreError::Internal(message)
        } else {
            StoreError::Unavailable(message)
        };
    };
    let message = said.message().to_owned();
    let class = said.code().code().get(..2).unwrap_or_default();
    match class {
        "23" => StoreError::Conflict(message),
        "XX" if *said.code() != SqlState::INTERNAL_ERROR => StoreError::Damaged(message),
        _ if *said.code() == SqlState::UNDEFINED_TABLE => StoreError::Damaged(message),
        // Somebody may give the right.
        _ if *said.code() == SqlState::INSUFFICIENT_PRIVILEGE => StoreError::Unavailable(message),
        // Wrong types, wrong syntax, no such column, more than fits a page of an index: ours.
        "22" | "42" | "0A" | "54" => StoreError::Internal(message),
        // Shutting down, out of memory or space, deadlock, no right to enter: passes or is repaired.
        _ => StoreError::Unavailable(message),
    }
}
