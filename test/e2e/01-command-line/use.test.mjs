// How the command line is used: exit status, the form of errors, languages, help, and every wrong use.
import assert from 'node:assert/strict';
import { openSync, closeSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { ZEGEL, run, scratch } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { zegel } from '../lib/zegel.mjs';

const LANGUAGES = ['en', 'nl', 'fr', 'de'];
const VERBS = ['serve', 'keygen', 'record', 'sign', 'verify', ...['company', 'domain', 'key', 'credential'].flatMap((v) =>
	['list', 'add', 'show', 'remove'].map((s) => `${v} ${s}`)), 'queue list', 'queue show', 'queue retry', 'config check', 'config show',
	'config default', 'doctor', 'help'];

// One line, "zegel: WHERE: WHAT; HOW TO MEND IT", and nothing on standard output.
function assertError(r, status, where, what) {
	assert.equal(r.status, status, r.err || r.out);
	assert.equal(r.out, '');
	assert.match(r.err, /^zegel: [^\n]+; [^\n]+\n$/);
	assert.ok(r.err.startsWith(`zegel: ${where}`), r.err);
	if (what)
		assert.match(r.err, what);
}

test('the version, alone', async () => {
	const r = await zegel(['--version']);
	assert.deepEqual([r.status, r.out, r.err], [0, 'zegel 0.1.0\n', '']);
});

test('help names every verb, and each verb has its own', async () => {
	const all = await zegel(['help']);
	assert.equal(all.status, 0);
	for (const verb of VERBS) {
		assert.match(all.out, new RegExp(`^  ${verb} +\\S`, 'm'));
		for (const args of [['help', ...verb.split(' ')], [...verb.split(' '), '--help']]) {
			const one = await zegel(args);
			assert.equal(one.status, 0, args.join(' '));
			assert.ok(one.out.startsWith(`zegel ${verb}`), one.out);
			assert.match(one.out, /--help/);
		}
	}
	const group = await zegel(['help', 'key']);
	assert.equal(group.out.match(/^zegel key /gm).length, 4);
});

test('nothing asked: what there is, and status 2', async () => {
	const r = await zegel([]);
	assert.equal(r.status, 2);
	assert.match(r.out, /keygen/);
	assert.match(r.err, /^zegel: .*; .*\n$/);
});

test('wrong use is status 2, with the place and what is right', async () => {
	const rows = [
		['a verb that is not there', ['frobnicate'], 'frobnicate', /zegel help/],
		['a verb misspelt', ['verfiy'], 'verfiy', /verify/],
		['half a verb', ['key'], 'key', /list, add, show, remove/],
		['the other half is wrong', ['key', 'lost'], 'key', /lost.*list, add, show, remove/],
		['an option that is not there', ['verify', '--blue'], '--blue', /zegel help/],
		['an option misspelt', ['verify', '--zoen', 'x'], '--zoen', /--zone/],
		['a short option', ['verify', '-z'], '-z'],
		['an option of another verb', ['verify', '--bits', '2048'], '--bits', /zegel verify/],
		['a value forgotten', ['verify', '--zone'], '--zone', /FILE/],
		['another option where a value should be', ['verify', '--zone', '--json'], '--zone', /FILE/],
		['a value for a flag', ['verify', '--json=yes'], '--json'],
		['an option twice', ['verify', '--now', '1', '--now', '2'], '--now'],
		['an option that is needed', ['keygen'], '--domain', /zegel keygen --domain/],
		['an argument too many', ['verify', 'a', 'b'], 'b', /zegel verify/],
		['an argument too few', ['company', 'show'], 'SLUG', /zegel company show/],
		['a number that is none', ['verify', '--now', 'today', '/dev/null'], '--now', /0 .* 253402300799/],
		['a number that is too large', ['verify', '--now', '99999999999999999999', '/dev/null'], '--now'],
		['a language that is not there', ['help', '--lang', 'es'], '--lang', /nl, fr, de/],
		['a kind of key that is not there', ['keygen', '--domain', 'a.be', '--type', 'dsa'], '--type', /rsa .*ed25519/],
		['bits that no key has', ['keygen', '--domain', 'a.be', '--bits', '1024'], '--bits', /2048 .* 4096/],
		['bits between two steps', ['keygen', '--domain', 'a.be', '--bits', '2049'], '--bits', /2048/],
		['bits for a key without', ['keygen', '--domain', 'a.be', '--type', 'ed25519', '--bits', '2048'], '--bits'],
		['a form that is not there', ['keygen', '--domain', 'a.be', '--format', 'xml'], '--format', /cloudflare/],
		['two forms', ['keygen', '--domain', 'a.be', '--format', 'bind', '--json'], '--format'],
		['a CNAME to nowhere', ['keygen', '--domain', 'a.be', '--format', 'cname'], '--target'],
		['a target without its form', ['keygen', '--domain', 'a.be', '--target', 'k.example.com'], '--target'],
		['a domain that is none', ['keygen', '--domain', 'a..be'], 'a..be', /example\.be/],
		...['a b', 'a..b', '-a.be', '192.0.2.1', '', 'a.be/'].map((t) => ['a target that is no host name', ['keygen', '--domain', 'a.be', '--format', 'cname', '--target', t], t, /example\.be/]),
		['a target that makes the name too long', ['keygen', '--domain', 'a.be', '--format', 'cname', '--target',
			`${'a'.repeat(60)}.`.repeat(4)], '--target', /253/],
		['a state that is none', ['queue', 'list', '--only', 'foo'], '--only', /queued, delivered, refused, captured, expired, held or stopped/],
		['a state where the folder stands', ['queue', 'list', '--state', 'queued'], '--state', /--only queued/],
		['a state for a verb without', ['queue', 'show', '--only', 'queued', 'x'], '--only', /zegel queue show/],
		['a selector that is none', ['keygen', '--domain', 'a.be', '--selector', 'a b'], 'a b', /s1/],
		['a key without its selector', ['record', 'a.be', '--key', 'x'], '--selector'],
		['two sources of DNS', ['verify', '--zone', 'a', '--resolver', '127.0.0.1:53'], '--zone', null, 'From: a@b.be\n\nx\n'],
		['an id that is none', ['queue', 'show', '1'], ''],
	];
	const dir = scratch();
	for (const [proves, args, where, what, input] of rows.slice(0, -1)) {
		const r = await zegel(args, { cwd: dir, input });
		try {
			assertError(r, 2, where, what);
		} catch (e) {
			throw new Error(`${proves}: ${e.message}`);
		}
	}
	assert.deepEqual(readdirSync(dir), [], 'nothing was made');
});

test('-- ends the options, - is standard input, --name=value is one word', async () => {
	const dir = scratch();
	assertError(await zegel(['verify', '--', '--json'], { cwd: dir }), 4, '--json', /no such file/);
	const r = await zegel(['--json', 'verify', '--now=1', '-'], { input: 'From: a@example.be\n\nx\n' });
	assert.equal(r.status, 1);
	assert.deepEqual(JSON.parse(r.out).dkim, []);
});

test('the language: LC_ALL, LC_MESSAGES, LANG, in this order; --lang wins', async () => {
	const rows = [
		['LANG', { LANG: 'nl_BE.UTF-8' }, [], /bestaat niet/],
		['LC_MESSAGES before LANG', { LANG: 'nl_BE.UTF-8', LC_MESSAGES: 'fr_BE' }, [], /n'existe pas/],
		['LC_ALL before all', { LANG: 'nl_BE.UTF-8', LC_MESSAGES: 'fr_BE', LC_ALL: 'de_DE' }, [], /gibt es nicht/],
		['an empty one does not count', { LANG: 'nl_BE.UTF-8', LC_ALL: '' }, [], /bestaat niet/],
		['--lang wins', { LANG: 'nl_BE.UTF-8' }, ['--lang', 'fr'], /n'existe pas/],
		['--lang behind the verb too', { LANG: 'nl_BE.UTF-8' }, ['--lang=de'], /gibt es nicht/],
		['any other is English', { LANG: 'es_ES.UTF-8' }, [], /there is no/],
	];
	for (const [proves, env, args, what] of rows) {
		const r = await run(ZEGEL, ['frobnicate', ...args], { env: { LC_ALL: '', LC_MESSAGES: '', LANG: '', ...env } });
		assert.match(r.err, what, proves);
	}
});

test('help is whole in every language, and no two are the same', async () => {
	const texts = await Promise.all(LANGUAGES.map(async (l) => (await zegel(['help', '--lang', l])).out));
	assert.equal(new Set(texts).size, LANGUAGES.length);
	for (const text of texts)
		assert.equal(text.split('\n').length, texts[0].split('\n').length);
});

test('no colour where no terminal is, nor with NO_COLOR on one', async () => {
	assert.doesNotMatch((await zegel(['help', 'sign'], { env: { NO_COLOR: '', TERM: 'xterm' } })).out, /\x1b/);
	const onTerminal = (env) => spawnSync('script', ['-qec', `'${ZEGEL}' help sign`, '/dev/null'], { env: { ...process.env, TERM: 'xterm', ...env } });
	assert.match(onTerminal({ NO_COLOR: '' }).stdout.toString(), /\x1b\[1m/);
	assert.doesNotMatch(onTerminal({ NO_COLOR: '1' }).stdout.toString(), /\x1b/);
});

test('what is told holds no control octets, whatever was given', async () => {
	const r = await zegel(['verify', '--', 'a\x1b[31m\nb\x07\xc2\x9b31m']);
	assert.equal(r.status, 4);
	assert.doesNotMatch(r.err.slice(0, -1), /[\x00-\x1f\x7f-\x9f]/);
});

test('a full disk under standard output is told, and is no success', () => {
	const fd = openSync('/dev/full', 'w');
	const r = spawnSync(ZEGEL, ['help'], { stdio: ['ignore', fd, 'pipe'], env: { ...process.env, LANG: 'C' } });
	closeSync(fd);
	assert.equal(r.status, 3);
	assert.match(r.stderr.toString(), /^zegel: .*the disk is full.*; .*\n$/);
});
