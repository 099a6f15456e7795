//! Whether segments last: events planted between two tables, told by segmint and, from the same tables of counts, by six other rules.
//!
//! `cargo run --release --example refit` plants 200 events (ten scenarios, 20 of each) and 400 pairs in which nothing happens, and
//! prints what came of them as Markdown. `-- --pairs N` sets how many of each scenario, `--quiet N` the pairs in which nothing
//! happens, `--only NAME` asks one scenario alone; `--quick` is 4 and 40 with 5,000 customers. Everything is from fixed seeds and goes
//! the whole way: both tables are segmented with the defaults of `segmint init --nightly`, the second run continuing the first. Off
//! are DBSCAN and intervals, which decide nothing here.
//!
//! - **Event F1**: an event counts when its kind and both sets of members are those that were planted. Clusters are called after the
//!   group with which they share more than half of both; one that is no group's makes every event it is in a wrong one. *Found* are
//!   pairs in which clusters of both runs are the planted groups, one to one: only there can a rule tell the whole truth.
//! - **Ids**: the true overlap of an old cluster and a new one comes from what every customer was drawn as, so it exists without
//!   shared customers. Where it (Jaccard) is 0.7 or more, the id has to be carried; an id is wrong where its old cluster and its new
//!   one do not share 0.45 of the old one, and as much of the new one or, for segments that survived, 0.25.
//! - **Moved, redefined**: shares of customers, of both tables and of the second, against what was planted.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

mod lineage;
mod pair;
mod print;
mod rivals;
mod score;

use std::error::Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pair::Case;
use score::Scored;
use segmint::simulate::Scenario;

/// What may be asked.
const FLAGS: [&str; 4] = ["--quick", "--pairs", "--quiet", "--only"];

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = arguments.iter().find(|text| text.starts_with('-') && !FLAGS.contains(&text.as_str())) {
        return Err(format!("{unknown} is none of {}", FLAGS.join(", ")).into());
    }
    let given = |name: &str| arguments.iter().position(|text| text == name).and_then(|at| arguments.get(at + 1));
    let number = |name: &str, usual: usize| given(name).map_or(Ok(usual), |text| text.parse::<usize>());
    let is_quick = arguments.iter().any(|text| text == "--quick");
    let (pairs, quiet) = if is_quick { (4, 40) } else { (20, 400) };
    let only: Option<Scenario> = given("--only").map(|text| text.parse()).transpose()?;
    let mut cases: Vec<Case> = Vec::new();
    for scenario in Scenario::ALL.into_iter().filter(|scenario| only.is_none_or(|only| only == *scenario)) {
        cases.extend((0..number("--pairs", pairs)?).map(|i| Case::of(scenario, i, is_quick)));
    }
    let planted = cases.len();
    cases.extend((0..number("--quiet", quiet)?).map(|i| Case::quiet(i, is_quick)));
    let mut scored = all(&cases)?;
    let quiet = scored.split_off(planted);
    print::print(&scored, &quiet);
    Ok(())
}

/// Every case, a few at a time; in order.
fn all(cases: &[Case]) -> Outcome<Vec<Scored>> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Option<Outcome<Scored>>>> = Mutex::new(cases.iter().map(|_| None).collect());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((place, case)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, cases.get(i)?)))
                {
                    let one = pair::held(case).map(|held| Scored::of(case, &held));
                    found.lock().expect("nobody panics with it")[place] = Some(one);
                }
            });
        }
    });
    found.into_inner()?.into_iter().flatten().collect()
}
