//! Tests that nothing is lost when processes are killed, or write at the same time.

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use nightmend_domain::Observation;
use nightmend_store::{ImportDescription, Store};
use support::*;

const FOLDER: &str = "NIGHTMEND_TEST_STORE";
const NAME: &str = "NIGHTMEND_TEST_NAME";

/// Starts this test binary again, to run one of the ignored tests below in a process of its own.
fn child(test: &str, folder: &Path, name: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(NAME, name)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

/// What the process was told, or `None` where the test was started by hand.
fn told() -> Option<(String, String)> {
    Some((std::env::var(FOLDER).ok()?, std::env::var(NAME).ok()?))
}

fn answer(name: &str, number: usize) -> Observation {
    Observation { key: key(&format!("{name}/{number}")), ..pain("check-in", "2024-05-01", 4.0) }
}

fn numbers(output: &mut impl BufRead, mark: &str, most: usize) -> Vec<usize> {
    // libtest writes its own words into the same line as the first one of the test.
    let found = output
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.rsplit_once(mark).and_then(|(_, number)| number.trim().parse().ok()));
    found.take(most).collect()
}

#[test]
#[ignore = "runs in a process of its own, started by another test"]
fn child_that_answers_for_ever() {
    let Some((folder, name)) = told() else { return };
    let mut store = Store::open(folder).unwrap();
    for number in 0.. {
        store.append_check_in(&me(), &[answer(&name, number)], at(0)).unwrap();
        println!("acknowledged {number}");
    }
}

#[test]
#[ignore = "runs in a process of its own, started by another test"]
fn child_that_never_commits() {
    let Some((folder, name)) = told() else { return };
    let mut store = Store::open(folder).unwrap();
    let mut session = store.begin_import(&ImportDescription { when: at(0), paths: vec![] }).unwrap();
    for number in 0..20_000 {
        session.append(&me(), &answer(&name, number)).unwrap();
    }
    println!("acknowledged 20000");
    std::thread::sleep(std::time::Duration::from_secs(60));
}

#[test]
#[ignore = "runs in a process of its own, started by another test"]
fn child_that_answers_thirty_times() {
    let Some((folder, name)) = told() else { return };
    let mut store = Store::open(folder).unwrap();
    for number in 0..30 {
        store.append_check_in(&me(), &[answer(&name, number)], at(0)).unwrap();
    }
    println!("acknowledged 30");
}

#[test]
fn an_acknowledged_check_in_survives_a_killed_process() {
    let folder = tempfile::tempdir().unwrap();
    for (round, least) in [(0, 1), (1, 7), (2, 25)] {
        let name = format!("round {round}");
        let (mut child, mut output) = child("child_that_answers_for_ever", folder.path(), &name);
        let mut acknowledged = numbers(&mut output, "acknowledged ", least);
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(numbers(&mut output, "acknowledged ", usize::MAX));
        assert!(acknowledged.len() >= least);
        let store = Store::open(folder.path()).unwrap();
        let kept = store.current(&me(), ..).unwrap();
        for number in acknowledged {
            let answer = answer(&name, number);
            assert!(kept.contains(&answer), "{name}: answer {number} is lost");
        }
    }
}

#[test]
fn a_killed_import_leaves_nothing_and_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.append_check_in(&me(), &[answer("before", 0)], at(0)).unwrap();
    let (mut child, mut output) = child("child_that_never_commits", folder.path(), "import");
    assert_eq!(numbers(&mut output, "acknowledged ", 1), [20_000]);
    assert_eq!(store.current(&me(), ..).unwrap().len(), 1, "an unfinished import can be seen");
    child.kill().unwrap();
    child.wait().unwrap();
    store.append_check_in(&me(), &[answer("after", 0)], at(1)).unwrap();
    assert_eq!(store.current(&me(), ..).unwrap().len(), 2);
    assert_eq!(store.history(&me(), 10).unwrap().len(), 2);
}

#[test]
fn processes_and_threads_that_write_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // The store does not exist yet: they also meet while it is made.
    let children =
        ["first", "second"].map(|name| child("child_that_answers_thirty_times", folder.path(), name));
    std::thread::scope(|scope| {
        let path = folder.path();
        for name in ["third", "fourth"] {
            scope.spawn(move || {
                let mut store = Store::open(path).unwrap();
                for number in 0..10 {
                    let records = [
                        answer(name, 3 * number),
                        answer(name, 3 * number + 1),
                        answer(name, 3 * number + 2),
                    ];
                    import(&mut store, &me(), &records, at(0));
                }
            });
        }
    });
    for (mut child, mut output) in children {
        assert_eq!(numbers(&mut output, "acknowledged ", usize::MAX), [30]);
        assert!(child.wait().unwrap().success());
    }
    let store = Store::open_read_only(folder.path()).unwrap();
    assert_eq!(store.current(&me(), ..).unwrap().len(), 4 * 30);
    assert_eq!(store.history(&me(), 1_000).unwrap().len(), 2 * 30 + 2 * 10);
}
