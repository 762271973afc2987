//! Turns sleeps into columns and back, without loss.

use nightmend_domain::{
    Minutes, Percent, Rating, Scale, ScaleDirection, SleepKind, SleepMethod, SleepRecord, StageMinutes,
    UnitError,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{Failure, Inner};
use crate::rows::{needed_text, time_column, time_text};
use crate::segments::{pack, unpack};
use crate::words::Word;

/// Writes the sleep of an observation.
pub(crate) fn insert(connection: &Connection, observation: i64, sleep: &SleepRecord) -> Inner<()> {
    let stages = sleep.stages.unwrap_or(StageMinutes { deep: None, light: None, rem: None, wake: None });
    let time = |time: Option<_>| time.map(time_text).transpose();
    let minutes = |length: Option<Minutes>| length.map(Minutes::get);
    let scale = sleep.quality.map(Rating::scale);
    connection
        .prepare_cached(
            "INSERT INTO sleep
             (observation, method, kind, in_bed, try_sleep, sleep_onset, final_awakening, out_of_bed, sol_min,
              waso_min, tst_min, tib_min, awakenings, efficiency_percent, stages_given, deep_min, light_min,
              rem_min, wake_min, quality, quality_minimum, quality_maximum, quality_direction)
             VALUES
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
              ?22, ?23)",
        )?
        .execute(params![
            observation,
            sleep.method.word()?,
            sleep.kind.word()?,
            time(sleep.in_bed)?,
            time(sleep.try_sleep)?,
            time(sleep.sleep_onset)?,
            time(sleep.final_awakening)?,
            time(sleep.out_of_bed)?,
            minutes(sleep.sleep_onset_latency),
            minutes(sleep.wake_after_sleep_onset),
            minutes(sleep.total_sleep_time),
            minutes(sleep.time_in_bed),
            sleep.awakenings,
            sleep.stated_efficiency.map(Percent::get),
            sleep.stages.is_some(),
            minutes(stages.deep),
            minutes(stages.light),
            minutes(stages.rem),
            minutes(stages.wake),
            sleep.quality.map(Rating::value),
            scale.map(Scale::minimum),
            scale.map(Scale::maximum),
            scale.map(|scale| scale.direction().word()).transpose()?,
        ])?;
    if !sleep.segments.is_empty() {
        connection
            .prepare_cached("INSERT INTO sleep_segments (observation, packed) VALUES (?1, ?2)")?
            .execute(params![observation, pack(&sleep.segments)?])?;
    }
    Ok(())
}

/// Reads the sleeps of those observations, whose numbers ascend, without their runs of stages.
pub(crate) fn load(
    connection: &Connection,
    wanted: &[i64],
    mut take: impl FnMut(usize, SleepRecord),
) -> Inner<()> {
    let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(()) };
    let mut statement = connection.prepare_cached(
        "SELECT observation, method, kind, in_bed, try_sleep, sleep_onset, final_awakening, out_of_bed, sol_min,
                waso_min, tst_min, tib_min, awakenings, efficiency_percent, stages_given, deep_min, light_min,
                rem_min, wake_min, quality, quality_minimum, quality_maximum, quality_direction
         FROM sleep WHERE observation BETWEEN ?1 AND ?2 ORDER BY observation",
    )?;
    let mut rows = statement.query([first, last])?;
    let mut index = 0;
    while let (Some(row), true) = (rows.next()?, index < wanted.len()) {
        let observation: i64 = row.get(0)?;
        if observation == wanted[index] {
            take(index, of_row(row)?);
            index += 1;
        }
    }
    if index < wanted.len() {
        return Err(Failure::not_understood(format!(
            "observation {}, which has lost its sleep,",
            wanted[index]
        )));
    }
    Ok(())
}

/// Reads the run of stages of an observation; empty where none was given.
pub(crate) fn load_segments(
    connection: &Connection,
    observation: i64,
) -> Inner<Vec<nightmend_domain::StageSegment>> {
    let packed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT packed FROM sleep_segments WHERE observation = ?1")?
        .query_row([observation], |row| row.get(0))
        .optional()?;
    packed.map_or(Ok(Vec::new()), |packed| unpack(&packed))
}

fn of_row(row: &Row<'_>) -> Inner<SleepRecord> {
    let bad = |_: UnitError| Failure::not_understood("a stored sleep");
    let number = |index: usize| row.get::<_, Option<f64>>(index);
    let minutes = |index: usize| -> Inner<Option<Minutes>> {
        number(index)?.map(Minutes::new).transpose().map_err(bad)
    };
    let stages = row.get::<_, bool>(14)?;
    let quality = number(19)?
        .map(|value| -> Inner<Rating> {
            let direction = ScaleDirection::from_word(needed_text(row, 22)?)?;
            let scale = Scale::new(row.get(20)?, row.get(21)?, direction).map_err(bad)?;
            Rating::new(value, scale).map_err(bad)
        })
        .transpose()?;
    Ok(SleepRecord {
        method: SleepMethod::from_word(needed_text(row, 1)?)?,
        kind: SleepKind::from_word(needed_text(row, 2)?)?,
        in_bed: time_column(row, 3)?,
        try_sleep: time_column(row, 4)?,
        sleep_onset: time_column(row, 5)?,
        final_awakening: time_column(row, 6)?,
        out_of_bed: time_column(row, 7)?,
        sleep_onset_latency: minutes(8)?,
        wake_after_sleep_onset: minutes(9)?,
        total_sleep_time: minutes(10)?,
        time_in_bed: minutes(11)?,
        awakenings: row.get(12)?,
        stated_efficiency: number(13)?.map(Percent::new).transpose().map_err(bad)?,
        stages: if stages {
            Some(StageMinutes {
                deep: minutes(15)?,
                light: minutes(16)?,
                rem: minutes(17)?,
                wake: minutes(18)?,
            })
        } else {
            None
        },
        segments: Vec::new(),
        quality,
    })
}
