//! Checks prior packs: they move estimates and no claims, are named in the answer, and are refused where they do not fit.

use std::num::NonZeroUsize;

use jiff::civil::date;
use nightmend_domain::estimate::{LoopEstimate, LoopOutcome};
use nightmend_domain::{Moment, NoProgress};
use nightmend_infer::nuts::NutsSettings;
use nightmend_infer::random::Stream;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::group::{GroupMember, GroupSettings, fit_group};
use nightmend_loop::pack::{self, PackError, PriorPack};
use nightmend_loop::{FitError, LoopSettings, PainMeasure, Seed, Series, SleepMeasure, fit};

/// A person whose pain falls by half a point for an hour of sleep, whatever the priors say.
fn series(number: u64, days: usize, sleep_measure: SleepMeasure) -> Series {
    let mut stream = Stream::new(77, number);
    let (mut s, mut p) = (0.0, 0.0);
    let (mut sleep, mut pain) = (Vec::new(), Vec::new());
    for _ in 0..days {
        s = 0.2 * s + stream.normal();
        p = 0.3 * p - 0.4 * s + stream.normal();
        sleep.push((stream.uniform() > 0.1).then(|| 7.0 + 1.1 * s + 0.3 * stream.normal()));
        pain.push((stream.uniform() > 0.1).then(|| 4.0 + 1.5 * p + 0.5 * stream.normal()));
    }
    let first_date = date(2024, 1, 1);
    let columns = Columns { first_date, sleep, pain, weekend: weekend_flags(first_date, days) };
    Series::new(columns, sleep_measure, PainMeasure::Nrs, "pain".to_owned(), Moment::Day).expect("sound")
}

fn quick() -> NutsSettings {
    let threads = NonZeroUsize::new(2).expect("two");
    NutsSettings { chains: 2, warmup: 150, draws: 200, threads, ..NutsSettings::default() }
}

fn pack_text() -> String {
    let member = |number| GroupMember {
        person: format!("{number:02}"),
        series: series(number, 30, SleepMeasure::HoursDiary),
        covariates: Vec::new(),
    };
    let members: Vec<GroupMember> = (0..20).map(member).collect();
    let settings =
        GroupSettings { nuts: quick(), most_rounds: NonZeroUsize::MIN, ..GroupSettings::default() };
    let group = fit_group(&members, &settings, Seed(1), &NoProgress).expect("a group");
    // Everyone's arrow is the same -0.4 per innovation; in a person's own SDs it is a little less.
    let [b_sp, ..] = group.new_person;
    assert!((-0.55..-0.2).contains(&b_sp.mean) && b_sp.sd < 0.25, "{b_sp:?}");
    pack::text("back \"clinic\"", &members[0].series, &group, &settings, Seed(1))
}

fn fitted(series: &Series, pack: Option<PriorPack>) -> LoopEstimate {
    let settings = LoopSettings { nuts: quick(), pack, ..LoopSettings::default() };
    match fit(series, &settings, Seed(3), &NoProgress).expect("a fit") {
        LoopOutcome::Estimated(estimate) => *estimate,
        LoopOutcome::CannotTell(reason) => panic!("{reason:?}"),
    }
}

#[test]
fn a_pack_moves_estimates_and_no_claims_and_is_named() {
    let text = pack_text();
    let pack = PriorPack::parse(&text).expect("a sound pack");
    let person = series(99, 25, SleepMeasure::HoursDevice);
    let (without, with) = (fitted(&person, None), fitted(&person, Some(pack.clone())));
    for (one, other) in
        [(&without.sleep_to_pain, &with.sleep_to_pain), (&without.pain_to_sleep, &with.pain_to_sleep)]
    {
        assert_eq!((one.z, one.told), (other.z, other.told));
    }
    assert!(with.sleep_to_pain.standardised.mean < without.sleep_to_pain.standardised.mean - 0.02);
    assert!(with.provenance.priors.starts_with("pack back clinic of 20 people (sha256 "));
    assert!(with.provenance.priors.contains(pack.label().as_str()) && pack.label().len() > 64);
    let other = PriorPack::parse(&format!("{text}\n# a remark\n")).expect("still sound");
    assert_ne!(other.label(), pack.label(), "the hash is of the text");
}

#[test]
fn a_pack_that_does_not_fit_is_refused_with_a_way_on() {
    let text = pack_text();
    let pack = PriorPack::parse(&text).expect("a sound pack");
    let rated = series(5, 30, SleepMeasure::Rating { name: "quality".to_owned() });
    let settings = LoopSettings { pack: Some(pack), ..LoopSettings::default() };
    let refused = fit(&rated, &settings, Seed(1), &NoProgress).expect_err("rated sleep is not hours");
    assert!(matches!(refused, FitError::Pack(PackError::OtherMeasure { .. })));
    assert!(refused.to_string().contains("leave --prior out"), "{refused}");
    for (from, to) in [
        ("prior-pack/1", "prior-pack/9"),
        ("people = 20", "people = 2"),
        ("b_sp = {", "b_xx = {"),
        ("[measure]", "surplus = 1\n[measure]"),
        ("b_ps = { mean = ", "b_ps = { mean = 9"),
        ("[parameters]", ""),
    ] {
        let refused = PriorPack::parse(&text.replacen(from, to, 1)).expect_err(from);
        assert!(refused.to_string().contains("--keep-prior"), "{from}: {refused}");
    }
    assert!(PriorPack::parse("").is_err() && PriorPack::parse("not toml at all [").is_err());
}
