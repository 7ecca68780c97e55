#!/usr/bin/env python3
"""web.py - the panel's templates, icons and files made into C.

usage: web.py pages EN.po ICONS.svg HEADER SOURCE PAGE.html...
       web.py files HEADER SOURCE FILE...

A page file holds parts.  A part begins with a line `@part NAME`, then its fields, a type and names a line: @str, @link (an
address), @html (made by another part), @word (enum lang_word), @num, @bool, @when, @day, @clock (Unix seconds), @icon, @seal, and
`@list NAME:PART`, `@one NAME:PART`.  What follows is HTML with
    {field}                      its value, escaped
    {t key place=field ...}      words; a value may be code(field), mono(field), strong(field) or "text"
    {n key place=field ...}      the same, key.one where the field of place n is one
    {icon name} {seal name}      of ICONS.svg
    {if field} {if !field} {else} {end}
    {use part} {use field}       another part, with the same struct or the field's (each one of a list)
A part becomes struct web_NAME and web_NAME(h, p).  What cannot be right is told by file and line: an unknown key, place, field or
icon; a value in a tag outside quotes; an address that is not a link.
"""
import gzip
import hashlib
import os
import re
import sys
import po

C_TYPES = {"str": "struct zg_slice", "link": "struct zg_slice", "html": "struct zg_slice", "word": "enum lang_word",
           "num": "int64_t", "bool": "bool", "when": "int64_t", "day": "int64_t", "clock": "int64_t", "icon": "enum icon", "seal": "enum icon"}
PUT = {"str": "html_text", "link": "html_text", "html": "html_raw", "num": "html_num", "when": "html_when", "day": "html_day",
       "clock": "html_clock", "icon": "html_icon", "seal": "html_seal"}
KINDS = {"str": "TEXT", "link": "TEXT", "num": "NUM", "when": "WHEN", "day": "DAY", "clock": "CLOCK", "word": "WORD"}
DRESS = {"code": "CODE", "mono": "MONO", "strong": "STRONG"}
MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
faults = []


def fault(path, line, why):
    faults.append(f"{path}:{line}: {why}")


class Part:
    def __init__(self, path, line, name):
        self.path, self.line, self.name = path, line, name
        self.fields, self.body, self.body_line = {}, [], 0


def read_parts(path):
    parts, part = [], None
    with open(path, encoding="utf-8") as f:
        for number, raw in enumerate(f, 1):
            line = raw.rstrip("\n")
            m = re.match(r"@(\w+)\s+(.*)\Z", line)
            if m and m[1] == "part":
                part = Part(path, number, m[2].strip())
                parts.append(part)
            elif part is None:
                if line.strip() and not line.startswith(("<!--", "     ")):
                    fault(path, number, "text before the first @part")
            elif m and not part.body:
                add_fields(part, number, m[1], m[2].split())
            elif line.strip() or part.body:
                part.body_line = part.body_line or number
                part.body.append(line)
    return parts


def add_fields(part, number, kind, names):
    for name in names:
        of = None
        if kind in ("list", "one"):
            name, _, of = name.partition(":")
        elif kind not in C_TYPES:
            fault(part.path, number, f"no type @{kind}")
        if name in part.fields:
            fault(part.path, number, f"{name} again")
        part.fields[name] = (kind, of)


class Context:
    """Where in the HTML a directive stands: "text", 'tag', or the name of the attribute whose quotes are open."""

    def __init__(self):
        self.state, self.word, self.quote, self.attribute = "text", "", "", ""

    def feed_text(self, s):
        for c in s:
            if self.state == "text":
                if c == "<":
                    self.state, self.word = "tag", ""
            elif self.state == "tag":
                if c == ">":
                    self.state = "text"
                elif c == '"':
                    m = re.search(r"([\w:-]+)\s*=\s*\Z", self.word)
                    self.state, self.attribute = "value", m[1] if m else ""
                self.word = (self.word + c)[-60:]
            elif c == '"':
                self.state, self.word = "tag", ""


