#!/bin/sh
# run.sh - speed on this machine, for `make bench`: an optimized build of its own, then bench.py.
set -eu
cd "$(dirname "$0")/.."

tools/packages.sh run build bench
[ -e build-bench/build.ninja ] || meson setup build-bench >/dev/null
ninja -C build-bench --quiet src/cmd/zegel bench/load
exec /usr/bin/python3 bench/bench.py build-bench/src/cmd/zegel build-bench/bench/load
