#!/usr/bin/env python3
"""Makes lang_words.h and lang_words.c from en.po and the other languages' files.

usage: po2c.py EN.po OTHER.po... HEADER SOURCE

All files must hold the same keys, each text the same places (po.py): what is not so is told by file and line, and nothing is
written.
"""
import sys
from po import fault, faults, literal, name, numbered, places, read


def compare(path, words, en_path, en):
    for key in en.keys() - words.keys():
        fault(path, 1, f"{key} is missing ({en_path}:{en[key][0]} has it)")
    for key, (number, text) in words.items():
        if key not in en:
            fault(path, number, f"{key} is not in {en_path}")
        elif places(text) != places(en[key][1]):
            fault(path, number, f"{key} has places {places(text)}, {en_path} has {places(en[key][1])}")


def header(keys):
    lines = "".join(f"\t{name(k)},\n" for k in keys)
    return f"/* Made by tools/po2c.py. */\n#ifndef LANG_WORDS_H\n#define LANG_WORDS_H\n\nenum lang_word {{\n{lines}" \
           f"\tWORD_COUNT\n}};\n#define LANG_COUNT {len(sys.argv) - 3}\n\n#endif\n"


def source(tables, keys):
    out = "/* Made by tools/po2c.py. */\n#include \"lang/lang_table.h\"\n\n" \
          "const struct zg_slice lang_table[LANG_COUNT][WORD_COUNT] = {\n"
    for table in tables:
        out += "\t{\n" + "".join(f'\t\tZG_SI("{literal(numbered(table[k][1]))}"),\n' for k in keys) + "\t},\n"
    return out + "};\n"


def main():
    paths, outputs = sys.argv[1:-2], sys.argv[-2:]
    tables = [read(p) for p in paths]
    for path, words in zip(paths[1:], tables[1:]):
        compare(path, words, paths[0], tables[0])
    keys = list(tables[0])
    seen = {}
    for key in keys:
        if seen.setdefault(name(key), key) != key:
            fault(paths[0], tables[0][key][0], f"{key} and {seen[name(key)]} give the same name {name(key)}")
    if faults:
        sys.exit("\n".join(faults))
    for path, text in zip(outputs, (header(keys), source(tables, keys))):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)


main()
