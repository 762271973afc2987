//! Tests that lots are cast as written down, that changes to a plan come to light, and that bad input costs nothing.

use jiff::civil::{Date, date};
use nightmend_domain::plan::{Adherence, Arm, Design, NightAnswer, Outcome, Pause, Rotation, StepName};
use nightmend_domain::time::NightDate;
use nightmend_trial::allocation::{Altered, canonical_text, verify};
use nightmend_trial::{DesignError, assemble, calendar, draw, extend};

fn design() -> Design {
    Design {
        step: StepName::new("sleep_position").unwrap(),
        arms: vec![
            Arm::new("usual", "your usual way").unwrap(),
            Arm::new("pillow", "a pillow between the knees").unwrap(),
        ],
        judged: 1,
        rotation: Rotation::PermutedBlocks { block: 4 },
        nights: 28,
        seed: 7,
        outcome: Outcome::MorningPain,
        threshold: 0.5,
        expected_benefit: Some(1.0),
    }
}

fn night(date: Date) -> NightDate {
    NightDate::of_waking(date)
}

const FIRST: Date = date(2026, 3, 2);

#[test]
fn every_block_holds_each_arm_equally_often() {
    for seed in 0..50 {
        let plan = draw(Design { seed, ..design() }).unwrap();
        assert_eq!(plan.allocation.len(), 28);
        assert!(
            plan.allocation.chunks(4).all(|block| block.iter().sum::<usize>() == 2),
            "{:?}",
            plan.allocation
        );
    }
}

#[test]
fn all_orders_of_a_block_are_equally_likely() {
    let mut counts = std::collections::BTreeMap::new();
    for seed in 0..6_000 {
        let plan = draw(Design { seed, nights: 14, ..design() }).unwrap();
        *counts.entry(plan.allocation[..4].to_vec()).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6);
    // 1000 expected, SD 29.
    assert!(counts.values().all(|count| (880..=1_120).contains(count)), "{counts:?}");
}

#[test]
fn the_lot_can_be_cast_again_by_hand() {
    // Worked with sha256sum: for draw in 0 1 2; do printf 'nightmend allocation 1 seed 7 draw %d' $draw | sha256sum; done
    // and the shuffle of 0 1 0 1 as written in the head of allocation.rs.
    let first: Vec<u64> = (0..3)
        .map(|number| {
            use sha2::{Digest, Sha256};
            let digest = Sha256::digest(format!("nightmend allocation 1 seed 7 draw {number}").as_bytes());
            u64::from_be_bytes(digest[..8].try_into().unwrap())
        })
        .collect();
    let mut block = [0, 1, 0, 1];
    for (draw, last) in first.iter().zip([3_usize, 2, 1]) {
        block.swap(last, (draw % (last as u64 + 1)) as usize);
    }
    assert_eq!(draw(design()).unwrap().allocation[..4], block);
}

#[test]
fn a_longer_plan_begins_like_the_shorter() {
    let plan = draw(design()).unwrap();
    let longer = extend(&plan, 42).unwrap();
    assert_eq!(longer.allocation[..28], plan.allocation[..]);
    assert_ne!(longer.fingerprint, plan.fingerprint);
    assert!(extend(&plan, 20).is_err() && extend(&plan, 85).is_err());
}

#[test]
fn an_allocation_cannot_be_altered_silently() {
    let plan = draw(design()).unwrap();
    assert_eq!(verify(&plan, &plan.fingerprint), Ok(()));
    let mut altered = plan.clone();
    let other = plan.allocation.iter().position(|arm| *arm != plan.allocation[0]).unwrap();
    altered.allocation.swap(0, other);
    assert!(matches!(verify(&altered, &plan.fingerprint), Err(Altered::Fingerprint { .. })));
    // Whoever writes a fitting hash beside it is found out by the seed.
    altered.fingerprint = nightmend_trial::allocation::fingerprint(&altered.design, &altered.allocation);
    let kept = altered.fingerprint.clone();
    assert_eq!(verify(&altered, &kept), Err(Altered::Lot { number: 1 }));
    // So is whoever lowers the threshold afterwards.
    let mut easier = plan.clone();
    easier.design.threshold = 0.1;
    assert!(matches!(verify(&easier, &plan.fingerprint), Err(Altered::Fingerprint { .. })));
}

#[test]
fn the_canonical_text_says_everything() {
    let plan = draw(Design { nights: 14, ..design() }).unwrap();
    let text = canonical_text(&plan.design, &plan.allocation);
    assert!(text.starts_with(
        "nightmend plan 1\nstep: sleep_position\narm: usual your usual way\narm: pillow a pillow between the knees\n\
         judged: pillow\nrotation: permuted blocks of 4\nnights: 14\nseed: 7\noutcome: morning_pain\nthreshold: 0.5\n\
         expected: 1\nallocation: "
    ));
}

#[test]
fn long_blocks_and_random_starts_are_drawn() {
    let slow = Rotation::LongBlocks { block: 7, washout: 1 };
    let plan = draw(Design { rotation: slow, nights: 56, ..design() }).unwrap();
    assert!(plan.allocation.chunks(7).all(|block| block.iter().all(|arm| *arm == block[0])));
    assert!(plan.allocation.chunks(14).all(|pair| pair[0] != pair[7]));
    let dated = calendar(&plan, night(FIRST), &[]);
    assert_eq!(dated.iter().filter(|assigned| assigned.washout).count(), 8);
    let once = Rotation::RandomStart { earliest: 15, latest: 42, washout: 3 };
    let plan = draw(Design { rotation: once, nights: 56, ..design() }).unwrap();
    let start = plan.allocation.iter().position(|arm| *arm == 1).unwrap();
    assert!((14..42).contains(&start) && plan.allocation[start..].iter().all(|arm| *arm == 1));
}

