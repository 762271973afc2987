//! Tests what an experiment says: the randomisation test by enumeration, the verdict's rule, planted effects found.

use jiff::ToSpan;
use jiff::civil::date;
use nightmend_domain::plan::{Adherence, Arm, Design, NightAnswer, Outcome, Plan, Rotation, StepName};
use nightmend_domain::step_result::{
    EveryNight, Instrumental, InstrumentalRefusal, Interval90, Look, StepResult, Verdict,
};
use nightmend_domain::time::NightDate;
use nightmend_sim::{Seed, SteppedNight, SteppedPerson};
use nightmend_trial::randomisation::{randomisation_test, smallest_p};
use nightmend_trial::verdict::{Figures, PlannedLook, judge, looks, overall, planned_looks};
use nightmend_trial::{AnalysisSettings, Outcomes, Record, analyse, assemble, calendar, draw};

fn design(nights: u16, seed: u64) -> Design {
    Design {
        step: StepName::new("sleep_position").unwrap(),
        arms: vec![
            Arm::new("usual", "your usual way").unwrap(),
            Arm::new("pillow", "a pillow between the knees").unwrap(),
        ],
        judged: 1,
        rotation: Rotation::PermutedBlocks { block: 4 },
        nights,
        seed,
        outcome: Outcome::MorningPain,
        threshold: 0.5,
        expected_benefit: None,
    }
}

/// Lives a plan: what the person wrote down, as the engine takes it.
fn live(plan: &Plan, person: &SteppedPerson, seed: u64) -> (Record, Outcomes) {
    let assigned: Vec<bool> = plan.allocation.iter().map(|arm| *arm == 1).collect();
    told(plan, &person.course(&assigned, Seed::new(seed)))
}

fn told(plan: &Plan, nights: &[SteppedNight]) -> (Record, Outcomes) {
    let first = NightDate::of_waking(date(2026, 3, 2));
    let (mut outcomes, mut answers) = (Outcomes::default(), Vec::new());
    for (assigned, night) in calendar(plan, first, &[]).iter().zip(nights) {
        let date = assigned.night.date();
        if let Some(pain) = night.pain {
            outcomes.insert(Outcome::MorningPain, date, pain);
            let as_assigned = night.done == (assigned.arm == 1);
            let adherence = if as_assigned { Adherence::Full } else { Adherence::Not };
            answers.push(NightAnswer { night: assigned.night, arm: assigned.arm, adherence });
        }
        if let Some(hours) = night.sleep_hours {
            outcomes.insert(Outcome::SleepHours, date, hours);
        }
    }
    let last = first.date().saturating_add((plan.allocation.len() as i64 - 1).days());
    (assemble(plan, first, &[], &answers, last), outcomes)
}

fn result(person: &SteppedPerson, nights: u16, seed: u64) -> StepResult {
    let plan = draw(design(nights, seed)).unwrap();
    let (record, outcomes) = live(&plan, person, seed);
    analyse(&record, &outcomes, &AnalysisSettings::default())
}

/// p by brute force: every string of zeros and ones of that length whose whole blocks of four hold two of each.
fn brute_force(residuals: &[Option<f64>], observed: &[usize]) -> (f64, usize) {
    let nights = residuals.len();
    let difference = |allocation: &[usize]| {
        let mean = |arm: usize| {
            let of: Vec<f64> = allocation
                .iter()
                .zip(residuals)
                .filter(|(one, _)| **one == arm)
                .filter_map(|(_, r)| *r)
                .collect();
            of.iter().sum::<f64>() / of.len() as f64
        };
        mean(0) - mean(1)
    };
    let seen = difference(observed);
    let (mut reached, mut total) = (0, 0);
    for code in 0..1_u32 << nights {
        let allocation: Vec<usize> = (0..nights).map(|night| (code >> night & 1) as usize).collect();
        if allocation.chunks(4).all(|block| block.iter().sum::<usize>() == 2) {
            total += 1;
            // NaN, an arm without a night, counts as no smaller.
            let found = difference(&allocation);
            reached += usize::from(found.is_nan() || found >= seen - 1e-9);
        }
    }
    (f64::from(reached as u32) / total as f64, total)
}

