//! What the choice of eps lets the user know.

use super::answers::EpsAnswer;
use crate::language::{counted, noun};
use crate::{Text, Warning};

/// An answer with this part of the best evidence might as well be taken,
const NEARLY_AS_GOOD: f64 = 0.8;
/// which is said when its eps is as many times larger or smaller.
const FAR: f64 = 2.0;

/// Other answers are nearly as good and far from the chosen one.
pub(super) fn ambiguous(chosen: &EpsAnswer, others: &[EpsAnswer]) -> Option<Warning> {
    let good = || others.iter().filter(|other| other.evidence >= NEARLY_AS_GOOD * chosen.evidence);
    let smallest = good().map(|other| other.eps).fold(chosen.eps, f64::min);
    let largest = good().map(|other| other.eps).fold(chosen.eps, f64::max);
    if largest < FAR * smallest {
        return None;
    }
    let clusters = |answer: &EpsAnswer| counted(answer.n_clusters as u64, "cluster", "clusters");
    let each: Vec<String> = good().map(|other| format!("{:.3} ({})", other.eps, clusters(other))).collect();
    let each_zh: Vec<String> = good().map(|other| format!("{:.3}（{} 个聚类）", other.eps, other.n_clusters)).collect();
    let message = Text::new(
        format!(
            "eps is not certain: {:.3} ({}) was taken, but {} {} nearly as much evidence",
            chosen.eps,
            clusters(chosen),
            each.join(", "),
            noun(each.len() as u64, "has", "have"),
        ),
        format!(
            "eps 并不确定：采用 {:.3}（{} 个聚类），但 {} 的依据几乎同样充分",
            chosen.eps,
            chosen.n_clusters,
            each_zh.join("、"),
        ),
    );
    Some(
        Warning::new("eps_uncertain", message)
            .with("eps", chosen.eps)
            .with("smallest", smallest)
            .with("largest", largest)
            .with("others", good().map(|other| other.eps).collect::<Vec<f64>>()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(eps: f64, n_clusters: usize, evidence: f64) -> EpsAnswer {
        EpsAnswer { eps, low: eps, high: eps, n_clusters, smallest_share: 0.01, noise_share: 0.0, evidence }
    }

    #[test]
    fn an_answer_far_off_with_as_much_evidence_is_said() {
        let chosen = answer(1.0, 3, 1.0);
        assert!(ambiguous(&chosen, &[answer(1.5, 2, 0.9), answer(4.0, 2, 0.7)]).is_none());
        let warning = ambiguous(&chosen, &[answer(0.4, 9, 0.85), answer(4.0, 2, 0.7)]).unwrap();
        assert_eq!(warning.code, "eps_uncertain");
        assert!(warning.message.en.contains("0.400 (9 clusters)"), "{}", warning.message.en);
    }
}
