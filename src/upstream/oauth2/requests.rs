//! Requests to the provider's API that run at the same time.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use url::Url;

use crate::upstream::UpstreamError;
use crate::upstream::oauth_client::Api;

/// Makes all calls of the config at the same time. Returns each one's name and the body of its answer.
///
/// # Errors
/// That of the first call, in the order of their names, that fails.
pub async fn call_all(api: &Api<'_>, calls: &[(String, Url)]) -> Result<Vec<(String, Vec<u8>)>, UpstreamError> {
    let requests: Vec<BoxFuture<'_, _>> =
        calls.iter().map(|(name, url)| -> BoxFuture<'_, _> { Box::pin(call(api, name, url)) }).collect();
    stream::iter(requests).buffered(calls.len().max(1)).try_collect().await
}

async fn call(api: &Api<'_>, name: &str, url: &Url) -> Result<(String, Vec<u8>), UpstreamError> {
    let answer = api.get(&format!("the call {name}"), url).await?;
    Ok((name.to_owned(), answer.into_body()))
}

/// Runs both at the same time.
///
/// # Errors
/// That of the first one, if it fails, whichever fails sooner. So the same answers give the same error.
pub async fn both<A, B, E>(
    first: impl Future<Output = Result<A, E>>,
    second: impl Future<Output = Result<B, E>>,
) -> Result<(A, B), E> {
    let (first, second) = tokio::try_join!(first, async { Ok(second.await) })?;
    Ok((first, second?))
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::sync::Barrier;

    use super::both;

    #[tokio::test]
    async fn both_run_together_and_the_error_of_the_first_counts() {
        let barrier = Barrier::new(2);
        let wait = || async {
            barrier.wait().await;
            Ok::<_, &str>(())
        };
        assert_eq!(both(wait(), wait()).await, Ok(((), ())));
        // The second fails sooner, and the first one's error counts.
        let late = async {
            tokio::task::yield_now().await;
            Err::<(), _>("first")
        };
        assert_eq!(both(late, ready(Err::<(), _>("second"))).await, Err("first"));
        // The first one's error ends both.
        assert_eq!(both(ready(Err::<(), _>("first")), pending::<Result<(), _>>()).await, Err("first"));
        assert_eq!(both(ready(Ok(())), ready(Err::<(), _>("second"))).await, Err("second"));
    }
}
