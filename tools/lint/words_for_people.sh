#!/bin/sh
# The language files have the same keys and the same places.
cd "$(dirname "$0")/../.." || exit 1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
if /usr/bin/python3 tools/po2c.py lang/en.po lang/nl.po lang/fr.po lang/de.po "$folder/words.h" "$folder/words.c"; then
	echo "$(ls lang/*.po | wc -l) passed, 0 failed"
else
	echo "0 passed, 1 failed"
	exit 1
fi
