#!/bin/sh
# Runs a program until it ends or until stdin does, then kills all that it
# started. Whoever holds the other end of stdin may end in any way, even by
# SIGKILL: the program ends with it.
#
#   guard.sh LOG WORK PROGRAM ARGUMENT…
#
# WORK, the folder of its data, goes with it; LOG too, unless a file `keep`
# stands beside it.
log=$1 work=$2
shift 2
exec 3<&0 2>>"$log"
# A session of its own, which all its children share whatever their groups.
setsid "$@" </dev/null >>"$log" 2>&1 3<&- &
session=$!
{ cat <&3 >/dev/null; kill -KILL "$session" 2>/dev/null; } &
wait "$session"
pkill -KILL -s "$session"
rm -rf "$work"
if [ ! -e "${log%/*}/keep" ]; then
  rm -f "$log"
  rmdir "${log%/*}" 2>/dev/null
fi
exit 0
