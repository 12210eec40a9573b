#!/usr/bin/env bash
# Builds the real programs that the tests compare with, each once, from the Go
# module proxy: versions and checksums are those of go/<name>/go.{mod,sum}.
#
#   tests/peers/install.sh helm3 helm4 kustomize gojq gojq-runner mapper reader
#   tests/peers/install.sh etcd kube-apiserver kube-controller-manager kubectl argocd kustomize-controller helm-controller
#   tests/peers/install.sh argocd-files flux-crds helm-crds argocd-repo-server.yaml package-crds
#
# The last five are no programs but what they need beside themselves, taken
# from the same modules. Prints the path of each, in the order asked for, on stdout; what it does and
# how long that took on stderr. A program that is there is not built again.
# Never resolves versions anew: no `go get`, no `go mod tidy`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/glint-gitops/peers

# A module may name a newer Go than the machine's; Go fetches that by itself.
export GOTOOLCHAIN=auto

# For each name: the folder of its module below go/, the package to build, and
# the module whose version names it.
names=(helm3 helm4 kustomize gojq gojq-runner mapper reader etcd kube-apiserver kube-controller-manager kubectl argocd kustomize-controller helm-controller argocd-files flux-crds helm-crds argocd-repo-server.yaml package-crds)
source_of() {
  case $1 in
    helm3)     echo helm3 helm.sh/helm/v3/cmd/helm helm.sh/helm/v3 ;;
    helm4)     echo helm4 helm.sh/helm/v4/cmd/helm helm.sh/helm/v4 ;;
    kustomize) echo kustomize sigs.k8s.io/kustomize/kustomize/v5 sigs.k8s.io/kustomize/kustomize/v5 ;;
    gojq)      echo gojq github.com/itchyny/gojq/cmd/gojq github.com/itchyny/gojq ;;
    gojq-runner) echo gojq-runner . - ;;
    mapper)    echo mapper . - ;;
    reader)    echo reader . - ;;
    etcd)      echo argocd go.etcd.io/etcd/server/v3 go.etcd.io/etcd/server/v3 ;;
    kube-apiserver | kube-controller-manager | kubectl) echo argocd "k8s.io/kubernetes/cmd/$1" k8s.io/kubernetes ;;
    argocd)    echo argocd github.com/argoproj/argo-cd/v3/cmd github.com/argoproj/argo-cd/v3 ;;
    kustomize-controller) echo flux github.com/fluxcd/kustomize-controller github.com/fluxcd/kustomize-controller ;;
    helm-controller) echo flux github.com/fluxcd/helm-controller github.com/fluxcd/helm-controller ;;
    argocd-files) echo argocd - github.com/argoproj/argo-cd/v3 ;;
    argocd-repo-server.yaml) echo argocd - github.com/argoproj/argo-cd/v3 ;;
    flux-crds | package-crds) echo flux - github.com/fluxcd/kustomize-controller ;;
    helm-crds) echo flux - github.com/fluxcd/helm-controller ;;
    *) echo "install.sh: no program is called \`$1\`; there are ${names[*]}" >&2; return 2 ;;
  esac
}

# The version that go.mod pins; for our own programs a digest of what they are made of.
version() { # FOLDER MODULE
  if [[ $2 == - ]]; then
    cat "$here/go/$1"/{main.go,go.mod,go.sum} | sha256sum | cut -c1-12
  else
    awk -v module="$2" '$1 == module && $2 ~ /^v/ { print substr($2, 2); found = 1; exit }
      END { if (!found) exit 1 }' "$here/go/$1/go.mod"
  fi
}

