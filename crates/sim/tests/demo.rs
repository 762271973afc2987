//! Checks that the demo person is what its description says, by least squares over many seeds and not by one.

use nightmend_sim::demo::{demo_days, demo_parameters};
use nightmend_sim::{
    CourseDay, DEMO_NIGHTS, DEMO_SEED, ObservedDay, Person, PersonParameters, Seed, demo_exports,
};

/// Slope of y on x with z held, and its standard error.
fn slope(rows: &[(f64, f64, f64)]) -> (f64, f64) {
    let n = rows.len() as f64;
    let mean = |take: fn(&(f64, f64, f64)) -> f64| rows.iter().map(take).sum::<f64>() / n;
    let (mx, mz, my) = (mean(|r| r.0), mean(|r| r.1), mean(|r| r.2));
    let sum = |take: &dyn Fn(f64, f64, f64) -> f64| {
        rows.iter().map(|r| take(r.0 - mx, r.1 - mz, r.2 - my)).sum::<f64>()
    };
    let (xx, zz, xz) = (sum(&|x, _, _| x * x), sum(&|_, z, _| z * z), sum(&|x, z, _| x * z));
    let (xy, zy, yy) = (sum(&|x, _, y| x * y), sum(&|_, z, y| z * y), sum(&|_, _, y| y * y));
    let determinant = xx * zz - xz * xz;
    let (bx, bz) = ((xy * zz - zy * xz) / determinant, (zy * xx - xy * xz) / determinant);
    let residual = (yy - bx * xy - bz * zy) / (n - 3.0);
    (bx, (residual * zz / determinant).sqrt())
}

fn hours(day: &ObservedDay) -> Option<f64> {
    let main = day.device.iter().find(|sleep| sleep.is_main)?;
    Some(main.hypnogram.asleep() as f64 / 120.0)
}

fn waking(day: &ObservedDay) -> Option<f64> {
    day.morning.as_ref().map(|morning| f64::from(morning.back_pain))
}

fn bedtime(day: &ObservedDay) -> Option<f64> {
    day.evening.as_ref().map(|evening| f64::from(evening.back_pain))
}

/// z of sleep → pain and of pain → sleep for one moment of the day.
fn evidence(days: &[ObservedDay], pain: fn(&ObservedDay) -> Option<f64>) -> (f64, f64) {
    let mut forth = Vec::new();
    let mut back = Vec::new();
    for pair in days.windows(2) {
        if let (Some(sleep), Some(before), Some(now)) = (hours(&pair[1]), pain(&pair[0]), pain(&pair[1])) {
            forth.push((sleep, before, now));
        }
        if let (Some(before), Some(sleep), Some(pain)) = (hours(&pair[0]), hours(&pair[1]), pain(&pair[0])) {
            back.push((pain, before, sleep));
        }
    }
    let z = |rows: &[(f64, f64, f64)]| {
        let (slope, error) = slope(rows);
        slope / error
    };
    (z(&forth), z(&back))
}

#[test]
fn the_demo_usually_tells_one_arrow_and_not_the_other() {
    for (moment, pain) in [("waking", waking as fn(&ObservedDay) -> Option<f64>), ("bedtime", bedtime)] {
        let all: Vec<(f64, f64)> = (1_000..1_400).map(|seed| evidence(&demo_days(seed), pain)).collect();
        let share = |told: &dyn Fn(&(f64, f64)) -> bool| {
            all.iter().filter(|z| told(z)).count() as f64 / all.len() as f64
        };
        let (forth, back) = (share(&|z| z.0 <= -2.6), share(&|z| z.1.abs() >= 2.6));
        assert!(forth > 0.85, "{moment}: {forth}");
        assert!(back < 0.08, "{moment}: {back}");
    }
}

#[test]
fn the_description_gives_the_right_numbers() {
    let steady = PersonParameters { pain_trend_per_30_days: 0.0, ..demo_parameters() };
    let person = Person::new(steady).unwrap();
    assert!((person.sleep_to_bedtime_pain_in_all() + 0.475).abs() < 1e-12);
    let days = person.course(40_000, "1950-01-01".parse().unwrap(), Seed::new(3)).days;
    let sd = |take: fn(&CourseDay) -> f64| {
        let mean = days.iter().map(take).sum::<f64>() / days.len() as f64;
        (days.iter().map(|day| (take(day) - mean).powi(2)).sum::<f64>() / days.len() as f64).sqrt()
    };
    let (sleep, waking) = (sd(|day| day.sleep_hours), sd(|day| day.waking_pain));
    let bedtime = sd(|day| day.bedtime_pain);
    assert!((sleep - 1.2).abs() < 0.05, "{sleep}");
    assert!((-0.5 * sleep / waking + 0.41).abs() < 0.02, "{}", -0.5 * sleep / waking);
    assert!((-0.06 * bedtime / sleep + 0.08).abs() < 0.02, "{}", -0.06 * bedtime / sleep);
    assert!((waking - 1.4).abs() < 0.1 && (bedtime - 1.4).abs() < 0.1, "{waking} {bedtime}");
}

#[test]
fn the_exports_are_the_same_bytes_every_time_and_say_that_they_are_simulated() {
    let files = demo_exports(DEMO_SEED);
    assert_eq!(files, demo_exports(DEMO_SEED));
    assert_ne!(files, demo_exports(DEMO_SEED + 1));
    for file in &files {
        assert!(file.path.contains("simulated") && file.source.contains("simulated"));
    }
    let diary = String::from_utf8(files[0].bytes.clone()).unwrap();
    assert!(diary.starts_with("# nightmend diary, simulated"));
    let columns = diary.lines().nth(1).unwrap().split(',').count();
    assert!(diary.lines().skip(1).all(|line| line.split(',').count() == columns));
    assert!((100..=DEMO_NIGHTS + 2).contains(&diary.lines().count()));
}

/// FNV-1a, for a test needs no better hash.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn hash(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes
        .into_iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// The numbers that the README prints hang on these bytes. Where they change on purpose, the changelog says so.
/// Elsewhere the last digit of a logarithm may differ, and with it a minute here and there.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn the_bytes_of_the_demo_are_those_of_the_last_version() {
    let all = demo_exports(DEMO_SEED).into_iter().flat_map(|file| file.bytes);
    assert_eq!(hash(all), 14_273_756_865_326_551_427);
}
