//! The end: Ctrl-C, or what a supervisor sends.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Comes back when the process is told to end (SIGINT, SIGTERM) after this was called, be it waited
/// for already or not. A second signal ends it at once.
pub(crate) fn ended() -> impl Future<Output = ()> {
    let interrupt = signal(SignalKind::interrupt());
    let terminate = signal(SignalKind::terminate());
    async {
        let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
            // Without handlers the signals end the process by themselves.
            return std::future::pending().await;
        };
        either(&mut interrupt, &mut terminate).await;
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            std::process::exit(130);
        });
    }
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