#[test]
fn designs_that_cannot_be_are_refused() {
    let refused = |change: fn(&mut Design)| {
        let mut design = design();
        change(&mut design);
        draw(design).unwrap_err()
    };
    assert!(matches!(refused(|design| design.arms.truncate(1)), DesignError::TooFewArms));
    assert!(matches!(
        refused(|design| design.arms[1] = design.arms[0].clone()),
        DesignError::SameArmTwice(_)
    ));
    assert!(matches!(refused(|design| design.judged = 0), DesignError::NoSuchArm(0)));
    assert!(matches!(refused(|design| design.nights = 10), DesignError::Nights(10)));
    assert!(matches!(refused(|design| design.threshold = 0.0), DesignError::Threshold(_)));
    assert!(matches!(refused(|design| design.threshold = f64::NAN), DesignError::Threshold(_)));
    assert!(matches!(
        refused(|design| design.expected_benefit = Some(f64::INFINITY)),
        DesignError::Expectation
    ));
    assert!(matches!(refused(|design| design.arms[1].title = "a\nb".into()), DesignError::Title(_)));
    assert!(matches!(
        refused(|design| design.rotation = Rotation::PermutedBlocks { block: 3 }),
        DesignError::Block { .. }
    ));
    assert!(matches!(
        refused(|design| design.rotation = Rotation::LongBlocks { block: 7, washout: 7 }),
        DesignError::Washout { .. }
    ));
    assert!(matches!(
        refused(|design| design.rotation = Rotation::LongBlocks { block: 10, washout: 1 }),
        DesignError::TooFewBlocks { .. }
    ));
    assert!(matches!(
        refused(|design| design.rotation = Rotation::RandomStart { earliest: 3, latest: 20, washout: 0 }),
        DesignError::Start { .. }
    ));
}

#[test]
fn a_fortnights_pause_moves_what_is_left_and_loses_nothing() {
    let plan = draw(design()).unwrap();
    let pause = Pause { from: night(date(2026, 3, 12)), to: Some(night(date(2026, 3, 25))) };
    let whole = calendar(&plan, night(FIRST), &[]);
    let rested = calendar(&plan, night(FIRST), &[pause]);
    assert_eq!(rested.len(), 28);
    assert_eq!(rested[..10], whole[..10]);
    assert_eq!((rested[10].night, rested[10].number), (night(date(2026, 3, 26)), 11));
    assert!(rested.iter().zip(&whole).all(|(one, other)| one.arm == other.arm && one.number == other.number));
    // While it rests, the nights to come have no date yet.
    assert_eq!(calendar(&plan, night(FIRST), &[Pause { to: None, ..pause }]).len(), 10);
}

#[test]
fn a_clock_set_back_or_another_zone_moves_no_night() {
    // The night on which European clocks went forward, and a flight across the date line, are civil dates like others.
    let plan = draw(design()).unwrap();
    let dates: Vec<Date> =
        calendar(&plan, night(date(2026, 3, 20)), &[]).iter().map(|assigned| assigned.night.date()).collect();
    assert!(dates.windows(2).all(|pair| pair[0].tomorrow().unwrap() == pair[1]));
    // Answers given in any order, by a clock that ran backwards, lead to the same record.
    let answers: Vec<NightAnswer> = calendar(&plan, night(FIRST), &[])
        .iter()
        .map(|assigned| NightAnswer { night: assigned.night, arm: assigned.arm, adherence: Adherence::Full })
        .collect();
    let backwards: Vec<NightAnswer> = answers.iter().rev().copied().collect();
    let as_of = date(2026, 3, 20);
    let one = assemble(&plan, night(FIRST), &[], &answers, as_of);
    assert_eq!(one, assemble(&plan, night(FIRST), &[], &backwards, as_of));
    assert_eq!(one.nights.len(), 19);
}

#[test]
fn a_night_answered_twice_keeps_the_last_answer_and_says_so() {
    let plan = draw(design()).unwrap();
    let arm = plan.allocation[0];
    let answer = |adherence| NightAnswer { night: night(FIRST), arm, adherence };
    let record = assemble(
        &plan,
        night(FIRST),
        &[],
        &[answer(Adherence::Full), answer(Adherence::Full), answer(Adherence::Not)],
        FIRST,
    );
    assert_eq!(record.nights[0].done, Some(Adherence::Not));
    assert_eq!(record.issues.len(), 1);
    assert!(record.issues[0].text.contains("more than once"), "{:?}", record.issues);
    // The same answer twice is no matter.
    let record = assemble(&plan, night(FIRST), &[], &[answer(Adherence::Full); 2], FIRST);
    assert!(record.issues.is_empty());
}

#[test]
fn an_answer_for_another_arm_or_night_never_moves_the_lot() {
    let plan = draw(design()).unwrap();
    let wrong = 1 - plan.allocation[0];
    let answers = [
        NightAnswer { night: night(FIRST), arm: wrong, adherence: Adherence::Full },
        NightAnswer { night: night(date(2026, 1, 1)), arm: 0, adherence: Adherence::Full },
    ];
    let record = assemble(&plan, night(FIRST), &[], &answers, FIRST);
    assert_eq!(record.nights[0].assigned.arm, plan.allocation[0]);
    assert_eq!(record.nights[0].done, None);
    assert_eq!(record.issues.len(), 2);
}