#[test]
fn the_randomisation_test_is_exact_on_small_designs() {
    for (nights, seed) in [(8_usize, 1), (12, 2), (16, 3), (16, 4)] {
        let plan = draw(design(28, seed)).unwrap();
        let allocation = &plan.allocation[..nights];
        let mut residuals: Vec<Option<f64>> =
            (0..nights).map(|night| Some(((night * 37 + seed as usize * 11) % 17) as f64 - 8.0)).collect();
        residuals[2] = None;
        let test = randomisation_test(&plan.design, allocation, &residuals, -1.0).unwrap();
        let (p, total) = brute_force(&residuals, allocation);
        assert!((test.p - p).abs() < 1e-12, "{nights} nights: {} against {p}", test.p);
        assert_eq!((test.allocations, test.exact), (total as u64, true));
    }
}

#[test]
fn drawn_allocations_come_near_the_enumerated_answer() {
    // 20 nights are enumerated (7,776); with two more blocks they are drawn. Residuals of the added blocks are missing,
    // so that both ask the same question.
    let plan = draw(design(28, 5)).unwrap();
    let residuals: Vec<Option<f64>> =
        (0..28).map(|night| (night < 20).then(|| f64::from((night * 29) % 13) - 6.0)).collect();
    let exact = randomisation_test(&plan.design, &plan.allocation[..20], &residuals[..20], -1.0).unwrap();
    let drawn = randomisation_test(&plan.design, &plan.allocation, &residuals, -1.0).unwrap();
    assert!(exact.exact && !drawn.exact && drawn.allocations == 10_000);
    // Four standard errors of 9,999 draws.
    assert!((exact.p - drawn.p).abs() < 0.02, "{} {}", exact.p, drawn.p);
}

#[test]
fn the_smallest_p_is_that_of_the_design() {
    let pairs =
        |nights| Design { rotation: Rotation::LongBlocks { block: 7, washout: 1 }, ..design(nights, 1) };
    // Four pairs: one of sixteen. Three blocks of four nights: one of 6³.
    assert_eq!(smallest_p(&pairs(56)), 1.0 / 16.0);
    assert!((smallest_p(&design(28, 1)) - 6.0_f64.powi(-7)).abs() < 1e-12);
    let once = Rotation::RandomStart { earliest: 15, latest: 34, washout: 0 };
    assert_eq!(smallest_p(&Design { rotation: once, ..design(56, 1) }), 1.0 / 20.0);
    // A block cut off after two nights: six orders have the beginnings 00, 11 (one each), 01 and 10 (two each).
    assert!((smallest_p(&design(14, 1)) - 6.0_f64.powi(-3) / 6.0).abs() < 1e-12);
}

#[test]
fn under_no_effect_p_is_at_most_alpha() {
    // Exactness in the other direction: over all 1,296 allocations of 16 nights, p <= .05 for at most 5 %.
    let plan = draw(design(28, 1)).unwrap();
    let residuals: Vec<Option<f64>> = (0..8).map(|night| Some(f64::from((night * 7) % 5))).collect();
    let mut reached = 0;
    let mut total = 0;
    for code in 0..1_u32 << 8 {
        let allocation: Vec<usize> = (0..8).map(|night| (code >> night & 1) as usize).collect();
        if allocation.chunks(4).all(|block| block.iter().sum::<usize>() == 2) {
            total += 1;
            let test = randomisation_test(&plan.design, &allocation, &residuals, -1.0).unwrap();
            reached += usize::from(test.p <= 0.05);
        }
    }
    assert_eq!(total, 36);
    assert!(f64::from(reached as u32) <= 0.05 * 36.0, "{reached} of {total}");
}

const FAST: Rotation = Rotation::PermutedBlocks { block: 4 };

const CLEAR: Figures = Figures {
    p_benefit_sceptical: 0.8,
    p_benefit_alone: 0.999,
    p_at_least_threshold: 0.3,
    best_case: 1.0,
    p_harm: 0.05,
    known: [15, 15],
};

