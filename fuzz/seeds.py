#!/usr/bin/env python3
"""Writes what the fuzzers begin with: for each target the inputs that the tests
already have, in the form that the target reads, and the words to put into them.

    fuzz/seeds.py FOLDER

Everything comes from files of this repository, nothing from elsewhere; a file is
named by its content, so that running it again changes nothing.
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import re
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LARGEST = 16 * 1024  # larger inputs are slow, and say little more

# The tokens of YAML, of Kubernetes and of what we look for in a stream.
YAML = r"""
---
--- # c
...
? 
: 
- 
&a 
*a
<<: *a
!!str 
!!int 
!!binary 
!!merge 
|-
|+
>2
%YAML 1.1
0644
1_000
0o7
0x1F
.inf
.NaN
1e3
yes
on
~
null
2001-01-01
"\\u2028"
"\\x85"
apiVersion: glint.io/v1
kind: Entity
kind: ClusterEntity
kind: List
items:
metadata:
  annotations:
  name: x
spec:
  blueprint: b
  identifier: i
  properties:
  relations:
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
entities.glint.io
gitops.glint.io/fragment: "true"
fragment.json: '{"version":1}'
argocd.argoproj.io/sync-options: Prune=false
helm.sh/hook: pre-install
# glint: allow(wave-on-entity) because
# Source: shop/templates/x.yaml
${name}
""".split("\n")


def lines(name):
    """The cases of a file of golden answers. Some hold an infinity as a word."""
    for line in (ROOT / "tests/golden" / name).read_text().split("\n"):
        if line:
            yield json.loads(line)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def streams():
    """Manifests: the golden ones, those of examples, and stdin in the tests' files."""
    for case in lines("yaml.jsonl"):
        stream = case["yaml"].encode() if "yaml" in case else base64.b64decode(case["base64"])
        yield stream
        yield stream.replace(b"example.com/v1", b"glint.io/v1")
    for folder in ["examples", "tests/cmd", "tests/rules"]:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in [".yaml", ".json"] and path.is_file():
                yield path.read_bytes()
            if path.suffix == ".toml" and path.is_file():
                for text in re.findall(r"""^stdin = (?:\"{3}|'{3})\n?(.*?)(?:\"{3}|'{3})""", path.read_text(), re.M | re.S):
                    yield text.encode()


def edit():
    yield from streams()
    for case in lines("edits.jsonl"):
        for key, value in case["annotation"].items():
            yield b"\0".join([case["yaml"].encode(), key.encode(), value.encode()])


def rendered():
    """The first byte chooses how a stream is rendered."""
    for index, stream in enumerate(streams()):
        yield bytes([index % 4]) + stream


def fragment():
    names = {"required": ["tier"], "optional": ["slo", "größe"]}
    entity = {"kind": "Entity", "blueprint": "service"}
    for entities in [
        [],
        [entity],
        [entity | {"properties": names, "relations": {"required": ["@a=", "c-d_e"]}}],
        [entity, {"kind": "ClusterEntity", "blueprint": "a\\b/c", "relations": names}],
    ]:
        for dialect in ["glint", "port"]:
            yield compact({"version": 1, "dialect": dialect, "entities": entities})
    for stream in streams():
        for text in re.findall(r"fragment\.json: '?\"?(\{.*\})", stream.decode("utf-8", "replace")):
            yield text.replace('\\"', '"').encode()


def settings():
    """POLICY, REPOSITORY, PARAMETERS, VARIABLES, FUNCTION, a zero byte between."""
    apps = ROOT / "tests/cmd/apps"
    for path in sorted(apps.rglob("policy*.yaml")):
        yield path.read_bytes()
    for path in sorted(apps.rglob(".glint.yaml")):
        yield b"\0" + path.read_bytes()
    yield b"""enabled: true
enforce: {crds: never, deadline: 30s}
defaults: {fail-on: error, values-files: [a, b]}
claims:
- {project: team-*, namespace: n, blueprints: [service], identifiers: ["pay-*"]}
deliver:
- {application: "*-prod"}
fragments:
- {owner: Application/argocd/*, namespace: shop}
"""
    words = re.findall(r"row\(Key::\w+, \"([a-z-]+)\"", (ROOT / "src/config/table.rs").read_text())
    samples = ["true", "auto", "30s", "a,b", "a=b,c=d", "https://u@h/p", "1", "error", "x.yaml"]
    for index, name in enumerate(words):
        sample = samples[index % len(samples)]
        variable = name.upper().replace("-", "_")
        yield f"enforce:\n  {name}: {sample}\n".encode()
        yield b"\0" + f"{name}: [{sample}]\n".encode()
        yield b"\0\0" + compact([{"name": name, "string": sample}])
        yield b"\0\0" + compact([{"name": name, "array": [sample]}])
        yield b"\0\0" + compact([{"name": name, "map": {"a": sample}}])
        yield b"\0\0\0" + f"GLINT_{variable}={sample}\nARGOCD_ENV_GLINT_{variable}={sample}".encode()
        yield b"\0\0\0\0" + compact({"kind": "ConfigMap", "data": {name: sample}})
        yield b"\0\0\0\0" + compact({"kind": "G", "spec": {name: {"a": sample}}})


