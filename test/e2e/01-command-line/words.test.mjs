// The words for people: what tools/po2c.py refuses, and that it says where.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON, TOP, run, scratch } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';

const en = 'msgid ""\nmsgstr "Language: en\\n"\n\n# a remark\nmsgid "a.b"\nmsgstr "one {0} \\"two\\" \\\\ {1}"\nmsgid "a.c"\nmsgstr "three"\n';
const nl = 'msgid "a.b"\nmsgstr "een {1}, "\n"twee {0}"\nmsgid "a.c"\nmsgstr "drie"\n';

async function make(first, second) {
	const dir = scratch(), at = (n) => join(dir, n);
	writeFileSync(at('en.po'), first);
	writeFileSync(at('nl.po'), second);
	const r = await run(PYTHON, [join(TOP, 'tools', 'po2c.py'), at('en.po'), at('nl.po'), at('w.h'), at('w.c')]);
	return { ...r, err: r.err.replaceAll(`${dir}/`, ''), made: existsSync(at('w.h')) };
}

test('equal files become tables', async () => {
	const r = await make(en, nl);
	assert.deepEqual([r.status, r.err, r.made], [0, '', true]);
});

test('what is not equal is told by file and line, and nothing is made', async () => {
	const rows = [
		['a key too few', en, nl.replace(/msgid "a.c"[^]*/, ''), /^nl\.po:1: a\.c is missing \(en\.po:7 /],
		['a key too many', en, nl + 'msgid "a.d"\nmsgstr "x"\n', /^nl\.po:6: a\.d is not in en\.po/],
		['a place too few', en, nl.replace('{1}', ''), /^nl\.po:1: a\.b has places/],
		['a place too many', en, nl.replace('drie', 'drie {0}'), /^nl\.po:4: a\.c has places/],
		['a key twice', en, nl + 'msgid "a.b"\nmsgstr "x {0} {1}"\n', /^nl\.po:6: a\.b again/],
		['no text', en, nl.replace('drie', ''), /^nl\.po:4: a\.c has no text/],
		['no key', en.replace('"a.c"', '"A c"'), nl, /^en\.po:7: "A c" is no key/],
		['a line that is nothing', en, nl + 'hello\n', /^nl\.po:6: msgid/],
		['an escape that is not there', en, nl.replace('drie', 'dr\\ie'), /^nl\.po:5: msgid/],
		['two keys with one name', en + 'msgid "a.c_d"\nmsgstr "x"\nmsgid "a.c.d"\nmsgstr "x"\n', nl + 'msgid "a.c_d"\nmsgstr "x"\nmsgid "a.c.d"\nmsgstr "x"\n',
			/the same name WORD_A_C_D/],
	];
	for (const [proves, a, b, what] of rows) {
		const r = await make(a, b);
		assert.deepEqual([r.status, r.made], [1, false], proves);
		assert.match(r.err, what, proves);
	}
});
