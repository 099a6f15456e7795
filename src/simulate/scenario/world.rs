//! Groups before and after, and how customers get from the ones to the others.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::arrange::{Centre, around, aside, between, centres, distance, place};
use super::{Scenario, ScenarioOptions};
use crate::random::stream;
use crate::refit::Fate;

/// Standard deviations between groups beside each other, at separation 1.
const APART: f64 = 4.0;
/// What of the wanted distance is near enough.
const NEARLY: f64 = 0.98;
/// Shops that are drawn before one is taken in which something lies nearer.
const ATTEMPTS: u64 = 300;

/// What happened to groups: `from` of the first table became `to` of the second one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlantedEvent {
    /// What; groups that go on have survived, wherever they lie and however large they are.
    pub kind: Fate,
    /// Groups before.
    pub from: Vec<String>,
    /// Groups after.
    pub to: Vec<String>,
}

/// What is known of a planted pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlantedTruth {
    /// What was planted.
    pub scenario: Scenario,
    /// From which seed.
    pub seed: u64,
    /// What happened; every group of either table is in one event.
    pub events: Vec<PlantedEvent>,
    /// Customers of both tables.
    pub shared: usize,
    /// Of them, those who moved: their group is neither the one it was nor what became of it.
    pub moved: usize,
    /// What every amount of money was multiplied by.
    pub inflation: f64,
    /// Groups that drifted, and by how many standard deviations.
    pub drifted: Vec<(String, f64)>,
}

/// A group of the second table.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub name: String,
    pub centre: Centre,
    /// The groups it comes from.
    pub from: Vec<usize>,
}

/// Everything but the customers.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub names: Vec<String>,
    pub before: Vec<Centre>,
    /// Shares of the groups before.
    pub weights: Vec<f64>,
    pub after: Vec<Group>,
    /// Per group before, how likely each group after is for a customer who stays.
    pub flow: Vec<Vec<f64>>,
    /// How likely each group after is for a customer who joins.
    pub joining: Vec<f64>,
    pub inflation: f64,
    pub drifted: Vec<(String, f64)>,
    apart: f64,
    /// The smallest distance that something was placed at, against the wanted one.
    fit: f64,
}

impl World {
    /// The shop of `options`: the first one drawn in which all groups are as far apart as they should be.
    pub fn draw(options: &ScenarioOptions) -> World {
        let attempt = |number| World::attempt(options, &mut stream(options.seed, "simulate.scenario", number));
        let mut best = attempt(0);
        for number in 1..ATTEMPTS {
            if best.fit >= NEARLY {
                break;
            }
            let next = attempt(number);
            if next.fit > best.fit {
                best = next;
            }
        }
        best
    }

    fn attempt(options: &ScenarioOptions, rng: &mut ChaCha8Rng) -> World {
        let (k, apart) = (options.groups, APART * options.separation);
        let before = centres(k, options.features, apart, rng);
        let raw: Vec<f64> = (0..k).map(|_| libm::exp2(between(-1.0, 1.0, rng))).collect();
        let weights = normalized(raw);
        let names: Vec<String> = (1..=k).map(|number| format!("G{number:02}")).collect();
        let group = |g: usize| Group { name: names[g].clone(), centre: before[g].clone(), from: vec![g] };
        let identity = |g: usize| (0..k).map(|h| f64::from(u8::from(g == h))).collect();
        let mut world = World {
            after: (0..k).map(group).collect(),
            flow: (0..k).map(identity).collect(),
            joining: weights.clone(),
            inflation: 1.0,
            drifted: Vec::new(),
            fit: f64::INFINITY,
            names,
            before,
            weights,
            apart,
        };
        let mut free: Vec<usize> = (0..k).collect();
        free.shuffle(rng);
        for what in happenings(options.scenario, rng) {
            world.happen(what, &mut free, rng);
        }
        world
    }

    /// Lets one thing happen, to groups that are `free` still.
    fn happen(&mut self, what: Scenario, free: &mut Vec<usize>, rng: &mut ChaCha8Rng) {
        let mut any = || free.pop().expect("four groups are more than two things need");
        match what {
            Scenario::Quiet | Scenario::Two => {}
            Scenario::Move => self.wander(between(0.1, 0.4, rng)),
            Scenario::Resize => self.resize(rng),
            Scenario::Inflation => self.inflation = between(1.1, 2.0, rng),
            Scenario::Drift => self.drift(any(), rng),
            Scenario::Split => self.split(any(), rng),
            Scenario::Vanish => self.vanish(any()),
            Scenario::Emerge => self.emerge(rng),
            Scenario::Merge => {
                let (a, b) = self.merge(free, rng);
                free.retain(|g| ![a, b].contains(g));
            }
        }
    }

    /// Everybody changes the group with the probability `share`.
    fn wander(&mut self, share: f64) {
        for (g, row) in self.flow.iter_mut().enumerate() {
            let elsewhere = 1.0 - self.weights[g];
            for (h, flow) in row.iter_mut().enumerate() {
                *flow = if g == h { 1.0 - share } else { share * self.weights[h] / elsewhere };
            }
        }
    }

