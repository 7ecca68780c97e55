// dkim-cases.mjs - generated messages with their key records: a second signer, written from RFC 6376 alone, and what may go wrong.
//
// Text is latin1: a character is an octet.  A case is made by its number and nothing else.  Most are signed here, by options and in
// spellings that zegel itself never writes; every third is signed by zegel.  Then it is mutated: the names of what was done to it
// are in `muts` (before the signature: the field is right, if odd; after it: something changed on the way).
import { createHash, createPrivateKey, createPublicKey, sign as cryptoSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from './run.mjs';

export const NOW = 1700000000;
const SEED_DER = Buffer.from('302e020100300506032b657004220420', 'hex');	// RFC 8410 7, up to the seed
const data = (path) => readFileSync(join(TOP, 'test', 'data', path));
const seed = Buffer.from(data('dkim/rfc/rfc8463-ed25519-seed-base64.txt').toString().trim(), 'base64');
const pem = (path) => createPrivateKey(data(path));
const KEYS = {
	rsa1024: pem('dkim/rfc/rfc8463-rsa.pem'), rsa2048: pem('keytext/rsa2048.pem'), rsa512: pem('keytext/rsa512.pem'),
	ed25519: createPrivateKey({ key: Buffer.concat([SEED_DER, seed]), format: 'der', type: 'pkcs8' }),
};

// --- chance ---------------------------------------------------------------------------------------------------

export class Chance {
	constructor(n) {
		this.state = BigInt(n) * 0x9e3779b97f4a7c15n + 12345n;
		this.below(2);
	}
	below(n) {
		this.state = (this.state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
		return Number((this.state >> 33n) % BigInt(n));
	}
	of(list) {
		return list[this.below(list.length)];
	}
	hit(percent) {
		return this.below(100) < percent;
	}
	shuffle(list) {
		for (let i = list.length - 1; i > 0; i--) {
			const k = this.below(i + 1);
			[list[i], list[k]] = [list[k], list[i]];
		}
	}
}

// --- canonical forms, RFC 6376 3.4 ----------------------------------------------------------------------------

function bodyForm(body, relaxed) {
	const lines = body.split('\r\n').map((l) => (relaxed ? l.replace(/[ \t]+/g, ' ').replace(/ $/, '') : l));
	while (lines.length && lines.at(-1) === '')
		lines.pop();
	return lines.length ? lines.join('\r\n') + '\r\n' : relaxed ? '' : '\r\n';
}

function fieldForm([name, value], relaxed) {
	if (!relaxed)
		return `${name}:${value}`;
	return `${name.toLowerCase().replace(/[ \t]+$/, '')}:${value.replace(/\r\n/g, '').replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')}`;
}

const nameOf = (field) => field[0].toLowerCase().replace(/[ \t]+$/, '');
const latin = (s) => Buffer.from(s, 'latin1');
const utf = (s) => Buffer.from(s).toString('latin1');
const digest = (s, hash = 'sha256') => createHash(hash).update(latin(s)).digest();

// --- the signature field --------------------------------------------------------------------------------------

// A tag: { n, v } and the white space before the name, around "=" and behind the value.
const tag = (n, v) => ({ n, v, ws: ['', '', '', ''] });
const written = (t) => (t.raw !== undefined ? t.raw : `${t.ws[0]}${t.n}${t.ws[1]}=${t.ws[2]}${t.v}${t.ws[3]}`);
const hollow = (t) => (t.n === 'b' && t.raw === undefined ? `${t.ws[0]}b${t.ws[1]}=` : written(t));
const valueOf = (c, as) => ' ' + c.tags.map(as).join(';') + c.tail;
const get = (c, n) => c.tags.find((t) => t.n === n);
const set = (c, n, v) => {
	if (get(c, n))
		get(c, n).v = v;
	else
		c.tags.splice(c.tags.length - 1, 0, tag(n, v));
};
const drop = (c, n) => (c.tags = c.tags.filter((t) => t.n !== n));

function signedFields(c) {
	const taken = new Map();
	const out = [];
	for (const item of (get(c, 'h')?.v ?? '').split(':')) {
		const name = item.replace(/\s+/g, '').toLowerCase();
		const all = c.fields.filter((f) => nameOf(f) === name);
		const k = taken.get(name) ?? 0;
		taken.set(name, k + 1);
		if (k < all.length)
			out.push(all[all.length - 1 - k]);
	}
	return out;
}

function signHere(c) {
	const [relaxedHeader, relaxedBody] = c.canon;
	const hash = c.muts.has('a-sha1') ? 'sha1' : 'sha256';
	const form = bodyForm(c.body, relaxedBody);
	if (get(c, 'bh') && !c.bhFixed)
		get(c, 'bh').v = digest(c.length === undefined ? form : form.slice(0, c.length), hash).toString('base64');
	c.tags.filter((t) => t.fold === 'bh').forEach((t) => (t.v = t.v.slice(0, 20) + t.foldBy + t.v.slice(20)));
	let block = signedFields(c).map((f) => fieldForm(f, relaxedHeader) + '\r\n').join('');
	block += fieldForm([c.sigName, valueOf(c, hollow)], relaxedHeader);
	const key = KEYS[c.key];
	const octets = c.key === 'ed25519' ? cryptoSign(null, digest(block), key) : cryptoSign(`RSA-SHA${hash.slice(3)}`, latin(block), key);
	if (get(c, 'b'))
		get(c, 'b').v = octets.toString('base64');
	c.fields.unshift([c.sigName, valueOf(c, written)]);
}

// --- a plain case ---------------------------------------------------------------------------------------------

const WORDS = ['mail', 'goes', 'over', 'the', 'sea', 'and', 'back', 'in', 'a', 'day', 'x', '--', '=20', 'e-mail', '.', 'From here'];

function bodyOf(r) {
	const lines = [];
	for (let n = r.below(12); n > 0; n--) {
		let line = '';
		for (let k = r.below(9); k > 0; k--)
			line += r.of(WORDS) + r.of([' ', ' ', ' ', '  ', '\t', ' \t ']);
		lines.push(r.hit(60) ? line.trimEnd() : line);
	}
	for (let n = r.hit(30) ? r.below(4) : 0; n > 0; n--)
		lines.push(r.of(['', '', ' ', '\t']));
	return lines.join('\r\n') + (r.hit(90) ? '\r\n' : '');
}

function fieldsOf(r) {
	const list = [['From', r.of([' a@example.com', ' "A. B" <a@example.com>', ' Mr A\r\n <a@example.com>', '\ta@example.com (A)', 'a@Example.COM'])]];
	const more = [['To', ' b@example.net'], ['To', ' b@example.net,\r\n\tc@example.net'], ['Subject', ' Hello  there'], ['Subject', ' A\r\n  folded \t one'],
		['Date', ' Tue, 14 Nov 2023 22:13:20 +0000'], ['Message-ID', ' <1@example.com>'], ['MIME-Version', ' 1.0'], ['Cc', ' d@example.net'],
		['Content-Type', ' text/plain;\r\n charset=utf-8'], ['X-A', ' '], ['X-A', ''], ['X-A', ' b:c;d=e'], ['Received', ' from x by y; now'],
		['Received', ' from y by z; then'], ['SUBJECT', ' two of them'], ['List-Unsubscribe', ' <https://example.com/u>'], ['Reply-To', ' a@example.com']];
	for (let n = 2 + r.below(8); n > 0; n--)
		list.push(r.of(more));
	r.shuffle(list);
	return list.map((f) => [...f]);
}

const FWS = [' ', ' ', '\t', '\r\n ', '\r\n\t', ' \r\n  '];

function recordOf(key) {
	const pub = createPublicKey(KEYS[key]).export({ type: 'spki', format: 'der' });
	return key === 'ed25519' ? [['v', 'DKIM1'], ['k', 'ed25519'], ['p', pub.subarray(-32).toString('base64')]]
		: [['v', 'DKIM1'], ['k', 'rsa'], ['p', pub.toString('base64')]];
}

function plain(number) {
	const r = new Chance(number);
	const c = { number, r, muts: new Set(), fields: fieldsOf(r), body: bodyOf(r), now: NOW, tail: r.of(['', '', '', ';', '; ']) };
	c.key = r.of(['rsa1024', 'rsa1024', 'rsa1024', 'rsa1024', 'ed25519', 'ed25519', 'rsa2048']);
	c.canon = [r.hit(60), r.hit(60)];
	c.sigName = r.of(['DKIM-Signature', 'DKIM-Signature', 'dkim-signature', 'Dkim-Signature']);
	c.names = [...new Set(['From', ...c.fields.map((f) => f[0]).filter(() => r.hit(75))])];
	if (r.hit(40))
		c.names.push(r.of(['From', 'Subject', 'X-Absent', 'To', 'subject']));
	r.shuffle(c.names);
	const canon = `${c.canon[0] ? 'relaxed' : 'simple'}/${c.canon[1] ? 'relaxed' : 'simple'}`;
	c.d = 'example.com';
	c.s = r.of(['sel', 'sel', 's1.dept', 'k-2']);
	c.tags = [tag('v', '1'), tag('a', c.key === 'ed25519' ? 'ed25519-sha256' : 'rsa-sha256'), tag('d', c.d), tag('s', c.s), tag('h', c.names.join(':')), tag('bh', ''),
		tag('b', '')];
	if (canon !== 'simple/simple' || r.hit(50))
		set(c, 'c', canon);
	if (r.hit(50))
		set(c, 't', String(NOW - r.below(100000)));
	if (r.hit(25))
		set(c, 'x', String(NOW + 1 + r.below(100000)));
	if (r.hit(30))
		set(c, 'i', r.of(['@example.com', 'a@example.com', '@mail.example.com']));
	if (r.hit(15))
		set(c, 'q', 'dns/txt');
	c.record = recordOf(c.key);
	c.recordTail = r.of(['', '', ';']);
	c.isOurs = number % 3 === 0;
	if (c.isOurs && !c.body.endsWith('\r\n'))
		c.body += '\r\n';	// as SMTP carries it; others differ on the rest
	if (!c.isOurs)
		spread(c);
	return c;
}

// White space where RFC 6376 3.2 allows it: the field stays right.
function spread(c) {
	const { r } = c;
	for (const t of c.tags) {
		t.ws[0] = r.of(['', ' ', ' ', ' ', '\r\n\t', '\r\n ']);
		for (let i = 1; i < 4; i++)
			t.ws[i] = r.hit(6) ? r.of(FWS) : '';
	}
	c.tags[0].ws[0] = '';
	if (get(c, 'h') && r.hit(40))
		get(c, 'h').v = get(c, 'h').v.split(':').join(r.of([' : ', ':\r\n ', ' :', ': ', ':\t']));
	if (r.hit(40))
		r.shuffle(c.tags);
}

// --- what may go wrong ----------------------------------------------------------------------------------------

const any = (c) => c.r.of(c.tags.filter((t) => t.n !== 'b' && t.n !== 'bh'));
const put = (n, ...values) => (c) => set(c, n, c.r.of(values));
const piece = (...raws) => (c) => c.tags.splice(c.r.below(c.tags.length), 0, { n: '', v: '', ws: [], raw: c.r.of(raws) });
const limit = (n) => (c) => {
	const form = bodyForm(c.body, c.canon[1]);
	c.length = n(form.length, c.r);
	set(c, 'l', String(c.length));
};

// Before the signature.  The field is signed as it stands.
const BEFORE = {
	'v-drop': (c) => drop(c, 'v'), 'a-drop': (c) => drop(c, 'a'), 'd-drop': (c) => drop(c, 'd'), 's-drop': (c) => drop(c, 's'),
	'h-drop': (c) => drop(c, 'h'), 'bh-drop': (c) => drop(c, 'bh'), 'q-drop': (c) => drop(c, 'q'), 't-drop': (c) => drop(c, 't'),
	'c-drop': (c) => {
		drop(c, 'c');
		c.canon = [false, false];
	},
	'twice': (c) => c.tags.splice(c.tags.length - 1, 0, { ...any(c) }),
	'twice-other': (c) => c.tags.splice(0, 0, tag('d', 'example.org')),
	'unknown': (c) => c.tags.splice(c.r.below(c.tags.length), 0, tag(c.r.of(['foo', 'r', 'X_1', 'cv']), c.r.of(['bar', 'a b', '', '"q"', 'x=y']))),
	'empty-piece': piece('', ' ', '\r\n '), 'bad-name': piece('1x=y', 'x-y=z', '=z', ' x y=z'), 'no-equals': piece('hello', ' relaxed'),
	'name-case': (c) => {
		const t = any(c);
		t.n = t.n.toUpperCase();
	},
	'v-2': put('v', '2', '1.0', '01', '0', ''), 'v-blank': put('v', '1 1'),
	'a-case': (c) => set(c, 'a', get(c, 'a').v.toUpperCase()), 'a-unknown': put('a', 'rsa-md5', 'rsa', 'dsa-sha256', 'rsa-sha512', '', 'rsa-sha2 56'),
	'a-sha1': (c) => {
		c.key = c.key === 'ed25519' ? 'rsa1024' : c.key;
		c.record = recordOf(c.key);
		set(c, 'a', 'rsa-sha1');
	},
	'a-other': (c) => set(c, 'a', c.key === 'ed25519' ? 'rsa-sha256' : 'ed25519-sha256'),
	'c-case': (c) => set(c, 'c', `${c.canon[0] ? 'Relaxed' : 'SIMPLE'}/${c.canon[1] ? 'RELAXED' : 'Simple'}`),
	'c-one': (c) => {
		c.canon[1] = false;
		set(c, 'c', c.canon[0] ? 'relaxed' : 'simple');
	},
	'c-unknown': put('c', 'nofws', 'relaxed/nofws', 'relaxed/', '/relaxed', '', 'relaxed/relaxed/relaxed', 'simple/', 'seal/relaxed'),
	'c-blank': (c) => set(c, 'c', `${c.canon[0] ? 'relaxed' : 'simple'}${c.r.of([' / ', '/ ', ' /', '\r\n /'])}${c.canon[1] ? 'relaxed' : 'simple'}`),
	'd-case': put('d', 'Example.COM', 'EXAMPLE.com'), 'd-bad': put('d', 'com', 'example.com.', '.example.com', 'exam ple.com', 'example..com', '[192.0.2.1]', '', 'exa(m)ple.com'),
	'd-other': put('d', 'example.org', 'mail.example.com'),
	'd-wide': (c) => {
		set(c, 'd', utf('bücher.example'));
		c.d = 'xn--bcher-kva.example';
		drop(c, 'i');
		c.fields = c.fields.map((f) => (f[0] === 'From' ? ['From', utf(' a@bücher.example')] : f));
	},
	's-wide': (c) => {
		set(c, 's', utf('kü'));
		c.s = 'xn--k-xka';
	},
	'i-wide': put('i', utf('josé@example.com'), utf('@mäil.example.com')),
	's-case': (c) => set(c, 's', c.s.toUpperCase()), 's-bad': put('s', '', 'a..b', 'a b', '.a', 'a.', 'a@b'),
	's-under': (c) => set(c, 's', (c.s = 'a_b')),
	'h-nofrom': (c) => set(c, 'h', 'To:Subject'), 'h-self': (c) => set(c, 'h', `${get(c, 'h').v}:DKIM-Signature`),
	'h-bad': (c) => set(c, 'h', c.r.of([`${get(c, 'h').v}:`, `:${get(c, 'h').v}`, `${get(c, 'h').v}::To`, `${get(c, 'h').v}:a b`, ''])),
	'h-case': (c) => set(c, 'h', get(c, 'h').v.toUpperCase()),
	'h-more': (c) => set(c, 'h', `${get(c, 'h').v}:Bcc:x-none:Received:Received:Received`),
	'i-sub': put('i', '@a.b.example.com', 'x@sub.EXAMPLE.com'), 'i-quoted': put('i', 'a=40b=3Bc@example.com', 'x=20y@example.com', '=61@exam=70le.com', '"a b"@example.com'),
	'i-fws': put('i', 'a@\r\n example.com', 'a @example.com'),
	'i-bad': put('i', '@example.org', '@badexample.com', 'example.com', '', '@com', '@', 'a@example.com.evil.net', 'a=4@example.com', '@example.com@example.org', '@.example.com'),
	'l-all': limit((n) => n), 'l-part': limit((n, r) => r.below(n + 1)), 'l-none': limit(() => 0), 'l-over': limit((n, r) => n + 1 + r.below(50)),
	'l-bad': put('l', '-1', '', 'abc', '1 2', '0x10', '1.5', '+5', '99999999999999999999999999999999999999999999999999999999999999999999999999999'),
	'l-zeros': (c) => {
		limit((n) => n)(c);
		set(c, 'l', `000${c.length}`);
	},
	'q-list': put('q', 'dns/txt:x', 'http/x:dns/txt', 'dns/txt : dns/other'), 'q-case': put('q', 'DNS/TXT', 'dns/TXT'), 'q-bad': put('q', 'dns', 'http', '', 'dns/any', 'dns / txt'),
	't-future': put('t', String(NOW + 60), String(NOW + 86400), String(NOW + 400000000), '999999999999'), 't-bad': put('t', '', 'now', '-5', '1.5', '12 34', '0x1'),
	't-long': put('t', '1', '0', '0001600000000'),
	'x-past': put('x', String(NOW - 1), String(NOW - 40000), '1', '0'), 'x-now': put('x', String(NOW)), 'x-bad': put('x', '', 'never', '-1', '1.5', '1 2'),
	'x-before-t': (c) => {
		set(c, 't', String(NOW + 500));
		set(c, 'x', String(NOW + c.r.of([500, 400])));
	},
	'x-long': put('x', '9999999999999', '99999999999999999999'),
	'z-good': put('z', 'From:a@example.com|Subject:two=20words', 'From:a|\r\n To:b'), 'z-bad': put('z', 'nothing', 'From:a=4|b:c', 'a b:c', '', 'From:a||To:b'),
	'bh-other': (c) => {
		get(c, 'bh').v = digest('another').toString('base64');
		c.bhFixed = true;
	},
	'bh-bad': (c) => {
		get(c, 'bh').v = c.r.of(['', 'AAAA', '*', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=A=']);
		c.bhFixed = true;
	},
	'bh-fws': (c) => Object.assign(get(c, 'bh'), { fold: 'bh', foldBy: c.r.of([' ', '\r\n ', '\r\n\t\t']) }),
	'from-two': (c) => (c.fields = c.fields.map((f) => (f[0] === 'From' ? ['From', ' a@example.com, b@example.org'] : f))),
	'from-none': (c) => (c.fields = c.fields.map((f) => (f[0] === 'From' ? ['From', c.r.of(['', ' nobody', ' <a@b@c>'])] : f))),
	'from-gone': (c) => (c.fields = c.fields.filter((f) => f[0] !== 'From')),
	'from-twice': (c) => c.fields.push(['From', ' b@example.com']),
	'y-barelf': (c) => (c.body = `a\nb \nc${c.body}`), 'y-barecr': (c) => (c.body = `a\rb \rc${c.body}`), 'y-nul': (c) => (c.body = `a\0b${c.body}`),
	'y-8bit': (c) => (c.body = utf('é ') + '\xff\xfe \t' + c.body), 'y-empty': (c) => (c.body = c.r.of(['', '\r\n', '\r\n\r\n', ' \r\n', ' '])),
	'y-long': (c) => (c.body = 'w'.repeat(3000) + ' '.repeat(3000) + c.body), 'y-nocrlf': (c) => (c.body = c.body.replace(/(\r\n)+$/, '') + 'end'),
	'y-feed': (c) => (c.body = `a \f \v b\f\r\n${c.body}`),
	'f-8bit': (c) => c.fields.push(['X-A', utf(' é  ü')]), 'f-feed': (c) => c.fields.push(['X-A', ' a \f b\v ']),
	'f-blanks': (c) => c.fields.push(['X-A', ' \r\n \r\n\tb \t']),
};

// The key record: what is published.
const KEY = {
	'k-no-v': (c) => (c.record = c.record.filter((t) => t[0] !== 'v')), 'k-no-k': (c) => (c.record = c.record.filter((t) => t[0] !== 'k')),
	'k-no-p': (c) => (c.record = c.record.filter((t) => t[0] !== 'p')),
	'k-v-last': (c) => c.record.push(c.record.shift()), 'k-v-other': (c) => (c.record[0][1] = c.r.of(['DKIM2', 'dkim1', 'DKIM1.0', ''])),
	'k-k-case': (c) => (c.record[1][1] = c.record[1][1].toUpperCase()), 'k-k-other': (c) => (c.record[1][1] = c.r.of(['dsa', 'x', ''])),
	'k-k-wrong': (c) => (c.record[1][1] = c.key === 'ed25519' ? 'rsa' : 'ed25519'),
	'k-p-empty': (c) => (c.record[2][1] = c.r.of(['', ' '])), 'k-p-cut': (c) => (c.record[2][1] = c.record[2][1].slice(0, -(1 + c.r.below(12)))),
	'k-p-nopad': (c) => (c.record[2][1] = c.record[2][1].replace(/=+$/, '')),
	'k-p-bad': (c) => (c.record[2][1] = c.r.of(['AAAA', '*', 'hello world', `${c.record[2][1]}*`])),
	'k-p-fws': (c) => (c.record[2][1] = c.record[2][1].replace(/(.{10})/g, `$1${c.r.of([' ', '  ', '\t', '\r\n '])}`)),
	'k-p-line': (c) => (c.record[2][1] = c.record[2][1].replace(/(.{20})/, `$1${c.r.of(['\n', '\r\n', '\r'])}`)),
	'k-p-pkcs1': (c) => {
		if (c.key !== 'ed25519')
			c.record[2][1] = createPublicKey(KEYS[c.key]).export({ type: 'pkcs1', format: 'der' }).toString('base64');
	},
	'k-p-other': (c) => (c.record[2][1] = createPublicKey(pem('dkim/rfc/rfc6376-rsa.pem')).export({ type: 'spki', format: 'der' }).toString('base64')),
	'k-h-good': (c) => c.record.splice(1, 0, ['h', c.r.of(['sha256', 'sha1:sha256', 'sha256 : x', 'SHA256'])]), 'k-h-bad': (c) => c.record.splice(1, 0, ['h', c.r.of(['sha1', '', 'sha512', 'sha'])]),
	'k-s-good': (c) => c.record.splice(1, 0, ['s', c.r.of(['email', '*', 'tlsrpt:email', 'email : x', 'EMAIL'])]), 'k-s-bad': (c) => c.record.splice(1, 0, ['s', c.r.of(['tlsrpt', '', 'emailx', 'x:y'])]),
	'k-t-y': (c) => c.record.splice(1, 0, ['t', c.r.of(['y', 'y:x', 'x : y', 'Y'])]), 'k-t-s': (c) => c.record.splice(1, 0, ['t', c.r.of(['s', 'x:s', 's : x', 'S'])]),
	'k-t-other': (c) => c.record.splice(1, 0, ['t', c.r.of(['x', '', 'yy'])]), 'k-n': (c) => c.record.splice(1, 0, ['n', 'a note; '.slice(0, 6)]),
	'k-g': (c) => c.record.splice(1, 0, ['g', c.r.of(['*', 'x*', ''])]), 'k-unknown': (c) => c.record.splice(1, 0, ['foo', 'b a r']),
	'k-twice': (c) => c.record.push([...c.r.of(c.record)]), 'k-empty-piece': (c) => (c.recordTail = ';;'),
	'k-odd': (c) => (c.records = [c.r.of(['', ' ', ';', 'hello', 'v=spf1 -all', '"v=DKIM1; p="'])]),
	'k-fws': (c) => (c.record = c.record.map(([n, v]) => [`${c.r.of([' ', '\t', ''])}${n} `, ` ${v}\t`])),
	'k-tail': (c) => (c.recordTail = c.r.of(['; ', ' ;', '\t'])), 'k-line': (c) => (c.recordTail = c.r.of(['\n', ';\r\n', '\r\n'])),
	'k-none': (c) => (c.records = []), 'k-timeout': (c) => (c.records = 'timeout'),
	'k-two-first': (c) => (c.records = ['v=DKIM1; p=AAAA']), 'k-two-last': (c) => (c.more = ['v=spf1 -all']),
	'k-short': (c) => {
		c.key = 'rsa512';
		c.record = recordOf(c.key);
		set(c, 'a', 'rsa-sha256');
	},
};

// After the signature: what happens on the way.
const sigOf = (c) => c.fields.find((f) => nameOf(f) === 'dkim-signature');
const inB = (change) => (c) => {
	const f = sigOf(c);
	f[1] = f[1].replace(/(^|[;\s])(b[ \t\r\n]*=)([^;]*)/, (all, before, name, value) => before + name + change(value, c.r));
};
const other = (c) => c.r.of(c.fields.filter((f) => nameOf(f) !== 'dkim-signature' && nameOf(f) !== 'from').concat([['X-None', '']]));
const AFTER = {
	'b-fws': inB((v, r) => v.replace(/(.{7})/g, (m) => m + r.of(['', ' ', '\r\n ', '\t']))), 'b-cut': inB((v, r) => v.slice(0, r.below(v.length))),
	'b-flip': inB((v, r) => v.replace(/[A-Z]/g, (m) => (r.hit(20) ? m.toLowerCase() : m))), 'b-nopad': inB((v) => v.replace(/=+/, '')), 'b-empty': inB(() => ''),
	'b-bad': inB((v, r) => r.of(['*', '====', `${v}*`, `${v}AA`])), 'b-drop': (c) => (sigOf(c)[1] = sigOf(c)[1].replace(/(^|[;\s])b[ \t\r\n]*=[^;]*;?/, '$1')),
	'b-twice': (c) => (sigOf(c)[1] = `${sigOf(c)[1].replace(/;\s*$/, '')}; b=AAAA`),
	'tag-added': (c) => (sigOf(c)[1] = `${sigOf(c)[1].replace(/;\s*$/, '')}; y=z`),
	'f-value': (c) => (other(c)[1] += 'x'), 'f-case': (c) => c.fields.forEach((f) => (f[0] = c.r.hit(50) ? f[0].toUpperCase() : f[0])),
	'f-refold': (c) => c.fields.forEach((f) => (f[1] = nameOf(f) === 'dkim-signature' ? f[1] : f[1].replace(/ +(?=\S)/g, () => c.r.of([' ', '\r\n ', '  '])))),
	'f-order': (c) => c.r.shuffle(c.fields), 'f-top': (c) => c.fields.unshift([other(c)[0], ' added']), 'f-bottom': (c) => c.fields.push([other(c)[0], ' added']),
	'f-gone': (c) => {
		const f = other(c);
		c.fields = c.fields.filter((g) => g !== f);
	},
	'f-new': (c) => c.fields.unshift(['X-Scanned', ' yes']), 'f-from': (c) => c.fields.unshift(['From', ' evil@example.org']),
	'f-obs': (c) => (c.r.of(c.fields)[0] += ' '), 'f-tail': (c) => c.fields.forEach((f) => (f[1] += nameOf(f) === 'dkim-signature' ? '' : c.r.of(['', ' ', '\t ']))),
	'y-append': (c) => (c.body += 'more\r\n'), 'y-lines': (c) => (c.body += '\r\n\r\n'), 'y-eol': (c) => (c.body = c.body.replace(/(\S)\r\n/g, '$1 \t\r\n')),
	'y-blanks': (c) => (c.body = c.body.replace(/ /g, '  ')), 'y-change': (c) => (c.body = `X${c.body}`), 'y-cut': (c) => (c.body = c.body.replace(/(\r\n)+$/, '')),
	'y-lone': (c) => (c.body = c.body.replace(/\r\n/, '\n')), 'y-all-lone': (c) => (c.body = c.body.replace(/\r\n/g, '\n')),
	'sig-two': (c) => c.fields.unshift(['DKIM-Signature', ` v=1; a=rsa-sha256; d=example.com; s=none; h=from; bh=${'A'.repeat(43)}=; b=AAAA`]),
	'sig-nine': (c) => {
		for (let i = 0; i < 8; i++)
			c.fields.unshift(['DKIM-Signature', ` v=1; a=rsa-sha256; d=example.com; s=none; h=from; bh=${'A'.repeat(43)}=; b=AAAA`]);
	},
	'sig-gone': (c) => (c.fields = c.fields.filter((f) => nameOf(f) !== 'dkim-signature')),
};

export const MUTATIONS = [...Object.keys(BEFORE), ...Object.keys(KEY), ...Object.keys(AFTER)];

// --- the whole ------------------------------------------------------------------------------------------------

const mailOf = (c) => c.fields.map(([n, v]) => `${n}:${v}\r\n`).join('') + '\r\n' + c.body;

function fieldsRead(text) {
	return text.split(/\r\n(?![ \t])/).map((line) => {
		const colon = line.indexOf(':');
		return [line.slice(0, colon), line.slice(colon + 1)];
	});
}

// By zegel: only what its options can say; a body that no relay takes is not given to it.
async function signOurs(c, signer) {
	const t = get(c, 't'), x = get(c, 'x');
	const answer = await signer.ask({ op: 'sign', mail: latin(mailOf(c)).toString('base64'), type: c.key === 'ed25519' ? 'ed25519' : 'rsa', d: c.d, s: c.s,
		i: get(c, 'i')?.v ?? '', header: c.canon[0] ? 'relaxed' : 'simple', body: c.canon[1] ? 'relaxed' : 'simple', t: t ? Number(t.v) : -1, x: x ? Number(x.v) : -1,
		h: c.r.hit(40) ? null : c.names });
	if (!answer.mail)
		throw new Error(`case ${c.number}: zegel did not sign: ${JSON.stringify(answer)}`);
	const mail = Buffer.from(answer.mail, 'base64').toString('latin1'), end = mail.indexOf('\r\n\r\n');
	c.fields = fieldsRead(mail.slice(0, end));
	c.body = mail.slice(end + 4);
}

const OURS_BEFORE = ['y-8bit', 'y-empty', 'y-long', 'y-nocrlf', 'y-feed', 'f-8bit', 'f-feed', 'f-blanks', 'y-nul', 'y-barecr', 'y-barelf'];

// The case of this number.  signer: zegel, which signs every third.
export async function make(number, signer) {
	const c = plain(number), { r } = c;
	if (c.isOurs && c.key === 'rsa2048') {
		c.key = 'rsa1024';
		c.record = recordOf(c.key);
	}
	const apply = (table, name) => {
		table[name](c);
		c.muts.add(name);
	};
	const before = c.isOurs ? OURS_BEFORE : Object.keys(BEFORE);
	const chance = r.below(100);
	if (chance < (c.isOurs ? 15 : 40))
		apply(BEFORE, r.of(before));
	if (chance >= 35 && chance < 60 && !(c.isOurs && c.muts.size))
		apply(KEY, r.of(Object.keys(KEY).filter((k) => !c.isOurs || k !== 'k-short')));
	c.dns = {};
	if (c.isOurs)
		await signOurs(c, signer);
	else
		signHere(c);
	if (chance >= 55 && chance < 85)
		apply(AFTER, r.of(Object.keys(AFTER)));
	const record = c.record.map(([n, v]) => `${n}=${v}`).join('; ') + c.recordTail;
	const records = c.records === 'timeout' ? 'timeout' : [...(c.records ?? []), ...(c.records && !c.muts.has('k-two-first') ? [] : [record]), ...(c.more ?? [])];
	c.dns[`${c.s.toLowerCase()}._domainkey.${c.d}`] = records === 'timeout' ? records : records.map((s) => latin(s).toString('base64'));
	c.mail = mailOf(c);
	c.question = { mail: latin(c.mail).toString('base64'), now: c.now, dns: c.dns };
	c.h = get(c, 'h')?.v ?? '';
	c.i = get(c, 'i')?.v ?? '';
	return c;
}
