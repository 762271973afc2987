//! Puts together everything about one night: what each source told, what was taken, and why.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use nightmend_domain::{
    Decision, Fact, Minutes, Nap, Night, Observation, OffsetTimestamp, PersonName, RecordKey, SleepKind,
    SleepMethod, SleepRecord, SourceName, Stage,
};
use nightmend_report::figure::svg::{LaneSpan, NightLane, NightLevel, NightPicture};
use nightmend_store::Store;

use crate::checkin::CHECK_IN_SOURCE;
use crate::failure::AppError;
use crate::record::Record;

/// One record of one source about a night.
#[derive(Debug, Clone)]
pub struct Telling {
    /// Its source.
    pub source: SourceName,
    /// Its key within the source.
    pub key: RecordKey,
    /// `a device`, `a diary`, ….
    pub by: &'static str,
    /// Whether the night's time asleep was taken from this source.
    pub is_taken: bool,
    /// What it tells.
    pub record: SleepRecord,
    /// Whether it can be left out: a check-in is corrected in the form instead.
    pub can_be_left_out: bool,
}

/// Everything about one night.
#[derive(Debug, Clone)]
pub struct NightDetail {
    /// The date of waking.
    pub date: Date,
    /// The night as it was taken, where there is one.
    pub night: Option<Night>,
    /// Naps that ended on the date.
    pub naps: Vec<Nap>,
    /// What each source told, the one taken first.
    pub tellings: Vec<Telling>,
    /// Every decision, in order.
    pub decisions: Vec<Decision>,
    /// What the check-in of the person holds of the night, so that it can be corrected.
    pub own: Option<SleepRecord>,
    /// The picture of it.
    pub picture: NightPicture,
}

/// Everything about the night from which the person woke on `date`.
///
/// # Errors
/// A store that cannot be read.
pub fn night_detail(
    store: &Store,
    person: &PersonName,
    record: &Record,
    date: Date,
) -> Result<NightDetail, AppError> {
    let night = record.night(date).cloned();
    let naps: Vec<Nap> = record.assembly.naps.iter().filter(|nap| nap.date == date).cloned().collect();
    let near = date.saturating_sub(1.day())..=date.saturating_add(1.day());
    let mut tellings: Vec<Telling> = store
        .current_with_segments(person, near)?
        .into_iter()
        .filter(|observation| observation.date == date)
        .filter_map(|observation| telling(observation, night.as_ref()))
        .collect();
    tellings.sort_by_key(|telling| (!telling.is_taken, telling.record.kind == SleepKind::Nap));
    let own = tellings.iter().find(|telling| telling.source.as_str() == CHECK_IN_SOURCE);
    let own = own.map(|telling| telling.record.clone());
    let of_night = night.iter().flat_map(|night| night.decisions.iter());
    let notes =
        record.assembly.account.notes.iter().filter(|note| note.date == date).map(|note| &note.decision);
    let decisions = of_night.chain(notes).cloned().collect();
    let picture = picture(date, night.as_ref(), &naps, &tellings);
    Ok(NightDetail { date, night, naps, tellings, decisions, own, picture })
}

fn telling(observation: Observation, night: Option<&Night>) -> Option<Telling> {
    let Observation { key, fact, provenance, .. } = observation;
    let Fact::Sleep(record) = fact else { return None };
    let by = match record.method {
        SleepMethod::Device => "a device",
        SleepMethod::Diary => "a person",
        SleepMethod::Unstated => "a table",
    };
    let is_taken =
        night.is_some_and(|night| night.source == provenance.source) && record.kind != SleepKind::Nap;
    let can_be_left_out = provenance.source.as_str() != CHECK_IN_SOURCE;
    Some(Telling { source: provenance.source, key, by, is_taken, record: *record, can_be_left_out })
}

