//! Serves the pages from this machine, for this machine.

use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;

use nightmend_app::Store;
use nightmend_domain::PersonName;
use nightmend_web::server::{Serving, serve};
use nightmend_web::state::{App, Config};

use super::{Context, machine_zone, now};
use crate::args::{LanAddress, ServeArgs, ServingArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

/// Runs `nightmend serve`.
pub fn run(context: &Context, args: &ServeArgs) -> Outcome {
    let store = context.store()?;
    let person = context.person(&store)?;
    let lan = match args.lan {
        None => None,
        Some(LanAddress::Found) => Some(nightmend_web::lan::own_address()?),
        Some(LanAddress::Named(address)) => Some(address),
    };
    serve_store(store, person, &args.serving, lan)
}

/// Serves one person's records of a store until Ctrl-C.
pub fn serve_store(store: Store, person: PersonName, args: &ServingArgs, lan: Option<IpAddr>) -> Outcome {
    let folder = store.folder().to_owned();
    // The pages open connections of their own.
    drop(store);
    let app = App::open(Config { folder, person, machine_zone: machine_zone(), clock: Arc::new(now) })?;
    let (open, opened) = (args.open, app.clone());
    let serving = Serving {
        port: args.port,
        lan,
        stop: Arc::new(output::interrupted),
        ready: Arc::new(move |address| {
            let _ = output::text(&format!("nightmend is at {address}\n"));
            match opened.lan() {
                Some(lan) => output::say(&format!(
                    "Every device in this network can reach {}, which asks for your passphrase (SHA-256 {}). {address}pair shows how to pair a phone.",
                    lan.url, lan.fingerprint
                )),
                None => output::say("Only this machine can reach it."),
            }
            output::say("Ctrl-C stops it; everything saved is on the disk already.");
            if open {
                open_in_browser(address);
            }
        }),
    };
    serve(&app, &serving).map_err(Failure::from)
}

/// Asks the system to open an address. Where that fails the address stands on the terminal anyway.
fn open_in_browser(address: &str) {
    let (program, before): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(target_os = "windows") {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let started = Command::new(program)
        .args(before)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        output::warn(&format!("no browser could be opened; open {address} yourself"));
    }
}
