//! Reads one sleep record into a telling: its times put in order, its impossible numbers left out, with reasons.

use jiff::civil::Date;
use nightmend_domain::{
    Decision, Minutes, Observation, OffsetTimestamp, Rating, RecordKey, SleepKind, SleepMethod, SleepRecord,
    SourceName, Stage, StageMinutes, ZoneBasis, ZoneHistory,
};

use crate::timeline::{DAY, Window, minutes_between};
use crate::words::{correct_night, dated_window, decision, length};

/// Stated lengths are rounded, by people to the half hour: an excess up to this many minutes is rounding.
pub(crate) const ROUNDING: f64 = 30.0;

/// How a telling knows how long was slept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The source states it.
    Stated,
    /// Sum of the minutes in the stages of sleep.
    Stages,
    /// Sleep period minus minutes awake within it (Carney et al. 2012, 10.5665/sleep.1642).
    PeriodMinusAwake,
    /// Sleep period minus time asleep.
    PeriodMinusAsleep,
    /// Sum over the pieces of an interrupted sleep.
    Pieces,
}

/// A length with the way in which it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Known {
    /// Minutes.
    pub minutes: f64,
    /// How it is known.
    pub basis: Basis,
}

/// What one source tells of one sleep.
#[derive(Debug, Clone)]
pub(crate) struct Telling<'a> {
    pub source: &'a SourceName,
    pub rank: u32,
    pub key: &'a RecordKey,
    pub method: SleepMethod,
    pub kind: SleepKind,
    /// The date of waking.
    pub date: Date,
    pub in_bed: Option<OffsetTimestamp>,
    pub try_sleep: Option<OffsetTimestamp>,
    pub onset: Option<OffsetTimestamp>,
    pub final_awakening: Option<OffsetTimestamp>,
    pub out_of_bed: Option<OffsetTimestamp>,
    /// From when to when, where both ends are known.
    pub window: Option<Window>,
    pub sol: Option<f64>,
    pub waso: Option<Known>,
    pub tst: Option<Known>,
    /// The time asleep as stated, for when the clock times turn out to be wrong.
    pub stated_tst: Option<Known>,
    pub stated_tib: Option<f64>,
    pub awakenings: Option<u32>,
    pub stages: Option<StageMinutes>,
    pub quality: Option<Rating>,
    /// How many records were joined into it.
    pub pieces: u32,
    /// What was decided while it was read, and about its duplicates.
    pub remarks: Vec<Decision>,
    /// How many of its numbers were left out.
    pub left_out: u32,
    /// Whether its clock times were left out.
    pub lost_its_times: bool,
    /// Whether it was told more than seven days later.
    pub recalled: bool,
}

impl<'a> Telling<'a> {
    /// Reads a record; `None` where nothing at all is known in it.
    pub fn read(
        observation: &'a Observation,
        record: &SleepRecord,
        rank: u32,
        zones: &ZoneHistory,
    ) -> Option<Self> {
        let mut telling = Self::from_record(observation, record, rank);
        telling.place_in_zones(zones);
        telling.leave_out_long_numbers();
        let run = telling.run_of_stages(record, zones);
        telling.find_sleep_period(run.as_ref());
        telling.put_times_in_order();
        telling.find_lengths(record, run.as_ref());
        telling.set_date();
        if observation.at.is_some_and(|at| is_recalled(at, observation.date)) {
            telling.recalled = true;
            telling.remark("recalled", "tells this sleep more than seven days after it");
        }
        telling.knows_something().then_some(telling)
    }

    fn from_record(observation: &'a Observation, record: &SleepRecord, rank: u32) -> Self {
        Self {
            source: &observation.provenance.source,
            rank,
            key: &observation.key,
            method: record.method,
            kind: record.kind,
            date: observation.date,
            in_bed: record.in_bed,
            try_sleep: record.try_sleep,
            onset: record.sleep_onset,
            final_awakening: record.final_awakening,
            out_of_bed: record.out_of_bed,
            window: None,
            sol: record.sleep_onset_latency.map(Minutes::get),
            waso: record.wake_after_sleep_onset.map(stated),
            tst: record.total_sleep_time.map(stated),
            stated_tst: None,
            stated_tib: record.time_in_bed.map(Minutes::get),
            awakenings: record.awakenings,
            stages: record.stages,
            quality: record.quality,
            pieces: 1,
            remarks: Vec::new(),
            left_out: 0,
            lost_its_times: false,
            recalled: false,
        }
    }

