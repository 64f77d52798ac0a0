//! The past of the lake, which is made when somebody looks at it.

use crate::backend::Backend;
use crate::wire::fault::WireFault;
use std::sync::Arc;

/// Brings onto the disk what past nights left under a key or prefix, before anybody looks.
pub(super) async fn bring(backend: &Backend, bucket: &str, under: &str) -> Result<(), WireFault> {
    let (lake, bucket, under) = (Arc::clone(&backend.lake), bucket.to_owned(), under.to_owned());
    let made = tokio::task::spawn_blocking(move || lake.ensure_under(&bucket, &under));
    made.await.map_err(|_| WireFault::internal())
}
