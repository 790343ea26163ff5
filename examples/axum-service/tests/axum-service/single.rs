//! Single faults.

use std::path::Path;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::far_side::{Client, Folder, HANGS, MARGIN, Service, Signal};

const LONG: Duration = Duration::from_secs(600);

/// A grace period of which half is left for a slow machine.
const SHORT: Duration = Duration::from_secs(2);

#[tokio::main]
async fn in_a_folder(test: impl AsyncFnOnce(&Path)) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    test(folder.path()).await;
}

pub fn request_under_way_is_answered_and_no_other_is_accepted(program: &str) {
    in_a_folder(async |path| {
        let folder = Folder::new(path, &[(1, 400), (2, 0)]);
        let mut service = Service::start(program, path, LONG).await;
        let mut client = Client::connect(service.address).await.expect("a service");
        let mut idle = Client::connect(service.address).await.expect("a service");
        let answer = tokio::spawn(async move { client.run(1).await });
        folder.wait_until("running", &[1]).await;
        service.signal(Signal::TERM);
        while TcpStream::connect(service.address).await.is_ok() {
            sleep(Duration::from_millis(1)).await;
        }
        assert!(idle.run(2).await.is_err(), "its connection is closed");
        let still_running = folder.jobs("running");
        assert!(
            still_running.contains(&1),
            "it has refused while the job ran"
        );
        let answer = answer.await.expect("no panic").expect("an answer");
        assert_eq!(answer, StatusCode::OK);
        let ended = service.ended().await.expect("an end");
        assert_eq!(ended.code(), Some(0), "{ended:?}");
        assert_eq!(folder.left(), [""; 0]);
        assert_eq!(Vec::from_iter(folder.jobs("done")), [1]);
    });
}

pub fn handler_that_hangs_is_cut_off_and_its_job_goes_back(program: &str) {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        in_a_folder(async |path| {
            let folder = Folder::new(path, &[(1, HANGS)]);
            let mut service = Service::start(program, path, SHORT).await;
            let mut client = Client::connect(service.address).await.expect("a service");
            let answer = tokio::spawn(async move { client.run(1).await });
            folder.wait_until("running", &[1]).await;
            service.signal(signal);
            let ended = service.ended().await.expect("an end");
            assert!(
                ended.took >= SHORT / 2 - Duration::from_millis(10),
                "{ended:?}"
            );
            assert!(ended.took < SHORT, "{ended:?}");
            assert_eq!(ended.code(), Some(code), "{ended:?}");
            assert_eq!(folder.left(), [""; 0]);
            assert_eq!(Vec::from_iter(folder.jobs("queued")), [1]);
            let answer = answer.await.expect("no panic");
            assert!(
                answer.is_err() || answer.is_ok_and(|it| it == StatusCode::SERVICE_UNAVAILABLE)
            );
        });
    }
}

pub fn job_of_a_client_that_hangs_up_goes_back_while_the_service_goes_on(program: &str) {
    in_a_folder(async |path| {
        let folder = Folder::new(path, &[(1, HANGS), (2, 0)]);
        let mut service = Service::start(program, path, LONG).await;
        let mut client = Client::connect(service.address).await.expect("a service");
        let asking = tokio::spawn(async move { client.run(1).await });
        folder.wait_until("running", &[1]).await;
        asking.abort();
        folder.wait_until("queued", &[1]).await;
        let mut client = Client::connect(service.address).await.expect("a service");
        assert_eq!(client.run(2).await.expect("an answer"), StatusCode::OK);
        service.signal(Signal::TERM);
        let ended = service.ended().await.expect("an end");
        assert_eq!(ended.code(), Some(0), "{ended:?}");
        assert_eq!(folder.left(), [""; 0]);
    });
}

/// What a client says before it says nothing, and how the service ends that has such a client.
const SILENT: [(&str, i32); 4] = [
    ("", 0),
    ("POST /jobs/1 HT", 143),
    ("POST /jobs/1 HTTP/1.1\r\nhost: serv", 143),
    (
        "POST /jobs/1 HTTP/1.1\r\nhost: service\r\ncontent-length: 9\r\n\r\nhalf",
        0, // nobody reads the body
    ),
];

pub fn clients_that_say_nothing_do_not_hold_it_up(program: &str) {
    for (words, code) in SILENT {
        in_a_folder(async |path| {
            let folder = Folder::new(path, &[(1, 0)]);
            let mut service = Service::start(program, path, SHORT).await;
            let mut silent = TcpStream::connect(service.address)
                .await
                .expect("a service");
            silent.write_all(words.as_bytes()).await.expect("a service");
            // Whoever is accepted behind it is answered.
            let mut client = Client::connect(service.address).await.expect("a service");
            client.run(2).await.expect("an answer");
            sleep(Duration::from_millis(50)).await;
            service.signal(Signal::TERM);
            let ended = service.ended().await.expect("an end");
            assert!(ended.took < SHORT, "{words}: {ended:?}");
            assert_eq!(ended.code(), Some(code), "{words}: {ended:?}");
            assert_eq!(folder.left(), [""; 0], "{words}");
        });
    }
}