#[test]
fn the_rule_is_that_of_the_notes() {
    let of = |figures: Figures, night| judge(&figures, 0.5, &PlannedLook::after(night, 42, FAST));
    let clear_at = |p_benefit_sceptical, night| of(Figures { p_benefit_sceptical, ..CLEAR }, night);
    assert_eq!((clear_at(0.986, 14), clear_at(0.984, 14)), (Verdict::Helped, Verdict::TooEarly));
    assert_eq!((clear_at(0.941, 35), clear_at(0.939, 35)), (Verdict::Helped, Verdict::TooEarly));
    assert_eq!((clear_at(0.881, 42), clear_at(0.879, 42)), (Verdict::Helped, Verdict::NoClearChange));
    // The nights must say so without a sceptic as well.
    let quiet = Figures { p_benefit_sceptical: 0.95, p_benefit_alone: 0.964, ..CLEAR };
    assert_eq!(of(quiet, 42), Verdict::NoClearChange);
    assert_eq!(of(Figures { p_benefit_alone: 0.966, ..quiet }, 42), Verdict::Helped);
    assert_eq!(of(Figures { p_benefit_sceptical: 0.999, ..CLEAR }, 13), Verdict::TooEarly);
    // A plan of more than 42 nights asks for more.
    assert_eq!(
        judge(&Figures { p_benefit_sceptical: 0.975, ..CLEAR }, 0.5, &PlannedLook::after(42, 84, FAST)),
        Verdict::TooEarly
    );
    assert_eq!(
        judge(&Figures { p_benefit_sceptical: 0.985, ..CLEAR }, 0.5, &PlannedLook::after(42, 84, FAST)),
        Verdict::Helped
    );
    // What an extension adds has little left to spend, and what was looked at before stands as it was.
    let carried_on = planned_looks(&[42, 84], FAST);
    assert_eq!(&carried_on[..4], &planned_looks(&[42], FAST)[..4]);
    assert!(!carried_on[4].is_last && carried_on[4].sceptical == 0.88);
    let last = Figures { p_benefit_sceptical: 0.975, ..CLEAR };
    assert_eq!(judge(&last, 0.5, &carried_on[7]), Verdict::NoClearChange);
    assert_eq!(judge(&last, 0.5, &PlannedLook::after(84, 84, FAST)), Verdict::Helped);
    // One start: the sceptic only has to lean towards it.
    let once = Rotation::RandomStart { earliest: 22, latest: 42, washout: 3 };
    let leans = Figures { p_benefit_sceptical: 0.75, p_benefit_alone: 0.97, ..CLEAR };
    assert_eq!(judge(&leans, 0.5, &PlannedLook::after(84, 84, once)), Verdict::Helped);
    assert_eq!(judge(&leans, 0.5, &PlannedLook::after(84, 84, FAST)), Verdict::NoClearChange);
    assert_eq!(of(Figures { p_harm: 0.81, ..CLEAR }, 21), Verdict::Harmed);
    let unlikely = Figures { p_at_least_threshold: 0.04, ..CLEAR };
    assert_eq!((of(unlikely, 21), of(unlikely, 28)), (Verdict::TooEarly, Verdict::UnlikelyToReachThreshold));
    let none = Figures { best_case: 0.24, ..unlikely };
    assert_eq!(of(none, 28), Verdict::DidNotHelp);
    assert_eq!((of(CLEAR, 35), of(CLEAR, 42)), (Verdict::TooEarly, Verdict::NoClearChange));
    // Helped wins over unlikely: a change that is clear and small.
    assert_eq!(of(Figures { p_benefit_sceptical: 0.97, ..unlikely }, 28), Verdict::Helped);
    // Too few known nights say nothing, however clear they look.
    assert_eq!(of(Figures { p_benefit_sceptical: 0.99, known: [12, 3], ..CLEAR }, 28), Verdict::TooEarly);
    // At the end as well: too few nights were looked at to say that nothing changed.
    assert_eq!(of(Figures { known: [12, 3], ..CLEAR }, 42), Verdict::TooEarly);
}

#[test]
fn helped_and_harmed_stand_once_said() {
    let at = |night, verdict| Look {
        night,
        p_benefit_sceptical: 0.5,
        needed: 0.95,
        p_benefit_alone: 0.6,
        needed_alone: 0.98,
        p_at_least_threshold: 0.5,
        effect: Interval90 { mean: 0.0, low: -1.0, high: 1.0 },
        alone: Interval90 { mean: 0.0, low: -1.2, high: 1.2 },
        p_harm: 0.1,
        verdict,
    };
    use Verdict::{Helped, NoClearChange, TooEarly, UnlikelyToReachThreshold};
    assert_eq!(overall(&[]), TooEarly);
    assert_eq!(overall(&[at(14, TooEarly), at(21, Helped), at(28, UnlikelyToReachThreshold)]), Helped);
    assert_eq!(
        overall(&[at(28, UnlikelyToReachThreshold), at(35, TooEarly), at(42, NoClearChange)]),
        NoClearChange
    );
    assert!(looks(42).len() == 5 && looks(84).len() == 5 && looks(30) == [14, 21, 28, 30]);
}