class Compiler:
    def __init__(self, parts, en, icons):
        self.parts = {p.name: p for p in parts}
        self.en, self.icons = en, icons
        self.out = []

    def text(self, s):
        if s:
            self.emit(f'html_put(h, "{po.literal(s)}", {len(s.encode())});')

    def emit(self, s):
        self.out.append("\t" * self.depth + s)

    def compile(self, part):
        self.out, self.depth, self.part, self.blocks = [], 1, part, []
        context = Context()
        source = join_lines(part.body)
        at = 0
        for m in re.finditer(r"\{([^{}]*)\}", source):
            before = source[at:m.start()]
            context.feed_text(before)
            self.text(clean(before))
            at = m.end()
            self.line = part.body_line + source[:m.start()].count("\n")
            self.directive(m[1].strip(), context)
        self.text(clean(source[at:]))
        if self.blocks:
            fault(part.path, part.body_line, f"{{if}} without {{end}} in {part.name}")
        unused = "" if re.search(r"\bp->", "\n".join(self.out)) else "\t(void)p;\n"
        return f"void web_{part.name}(struct html *h, const struct web_{part.name} *p)\n{{\n{unused}" + "\n".join(self.out) + "\n}\n\n"

    def bad(self, why):
        fault(self.part.path, self.line, why)

    def field(self, name):
        if name not in self.part.fields:
            self.bad(f"{self.part.name} has no field {name}")
            return ("str", None)
        return self.part.fields[name]

    def directive(self, d, context):
        word, _, rest = d.partition(" ")
        if word == "if":
            self.emit(f"if ({self.condition(rest.strip())}) {{")
            self.depth += 1
            self.blocks.append(d)
        elif word == "else" or word == "end":
            if not self.blocks:
                self.bad(f"{{{word}}} without {{if}}")
                return
            self.depth -= 1
            self.emit("} else {" if word == "else" else "}")
            if word == "else":
                self.depth += 1
            else:
                self.blocks.pop()
        else:
            self.value(word, rest.strip(), d, context)

    def value(self, word, rest, d, context):
        in_text = context.state == "text"
        if context.state == "tag":
            self.bad(f"{{{d}}} stands in a tag outside quotes")
        if word in ("t", "n"):
            self.words(word, rest, in_text)
        elif word in ("icon", "seal"):
            name = rest if word == "icon" else "seal-" + rest if rest else "seal"
            if name not in self.icons:
                self.bad(f"no icon {name}")
            self.emit(f"html_{word}(h, {icon_name(name)});")
        elif word == "use":
            self.use(rest)
        else:
            kind, _ = self.field(d)
            if kind in ("list", "one", "bool"):
                self.bad(f"{d} is a {kind}, not a value")
            if context.state == "value" and context.attribute in ("href", "src", "action", "formaction") and kind != "link" \
                    and context.word.endswith(context.attribute + "="):
                self.bad(f"{d} must be a @link to stand in {context.attribute}")
            if kind in ("html", "icon", "seal", "when", "day", "clock") and not in_text:
                if kind in ("html", "icon", "seal"):
                    self.bad(f"{d} holds a tag, and stands in an attribute")
                self.emit(f"html_{kind}_plain(h, p->{d});")
            elif kind == "word":
                self.emit(f"html_word(h, p->{d}, NULL, 0);")
            else:
                self.emit(f"{PUT.get(kind, 'html_text')}(h, p->{d});")

    def condition(self, c):
        name = c.lstrip("!")
        kind, _ = self.field(name)
        test = {"bool": f"p->{name}", "list": f"p->{name}_count", "one": f"p->{name}", "str": f"p->{name}.n",
                "link": f"p->{name}.n", "html": f"p->{name}.n"}.get(kind, f"p->{name} != 0")
        return f"!({test})" if c.startswith("!") else test

    def use(self, rest):
        if rest in self.part.fields:
            kind, of = self.field(rest)
            if of not in self.parts:
                self.bad(f"no part {of}")
            if kind == "list":
                self.emit(f"for (size_t i = 0; i < p->{rest}_count; i++)")
                self.emit(f"\tweb_{of}(h, &p->{rest}[i]);")
            else:
                self.emit(f"if (p->{rest})")
                self.emit(f"\tweb_{of}(h, p->{rest});")
        elif rest in self.parts:
            if self.parts[rest].fields and rest != self.part.name:
                self.bad(f"{rest} has fields: use a field of this part")
            self.emit(f"web_{rest}(h, &(const struct web_{rest}){{ 0 }});")
        else:
            self.bad(f"no part or field {rest}")

    def words(self, how, rest, in_text):
        key, _, given = rest.partition(" ")
        args = dict(re.findall(r'(\w+)=("[^"]*"|\w+\(\w+\)|\w+)', given))
        for k in [key] + ([key + ".one"] if how == "n" else []):
            if k not in self.en:
                self.bad(f"no words {k}")
                return
        places = sorted(set(po.places(self.en[key][1]) + (["n"] if how == "n" else [])))
        wanted = po.places(self.en[key][1])
        if sorted(args) != places:
            self.bad(f"{key} has places {places}, given are {sorted(args)}")
            return
        one = f"{po.name(key)}_ONE" if how == "n" else ""
        word = po.name(key)
        if how == "n":
            if po.places(self.en[key + ".one"][1]) not in (wanted, [w for w in wanted if w != "n"]):
                self.bad(f"{key}.one has other places than {key}")
                return
        if not wanted:
            values = "NULL, 0"
            list_ = ""
        else:
            list_ = ", ".join(self.arg(args[w], in_text) for w in wanted)
            values = f"(const struct html_arg[]){{ {list_} }}, {len(wanted)}"
        if how == "t":
            self.emit(f"html_word(h, {word}, {values});")
            return
        self.emit(f"if (html_is_one(h, p->{args['n']})) {{")
        ones = po.places(self.en[key + ".one"][1])
        list_ = ", ".join(self.arg(args[w], in_text) for w in ones)
        self.emit(f"\thtml_word(h, {one}, " + (f"(const struct html_arg[]){{ {list_} }}, {len(ones)});" if ones else "NULL, 0);"))
        self.emit("} else {")
        self.emit(f"\thtml_word(h, {word}, {values});")
        self.emit("}")

    def arg(self, a, in_text):
        if a.startswith('"'):
            return f'{{ HTML_TEXT, ZG_SI("{po.literal(a[1:-1])}"), 0 }}'
        m = re.match(r"(\w+)\((\w+)\)\Z", a)
        dress, name = (m[1], m[2]) if m else ("", a)
        kind, _ = self.field(name)
        if dress and (dress not in DRESS or kind not in ("str", "link") or not in_text):
            self.bad(f"{a}: {dress}() dresses a @str in a text")
        c = DRESS.get(dress, KINDS.get(kind))
        if c is None:
            self.bad(f"{name} ({kind}) cannot stand in words")
        if C_TYPES.get(kind) == "struct zg_slice":
            return f"{{ HTML_{c}, p->{name}, 0 }}"
        if kind in ("when", "day", "clock") and not in_text:
            c += "_PLAIN"
        return f"{{ HTML_{c}, {{ NULL, 0 }}, (int64_t)p->{name} }}"