    /// Adds a decision that opens with the source's name.
    pub fn remark(&mut self, about: &str, reason: &str) {
        self.remarks.push(decision(about, format!("{} {reason}", self.source)));
    }

    /// Whether a person tells it, or a table that may be a person's: only they know beds and lights.
    pub fn knows_the_bed(&self) -> bool {
        self.method != SleepMethod::Device
    }

    /// First to last sleep, where both are known.
    pub fn sleep_period(&self) -> Option<f64> {
        Some(minutes_between(self.onset?, self.final_awakening?))
    }

    /// Leaves out the clock times, and the lengths that rest on them alone.
    pub fn drop_times(&mut self) {
        let rests_on_times =
            |known: &Known| matches!(known.basis, Basis::PeriodMinusAwake | Basis::PeriodMinusAsleep);
        (self.in_bed, self.try_sleep, self.onset) = (None, None, None);
        (self.final_awakening, self.out_of_bed, self.window) = (None, None, None);
        self.tst = self.tst.filter(|known| !rests_on_times(known)).or(self.stated_tst);
        self.waso = self.waso.filter(|known| !rests_on_times(known));
        self.lost_its_times = true;
    }

    fn times_mut(&mut self) -> [&mut Option<OffsetTimestamp>; 5] {
        [
            &mut self.in_bed,
            &mut self.try_sleep,
            &mut self.onset,
            &mut self.final_awakening,
            &mut self.out_of_bed,
        ]
    }

    /// Reads civil times without a zone in the person's zone, where one is stated; where only some times of a
    /// record have a zone, the clocks on the wall are all that can be compared.
    fn place_in_zones(&mut self, zones: &ZoneHistory) {
        for time in self.times_mut() {
            *time = time.map(|stamp| in_zone_of_person(stamp, zones));
        }
        let bases: Vec<bool> =
            self.times_mut().iter().filter_map(|t| t.map(|t| t.basis() == ZoneBasis::Unknown)).collect();
        if bases.contains(&true) && bases.contains(&false) {
            for time in self.times_mut() {
                *time = time.and_then(|t| OffsetTimestamp::from_civil_without_zone(t.civil()).ok());
            }
            self.remark(
                "zone",
                "gives a zone for some of its times only, so the clock on the wall is used; set your zone with \
                 `nightmend sources`",
            );
        }
    }

    fn leave_out(&mut self, what: &str, minutes: f64, why: &str) {
        self.left_out += 1;
        let text = format!("states {what} of {}, {why}; left out", length(minutes));
        self.remark("left out", &text);
    }

    fn leave_out_long_numbers(&mut self) {
        let why = "which is more than a day";
        if let Some(long) = self.tst.filter(|known| known.minutes > DAY) {
            self.tst = None;
            self.leave_out("a time asleep", long.minutes, why);
        }
        self.stated_tst = self.tst;
        if let Some(long) = self.waso.filter(|known| known.minutes > DAY) {
            self.waso = None;
            self.leave_out("a time awake", long.minutes, why);
        }
        if let Some(long) = self.stated_tib.filter(|minutes| *minutes > DAY) {
            self.stated_tib = None;
            self.leave_out("a time in bed", long, why);
        }
        if let Some(long) = self.sol.filter(|minutes| *minutes > DAY) {
            self.sol = None;
            self.leave_out("a time to fall asleep", long, why);
        }
    }

    fn run_of_stages(&self, record: &SleepRecord, zones: &ZoneHistory) -> Option<RunOfStages> {
        // Stages must share the clock of the record, or they cannot be set against its times.
        let without_zone = self.in_bed.or(self.try_sleep).or(self.onset).or(self.final_awakening);
        let civil_only = without_zone.is_some_and(|stamp| stamp.basis() == ZoneBasis::Unknown);
        RunOfStages::of(record, |stamp| {
            let placed = in_zone_of_person(stamp, zones);
            if civil_only {
                OffsetTimestamp::from_civil_without_zone(placed.civil()).ok()
            } else {
                Some(placed)
            }
        })
    }

