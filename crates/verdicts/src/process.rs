//! Runs a block in a process of its own: hooks, panics and runtimes of one are none of another's business.

use std::env;
use std::io::{self, Write};
use std::process::{Command, ExitCode, Output, exit};
use std::thread;
use std::time::Duration;

use async_drop_corpus::Error;
use serde_json::json;

use crate::judge::{Depth, Running, Seen};
use crate::record::Record;

/// Holds the place of the block to run, `gotchas.md:7`, in the process that runs it.
const BLOCK: &str = "ASYNC_DROP_BLOCK";

/// Starts the line that tells what was seen, apart from all that the block prints.
const SEEN: &str = "seen: ";

/// How long a block may run. It takes some milliseconds, explored thoroughly some seconds; only a loop that never ends takes longer.
const LIMIT: Duration = Duration::from_secs(40);

/// How many times as long when it is explored thoroughly.
const THOROUGHLY: u32 = 10;

/// What a block says that takes longer.
pub(crate) const HANGS: &str = "still running after";

/// What is said of a block that ends its process itself.
pub(crate) const ENDED_EARLY: &str = "ended the process before anything was seen";

/// Holds `block` to its verdict, prints what was seen or how the chapter is wrong, and returns the exit code.
pub fn conclude(block: &'static Running) -> ExitCode {
    let Running {
        chapter,
        line,
        held,
    } = block;
    let limit = match Depth::of_process() {
        Depth::Alone => LIMIT,
        Depth::Thorough => LIMIT * THOROUGHLY,
    };
    thread::spawn(move || {
        thread::sleep(limit);
        // Not `eprintln!`, which panics when whoever started this has gone, and then nothing ends it.
        let _ = writeln!(io::stderr(), "{chapter}:{line}: {HANGS} {limit:?}");
        exit(1);
    });
    match held() {
        Ok(seen) => {
            let counted = match &seen {
                Seen::Survived(report) | Seen::BrokeWhenCancelled(report, _) => {
                    (report.faults(), report.cancellations(), report.pairs())
                }
                _ => (0, 0, 0),
            };
            println!("\n{SEEN}{}", json!([seen.to_string(), counted]));
            ExitCode::SUCCESS
        }
        Err(refuted) => {
            eprintln!("{refuted}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the one of `blocks` that [`hold`] has started this process for, and returns the exit code.
pub fn run_if_asked(blocks: &'static [Running]) -> Option<ExitCode> {
    let asked = env::var(BLOCK).ok()?;
    let is_asked = |block: &&Running| asked == format!("{}:{}", block.chapter, block.line);
    Some(match blocks.iter().find(is_asked) {
        Some(block) => conclude(block),
        None => {
            eprintln!("{asked}: this program holds no such block: build it again");
            ExitCode::FAILURE
        }
    })
}

/// Has `program`, which calls [`run_if_asked`], run the block in this line of `chapter`, and says what was seen.
///
/// # Errors
///
/// If the chapter is wrong about the block, or the program ends without a verdict.
pub fn hold(mut program: Command, chapter: &str, line: usize) -> Result<Record, Error> {
    let output = program
        .env(BLOCK, format!("{chapter}:{line}"))
        .output()
        .map_err(|error| Error::new(chapter, line, format!("cannot be run: {error}")))?;
    record(chapter, line, &Said::by(&output))
}

/// What a block's process said, and how it ended.
struct Said {
    stdout: String,
    stderr: String,
    /// How it ended, if not well.
    failed: Option<String>,
}

impl Said {
    fn by(output: &Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            failed: (!output.status.success()).then(|| output.status.to_string()),
        }
    }
}

fn record(file: &str, line: usize, said: &Said) -> Result<Record, Error> {
    let refuted = match &said.failed {
        Some(failed) => refutation(file, line, &said.stderr)
            .unwrap_or_else(|| format!("ended with {failed}:\n{}", said.stderr.trim_end())),
        None => match seen(&said.stdout) {
            Some((seen, (faults, cancellations, pairs))) => {
                return Ok(Record {
                    file: file.to_owned(),
                    line,
                    seen,
                    faults,
                    cancellations,
                    pairs,
                    ..Record::default()
                });
            }
            None => ENDED_EARLY.to_owned(),
        },
    };
    Err(Error::new(file, line, refuted))
}

/// Whether the block's process printed what was seen.
pub(crate) fn has_seen(stdout: &str) -> bool {
    seen(stdout).is_some()
}

/// How many faults, cancellations and pairs.
type Counted = (usize, usize, usize);

/// What the block's process printed at its end.
fn seen(stdout: &str) -> Option<(String, Counted)> {
    let mut lines = stdout.lines().rev();
    let seen = lines.find_map(|line| line.strip_prefix(SEEN))?;
    serde_json::from_str(seen).ok()
}

/// What the block's process said of the chapter, behind the place that it starts with.
fn refutation(file: &str, line: usize, stderr: &str) -> Option<String> {
    let (_, refutation) = stderr.rsplit_once(&format!("{file}:{line}: "))?;
    Some(refutation.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuted(stdout: &str, stderr: &str, failed: Option<&str>) -> String {
        let said = Said {
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            failed: failed.map(str::to_owned),
        };
        match record("gotchas.md", 7, &said) {
            Ok(record) => panic!("{}", record.seen),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_was_seen_is_read_from_between_all_that_a_block_prints() {
        let said = Said {
            stdout: "12 rows\nseen: nothing\n\nseen: [\"survives\",[2,3,4]]\n".to_owned(),
            stderr: "gotchas.md:7: not this".to_owned(),
            failed: None,
        };
        let record = record("gotchas.md", 7, &said).unwrap();
        assert_eq!(
            (record.seen.as_str(), record.faults, record.cancellations),
            ("survives", 2, 3)
        );
        assert_eq!(record.pairs, 4);
    }

    #[test]
    fn a_refutation_is_told_with_its_place() {
        let stderr = "noise\ngotchas.md:7: section \"1. A\"\n  the chapter says: right\n";
        assert_eq!(
            refuted("", stderr, Some("exit status: 1")),
            "gotchas.md:7: section \"1. A\"\n  the chapter says: right"
        );
    }

    #[test]
    fn a_process_that_dies_is_a_refutation() {
        assert_eq!(
            refuted("seen: [\"survives\",[2,3,4]]", "killed", Some("signal: 9")),
            "gotchas.md:7: ended with signal: 9:\nkilled"
        );
    }

    #[test]
    fn a_block_that_ends_the_process_is_a_refutation() {
        assert_eq!(
            refuted("12 rows\n", "", None),
            "gotchas.md:7: ended the process before anything was seen"
        );
    }
}
