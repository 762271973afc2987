//! Writes a store with five years of a simulated person (1,826 nights, three sources), to measure whole processes on.

use nightmend_app::Store;
use nightmend_domain::PersonName;
use nightmend_store::ImportDescription;
use nightmend_testkit::five_years::five_years;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("say which folder to write the store to")?;
    let mut store = Store::open(&folder)?;
    let person = PersonName::new("me")?;
    let when = "2026-01-01T00:00:00Z".parse()?;
    let mut session = store.begin_import(&ImportDescription { when, paths: vec!["simulated".to_owned()] })?;
    for observation in five_years(1) {
        session.append(&person, &observation)?;
    }
    let receipt = session.commit()?;
    println!("{} observations in {folder}", receipt.counts.total());
    Ok(())
}
