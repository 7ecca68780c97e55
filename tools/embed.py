#!/usr/bin/env python3
"""embed.py OUT NAME FILE... - files as a table of slices in C, in the order given, so that a program needs none at run time.

Writes `const struct zg_slice NAME[]` and `const size_t NAME_count`, the latter for the caller's own check.
"""
import sys


def rows(data):
    for at in range(0, len(data), 24):
        yield "\t" + ",".join(str(b) for b in data[at:at + 24]) + ",\n"


def main():
    out, name, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(out, "w", encoding="ascii") as c:
        c.write("/* Made by tools/embed.py. */\n#include <stddef.h>\n#include <zegel/slice.h>\n\n")
        c.write(f"extern const struct zg_slice {name}[];\nextern const size_t {name}_count;\n\n")
        sizes = []
        for i, path in enumerate(files):
            with open(path, "rb") as f:
                data = f.read()
            sizes.append(len(data))
            c.write(f"static const unsigned char file{i}[] = {{\n")
            c.writelines(rows(data or b"\0"))
            c.write("};\n")
        c.write(f"const struct zg_slice {name}[] = {{\n")
        for i, n in enumerate(sizes):
            c.write(f"\t{{ (const char *)file{i}, {n} }},\n")
        c.write(f"}};\nconst size_t {name}_count = {len(files)};\n")


main()