def trees():
    """Archives as the usual programs write them, and as none does."""
    kinds = [tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE,
             tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.GNUTYPE_SPARSE, tarfile.CONTTYPE]
    names = ["a", "./apps/pay.yaml", "a/b/c", "n" * 120 + "/x", "../up", "/etc/passwd", "ü", "a\\b", "x/"]
    for form in [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]:
        for kind in kinds:
            yield tree(form, [(name, kind, b"kind: Entity\n") for name in names[:3]], {})
        for name in names:
            yield tree(form, [("b", tarfile.REGTYPE, b""), (name, tarfile.REGTYPE, b"x" * 600)], {})
    for pax in [{"comment": "1f3a"}, {"path": "b"}, {"size": "3"}, {"mtime": "1.5"}, {"GNU.sparse.major": "1"}]:
        yield tree(tarfile.PAX_FORMAT, [("a", tarfile.REGTYPE, b"x")], pax)
        yield tree(tarfile.PAX_FORMAT, [("a", tarfile.REGTYPE, b"x")], {}, pax)
    yield b""


def tree(form, files, pax, globally=None):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form, pax_headers=globally) as archive:
        for name, kind, content in files:
            entry = tarfile.TarInfo(name)
            entry.type, entry.pax_headers = kind, dict(pax)
            entry.mode = 0o755 if content else 0o644
            entry.linkname = "a" if kind in [tarfile.SYMTYPE, tarfile.LNKTYPE] else ""
            entry.size = len(content) if entry.isreg() else 0
            archive.addfile(entry, io.BytesIO(content) if entry.isreg() else None)
    # Without most of the zeros that fill the last record.
    return packed.getvalue().rstrip(b"\0") + bytes(1024)


def archive():
    for packed in trees():
        yield b"\0" + packed
        yield gzip.compress(packed, mtime=0)


def jq():
    for case in lines("jq.jsonl"):
        yield case["query"].encode() + b"\0" + compact(case["input"])


def config():
    for case in list(lines("exporter.jsonl"))[::4]:
        yield compact(case["resource"]) + b"\0" + compact(case["object"])
    for case in lines("mappings.jsonl"):
        block = {"kind": "v1/services", "port": {"entity": {"mappings": case["mappings"]}}}
        service = {"apiVersion": "v1", "kind": "Service"}
        if isinstance(case["object"], dict):
            yield compact(block) + b"\0" + compact(service | case["object"])
    block = {"kind": "v1/services", "port": {"entity": {"mappings": [{"identifier": ".canary", "blueprint": ".x"}]}}}
    allowed = {"allowedEnvironmentVariablesInJQ": ["^CLUSTER_", "a("], "resources": [block]}
    yield compact(allowed) + b"\0" + compact({"apiVersion": "v1", "kind": "Service"})


def evaluate():
    """Some of the same: each takes a process of its own."""
    yield from list(config())[::5]


def told():
    request = {"identifier": "a", "title": None, "blueprint": "b", "icon": "c", "team": ["t"],
               "properties": {"p": 1}, "relations": {"r": None}}
    field = [{"Key": "resources"}, {"Index": 0}]
    problem = {"object": 1, "block": 0, "field": field, "kind": "Dropped", "message": "m", "detail": None}
    sent = {"request": request, "object": 0, "block": 0, "item": None, "mapping": 0}
    steps = [{"object": 0}, {"expression": field}, {"sent": sent}, {"sent": sent | {"object": 2}},
             {"problem": problem}, {"problem": problem | {"object": None}}, {"block": 0}]
    for end in range(1, len(steps) + 1):
        yield b"".join(compact(step) + b"\n" for step in steps[:end])


