//! Answers about the loop from memory, from the store, or by a fit in the background.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use nightmend_domain::PersonName;
use nightmend_domain::estimate::{CannotTell, CannotTellReason, LoopOutcome};
use nightmend_loop::Priors;
use nightmend_store::{DerivedKey, Revision, Store};
use sha2::{Digest, Sha256};

use super::progress::Work;
use super::{JobEvent, JobId, JobState, Jobs, Step, locked};
use crate::answer_bytes::{KeptAnswer, LAYOUT, pack, unpack};
use crate::estimate::{LoopAnswer, LoopRequest, measure, preview_of};
use crate::failure::AppError;
use crate::record::Record as Assembled;
use crate::views::{Asked, LoopView};

/// Under which name finished fits are kept.
const ALGORITHM: &str = "loop answer";
/// Answers held in memory; a person looks at a few questions, not at many.
const HELD: usize = 16;

/// What can be said about the loop now.
#[derive(Debug, Clone)]
pub enum LoopNow {
    /// The answer, of the records as they stand.
    Finished(Arc<LoopAnswer>),
    /// It is being worked out.
    Working {
        /// The job.
        job: JobId,
        /// How far it is.
        step: Step,
        /// A quick first answer, where one can be given.
        preview: Option<Arc<LoopAnswer>>,
        /// The last finished answer to the same question, of the records as they were.
        before: Option<Arc<LoopAnswer>>,
    },
}

/// A question of a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asking {
    person: PersonName,
    request: String,
}

/// Fits under way and answers held.
#[derive(Default)]
pub(super) struct Loops {
    running: HashMap<Asking, Running>,
    /// The newest last.
    held: VecDeque<(Asking, Revision, Arc<LoopAnswer>)>,
}

struct Running {
    revision: Revision,
    work: Arc<Work>,
    preview: Option<Arc<LoopAnswer>>,
}

impl Loops {
    pub(super) fn event(&self, job: JobId) -> Option<JobEvent> {
        self.running.values().find(|running| running.work.id() == job).map(|running| running.work.event())
    }

    pub(super) fn cancel(&self, job: JobId) {
        self.running
            .values()
            .filter(|running| running.work.id() == job)
            .for_each(|running| running.work.cancel());
    }

    pub(super) fn stop_all(&mut self) {
        self.running.values().for_each(|running| running.work.cancel());
        self.running.clear();
        self.held.clear();
    }

    fn answer(&self, asking: &Asking, revision: Option<Revision>) -> Option<Arc<LoopAnswer>> {
        let fits =
            |held: &&(Asking, Revision, _)| held.0 == *asking && revision.is_none_or(|now| now == held.1);
        self.held.iter().rev().find(fits).map(|(_, _, answer)| Arc::clone(answer))
    }

    fn hold(&mut self, asking: Asking, revision: Revision, answer: Arc<LoopAnswer>) {
        self.held.retain(|(held, ..)| *held != asking);
        self.held.push_back((asking, revision, answer));
        while self.held.len() > HELD {
            self.held.pop_front();
        }
    }
}

impl Jobs {
    /// What can be said about a question now: at once where it was answered before and nothing changed; otherwise it is
    /// begun in the background. A fit of older records to the same question is stopped.
    ///
    /// # Errors
    /// A question about something that is not recorded, or a store that cannot be read.
    pub fn loop_now(
        &self,
        store: &Store,
        record: &Assembled,
        request: &LoopRequest,
    ) -> Result<LoopNow, AppError> {
        let person = &record.person;
        let asking = Asking { person: person.clone(), request: format!("{request:?}") };
        // What is begun for an older state than that of the store is stopped at the next look.
        let revision = record.revision();
        if let Some(now) = self.known(&asking, revision)? {
            return Ok(now);
        }
        let key = Key::of(store, person, request)?;
        if let Some(answer) = key.kept(store, person)? {
            let answer = Arc::new(answer);
            locked(&self.0.loops).hold(asking, revision, Arc::clone(&answer));
            return Ok(LoopNow::Finished(answer));
        }
        let preview = preview_of(record, request)?;
        if let LoopOutcome::CannotTell(CannotTell { reason, .. }) = &preview.outcome
            && !matches!(reason, CannotTellReason::PreviewRefused { .. })
        {
            // There are too few records for a number, whoever works it out.
            let answer = Arc::new(preview);
            locked(&self.0.loops).hold(asking, revision, Arc::clone(&answer));
            return Ok(LoopNow::Finished(answer));
        }
        let is_given = matches!(preview.outcome, LoopOutcome::Estimated(_));
        self.begin(asking, revision, key, request.clone(), is_given.then(|| Arc::new(preview)))
    }

    /// What is known without reading any record.
    fn known(&self, asking: &Asking, revision: Revision) -> Result<Option<LoopNow>, AppError> {
        let mut loops = locked(&self.0.loops);
        if let Some(answer) = loops.answer(asking, Some(revision)) {
            return Ok(Some(LoopNow::Finished(answer)));
        }
        let before = loops.answer(asking, None);
        let Some(running) = loops.running.get(asking) else { return Ok(None) };
        if running.revision != revision {
            running.work.cancel();
            loops.running.remove(asking);
            return Ok(None);
        }
        match running.work.state() {
            JobState::Running => Ok(Some(LoopNow::Working {
                job: running.work.id(),
                step: running.work.event().step,
                preview: running.preview.clone(),
                before,
            })),
            JobState::Failed(why) => {
                // Asked again it is tried again, but not behind the back of whoever reads why it failed.
                loops.running.remove(asking);
                Err(AppError::Refused(why))
            }
            JobState::Finished | JobState::Stopped => {
                loops.running.remove(asking);
                Ok(None)
            }
        }
    }

