//! Names the nouns of nightmend: time, units, observations, nights, days, estimates.
