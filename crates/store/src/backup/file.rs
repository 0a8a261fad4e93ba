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

/// Rows that go together at most.
pub(super) const ROWS_AT_ONCE: usize = 500;
/// The version of the format. Another is refused.
const VERSION: u64 = 1;
/// Level 3 is zstd's default.
const LEVEL: i32 = 3;
/// The longest line: a report of the largest image in base64.
const LONGEST_LINE: u64 = 256 << 20;
/// Bytes of rows that go together. Three such lists are in memory: one that is read, one under way
/// and one that is written. A backup may share the 512 MiB of a server.
const BYTES_AT_ONCE: usize = 4 << 20;
/// Lists under way between the database and the stream.
const UNDER_WAY: usize = 1;

/// A piece of a backup.
pub(super) enum Piece {
    /// The rows that follow are of this table and have these columns.
    Table(String, Vec<String>),
    /// Some rows.
    Rows(Vec<Values>),
    /// There were so many rows.
    End(u64),
}

/// What is written next.
enum Lines {
    One(Json),
    Rows(Vec<Values>),
}

/// Writes a backup.
pub(super) struct Writer {
    lines: mpsc::Sender<Lines>,
    task: JoinHandle<io::Result<()>>,
}

impl Writer {
    pub(super) fn begin(out: impl Write + Send + 'static) -> Self {
        let (lines, received) = mpsc::channel(UNDER_WAY);
        let task = tokio::task::spawn_blocking(move || write(out, received));
        Self { lines, task }
    }

    pub(super) async fn header(&self, schema: usize) -> Result<()> {
        let header = json!({"format": "cofferdam-backup", "version": VERSION, "schema": schema});
        self.send(Lines::One(header)).await
    }

    pub(super) async fn table(&self, from: &str, columns: &[&str]) -> Result<()> {
        self.send(Lines::One(json!({"table": from, "columns": columns}))).await
    }

    pub(super) async fn rows(&self, rows: Vec<Values>) -> Result<()> {
        self.send(Lines::Rows(rows)).await
    }

    /// Ends the stream.
    pub(super) async fn finish(self, rows: u64) -> Result<()> {
        // What is wrong with the stream is known to the thread that writes it.
        let _ = self.send(Lines::One(json!({"end": rows}))).await;
        self.closed().await
    }

    /// What became of what was sent.
    pub(super) async fn closed(self) -> Result<()> {
        drop(self.lines);
        let written = self.task.await.map_err(StoreError::unavailable)?;
        written.map_err(|error| unwritten(&error))
    }

    async fn send(&self, lines: Lines) -> Result<()> {
        self.lines.send(lines).await.map_err(|_| unwritten(&"its stream has ended"))
    }
}

fn unwritten(why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Stream(format!("the backup cannot be written: {why}"))
}

fn write(out: impl Write, mut received: mpsc::Receiver<Lines>) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(BufWriter::new(out), LEVEL)?;
    encoder.include_checksum(true)?;
    let mut line = |json: &Json| {
        serde_json::to_writer(&mut encoder, json)?;
        encoder.write_all(b"\n")
    };
    while let Some(lines) = received.blocking_recv() {
        match lines {
            Lines::One(json) => line(&json)?,
            // One after another: base64 of all of them would be as much again.
            Lines::Rows(rows) => rows
                .into_iter()
                .try_for_each(|row| line(&Json::Array(row.into_iter().map(encode).collect())))?,
        }
    }
    encoder.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.flush()
}

/// Reads a backup.
pub(super) struct Reader(mpsc::Receiver<Result<Piece>>);

impl Reader {
    /// Begins once the header is read and found to be one that this program knows.
    pub(super) async fn begin(input: impl Read + Send + 'static, schema: usize) -> Result<Self> {
        let opening = tokio::task::spawn_blocking(move || Stream::begin(input, schema));
        let mut stream = opening.await.map_err(StoreError::unavailable)??;
        let (pieces, received) = mpsc::channel(UNDER_WAY);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = stream.send(&pieces) {
                // Whoever restores may have given up.
                let _ = pieces.blocking_send(Err(error));
            }
        });
        Ok(Self(received))
    }

    pub(super) async fn next(&mut self) -> Result<Piece> {
        self.0.recv().await.unwrap_or_else(|| Err(broken(&"it has no end")))
    }
}

/// The lines of a backup.
struct Stream<R: Read>(BufReader<zstd::Decoder<'static, BufReader<R>>>);

impl<R: Read> Stream<R> {
    fn begin(input: R, schema: usize) -> Result<Self> {
        let decoder = zstd::Decoder::new(input).map_err(|error| broken(&error))?;
        let mut stream = Self(BufReader::new(decoder));
        let (header, _) = stream.line()?.ok_or_else(|| broken(&"there is nothing in it"))?;
        check(&header, schema).map(|()| stream)
    }

    /// A line and its length; nothing at the end.
    fn line(&mut self) -> Result<Option<(Json, usize)>> {
        let mut line = Vec::new();
        let read = self.0.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| broken(&error))? == 0 {
            return Ok(None);
        }
        let json = serde_json::from_slice(&line).map_err(|error| broken(&error))?;
        Ok(Some((json, line.len())))
    }

    /// Sends all of it, as long as somebody takes it.
    fn send(&mut self, pieces: &mpsc::Sender<Result<Piece>>) -> Result<()> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some((json, length)) = self.line()? {
            let piece = match decode_line(json)? {
                Line::Row(row) => {
                    rows.push(row);
                    bytes += length;
                    None
                }
                Line::Piece(Piece::End(_)) if self.line()?.is_some() => {
                    return Err(broken(&"something follows its end"));
                }
                Line::Piece(piece) => Some(piece),
            };
            if piece.is_some() || rows.len() >= ROWS_AT_ONCE || bytes >= BYTES_AT_ONCE {
                bytes = 0;
                let before = Some(std::mem::take(&mut rows)).filter(|rows| !rows.is_empty());
                for piece in before.map(Piece::Rows).into_iter().chain(piece) {
                    if pieces.blocking_send(Ok(piece)).is_err() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
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

/// What a line says.
enum Line {
    Row(Values),
    Piece(Piece),
}

fn decode_line(json: Json) -> Result<Line> {
    let wrong = || broken(&"a line of it is none");
    match json {
        Json::Array(row) => row.into_iter().map(decode).collect::<Option<_>>().map(Line::Row),
        Json::Object(mut line) => {
            if let Some(rows) = line.get("end") {
                rows.as_u64().map(|rows| Line::Piece(Piece::End(rows)))
            } else {
                let columns = line.remove("columns").ok_or_else(wrong)?;
                let columns = serde_json::from_value(columns).map_err(|_| wrong())?;
                let table = line.get("table").and_then(Json::as_str).map(str::to_owned);
                table.map(|table| Line::Piece(Piece::Table(table, columns)))
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
