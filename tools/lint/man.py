#!/usr/bin/python3
"""Man pages against the program: a page for each verb, each option of its help in the page and no other; mandoc has no complaint."""
import os, re, subprocess
from found import end, files, read

ZEGEL = os.environ.get("ZEGEL", "build/zegel")
ENV = {**os.environ, "LANG": "C", "NO_COLOR": "1"}
help_of = lambda *words: subprocess.run([ZEGEL, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV).stdout.decode()
wrong, checked = [], 0
pages = {os.path.basename(f): read(f) for f in files("man/*.[1-8]")}
verbs = {}
for words in re.findall(r"^ {2}([a-z]+(?: [a-z]+)?)\s{2,}", help_of("help"), re.M):
	verbs.setdefault(words.split()[0], []).append(words.split())
if len(verbs) < 5:
	wrong.append(f"zegel help names {len(verbs)} verbs")
for verb, forms in verbs.items():
	if verb == "help":
		continue
	checked += 1
	page = pages.get(f"zegel-{verb}.1")
	if page is None:
		wrong.append(f"zegel-{verb}.1: missing")
		continue
	if f"zegel-{verb}" not in pages["zegel.1"]:
		wrong.append(f"zegel.1: does not name zegel-{verb}")
	options = {o for words in forms for o in re.findall(r"--([a-z][a-z-]+)", help_of(*words, "--help"))} - {"help", "lang"}
	wrong += [f"zegel-{verb}.1: {' '.join(words)} is not in its SYNOPSIS" for words in forms if f".Nm zegel {' '.join(words)}" not in page]
	told = set(re.findall(r"^\.It Fl -([a-z][a-z-]+)", page, re.M))
	wrong += [f"zegel-{verb}.1: --{o} is not told" for o in sorted(options - told)]
	wrong += [f"zegel-{verb}.1: --{o} is told, but the program has none" for o in sorted(told - options)]
for name in pages:
	m = re.fullmatch(r"zegel-([a-z]+)\.1", name)
	if m and m.group(1) not in verbs:
		wrong.append(f"{name}: the program has no such verb")
keys = set(re.findall(r"^([a-z_]+) = ", help_of("config", "default"), re.M))
told = set(re.findall(r"^\.It Ic ([a-z_]+)", pages.get("zegel.conf.5", ""), re.M))
wrong += [f"zegel.conf.5: {k} is not told" for k in sorted(keys - told)]
wrong += [f"zegel.conf.5: {k} is told, but there is no such key" for k in sorted(told - keys)]
for path in files("man/*.[1-8]"):
	checked += 1
	r = subprocess.run(["mandoc", "-Tlint", "-Wwarning", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
	said = [l for l in r.stdout.decode().splitlines() if "WARNING" in l or "ERROR" in l or "UNSUPP" in l]
	wrong += said
end(checked + len(keys), wrong)
