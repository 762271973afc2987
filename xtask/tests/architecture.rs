//! Keeps the rules of the house: doors, libraries, file headers, machine paths, laid-out copies.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use xtask::{Nature, ROOMS, root};

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

/// (package without prefix, names of its normal dependencies).
fn packages() -> Vec<(String, BTreeSet<String>)> {
    let short = |name: &str| name.strip_prefix("nightmend-").unwrap_or(name).to_owned();
    metadata()["packages"]
        .as_array()
        .expect("packages are listed")
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies are listed");
            let names = dependencies
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().expect("a name").to_owned())
                .collect();
            (short(package["name"].as_str().expect("a name")), names)
        })
        .collect()
}

#[test]
fn every_crate_stands_in_the_plan() {
    for (name, _) in packages() {
        assert!(
            name == "xtask" || ROOMS.iter().any(|room| room.name == name),
            "{name} is not in xtask::ROOMS"
        );
    }
}

#[test]
fn doors_and_libraries_are_those_of_the_plan() {
    let packages = packages();
    for room in ROOMS {
        let Some((_, dependencies)) = packages.iter().find(|(name, _)| name == room.name) else {
            panic!("the room {} of the plan does not exist", room.name);
        };
        for dependency in dependencies {
            let allowed = match dependency.strip_prefix("nightmend-") {
                Some(ours) => room.doors.contains(&ours),
                None => room.libraries.contains(&dependency.as_str()),
            };
            assert!(allowed, "{} may not depend on {dependency}; see xtask::ROOMS", room.name);
        }
    }
}

#[test]
fn the_plan_allows_no_library_that_nobody_uses() {
    let packages = packages();
    for room in ROOMS {
        let (_, dependencies) = packages.iter().find(|(name, _)| name == room.name).expect("rooms exist");
        for library in room.libraries {
            assert!(
                dependencies.contains(*library),
                "{} no longer uses {library}; take it out of the plan",
                room.name
            );
        }
    }
}

#[test]
fn pure_rooms_have_doors_to_pure_rooms_only() {
    for room in ROOMS.iter().filter(|room| room.nature == Nature::Pure) {
        for door in room.doors {
            let beyond = ROOMS.iter().find(|other| other.name == *door).expect("doors lead to rooms");
            assert_eq!(beyond.nature, Nature::Pure, "{} is pure, {door} is not", room.name);
        }
    }
}

#[test]
fn doors_lead_down_only() {
    for (index, room) in ROOMS.iter().enumerate() {
        for door in room.doors {
            let position = ROOMS.iter().position(|other| other.name == *door).expect("doors lead to rooms");
            assert!(position < index, "{} leads up to {door}", room.name);
        }
    }
}

#[test]
fn only_the_engines_know_inference() {
    for room in ROOMS.iter().filter(|room| room.doors.contains(&"infer")) {
        assert!(["loop", "trial"].contains(&room.name), "{} sees infer", room.name);
    }
}

#[test]
fn heavy_neighbours_stay_in_one_room() {
    for (library, home) in [("rusqlite", "store"), ("nuts-rs", "infer"), ("zip", "app"), ("axum", "web")] {
        for room in ROOMS.iter().filter(|room| room.nature != Nature::Tool) {
            assert!(!room.libraries.contains(&library) || room.name == home, "{library} in {}", room.name);
        }
    }
}

#[test]
fn the_domain_carries_no_serde() {
    let domain = packages().into_iter().find(|(name, _)| name == "domain").expect("there is a domain").1;
    assert!(!domain.iter().any(|dependency| dependency.starts_with("serde")), "{domain:?}");
}

#[test]
fn laid_out_copies_equal_their_source() {
    for (source, copies) in xtask::laid_out_files() {
        let expected = fs::read_to_string(root().join(&source)).expect("the source is there");
        for copy in copies {
            let actual = fs::read_to_string(root().join(&copy)).unwrap_or_default();
            assert!(actual == expected, "{} differs; run `cargo xtask tidy`", copy.display());
        }
    }
}

#[test]
fn every_source_file_opens_with_its_purpose() {
    for path in files_below(&root()).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(&path).expect("source is text");
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.trim_end().len() > 20, "{}: {first}", path.display());
    }
}

#[test]
fn every_room_forbids_what_the_workspace_forbids() {
    for room in ROOMS {
        let text =
            fs::read_to_string(root().join(format!("crates/{}/Cargo.toml", room.name))).expect("a manifest");
        assert!(text.contains("[lints]\nworkspace = true"), "{} opts out of the lints", room.name);
    }
}

#[test]
fn no_file_names_a_machine_or_a_registry_host() {
    // Written in pieces so that this file does not find itself.
    let banned = [
        concat!("/", "work/"),
        concat!("/", "root/"),
        concat!("/", "farm/"),
        concat!("crates", ".io/api"),
        concat!("static", ".crates.io"),
        concat!("files.", "pythonhosted"),
        concat!("registry.", "npmjs"),
    ];
    for path in files_below(&root()).into_iter().filter(|path| !path.ends_with("Cargo.lock")) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            for word in banned {
                let found = line.find(word).is_some_and(|at| {
                    !word.starts_with('/')
                        || !line[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '.')
                });
                assert!(!found, "{}:{}: {word}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn the_documents_of_the_house_are_there() {
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "DESIGN.md",
        "GLOSSARY.md",
        "CHANGELOG.md",
        "INTENDED_USE.md",
        "SECURITY.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        ".ci/run",
    ] {
        let text = fs::read_to_string(root().join(name)).unwrap_or_default();
        assert!(text.len() > 200, "{name} is missing or empty");
        assert!(!text.to_lowercase().contains("coming soon"), "{name} makes an empty promise");
    }
}

/// Every file of the project, without build output and version control.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("folders can be listed") {
            let path = entry.expect("entries can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                if !name.starts_with("target") && name != ".git" && name != "node_modules" {
                    folders.push(path);
                }
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
