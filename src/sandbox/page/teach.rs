//! What to type next where there is nothing to see.

use maud::{Markup, html};

use super::model::Catalog;
use super::value::name;

/// An entity, whole.
const EXAMPLE: &str = "apiVersion: glint.io/v1
kind: Entity
metadata:
  name: checkout
  namespace: shop
spec:
  blueprint: service
  identifier: checkout
  properties:
    tier: 1
";

/// Where the catalog has no entity.
pub(super) fn no_entities(catalog: &Catalog<'_>) -> Markup {
    html! {
        div class="empty" {
            @match catalog.subject {
                Some(subject) => {
                    p { "No entity yet. Save this as " code { (name(subject)) "/checkout.yaml" } ", and it appears here:" }
                    pre { (EXAMPLE) }
                }
                None => {
                    p { "No entity yet. Let the sandbox follow a directory:" }
                    pre { "glint-gitops sandbox examples/shop" }
                }
            }
        }
    }
}

/// Where no entity has a relation to draw.
pub(super) fn no_graph() -> Markup {
    html! {
        div class="empty" {
            p { "Nothing to draw yet. An entity points to others by " code { "spec.relations" } ":" }
            pre { "relations:\n  system: shop\n  dependsOn: [search-api]" }
        }
    }
}

/// Where no run was reported.
pub(super) fn no_runs() -> Markup {
    html! {
        div class="empty" {
            p { "No run was reported yet. Report one of your own deployments, with the variables that the sandbox printed:" }
            pre { "kubectl get application shop -n argocd -o yaml | glint-gitops report --install" }
            p { "or, with Flux:" }
            pre { "kubectl get kustomization shop -n flux-system -o yaml | glint-gitops report --install" }
        }
    }
}

/// Where no integration has a mapping.
pub(super) fn no_mapping() -> Markup {
    html! {
        div class="empty" {
            p { "No integration has a mapping, so an exporter would send nothing. Make one, and publish it with the variables that the sandbox printed:" }
            pre { "glint-gitops mapping examples/shop > mapping.yaml\nglint-gitops publish mapping.yaml" }
        }
    }
}

/// Where the API was asked nothing.
pub(super) fn no_calls() -> Markup {
    html! {
        div class="empty" {
            p { "Nobody has asked the API anything yet. With the variables that the sandbox printed:" }
            pre { "curl $GLINT_API_URL/v1/auth/access_token -H 'content-type: application/json' \\\n  -d \"{\\\"clientId\\\": \\\"$GLINT_CLIENT_ID\\\", \\\"clientSecret\\\": \\\"$GLINT_CLIENT_SECRET\\\"}\"" }
        }
    }
}
