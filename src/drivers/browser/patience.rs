//! The HTTP client to the driver: how long it waits for an answer, longer while the browser starts than afterwards.

use axum::{
    body::Bytes,
    http::{Request, Response},
};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use thirtyfour::{
    error::{WebDriverError, WebDriverResult},
    session::http::{Body, HttpClient},
};

/// How long a browser may take to start. On a machine under full load it takes half a minute.
const START: Duration = Duration::from_secs(90);

/// A client that gives up.
#[derive(Clone)]
pub(super) struct Patience {
    client: reqwest::Client,
    /// In milliseconds.
    limit: Arc<AtomicU64>,
}

type Answer<'f> = Pin<Box<dyn Future<Output = WebDriverResult<Response<Bytes>>> + Send + 'f>>;

impl Patience {
    /// Waits as long as a browser may take to start.
    pub(super) fn new() -> reqwest::Result<Self> {
        // No proxy for the driver: it is on this machine, whatever `HTTP_PROXY` says.
        let client = reqwest::Client::builder().no_proxy().build()?;
        let patience = Self { client, limit: Arc::default() };
        patience.set(START);
        Ok(patience)
    }

    /// From now on waits so long.
    pub(super) fn set(&self, limit: Duration) {
        self.limit.store(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

// As `async_trait`, with which the trait is made, writes it.
impl HttpClient for Patience {
    fn send<'a, 'b, 'f>(&'a self, request: Request<Body<'b>>) -> Answer<'f>
    where
        'a: 'f,
        'b: 'f,
        Self: 'f,
    {
        let limit = Duration::from_millis(self.limit.load(Ordering::Relaxed));
        Box::pin(async move {
            let answer = tokio::time::timeout(limit, self.client.send(request)).await;
            answer.unwrap_or_else(|_| Err(WebDriverError::RequestFailed("no answer in time".into())))
        })
    }

    fn new<'a, 'f>(&'a self) -> Pin<Box<dyn Future<Output = Arc<dyn HttpClient>> + Send + 'f>>
    where
        'a: 'f,
        Self: 'f,
    {
        let same: Arc<dyn HttpClient> = Arc::new(self.clone());
        Box::pin(async move { same })
    }
}
