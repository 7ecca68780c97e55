// 10,000 generated messages and key records before zegel's verifier and three others; every third is signed by zegel.  Where another
// judges otherwise than zegel (passes, or does not), a row says why; without a row it is a failure, and so is a row that explains
// nothing.
import assert from 'node:assert/strict';
import { MUTATIONS, make } from '../lib/dkim-cases.mjs';
import { ours, peers } from '../lib/dkim-peers.mjs';
import { test } from '../lib/test.mjs';

const COUNT = Number(process.env.ZEGEL_DKIM_CASES ?? 10000);
const BATCH = 250;

const P = 'dkimpy', M = 'Mail::DKIM', N = 'mailauth';
const has = (...names) => (c) => names.some((n) => c.muts.has(n));
const sigOf = (c) => c.fields.find(([n, v]) => n.trim().toLowerCase() === 'dkim-signature' && !v.includes('s=none'))?.[1] ?? '';
const isSimple = (c) => !c.canon[0];
const loneLf = (c) => /(^|[^\r])\n/.test(c.body);

const Z = 'zegel', BOTH = 'both';

// zegel passes, the others do not: [who, what, when, section, who is right, why].
const STRICTER = [
	[[P], 'blanks at the end of the signature field', (c) => isSimple(c) && /\s$/.test(sigOf(c)), '6376 3.4.1', Z, 'simple changes nothing in a field'],
	[[P], 'blanks behind b=', (c) => /(^|[;\s])b\s*=[^;]*\s;/.test(sigOf(c)), '6376 3.7', Z, 'b= is emptied with all blanks around its value'],
	[[P, N], 'an LF alone in the body', loneLf, '6376 3.4.4', Z, 'only CRLF ends a line; an LF alone is hashed as it stands'],
	[[P], 'b= without padding', has('b-nopad'), '6376 2.10', Z, 'the "=" at the end of a base64string may be missing'],
	[[P], 'p= without padding', has('k-p-nopad', 'k-p-cut'), '6376 2.10', Z, 'the same'],
	[[N], 'bh= without padding', has('bh-bad'), '6376 2.10', Z, 'the same'],
	[[P], 'capitals in a=', has('a-case'), '5234 2.3', Z, 'words in quotes in ABNF have no case'],
	[[P], 'capitals in c=', has('c-case'), '5234 2.3', Z, 'the same'],
	[[P, M], 'capitals in q=', has('q-case'), '5234 2.3', Z, 'the same'],
	[[P, M], 'capitals in k=', has('k-k-case'), '5234 2.3', Z, 'the same'],
	[[P, M, N], 'h= names DKIM-Signature, and there is no other', has('h-self'), '6376 3.5', Z, 'h= never means the field itself, so this name has no field'],
	[[P, N], 'blanks at the end of a body without CRLF', (c) => c.canon[1] && /[ \t]$/.test(c.body), '6376 3.4.4', Z, 'the last line is a line, and its CRLF is added'],
	[[M], 'no CRLF at the end of the body', (c) => c.body !== '' && !/\r\n$/.test(c.body), '6376 3.4.3', Z, 'it is added'],
	[[P, M], 'a blank before a colon', (c) => c.fields.some(([n]) => / $/.test(n)), '5322 4.5', Z, 'old syntax is read, if never written'],
	[[P, M, N], 'another record stands first', has('k-two-first'), '6376 6.1.2', BOTH, 'a verifier may take one record, or go through them'],
	[[P], 't= lies ahead', has('t-future'), '6376 3.5', BOTH, 'verifiers may ignore such a signature; a wrong clock does not change who signed'],
	[[P, M], 's= is a list', has('k-s-good'), '6376 3.6.1', Z, 'with colons, blanks around them, and without case'],
	[[M], 'h= is a list', has('k-h-good'), '6376 3.6.1', Z, 'the same'],
	[[P, M, N], 'U-labels', has('d-wide', 's-wide', 'i-wide'), '8616 5', Z, 'd=, s= and i= may be U-labels; the DNS is asked for A-labels'],
	[[P, M], 'blanks in i=', has('i-fws'), '6376 2.11', Z, 'dkim-quoted-printable may be folded'],
	[[P], 'a quoted i=', has('i-quoted'), '6376 2.11', Z, '=XX may stand for any octet'],
	[[P, N], 'form feeds at the end of a field', has('f-feed'), '6376 3.4.2', Z, 'WSP is space and tab, and nothing else'],
	[[P, M], 'q= is a list', has('q-list'), '6376 3.5', Z, 'one known method is enough, blanks may stand around the colons'],
	[[P], 'an unknown tag called cv', has('unknown'), '6376 3.2', Z, 'unknown tags are ignored'],
	[[M], 'Ed25519', (c) => c.key === 'ed25519', '8463 3', Z, 'Mail::DKIM does not know it'],
	[[M, N], 'RSAPublicKey in p=', has('k-p-pkcs1'), '6376 3.6.1', Z, 'p= is an RSAPublicKey by the text; the other form came by an erratum'],
	[[M], 'g= in the key record', has('k-g'), '6376 3.6.1', Z, 'the tag is gone, and unknown tags are ignored'],
	[[N], 'blanks between b and =', (c) => /(^|[;\s])b\s+=/.test(sigOf(c)), '6376 3.2', Z, 'white space may stand before "="'],
];