    fn resize(&mut self, rng: &mut ChaCha8Rng) {
        let wanted = self.weights.iter().map(|weight| weight * libm::exp2(between(-0.5, 0.5, rng))).collect();
        self.joining = normalized(wanted);
        let gains = (0..self.weights.len()).map(|g| (self.joining[g] - self.weights[g]).max(0.0)).collect();
        let gains: Vec<f64> = normalized(gains);
        for (g, row) in self.flow.iter_mut().enumerate() {
            let leave = (1.0 - self.joining[g] / self.weights[g]).max(0.0);
            for (h, flow) in row.iter_mut().enumerate() {
                *flow = if g == h { 1.0 - leave } else { leave * gains[h] };
            }
        }
    }

    fn drift(&mut self, g: usize, rng: &mut ChaCha8Rng) {
        let (old, by) = (self.before[g].clone(), between(1.0, 3.0, rng));
        let moved = self.put(&[g], rng, |rng| vec![aside(&old, by, rng)]);
        let place = self.place_of(g);
        self.after[place].centre = moved.into_iter().next().expect("one centre was placed");
        self.drifted.push((self.names[g].clone(), by));
    }

    fn split(&mut self, g: usize, rng: &mut ChaCha8Rng) {
        let n = if between(0.0, 1.0, rng) < 0.5 { 2 } else { 3 };
        // Of two parts the larger one is up to 1.9 times as large, of three the largest up to 1.8 times as the smallest.
        let shares = normalized((0..n).map(|_| between(0.65, 1.2, rng)).collect());
        let (old, apart) = (self.before[g].clone(), self.apart);
        let kids = self.put(&[g], rng, |rng| around(&old, n, apart, rng));
        let column = self.remove(self.place_of(g));
        for ((kid, share), letter) in kids.into_iter().zip(shares).zip('a'..) {
            let name = format!("{}{letter}", self.names[g]);
            self.add(Group { name, centre: kid, from: vec![g] }, column.iter().map(|flow| flow * share).collect());
        }
    }

    /// Two of the groups `free`, those between which there is most room; which ones.
    fn merge(&mut self, free: &[usize], rng: &mut ChaCha8Rng) -> (usize, usize) {
        let pairs = free.iter().flat_map(|&a| free.iter().map(move |&b| (a, b))).filter(|(a, b)| a < b);
        let far = |&(a, b): &(usize, usize)| distance(&self.before[a], &self.before[b]);
        let (a, b) = pairs.min_by(|one, other| far(one).total_cmp(&far(other))).expect("two groups are free");
        let middle: Centre = self.before[a].iter().zip(&self.before[b]).map(|(a, b)| (a + b) / 2.0).collect();
        let centre = self.put(&[a, b], rng, |_| vec![middle.clone()]).remove(0);
        let one = self.remove(self.place_of(a));
        let other = self.remove(self.place_of(b));
        let name = format!("{}+{}", self.names[a], self.names[b]);
        let column = one.iter().zip(other).map(|(a, b)| a + b).collect();
        self.add(Group { name, centre, from: vec![a, b] }, column);
        (a, b)
    }

    /// Who was in `g` is in any other group.
    fn vanish(&mut self, g: usize) {
        let column = self.remove(self.place_of(g));
        let left = 1.0 / self.after.len() as f64;
        for (row, lost) in self.flow.iter_mut().zip(column) {
            row.iter_mut().for_each(|flow| *flow += lost * left);
        }
        self.joining = normalized(std::mem::take(&mut self.joining));
    }

    fn emerge(&mut self, rng: &mut ChaCha8Rng) {
        let share = between(0.01, 0.1, rng);
        let (old, apart) = (self.before.clone(), self.apart);
        let far = between(1.0, 2.0, rng);
        let pick = between(0.0, old.len() as f64, rng) as usize;
        let centre = self.put(&[], rng, |rng| vec![aside(&old[pick], far * apart, rng)]).remove(0);
        let rows = self.flow.iter_mut().chain(std::iter::once(&mut self.joining));
        rows.for_each(|row| row.iter_mut().for_each(|flow| *flow *= 1.0 - share));
        let name = format!("G{:02}", self.names.len() + 1);
        let (centre, from) = (centre, Vec::new());
        self.after.push(Group { name, centre, from });
        self.flow.iter_mut().chain(std::iter::once(&mut self.joining)).for_each(|row| row.push(share));
    }

    /// Places what `propose` says beside everything but the groups `free`, where they were and where they are.
    fn put(
        &mut self,
        free: &[usize],
        rng: &mut ChaCha8Rng,
        propose: impl Fn(&mut ChaCha8Rng) -> Vec<Centre>,
    ) -> Vec<Centre> {
        let before = (0..self.before.len()).filter(|g| !free.contains(g)).map(|g| self.before[g].clone());
        let after = self.after.iter().filter(|group| !group.from.iter().any(|g| free.contains(g)));
        let others: Vec<Centre> = before.chain(after.map(|group| group.centre.clone())).collect();
        let (found, clear) = place(&others, self.apart * NEARLY, rng, propose);
        self.fit = self.fit.min(clear / self.apart);
        found
    }

