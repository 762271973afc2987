//! Binds the addresses and serves until somebody says stop.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use nightmend_app::AppError;
use tokio::net::TcpListener;

use crate::state::App;

/// Says whether to stop.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// Where to serve.
#[derive(Clone)]
pub struct Serving {
    /// The port on loopback; 0 for any that is free.
    pub port: u16,
    /// Asked a few times a second; the server stops when it says so.
    pub stop: Stop,
    /// Called once with the address to open.
    pub ready: Arc<dyn Fn(&str) + Send + Sync>,
}

/// How often it is asked whether to stop.
const PULSE: Duration = Duration::from_millis(250);
/// How long requests under way may take after that; a page that listens for progress would wait for ever.
const GRACE: Duration = Duration::from_secs(3);

/// Serves the pages on loopback until `serving.stop` says so. Nothing listens on any other address.
///
/// # Errors
/// A port that is taken.
pub fn serve(app: &App, serving: &Serving) -> Result<(), AppError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|source| AppError::File { what: "starting the server".to_owned(), source })?;
    let result = runtime.block_on(serve_until_stopped(app, serving));
    runtime.shutdown_timeout(GRACE);
    result
}

async fn serve_until_stopped(app: &App, serving: &Serving) -> Result<(), AppError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, serving.port));
    let taken = |source| AppError::File {
        what: format!(
            "listening on port {} (another program may have it; choose one with --port)",
            serving.port
        ),
        source,
    };
    let listener = TcpListener::bind(address).await.map_err(taken)?;
    let port = listener.local_addr().map_err(taken)?.port();
    app.answer_to(loopback_names(port));
    let server =
        axum::serve(listener, crate::router(app.clone())).with_graceful_shutdown(until(serving.stop.clone()));
    (serving.ready)(&format!("http://127.0.0.1:{port}/"));
    let deadline = async {
        until(serving.stop.clone()).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served.map_err(|source| AppError::File { what: "serving the pages".to_owned(), source }),
        () = deadline => Ok(()),
    }
}

/// The names of this machine for itself.
#[must_use]
pub fn loopback_names(port: u16) -> [String; 3] {
    [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")]
}

async fn until(stop: Stop) {
    while !stop() {
        tokio::time::sleep(PULSE).await;
    }
}
