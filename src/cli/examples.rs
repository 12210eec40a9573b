//! The examples under each command's `--help`, as a user would type them.
//!
//! Invariant (tested): each line can be typed.

pub(super) const PROGRAM: &str = "\
Examples:
  glint-gitops render apps/checkout
  kustomize build overlays/prod | glint-gitops post-render
  glint-gitops crds | kubectl apply --server-side -f -";

pub(super) const RENDER: &str = "\
Examples:
  glint-gitops render examples/shop > shop.yaml
  glint-gitops render charts/web --values-files values-prod.yaml --parameters image.tag=v1
  glint-gitops render apps --recurse --exclude '*.test.yaml' --fail-on error
  glint-gitops render apps/checkout --show-settings";

pub(super) const POST_RENDER: &str = "\
Examples:
  kustomize build overlays/prod | glint-gitops post-render --application checkout
  helm template web charts/web | glint-gitops post-render --crds never
  flux build kustomization shop --path apps | glint-gitops post-render --host flux";

pub(super) const ARGOCD: &str = "\
Examples (of a plugin.yaml):
  glint-gitops argocd generate
  glint-gitops argocd parameters";

pub(super) const ARGOCD_GENERATE: &str = "\
Examples:
  glint-gitops argocd generate
  glint-gitops argocd generate --timeout 50s --policy /etc/glint/policy.yaml";

pub(super) const ARGOCD_PARAMETERS: &str = "\
Examples:
  glint-gitops argocd parameters";

pub(super) const MAPPING: &str = "\
Examples:
  glint-gitops mapping > mapping.yaml
  glint-gitops mapping apps/checkout apps/search --mapping-style explicit";

pub(super) const MAPPING_MERGE: &str = "\
Examples:
  glint-gitops mapping merge checkout.yaml search.yaml --mapping-style explicit > mapping.yaml
  glint-gitops mapping merge shop.yaml --into exporter.yaml > merged.yaml";

pub(super) const PREVIEW: &str = "\
Examples:
  glint-gitops preview examples/shop
  glint-gitops preview apps/checkout apps/search --against ../main
  glint-gitops preview apps/checkout --against apps/checkout/glint.lock
  glint-gitops preview apps/checkout --against sandbox
  glint-gitops preview apps/checkout --against ../main --against https://api.example.com
  glint-gitops preview apps/checkout --mapping exporter.yaml --env CLUSTER_NAME=production
  glint-gitops preview apps/checkout --against ../main --format markdown --output comment.md
  glint-gitops preview apps/checkout --against ../main --format html --output preview.html";

pub(super) const WHY: &str = "\
Examples:
  glint-gitops why checkout --path examples/shop
  glint-gitops why checkout tier --path apps/checkout
  glint-gitops why checkout relations.team --blueprint service --mapping exporter.yaml";

#[cfg(feature = "catalog")]
pub(super) const PUBLISH: &str = "\
Examples:
  glint-gitops publish apps/checkout apps/search --integration k8s-prod --dry-run
  glint-gitops publish --fragments rendered.yaml --mapping-style explicit --integration k8s-prod
  glint-gitops publish --mapping exporter.yaml --replace --integration k8s-prod --yes
  glint-gitops publish --rollback k8s-prod@20261120T101402.000Z.json";

pub(super) const LOCK: &str = "\
Examples:
  glint-gitops lock apps/checkout apps/search
  glint-gitops lock --check apps/checkout apps/search
  glint-gitops lock apps/checkout apps/search --output catalog.lock";

pub(super) const CHECK: &str = "\
Examples:
  glint-gitops check apps/checkout --blueprints blueprints.json
  glint-gitops check apps/checkout apps/search --known glint.lock --fail-on warning
  glint-gitops check examples/shop --format sarif > findings.sarif
  helm template web charts/web | glint-gitops check - --format github";

pub(super) const EXPLAIN: &str = "\
Examples:
  glint-gitops explain
  glint-gitops explain identity-taken";

pub(super) const SCHEMA: &str = "\
Examples:
  glint-gitops schema --blueprints blueprints.json > entity.schema.json
  glint-gitops schema --blueprints blueprints.json --blueprint service > service.schema.json
  glint-gitops schema --admission --policy policy.yaml | kubectl apply --server-side -f -";

pub(super) const CRDS: &str = "\
Examples:
  glint-gitops crds | kubectl apply --server-side -f -
  kubectl get crd entities.glint.io clusterentities.glint.io -o yaml | glint-gitops crds --diff -
  glint-gitops crds --kind clusterentity --format json";

