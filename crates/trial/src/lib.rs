//! Holds the six steps; designs and analyses n-of-1 experiments with the loop model inside.
