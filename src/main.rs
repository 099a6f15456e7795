//! segmint, the program.

fn main() {}