def api():
    entity = {"identifier": "pay", "blueprint": "service", "title": "Pay", "properties": {"a": 1}, "relations": {}}
    integration = {"installationId": "k8s", "config": {"resources": []}, "updatedAt": "2026-11-20T10:00:00Z"}
    bodies = [
        {"ok": True, "organization": {"id": "o"}},
        {"blueprints": [{"identifier": "service"}]},
        {"blueprint": {"identifier": "service", "relations": {"a": {"target": "service"}}}},
        {"entity": entity},
        {"entity": entity},
        {"entities": [{"identifier": "pay", "index": 0, "created": True}],
         "errors": [{"index": 1, "statusCode": 404, "error": "not_found", "message": "canary"}, {"index": 2, "statusCode": 503}]},
        {"entities": [], "errors": []},
        {"deletedEntities": ["pay"]},
        {"entities": [entity]},
        {"entities": [entity], "next": "n"},
        {"entities": [entity], "next": "n"},
        {"integration": integration},
        {"integration": integration},
        {"request": {"updatedAt": "x"}},
        {"data": [{"level": "ERROR"}]},
        {"data": {"v1/pods": {"examples": []}}},
        {"entities": [{"identifier": "pay", "index": 0, "created": True}], "errors": [{"index": 1, "statusCode": 404}]},
    ]
    heads = [
        "200",
        "207\nx-ratelimit-limit: 100\nx-ratelimit-period: 300\nx-ratelimit-remaining: 0\nx-ratelimit-reset: 3",
        "429\nretry-after: 2",
        "503\nretry-after: Fri, 20 Nov 2026 10:00:30 GMT",
        "301\nlocation: https://u:p@example.com/",
        "422\nx-trace-id: 1f3a",
        "404", "401", "403", "204",
    ]
    refusal = {"ok": False, "error": "invalid_request", "message": "because"}
    for call, body in enumerate(bodies):
        good = f"200\n\n{json.dumps(body)}"
        yield bytes([call, 0]) + good.encode()
        yield bytes([call, 3]) + (f'200\n\n{{"accessToken": "t", "expiresIn": 9}}\0' + good).encode()
        for head in heads:
            bad = f"{head}\n\n{json.dumps(refusal)}"
            yield bytes([call, 2]) + f"{bad}\0{good}\0{bad}".encode()
            yield bytes([call, 1]) + f"{head}\n\n{json.dumps(body)}\0{good}".encode()


def words(texts):
    """Of jq, or of settings: what stands in them."""
    found = set()
    for text in texts:
        found.update(re.findall(r"[a-z_@$][a-z0-9_-]{2,24}", text))
    return sorted(found)


SEEDS = {
    "api": api, "archive": archive, "config": config, "edit": edit, "evaluate": evaluate, "fragment": fragment,
    "go_reader": rendered, "jq": jq, "read": streams, "render": rendered, "settings": settings,
    "split": streams, "told": told,
}


def dictionaries():
    queries = words(case["query"] for case in lines("jq.jsonl"))
    names = words([(ROOT / "src/config/table.rs").read_text()])
    for target in ["split", "read", "edit", "render", "go_reader"]:
        yield target, [word for word in YAML if word]
    yield "jq", queries + ["?//", "//=", "|=", "..", "reduce . as $x (0; .)", "foreach", "limit(1; .)", "label $a | break $a"]
    for target in ["config", "evaluate"]:
        yield target, queries + [".canary", "itemsToParse", "selector", "resources", "mappings", "identifier"]
    yield "settings", names + YAML[:20]


def main(folder):
    folder = pathlib.Path(folder)
    for target, seeds in SEEDS.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for seed in seeds():
            if len(seed) <= LARGEST:
                name = hashlib.sha256(seed).hexdigest()[:16]
                (folder / target / name).write_bytes(seed)
    for target, entries in dictionaries():
        entries = ["".join(f"\\x{byte:02x}" for byte in entry.encode()) for entry in dict.fromkeys(entries) if entry]
        (folder / f"{target}.dict").write_text("".join(f'"{entry}"\n' for entry in entries))


main(*sys.argv[1:])
