//! One run, by the words of a finding. That each kind of finding is found again is asserted wherever one is found.

use std::panic::catch_unwind;
use std::process::Command;

use async_drop_utils::testing::{Explorer, Ledger, fallible};
use tokio::task::yield_now;

use crate::says;

const VARIABLE: &str = "ASYNC_DROP_EXPLORER_ONLY";

/// It leaks whichever of three fails.
async fn leaky() {
    for _ in 0..3 {
        let entry = Ledger::current().open("file");
        if fallible("write").await.is_ok() {
            entry.close();
        }
    }
}

#[test]
fn it_runs_once_and_counts_what_it_injected() {
    for (words, counts) in [
        ("nothing fails", (0, 0, 0)),
        ("leaks when read #1 fails", (1, 0, 0)),
        ("read #1 never answers", (1, 0, 0)),
        ("leaks when cancelled at await #1", (0, 1, 0)),
        ("an hour passes at await #1", (0, 0, 1)),
        ("read #1 fails and then cancelled at await #2", (1, 1, 0)),
        ("read #1 fails in order 5", (1, 0, 0)),
    ] {
        let report = Explorer::only(words)
            .pairs(async || {
                fallible("read").await.ok();
                fallible("read").await.ok();
            })
            .unwrap();
        assert_eq!(report.runs(), 1, "{words}");
        let counted = (report.faults(), report.cancellations(), report.hours());
        assert_eq!(counted, counts, "{words}");
    }
}

#[test]
fn what_is_not_met_is_said() {
    for words in [
        "write #4 fails",
        "read #1 fails",
        "write #1 happens and its answer is lost",
        "cancelled at await #9",
        "an hour passes at await #9",
        "task #1 is aborted before it starts",
        "receive #1 is cut off at its await #1 and called again",
        "the runtime is dropped at await #9",
        "read fails from #1 on",
        "cancelled at await #9 and main returns right behind drain",
        "read #1 fails in order 7",
    ] {
        for by_all in [true, false] {
            let explorer = Explorer::only(&format!("leaks when {words}"));
            let scenario = async || {
                for _ in 0..3 {
                    fallible("write").await.ok();
                }
            };
            let found = if by_all {
                explorer.all(scenario)
            } else {
                explorer.failures(scenario)
            };
            assert_eq!(
                found.unwrap_err().to_string(),
                format!(
                    "is not met when {words}: the scenario has no such operation, await or task"
                )
            );
        }
    }
}

#[test]
fn the_half_of_a_pair_that_is_not_met_is_said_too() {
    let scenario = async || {
        fallible("write").await.ok();
    };
    let words = "write #1 fails and then read #1 fails";
    let found = Explorer::only(words).all(scenario).unwrap_err();
    assert_eq!(
        found.to_string(),
        format!("is not met when {words}: the scenario has no such operation, await or task")
    );
    assert_eq!(found.injected(), 2);
}

#[test]
#[should_panic(
    expected = "\"leaks when wrte fails\" is not the first line of a finding, such as \"leaks when fetch #1 fails\""
)]
fn what_is_mistyped_panics() {
    let _ = Explorer::only("leaks when wrte fails");
}

#[test]
fn what_never_ends_is_found_again() {
    let endless = async || {
        loop {
            yield_now().await;
        }
    };
    let words = "never ends when nothing fails";
    let found = Explorer::only(words).max_runs(50).cancellations(async || {
        endless().await;
    });
    says(&found.unwrap_err(), "more than 50 pending awaits");
}

#[test]
fn what_returns_too_early_is_found_again() {
    let later = async || {
        let file = Ledger::current().open("file");
        fallible("write").await.ok();
        tokio::spawn(async move { file.close() });
    };
    let words = "returns before the cleanup when write #1 fails";
    let found = Explorer::only(words).balanced_on_return().failures(later);
    assert_eq!(
        found.unwrap_err().to_string(),
        format!("{words}\nstill open: file #1")
    );
    Explorer::only(words).failures(later).unwrap();
}

#[test]
fn a_whole_finding_may_be_pasted() {
    let fetch = async || fallible("fetch").await.expect("no: it fails");
    let leak = Explorer::new().failures(fetch).unwrap_err();
    let again = Explorer::only(&leak.to_string()).failures(fetch);
    assert_eq!(again.unwrap_err().to_string(), leak.to_string());
    assert_eq!(
        leak.replay(),
        "Explorer::only(\"panics when fetch #1 fails\")"
    );
}

/// Run by the test below, in a process of its own.
#[test]
fn says_what_it_finds() {
    match Explorer::new().failures(leaky) {
        Err(leak) => println!("found: {leak}"),
        Ok(report) => println!("nothing: {report}"),
    }
}

#[test]
fn the_environment_says_what_is_replayed() {
    let replayed = |words: Option<&str>| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "replay::says_what_it_finds", "--nocapture"]);
        child.env_remove(VARIABLE);
        child.envs(words.map(|words| (VARIABLE, words)));
        let output = child.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (passed, said) = replayed(None);
    assert!(
        passed && said.contains("found: leaks when write #1 fails\n"),
        "{said}"
    );
    let (passed, said) = replayed(Some("leaks when write #3 fails"));
    assert!(
        passed && said.contains("found: leaks when write #3 fails\n"),
        "{said}"
    );
    let (passed, said) = replayed(Some("leaks when nothing fails"));
    assert!(
        passed && said.contains("nothing: survives 0 faults"),
        "{said}"
    );
    let (passed, said) = replayed(Some("leaks when wrte fails"));
    let mistyped = "ASYNC_DROP_EXPLORER_ONLY: \"leaks when wrte fails\" is not the first line";
    assert!(!passed && said.contains(mistyped), "{said}");
}

#[test]
fn what_the_code_says_goes_before_the_environment() {
    // Cloned, an explorer replays the same.
    let explorer = Explorer::only("leaks when write #2 fails").clone();
    let leak = explorer.failures(leaky).unwrap_err();
    assert_eq!(
        leak.to_string(),
        "leaks when write #2 fails\nstill open: file #2"
    );
    assert_eq!(leak.injected(), 1);
}

#[test]
fn nothing_at_all_is_no_finding() {
    let unread = catch_unwind(|| Explorer::only("")).unwrap_err();
    let unread = unread.downcast::<String>().unwrap();
    assert!(
        unread.starts_with("\"\" is not the first line of a finding"),
        "{unread}"
    );
}
