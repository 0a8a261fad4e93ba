//! The stream of a backup, written and read by a thread of its own.

use crate::{
    engine::Values,
    error::{Result, StoreError},
    value::Value,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use tokio::{sync::mpsc, task::JoinHandle};

/// The version of the format. Another is refused.
const VERSION: u64 = 1;
/// Level 3 is zstd's default.
const LEVEL: i32 = 3;
/// The longest line: a report of the largest image in base64.
const LONGEST_LINE: u64 = 256 << 20;
/// Lists of rows under way between the database and the stream.
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
    pub(super) fn begin(out: impl Write + Send + 'static) -> Self {
        let (lines, received) = mpsc::channel(UNDER_WAY);
        let task = tokio::task::spawn_blocking(move || write(out, received));
        Self { lines, task }
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

    /// Ends the stream.
    pub(super) async fn finish(self, rows: u64) -> Result<()> {
        // What is wrong with the stream is known to the thread that writes it.
        let _ = self.send(vec![json!({"end": rows})]).await;
        self.closed().await
    }

    /// What became of what was sent.
    pub(super) async fn closed(self) -> Result<()> {
        drop(self.lines);
        let written = self.task.await.map_err(StoreError::unavailable)?;
        written.map_err(|error| unwritten(&error))
    }

    async fn send(&self, lines: Vec<Json>) -> Result<()> {
        self.lines.send(lines).await.map_err(|_| unwritten(&"its stream has ended"))
    }
}

fn unwritten(why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Stream(format!("the backup cannot be written: {why}"))
}

fn write(out: impl Write, mut lines: mpsc::Receiver<Vec<Json>>) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(BufWriter::new(out), LEVEL)?;
    encoder.include_checksum(true)?;
    while let Some(lines) = lines.blocking_recv() {
        for line in lines {
            serde_json::to_writer(&mut encoder, &line)?;
            encoder.write_all(b"\n")?;
        }
    }
    encoder.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.flush()
}

/// Reads a backup.
pub(super) struct Reader(mpsc::Receiver<Result<Line>>);

impl Reader {
    pub(super) fn begin(input: impl Read + Send + 'static, schema: usize) -> Self {
        let (lines, received) = mpsc::channel(UNDER_WAY * 128);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = read(input, schema, &lines) {
                // Whoever restores may have given up.
                let _ = lines.blocking_send(Err(error));
            }
        });
        Self(received)
    }

    pub(super) async fn next(&mut self) -> Result<Line> {
        self.0.recv().await.unwrap_or_else(|| Err(broken(&"it has no end")))
    }
}

fn read(input: impl Read, schema: usize, lines: &mpsc::Sender<Result<Line>>) -> Result<()> {
    let decoder = zstd::Decoder::new(input).map_err(|error| broken(&error))?;
    let mut reader = BufReader::new(decoder);
    let mut line = Vec::new();
    let mut first = true;
    loop {
        line.clear();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| broken(&error))? == 0 {
            return Ok(());
        }
        let json: Json = serde_json::from_slice(&line).map_err(|error| broken(&error))?;
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
        return Err(broken(&"it is no backup of a store"));
    }
    let newest = u64::try_from(schema).unwrap_or_default();
    if number("version") != Some(VERSION) || number("schema").is_none_or(|found| found > newest) {
        return Err(broken(&"it is of a newer program: restore with that one"));
    }
    Ok(())
}

fn decode_line(json: Json) -> Result<Line> {
    let wrong = || broken(&"a line of it is none");
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

/// What is wrong with a backup.
pub(super) fn broken(why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Stream(format!("the backup cannot be read: {why}"))
}
