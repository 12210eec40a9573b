# Functions written in jq, for what the machine has no construct of its own.
# A name with a dollar is a value, evaluated once per combination, the first
# outermost.

def in(container): . as $key | container | has($key);
def inside(container): . as $part | container | contains($part);

def recurse(f; keep): def down: ., (f | if keep then . else empty end | down); down;
def while(go; next): def step: if go then ., (next | step) else empty end; step;
def until(done; next): def step: if done then . else (next | step) end; step;
# Always on the same input.
def repeat(f): def again: f, again; again;
def range($to): _range(0; $to; 1);
def range($from; $to): _range($from; $to; 1);
def range($from; $to; $by): _range($from; $to; $by);
def walk(f):
  def visit:
    (if type == "array" then map(visit) elif type == "object" then map_values(visit) end) | f;
  visit;

def add(f): [f] | add;
def min_by(f): _min_by(map([f]));
def max_by(f): _max_by(map([f]));
def sort_by(f): _sort_by(map([f]));
def group_by(f): _group_by(map([f]));
def unique_by(f): _unique_by(map([f]));

def nulls: select(type == "null");
def values: select(type != "null");
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select((type == "array" or type == "object") | not);
def finites: select(isfinite);
def normals: select(isnormal);

def first: .[0];
def last: .[-1];
def nth($at): .[$at];
def nth($at; f):
  if $at < 0 then error("nth doesn't support negative index") else first(skip($at; f)) end;
def limit($count; f):
  if $count < 0 then error("limit doesn't support negative count")
  elif $count == 0 then empty
  else
    label $enough
    | foreach f as $output ($count; . - 1; $output, if . <= 0 then break $enough else empty end)
  end;
def skip($count; f):
  if $count < 0 then error("skip doesn't support negative count")
  elif $count == 0 then f
  else foreach f as $output ($count; . - 1; if . < 0 then $output else empty end)
  end;

def isempty(f): label $known | ((f | false, break $known), true);
def any(f; holds): isempty(f | if holds then . else empty end) | not;
def any(holds): any(.[]; holds);
def any: any(.);
def all(f; holds): isempty(f | if holds then empty else . end);
def all(holds): all(.[]; holds);
def all: all(.);

def combinations:
  if length == 0 then [] else .[0][] as $head | [$head] + (.[1:] | combinations) end;
def combinations(count): [limit(count; repeat(.))] | combinations;

def paths: path(..) | select(. != []);
def paths(holds): path(.. | select(holds)) | select(. != []);
def pick(f): . as $whole | reduce path(f) as $at (null; setpath($at; $whole | getpath($at)));
def tostream:
  path(def leaves: (.[]? | leaves), .; leaves) as $at
  | getpath($at)
  | reduce path(.[]?) as $last ([$at, .]; [$at + $last]);
def fromstream(f):
  foreach f as $event (null;
    (if .e then null else . end)
    | $event as [$at, $leaf]
    | if ($event | length) == 2
      then setpath(["v"] + $at; $leaf) | setpath(["e"]; ($at | length) == 0)
      else setpath(["e"]; ($at | length) == 1)
      end;
    if .e then .v else empty end);
def truncate_stream(f):
  . as $depth | null | f | if (.[0] | length) > $depth then .[0] |= .[$depth:] else empty end;

def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%S%z") | mktime;
def fromdate: fromdateiso8601;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def todate: todateiso8601;

def match($re): match($re; null);
def match($re; $flags): _match($re; $flags; false)[];
def test($re): test($re; null);
def test($re; $flags): _match($re; $flags; true);
def capture($re): capture($re; null);
def capture($re; $flags): match($re; $flags) | _capture;
def scan($re): scan($re; null);
def scan($re; $flags):
  match($re; $flags + "g")
  | if .captures == [] then .string else [.captures[].string] end;
def splits($re): splits($re; null);
def splits($re; $flags): split($re; $flags)[];
# From the last match to the first, so that what is put in may have several
# values without moving the matches before it.
def sub($re; text): sub($re; text; null);
def sub($re; text; $flags):
  . as $whole
  | def put:
      if .matches == [] then $whole[:.offset] + .string
      else
        .matches[-1] as $match
        | {
            string: (($match | _capture | text)
              + $whole[$match.offset + $match.length:.offset] + .string),
            offset: $match.offset,
            matches: .matches[:-1]
          }
        | put
      end;
    {string: "", matches: [match($re; $flags)]}
  | put;
def gsub($re; text): sub($re; text; "g");
def gsub($re; text; $flags): sub($re; text; $flags + "g");

def INDEX(rows; key): reduce rows as $row ({}; .[$row | key | tostring] = $row);
def INDEX(key): INDEX(.[]; key);
def IN(choices): any(choices == .; .);
def IN(rows; choices): any(rows == choices; .);
def JOIN($index; key): [.[] | [., $index[key]]];
def JOIN($index; rows; key): rows | [., $index[key]];
def JOIN($index; rows; key; joined): rows | [., $index[key]] | joined;