# Builds a program. All with one set of flags, because Go caches packages by
# their flags; those of the linker are free.
program() { # FOLDER PACKAGE VERSION TARGET
  local link=-s
  # Clients of an API server that calls itself v0.0.0 stumble.
  [[ $2 == k8s.io/kubernetes/* ]] && link+=" -X k8s.io/component-base/version.gitVersion=v$3"
  go -C "$here/go/$1" build -mod=readonly -trimpath -buildvcs=false "-ldflags=$link" -o "$4" "$2"
}

# The folder of a module's files, as go.sum has it.
module_folder() { # FOLDER MODULE
  go -C "$here/go/$1" mod download "$2"
  go -C "$here/go/$1" list -mod=readonly -m -f '{{.Dir}}' "$2"
}

# Argo CD's CRDs, and the script that its repo-server calls to verify commits.
argocd_files() { # TARGET
  local folder
  folder=$(module_folder argocd github.com/argoproj/argo-cd/v3)
  install -D -m 644 -t "$1/crds" "$folder"/manifests/crds/*-crd.yaml
  install -D -m 755 -t "$1/bin" "$folder"/hack/git-verify-wrapper.sh
}

# The Deployment that the sidecar is added to, as Argo CD ships it.
argocd_repo_server() { # TARGET
  local folder
  folder=$(module_folder argocd github.com/argoproj/argo-cd/v3)
  install -m 644 "$folder"/manifests/base/repo-server/argocd-repo-server-deployment.yaml "$1"
}

# The folder of a module that nothing here requires: its checksum comes with it.
stray_module() { # MODULE@VERSION SUM
  go mod download -json "$1" | grep -qF "\"Sum\": \"$2\"" ||
    { echo "install.sh: $1 is not what it was" >&2; return 1; }
  echo "$(go env GOMODCACHE)/$1"
}

# Flux's CRDs, but for that of HelmReleases: kustomize-controller wants those of all its sources.
flux_crds() { # TARGET
  local folder sources
  sources=$(stray_module github.com/fluxcd/source-controller@v1.9.5 \
    h1:MFPyCodUi9hZIMaKDsC/rYbNoyzpvrAdrPVixj7W9F0=)
  folder=$(module_folder flux github.com/fluxcd/kustomize-controller)
  install -D -m 644 -t "$1" "$folder"/config/crd/bases/*.yaml "$sources"/config/crd/bases/*.yaml
}

# The CRD of HelmReleases.
helm_crds() { # TARGET
  local folder
  folder=$(module_folder flux github.com/fluxcd/helm-controller)
  install -D -m 644 -t "$1" "$folder"/config/crd/bases/*.yaml
}

# The CRDs of what the shipped folders name besides: Flux's notifications, GitOps
# Promoter, and Prometheus' operator.
package_crds() { # TARGET
  local notifications promoter prometheus
  notifications=$(stray_module github.com/fluxcd/notification-controller@v1.9.3 \
    h1:vBONN/Lx5aQ2nDnJxYp5Sb0Wsgh13UbuP5A1MK4dmkY=)
  promoter=$(stray_module github.com/argoproj-labs/gitops-promoter@v0.35.0 \
    h1:uma781gA0XW9Or0RuMnQFwe6ikZUAz/tmStRDSR44r4=)
  prometheus=$(stray_module github.com/prometheus-operator/prometheus-operator@v0.85.0 \
    h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=)
  install -D -m 644 -t "$1" "$notifications"/config/crd/bases/*.yaml \
    "$promoter"/config/crd/bases/promoter.argoproj.io_webrequestcommitstatuses.yaml \
    "$prometheus"/example/prometheus-operator-crd/monitoring.coreos.com_{podmonitors,prometheusrules}.yaml
}

build() { # NAME
  local name=$1 folder package module version target started
  read -r folder package module <<<"$(source_of "$name")"
  version=$(version "$folder" "$module")
  target=$cache/$name-$version/$name
  if [[ ! -e $target ]]; then
    echo "install.sh: building $name $version" >&2
    started=$SECONDS
    mkdir -p "${target%/*}"
    rm -rf "$target.$$"
    # Under another name first: whoever sees the target sees all of it.
    case $name in
      argocd-files) argocd_files "$target.$$" ;;
      helm-crds) helm_crds "$target.$$" ;;
      argocd-repo-server.yaml) argocd_repo_server "$target.$$" ;;
      flux-crds) flux_crds "$target.$$" ;;
      package-crds) package_crds "$target.$$" ;;
      *) program "$folder" "$package" "$version" "$target.$$" ;;
    esac
    mv -T "$target.$$" "$target"
    echo "install.sh: $name $version took $((SECONDS - started)) s" >&2
  fi
  echo "$target"
}

(($#)) || { echo "usage: install.sh NAME…  (${names[*]})" >&2; exit 2; }
for name; do source_of "$name" >/dev/null; done
for name; do build "$name"; done
