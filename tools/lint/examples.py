#!/usr/bin/python3
"""Examples, the examples inside man pages, and each SYNOPSIS of section 3 compile against the installed headers and the library."""
import os, re, subprocess, tempfile
from found import end, files, read

BUILD = os.path.abspath(os.path.dirname(os.environ.get("ZEGEL", "build/zegel")))
FLAGS = "-std=c11 -Wall -Wextra -Wpedantic -Wshadow -Werror -Iinclude".split()
SANITIZE = ["-fsanitize=address,undefined"] if BUILD.endswith("-san") else ["-fsanitize=thread"] if BUILD.endswith("-tsan") else []


def compiles(what, text, link):
	with tempfile.TemporaryDirectory() as folder:
		source = os.path.join(folder, "example.c")
		with open(source, "w") as f:
			f.write(text)
		more = ["-o", os.path.join(folder, "example"), os.path.join(BUILD, "libzegel.so"), "-lresolv", *SANITIZE] if link else ["-fsyntax-only"]
		r = subprocess.run(["gcc", *FLAGS, source, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
	return [] if r.returncode == 0 else [f"{what}: does not compile:\n{r.stdout.decode()}"]


def synopsis(page):
	"""The includes and the prototypes of a page, as C."""
	part = re.search(r"^\.Sh SYNOPSIS\n(.*?)^\.Sh ", page, re.S | re.M).group(1)
	lines, kind = [], None
	for line in part.splitlines():
		words = re.findall(r'"([^"]*)"|(\S+)', line)
		words = [a or b for a, b in words]
		if words[0] == ".In":
			lines.append(f"#include <{words[1]}>")
		elif words[0] == ".Ft":
			kind = " ".join(words[1:])
		elif words[0] == ".Fn":
			lines.append(f"{kind} {words[1]}({', '.join(words[2:]) or 'void'});")
	return "\n".join(lines) + "\n"


wrong, checked = [], 0
for path in files("examples/*.c"):
	checked += 1
	wrong += compiles(path, read(path), True)
for path in files("man/*.3"):
	page = read(path)
	checked += 1
	wrong += compiles(f"{path} SYNOPSIS", synopsis(page), False)
	for example in re.findall(r"^\.Bd -literal[^\n]*\n(#include.*?)^\.Ed$", page, re.S | re.M):
		checked += 1
		wrong += compiles(f"{path} EXAMPLES", example.replace("\\e", "\\").replace("\\&", ""), True)
end(checked, wrong)