def join_lines(lines):
    """Without the white space of the source's layout; a line of nothing but {if}, {else}, {end} or {use} brings no line end."""
    out = ""
    for line in lines:
        s = line.strip()
        bare = re.fullmatch(r"(\{(if [^}]*|else|end|use [^}]*)\}\s*)+", s)
        out += s + ("\r\n" if bare else "\n")      # \r marks a line end that is not to be written
    return out


def clean(s):
    return re.sub(r"\n+", "\n", s.replace("\r\n", "")) if s.strip("\r\n") or "\n" in s.replace("\r\n", "") else ""


def icon_name(name):
    return "ICON_" + name.upper().replace("-", "_")


def struct_of(part):
    lines = ""
    for name, (kind, of) in part.fields.items():
        if kind == "list":
            lines += f"\tconst struct web_{of} *{name};\n\tsize_t {name}_count;\n"
        elif kind == "one":
            lines += f"\tconst struct web_{of} *{name};\n"
        else:
            lines += f"\t{C_TYPES.get(kind, 'int')} {name};\n"
    return f"struct web_{part.name} {{\n{lines or chr(9) + 'char unused;' + chr(10)}}};\n"


def pages(en_path, icons_path, header, source, paths):
    en = po.read(en_path)
    with open(icons_path, encoding="utf-8") as f:
        symbols = dict((m[2], m[1]) for m in re.finditer(r'(<symbol id="([\w-]+)".*?</symbol>)', f.read()))
    parts = [p for path in paths for p in read_parts(path)]
    seen = {}
    for p in parts:
        if seen.setdefault(p.name, p) is not p:
            fault(p.path, p.line, f"part {p.name} again, first in {seen[p.name].path}")
    compiler = Compiler(parts, en, symbols)
    functions = "".join(compiler.compile(p) for p in parts)
    if faults or po.faults:
        sys.exit("\n".join(po.faults + faults))
    with open(header, "w", encoding="ascii") as f:
        f.write("/* Made by tools/web.py. */\n#ifndef EDGE_WEB_PAGES_H\n#define EDGE_WEB_PAGES_H\n\n#include <stdbool.h>\n"
                "#include <stdint.h>\n#include <zegel/slice.h>\n#include \"lang/lang.h\"\n\nenum icon {\n\tICON_NOTHING,\n")
        f.write("".join(f"\t{icon_name(i)},\n" for i in symbols) + "\tICON_COUNT\n};\nextern const struct zg_slice web_icons[ICON_COUNT];\n"
                "extern const struct zg_slice web_icon_names[ICON_COUNT];\n\nstruct html;\n\n")
        f.write("".join(f"struct web_{p.name};\n" for p in parts) + "\n" + "".join(struct_of(p) for p in parts) + "\n")
        f.write("".join(f"void web_{p.name}(struct html *h, const struct web_{p.name} *p);\n" for p in parts) + "\n#endif\n")
    with open(source, "w", encoding="ascii") as f:
        f.write("/* Made by tools/web.py. */\n#include \"edge/html.h\"\n\n")
        for table, values in (("web_icons", symbols.values()), ("web_icon_names", symbols)):
            f.write(f"const struct zg_slice {table}[ICON_COUNT] = {{\n\tZG_SI(\"\"),\n" +
                    "".join(f'\tZG_SI("{po.literal(v)}"),\n' for v in values) + "};\n\n")
        f.write(functions)


