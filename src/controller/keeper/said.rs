//! What people are told in Events: names, numbers and what to do, and no values.

use super::about;
use super::attempt::Attempted;
use super::mapping_map::{APPROVE, MAPPING};
use super::push::Answer;
use crate::controller::frame::{Context, EventWeight, ObjectRef};
use crate::publish::keeper::{Keeper, Notice};
use crate::reason::Reason;

/// Tells the author of a ConfigMap that it does not count.
pub(super) async fn refused(context: &Context, notice: &Notice) {
    let Notice {
        key,
        uid,
        refusal,
        was_accepted,
    } = notice;
    let stays = match was_accepted {
        true => "the names that it had before stay in the mapping",
        false => "nothing of it is in the mapping",
    };
    tracing::warn!("fragment {key} refused: {}: {refusal}", refusal.code());
    let about = about(&key.namespace, &key.name, uid);
    let message = format!("{}: {refusal}; {stays}", refusal.code());
    let events = &context.events;
    events
        .publish(
            &about,
            EventWeight::Warning,
            Reason::FragmentRefused,
            &message,
        )
        .await;
}

/// Tells what came of an attempt: on the ConfigMaps of those that are held back, and on
/// the mapping's own.
pub(super) async fn attempted(context: &Context, keeper: &Keeper, attempted: &Attempted) {
    let events = &context.events;
    if let Some((Answer::Pushed { deletions }, map)) = &attempted.pushed {
        let count = keeper.accepted().len();
        let message = format!(
            "the mapping of {count} fragments is pushed; {deletions} entities may go because of it"
        );
        tracing::info!("{message}");
        events
            .publish(map, EventWeight::Normal, Reason::MappingPushed, &message)
            .await;
    }
    let Some(bar) = attempted.bar.as_ref().and_then(|it| barred(context, it)) else {
        return;
    };
    for key in &attempted.ended.held {
        tracing::warn!("fragment {key} is held back: {bar}");
        // One that is gone has nobody to tell.
        if let Some(uid) = keeper.uid(key) {
            let about = about(&key.namespace, &key.name, uid);
            let message = format!("held back at what was accepted before: {bar}");
            events
                .publish(&about, EventWeight::Warning, Reason::FragmentHeld, &message)
                .await;
        }
    }
    if let Some(map) = mapping(context, attempted).await {
        let count = attempted.ended.held.len();
        let message = format!("changes of {count} fragments are held back: {bar}");
        events
            .publish(&map, EventWeight::Warning, Reason::MappingHeld, &message)
            .await;
    }
}

/// What bars a push, and what to do about it.
fn barred(context: &Context, bar: &Answer) -> Option<String> {
    Some(match bar {
        Answer::Held {
            deletions,
            hazards,
            digest,
        } => {
            let hazards = match hazards.as_slice() {
                [] => String::new(),
                hazards => format!(" ({})", hazards.join(", ")),
            };
            format!(
                "{deletions} entities may go, which somebody has to approve{hazards}: kubectl annotate --overwrite -n {} configmap {MAPPING} {APPROVE}={digest}",
                context.namespace
            )
        }
        Answer::Refused { hazards } => format!(
            "the guard never lets it through: {}; the controller's log says more",
            hazards.join(", ")
        ),
        Answer::Unneeded | Answer::Free | Answer::Pushed { .. } | Answer::Failed(_) => return None,
    })
}

/// The mapping's ConfigMap, where it is there.
async fn mapping(context: &Context, attempted: &Attempted) -> Option<ObjectRef> {
    if let Some((_, map)) = &attempted.pushed {
        return Some(map.clone());
    }
    super::mapping_map(context).reference().await.ok().flatten()
}
