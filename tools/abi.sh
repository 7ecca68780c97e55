#!/bin/sh
# abi.sh [--accept] [LIBRARY] - holds the library against abi/VERSION.txt: what programs that were linked with it count on.
#
# A line that is gone or changed breaks them: the library then needs another soname, or the change is taken back.  Before the release
# of VERSION, and for what was only added, --accept writes the file anew.
set -eu
cd "$(dirname "$0")/.."
accept=
if [ "${1:-}" = --accept ]; then
	accept=1
	shift
fi
ABI_LIB=${1:-$(dirname "${ZEGEL:-build/zegel}")/libzegel.so}
ABI_TOP=$PWD
export ABI_LIB ABI_TOP
version=$(sed -n "s/^project(.* version: '\([0-9]*\.[0-9]*\)\..*/\1/p" meson.build)
kept=abi/$version.txt
is=$(mktemp)
trap 'rm -f "$is" "$is.was"' EXIT
LC_ALL=C gdb -nx -batch -iex 'set auto-load off' -iex 'set debuginfod enabled off' -x tools/abi_dump.py >"$is"
grep -q '^function ' "$is" || { echo "abi.sh: nothing could be read from $ABI_LIB"; exit 2; }
if [ -n "$accept" ]; then
	mkdir -p abi
	cp "$is" "$kept"
	echo "$kept: written; commit it with what changed it"
	exit 0
fi
cp "$kept" "$is.was"
if cmp -s "$is.was" "$is"; then
	echo "$(grep -vc '^#' "$is") passed, 0 failed"
	exit 0
fi
echo "$kept is not what $ABI_LIB has:"
diff "$is.was" "$is" | sed -n 's/^< /	gone or changed: /p; s/^> /	now: /p'
echo "A line gone or changed breaks programs that were linked before.  Take the change back; or, while $version is not released, or where"
echo "lines were only added: tools/abi.sh --accept, and commit $kept."
echo "$(grep -Fxc -f "$is.was" "$is" || :) passed, $(diff "$is.was" "$is" | grep -c '^[<>]') failed"
exit 1
