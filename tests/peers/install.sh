#!/usr/bin/env bash
# Builds the real programs that the tests compare with, each once, from the Go
# module proxy: versions and checksums are those of go/<name>/go.{mod,sum}.
#
#   tests/peers/install.sh helm3 helm4 kustomize gojq reader
#
# Prints the path of each, in the order asked for, on stdout; what it does and
# how long that took on stderr. A program that is there is not built again.
# Never resolves versions anew: no `go get`, no `go mod tidy`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/glint-gitops/peers

# A module may name a newer Go than the machine's; Go fetches that by itself.
export GOTOOLCHAIN=auto

# The package to build for a name, and the module whose version names it.
package() {
  case $1 in
    helm3)     echo helm.sh/helm/v3/cmd/helm helm.sh/helm/v3 ;;
    helm4)     echo helm.sh/helm/v4/cmd/helm helm.sh/helm/v4 ;;
    kustomize) echo sigs.k8s.io/kustomize/kustomize/v5 sigs.k8s.io/kustomize/kustomize/v5 ;;
    gojq)      echo github.com/itchyny/gojq/cmd/gojq github.com/itchyny/gojq ;;
    reader)    echo . - ;;
    *) echo "install.sh: no program is called \`$1\`; there are helm3, helm4, kustomize, gojq, reader" >&2; return 2 ;;
  esac
}

# The version that go.mod pins; for our own reader a digest of what it is made of.
version() { # NAME MODULE
  if [[ $2 == - ]]; then
    cat "$here/go/$1"/{main.go,go.mod,go.sum} | sha256sum | cut -c1-12
  else
    awk -v module="$2" '$1 == module { print substr($2, 2); found = 1; exit }
      END { if (!found) exit 1 }' "$here/go/$1/go.mod"
  fi
}

build() { # NAME
  local name=$1 package module version target started
  read -r package module <<<"$(package "$name")"
  version=$(version "$name" "$module")
  target=$cache/$name-$version/$name
  if [[ ! -x $target ]]; then
    echo "install.sh: building $name $version" >&2
    started=$SECONDS
    mkdir -p "${target%/*}"
    # Under another name first: whoever sees the target sees all of it.
    go -C "$here/go/$name" build -mod=readonly -trimpath -buildvcs=false -ldflags=-s -o "$target.$$" "$package"
    mv "$target.$$" "$target"
    echo "install.sh: $name $version took $((SECONDS - started)) s" >&2
  fi
  echo "$target"
}

(($#)) || { echo "usage: install.sh NAME…  (helm3, helm4, kustomize, gojq, reader)" >&2; exit 2; }
for name; do package "$name" >/dev/null; done
for name; do build "$name"; done
