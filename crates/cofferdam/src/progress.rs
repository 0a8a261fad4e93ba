//! Progress on a terminal, silence in a pipe.

use cofferdam_assess::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{io::IsTerminal as _, time::Duration};

/// A line on standard error while something takes long.
pub(crate) struct Line {
    bar: ProgressBar,
}

/// Often enough to look alive.
const TICK: Duration = Duration::from_millis(120);

impl Line {
    /// A line that is drawn only when standard error is a terminal and nobody asked for quiet.
    pub(crate) fn new(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bar: ProgressBar::with_draw_target(None, target) }
    }

    /// A piece of work that is counted in rows of a database.
    pub(crate) fn rows(&self, what: &str) {
        self.start(what, "{spinner} {msg}  {human_pos} rows", None);
    }

    fn start(&self, what: &str, template: &str, length: Option<u64>) {
        // The templates are constants; a broken one falls back to the default look.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.reset();
        if let Some(length) = length {
            self.bar.set_length(length);
        } else {
            self.bar.unset_length();
        }
        self.bar.set_message(what.to_owned());
        self.bar.enable_steady_tick(TICK);
    }
}

impl Progress for Line {
    fn begin(&self, what: &str, bytes: Option<u64>) {
        let template = match bytes {
            Some(_) => "{spinner} {msg}  {bytes} of {total_bytes}  {bytes_per_sec}",
            None => "{spinner} {msg}  {bytes}",
        };
        self.start(what, template, bytes);
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn end(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }
}
