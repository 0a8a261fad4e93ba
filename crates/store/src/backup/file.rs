//! The file of a backup, written and read by a thread of its own.

use crate::{
    engine::Values,
    error::{Result, StoreError},
    value::Value,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use tokio::{sync::mpsc, task::JoinHandle};

/// The version of the format. Another is refused.
const VERSION: u64 = 1;
/// Level 3 is zstd's default.
const LEVEL: i32 = 3;
/// The longest line: a report of the largest image in base64.
const LONGEST_LINE: u64 = 256 << 20;
/// Lists of rows under way between the database and the file.
const UNDER_WAY: usize = 4;

/// A piece of a backup.
pub(super) enum Line {
    /// The rows that follow are of this table and have these columns.
    Table(String, Vec<String>),
    /// A row.
    Row(Values),
    /// There were so many rows.
    End(u64),
}

/// Writes a backup.
pub(super) struct Writer {
    lines: mpsc::Sender<Vec<Json>>,
    task: JoinHandle<io::Result<()>>,
}

impl Writer {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let mut partial = path.clone().into_os_string();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        if path.exists() {
            return Err(StoreError::Conflict(format!("{} exists", path.display())));
        }
        let file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial);
        let file = file.map_err(|error| failed(&partial, &error))?;
        let (lines, received) = mpsc::channel(UNDER_WAY);
        let task = tokio::task::spawn_blocking(move || write(file, received, &partial, &path));
        Ok(Self { lines, task })
    }

    pub(super) async fn header(&self, schema: usize) -> Result<()> {
        self.send(vec![json!({"format": "cofferdam-backup", "version": VERSION, "schema": schema})])
            .await
    }

    pub(super) async fn table(&self, from: &str, columns: &[&str]) -> Result<()> {
        self.send(vec![json!({"table": from, "columns": columns})]).await
    }

    pub(super) async fn rows(&self, rows: Vec<Values>) -> Result<()> {
        let row = |row: Values| Json::Array(row.into_iter().map(encode).collect());
        self.send(rows.into_iter().map(row).collect()).await
    }

    /// Ends the file and gives it its name.
    pub(super) async fn finish(self, rows: u64) -> Result<()> {
        let sent = self.send(vec![json!({"end": rows})]).await;
        drop(self.lines);
        let written = self.task.await.map_err(StoreError::unavailable)?;
        written.map_err(StoreError::unavailable)?;
        sent
    }

    async fn send(&self, lines: Vec<Json>) -> Result<()> {
        let gone = |_| StoreError::Unavailable("the backup cannot be written".to_owned());
        self.lines.send(lines).await.map_err(gone)
    }
}

/// Without an end line the file was given up, and goes.
fn write(
    file: File,
    mut lines: mpsc::Receiver<Vec<Json>>,
    partial: &Path,
    path: &Path,
) -> io::Result<()> {
    let write_all = || {
        let mut encoder = zstd::Encoder::new(BufWriter::new(file), LEVEL)?;
        encoder.include_checksum(true)?;
        let mut ended = false;
        while let Some(lines) = lines.blocking_recv() {
            for line in lines {
                ended = line.get("end").is_some();
                serde_json::to_writer(&mut encoder, &line)?;
                encoder.write_all(b"\n")?;
            }
        }
        let file = encoder.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        if !ended {
            return Err(io::Error::other("given up"));
        }
        fs::rename(partial, path)
    };
    let written = write_all();
    if written.is_err() {
        fs::remove_file(partial)?;
    }
    written
}

/// Reads a backup.
pub(super) struct Reader(mpsc::Receiver<Result<Line>>);

impl Reader {
    pub(super) fn open(path: &Path, schema: usize) -> Result<Self> {
        let file = File::open(path).map_err(|error| failed(path, &error))?;
        let (lines, received) = mpsc::channel(UNDER_WAY * 128);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = read(file, schema, &lines) {
                // Whoever restores may have given up.
                let _ = lines.blocking_send(Err(error));
            }
        });
        Ok(Self(received))
    }

    pub(super) async fn next(&mut self) -> Result<Line> {
        self.0.recv().await.unwrap_or_else(|| Err(StoreError::corrupt("the backup has no end")))
    }
}

fn read(file: File, schema: usize, lines: &mpsc::Sender<Result<Line>>) -> Result<()> {
    let decoder = zstd::Decoder::new(file).map_err(StoreError::corrupt)?;
    let mut reader = BufReader::new(decoder);
    let mut line = Vec::new();
    let mut first = true;
    loop {
        line.clear();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(StoreError::corrupt)? == 0 {
            return Ok(());
        }
        let json: Json = serde_json::from_slice(&line).map_err(StoreError::corrupt)?;
        if std::mem::take(&mut first) {
            check(&json, schema)?;
        } else if lines.blocking_send(Ok(decode_line(json)?)).is_err() {
            return Ok(());
        }
    }
}

fn check(header: &Json, schema: usize) -> Result<()> {
    let number = |name: &str| header.get(name).and_then(Json::as_u64);
    if header.get("format").and_then(Json::as_str) != Some("cofferdam-backup") {
        return Err(StoreError::Unsupported("this is no backup of a store".to_owned()));
    }
    let newest = u64::try_from(schema).unwrap_or_default();
    if number("version") != Some(VERSION) || number("schema").is_none_or(|found| found > newest) {
        let what = "the backup is of a newer program: restore with that one";
        return Err(StoreError::Unsupported(what.to_owned()));
    }
    Ok(())
}

fn decode_line(json: Json) -> Result<Line> {
    let wrong = || StoreError::corrupt("a line of the backup is none");
    match json {
        Json::Array(row) => row.into_iter().map(decode).collect::<Option<_>>().map(Line::Row),
        Json::Object(mut line) => {
            if let Some(rows) = line.get("end") {
                rows.as_u64().map(Line::End)
            } else {
                let columns = line.remove("columns").ok_or_else(wrong)?;
                let columns = serde_json::from_value(columns).map_err(|_| wrong())?;
                let table = line.get("table").and_then(Json::as_str).map(str::to_owned);
                table.map(|table| Line::Table(table, columns))
            }
        }
        _ => None,
    }
    .ok_or_else(wrong)
}

fn encode(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(integer) => json!(integer),
        Value::Real(real) => json!(real),
        Value::Text(text) => Json::String(text),
        Value::Bytes(bytes) => json!({"base64": STANDARD.encode(bytes)}),
    }
}

fn decode(json: Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Real(number.as_f64()?),
        },
        // The file may be older than the rule, or somebody else's.
        Json::String(text) => Value::text(&text),
        Json::Object(bytes) => Value::Bytes(STANDARD.decode(bytes.get("base64")?.as_str()?).ok()?),
        Json::Bool(_) | Json::Array(_) => return None,
    })
}

fn failed(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}
