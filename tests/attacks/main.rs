//! Attacks on the program: what somebody may try with files, kills, limits and shared figures, and what must hold all the same.
//!
//! They take minutes, so `cargo xtask test attacks` runs them and `cargo test` does not; docs/reliability.md says what each of them
//! promises.

mod disclosure;
mod fuzz;
mod integrity;
mod linear;
#[cfg(target_os = "linux")]
mod memory;
mod months;
mod output;
mod program;
mod stress;
mod texts;
