//! gzip with several members and zstd with several frames, as one stream.

use crate::tap::{Source as _, Tap, wide};
use cofferdam_bounds::{Exceeded, Meter};
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead as _, Read};
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation as _, OutBuffer};

/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Compression {
    /// What the first bytes of a stream say. `Err` names a compression that is not read.
    pub(crate) fn sniff(head: &[u8]) -> Result<Self, &'static str> {
        match head {
            [0x1f, 0x8b, ..] => Ok(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Err("xz"),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Err("bzip2"),
            _ => Ok(Self::None),
        }
    }

    /// The name for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Bytes that may come out before the ratio is looked at: small files of zeros are honest.
const RATIO_FREE_BYTES: u64 = 1 << 20;

/// A decompressing reader over a tap, which it gives back.
pub(crate) struct Inflate<'m, R> {
    engine: Engine<'m, R>,
    meter: &'m Meter,
    produced: u64,
}

enum Engine<'m, R> {
    Gzip(Box<GzDecoder<Tap<'m, R>>>),
    Zstd {
        decoder: Decoder<'static>,
        input: Tap<'m, R>,
        frame_done: bool,
    },
    Done {
        input: Tap<'m, R>,
    },
    /// Only while one engine is made of another.
    Moving,
}

impl<'m, R: Read> Inflate<'m, R> {
    /// Starts to decompress what the tap gives, which may have been looked into.
    pub(crate) fn new(
        input: Tap<'m, R>,
        compression: Compression,
        meter: &'m Meter,
    ) -> io::Result<Self> {
        let engine = match compression {
            Compression::None => Engine::Done { input },
            Compression::Gzip => Engine::Gzip(Box::new(GzDecoder::new(input))),
            Compression::Zstd => {
                let mut decoder = Decoder::new()?;
                decoder.set_parameter(DParameter::WindowLogMax(meter.limits().zstd_window_log))?;
                Engine::Zstd { decoder, input, frame_done: true }
            }
        };
        Ok(Self { engine, meter, produced: 0 })
    }

    /// The tap below.
    pub(crate) fn input(&mut self) -> Option<&mut Tap<'m, R>> {
        match &mut self.engine {
            Engine::Gzip(decoder) => Some(decoder.get_mut()),
            Engine::Zstd { input, .. } | Engine::Done { input } => Some(input),
            Engine::Moving => None,
        }
    }

    fn step(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut self.engine {
                Engine::Gzip(decoder) => match decoder.read(buffer)? {
                    0 => self.next_member(),
                    count => return Ok(count),
                },
                Engine::Zstd { decoder, input, frame_done } => {
                    let limit = self.meter.limits().zstd_window_log;
                    match zstd_step(decoder, input, frame_done, buffer, limit)? {
                        0 => self.end(),
                        count => return Ok(count),
                    }
                }
                Engine::Done { .. } | Engine::Moving => return Ok(0),
            }
        }
    }

    /// At the end of a gzip member: another one, or the end.
    fn next_member(&mut self) {
        if let Engine::Gzip(decoder) = std::mem::replace(&mut self.engine, Engine::Moving) {
            let mut input = decoder.into_inner();
            // A broken stream below shows itself when the rest is read for the hash.
            self.engine = match input.peek(2) {
                Ok([0x1f, 0x8b]) => Engine::Gzip(Box::new(GzDecoder::new(input))),
                _ => Engine::Done { input },
            };
        }
    }

    fn end(&mut self) {
        self.engine = match std::mem::replace(&mut self.engine, Engine::Moving) {
            Engine::Zstd { input, .. } => Engine::Done { input },
            other => other,
        };
    }

    fn check_ratio(&mut self) -> io::Result<()> {
        let limit = self.meter.limits().inflate_ratio;
        let consumed = self.input().map_or(0, |input| input.position());
        let allowed = consumed.saturating_mul(limit).saturating_add(RATIO_FREE_BYTES);
        if self.produced > allowed {
            let what = "uncompressed bytes for each compressed byte";
            return Err(Exceeded { what, limit }.into());
        }
        Ok(())
    }
}

impl<R: Read> Read for Inflate<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.step(buffer)?;
        self.produced = self.produced.saturating_add(wide(count));
        self.check_ratio()?;
        Ok(count)
    }
}

/// Decompresses until there is output; 0 at the end of the last frame. `frame_done` is kept true
/// between frames.
fn zstd_step<R: Read>(
    decoder: &mut Decoder<'static>,
    input: &mut Tap<'_, R>,
    frame_done: &mut bool,
    buffer: &mut [u8],
    window_log: u32,
) -> io::Result<usize> {
    loop {
        let available = input.fill_buf()?;
        let at_end = available.is_empty();
        let another = available.first().is_some_and(|byte| matches!(byte, 0x28 | 0x50..=0x5f));
        if *frame_done && !another {
            return Ok(0);
        }
        let mut from = InBuffer::around(available);
        let mut to = OutBuffer::around(&mut *buffer);
        let hint =
            decoder.run(&mut from, &mut to).map_err(|error| zstd_error(&error, window_log))?;
        let (consumed, produced) = (from.pos(), to.pos());
        *frame_done = hint == 0;
        input.consume(consumed);
        match produced {
            0 if at_end && !*frame_done => return Err(io::ErrorKind::UnexpectedEof.into()),
            0 => {}
            count => return Ok(count),
        }
    }
}

fn zstd_error(error: &io::Error, window_log: u32) -> io::Error {
    let text = error.to_string();
    if text.contains("too much memory") {
        let limit = 1_u64.checked_shl(window_log).unwrap_or(u64::MAX);
        return Exceeded { what: "bytes of a zstd window", limit }.into();
    }
    io::Error::new(io::ErrorKind::InvalidData, text)
}
