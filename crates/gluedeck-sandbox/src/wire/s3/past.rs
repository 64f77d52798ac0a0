//! What takes time before an object is looked at: the past of the lake is made, and a file that others have put there is read
//! for its ETag.

use crate::backend::Backend;
use crate::wire::fault::WireFault;
use std::sync::Arc;

/// Brings onto the disk what past nights left under a key or prefix, and knows the object of that key.
pub(super) async fn bring(backend: &Backend, bucket: &str, under: &str) -> Result<(), WireFault> {
    let (lake, bucket, under) = (Arc::clone(&backend.lake), bucket.to_owned(), under.to_owned());
    let now = backend.hub.now();
    let made = tokio::task::spawn_blocking(move || {
        lake.ensure_under(&bucket, &under);
        lake.objects.get(&bucket, &under, now);
    });
    made.await.map_err(|_| WireFault::internal())
}
