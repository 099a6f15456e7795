//! What the machine can do at most, measured by the vectors the kernels use.

use std::array::from_fn;
use std::hint::black_box;
use std::time::Instant;

use segmint::matrix::simd::{InstructionSet, Kernel, Simd};
use serde_json::{Value, json};

/// Values read per measurement: 1 GiB, more than any cache.
const VALUES: usize = 1 << 28;
/// Sums kept at once: more than latency × throughput of the units, and still in registers.
const CHAINS: usize = 10;
/// Measurements of each kind; the best counts, because whatever else runs can only make one slower.
const RUNS: usize = 7;

/// GB/s and GFLOP/s of all threads of the current pool.
pub fn measure(level: InstructionSet) -> Value {
    let threads = rayon::current_num_threads();
    let values = vec![1.0_f32; VALUES];
    let share = VALUES / threads;
    let part = |thread: usize| &values[thread * share..][..share];
    let read_s = best_seconds(&|thread| black_box(level.run(Read(part(thread)))));
    let bytes = (share * threads * size_of::<f32>()) as f64;

    let steps = 20_000_000;
    let multiply_s = best_seconds(&|_| black_box(level.run(Multiply(steps))));
    let operations = 2.0 * (steps * CHAINS * lanes(level) * threads) as f64;
    json!({
        "read_gb_s": bytes / read_s / 1e9,
        "fma_gflop_s": operations / multiply_s / 1e9,
        "threads": threads,
        "simd": level.name(),
    })
}

/// The time until every thread of the pool has done `work(its number)`.
fn best_seconds(work: &(dyn Fn(usize) -> f32 + Sync)) -> f64 {
    let seconds = |_| {
        let start = Instant::now();
        rayon::broadcast(|context| work(context.index()));
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(seconds).fold(f64::INFINITY, f64::min)
}

/// Adds values up.
struct Read<'a>(&'a [f32]);

impl Kernel for Read<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let mut sums = [simd.splat(0.0); CHAINS];
        for block in self.0.chunks_exact(CHAINS * S::LANES) {
            for (c, sum) in sums.iter_mut().enumerate() {
                *sum = simd.add(*sum, simd.load(&block[c * S::LANES..]));
            }
        }
        first_lane(simd, sums)
    }
}

/// Multiplies and adds `0` times in every chain.
struct Multiply(usize);

impl Kernel for Multiply {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let (a, b) = (simd.splat(black_box(0.999)), simd.splat(black_box(0.001)));
        let mut chains: [S::F32; CHAINS] = from_fn(|c| simd.splat(c as f32));
        for _ in 0..self.0 {
            for chain in &mut chains {
                *chain = simd.mul_add(*chain, a, b);
            }
        }
        first_lane(simd, chains)
    }
}

/// A number that needs every vector, so that none is left out.
#[inline(always)]
fn first_lane<S: Simd>(simd: S, vectors: [S::F32; CHAINS]) -> f32 {
    let mut total = simd.splat(0.0);
    for vector in vectors {
        total = simd.add(total, vector);
    }
    let mut lanes = [0.0; 16];
    simd.store(total, &mut lanes);
    lanes[0]
}

fn lanes(level: InstructionSet) -> usize {
    struct Lanes;
    impl Kernel for Lanes {
        type Output = usize;

        fn run<S: Simd>(self, _: S) -> usize {
            S::LANES
        }
    }
    level.run(Lanes)
}