fn picture(date: Date, night: Option<&Night>, naps: &[Nap], tellings: &[Telling]) -> NightPicture {
    let mut lanes = Vec::new();
    if let Some(night) = night {
        let mut spans = Vec::new();
        let onset = night.sleep_onset.or(night.try_sleep);
        push(
            &mut spans,
            night.in_bed.or(onset),
            night.out_of_bed.or(night.final_awakening),
            NightLevel::InBed,
        );
        push(&mut spans, onset, night.final_awakening, NightLevel::Asleep);
        for nap in naps {
            push(&mut spans, nap.start, nap.end, NightLevel::Nap);
        }
        let note = lengths(night.tst, night.waso);
        lanes.push(NightLane { label: "As it was taken".to_owned(), note, is_result: true, spans });
    }
    for telling in tellings {
        let note = lengths(telling.record.total_sleep_time, telling.record.wake_after_sleep_onset);
        let taken = if telling.is_taken { "taken for the time asleep" } else { "" };
        let note =
            [taken, note.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
        let label = format!("{} ({})", telling.source, telling.by);
        lanes.push(NightLane { label, note, is_result: false, spans: spans_of(&telling.record) });
    }
    NightPicture { date, lanes }
}

fn lengths(asleep: Option<Minutes>, awake: Option<Minutes>) -> String {
    let parts = [
        asleep.map(|minutes| format!("{minutes} asleep")),
        awake.map(|minutes| format!("{minutes} awake in between")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn spans_of(record: &SleepRecord) -> Vec<LaneSpan> {
    let mut spans = Vec::new();
    let is_nap = record.kind == SleepKind::Nap;
    let onset = record.sleep_onset.or_else(|| {
        let lights_out = record.try_sleep?;
        record.sleep_onset_latency.map_or(Some(lights_out), |latency| lights_out.plus(latency))
    });
    let end = record.final_awakening.or(record.out_of_bed);
    push(&mut spans, record.in_bed, record.out_of_bed.or(end), NightLevel::InBed);
    if record.segments.is_empty() {
        let level = if is_nap { NightLevel::Nap } else { NightLevel::Asleep };
        push(&mut spans, onset.or(record.in_bed), end, level);
    }
    for segment in &record.segments {
        let level = match segment.stage {
            Stage::Wake => NightLevel::Awake,
            Stage::Restless => NightLevel::Restless,
            Stage::Asleep => NightLevel::Asleep,
            Stage::Light => NightLevel::Light,
            Stage::Deep => NightLevel::Deep,
            Stage::Rem => NightLevel::Rem,
        };
        push(&mut spans, Some(segment.start), segment.start.plus(segment.length), level);
    }
    spans
}

fn push(
    spans: &mut Vec<LaneSpan>,
    from: Option<OffsetTimestamp>,
    to: Option<OffsetTimestamp>,
    level: NightLevel,
) {
    let civil = |time: Option<OffsetTimestamp>| -> Option<DateTime> { time.map(OffsetTimestamp::civil) };
    if let (Some(from), Some(to)) = (civil(from), civil(to))
        && from < to
    {
        spans.push(LaneSpan { from, to, level });
    }
}

/// Leaves one record of a source out of everything, as a correction that can be undone: the record stays in the history.
///
/// # Errors
/// No such record that stands, or a store that cannot be written to.
pub fn leave_out(
    store: &mut Store,
    person: &PersonName,
    date: Date,
    (source, key): (&str, &str),
    now: jiff::Timestamp,
) -> Result<Option<i64>, AppError> {
    let stands = store.current(person, date..=date)?.into_iter().find(|observation| {
        observation.provenance.source.as_str() == source && observation.key.as_str() == key
    });
    let mut observation = stands.ok_or_else(|| {
        AppError::Usage("this record is not there any more; load the page again".to_owned())
    })?;
    observation.fact = Fact::Withdrawn;
    observation.provenance.place = String::new();
    let receipt = store.append_correction(person, &[observation], now)?;
    Ok(receipt.act.map(|act| act.get()))
}
