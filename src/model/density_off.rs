use serde::{Deserialize, Serialize};

/// Core rows are stored up to this many bytes (256 MB); above, new customers get no DBSCAN cluster.
pub const MAX_CORE_BYTES: u64 = 256 << 20;

/// Why further rows get no DBSCAN cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum DensityOff {
    /// DBSCAN did not run.
    Disabled,
    /// The core rows take more than [`MAX_CORE_BYTES`].
    TooLarge {
        /// What they take.
        core_bytes: u64,
    },
}

impl DensityOff {
    /// The reason in English and Chinese.
    pub(super) fn sentence(self) -> (String, String) {
        match self {
            DensityOff::Disabled => ("DBSCAN did not run".into(), "未运行 DBSCAN".into()),
            DensityOff::TooLarge { core_bytes } => {
                let (needed, kept) = (core_bytes >> 20, MAX_CORE_BYTES >> 20);
                (
                    format!("its core rows take {needed} MB, and at most {kept} MB are kept"),
                    format!("其核心点占用 {needed} MB，而模型最多保存 {kept} MB"),
                )
            }
        }
    }
}
