use crate::metrics::{ClusterId, Partition};

/// Matrix rows by cluster, noise last.
pub(super) struct Members {
    rows: Vec<u32>,
    starts: Vec<usize>,
}

impl Members {
    pub(super) fn of(partition: &Partition) -> Self {
        let n_groups = partition.n_clusters() + usize::from(partition.n_noise() > 0);
        let group = |label: &Option<ClusterId>| label.map_or(partition.n_clusters(), ClusterId::index);
        let mut starts = vec![0; n_groups + 1];
        partition.labels().iter().for_each(|label| starts[group(label) + 1] += 1);
        (0..n_groups).for_each(|g| starts[g + 1] += starts[g]);
        let mut next = starts.clone();
        let mut rows = vec![0; partition.n_rows()];
        for (row, label) in partition.labels().iter().enumerate() {
            let slot = &mut next[group(label)];
            rows[*slot] = row as u32;
            *slot += 1;
        }
        Members { rows, starts }
    }

    pub(super) fn n_groups(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn rows(&self, group: usize) -> &[u32] {
        &self.rows[self.starts[group]..self.starts[group + 1]]
    }
}
