//! The program from outside: the files of a run, exit codes, messages, and that nothing is written when it fails.

mod as_of;
mod candidates;
mod compared;
mod export;
mod failures;
mod held_back;
mod ids;
mod init;
mod months;
mod names;
mod outcome;
mod overwrite;
mod privacy;
mod reading;
mod reference;
mod refit;
mod report;
mod runs;
mod scenario;
mod score;
mod screen;
mod shop;
mod since;
mod tier_tables;
mod tiers;
mod words;