#[test]
fn a_large_effect_is_found_and_none_is_not() {
    let helped = result(&SteppedPerson { direct_effect: -2.0, ..SteppedPerson::ordinary() }, 42, 3);
    assert_eq!(helped.verdict, Verdict::Helped);
    let judged = &helped.outcomes[0];
    assert!(
        judged.judged && judged.usual.effect.low < -1.5 && judged.usual.effect.high > -2.5,
        "{:?}",
        judged.usual
    );
    assert!(judged.randomisation.unwrap().p < 0.01);
    assert!(
        matches!(judged.every_night, EveryNight::Projected(press) if press.mean < judged.usual.effect.mean)
    );
    assert!(helped.sentence.contains("of 100 plausible worlds favour it."), "{}", helped.sentence);
    assert!(helped.outcomes.iter().any(|outcome| outcome.outcome == Outcome::SleepHours && !outcome.judged));
    let nothing = result(&SteppedPerson::ordinary(), 42, 2);
    assert!(!matches!(nothing.verdict, Verdict::Helped | Verdict::Harmed), "{nothing:?}");
    // The same record, the same answer.
    assert_eq!(nothing, result(&SteppedPerson::ordinary(), 42, 2));
}

#[test]
fn an_experiment_that_has_hardly_begun_is_too_early() {
    let plan = draw(design(28, 3)).unwrap();
    let first = NightDate::of_waking(date(2026, 3, 2));
    let record = assemble(&plan, first, &[], &[], date(2026, 3, 4));
    let answer = analyse(&record, &Outcomes::default(), &AnalysisSettings::default());
    assert_eq!(answer.verdict, Verdict::TooEarly);
    assert_eq!(answer.next_look, Some(14));
    assert!(answer.sentence.contains("3 of 28 nights"), "{}", answer.sentence);
    let ended =
        analyse(&record, &Outcomes::default(), &AnalysisSettings { ended: true, ..Default::default() });
    assert!(ended.sentence.starts_with("You ended this") && ended.next_look.is_none());
    // Nothing that varies, nothing to say, and no crash.
    let mut same = Outcomes::default();
    record
        .nights
        .iter()
        .for_each(|night| same.insert(Outcome::MorningPain, night.assigned.night.date(), 4.0));
    assert!(analyse(&record, &same, &AnalysisSettings::default()).outcomes.is_empty());
}

#[test]
fn doing_it_is_told_from_being_assigned_it() {
    let person = SteppedPerson { direct_effect: -2.0, adherence: 0.6, ..SteppedPerson::ordinary() };
    let half = result(&person, 42, 8);
    let judged = &half.outcomes[0];
    let Instrumental::Effect { effect, adherence_difference } = judged.instrumental else {
        panic!("{:?}", judged.instrumental)
    };
    assert!((0.35..0.85).contains(&adherence_difference.mean), "{adherence_difference:?}");
    assert!(effect.mean < judged.usual.effect.mean, "the ratio is further from nothing");
    assert!(judged.as_done.is_some());
    // Somebody who never did it learns nothing of doing it.
    let never = result(&SteppedPerson { adherence: 0.0, ..person }, 42, 9);
    assert_eq!(
        never.outcomes[0].instrumental,
        Instrumental::Refused(InstrumentalRefusal::AdherenceHardlyDiffers)
    );
    // And nobody who did not answer is guessed at.
    let plan = draw(design(28, 4)).unwrap();
    let (mut record, outcomes) = live(&plan, &person, 4);
    record.nights.iter_mut().for_each(|night| night.done = None);
    let silent = analyse(&record, &outcomes, &AnalysisSettings::default());
    assert_eq!(silent.outcomes[0].instrumental, Instrumental::Refused(InstrumentalRefusal::AdherenceUnknown));
    assert!(silent.outcomes[0].as_done.is_none());
}

#[test]
fn a_pause_costs_no_answer() {
    let person = SteppedPerson { direct_effect: -2.0, ..SteppedPerson::ordinary() };
    let plan = draw(design(28, 6)).unwrap();
    let (record, outcomes) = live(&plan, &person, 6);
    let mut rested = record.clone();
    let mut later = Outcomes::default();
    for night in &mut rested.nights {
        let date = night.assigned.night.date();
        let moved = if night.assigned.number > 14 { date.saturating_add(14.days()) } else { date };
        outcomes.known().for_each(|outcome| {
            if let Some(value) = outcomes.get(outcome, date) {
                later.insert(outcome, moved, value);
            }
        });
        night.assigned.night = NightDate::of_waking(moved);
    }
    let (one, other) = (
        analyse(&record, &outcomes, &AnalysisSettings::default()),
        analyse(&rested, &later, &AnalysisSettings::default()),
    );
    assert_eq!(one.verdict, other.verdict);
    let apart = one.outcomes[0].usual.effect.mean - other.outcomes[0].usual.effect.mean;
    assert!(apart.abs() < 0.3, "{apart}");
}

