//! Packs the run of stages through a sleep into a few bytes a stage, without loss.
//!
//! Version 1: a byte 1, then for each segment the stage and four flags in one byte and what the flags ask for, as
//! variable-length integers: seconds since the end of the segment before (or, for the first, since 1970), the
//! nanoseconds, the offset with its basis where they changed, the length in whole seconds or as eight bytes.

use jiff::Timestamp;
use jiff::tz::Offset;
use nightmend_domain::{Minutes, OffsetTimestamp, Stage, StageSegment, ZoneBasis};

use crate::error::{Failure, Inner};
use crate::words::Word;

const VERSION: u8 = 1;
const GAP: u8 = 0x10;
const NANOSECONDS: u8 = 0x20;
const CLOCK: u8 = 0x40;
const ODD_LENGTH: u8 = 0x80;

/// What the next segment is measured from.
#[derive(Default)]
struct Cursor {
    seconds: i64,
    clock: Option<(i32, ZoneBasis)>,
}

impl Cursor {
    fn after(start: i64, length: Minutes, clock: (i32, ZoneBasis)) -> Self {
        Self { seconds: start + whole_seconds(length), clock: Some(clock) }
    }
}

/// Packs segments in their order.
pub(crate) fn pack(segments: &[StageSegment]) -> Inner<Vec<u8>> {
    let mut bytes = vec![VERSION];
    let mut cursor = Cursor::default();
    for segment in segments {
        let StageSegment { start, length, stage } = *segment;
        let seconds = start.timestamp().as_second();
        let nanoseconds = start.timestamp().subsec_nanosecond();
        let clock = (start.offset().seconds(), start.basis());
        let gap = seconds - cursor.seconds;
        let whole = whole_seconds(length);
        let odd = !is_whole(length, whole);
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        bytes.push(
            position(stage)?
                | flag(gap != 0, GAP)
                | flag(nanoseconds != 0, NANOSECONDS)
                | flag(cursor.clock != Some(clock), CLOCK)
                | flag(odd, ODD_LENGTH),
        );
        if gap != 0 {
            push_integer(&mut bytes, gap);
        }
        if nanoseconds != 0 {
            push_integer(&mut bytes, nanoseconds.into());
        }
        if cursor.clock != Some(clock) {
            push_integer(&mut bytes, clock.0.into());
            bytes.push(position(clock.1)?);
        }
        if odd {
            bytes.extend_from_slice(&length.get().to_le_bytes());
        } else {
            push_integer(&mut bytes, whole);
        }
        cursor = Cursor::after(seconds, length, clock);
    }
    Ok(bytes)
}

/// Unpacks what [`pack`] wrote.
pub(crate) fn unpack(bytes: &[u8]) -> Inner<Vec<StageSegment>> {
    read_all(bytes).ok_or_else(|| Failure::not_understood("a stored run of sleep stages"))
}

fn read_all(mut bytes: &[u8]) -> Option<Vec<StageSegment>> {
    if take_byte(&mut bytes)? != VERSION {
        return None;
    }
    let mut segments = Vec::new();
    let mut cursor = Cursor::default();
    while !bytes.is_empty() {
        let head = take_byte(&mut bytes)?;
        let stage = at_position::<Stage>(head & 0x0f)?;
        let gap = if head & GAP != 0 { take_integer(&mut bytes)? } else { 0 };
        let nanoseconds = if head & NANOSECONDS != 0 { take_integer(&mut bytes)? } else { 0 };
        let clock = if head & CLOCK != 0 {
            let offset = i32::try_from(take_integer(&mut bytes)?).ok()?;
            (offset, at_position::<ZoneBasis>(take_byte(&mut bytes)?)?)
        } else {
            cursor.clock?
        };
        let length = if head & ODD_LENGTH != 0 {
            let (eight, rest) = bytes.split_first_chunk::<8>()?;
            bytes = rest;
            f64::from_le_bytes(*eight)
        } else {
            take_integer(&mut bytes)? as f64 / 60.0
        };
        let length = Minutes::new(length).ok()?;
        let seconds = cursor.seconds.checked_add(gap)?;
        let timestamp = Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok()?;
        let start = OffsetTimestamp::new(timestamp, Offset::from_seconds(clock.0).ok()?, clock.1);
        segments.push(StageSegment { start, length, stage });
        cursor = Cursor::after(seconds, length, clock);
    }
    Some(segments)
}

fn whole_seconds(length: Minutes) -> i64 {
    (length.get() * 60.0).round() as i64
}

fn is_whole(length: Minutes, seconds: i64) -> bool {
    (seconds as f64 / 60.0).to_bits() == length.get().to_bits()
}

fn position<T: Word>(variant: T) -> Inner<u8> {
    T::TABLE
        .iter()
        .position(|(other, _)| *other == variant)
        .and_then(|position| u8::try_from(position).ok())
        .ok_or_else(|| Failure::not_understood(format!("the kind {variant:?}")))
}

fn at_position<T: Word>(position: u8) -> Option<T> {
    T::TABLE.get(usize::from(position)).map(|(variant, _)| *variant)
}

/// Zigzag, then seven bits a byte, lowest first.
fn push_integer(bytes: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

fn take_integer(bytes: &mut &[u8]) -> Option<i64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(bytes)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segment() -> impl Strategy<Value = StageSegment> {
        let start = (-10_000_000_000_i64..10_000_000_000, prop_oneof![Just(0), 0..1_000_000_000_i32]);
        let length = prop_oneof![(0..10_000_u32).prop_map(|half| f64::from(half) / 2.0), 0.0..10_080.0];
        (start, -93_000..93_000_i32, 0..3_u8, length, 0..6_u8).prop_map(
            |((seconds, nanoseconds), offset, basis, length, stage)| StageSegment {
                start: OffsetTimestamp::new(
                    Timestamp::new(seconds, nanoseconds).unwrap(),
                    Offset::from_seconds(offset).unwrap(),
                    at_position(basis).unwrap(),
                ),
                length: Minutes::new(length).unwrap(),
                stage: at_position(stage).unwrap(),
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn unpacking_undoes_packing(segments in prop::collection::vec(segment(), 0..40)) {
            prop_assert_eq!(unpack(&pack(&segments).unwrap()).unwrap(), segments);
        }

        #[test]
        fn any_bytes_are_refused_or_read_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpack(&bytes);
        }
    }

    #[test]
    fn a_usual_segment_takes_three_bytes() {
        let start =
            OffsetTimestamp::new("2024-05-01T23:00:00Z".parse().unwrap(), Offset::UTC, ZoneBasis::Stated);
        let half_hour = Minutes::new(30.0).unwrap();
        let mut segments = vec![StageSegment { start, length: half_hour, stage: Stage::Light }];
        for _ in 0..9 {
            let start = segments.last().unwrap().start.plus(half_hour).unwrap();
            segments.push(StageSegment { start, length: half_hour, stage: Stage::Deep });
        }
        let bytes = pack(&segments).unwrap();
        assert_eq!(bytes.len(), 1 + (1 + 5 + 2 + 2) + 9 * 3);
    }
}