#[test]
fn graceful_shutdown_alone_waits_for_a_client_that_says_half_a_request() {
    in_a_folder(async |path| {
        Folder::new(path, &[]);
        let program = env!("CARGO_BIN_EXE_axum-service-as-written-first");
        let mut service = Service::start(program, path, SHORT).await;
        let mut silent = TcpStream::connect(service.address)
            .await
            .expect("a service");
        silent
            .write_all(b"POST /jobs/1 HT")
            .await
            .expect("a service");
        sleep(Duration::from_millis(50)).await;
        service.signal(Signal::TERM);
        assert!(service.ended().await.is_none(), "it waits no longer");
        drop(silent);
        assert!(service.ended().await.is_some(), "it waits for nothing else");
    });
}

pub fn second_signal_ends_it_at_once_and_it_says_what_is_left(program: &str) {
    for second in [Signal::INT, Signal::TERM] {
        in_a_folder(async |path| {
            let folder = Folder::new(path, &[(1, HANGS)]);
            let mut service = Service::start(program, path, LONG).await;
            let mut client = Client::connect(service.address).await.expect("a service");
            let asking = tokio::spawn(async move { client.run(1).await });
            folder.wait_until("running", &[1]).await;
            service.signal(Signal::TERM);
            while TcpStream::connect(service.address).await.is_ok() {
                sleep(Duration::from_millis(1)).await;
            }
            let insisted = Instant::now();
            service.signal(second);
            let ended = service.ended().await.expect("an end");
            assert!(insisted.elapsed() < MARGIN, "{ended:?}");
            let is_clean = folder.left().is_empty();
            assert!(is_clean || ended.code() == Some(1), "{ended:?}");
            assert!(is_clean || !ended.words.is_empty(), "{ended:?}");
            asking.abort();
        });
    }
}

pub fn next_service_does_what_was_handed_over(program: &str) {
    in_a_folder(async |path| {
        let folder = Folder::new(path, &[(1, HANGS)]);
        let mut first = Service::start(program, path, SHORT).await;
        let mut client = Client::connect(first.address).await.expect("a service");
        let asking = tokio::spawn(async move { client.run(1).await });
        folder.wait_until("running", &[1]).await;
        first.signal(Signal::TERM);
        first.ended().await.expect("an end");
        asking.abort();
        std::fs::write(path.join("queued/1"), "0").expect("the job is back");
        let mut next = Service::start(program, path, SHORT).await;
        let mut client = Client::connect(next.address).await.expect("a service");
        assert_eq!(client.run(1).await.expect("an answer"), StatusCode::OK);
        next.signal(Signal::TERM);
        let ended = next.ended().await.expect("an end");
        assert_eq!(ended.code(), Some(0), "{ended:?}");
        assert_eq!(Vec::from_iter(folder.jobs("done")), [1]);
    });
}

pub fn job_that_fails_goes_back(program: &str) {
    in_a_folder(async |path| {
        let folder = Folder::new(path, &[(1, 0)]);
        std::fs::write(path.join("queued/1"), "no number").expect("a file");
        let mut service = Service::start(program, path, LONG).await;
        let mut client = Client::connect(service.address).await.expect("a service");
        let answer = client.run(1).await.expect("an answer");
        assert_eq!(answer, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            client.run(2).await.expect("an answer"),
            StatusCode::NOT_FOUND
        );
        folder.wait_until("queued", &[1]).await;
        service.signal(Signal::TERM);
        let ended = service.ended().await.expect("an end");
        assert_eq!(ended.code(), Some(0), "{ended:?}");
        assert_eq!(folder.left(), [""; 0]);
    });
}

#[test]
fn job_that_runs_behind_the_end_is_seen() {
    in_a_folder(async |path| {
        let folder = Folder::new(path, &[(1, 0)]);
        assert_eq!(folder.left(), [""; 0]);
        sleep(Duration::from_millis(50)).await;
        let job = path.join("queued/1");
        std::fs::rename(&job, path.join("running/1")).expect("the job is there");
        assert_eq!(folder.left().len(), 2, "it runs, behind the end");
        std::fs::rename(path.join("running/1"), job).expect("the job is there");
        assert_eq!(folder.left().len(), 1, "it has run behind the end");
    });
}