    fn begin(
        &self,
        asking: Asking,
        revision: Revision,
        key: Key,
        request: LoopRequest,
        preview: Option<Arc<LoopAnswer>>,
    ) -> Result<LoopNow, AppError> {
        let work = Work::new(self, "waiting");
        let (job, step) = (work.id(), work.event().step);
        let before = {
            let mut loops = locked(&self.0.loops);
            let running = Running { revision, work: Arc::clone(&work), preview: preview.clone() };
            if let Some(older) = loops.running.insert(asking.clone(), running) {
                older.work.cancel();
            }
            loops.answer(&asking, None)
        };
        let jobs = self.clone();
        let fit = move || jobs.fit(asking, revision, &key, &request, &work);
        std::thread::Builder::new()
            .name(format!("fit {job}"))
            .spawn(fit)
            .map_err(|source| AppError::File { what: "starting a fit".to_owned(), source })?;
        Ok(LoopNow::Working { job, step, preview, before })
    }

    fn fit(&self, asking: Asking, revision: Revision, key: &Key, request: &LoopRequest, work: &Work) {
        let one = locked(&self.0.one_fit);
        let result = self.fitted(&asking, revision, key, request, work);
        drop(one);
        let state = match result {
            Ok(Fitted::Kept) => JobState::Finished,
            Ok(Fitted::InHand(answer)) => {
                locked(&self.0.loops).hold(asking, revision, Arc::new(*answer));
                JobState::Finished
            }
            Ok(Fitted::Outdated) | Err(AppError::Cancelled) => JobState::Stopped,
            Err(error) => JobState::Failed(error.to_string()),
        };
        work.end(state);
    }

    /// Works the answer out, and keeps it in the store where it can.
    fn fitted(
        &self,
        asking: &Asking,
        revision: Revision,
        key: &Key,
        request: &LoopRequest,
        work: &Work,
    ) -> Result<Fitted, AppError> {
        if nightmend_domain::Progress::cancelled(work) {
            return Err(AppError::Cancelled);
        }
        let mut store = Store::open(&self.0.folder)?;
        let answer = measure(&store, &asking.person, request, work)?;
        if store.revision()? != revision {
            return Ok(Fitted::Outdated);
        }
        // One that is kept is read again by whoever asks: held here, it would hold on to the memory of the whole fit.
        Ok(if key.keep(&mut store, &answer) { Fitted::Kept } else { Fitted::InHand(Box::new(answer)) })
    }
}

/// What became of a fit.
enum Fitted {
    /// Its answer is kept in the store.
    Kept,
    /// Its answer is of a sort that is not kept, or could not be.
    InHand(Box<LoopAnswer>),
    /// The records changed while it was worked out.
    Outdated,
}

/// What a finished fit is kept under.
struct Key {
    inputs: [u8; 32],
    settings: [u8; 32],
    version: String,
}

impl Key {
    fn of(store: &Store, person: &PersonName, request: &LoopRequest) -> Result<Self, AppError> {
        let settings = store.sleep_settings(person)?;
        let zones =
            settings.zones.changes().iter().map(|change| (change.from, change.zone.name().to_owned()));
        let zones: Vec<_> = zones.collect();
        let text = format!(
            "{person}\n{request:?}\n{:?}\n{:?}\n{zones:?}\n{}",
            settings.priorities,
            settings.usual_mid_sleep,
            Priors::built_in().label()
        );
        Ok(Self {
            inputs: store.inputs_hash(person)?,
            settings: Sha256::digest(text).into(),
            version: format!("{} layout {LAYOUT}", env!("CARGO_PKG_VERSION")),
        })
    }

    fn derived(&self) -> DerivedKey<'_> {
        DerivedKey {
            inputs_hash: self.inputs,
            algorithm: ALGORITHM,
            version: &self.version,
            settings_hash: self.settings,
        }
    }

    /// The answer kept under it. What cannot be read any more is fitted again.
    fn kept(&self, store: &Store, person: &PersonName) -> Result<Option<LoopAnswer>, AppError> {
        let Some(kept) = store.derived(&self.derived())?.and_then(|bytes| unpack(&bytes)) else {
            return Ok(None);
        };
        let asked = Asked {
            sleep: kept.estimate.provenance.sleep.clone(),
            pain: kept.estimate.provenance.pain.clone(),
            moment: kept.estimate.provenance.moment.as_word(),
        };
        let outcome = LoopOutcome::Estimated(Box::new(kept.estimate));
        let view = LoopView::new(person.as_str(), kept.is_simulated, asked, &outcome, &kept.remarks);
        Ok(Some(LoopAnswer { view, outcome }))
    }

    /// Keeps an answer, if it is a fit, and says whether it did. A store that cannot be written to costs the cache and not
    /// the answer.
    fn keep(&self, store: &mut Store, answer: &LoopAnswer) -> bool {
        let LoopOutcome::Estimated(estimate) = &answer.outcome else { return false };
        let kept = KeptAnswer {
            is_simulated: answer.view.simulated,
            remarks: answer.view.remarks.clone(),
            estimate: (**estimate).clone(),
        };
        store.put_derived(&self.derived(), &pack(&kept)).is_ok()
    }
}
