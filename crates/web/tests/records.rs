//! Asks the pages of nights, loop and data for nobody, for the demo person and for five years: they draw, every figure
//! has its words and its table, a night is corrected and taken back, a file is taken in, all is handed out and deleted.

mod support;

use std::io::Write as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use nightmend_domain::PersonName;
use support::{Answer, HOST, Site, Whose};

/// Every page of these three, as far as it has an address of its own.
const PAGES: &[&str] = &[
    "/nights",
    "/nights?weeks=6",
    "/nights?from=2025-02-01&to=2025-03-01",
    "/nights/year",
    "/nights/year/2025",
    "/nights/regularity",
    "/nights/2025-03-30",
    "/loop",
    "/data",
    "/data/sources",
    "/data/quality",
    "/data/history",
    "/data/delete",
];

/// The parts of a page between two texts.
fn parts<'a>(page: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    page.split(from).skip(1).map(|rest| rest.split(to).next().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_has_a_title_a_sentence_and_a_table() {
    let mut figures = 0;
    for whose in Whose::ALL {
        let site = Site::open(whose);
        for path in PAGES {
            let page = site.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path} for {whose:?}: {}", page.text);
            assert_eq!(page.text.matches("<h1").count(), 1, "{path} for {whose:?}");
            for figure in parts(&page.text, "<figure", "</figure>") {
                figures += 1;
                for svg in parts(figure, "<svg", "</svg>") {
                    assert!(svg.contains("role=\"img\""), "{path}: a drawing that nobody hears");
                    let title = parts(svg, "<title>", "</title>");
                    assert!(title.len() == 1 && !title[0].trim().is_empty(), "{path}: no title");
                    assert!(!parts(svg, "<desc>", "</desc>")[0].trim().is_empty(), "{path}: no description");
                }
                let sentence = parts(figure, "<figcaption>", "</figcaption>");
                assert!(sentence[0].trim_end().ends_with('.'), "{path}: no sentence: {sentence:?}");
                assert!(figure.contains("<table>") && figure.contains("scope=\"col\""), "{path}: no table");
            }
            // No figure stands outside of one.
            let inside: usize = parts(&page.text, "<figure", "</figure>")
                .iter()
                .map(|figure| figure.matches("nm-figure").count())
                .sum();
            assert_eq!(page.text.matches("nm-figure").count(), inside, "{path} for {whose:?}");
            for forbidden in [" style=\"", "<style", "<script>", " onclick", "NaN", "Some(", "None"] {
                assert!(!page.text.contains(forbidden), "{path} for {whose:?} holds {forbidden}");
            }
        }
    }
    assert!(figures > 20, "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_years_are_drawn_by_the_range() {
    let site = Site::open(Whose::FiveYears);
    for path in ["/nights", "/nights?from=2020-01-01&to=2024-12-31", "/nights/year/2022"] {
        let page = site.get(path).await;
        assert!(page.text.len() < 400_000, "{path}: {} bytes", page.text.len());
    }
    let first = site.get("/nights?from=2020-01-01&to=2020-02-01").await;
    assert!(
        first.text.contains("/nights/2020-01-15") && !first.text.contains("/nights/2024-"),
        "{}",
        first.text
    );
    for path in ["/nights/not-a-date", "/nights/year/abc", "/nights?to=31.12.2024", "/data/imports/999"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers[header::LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_is_corrected_and_the_correction_taken_back() {
    let site = Site::open(Whose::Demo);
    let path = "/nights/2025-03-30";
    let before = site.get(path).await.text;
    assert!(before.contains("What each source told") && before.contains("Why it is so"), "{before}");
    // A slip is shown before it is kept, with a way to mend it.
    let slip = site.post(path, &[("in_bed", "14:30"), ("up", "07:00")]).await;
    assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        slip.text.contains("A look before it is saved") && slip.text.contains("value=\"14:30\""),
        "{}",
        slip.text
    );
    let saved = site.post(path, &[("in_bed", "22:41"), ("up", "07:59"), ("awakenings", "3")]).await;
    let page = site.get(&location(&saved)).await.text;
    assert!(page.contains("Saved.") && page.contains("22:41") && page.contains("Undo"), "{page}");
    let act = page
        .split("name=\"act\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .to_owned();
    let undone = site.post(&format!("{path}/undo"), &[("act", &act)]).await;
    let page = site.get(&location(&undone)).await.text;
    assert!(page.contains("Taken back") && !page.contains("value=\"22:41\""), "{page}");
    // A time that contradicts what a device tells is kept, and the page says that the night does not take it.
    let against = site.post(path, &[("up", "0410"), ("sure", "1")]).await;
    let page = site.get(&location(&against)).await.text;
    assert!(page.contains("Out of bed: you said 04:10, and the night takes no time for it"), "{page}");
    site.post(path, &[("up", "07:59")]).await;
    // The record of a device is left out, and brought back by the history.
    let key = before.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let source =
        before.split("name=\"source\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let left = site.post(&format!("{path}/leave-out"), &[("source", source), ("key", key)]).await;
    let page = site.get(&location(&left)).await.text;
    assert!(page.contains("left out from now on"), "{page}");
    assert!(!page.contains(&format!("name=\"key\" value=\"{key}\"")), "it is still offered");
    let wrong = site.post(path, &[("woke", "half past")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("is not a time"), "{}", wrong.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_is_previewed_and_then_answered() {
    let site = Site::open(Whose::Demo);
    let first = site.get("/loop").await.text;
    assert!(first.contains("data-answer=\"working\"") && first.contains("quick first answer"), "{first}");
    let mut page = first;
    for _ in 0..600 {
        if !page.contains("data-answer=\"working\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        page = site.get("/loop").await.text;
    }
    assert!(!page.contains("data-answer=\"working\""), "the fit never arrived");
    for part in [
        "What may be said",
        "What is estimated",
        "Both arrows",
        "What if",
        "Your data, and what is known",
        "Does the model fit",
    ] {
        assert!(page.contains(part), "{part} is missing: {page}");
    }
    assert!(!page.contains("--moment") && !page.contains("--include"), "a flag of the command line");
    let unknown = site.get("/loop?pain=toothache").await;
    assert_eq!(unknown.status, StatusCode::OK);
    assert!(
        unknown.text.contains("role=\"alert\"") && unknown.text.contains("toothache"),
        "{}",
        unknown.text
    );
    let nobody = Site::open(Whose::Nobody);
    assert!(nobody.get("/loop").await.text.contains("Nothing to measure yet"));
}

/// A form with files, as a browser sends it.
fn form(token: &str, texts: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, text) in [("csrf", token)].iter().chain(texts) {
        write!(body, "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").unwrap();
    }
    for (field, name, bytes) in files {
        write!(
            body,
            "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
        )
        .unwrap();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}

async fn upload(
    site: &Site,
    path: &str,
    token: &str,
    texts: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Answer {
    let request = Request::post(path)
        .header(header::ORIGIN, format!("http://{HOST}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    site.send_with(request, Body::from(form(token, texts, files))).await
}

async fn read_through(site: &Site, page: &str) -> String {
    for _ in 0..300 {
        let text = site.get(page).await.text;
        if !text.contains("id=\"reading\"") {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the import never ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_and_accounted_for() {
    let site = Site::open(Whose::Nobody);
    let token = site.token().await;
    let refused = upload(&site, "/data/import", "wrong", &[], &[("files", "a.csv", b"x")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let empty = upload(&site, "/data/import", &token, &[], &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let files = nightmend_testkit::exports::demo_files();
    let files: Vec<(&str, &str, &[u8])> =
        files.iter().map(|file| ("files", file.path.as_str(), file.bytes.as_slice())).collect();
    let sent = upload(&site, "/data/import", &token, &[], &files).await;
    let page = read_through(&site, &location(&sent)).await;
    assert!(page.contains("Taken in.") && page.contains("The account") && page.contains("Undo"), "{page}");
    assert!(!page.contains("uploads"), "a path of the server is shown");
    assert!(site.get("/nights").await.text.contains("nm-figure"));
    assert!(!site.folder.path().join("uploads").exists(), "an upload was left behind");
    // A table that nobody knows gets a proposal, and is taken in when it is confirmed.
    let table = b"day,back\n2024-05-01,3\n2024-05-02,5\n2024-05-03,4\n";
    let sent = upload(&site, "/data/import", &token, &[], &[("files", "mine.csv", table)]).await;
    let place = location(&sent);
    let page = read_through(&site, &place).await;
    assert!(page.contains("A table that needs a word from you") && page.contains("<textarea"), "{page}");
    let map = "source = \"mine\"\ndate = { column = \"day\", format = \"%Y-%m-%d\" }\n[[column]]\nname = \"back\"\nas = \"back pain\"\nrole = \"pain\"\nmoment = \"day\"\nnrs = true\n";
    let sent = site.post(&format!("{place}/map"), &[("map", map)]).await;
    let page = read_through(&site, &location(&sent)).await;
    assert!(page.contains("Taken in."), "{page}");
    let broken = site.post(&format!("{place}/map"), &[("map", "source = ")]).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(site.get("/data/sources").await.text.contains("mine"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_are_moved_by_buttons() {
    let site = Site::open(Whose::FiveYears);
    let place = |text: &str, name: &str| text.find(&format!("<span class=\"name\">{name}</span>")).unwrap();
    let before = site.get("/data/sources").await.text;
    assert!(place(&before, "fitbit") < place(&before, "phone"), "{before}");
    let moved = site.post("/data/sources", &[("kind", "sleep"), ("source", "phone"), ("way", "up")]).await;
    let after = site.get(&location(&moved)).await.text;
    assert!(place(&after, "phone") < place(&after, "fitbit"), "{after}");
    let usual = site.post("/data/sources", &[("kind", "sleep"), ("way", "usual")]).await;
    let again = site.get(&location(&usual)).await.text;
    assert!(place(&again, "fitbit") < place(&again, "phone"), "{again}");
    let unknown = site.post("/data/sources", &[("kind", "sleep"), ("source", "nobody"), ("way", "up")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_handed_out_restored_and_deleted_with_proof() {
    let site = Site::open(Whose::Demo);
    let export = site.get("/data/export.zip").await;
    assert_eq!(export.status, StatusCode::OK);
    assert!(export.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains(".zip"));
    let backup = hand_out(&site);
    // What is written after the backup goes with the restore.
    let later = site.post("/nights/2025-05-12", &[("awakenings", "7")]).await;
    assert_eq!(later.status, StatusCode::SEE_OTHER, "{}", later.text);
    let token = site.token().await;
    let unsure = upload(&site, "/data/restore", &token, &[], &[("backup", "b.db", &backup)]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nonsense =
        upload(&site, "/data/restore", &token, &[("sure", "1")], &[("backup", "b.db", b"no store")]).await;
    assert_eq!(nonsense.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nonsense.text.contains("is no backup of nightmend") && !nonsense.text.contains("uploads"),
        "{}",
        nonsense.text
    );
    let restored =
        upload(&site, "/data/restore", &token, &[("sure", "1")], &[("backup", "b.db", &backup)]).await;
    assert_eq!(location(&restored), "/data?done=restored");
    assert!(site.get("/nights").await.text.contains("nm-figure"));
    let unsaid = site.post("/data/delete", &[("word", "delete")]).await;
    assert!(unsaid.text.contains("Nothing was deleted"), "{}", unsaid.text);
    let deleted = site.post("/data/delete", &[("word", "DELETE")]).await;
    assert!(deleted.text.contains("Deleted. Nothing is left."), "{}", deleted.text);
    assert!(site.get("/nights").await.text.contains("No night yet"));
}

fn hand_out(site: &Site) -> Vec<u8> {
    let store = site.store();
    let person = PersonName::new("simulated person").unwrap();
    assert!(store.persons().unwrap().contains(&person));
    nightmend_app::hand_out::backup_bytes(&store).unwrap()
}

/// Measures, and asserts nothing: run it with `--release -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn how_long_five_years_take() {
    let site = Site::open(Whose::FiveYears);
    for _ in 0..600 {
        if !site.get("/loop").await.text.contains("data-answer=\"working\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for path in PAGES.iter().filter(|path| **path != "/data/delete") {
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..60 {
            let begin = std::time::Instant::now();
            bytes = site.get(path).await.text.len();
            times.push(begin.elapsed().as_secs_f64() * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        println!("{path}: median {:.1} ms, p95 {:.1} ms, {} kB", times[30], times[57], bytes / 1_024);
    }
}
