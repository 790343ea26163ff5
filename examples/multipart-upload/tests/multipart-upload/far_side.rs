//! A store that speaks S3 and keeps books; it goes on with a request whose client is gone, as stores do.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use recipe_trial::Chance;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    UploadPartInput, UploadPartOutput,
};
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::transport::Plain;

/// How long the store may take until it has nothing more to do.
const LONGEST: Duration = Duration::from_secs(10);

/// How long a request takes that is to be cut off, before it is done and then before it is answered.
const SLOW: Duration = Duration::from_millis(300);

/// The one object that all is about.
pub const KEY: &str = "report";

#[derive(Debug, Default)]
struct Books {
    created: usize,
    /// The parts of each upload that is open.
    open: BTreeMap<String, BTreeMap<i32, Vec<u8>>>,
    /// Parts that have arrived behind the end of their upload, and are kept.
    stray: usize,
    object: Option<Vec<u8>>,
    /// How many requests have been begun and done, by their names.
    begun: BTreeMap<&'static str, usize>,
    done: BTreeMap<&'static str, usize>,
}

/// How long each request takes before it is done, and then before it is answered; and what fails.
#[derive(Debug)]
pub struct Habits {
    chance: Mutex<Chance>,
    longest: Duration,
    /// A request that takes long.
    slow: Option<&'static str>,
    failing_part: Option<i32>,
    /// The answer of the first completion says that it has failed, though it is done.
    loses_a_completion: bool,
}

impl Habits {
    pub fn at_random(mut chance: Chance) -> Self {
        let failing_part = chance.once_in(4).then_some(2);
        Self {
            chance: Mutex::new(chance),
            failing_part,
            ..Self::taking(Duration::from_millis(10))
        }
    }

    pub fn taking(longest: Duration) -> Self {
        Self {
            chance: Mutex::new(Chance::new(1)),
            longest,
            slow: None,
            failing_part: None,
            loses_a_completion: false,
        }
    }

    pub fn slow(self, request: &'static str) -> Self {
        let slow = Some(request);
        Self { slow, ..self }
    }

    pub fn failing_part(self, part: i32) -> Self {
        let failing_part = Some(part);
        Self {
            failing_part,
            ..self
        }
    }

    pub fn losing_a_completion(self) -> Self {
        let loses_a_completion = true;
        Self {
            loses_a_completion,
            ..self
        }
    }

    async fn pause(&self, request: &str) {
        let pause = match self.slow == Some(request) {
            true => SLOW,
            false => lock(&self.chance).time(self.longest),
        };
        sleep(pause).await;
    }
}

#[derive(Debug)]
struct Store {
    books: Mutex<Books>,
    habits: Habits,
    running: AtomicUsize,
}

impl Store {
    fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }
}

/// A store of one run.
#[derive(Debug, Clone)]
pub struct FarSide {
    store: Arc<Store>,
    port: u16,
}

impl FarSide {
    pub async fn start(habits: Habits) -> Self {
        let store = Arc::new(Store {
            books: Mutex::default(),
            habits,
            running: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let far_side = Self { store, port };
        let service = S3ServiceBuilder::new(far_side.clone()).build();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let served = Builder::new(TokioExecutor::new());
                    drop(served.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        far_side
    }

    /// A client of the store.
    pub fn client(&self) -> Arc<dyn ObjectStore> {
        let client = AmazonS3Builder::new()
            .with_http_connector(Plain)
            .with_endpoint(format!("http://127.0.0.1:{}", self.port))
            .with_allow_http(true)
            .with_bucket_name("bucket")
            .with_skip_signature(true)
            .build();
        Arc::new(client.expect("nothing is missing"))
    }

    /// How many requests of this name have been begun.
    pub fn begun(&self, request: &str) -> usize {
        let books = self.store.books();
        books.begun.get(request).copied().unwrap_or_default()
    }

    /// How many of them have been done.
    pub fn done(&self, request: &str) -> usize {
        let books = self.store.books();
        books.done.get(request).copied().unwrap_or_default()
    }

    pub fn object(&self) -> Option<Vec<u8>> {
        self.store.books().object.clone()
    }

    /// What is open, once nothing is being done any more.
    pub async fn open(&self) -> Vec<String> {
        let started = Instant::now();
        while self.store.running.load(Ordering::SeqCst) > 0 {
            assert!(started.elapsed() < LONGEST, "the store does not end");
            sleep(Duration::from_millis(1)).await;
        }
        let books = self.store.books();
        let open = books.open.values();
        let open = open.map(|parts| format!("an upload with {} parts is open", parts.len()));
        let stray = (books.stray > 0).then(|| format!("{} parts without upload", books.stray));
        open.chain(stray).collect()
    }

    /// Does `work` to its end, whether the client is there or not.
    async fn request<R: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut Books) -> S3Result<R> + Send + 'static,
    ) -> S3Result<S3Response<R>> {
        let store = Arc::clone(&self.store);
        *store.books().begun.entry(name).or_default() += 1;
        store.running.fetch_add(1, Ordering::SeqCst);
        let doing = tokio::spawn(async move {
            store.habits.pause(name).await;
            let done = work(&mut store.books());
            *store.books().done.entry(name).or_default() += 1;
            store.running.fetch_sub(1, Ordering::SeqCst);
            store.habits.pause(name).await;
            done
        });
        let done = doing.await.map_err(|_| s3_error!(InternalError))?;
        Ok(S3Response::new(done?))
    }
}

#[async_trait::async_trait]
impl S3 for FarSide {
    async fn create_multipart_upload(
        &self,
        _: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.request("create", |books| {
            books.created += 1;
            let upload_id = format!("upload-{}", books.created);
            books.open.insert(upload_id.clone(), BTreeMap::new());
            Ok(CreateMultipartUploadOutput {
                bucket: Some("bucket".to_owned()),
                key: Some(KEY.to_owned()),
                upload_id: Some(upload_id),
                ..Default::default()
            })
        })
        .await
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let UploadPartInput {
            body,
            part_number,
            upload_id,
            ..
        } = request.input;
        let body = body.ok_or_else(|| s3_error!(IncompleteBody))?;
        let bytes = body
            .try_fold(Vec::new(), |mut bytes, more| async move {
                bytes.extend_from_slice(&more);
                Ok(bytes)
            })
            .await
            .map_err(|_| s3_error!(IncompleteBody))?;
        if self.store.habits.failing_part == Some(part_number) {
            return Err(s3_error!(InvalidArgument));
        }
        self.request("part", move |books| {
            match books.open.get_mut(&upload_id) {
                Some(parts) => drop(parts.insert(part_number, bytes)),
                None => books.stray += 1,
            }
            Ok(UploadPartOutput {
                e_tag: Some(ETag::Strong(format!("part-{part_number}"))),
                ..Default::default()
            })
        })
        .await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let loses = self.store.habits.loses_a_completion && self.begun("complete") == 0;
        self.request("complete", move |books| {
            let parts = books.open.remove(&request.input.upload_id);
            let parts = parts.ok_or_else(|| s3_error!(NoSuchUpload))?;
            books.object = Some(parts.into_values().flatten().collect());
            if loses {
                return Err(s3_error!(InternalError));
            }
            Ok(CompleteMultipartUploadOutput {
                e_tag: Some(ETag::Strong("whole".to_owned())),
                ..Default::default()
            })
        })
        .await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.request("abort", move |books| {
            let aborted = books.open.remove(&request.input.upload_id);
            aborted.ok_or_else(|| s3_error!(NoSuchUpload))?;
            Ok(AbortMultipartUploadOutput::default())
        })
        .await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
