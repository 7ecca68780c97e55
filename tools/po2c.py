#!/usr/bin/env python3
"""Makes lang_words.h and lang_words.c from en.po and the other languages' files.

usage: po2c.py EN.po OTHER.po... HEADER SOURCE

A key is a msgid such as "conf.unknown_key"; it becomes WORD_CONF_UNKNOWN_KEY.  All files must hold the same keys, each text
the same places {0} to {9}: what is not so is told by file and line, and nothing is written.
"""
import re
import sys

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\Z")
LINE = re.compile(r'(?:(msgid|msgstr)\s+)?"((?:[^"\\]|\\["\\nt])*)"\Z')
ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}
faults = []


def fault(path, line, why):
    faults.append(f"{path}:{line}: {why}")


def lines_of(path):
    """(line number, "msgid", "msgstr" or None, text) of each line that is no comment."""
    with open(path, encoding="utf-8") as f:
        for number, raw in enumerate(f, 1):
            raw = raw.strip()
            if not raw or raw.startswith("#"):
                continue
            m = LINE.match(raw)
            if m:
                yield number, m[1], re.sub(r'\\["\\nt]', lambda e: ESCAPES[e[0]], m[2])
            else:
                fault(path, number, 'msgid "..." or msgstr "..." expected')


def read(path):
    """{key: (line, text)} of a file."""
    entries, last = [], None
    for number, word, text in lines_of(path):
        if word == "msgid":
            entries.append([number, text, None])
        elif not entries or (word == "msgstr" and entries[-1][2] is not None):
            fault(path, number, "msgid expected")
        elif word == "msgstr":
            entries[-1][2] = text
        else:
            entries[-1][1 if last == "msgid" else 2] += text
        last = word or last
    ret = {}
    for number, key, text in entries:
        if key == "":                       # the file's own header
            continue
        if not KEY.match(key):
            fault(path, number, f'"{key}" is no key: lower-case words with dots between them')
        if key in ret:
            fault(path, number, f"{key} again, first in line {ret[key][0]}")
        if not text:
            fault(path, number, f"{key} has no text")
        ret[key] = (number, text or "")
    return ret


def places(text):
    return sorted(set(re.findall(r"\{[0-9]\}", text)))


def compare(path, words, en_path, en):
    for key in en.keys() - words.keys():
        fault(path, 1, f"{key} is missing ({en_path}:{en[key][0]} has it)")
    for key, (number, text) in words.items():
        if key not in en:
            fault(path, number, f"{key} is not in {en_path}")
        elif places(text) != places(en[key][1]):
            fault(path, number, f"{key} has places {places(text)}, {en_path} has {places(en[key][1])}")


def name(key):
    return "WORD_" + key.upper().replace(".", "_")


def literal(text):
    """A C string literal; octets above 127 in octal, so that no compiler's charset has a say."""
    plain = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "?": "\\?"}
    return "".join(plain.get(c) or (c if " " <= c <= "~" else "".join(f"\\{b:03o}" for b in c.encode())) for c in text)


def header(keys):
    lines = "".join(f"\t{name(k)},\n" for k in keys)
    return f"/* Made by tools/po2c.py. */\n#ifndef LANG_WORDS_H\n#define LANG_WORDS_H\n\nenum lang_word {{\n{lines}" \
           f"\tWORD_COUNT\n}};\n#define LANG_COUNT {len(sys.argv) - 3}\n\n#endif\n"


def source(tables, keys):
    out = "/* Made by tools/po2c.py. */\n#include \"lang/lang_table.h\"\n\n" \
          "const struct zg_slice lang_table[LANG_COUNT][WORD_COUNT] = {\n"
    for table in tables:
        out += "\t{\n" + "".join(f'\t\tZG_SI("{literal(table[k][1])}"),\n' for k in keys) + "\t},\n"
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
