//! Reports in a program without a `tracing` subscriber; a test binary of its own, since any other test may install one.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

use std::env;
use std::process::Command;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, async_drop_in_order, drain};
use tokio::runtime::Builder;

const IN_CHILD: &str = "ASYNC_DROP_TEST_SILENT";

#[derive(Debug)]
struct Fails;

#[async_trait::async_trait]
impl AsyncDrop for Fails {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        Err("on purpose".to_owned())
    }
}

/// A hand-over, a cleanup that fails in its task, and one whose error is not the first.
fn reports() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        builder.enable_all().build().unwrap().block_on(async {
            drop(AsyncDropGuard::new_cancel_safe(Fails));
            assert_eq!(drain(Duration::from_secs(10)).await.failed.len(), 1);
            let [mut one, mut two] = [(); 2].map(|()| AsyncDropGuard::new(Fails));
            let ended: Result<(), String> = async_drop_in_order!(one, two);
            assert!(ended.is_err());
        });
    }
}

/// All that the process prints while it reports, between what the test harness does; with a subscriber where `subscribed`.
fn said(subscribed: &str) -> String {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "child", "--nocapture"]);
    let output = child.env(IN_CHILD, subscribed).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let out = String::from_utf8(output.stdout).unwrap() + "\n";
    let between = out.split("== reports ==\n").nth(1).unwrap();
    between.to_owned() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn child() {
    let Ok(subscribed) = env::var(IN_CHILD) else {
        return;
    };
    if subscribed == "yes" {
        use tracing_subscriber::prelude::*;
        tracing_subscriber::registry()
            .with(tracing_subscriber::fmt::layer())
            .init();
    }
    println!("\n== reports ==");
    reports();
    println!("== reports ==");
}

#[test]
fn without_a_subscriber_nothing_is_said() {
    assert_eq!(said("no"), "");
    let all = said("yes");
    assert_eq!(all.matches("on purpose").count(), 4, "{all}");
}
