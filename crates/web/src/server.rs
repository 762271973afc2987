//! Binds the addresses and serves until somebody says stop.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware::from_fn;
use axum_server::tls_rustls::RustlsConfig;
use nightmend_app::AppError;
use tokio::net::TcpListener;

use crate::lan;
use crate::security::mark_secure;
use crate::state::App;

/// Says whether to stop.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// Where to serve.
#[derive(Clone)]
pub struct Serving {
    /// The port on loopback; 0 for any that is free.
    pub port: u16,
    /// The address in a home network, where the pages are to be open to phones: they listen there on the next port.
    pub lan: Option<IpAddr>,
    /// Asked a few times a second; the server stops when it says so.
    pub stop: Stop,
    /// Called once with the address to open.
    pub ready: Arc<dyn Fn(&str) + Send + Sync>,
}

/// Threads that may wait for the disk at once: for pages, a long import and a fit.
const BLOCKING: usize = 6;
/// How often it is asked whether to stop.
const PULSE: Duration = Duration::from_millis(250);
/// How long requests under way may take after that; a page that listens for progress would wait for ever.
const GRACE: Duration = Duration::from_secs(3);

/// How often memory is given back, and how large a block is freed for it, in bytes.
const REST: Duration = Duration::from_secs(2);
const BLOCK: usize = 1 << 20;

/// Serves the pages on loopback until `serving.stop` says so. Nothing listens on any other address unless
/// `serving.lan` names one.
///
/// # Errors
/// A port that is taken, or a home network that cannot be opened to.
pub fn serve(app: &App, serving: &Serving) -> Result<(), AppError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // One person's pages: more threads would only hold more memory.
        .max_blocking_threads(BLOCKING)
        // A thread that nobody needs ends soon, and what it freed goes back with it.
        .thread_keep_alive(REST)
        .enable_all()
        .build()
        .map_err(|source| AppError::File { what: "starting the server".to_owned(), source })?;
    let result = runtime.block_on(serve_until_stopped(app, serving));
    runtime.shutdown_timeout(GRACE);
    result
}

async fn serve_until_stopped(app: &App, serving: &Serving) -> Result<(), AppError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, serving.port));
    let listener = TcpListener::bind(address).await.map_err(|error| taken(serving.port, error))?;
    let port = listener.local_addr().map_err(|error| taken(serving.port, error))?.port();
    app.answer_to(loopback_names(port));
    let lan = match serving.lan {
        Some(address) => Some(open_to_lan(app, address, serving, port)?),
        None => None,
    };
    let server =
        axum::serve(listener, crate::router(app.clone())).with_graceful_shutdown(until(serving.stop.clone()));
    (serving.ready)(&format!("http://127.0.0.1:{port}/"));
    let deadline = async {
        until(serving.stop.clone()).await;
        tokio::time::sleep(GRACE).await;
    };
    let failed = |source| AppError::File { what: "serving the pages".to_owned(), source };
    tokio::select! {
        served = server => served.map_err(failed),
        () = give_back() => Ok(()),
        served = maybe(lan) => served.map_err(failed),
        () = deadline => Ok(()),
    }
}

fn taken(port: u16, source: std::io::Error) -> AppError {
    AppError::File {
        what: format!("listening on port {port} (another program may have it; choose one with --port)"),
        source,
    }
}

type LanServer = Pin<Box<dyn Future<Output = std::io::Result<()>> + Send>>;

/// Listens with TLS on an address of a home network.
fn open_to_lan(app: &App, address: IpAddr, serving: &Serving, port: u16) -> Result<LanServer, AppError> {
    if app.preferences().passphrase.is_none() {
        return Err(AppError::Usage(
            "the pages are opened to other devices only behind a passphrase; start `nightmend serve` without --lan, set one in its settings, and start it again".to_owned(),
        ));
    }
    let (config, lan) = lan::prepare(app.folder(), address, app.wall_clock().date())?;
    let wished = if serving.port == 0 { 0 } else { port.saturating_add(1) };
    let listener = std::net::TcpListener::bind((address, wished)).map_err(|error| taken(wished, error))?;
    let bound = listener.local_addr().map_err(|error| taken(wished, error))?;
    app.answer_to([bound.to_string()]);
    app.open_to_lan(lan::Lan { url: format!("https://{bound}/"), ..lan });
    let handle = axum_server::Handle::new();
    let (stop, ending) = (serving.stop.clone(), handle.clone());
    tokio::spawn(async move {
        until(stop).await;
        ending.graceful_shutdown(Some(GRACE));
    });
    let router = crate::router(app.clone()).layer(from_fn(mark_secure));
    let tls = RustlsConfig::from_config(Arc::new(config));
    let server = axum_server::from_tcp_rustls(listener, tls).map_err(|error| taken(wished, error))?;
    Ok(Box::pin(server.handle(handle).serve(router.into_make_service())))
}

/// A server that may not be there never ends.
async fn maybe(server: Option<LanServer>) -> std::io::Result<()> {
    match server {
        Some(server) => server.await,
        None => std::future::pending().await,
    }
}

/// The names of this machine for itself.
#[must_use]
pub fn loopback_names(port: u16) -> [String; 3] {
    [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")]
}

/// Lets the allocator give memory back while nobody asks for anything. What was freed goes back to the system a second
/// later, but only when a large block is freed after that; on a quiet machine none would be.
async fn give_back() {
    loop {
        tokio::time::sleep(REST).await;
        drop(std::hint::black_box(Vec::<u8>::with_capacity(BLOCK)));
    }
}

async fn until(stop: Stop) {
    while !stop() {
        tokio::time::sleep(PULSE).await;
    }
}
