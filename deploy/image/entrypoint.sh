#!/bin/sh
# What a container of the image runs: a worker, unless its first word is another of our commands. A worker looks before it leaps:
# where the doctor finds something in the way, its exit status is the container's, and its last lines say what to mend.
set -eu
cd /app
# Not the image's own variable: beside S3_BUCKET it would be a second place for pictures, and be refused.
[ -n "${S3_BUCKET:-}" ] || export STORAGE_FOLDER="${STORAGE_FOLDER:-/data/files}"
command=${1:-worker}
[ $# -eq 0 ] || shift
case $command in
  worker)
    [ "${1:-}" = --help ] || node worker/doctor/main.ts
    exec node worker/daemon/main.ts "$@"
    ;;
  gateway) exec node gateway/main.ts "$@" ;;
  doctor) exec node worker/doctor/main.ts "$@" ;;
  models) exec node worker/models/main.ts "$@" ;;
  queue) exec node worker/queue/main.ts "$@" ;;
  keys) exec node gateway/callers/main.ts "$@" ;;
  i2i) exec node worker/cli/main.ts "$@" ;;
  *)
    echo "i2i: the image runs worker, gateway, doctor, models, queue, keys or i2i, not $command." >&2
    exit 2
    ;;
esac
