"""Writes a realistic stream of manifests: gen_stream.py BYTES FILE.

Deterministic; about 1 % of the documents are Glint entities. Every draw from
the generator counts, so keep their order: the same arguments must give the same
bytes for ever, or measurements of different days can't be compared.
"""

import random
import sys

R = random.Random(42)

WORDS = (
    "the controller manages lifecycle of resource objects and ensures that desired "
    "state matches observed state when selector is empty it defaults to all namespaces "
    "more info https://kubernetes.io/docs/concepts/overview/working-with-objects "
    "optional field must be set true false immutable after creation"
).split()


def sentence(shortest, longest):
    return " ".join(R.choice(WORDS) for _ in range(R.randint(shortest, longest)))


def labels(i, indent):
    pairs = [
        ("app.kubernetes.io/name", f"app-{i % 97}"),
        ("app.kubernetes.io/instance", f"release-{i % 13}"),
        ("app.kubernetes.io/version", '"1.%d.%d"' % (i % 30, i % 9)),
        ("app.kubernetes.io/managed-by", "Helm"),
        ("helm.sh/chart", f"app-{i % 97}-0.{i % 40}.0"),
    ]
    return "".join(f"{indent}{key}: {value}\n" for key, value in pairs)


def deployment(i):
    env = ""
    for j in range(R.randint(2, 14)):
        value = R.choice(["yes", "true", "0644", "http://svc-%d.ns.svc:8080" % j, "info", "1e3"])
        env += f'            - name: VAR_{j}\n              value: "{value}"\n'
    return f"""# Source: bigchart/charts/app-{i % 97}/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{i}
  namespace: ns-{i % 50}
  labels:
{labels(i, '    ')}spec:
  replicas: {R.randint(1, 9)}
  selector:
    matchLabels:
      app.kubernetes.io/name: app-{i % 97}
      app.kubernetes.io/instance: release-{i % 13}
  template:
    metadata:
      annotations:
        checksum/config: {R.getrandbits(256):064x}
        prometheus.io/scrape: "true"
      labels:
{labels(i, '        ')}    spec:
      serviceAccountName: app-{i}
      securityContext:
        runAsNonRoot: true
        fsGroup: 65532
      containers:
        - name: main
          image: "registry.example.com/team/app-{i % 97}@sha256:{R.getrandbits(256):064x}"
          imagePullPolicy: IfNotPresent
          args: ["--v=2", "--leader-elect", "--metrics-bind-address=:8080"]
          env:
{env}          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
          livenessProbe:
            httpGet: {{path: /healthz, port: http}}
            initialDelaySeconds: 15
          resources:
            limits:
              cpu: 500m
              memory: 512Mi
            requests: {{cpu: 50m, memory: 64Mi}}
          volumeMounts:
            - mountPath: /etc/config
              name: config
              readOnly: true
      volumes:
        - name: config
          configMap:
            name: app-{i}
            defaultMode: 0644
"""


def config_map(i):
    body = ""
    for _ in range(R.randint(10, 200)):
        if R.random() < 0.8:
            body += f"    {sentence(3, 12)}\n"
        else:
            body += f'    key_{R.randint(0, 99)} = "{sentence(1, 4)}"\n'
    members = (f'\\"k{j}\\": {R.randint(0, 10**6)}' for j in range(R.randint(1, 30)))
    json = "{" + ", ".join(members) + "}"
    return f"""# Source: bigchart/charts/app-{i % 97}/templates/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: app-{i}
  namespace: ns-{i % 50}
  labels:
{labels(i, '    ')}data:
  LOG_LEVEL: info
  config.json: "{json}"
  application.properties: |
{body}"""


def service(i):
    return f"""# Source: bigchart/charts/app-{i % 97}/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: app-{i}
  namespace: ns-{i % 50}
  labels:
{labels(i, '    ')}spec:
  type: ClusterIP
  ports:
    - port: 80
      targetPort: http
      protocol: TCP
      name: http
  selector:
    app.kubernetes.io/name: app-{i % 97}
"""


def schema(depth, indent):
    s = " " * indent
    out = f"{s}description: |-\n{s}  {sentence(8, 16)}\n{s}  {sentence(8, 16)}\n"
    out += f"{s}type: object\n{s}properties:\n"
    for j in range(R.randint(3, 9)):
        out += f"{s}  field{j}:\n"
        if depth > 0 and R.random() < 0.55:
            out += schema(depth - 1, indent + 4)
        elif R.random() < 0.3:
            out += f"{s}    description: {sentence(6, 14)}\n{s}    items:\n"
            out += f"{s}      type: string\n{s}    type: array\n"
            out += f"{s}    x-kubernetes-list-type: atomic\n"
        else:
            out += f"{s}    description: {sentence(6, 14)}\n"
            out += f"{s}    format: int32\n{s}    type: integer\n"
    return out + f"{s}required:\n{s}- field0\n"


def crd(i):
    return f"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    controller-gen.kubebuilder.io/version: v0.17.1
  name: things{i}.example.com
spec:
  group: example.com
  names:
    kind: Thing{i}
    listKind: Thing{i}List
    plural: things{i}
    singular: thing{i}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
{schema(5, 8)}    subresources:
      status: {{}}
"""


def entity(i):
    return f"""apiVersion: glint.io/v1
kind: Entity
metadata:
  name: ent-{i}
  namespace: ns-{i % 50}
  labels:
{labels(i, '    ')}spec:
  blueprint: microservice # kept
  identifier: ent-{i}
  properties:
    description: "{sentence(5, 15)}"
    tier: {i % 4}
    language: go
  relations:
    team: team-{i % 20}
"""


def choose():
    draw = R.random()
    if draw < 0.01:
        return entity
    if draw < 0.013:
        return crd
    if draw < 0.45:
        return deployment
    if draw < 0.75:
        return config_map
    return service


def main():
    target = int(sys.argv[1])
    written = count = 0
    kinds = {}
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        while written < target:
            kind = choose()
            kinds[kind.__name__] = kinds.get(kind.__name__, 0) + 1
            document = "---\n" + kind(count)
            out.write(document)
            written += len(document)
            count += 1
    print(written, count, kinds)


if __name__ == "__main__":
    main()
