#!/usr/bin/python3
"""libzegel asks nothing of the system: the undefined symbols of its objects are those of src/PURE, it has no
writable data, and no instruction that goes around the C library."""
import glob, os, re, subprocess
from found import LIBRARY, end, read

BUILD = os.path.dirname(os.environ.get("ZEGEL", "build/zegel"))
if not os.path.exists(os.path.join(BUILD, "build.ninja")) or "-san" in BUILD or "-tsan" in BUILD:
	BUILD = "build"	# sanitizers bring symbols of their own, so the library is made without them here
	os.path.exists("build/build.ninja") or subprocess.run(["meson", "setup", BUILD], stdout=subprocess.DEVNULL, check=True)
	subprocess.run(["ninja", "-C", BUILD, "--quiet", *(f"src/{f}/lib{f}.a" for f in LIBRARY if os.path.isdir(f"src/{f}"))], check=True)


def tool(*command):
	return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()


objects = [o for f in LIBRARY for o in sorted(glob.glob(f"{BUILD}/src/{f}/lib{f}.a.p/*.o"))]
undefined, defined, wrong = {}, set(), []
for o in objects:
	for line in tool("nm", "-P", o).splitlines():
		name, kind = line.split()[:2]
		if kind in ("U", "w", "v"):	# weak ones, too
			undefined.setdefault(re.sub(r"^__(\w+)_chk$", r"\1", name), o)
		elif kind.isupper():
			defined.add(name)
	for line in tool("readelf", "-SW", o).splitlines():
		m = re.match(r"\s*\[ *\d+\] (\.(?:data|bss|tdata|tbss)\S*)\s+\S+\s+\S+\s+\S+\s+(\S+)", line)
		if m and int(m.group(2), 16) and not m.group(1).startswith(".data.rel.ro"):
			wrong.append(f"{o}: writable {m.group(1)} of {int(m.group(2), 16)} octets")
	for what in sorted(set(re.findall(r"\t(syscall|sysenter|int +\$0x80|rdtscp?|rdrand|rdseed)\b", tool("objdump", "-d", "--no-show-raw-insn", o)))):
		wrong.append(f"{o}: the instruction {what}")
ours = {n for n in undefined if n not in defined} - {"_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail", "__stack_chk_guard"}
listed = {l.split()[0] for l in read("src/PURE").splitlines() if l.strip() and l[0] != "#"}
wrong += [f"{undefined[n]}: {n} is not in src/PURE" for n in sorted(ours - listed)]
wrong += [f"src/PURE: {n} is used by nobody" for n in sorted(listed - ours)]
end(len(objects) + len(ours), wrong)
