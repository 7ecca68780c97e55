"""Run by gdb on libzegel.so (tools/abi.sh): what a program that was linked with the library counts on, a line each.

Functions with their types, the size of each struct of the public headers and the place of each member, the values of enums, as
DWARF has them; the version of each exported symbol, as readelf has it; constants of the headers, as the preprocessor has them."""
import glob, os, re, subprocess
import gdb

LIB, TOP = os.environ["ABI_LIB"], os.environ["ABI_TOP"]


def output(*command, **more):
	return subprocess.run(command, stdout=subprocess.PIPE, check=True, **more).stdout.decode()


def headers():
	return "".join(open(p, encoding="utf-8").read() for p in sorted(glob.glob(f"{TOP}/include/zegel/*.h")))


def type_name(t):
	return re.sub(r"\b_Bool\b", "bool", " ".join(str(t).split()))


def functions():
	for line in output("readelf", "-W", "--dyn-syms", LIB).splitlines():
		m = re.match(r"\s*\d+: \S+ +\d+ (FUNC|OBJECT) +GLOBAL +DEFAULT +(?!UND|ABS)\S+ (\w+)@@(\S+)$", line)
		if m:
			yield f"function {m.group(2)}@{m.group(3)}: {type_name(gdb.lookup_global_symbol(m.group(2)).type)}"


def places(what, t, at=0):
	for f in t.fields():
		yield f"{what}.{f.name}: {type_name(f.type)} at {at + f.bitpos // 8}, {f.type.sizeof} octets"


def types(text):
	for kind, name in sorted(set(re.findall(r"^(struct|enum) (\w+) \{", text, re.M))):
		t = gdb.lookup_type(f"{kind} {name}")
		yield f"{kind} {name}: {t.sizeof} octets"
		if kind == "enum":
			yield from (f"enum {name}.{f.name}: {f.enumval}" for f in t.fields())
		else:
			yield from places(f"struct {name}", t)


def constants():
	text = "".join(f"#include <zegel/{os.path.basename(p)}>\n" for p in sorted(glob.glob(f"{TOP}/include/zegel/*.h")))
	for line in sorted(output("gcc", "-dM", "-E", f"-I{TOP}/include", "-x", "c", "-", input=text.encode()).splitlines()):
		m = re.match(r"#define ((?:ZG|ZEGEL)_\w+(?:\([^)]*\))?) (.+)$", line)
		if m and not re.search(r"_H$|^ZEGEL_VERSION", m.group(1)):
			yield f"macro {m.group(1)}: {m.group(2)}"


gdb.execute("set confirm off")
gdb.execute(f"file {LIB}")
long_size = gdb.lookup_type("long").sizeof
print(f"# What programs linked with libzegel count on.  Made by tools/abi.sh, where a long and a pointer have {long_size} octets.")
print("\n".join([*sorted(functions()), *types(headers()), *constants()]))
