//! Who is woken when the future can go on, on one thread and between threads.

use super::*;

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Woken {
    fn new() -> (Arc<Self>, Waker) {
        let this = Arc::new(Self::default());
        (Arc::clone(&this), Waker::from(this))
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_wake_up_during_a_poll_is_not_lost_when_the_polling_clone_is_cancelled() {
    type Meanwhile = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;
    let meanwhile = Meanwhile::default();
    let log = Log::new();
    let future = {
        let (meanwhile, log) = (Arc::clone(&meanwhile), log.clone());
        std::future::poll_fn(move |context| {
            let Some(happens) = meanwhile.lock().unwrap().take() else {
                return Poll::Ready(log.guard("a"));
            };
            context.waker().wake_by_ref();
            happens();
            Poll::Pending
        })
    };
    let mut first = AsyncDropShared::new(future);
    let second = Arc::new(Mutex::new(AsyncDropShared::clone(&first)));
    let woken = Arc::new(Woken::default());
    *meanwhile.lock().unwrap() = Some(Box::new({
        let (second, waker) = (Arc::clone(&second), Waker::from(Arc::clone(&woken)));
        move || {
            // Another thread could do this while the first clone polls: it finds the future busy.
            let mut second = second.lock().unwrap();
            let polled = Pin::new(&mut **second).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
    }));

    assert!(poll_once(&mut *first).is_pending());
    block_on(first.async_drop()).unwrap();
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    let mut second = second.lock().unwrap();
    block_on(async {
        let mut arc = (&mut **second).await;
        clean_up!(arc, second);
    });
}

#[test]
fn a_poll_that_meets_no_wake_up_wakes_nobody() {
    let mut polls = 0;
    let log = Log::new();
    let mut first = AsyncDropShared::new(std::future::poll_fn(move |context| {
        polls += 1;
        match polls {
            1 => context.waker().wake_by_ref(),
            2 | 3 => {}
            _ => return Poll::Ready(log.guard("a")),
        }
        Poll::Pending
    }));
    let mut second = AsyncDropShared::clone(&first);
    let (woken, waker) = Woken::new();
    assert!(poll_once(&mut *first).is_pending());
    assert!(poll_with(&waker, &mut *second).is_pending());
    assert!(poll_once(&mut *first).is_pending());
    assert_eq!(woken.0.load(Ordering::SeqCst), 0);
    block_on(first.async_drop()).unwrap();
    block_on(second.async_drop()).unwrap();
}

#[test]
fn a_clone_that_lets_go_while_others_wait_leaves_no_waker_behind() {
    let log = Log::new();
    let mut first = AsyncDropShared::new(make(log.probe("a"), 3));
    let mut second = AsyncDropShared::clone(&first);
    let (woken, waker) = Woken::new();
    block_on(async {
        assert!(poll_once(&mut *first).is_pending());
        assert!(poll_with(&waker, &mut *second).is_pending());
    });
    drop(waker);
    block_on(second.async_drop()).unwrap();
    assert_eq!(Arc::strong_count(&woken), 1);
    block_on(first.async_drop()).unwrap();
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn clones_cancelled_on_one_thread_never_leave_the_others_asleep() {
    multi_thread().block_on(async {
        for _ in 0..2_000 {
            let log = Log::new();
            let mut first = AsyncDropShared::new(make(log.probe("a"), 2));
            let mut second = AsyncDropShared::clone(&first);
            let cancelled = tokio::spawn(async move {
                if let Some(mut arc) = (&mut *first).now_or_never() {
                    arc.async_drop().await.unwrap();
                }
                first.async_drop().await
            });
            let finished = tokio::spawn(async move {
                let mut arc = (&mut *second).await;
                arc.async_drop().await.unwrap();
                second.async_drop().await
            });
            let both = async { tokio::join!(cancelled, finished) };
            let (a, b) = tokio::time::timeout(Duration::from_secs(60), both)
                .await
                .expect("the clone that was not cancelled is asleep");
            a.unwrap().and(b.unwrap()).unwrap();
            assert_eq!(log.entries(), ONCE);
        }
    });
}

#[test]
fn exactly_one_of_the_clones_that_let_go_at_the_same_time_is_last() {
    const CLONES: usize = 4;
    for round in 0..500 {
        let log = Log::new();
        // Finished before, in the middle, and never started.
        let mut first = AsyncDropShared::new(make(log.probe("a").failing(), round % 2));
        if round % 3 > 0
            && let Poll::Ready(mut arc) = poll_once(&mut *first)
        {
            block_on(arc.async_drop()).unwrap();
        }
        let mut clones: Vec<_> = (1..CLONES)
            .map(|_| AsyncDropShared::clone(&first))
            .collect();
        clones.push(first);
        let barrier = Barrier::new(CLONES);
        let failed = std::thread::scope(|scope| {
            let threads: Vec<_> = clones
                .into_iter()
                .map(|mut clone| {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        block_on(clone.async_drop()).is_err()
                    })
                })
                .collect();
            let results = threads.into_iter().map(|thread| thread.join().unwrap());
            results.filter(|&failed| failed).count()
        });
        assert_eq!(failed, 1, "in round {round}");
        assert_eq!(log.count("made"), 1, "in round {round}");
        assert_eq!(log.count("cleanup a"), 1, "in round {round}");
    }
}

#[test]
fn many_tasks_await_one_future_and_every_one_of_them_gets_the_value() {
    multi_thread().block_on(async {
        let log = Log::new();
        let (open, gate) = oneshot::channel::<()>();
        let probe = log.probe("a");
        let mut shared = AsyncDropShared::new(async move {
            gate.await.unwrap();
            make(probe, 3).await
        });
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..1_000 {
            let mut clone = AsyncDropShared::clone(&shared);
            tasks.spawn(async move {
                let mut arc = (&mut *clone).await;
                let name = arc.name;
                clean_up!(arc, clone);
                name
            });
        }
        shared.async_drop().await.unwrap();
        open.send(()).unwrap();
        assert!(tasks.join_all().await.iter().all(|&name| name == "a"));
        assert_eq!(log.entries(), ONCE);
    });
}

#[test]
fn a_clone_that_waits_is_woken_by_the_panic_of_the_future() {
    let mut polled = false;
    let mut first = AsyncDropShared::new(std::future::poll_fn(move |_| {
        assert!(!polled, "a bug in the future");
        polled = true;
        Poll::<AsyncDropGuard<Probe>>::Pending
    }));
    let mut second = AsyncDropShared::clone(&first);
    let (woken, waker) = Woken::new();
    assert!(poll_with(&waker, &mut *first).is_pending());
    assert_eq!(
        panic_message(|| poll_once(&mut *second)),
        "a bug in the future"
    );
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert_eq!(
        panic_message(|| poll_once(&mut *first)),
        "The shared future has panicked"
    );
    block_on(first.async_drop()).unwrap();
    block_on(second.async_drop()).unwrap();
}
