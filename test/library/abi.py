#!/usr/bin/python3
"""The library's shape is that of abi/VERSION.txt (tools/abi.sh); and a change of it is seen: one is planted in a copy of the headers."""
import os, re, shutil, subprocess, sys, tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.path.dirname(os.environ.get("ZEGEL", f"{TOP}/build/zegel")))
passed, failed = 0, 0

# What is changed in the copy's headers, and what must be said of it.
PLANTED = [
	("a member moves", "slice.h", "\tconst char *p;\t/* may be NULL only when n is 0 */\n", "\tint tag;\n\tconst char *p;\n",
		["gone or changed: struct zg_slice: 16 octets", "now: struct zg_slice: 24 octets", "now: struct zg_slice.n: size_t at 16, 8 octets"]),
	("an enum's values move", "dns.h", "ZG_DNS_A = 1", "ZG_DNS_A = 2", ["gone or changed: enum zg_dns_type.ZG_DNS_A: 1"]),
	("a parameter changes", "header.h", "size_t zg_header_end(struct zg_slice msg);", "int zg_header_end(struct zg_slice msg, int more);",
		["gone or changed: function zg_header_end@ZEGEL_0.1: size_t (struct zg_slice)"]),
	("a function is gone", "zegel.h", "const char *zg_version(void);", "", ["gone or changed: function zg_version@ZEGEL_0.1"]),
]


def check(what, is_right, text=""):
	global passed, failed
	passed, failed = passed + bool(is_right), failed + (not is_right)
	if not is_right:
		print(f"{what}:\n{text}")


def abi(*arguments, cwd=TOP):
	r = subprocess.run([f"{cwd}/tools/abi.sh", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
	return r.returncode, r.stdout.decode()


def stand_in(folder):
	"""A library with the functions of the copy's headers and empty bodies: its shape is what is looked at."""
	sys.path.insert(0, f"{TOP}/tools")
	from man3 import declared, read
	lines, names = [], []
	headers = sorted(os.listdir(f"{folder}/include/zegel"))
	lines += [f"#include <zegel/{h}>" for h in headers]
	for h in headers:
		types, functions = declared(read(f"{folder}/include/zegel/{h}"))
		for name, _, kind, parameters in functions:
			names.append(name)
			if re.search(rf"\b{name}\([^;{{}}]*\)\n\{{", read(f"{folder}/include/zegel/{h}")):
				continue	# the header has the body
			body = "" if kind == "void" else f" static {kind} nothing; return nothing;"
			lines.append(f"{kind} {name}({', '.join(parameters)}) {{{body} }}")
		lines += [f"{k} {t[0][0]} zzz_{t[0][0]};" for t in types if (k := t[2].split()[0]) in ("struct", "enum") and "{" in t[2]]
	with open(f"{folder}/library.c", "w") as f:
		f.write("\n".join(lines) + "\n")
	with open(f"{folder}/library.map", "w") as f:
		f.write("ZEGEL_0.1 { global: " + "; ".join(names) + "; local: *; };\n")
	subprocess.run(["gcc", "-g", "-w", "-shared", "-fPIC", "-O0", "-Dinline=", f"-I{folder}/include", f"{folder}/library.c", "-o", f"{folder}/libzegel.so",
		f"-Wl,--version-script,{folder}/library.map"], check=True)


def planted(what, header, old, new, wanted):
	with tempfile.TemporaryDirectory() as folder:
		for part in ("include", "tools", "abi"):
			shutil.copytree(f"{TOP}/{part}", f"{folder}/{part}")
		shutil.copy(f"{TOP}/meson.build", folder)
		stand_in(folder)
		status, text = abi(f"{folder}/libzegel.so", cwd=folder)
		check(f"{what}: the copy without the change is not as abi has it", status == 0, text)
		path = f"{folder}/include/zegel/{header}"
		text = open(path).read()
		check(f"{what}: {header} has nothing to change", text.count(old) == 1)
		with open(path, "w") as f:
			f.write(text.replace(old, new))
		stand_in(folder)
		status, text = abi(f"{folder}/libzegel.so", cwd=folder)
		check(f"{what}: is not seen", status == 1 and all(w in text for w in wanted) and "--accept" in text, text)
		check(f"{what}: cannot be accepted", abi("--accept", f"{folder}/libzegel.so", cwd=folder)[0] == 0 and abi(f"{folder}/libzegel.so", cwd=folder)[0] == 0)


status, text = abi(f"{BUILD}/libzegel.so")
check("the library is not as abi has it", status == 0, text)
for row in PLANTED:
	planted(*row)
dynamic = subprocess.run(["readelf", "-dW", f"{BUILD}/libzegel.so"], stdout=subprocess.PIPE, check=True).stdout.decode()
check("the soname is not libzegel.so.0", re.search(r"SONAME.*\[libzegel\.so\.0\]", dynamic), dynamic)
check("it is linked with more than libcrypto, libidn2 and libc", set(re.findall(r"NEEDED.*\[(\w+)\.so", dynamic)) <= {"libcrypto", "libidn2", "libc"}, dynamic)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