    /// The place of the group that `g` is still.
    fn place_of(&self, g: usize) -> usize {
        self.after.iter().position(|group| group.from == [g]).expect("nothing has happened to it")
    }

    /// Takes a group away; how likely it was, per group before and for who joins.
    fn remove(&mut self, place: usize) -> Vec<f64> {
        self.after.remove(place);
        self.flow.iter_mut().chain(std::iter::once(&mut self.joining)).map(|row| row.remove(place)).collect()
    }

    fn add(&mut self, group: Group, column: Vec<f64>) {
        self.after.push(group);
        let rows = self.flow.iter_mut().chain(std::iter::once(&mut self.joining));
        rows.zip(column).for_each(|(row, flow)| row.push(flow));
    }

    /// What happened to every group.
    pub fn events(&self) -> Vec<PlantedEvent> {
        let of = |kind, from: &[usize], to: Vec<&Group>| PlantedEvent {
            kind,
            from: from.iter().map(|&g| self.names[g].clone()).collect(),
            to: to.into_iter().map(|group| group.name.clone()).collect(),
        };
        let mut events = Vec::new();
        for g in 0..self.names.len() {
            let heirs: Vec<&Group> = self.after.iter().filter(|group| group.from.contains(&g)).collect();
            match heirs[..] {
                [] => events.push(of(Fate::Vanished, &[g], heirs)),
                [heir] if heir.from == [g] => events.push(of(Fate::Survived, &[g], heirs)),
                [heir] if heir.from[0] == g => events.push(of(Fate::Merged, &heir.from, heirs)),
                [_] => {}
                _ => events.push(of(Fate::Split, &[g], heirs)),
            }
        }
        let emerged = self.after.iter().filter(|group| group.from.is_empty());
        events.extend(emerged.map(|group| of(Fate::Emerged, &[], vec![group])));
        events
    }
}

/// What happens in a scenario.
fn happenings(scenario: Scenario, rng: &mut ChaCha8Rng) -> Vec<Scenario> {
    if scenario != Scenario::Two {
        return vec![scenario];
    }
    let mut several = [Scenario::Drift, Scenario::Split, Scenario::Merge, Scenario::Vanish, Scenario::Emerge];
    several.shuffle(rng);
    several[..2].to_vec()
}

fn normalized(weights: Vec<f64>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    if total == 0.0 { weights } else { weights.into_iter().map(|weight| weight / total).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_of_every_scenario_goes_somewhere_and_every_group_is_in_one_event() {
        for scenario in Scenario::ALL {
            for seed in 0..30 {
                let groups = 4 + seed as usize % 7;
                let options = ScenarioOptions { scenario, seed, groups, ..ScenarioOptions::default() };
                let world = World::draw(&options);
                assert!(world.fit >= NEARLY, "{scenario} {seed}: {}", world.fit);
                for row in world.flow.iter().chain([&world.joining]) {
                    assert_eq!(row.len(), world.after.len());
                    assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9 && row.iter().all(|flow| *flow >= 0.0));
                }
                let events = world.events();
                let mut from: Vec<String> = events.iter().flat_map(|event| event.from.clone()).collect();
                let mut to: Vec<String> = events.iter().flat_map(|event| event.to.clone()).collect();
                from.sort();
                to.sort();
                let mut after: Vec<String> = world.after.iter().map(|group| group.name.clone()).collect();
                after.sort();
                assert_eq!((from, to), (world.names.clone(), after));
            }
        }
    }

    #[test]
    fn every_scenario_does_what_it_is_called() {
        let kinds = |scenario| {
            let world = World::draw(&ScenarioOptions { scenario, ..ScenarioOptions::default() });
            let kinds: Vec<Fate> =
                world.events().iter().map(|event| event.kind).filter(|kind| *kind != Fate::Survived).collect();
            (kinds, world)
        };
        assert_eq!(kinds(Scenario::Split).0, [Fate::Split]);
        assert_eq!(kinds(Scenario::Merge).0, [Fate::Merged]);
        assert_eq!(kinds(Scenario::Vanish).0, [Fate::Vanished]);
        assert_eq!(kinds(Scenario::Emerge).0, [Fate::Emerged]);
        for scenario in [Scenario::Quiet, Scenario::Move, Scenario::Resize, Scenario::Drift, Scenario::Inflation] {
            assert_eq!(kinds(scenario).0, []);
        }
        assert!(kinds(Scenario::Inflation).1.inflation > 1.1);
        assert_eq!(kinds(Scenario::Drift).1.drifted.len(), 1);
        let moving = kinds(Scenario::Move).1;
        assert!(moving.flow.iter().enumerate().all(|(g, row)| (0.6..=0.9).contains(&row[g])));
        let resized = kinds(Scenario::Resize).1;
        assert!(resized.joining.iter().zip(&resized.weights).all(|(now, then)| (0.5..=2.0).contains(&(now / then))));
        assert_ne!(resized.joining, resized.weights);
    }
}