// The others pass, zegel does not, for this reason: [who, reason, when (null: always), section, who is right, why].
const LOOSER = [
	[[P, N], 'the body has changed (bh=)', loneLf, '6376 3.4.4', Z, 'a line that ends with LF is another body; SMTP carries none (5321 2.3.8)'],
	[[P, M, N], 'there is not exactly one From with one address', null, '6376 8.15', BOTH, 'a verifier may refuse what receivers could show in two ways, and ought to'],
	[[P, M, N], 'From cannot be read', null, '6376 8.15', BOTH, 'the same'],
	[[P, M, N], 'the body goes on behind l=', null, '6376 8.2', BOTH, 'a verifier may treat it as unsigned; it is policy in 8601 2.7.1'],
	[[P, M, N], 'no key', has('sig-nine'), '6376 6.1', BOTH, 'a verifier may limit how many it looks at: the first eight'],
	[[P, M, N], 'the key record has a line end that is no fold', has('k-line', 'k-p-line'), '6376 3.6.1', Z, 'a CRLF is followed by a blank, and CR or LF alone is no white space'],
	[[M, N], 'the key record has a tag without =', has('k-empty-piece'), '6376 3.2', Z, 'no piece of a tag-list is empty'],
	[[M, N], 'the key record has a tag twice', has('k-twice'), '6376 3.2', Z, 'a name twice makes all of the list void'],
	[[P, M, N], 'the key record is of another version (v=)', null, '6376 3.6.1', Z, 'v= is DKIM1 and stands first, or the record is discarded'],
	[[P, M, N], 'the key is not for SHA-256 (h=)', null, '6376 6.1.2', Z, 'a hash that h= does not name is not allowed'],
	[[M, N], 'the key is not for e-mail (s=)', null, '6376 3.6.1', Z, 'a record for other services is ignored'],
	[[P], 'the key cannot be read (p=)', null, '6376 2.10', Z, 'p= is base64 and nothing else'],
	[[M], 'unknown key type (k=)', null, '6376 3.6.1', Z, 'an empty k= is no type'],
	[[P, N], 'the key is of another type than a= says (k=)', null, '6376 6.1.2', Z, 'k= and a= must fit; without k= it is RSA'],
	[[P, M, N], 'i= must be at d= with this key (t=s)', null, '6376 3.6.1', Z, 'that is what t=s says'],
	[[M, N], 'a tag without =', null, '6376 3.2', Z, 'no piece of a tag-list is empty or without "="'],
	[[P, M, N], 'a tag name that is none', null, '6376 3.2', Z, 'a name is a letter, then letters, digits and "_"'],
	[[M, N], 'a tag stands twice', null, '6376 3.2', Z, 'it makes all of the list void'],
	[[M, N], 'unknown version (v=)', null, '6376 3.5', Z, 'v= is "1", compared as a string'],
	[[M, N], 'v= is missing', null, '6376 6.1.1', Z, 'a signature without a required tag is void; names have case'],
	[[N], 'a= is missing', null, '6376 3.2', Z, 'names of tags have case'],
	[[N], 'd= is missing', null, '6376 3.2', Z, 'the same'],
	[[N], 'the signature does not fit (b=)', has('name-case'), '6376 3.2', Z, 'C= is not c=, nor L= l='],
	[[N], 'the body has changed (bh=)', has('name-case'), '6376 3.2', Z, 'the same'],
	[[N], 's= is missing', null, '6376 3.2', Z, 'the same'],
	[[M], 'h= is missing', null, '6376 6.1.1', Z, 'a signature without a required tag is void'],
	[[M], 'bh= is missing', null, '6376 6.1.1', Z, 'the same'],
	[[P, N], 'rsa-sha1 is not accepted any more', null, '8301 3.1', Z, 'it must not be used to verify'],
	[[M, N], 'unknown canonicalization (c=)', null, '6376 3.5', Z, 'not empty, no blanks around "/", no third name'],
	[[P], 'no domain name (d=)', null, '6376 3.5', Z, 'a domain-name has two labels and no last dot'],
	[[P, M, N], 'From is not signed', null, '6376 5.4', Z, 'From must be in h='],
	[[P, M, N], 'no list of header fields (h=)', null, '6376 3.5', Z, 'names with colons between, none of them empty'],
	[[P, M, N], 'i= does not lie in d=', null, '6376 6.1.1', Z, 'its domain is d= or lies below it, and is a domain-name'],
	[[P, M, N], 'no identity (i=)', null, '6376 2.11', Z, 'behind "=" stand two hex digits'],
	[[M, N], 'no number (l=)', null, '6376 3.5', Z, 'digits, at most 76'],
	[[P, M, N], 'l= is larger than the body', null, '6376 3.5', Z, 'it must not be'],
	[[N], 'no known way to get the key (q=)', null, '6376 3.5', Z, 'unknown methods are ignored, and here is no other'],
	[[M, N], 'no number (t=)', null, '6376 6.1.1', Z, 'digits, and the format of tags is held against the rules'],
	[[N], 'no number (x=)', null, '6376 6.1.1', Z, 'the same'],
	[[P, M, N], 'x= does not lie after t=', null, '6376 3.5', Z, 'it must'],
	[[P], 'the signature has expired (x=)', null, '6376 3.5', BOTH, 'it allows ten hours for clocks that differ'],
	[[P, M, N], 'no copies of header fields (z=)', null, '6376 6.1.1', Z, 'the format of tags is held against the rules'],
	[[M], 'no SHA-256 (bh=)', null, '6376 6.1.1', Z, 'bh= is base64 of 32 octets'],
	[[M, N], 'no signature (b=)', null, '6376 2.10', Z, 'b= is base64 and nothing else'],
];

