//! Whether the benchmarks measure what they say.

mod allocations;
mod baseline;
mod sizes;
