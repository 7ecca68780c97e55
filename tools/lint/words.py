#!/usr/bin/python3
"""No paths of one machine, no hosts of package registries, nothing left to do, in any file of the tree."""
import re
from found import end, files, read

RULES = [
	(r"(?<![\w.])/(?:work|root|home/\w+)/", "a path of one machine"),
	(r"registry\.(?:npmjs|yarnpkg)|npmmirror|pypi\.org|deb\.debian\.org|proxy\.golang", "the host of a registry"),
	(r'"resolved"\s*:', "an address in a lock file"),
	(r"\b(?:TODO|FIXME|XXX)\b", "something left to do"),
	(r"(?<![\w$}.])(?<!:-)/tmp/(?![\w.-]*XXXXXX)\w", "a fixed name in a folder that all share"),
	(r"-----BEGIN (?:RSA |EC )?PRIVATE KEY-----\n[A-Za-z0-9+/=]{40}", "a private key"),
]
APART = r"^(?:tools/lint/|test/data/|fuzz/corpus/|test/unit/data/)"
KEYS_MAY = r"^test/"	# keys made for tests alone

wrong, checked = [], 0
for path in files():
	if re.match(APART, path) or path.endswith((".png", ".ico", ".eml")):
		continue
	checked += 1
	text = read(path)
	for what, why in RULES:
		if "private key" in why and re.match(KEYS_MAY, path):
			continue
		for m in re.finditer(what, text):
			wrong.append(f"{path}:{text[:m.start()].count(chr(10)) + 1}: {why}: {m.group(0)}")
end(checked, wrong)
