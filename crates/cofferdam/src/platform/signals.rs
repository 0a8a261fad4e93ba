//! The end: Ctrl-C, or what a supervisor sends.

use tokio::signal::unix::{SignalKind, signal};

/// Comes back when the process is told to end (SIGINT, SIGTERM). A second signal ends it at once.
pub(crate) async fn ended() {
    let interrupt = signal(SignalKind::interrupt());
    let terminate = signal(SignalKind::terminate());
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
        // Without handlers the signals end the process by themselves.
        return std::future::pending().await;
    };
    let once = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        (interrupt, terminate)
    };
    let (mut interrupt, mut terminate) = once.await;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
}