    /// Finds first and last sleep from what the record has, and the window between them.
    fn find_sleep_period(&mut self, run: Option<&RunOfStages>) {
        if let Some(run) = run {
            self.onset = self.onset.or(Some(run.first_sleep));
            self.final_awakening = self.final_awakening.or(Some(run.last_sleep));
        }
        if self.onset.is_none()
            && let (Some(lights_out), Some(sol)) = (self.try_sleep, self.sol)
        {
            self.onset = Minutes::new(sol).ok().and_then(|sol| lights_out.plus(sol));
            let end = self.final_awakening.or(self.out_of_bed);
            if let (Some(onset), Some(end)) = (self.onset, end)
                && minutes_between(lights_out, end) > 0.0
                && minutes_between(onset, end) <= 0.0
            {
                (self.onset, self.sol) = (None, None);
                self.leave_out("a time to fall asleep", sol, "which is longer than the night");
            }
        }
        let start = self.onset.or(self.try_sleep).or(self.in_bed);
        let end = self.final_awakening.or(self.out_of_bed);
        let (Some(start), Some(end)) = (start, end) else { return };
        let minutes = minutes_between(start, end);
        if minutes > 0.0 && minutes <= DAY {
            self.window = Some(Window { start, end });
        } else {
            let what = if minutes <= 0.0 { "ends before it starts" } else { "is longer than a day" };
            let text = format!(
                "tells a sleep from {}, which {what}; its clock times are left out; {}",
                dated_window(start, end),
                correct_night(self.date)
            );
            self.drop_times();
            self.remark("left out", &text);
        }
    }

    /// Leaves out single times that contradict the sleep they surround.
    fn put_times_in_order(&mut self) {
        let Some(Window { start, end }) = self.window else {
            return;
        };
        let before = |earlier: Option<OffsetTimestamp>, later: OffsetTimestamp, of: OffsetTimestamp| {
            earlier.is_none_or(|t| minutes_between(t, later) >= 0.0 && minutes_between(t, of) <= DAY)
        };
        if !before(self.try_sleep, start, end) {
            (self.try_sleep, self.sol) = (None, None);
            self.time_out_of_order("tried to sleep");
        }
        if !before(self.in_bed, self.try_sleep.unwrap_or(start), end) {
            self.in_bed = None;
            self.time_out_of_order("into bed");
        }
        let late = |t: OffsetTimestamp| {
            minutes_between(end, t) < 0.0 || minutes_between(self.in_bed.unwrap_or(start), t) > DAY
        };
        if self.out_of_bed.is_some_and(late) {
            self.out_of_bed = None;
            self.time_out_of_order("out of bed");
        }
    }

    fn time_out_of_order(&mut self, which: &str) {
        self.left_out += 1;
        let hint = correct_night(self.date);
        let text = format!("gives a time for “{which}” that contradicts the sleep itself; left out; {hint}");
        self.remark("left out", &text);
    }

    /// TST and WASO from what this source has: stated, from stages, or from the clock and the time awake.
    fn find_lengths(&mut self, record: &SleepRecord, run: Option<&RunOfStages>) {
        let period = self.sleep_period();
        if let (Some(waso), Some(period)) = (self.waso, period)
            && waso.minutes > period
        {
            self.waso = None;
            self.leave_out("a time awake", waso.minutes, "longer than the sleep period itself");
        }
        let from_clock = period
            .zip(self.waso)
            .map(|(period, waso)| Known { minutes: period - waso.minutes, basis: Basis::PeriodMinusAwake });
        if let (Some(tst), Some(period)) = (self.tst, period)
            && tst.minutes > period + ROUNDING
        {
            self.tst = None;
            self.leave_out("a time asleep", tst.minutes, "longer than the sleep period itself");
        }
        let from_stages = stage_sum(record.stages)
            .or(run.map(|run| run.asleep))
            .map(|minutes| Known { minutes, basis: Basis::Stages });
        let from_stages = from_stages.filter(|tst| period.is_none_or(|p| tst.minutes <= p + ROUNDING));
        self.tst = match self.method {
            SleepMethod::Diary => from_clock.or(self.tst).or(from_stages),
            SleepMethod::Device | SleepMethod::Unstated => self.tst.or(from_stages).or(from_clock),
        };
        if let (Some(tst), Some(period)) = (self.tst, period)
            && tst.minutes > period
        {
            self.tst = Some(Known { minutes: period, basis: tst.basis });
            let text = format!(
                "states {} asleep in a sleep period of {}: a matter of rounding, and the whole period is taken",
                length(tst.minutes),
                length(period)
            );
            self.remark("time asleep (TST)", &text);
        }
        self.reconcile_waso(period, run);
    }

