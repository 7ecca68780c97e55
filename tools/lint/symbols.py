#!/usr/bin/python3
"""Each function of include/zegel is exported, has a man page and a test; nothing else is exported, and all begin with zg_."""
import os, re, subprocess
from found import end, files, prototypes, read

BUILD = os.path.dirname(os.environ.get("ZEGEL", "build/zegel"))
public = {}
for header in files("include/zegel/*.h"):
	for name in prototypes(header):
		public[name] = header
out = subprocess.run(["nm", "-D", "--defined-only", os.path.join(BUILD, "libzegel.so")], stdout=subprocess.PIPE, check=True).stdout.decode()
exported = {l.split()[-1].split("@")[0] for l in out.splitlines() if l.split()[-2] != "A"}
pages = "\n".join(read(f) for f in files("man/*.3"))
tests = "\n".join(read(f) for f in files("test/unit/*.c"))
wrong = []
for name, header in sorted(public.items()):
	if not name.startswith("zg_"):
		wrong.append(f"{header}: {name} does not begin with zg_")
	if name not in exported:
		wrong.append(f"{header}: {name} is not exported; see src/zegel.map")
	if not re.search(rf"^\.(?:Fn|Fo) {name}\b", pages, re.M):
		wrong.append(f"{header}: {name} has no man page")
	if not re.search(rf"\b{name}\b", tests):
		wrong.append(f"{header}: {name} has no test")
wrong += [f"libzegel exports {n}, which no header of include/zegel has" for n in sorted(exported - set(public))]
end(len(public), wrong)