def octets(name, data):
    rows = "".join("\t" + ",".join(str(b) for b in data[i:i + 24]) + ",\n" for i in range(0, len(data), 24))
    return f"static const unsigned char {name}[] = {{\n{rows}}};\n"


def files(header, source, paths):
    """Each file plain and by gzip, under a name that changes with what is in it."""
    rows, arrays = "", ""
    for i, path in enumerate(paths):
        with open(path, "rb") as f:
            data = f.read()
        stem, ext = os.path.splitext(os.path.basename(path))
        packed = gzip.compress(data, 9, mtime=0)
        name = f"{stem}-{hashlib.sha256(data).hexdigest()[:12]}{ext}"
        arrays += octets(f"plain{i}", data) + octets(f"packed{i}", packed)
        rows += f'\t{{ ZG_SI("{stem}{ext}"), ZG_SI("{name}"), ZG_SI("{MEDIA[ext]}"),\n' \
                f"\t  {{ (const char *)plain{i}, {len(data)} }}, {{ (const char *)packed{i}, {len(packed)} }} }},\n"
    with open(header, "w", encoding="ascii") as f:
        f.write("/* Made by tools/web.py. */\n#ifndef EDGE_WEB_FILES_H\n#define EDGE_WEB_FILES_H\n\n#include <zegel/slice.h>\n\n"
                "struct web_file { struct zg_slice name, hashed, media, plain, packed; };\n"
                f"#define WEB_FILES {len(paths)}\nextern const struct web_file web_files[WEB_FILES];\n\n#endif\n")
    with open(source, "w", encoding="ascii") as f:
        f.write(f'/* Made by tools/web.py. */\n#include "edge/web_files.h"\n\n{arrays}\nconst struct web_file web_files[WEB_FILES] = {{\n{rows}}};\n')


def main():
    if sys.argv[1] == "pages":
        pages(*sys.argv[2:6], sys.argv[6:])
    else:
        files(*sys.argv[2:4], sys.argv[4:])


main()
