use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};

#[cfg(target_arch = "aarch64")]
use super::neon::Neon;
use super::{Kernel, Scalar};
#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, avx512::Avx512};

/// An instruction set that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstructionSet {
    /// Plain arrays; everywhere.
    Scalar,
    /// 128-bit vectors of 64-bit ARM.
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    /// 256-bit vectors with fused multiplication and addition.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// 512-bit vectors with masks.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl InstructionSet {
    /// The levels of this processor, the narrowest first.
    pub fn available() -> &'static [InstructionSet] {
        &AVAILABLE
    }

    /// The available level called `name`: scalar, neon, avx2 or avx512.
    pub fn named(name: &str) -> Option<InstructionSet> {
        InstructionSet::available().iter().copied().find(|level| level.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            InstructionSet::Scalar => "scalar",
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon(_) => "neon",
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(_) => "avx512",
        }
    }

    /// Runs `kernel` with the vectors of this level.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            InstructionSet::Scalar => kernel.run(Scalar),
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon(neon) => neon.enter(kernel),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(avx2) => avx2.enter(kernel),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(avx512) => avx512.enter(kernel),
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Asked of the processor once: kernels of a few microseconds begin with the level.
static AVAILABLE: LazyLock<Vec<InstructionSet>> = LazyLock::new(|| {
    #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), expect(unused_mut))]
    let mut levels = vec![InstructionSet::Scalar];
    #[cfg(target_arch = "aarch64")]
    levels.extend(Neon::detect().map(InstructionSet::Neon));
    #[cfg(target_arch = "x86_64")]
    {
        levels.extend(Avx2::detect().map(InstructionSet::Avx2));
        levels.extend(Avx512::detect().map(InstructionSet::Avx512));
    }
    levels
});

/// 0 = not yet chosen, else 1 + position among the available levels.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

/// The level that computations use: the widest one, unless [`set_level`] chose another.
pub fn level() -> InstructionSet {
    let levels = InstructionSet::available();
    match CHOSEN.load(Ordering::Relaxed) {
        0 => levels[levels.len() - 1],
        chosen => levels[usize::from(chosen) - 1],
    }
}

/// Makes all later computations of this process use `level`. No result depends on it; benches and tests do.
pub fn set_level(level: InstructionSet) {
    let position = InstructionSet::available().iter().position(|&available| available == level);
    let position = position.expect("a level that exists is available");
    CHOSEN.store(position as u8 + 1, Ordering::Relaxed);
}
