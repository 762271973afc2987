//! Simulates people whose sleep and pain follow a known loop, and the records that such people would have.
//!
//! It shares no code with the crate that fits the loop, so that one can be tested against the other. Everything
//! is a function of its arguments: the same seed gives the same bytes. Nothing here is a record of a real
//! person, and whatever is shown of it is to be marked *simulated*.

pub mod demo;
pub mod exports;
pub mod hypnogram;
pub mod observe;
pub mod person;
pub mod planted;
pub mod random;
pub mod stepped;

pub use demo::{DEMO_NIGHTS, DEMO_SEED, DEMO_ZONE, demo_exports, demo_exports_of};
pub use exports::ExportFile;
pub use observe::{Habits, ObservedDay, observe};
pub use person::{Course, CourseDay, Person, PersonError, PersonParameters};
pub use planted::{DailySeries, PlantedLoop, no_link, planted};
pub use random::{Seed, Stream};
pub use stepped::{SteppedNight, SteppedPerson};
