//! Sits at a terminal as a person does: questions, slips, Ctrl-C, Ctrl-D and a no.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// A terminal, as `script` of util-linux makes one.
struct Terminal {
    folder: TempDir,
}

impl Terminal {
    /// Nothing on a machine without `script`.
    fn new() -> Option<Self> {
        let there =
            Command::new("script").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if there.is_ok_and(|status| status.success()) {
            return Some(Self { folder: tempfile::tempdir().unwrap() });
        }
        println!("passed over: there is no `script` on this machine");
        None
    }

    /// Types each line once the question before it stands there; gives all that was shown, and the exit code.
    fn talk(&self, arguments: &str, typed: &[(&str, &str)]) -> (String, Option<i32>) {
        let store = self.folder.path().join("store");
        // `exec`: a shell in between would get the Ctrl-C too, and answer with an exit code of its own.
        let command = format!("exec {} --data {} {arguments}", env!("CARGO_BIN_EXE_nightmend"), path(&store));
        let mut child = Command::new("script")
            .args(["-qefc", &command, "/dev/null"])
            .env_remove("NO_COLOR")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "Europe/London")
            .env("TERM", "dumb")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = screen.read(&mut bytes) {
                if count == 0 || sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let (mut shown, mut seen) = (Vec::new(), 0);
        for (question, keys_typed) in typed {
            // A limit for a program that hangs, not a measurement.
            let until = Instant::now() + Duration::from_secs(60);
            loop {
                let text = String::from_utf8_lossy(&shown[seen..]).into_owned();
                if text.contains(question) {
                    seen = shown.len();
                    break;
                }
                match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(bytes) => shown.extend(bytes),
                    Err(why) => {
                        panic!("{question:?} was not asked ({why}): {}", String::from_utf8_lossy(&shown))
                    }
                }
            }
            keys.write_all(keys_typed.as_bytes()).unwrap();
            keys.flush().unwrap();
        }
        // The program ends by itself, with the keyboard still there.
        loop {
            match receiver.recv_timeout(Duration::from_secs(60)) {
                Ok(bytes) => shown.extend(bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    child.kill().unwrap();
                    panic!("it did not end: {}", String::from_utf8_lossy(&shown));
                }
            }
        }
        let code = child.wait().unwrap().code();
        drop(keys);
        (String::from_utf8_lossy(&shown).replace('\r', ""), code)
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn ctrl_c_and_the_end_of_input_stop_at_once_and_save_nothing() {
    let Some(terminal) = Terminal::new() else { return };
    for key in [CTRL_C, CTRL_D] {
        let (shown, code) =
            terminal.talk("log morning --date 2026-03-02", &[("Back pain", "4\n"), ("woken by pain", key)]);
        assert_eq!(code, Some(1), "{shown}");
        assert!(shown.contains("stopped; nothing was saved"), "{shown}");
    }
    let (shown, _) = terminal.talk("days", &[]);
    assert!(shown.contains("No day holds an entry"), "{shown}");
}

#[test]
fn a_slip_in_the_times_costs_the_times_alone() {
    let Some(terminal) = Terminal::new() else { return };
    let (shown, code) = terminal.talk(
        "log morning --date 2026-03-02",
        &[
            ("Back pain", "4\n"),
            ("woken by pain", "1.5\n"),
            ("whole number", "1\n"),
            ("Rested", "2\n"),
            ("Into bed", "23:30\n"),
            ("Tried", "23:00\n"),
            ("Woke", "06:40\n"),
            ("Out of bed", "07:00\n"),
            ("until asleep", "20\n"),
            ("in between", "\n"),
            ("Into bed, 24-hour clock [23:30]", "22:50\n"),
            ("Tried to sleep [23:00]", "\n"),
            ("[06:40]", "\n"),
            ("[07:00]", "-\n"),
            ("[20]", "\n"),
            ("in between", "10\n"),
        ],
    );
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("Once more the times"), "{shown}");
    assert!(shown.contains("Saved 4 answers"), "{shown}");
    assert!(shown.contains("tried to sleep 23:00, asleep 23:20, woke 06:40\n"), "{shown}");
    assert!(shown.contains("TST 7 h 10"), "{shown}");
}

#[test]
fn an_impossible_date_is_refused_before_any_question() {
    let Some(terminal) = Terminal::new() else { return };
    for date in ["1926-11-01", "2999-01-01"] {
        let (shown, code) = terminal.talk(&format!("log morning --date {date}"), &[]);
        assert_eq!(code, Some(64), "{shown}");
        assert!(!shown.contains("Back pain") && shown.contains("--date"), "{shown}");
    }
}

#[test]
fn a_no_leaves_everything_as_it_is() {
    let Some(terminal) = Terminal::new() else { return };
    let backup = terminal.folder.path().join("backup.nightmend");
    let (shown, code) = terminal.talk("log pain 4", &[]);
    assert_eq!(code, Some(0), "{shown}");
    terminal.talk(&format!("backup {}", path(&backup)), &[]);
    let (shown, code) = terminal.talk("erase --all", &[("[y/N]", "n\n")]);
    assert_eq!((code, shown.contains("Nothing was deleted.")), (Some(0), true), "{shown}");
    let (shown, code) = terminal.talk(&format!("restore {}", path(&backup)), &[("[y/N]", "\n")]);
    assert_eq!((code, shown.contains("Nothing was changed.")), (Some(0), true), "{shown}");
    let (shown, code) = terminal.talk("erase --all", &[("[y/N]", CTRL_C)]);
    assert_eq!(code, Some(1), "{shown}");
    let (shown, _) = terminal.talk("days", &[]);
    assert!(shown.contains("4/10"), "{shown}");
}

#[test]
fn a_terminal_that_can_only_print_gets_neither_colour_nor_a_progress_line() {
    let Some(terminal) = Terminal::new() else { return };
    let (shown, code) = terminal.talk("demo --nights 40", &[]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains('\u{1b}') && !shown.contains(" … "), "{shown}");
}

#[test]
fn an_experiment_asks_what_is_expected_before_the_lot_is_drawn() {
    let Some(terminal) = Terminal::new() else { return };
    terminal.talk("steps safety --no-to-rest", &[]);
    let (shown, code) = terminal
        .talk("steps start sleep-position", &[("do you expect", "much\n"), ("do you expect", CTRL_C)]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("What it can show") && shown.contains("write a number"), "{shown}");
    let (shown, code) = terminal.talk(
        "steps start sleep-position",
        &[("do you expect, in points?", "0,5\n"), ("Draw the lot and begin? [y/N]", "y\n")],
    );
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("Started. The lot is drawn"), "{shown}");
    let (shown, _) = terminal.talk("steps calendar --json", &[]);
    assert!(shown.contains("\"expected_benefit\": 0.5"), "{shown}");
}
