//! Clients that hang up, hang and say nothing, and signals, all at random.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use recipe_trial::{Run, Trial};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::far_side::{Client, Folder, HANGS, MARGIN, Service, Signal};

const GRACE_PERIOD: Duration = Duration::from_millis(600);

const LONGEST: Duration = Duration::from_millis(60);

pub fn service_leaves_nothing_and_keeps_its_time(program: &'static str) {
    Trial::new(name(program)).never_loses(async |run| serve(run, program).await);
}

#[test]
fn service_as_written_first_leaves_something() {
    let program = env!("CARGO_BIN_EXE_axum-service-as-written-first");
    Trial::new(name(program)).loses(async |run| serve(run, program).await);
}

fn name(program: &'static str) -> &'static str {
    program.rsplit('/').next().unwrap_or(program)
}

/// Runs the service under all of them, and returns what is wrong at its end.
async fn serve(mut run: Run, program: &str) -> Vec<String> {
    let chance = &mut run.chance;
    let mut jobs: Vec<_> = (1..=12).map(|job| (job, chance.below(40) as u64)).collect();
    if chance.once_in(4) {
        jobs.push((13, HANGS));
    }
    let folder = Folder::new(run.folder(), &jobs);
    let mut service = Service::start(program, &folder.0, GRACE_PERIOD).await;
    let address = service.address;

    let mut silent = Vec::new();
    if run.chance.once_in(8) {
        silent.push(says_nothing(address, run.chance.below(80)).await);
    }
    let answered = Arc::<Mutex<BTreeSet<u32>>>::default();
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let mut numbers: Vec<u32> = jobs.iter().map(|(number, _)| *number).collect();
            numbers.rotate_left(client * 3);
            let client = ask(address, numbers, Arc::clone(&answered));
            tokio::spawn(run.chance.fork().cut_off(LONGEST * 2, client))
        })
        .collect();

    let mut signals = 0;
    let mut stopped = 0;
    for _ in 0..=usize::from(run.chance.once_in(4)) {
        sleep(run.chance.time(LONGEST)).await;
        let (signal, code) = [(Signal::INT, 130), (Signal::TERM, 143)][run.chance.below(2)];
        service.signal(signal);
        if signals == 0 {
            stopped = code;
        }
        signals += 1;
    }
    let ended = service.ended().await;
    for client in clients {
        client.abort();
        let _ = client.await;
    }
    drop(silent);

    let Some(ended) = ended else {
        return vec![format!("goes on {MARGIN:?} behind its grace period")];
    };
    let mut wrong = Vec::new();
    if ended.took > GRACE_PERIOD + MARGIN {
        wrong.push(format!("ends too late: {ended:?}"));
    }
    let left = folder.left();
    match ended.code() {
        Some(0) => wrong.extend(left),
        Some(code) if code == stopped => wrong.extend(left),
        // Cut short, it says so.
        Some(1) if signals == 2 && !ended.words.is_empty() => {}
        _ => wrong.push(format!("{ended:?} with {left:?}")),
    }
    let done = folder.jobs("done");
    for job in answered
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
    {
        if !done.contains(job) {
            wrong.push(format!("job {job} is said to be done"));
        }
    }
    let count = done.len() + folder.jobs("queued").len() + folder.jobs("running").len();
    if count != jobs.len() {
        wrong.push(format!("{count} of {} jobs are there", jobs.len()));
    }
    wrong
}

/// Asks for one job after the other, and notes those that are said to be done.
async fn ask(service: SocketAddr, numbers: Vec<u32>, answered: Arc<Mutex<BTreeSet<u32>>>) {
    let Ok(mut client) = Client::connect(service).await else {
        return;
    };
    for number in numbers {
        match client.run(number).await {
            Ok(StatusCode::OK) => {
                let mut answered = answered.lock().unwrap_or_else(PoisonError::into_inner);
                answered.insert(number);
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// Connects, and says so many bytes of a request.
async fn says_nothing(service: SocketAddr, bytes: usize) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(service).await.ok()?;
    let request =
        "POST /jobs/1 HTTP/1.1\r\nhost: service\r\ncontent-length: 100\r\n\r\nhalf a body";
    let bytes = bytes.min(request.len());
    stream.write_all(&request.as_bytes()[..bytes]).await.ok()?;
    Some(stream)
}
