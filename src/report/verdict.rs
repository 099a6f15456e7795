//! What the verdict on structure says, of the clusters that are the segments.

use crate::Language;
use crate::cluster::choose_k::{DensityStructure, Structure};
use crate::config::Algorithm;
use crate::figures::{decimal, percent};
use crate::sharing::SharedRun;

/// DBSCAN's evidence, where its clusters are the segments.
fn density(run: &SharedRun) -> Option<&DensityStructure> {
    let of_segments = run.primary == Algorithm::Dbscan;
    run.dbscan.as_ref().filter(|_| of_segments)?.structure.as_ref()
}

/// What was measured and what it is held against, in one phrase.
pub(super) fn evidence(run: &SharedRun, language: Language) -> String {
    match density(run) {
        Some(density) => density_evidence(density, run.segments.len(), language),
        None => silhouette_evidence(&run.structure, language),
    }
}

fn silhouette_evidence(found: &Structure, language: Language) -> String {
    let limit = decimal(found.threshold(), 3);
    // A run of an earlier version judged the best silhouette of a sample of its own.
    let (k, silhouette) = match found.k {
        Some(k) => (Some(k), found.silhouette),
        None => (found.best_k, found.best_silhouette),
    };
    let Some((k, silhouette)) = k.zip(silhouette) else {
        return language.say("fewer than two clusters to judge", "可供判断的聚类不足两个").to_owned();
    };
    let silhouette = decimal(Some(silhouette), 3);
    if found.threshold().is_none() {
        return match language {
            Language::En => {
                format!("k-means, k {k}: silhouette {silhouette}, but every k leaves a cluster that is too small")
            }
            Language::Zh => format!("k-means，k {k}：轮廓系数 {silhouette}，但任何 k 都会产生过小的聚类"),
        };
    }
    let on_one_mode = found.modes == Some(1);
    let fewer = found.modes.filter(|&modes| modes < k);
    match language {
        Language::En if on_one_mode => format!("k-means, k {k}: customers do not thin out between any of the clusters"),
        Language::Zh if on_one_mode => format!("k-means，k {k}：任何聚类之间客户都不变稀疏"),
        Language::En => format!(
            "k-means, k {k}: silhouette {silhouette}, the limit without clusters is {limit}{}",
            fewer.map(|modes| format!("; the clusters lie on {modes} modes")).unwrap_or_default()
        ),
        Language::Zh => format!(
            "k-means，k {k}：轮廓系数 {silhouette}，无聚类时的上限为 {limit}{}",
            fewer.map(|modes| format!("；聚类位于 {modes} 个峰上")).unwrap_or_default()
        ),
    }
}

fn density_evidence(found: &DensityStructure, n_clusters: usize, language: Language) -> String {
    match n_clusters {
        0 => return language.say("DBSCAN: no cluster", "DBSCAN：没有聚类").to_owned(),
        1 => return language.say("DBSCAN: one cluster, and none beside it", "DBSCAN：只有一个聚类").to_owned(),
        _ => {}
    }
    let (apart, limit) = (percent(found.share_apart), percent(found.limit));
    match language {
        Language::En => {
            format!("DBSCAN: {apart} in clusters beside the largest, the limit without clusters is {limit}")
        }
        Language::Zh => format!("DBSCAN：最大聚类之外的聚类占 {apart}，无聚类时的上限为 {limit}"),
    }
}
