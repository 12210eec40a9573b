#!/bin/sh
# Renders a kustomization with Glint's part and pushes it as an artifact that Flux
# applies. For any CI; github-workflow.yaml calls it.
#
#   publish.sh DIR APPLICATION ARTIFACT
#   publish.sh deploy/shop shop oci://registry.example.com/manifests/shop:latest
#
# Needs kustomize, glint-gitops, flux and git, and a login to the registry. Flux
# substitutes variables in the cluster, after this; where CI shall do that, put
# `flux build kustomization … --dry-run` in the place of `kustomize build`.
set -eu
[ $# -eq 3 ] || { echo "usage: $0 DIR APPLICATION ARTIFACT" >&2; exit 2; }
dir=$1 application=$2 artifact=$3
source=$(git config --get remote.origin.url)
revision=$(git rev-parse --abbrev-ref HEAD)@sha1:$(git rev-parse HEAD)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/artifact"

# One step after the other and no pipe: a pipe would hide that a step failed.
kustomize build "$dir" >"$work/built.yaml"
# The CRDs are glint-crds' (glint-crds.yaml); an error in an entity stops here,
# where its author sees it.
glint-gitops post-render --host flux --crds never --fail-on error \
  --application "$application" --source-repo "$source" --source-path "$dir" \
  <"$work/built.yaml" >"$work/artifact/manifests.yaml"
# The same manifests give the same digest, and Flux does nothing.
flux push artifact "$artifact" --path "$work/artifact" \
  --source "$source" --revision "$revision" --reproducible
