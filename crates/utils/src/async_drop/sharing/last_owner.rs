use super::super::sync::Arc;

/// Gives up the share in `slot`, unless it is the last one: then lends what was shared, which stays in `slot`.
///
/// Of owners that call this at the same time, exactly one finds itself last. It finds itself last again when it calls
/// again, unless `slot` was cloned in between.
pub(crate) fn last_owner<T>(slot: &mut Option<Arc<T>>) -> Option<&mut T> {
    let mut share = slot.take()?;
    if Arc::get_mut(&mut share).is_none() {
        // `get_mut` refuses two owners that let go at the same time; `into_inner` picks one of them.
        share = Arc::new(Arc::into_inner(share)?);
    }
    Arc::get_mut(slot.insert(share))
}