#[cfg(feature = "catalog")]
pub(super) const SANDBOX: &str = "\
Examples:
  glint-gitops sandbox examples/shop
  glint-gitops sandbox --cluster --context kind-shop
  glint-gitops sandbox apps/checkout --blueprints blueprints.json --data sandbox.json
  glint-gitops sandbox --port 0 --fault 429=0.1,500=0.05,slow=2s,cut --fault-seed 7";

#[cfg(feature = "controller")]
pub(super) const CONTROLLER: &str = "\
Examples:
  glint-gitops controller report --cluster-name prod --integration k8s-prod --dry-run
  glint-gitops controller render --storage-path /tmp/artifacts --allow-hosts 127.0.0.1:9790";

#[cfg(feature = "controller")]
pub(super) const CONTROLLER_REPORT: &str = "\
Examples:
  glint-gitops controller report --cluster-name prod --integration k8s-prod
  glint-gitops controller report --cluster-name prod --context kind-shop --dry-run
  glint-gitops controller report --cluster-name prod --watch-namespaces argocd,apps --report all
  glint-gitops controller report --cluster-name eu --watch-label-selector glint.io/shard=eu";

#[cfg(feature = "controller")]
pub(super) const CONTROLLER_RENDER: &str = "\
Examples:
  glint-gitops controller render --allow-hosts source-controller.flux-system.svc.cluster.local.
  glint-gitops controller render --storage-path /tmp/artifacts --allow-hosts 127.0.0.1:9790
  glint-gitops controller render --watch-label-selector sharding.fluxcd.io/key=shard1";

pub(super) const INSTALL: &str = "\
Examples:
  glint-gitops install argocd --output argocd
  glint-gitops install flux --output flux
  glint-gitops install helm --output glint && helm plugin install glint";

#[cfg(feature = "catalog")]
pub(super) const REPORT: &str = "\
Examples:
  glint-gitops report --install
  kubectl -n argocd get application shop -o json | glint-gitops report - --cluster-name prod
  kubectl get kustomization/shop gitrepository/apps -o yaml | glint-gitops report - --cluster-name eu
  glint-gitops report shop.json --cluster-name prod --entities apps/shop --integration k8s-prod --wait
  glint-gitops report shop.json --cluster-name prod --deleted
  glint-gitops report shop.json --cluster-name prod --dry-run";

pub(super) const INSTALL_ARGOCD: &str = "\
Examples:
  glint-gitops install argocd --image registry.corp.example/glint-gitops:v1 --output argocd
  glint-gitops install argocd > patch.yaml
  kubectl -n argocd patch deployment argocd-repo-server --patch-file patch.yaml
  glint-gitops install argocd values --namespace cd > values.yaml
  glint-gitops install argocd crds | kubectl apply --server-side -f -
  glint-gitops install argocd controller > controller.yaml";

pub(super) const INSTALL_FLUX: &str = "\
Examples:
  glint-gitops install flux --output flux
  glint-gitops install flux component --output clusters/production/glint
  glint-gitops install flux crds | kubectl apply --server-side -f -
  glint-gitops install flux render | kubectl apply --server-side -f -";

pub(super) const INSTALL_HELM: &str = "\
Examples:
  glint-gitops install helm --output glint
  glint-gitops install helm > plugin.yaml";

pub(super) const COMPLETIONS: &str = "\
Examples:
  glint-gitops completions bash > ~/.local/share/bash-completion/completions/glint-gitops
  glint-gitops completions zsh > ~/.zfunc/_glint-gitops";

pub(super) const MAN: &str = "\
Examples:
  glint-gitops man | man -l -
  glint-gitops man argocd generate | man -l -
  glint-gitops man --dir ~/.local/share/man/man1";

/// All of them, for the test that types each line.
#[cfg(test)]
pub(super) const ALL: &[&str] = &[
    PROGRAM,
    RENDER,
    POST_RENDER,
    ARGOCD,
    ARGOCD_GENERATE,
    ARGOCD_PARAMETERS,
    MAPPING,
    MAPPING_MERGE,
    PREVIEW,
    #[cfg(feature = "catalog")]
    REPORT,
    #[cfg(feature = "catalog")]
    SANDBOX,
    #[cfg(feature = "controller")]
    CONTROLLER,
    #[cfg(feature = "controller")]
    CONTROLLER_REPORT,
    #[cfg(feature = "controller")]
    CONTROLLER_RENDER,
    WHY,
    LOCK,
    CHECK,
    EXPLAIN,
    SCHEMA,
    CRDS,
    INSTALL,
    INSTALL_ARGOCD,
    INSTALL_FLUX,
    INSTALL_HELM,
    COMPLETIONS,
    MAN,
];
