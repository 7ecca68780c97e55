#!/usr/bin/python3
"""Who includes whom: folders as src/LAYERS says, OpenSSL, libsodium and SQLite only where they may be seen, the library without
anything of the system."""
import re
from found import LIBRARY, end, files, read

C11 = set("stdbool stddef stdint string limits assert stdarg stdalign inttypes".split())
SEEN = [	# the header, and the files that may include it
	(r"openssl/", r"src/crypt/|src/seal/keygen\.c|src/io/tls\.[ch]"),
	(r"sodium", r"src/seal/"),
	(r"sqlite3", r"src/store/store_sqlite"),
	(r"unbound", r"src/io/resolver"),
	(r"seccomp|linux/", r"src/vault/|src/edge/|src/cmd/|src/io/"),
	(r"idn2", r"src/mail/"),
	(r"uv\.h", r"src/(io|vault|queue|watch|edge|cmd)/"),
	(r"jansson", r"src/(cmd|edge|report)/"),
]
allowed = {}
for line in read("src/LAYERS").splitlines():
	if line and line[0] != "#":
		name, rest = line.split(":")
		allowed[name] = {name, *rest.split()}

wrong, checked = [], 0
for path in files("src/*.c", "src/*.h", "include/zegel/*.h"):
	checked += 1
	folder = path.split("/")[1]
	if path.startswith("src/") and folder not in allowed:
		wrong.append(f"{path}: src/LAYERS knows no {folder}")
		continue
	for kind, name in re.findall(r'^#\s*include\s*([<"])([^>"]+)[>"]', read(path), re.M):
		top = name.split("/")[0]
		if kind == '"':
			if path.startswith("include/"):
				wrong.append(f"{path}: an installed header includes only <zegel/...> and C's own, not {name}")
			elif "/" in name and top not in allowed[folder]:
				wrong.append(f"{path}: {folder} may not include {name}")
			continue
		if top == "zegel":
			continue
		for what, where in SEEN:
			if re.match(what, name) and not re.match(where, path):
				wrong.append(f"{path}: <{name}> must not be seen here")
		seen = any(re.match(what, name) for what, _ in SEEN)
		if (path.startswith("include/") or folder in LIBRARY) and not seen and name.removesuffix(".h") not in C11:
			wrong.append(f"{path}: <{name}> is more than C11 without a system")
end(checked, wrong)