/// The small form of `docs/validation/steps.md`: eighty people with no effect, and forty with two points.
#[test]
fn rates_are_near_those_of_the_page() {
    let share = |person: &SteppedPerson, people: u64, from: u64| {
        let helped = (from..from + people).filter(|seed| {
            let plan = draw(design(42, *seed)).unwrap();
            let (record, outcomes) = live(&plan, person, *seed);
            let looks = nightmend_trial::analysis::looks(&record, &outcomes, &AnalysisSettings::default());
            overall(&looks) == Verdict::Helped
        });
        helped.count()
    };
    // At most 5 % over all looks: more than 12 of 80 would happen once in a thousand.
    let wrongly = share(&SteppedPerson::ordinary(), 80, 1_000);
    assert!(wrongly <= 12, "{wrongly} of 80 people without an effect were told that it helped");
    // About nine in ten: fewer than 28 of 40 would happen once in a thousand.
    let rightly = share(&SteppedPerson { direct_effect: -2.0, ..SteppedPerson::ordinary() }, 40, 2_000);
    assert!(rightly >= 28, "only {rightly} of 40 people with two points");
}

#[test]
fn power_at_planning_is_near_what_is_simulated() {
    use nightmend_trial::power::{Afterwards, Expected, OwnSpread, chance_of_helped, plan_power};
    let spread = OwnSpread { sd: 1.45, carry_over: 0.24, days: 60 };
    let at = |design: &Design, change, afterwards| {
        chance_of_helped(design, spread, Expected::default(), change, afterwards)
    };
    // docs/validation/step-power.md: the approximation is within ten points.
    let blocks =
        |nights| Design { rotation: Rotation::LongBlocks { block: 7, washout: 1 }, ..design(nights, 1) };
    let simulated = [(design(42, 1), Afterwards::CarriedOn, 1.0, 0.55)];
    for (design, afterwards, change, simulated) in simulated {
        let shown = at(&design, change, afterwards);
        assert!(
            (shown - simulated).abs() < 0.1,
            "{design:?}, {change} {afterwards:?}: {shown} against {simulated}"
        );
    }
    // In long blocks an effect that is gone the next day is found less often, which a plan says.
    let said = plan_power(&blocks(84), spread, Expected::default());
    assert!(said.powers.iter().any(|power| power.helped - power.helped_if_gone > 0.1), "{:?}", said.powers);
    assert!(said.sentences.iter().any(|text| text.contains("those in brackets")), "{:?}", said.sentences);
    let four_pairs = blocks(56);
    let told = plan_power(&four_pairs, spread, Expected::default());
    assert!(
        told.sentences.iter().any(|text| text.contains("cannot reach 5 %: 4 rounds")),
        "{:?}",
        told.sentences
    );
    let plan = plan_power(&design(28, 1), spread, Expected::default());
    assert!(plan.powers.windows(2).all(|pair| pair[0].helped <= pair[1].helped));
    assert!(plan.false_helped < 0.05);
    // A step that changes by the night is never told of nights that it cannot take.
    let said = plan_power(&design(42, 1), spread, Expected::default()).sentences;
    assert!(said[1].starts_with("42 nights, the most for a step that changes by the night"), "{said:?}");
}

#[test]
fn every_verdict_that_states_a_difference_says_once_that_it_includes_what_was_expected() {
    let mut met = std::collections::BTreeSet::new();
    let kinds = [(-2.5, 42), (2.5, 42), (0.0, 42), (0.4, 42), (0.0, 28), (-0.4, 42)];
    for (seed, (direct_effect, nights)) in (0..6).flat_map(|seed| kinds.map(|kind| (seed, kind))) {
        let found = result(&SteppedPerson { direct_effect, ..SteppedPerson::ordinary() }, nights, seed);
        let all = format!("{} {}", found.sentence, found.remarks.join(" "));
        assert_eq!(
            all.matches("what you expected of it").count()
                - all.matches("did not say what you expected").count(),
            1,
            "{all}"
        );
        if found.verdict != Verdict::TooEarly {
            assert!(found.sentence.contains("includes what you expected of it"), "{}", found.sentence);
            assert!(!all.contains("you said would be worth it"), "{all}");
            met.insert(found.verdict.as_word());
        }
    }
    assert!(met.len() >= 3, "only {met:?}");
}
