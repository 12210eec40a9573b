# syntax=docker/dockerfile:1
# Two images, and in neither anything else, no shell either. That of the Argo CD sidecar
# has the program without what needs a network, and the renderers that applications use:
#
#   docker build --tag registry.example.com/glint-gitops:0.1.0 .
#
# That of the controllers has the whole program, and kustomize for what is rendered:
#
#   docker build --target controller --tag registry.example.com/glint-gitops-controller:0.1.0 .
#
# Helm and kustomize are built from their sources: go.sum has the checksum of each
# module, and the files are those that the tests build, so the versions are those
# that were tested. Helm is the major version that Argo CD 3.6 itself uses.
ARG RUST_VERSION=1.95
ARG GO_VERSION=1.26

FROM docker.io/library/rust:${RUST_VERSION}-slim-trixie AS sources
WORKDIR /build
COPY Cargo.toml Cargo.lock plugin.yaml ./
COPY argocd argocd
COPY flux flux
COPY helm helm
COPY docs/rules docs/rules
COPY src src
# Cargo.toml names tests and benches that are not here.
RUN sed -i -E '/^\[\[(test|bench)\]\]$/,/^$/d' Cargo.toml

FROM sources AS program
# With a target named, the flag is the program's alone and not that of macros.
RUN set -eu; \
    target=$(rustc -vV | sed -n 's/^host: //p'); \
    RUSTFLAGS='-C target-feature=+crt-static' \
      cargo build --locked --profile dist --no-default-features --target "$target"; \
    install -D "target/$target/dist/glint-gitops" /root-fs/usr/local/bin/glint-gitops; \
    install -d -m 1777 /root-fs/tmp

FROM sources AS whole-program
# A C compiler and make are for the crates that bring C code.
RUN set -eu; \
    target=$(rustc -vV | sed -n 's/^host: //p'); \
    RUSTFLAGS='-C target-feature=+crt-static' \
      cargo build --locked --profile dist --target "$target"; \
    install -D "target/$target/dist/glint-gitops" /root-fs/usr/local/bin/glint-gitops; \
    install -d -m 1777 /root-fs/tmp

FROM docker.io/library/golang:${GO_VERSION}-trixie AS renderers
ENV CGO_ENABLED=0 GOFLAGS="-mod=readonly -trimpath -buildvcs=false -ldflags=-s"
WORKDIR /build
COPY tests/peers/go/helm4 helm4
RUN go -C helm4 build -o /usr/local/bin/helm helm.sh/helm/v4/cmd/helm
COPY tests/peers/go/kustomize kustomize
RUN go -C kustomize build -o /usr/local/bin/kustomize sigs.k8s.io/kustomize/kustomize/v5

FROM scratch AS controller
LABEL org.opencontainers.image.title="glint-gitops-controller" \
      org.opencontainers.image.description="Controllers of glint-gitops for Argo CD and Flux" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# For the catalog.
COPY --from=renderers /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=renderers /usr/local/bin/kustomize /usr/local/bin/
COPY --from=whole-program /root-fs /
ENV PATH=/usr/local/bin
USER 65532
ENTRYPOINT ["/usr/local/bin/glint-gitops"]

FROM scratch
LABEL org.opencontainers.image.title="glint-gitops" \
      org.opencontainers.image.description="Config management plugin of Argo CD for Glint's catalog" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# For charts and bases from hosts that the operator allows.
COPY --from=renderers /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=renderers /usr/local/bin/helm /usr/local/bin/kustomize /usr/local/bin/
COPY --from=program /root-fs /
COPY plugin.yaml /home/argocd/cmp-server/config/plugin.yaml
ENV PATH=/usr/local/bin
# The repo-server's: the plugin's socket is shared between the two.
USER 999
ENTRYPOINT ["/usr/local/bin/glint-gitops"]
