//! A line on a terminal that shows that work goes on, and since when.
//!
//! Only for people who watch: nothing of it is left when the step is over.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The running step's line; it goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Shows a step, with a clock that runs from now.
    pub(crate) fn start(text: String) -> Self {
        let bar = ProgressBar::new_spinner();
        // The template is a constant; were it wrong, the default serves too.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(text);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
