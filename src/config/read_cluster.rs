//! `[cluster]` of checked settings, and what it is when its keys are absent.

use super::constraint::number;
use super::defaults::{absent, default_of_sections};
use super::read::{Reader, whole};
use super::{ClusterPlan, DbscanPlan, GmmPlan, KMeansPlan};

impl Reader<'_> {
    pub(super) fn cluster(&self) -> ClusterPlan {
        ClusterPlan {
            seed: self.word("cluster.seed"),
            threads: self.word("cluster.threads"),
            primary: self.word("cluster.primary"),
            kmeans: self.kmeans(),
            dbscan: self.dbscan(),
            gmm: self.gmm(),
        }
    }

    pub(super) fn kmeans(&self) -> KMeansPlan {
        KMeansPlan {
            k: self.auto("cluster.kmeans.k", whole),
            k_range: self.word("cluster.kmeans.k_range"),
            init: self.word("cluster.kmeans.init"),
            n_init: self.auto("cluster.kmeans.n_init", whole),
            max_iter: self.word("cluster.kmeans.max_iter"),
            tol: self.number("cluster.kmeans.tol"),
        }
    }

    pub(super) fn dbscan(&self) -> DbscanPlan {
        DbscanPlan {
            enabled: self.word("cluster.dbscan.enabled"),
            eps: self.auto("cluster.dbscan.eps", number),
            min_samples: self.auto("cluster.dbscan.min_samples", whole),
            rows: whole(&self.value("cluster.dbscan.rows")),
        }
    }

    pub(super) fn gmm(&self) -> GmmPlan {
        GmmPlan { enabled: self.word("cluster.gmm.enabled") }
    }
}

default_of_sections! {
    ClusterPlan => cluster,
    KMeansPlan => kmeans,
    DbscanPlan => dbscan,
    GmmPlan => gmm,
}