    fn reconcile_waso(&mut self, period: Option<f64>, run: Option<&RunOfStages>) {
        let rest = self
            .tst
            .zip(period)
            .map(|(tst, period)| Known { minutes: period - tst.minutes, basis: Basis::PeriodMinusAsleep });
        let stated = self.waso;
        self.waso = match (stated, rest) {
            // A device that counts minutes awake before first sleep states more than fits into the period.
            (Some(stated), Some(rest)) if stated.minutes > rest.minutes + 1.0 => {
                let text = format!(
                    "states {} awake, more than the sleep period has room for beside the time asleep; the rest \
                     of the period ({}) is taken",
                    length(stated.minutes),
                    length(rest.minutes)
                );
                self.remark("time awake (WASO)", &text);
                Some(rest)
            }
            (Some(stated), _) => Some(stated),
            (None, Some(rest)) => Some(rest),
            (None, None) => run.map(|run| Known { minutes: run.awake, basis: Basis::Stages }),
        };
    }

    /// The stated waking date stands, unless it is more than a day from the clock on the wall at the end.
    fn set_date(&mut self) {
        let Some(window) = self.window else { return };
        let on_the_wall = window.end.date();
        let apart = self.date.duration_until(on_the_wall).as_hours().abs() / 24;
        if apart > 1 {
            let text =
                format!("dates this sleep {}, but it ended on {on_the_wall}; the end counts", self.date);
            self.remark("date", &text);
            self.date = on_the_wall;
        }
    }

    fn knows_something(&self) -> bool {
        let times = [self.in_bed, self.try_sleep, self.onset, self.final_awakening, self.out_of_bed];
        let lengths = [self.sol, self.stated_tib, self.tst.map(|k| k.minutes), self.waso.map(|k| k.minutes)];
        times.iter().any(Option::is_some)
            || lengths.iter().any(Option::is_some)
            || self.awakenings.is_some()
            || self.stages.is_some()
            || self.quality.is_some()
            || self.lost_its_times
            || self.left_out > 0
    }
}

/// Whether something was written down more than seven days after its day.
pub(crate) fn is_recalled(at: OffsetTimestamp, day: Date) -> bool {
    day.duration_until(at.date()).as_hours() > 7 * 24
}

fn stated(minutes: Minutes) -> Known {
    Known { minutes: minutes.get(), basis: Basis::Stated }
}

/// A civil time without a zone, read in the zone that the person stated for its date.
pub(crate) fn in_zone_of_person(stamp: OffsetTimestamp, zones: &ZoneHistory) -> OffsetTimestamp {
    if stamp.basis() != ZoneBasis::Unknown {
        return stamp;
    }
    let civil = stamp.civil();
    zones
        .on(civil.date())
        .and_then(|zone| OffsetTimestamp::from_civil(civil, zone).ok())
        .map_or(stamp, |(placed, _)| placed)
}

fn stage_sum(stages: Option<StageMinutes>) -> Option<f64> {
    let stages = stages?;
    // All three are needed: two of three would call the third nothing.
    let sum = stages.deep?.get() + stages.light?.get() + stages.rem?.get();
    (sum > 0.0 && sum <= DAY).then_some(sum)
}

/// What a run of stages says of the night as a whole.
#[derive(Debug, Clone, Copy)]
struct RunOfStages {
    first_sleep: OffsetTimestamp,
    last_sleep: OffsetTimestamp,
    asleep: f64,
    awake: f64,
}

impl RunOfStages {
    fn of(record: &SleepRecord, place: impl Fn(OffsetTimestamp) -> Option<OffsetTimestamp>) -> Option<Self> {
        let is_sleep =
            |stage: Stage| matches!(stage, Stage::Asleep | Stage::Light | Stage::Deep | Stage::Rem);
        let first = record.segments.iter().position(|segment| is_sleep(segment.stage))?;
        let last = record.segments.iter().rposition(|segment| is_sleep(segment.stage))?;
        let within = record.segments.get(first..=last)?;
        let sum = |asleep: bool| -> f64 {
            within.iter().filter(|s| is_sleep(s.stage) == asleep).map(|s| s.length.get()).sum()
        };
        let end = within.last()?;
        let run = Self {
            first_sleep: place(within.first()?.start)?,
            last_sleep: place(end.start)?.plus(end.length)?,
            asleep: sum(true),
            awake: sum(false),
        };
        let total = minutes_between(run.first_sleep, run.last_sleep);
        (total > 0.0 && total <= DAY && run.asleep <= total + 1.0).then_some(run)
    }
}