const result = (a) => a.verdicts ?? [{ result: 'unread', reason: `${a.unread}` }];
const passes = (list) => list.some((r) => (r.result ?? r[0]) === 'pass');
const shown = (c, mine, theirs) => `case ${c.number} (${[...c.muts]}): zegel ${mine.map((v) => `${v.result} ${v.reason}`).join(', ')}; other ${theirs.map((r) => r.join(' ')).join(', ')}`;

function rowsMade() {
	const make = (who, row) => who.map((peer) => ({ peer, count: 0, ...row }));
	return [
		...STRICTER.flatMap(([who, what, when, rfc, right, why]) => make(who, { what, rfc, right, why, is: (c, mine) => passes(mine) && when(c) })),
		...LOOSER.flatMap(([who, what, when, rfc, right, why]) =>
			make(who, { what, rfc, right, why, is: (c, mine) => !passes(mine) && mine.some((v) => v.reason === what) && (!when || when(c)) })),
	];
}

test('10,000 messages before dkimpy, Mail::DKIM and mailauth: who differs is explained', async (t) => {
	const us = ours(), others = peers(), rows = rowsMade(), unexplained = [], agreed = {}, seen = new Set();
	let passed = 0, signed = 0;
	for (let from = 0; from < COUNT; from += BATCH) {
		const cases = await Promise.all([...Array(Math.min(BATCH, COUNT - from)).keys()].map((i) => make(from + i, us)));
		const answers = await Promise.all([us, ...others].map((p) => Promise.all(cases.map((c) => p.ask(c.question)))));
		cases.forEach((c, i) => {
			const mine = result(answers[0][i]);
			c.muts.forEach((m) => seen.add(m));
			passed += passes(mine);
			signed += c.isOurs;
			if (!c.muts.size) {
				assert.equal(mine.at(-1).result, 'pass', shown(c, mine, []));
				assert.ok(!c.isOurs || others.some((p, k) => passes(answers[k + 1][i].results)), `nobody else takes it: ${shown(c, mine, [])}`);
			}
			others.forEach((p, k) => {
				const theirs = answers[k + 1][i].results;
				if (passes(theirs) === passes(mine)) {
					agreed[p.name] = (agreed[p.name] ?? 0) + 1;
					return;
				}
				const row = rows.find((r) => r.peer === p.name && r.is(c, mine, theirs));
				if (row)
					row.count++;
				else
					unexplained.push(`${p.name}, ${shown(c, mine, theirs)}`);
			});
		});
	}
	for (const r of rows)
		t.diagnostic(`${r.count} times ${r.peer}: ${r.what}; RFC ${r.rfc}, ${r.right} right: ${r.why}`);
	t.diagnostic(`figure: DKIM before peers: ${COUNT} messages, ${signed} signed by zegel, ${passed} pass, ${unexplained.length} unexplained`);
	for (const { name } of others)
		t.diagnostic(`figure: ${name}: ${agreed[name]} agreed; ${rows.filter((r) => r.peer === name).map((r) => `${r.what}: ${r.count}`).join('; ')}`);
	unexplained.forEach((u) => t.diagnostic(`unexplained: ${u}`));
	assert.equal(unexplained.length, 0, 'disagreements without a row');
	assert.deepEqual(rows.filter((r) => !r.count).map((r) => `${r.peer}: ${r.what}`), [], 'rows that explain nothing');
	assert.deepEqual(MUTATIONS.filter((m) => !seen.has(m)), [], 'mutations that never happened');
}, { timeout: 400000 });
