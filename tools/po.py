#!/usr/bin/env python3
"""po.py - reads the words of lang/NAME.po, for the tools that make C of them.

A key is a msgid such as "conf.unknown_key"; it becomes WORD_CONF_UNKNOWN_KEY.  A text has places: {0} to {9}, or named ones as
{domain}, which count in the order of the alphabet.
"""
import re

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\Z")
LINE = re.compile(r'(?:(msgid|msgstr)\s+)?"((?:[^"\\]|\\["\\nt])*)"\Z')
ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}
PLACE = re.compile(r"\{([0-9]|[a-z][a-z0-9_]*)\}")
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
    """Its places in their order."""
    return sorted(set(PLACE.findall(text)))


def numbered(text):
    """The text with its named places as numbers."""
    names = places(text)
    return text if not names or names[0].isdigit() else PLACE.sub(lambda m: f"{{{names.index(m[1])}}}", text)


def name(key):
    return "WORD_" + key.upper().replace(".", "_")


def literal(text):
    """A C string literal; octets above 127 in octal, so that no compiler's charset has a say."""
    plain = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "?": "\\?"}
    return "".join(plain.get(c) or (c if " " <= c <= "~" else "".join(f"\\{b:03o}" for b in c.encode())) for c in text)
