//! What Criterion has measured, round by round.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The median time of each row, for each round.
#[derive(Debug, Default)]
pub struct Rounds {
    /// In nanoseconds.
    times: HashMap<String, Vec<f64>>,
}

/// The name of a round's folder.
pub fn folder(round: usize) -> String {
    format!("round-{round}")
}

/// Measures `rows` as many times as there are rounds, and says before each which it is, since the tables come only when all is measured.
pub fn measure(rows: &str, rounds: usize, say: impl Fn(String), mut round: impl FnMut(usize)) {
    for at in 0..rounds {
        say(format!("Measuring {rows}, round {} of {rounds}", at + 1));
        round(at);
    }
}

impl Rounds {
    /// Reads the rows `ids` of `rounds` rounds from Criterion's folder.
    ///
    /// # Errors
    ///
    /// Names the file that is not there or holds no median: a row that was filtered out, for one.
    pub fn read(
        &mut self,
        criterion: &Path,
        rounds: usize,
        ids: impl IntoIterator<Item = String>,
    ) -> Result<(), String> {
        for id in ids {
            let row = (0..rounds)
                .map(|round| median_of(&criterion.join(folder(round)).join(&id)))
                .collect::<Result<_, _>>()?;
            self.times.insert(id, row);
        }
        Ok(())
    }

    /// Divides row `id` by row `by` in each round, and gives the median of the quotients.
    ///
    /// # Panics
    ///
    /// If one of the rows was not read.
    pub fn ratio(&self, id: &str, by: &str) -> f64 {
        let quotients = self.times[id].iter().zip(&self.times[by]);
        median(quotients.map(|(time, by)| time / by).collect())
    }
}

fn median_of(row: &Path) -> Result<f64, String> {
    let file = row.join("new").join("estimates.json");
    let failed = |why: &str| format!("no median in {}: {why}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| failed(&error.to_string()))?;
    let estimates: Value =
        serde_json::from_str(&text).map_err(|error| failed(&error.to_string()))?;
    estimates["median"]["point_estimate"]
        .as_f64()
        .ok_or_else(|| failed("not a number"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

#[cfg(test)]
impl Rounds {
    /// Rounds made up for tests.
    pub(crate) fn of(rows: impl IntoIterator<Item = (&'static str, f64)>) -> Self {
        let times = rows
            .into_iter()
            .map(|(id, time)| (id.to_owned(), vec![time]));
        Self {
            times: times.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn each_round_is_told_before_it_is_measured() {
        let told = RefCell::new(Vec::new());
        let say = |words| told.borrow_mut().push(words);
        measure("many at once", 2, say, |round| say(format!("{round}")));
        let first = "Measuring many at once, round 1 of 2";
        let second = "Measuring many at once, round 2 of 2";
        assert_eq!(*told.borrow(), [first, "0", second, "1"]);
    }

    #[test]
    fn a_round_that_was_slow_for_both_sides_does_not_count() {
        let row = |id: &str, times: [f64; 3]| (id.to_owned(), times.to_vec());
        let rounds = Rounds {
            times: [row("a", [2.0, 30.0, 2.2]), row("b", [1.0, 15.0, 1.0])].into(),
        };
        assert_eq!(rounds.ratio("a", "b"), 2.0);
    }

    #[test]
    fn a_row_that_was_not_measured_is_named() {
        let nowhere = Path::new("nowhere");
        let read = Rounds::default().read(nowhere, 1, ["guard".to_owned()]);
        let error = read.unwrap_err();
        assert!(
            error.contains("nowhere/round-0/guard/new/estimates.json"),
            "{error}"
        );
    }
}
