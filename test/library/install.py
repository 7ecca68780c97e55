#!/usr/bin/python3
"""libzegel as others have it: installed in a folder, found by pkg-config alone; what is in the pages and in examples/ is compiled with
it, in C and in C++ without a warning, and run."""
import os, re, subprocess, sys, tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.path.dirname(os.environ.get("ZEGEL", f"{TOP}/build/zegel")))
STRICT = "-Wall -Wextra -pedantic -Wshadow -Werror".split()
SANITIZED = "-fsanitize=address,undefined" if BUILD.endswith("-san") else "-fsanitize=thread" if BUILD.endswith("-tsan") else None
passed, failed = 0, 0


def check(what, is_right, text=""):
	global passed, failed
	passed, failed = passed + bool(is_right), failed + (not is_right)
	if not is_right:
		print(f"{what}:\n{text}")
	return is_right


def output(*command, input=b"", **more):
	r = subprocess.run(command, input=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
	return r.returncode, r.stdout.decode("utf-8", "replace")


def read(path):
	with open(path, encoding="utf-8") as f:
		return f.read()


class Installed:
	"""`meson install` of what stands in the build folder, and the flags that pkg-config gives for it."""
	def __init__(self, folder):
		self.folder = folder
		status, text = output("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder)
		check("meson install", status == 0, text)
		found = {os.path.basename(f): os.path.join(d, f) for d, _, files in os.walk(folder) for f in files if not os.path.islink(os.path.join(d, f))}
		links = [os.path.join(d, f) for d, _, files in os.walk(folder) for f in files if os.path.islink(os.path.join(d, f))]
		check("a link of the installation leads nowhere", all(os.path.exists(l) for l in links), "\n".join(links))
		self.man3 = {f for d, _, files in os.walk(folder) for f in files if d.endswith("/man3")}
		pc = found["zegel.pc"]
		env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(pc), "PKG_CONFIG_SYSROOT_DIR": folder}
		self.flags = output("pkg-config", "--cflags", "--libs", "zegel", env=env)[1].split()
		self.version = output("pkg-config", "--modversion", "zegel", env=env)[1].strip()
		self.lib = os.path.dirname(next(p for p in found.values() if re.search(r"/libzegel\.so\.\d+\.\d+\.\d+$", p)))

	def compiles(self, what, text, compiler, standard, more=()):
		"""The program, compiled as a stranger would; None where it has a warning."""
		name = os.path.join(self.folder, re.sub(r"\W+", "-", f"{what}-{standard}"))
		source = name + (".cc" if "++" in compiler else ".c")
		with open(source, "w") as f:
			f.write(text)
		if SANITIZED:
			more = [*more, SANITIZED]
		status, said = output(compiler, f"-std={standard}", *STRICT, source, "-o", name, *more, *self.flags)
		return name if check(f"{what} ({standard})", status == 0 and not said, said) else None

	def run(self, program, *arguments, input=b""):
		return output(program, *arguments, input=input, timeout=60, cwd=self.folder, env={**os.environ, "LD_LIBRARY_PATH": self.lib})


def pages(at):
	"""The examples of the pages of section 3: each is a program that ends with 0."""
	for page in sorted(f for f in os.listdir(f"{TOP}/man") if f.endswith(".3")):
		text = read(f"{TOP}/man/{page}")
		examples = re.findall(r"^\.Bd -literal[^\n]*\n(#include.*?)^\.Ed$", text[text.index(".Sh EXAMPLES"):], re.S | re.M)
		check(f"{page}: no example", examples)
		for example in examples:
			program = at.compiles(f"{page} EXAMPLES", example.replace("\\e", "\\").replace("\\&", ""), "gcc", "c11")
			if program:
				status, said = at.run(program)
				check(f"{page}: its example ends with {status}", status == 0, said)


def functions(at):
	"""A page for each function that src/zegel.map exports, by its own name too."""
	exported = re.findall(r"^\t(zg_\w+);$", read(f"{TOP}/src/zegel.map"), re.M)
	check("src/zegel.map exports less than 60 functions", len(exported) > 60)
	for name in exported:
		check(f"there is no page {name}.3", f"{name}.3" in at.man3)


EVERY = """#include <zegel/%s>
int main() { return sizeof(zg_slice) && zg_slice_eq(zg_slice_sub(ZG_S("a, b"), 0, 1), ZG_S("a")) ? 0 : 1; }
"""


def headers(at):
	"""Each header alone from C++, and its functions linked under their C names."""
	for header in sorted(os.listdir(f"{TOP}/include/zegel")):
		for standard in ("c++11", "c++20"):
			program = at.compiles(header, (EVERY if header not in ("zegel.h", "secret.h") else EVERY.replace("%s>", "%s>\n#include <zegel/slice.h>")) % header, "g++", standard)
			check(f"{header}: does not run from {standard}", program and at.run(program)[0] == 0)


def examples(at):
	"""sign | verify, in C and C++; what was changed on the way does not pass."""
	key = f"{TOP}/test/data/keytext/ed25519.pem"
	message = b"From: info@example.be\r\nSubject: hello\r\n\r\nGood morning\r\n"
	for compiler, standard in ("gcc", "c11"), ("gcc", "c17"), ("g++", "c++11"), ("g++", "c++20"):
		programs = {n: at.compiles(n, read(f"{TOP}/examples/{n}.c"), compiler, standard, more)
			for n, more in (("sign", []), ("verify", []), ("embed-loop", ["-lresolv"]))}
		if not all(programs.values()):
			continue
		status, signed = at.run(programs["sign"], "example.be", "s1", key, input=message)
		check(f"sign ({standard}) ends with {status}", status == 0 and signed.startswith("DKIM-Signature: "), signed)
		record = output("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER")
		with open(f"{at.folder}/zone", "w") as f:
			f.write(f's1._domainkey.example.be 60 IN TXT "v=DKIM1; k=ed25519; p={public(key)}"\n')
		for text, want in (signed, (0, "pass")), (signed.replace("morning", "evening"), (1, "fail")), (message.decode(), (1, "")):
			status, said = at.run(programs["verify"], f"{at.folder}/zone", input=text.encode())
			check(f"verify ({standard})", (status, said.split(" ")[0]) == want, said)
		for size, *ends in (1 << 20, 0, 1), ((1 << 20) + 1, 2, 2):	# half a message is neither signed nor judged
			long = message + b"x" * (size - len(message))
			said = [at.run(programs["sign"], "example.be", "s1", key, input=long), at.run(programs["verify"], f"{at.folder}/zone", input=long)]
			check(f"sign and verify ({standard}) of {size} octets", [status for status, _ in said] == ends, [(status, text[:80]) for status, text in said])
		for arguments in ("verify", []), ("verify", ["/nowhere"]), ("sign", []), ("sign", ["example.be", "s1", "/nowhere"]), ("embed-loop", []):
			check(f"{arguments[0]} without what it needs", at.run(programs[arguments[0]], *arguments[1], input=message)[0] == 2)


def public(key):
	import base64
	der = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], stdout=subprocess.PIPE, check=True).stdout
	return base64.b64encode(der[-32:]).decode()


with tempfile.TemporaryDirectory() as folder:
	at = Installed(folder)
	check("pkg-config says another version", at.version == re.search(r"project\(.* version: '([^']*)'", read(f"{TOP}/meson.build")).group(1), at.version)
	for part in functions, headers, pages, examples:
		part(at)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
