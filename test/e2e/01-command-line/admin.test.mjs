// company, domain, key, credential, queue, doctor: on the database alone, and while serve runs; rights of what is made.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOP, ZEGEL, must, run, scratch, until } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { message, smtp } from '../lib/smtp.mjs';
import { Zegel, idOf, zegel } from '../lib/zegel.mjs';

const DATA = join(TOP, 'test', 'data');
const NO_ID = '019ab000-0000-7000-8000-000000000000';

// The files of a folder, and not its folders.
const files = (dir) => readdirSync(dir, { withFileTypes: true }).filter((f) => f.isFile()).map((f) => f.name);

// Verbs on a state folder of its own.
function house() {
	const dir = scratch(), state = join(dir, 'state');
	const z = (args, options) => zegel([...args, '--state', state], { cwd: dir, ...options });
	const ok = async (args, options) => {
		const r = await z(args, options);
		assert.equal(r.status, 0, `zegel ${args.join(' ')}: ${r.status}\n${r.err}`);
		assert.equal(r.err, '');
		return r.out;
	};
	const json = async (args, options) => JSON.parse(await ok([...args, '--json'], options));
	const refused = async (args, where, what, status = 4) => {
		const r = await z(args);
		assert.deepEqual([r.status, r.out], [status, ''], args.join(' '));
		assert.match(r.err, /^zegel: [^\n]+; [^\n]+\n$/);
		assert.ok(r.err.startsWith(`zegel: ${where}`), r.err);
		assert.match(r.err, what);
	};
	return { dir, state, z, ok, json, refused };
}

test('before anything is made: what is missing, and nothing is made by looking', async () => {
	const h = house();
	await h.refused(['company', 'list'], h.state, /no such file/);
	assert.ok(!readdirSync(h.dir).includes('state'));
	mkdirSync(h.state, { mode: 0o700 });
	await h.refused(['company', 'list'], join(h.state, 'zegel.db'), /no database here yet/);
	assert.deepEqual(readdirSync(h.state), []);
});

test('companies and domains: added, listed, shown, removed, refused', async () => {
	const h = house();
	assert.match(await h.ok(['company', 'add', 'acme', '--name', 'Acmé & Zn']), /zegel domain add/);
	assert.equal((await h.json(['company', 'add', 'b-2'])).name, 'b-2');
	await h.refused(['company', 'add', 'acme'], 'acme', /already/);
	for (const slug of ['Acme', 'a b', 'a-', 'a'.repeat(41), ''])
		await h.refused(['company', 'add', slug], slug, /a to z, 0 to 9/, 2);
	for (const name of ['a\nb', 'x'.repeat(201)]) {
		await h.refused(['company', 'add', 'c-3', '--name', name], '--name', /200 octets/, 2);
		await h.refused(['credential', 'add', '--company', 'acme', '--name', name], '--name', /200 octets/, 2);
	}
	const { companies } = await h.json(['company', 'list']);
	assert.deepEqual(companies.map((c) => [c.slug, c.name, c.has_keys]), [['acme', 'Acmé & Zn', false], ['b-2', 'b-2', false]]);
	assert.match(companies[0].created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	assert.match(await h.ok(['company', 'show', 'acme']), /Acmé & Zn/);
	await h.refused(['company', 'show', 'c'], 'c', /company list/);

	await h.ok(['domain', 'add', 'EXAMPLE.be', '--company', 'acme']);
	await h.ok(['domain', 'add', 'bücher.example', '--company', 'acme']);
	await h.refused(['domain', 'add', 'example.be', '--company', 'acme'], 'example.be', /already/);
	await h.refused(['domain', 'add', 'example.be', '--company', 'b-2'], 'example.be', /another company/);
	await h.refused(['domain', 'add', 'example.com', '--company', 'c'], 'c', /no such company/);
	await h.refused(['domain', 'add', 'a..b', '--company', 'acme'], 'a..b', /example\.be/, 2);
	assert.deepEqual((await h.json(['domain', 'list', '--company', 'acme'])).domains.map((d) => [d.domain, d.company]),
		[['example.be', 'acme'], ['xn--bcher-kva.example', 'acme']]);
	assert.deepEqual((await h.json(['domain', 'list', '--company', 'b-2'])).domains, []);
	await h.refused(['domain', 'list', '--company', 'c'], 'c', /no such company/);
	assert.equal((await h.json(['domain', 'show', 'Bücher.example'])).domain, 'xn--bcher-kva.example');
	await h.refused(['company', 'remove', 'acme'], 'acme', /still has/);
	for (const d of ['example.be', 'bücher.example'])
		await h.ok(['domain', 'remove', d]);
	await h.refused(['domain', 'remove', 'example.be'], 'example.be', /no such domain/);
	assert.deepEqual(await h.json(['company', 'remove', 'acme']), { removed: 'acme' });
	assert.deepEqual((await h.json(['company', 'list'])).companies.map((c) => c.slug), ['b-2']);
});

test('keys: made in the vault or taken over; the newest of its kind signs; the record fits', async () => {
	const h = house();
	await h.ok(['company', 'add', 'acme']);
	await h.ok(['domain', 'add', 'example.be', '--company', 'acme']);
	const made = await h.json(['key', 'add', '--domain', 'example.be', '--selector', 's1']);
	assert.deepEqual([made.selector, made.type, made.bits, made.state, made.is_made_here], ['s1', 'rsa', 2048, 'active', true]);
	assert.match(made.records[0].value, /^v=DKIM1; k=rsa; p=/);
	const ed = await h.json(['key', 'add', '--domain', 'example.be', '--type', 'ed25519']);
	assert.match(ed.selector, /^z\d{6}$/);
	const pasted = join(DATA, 'keytext', 'rsa2048.pem');
	const own = await h.json(['key', 'add', '--domain', 'example.be', '--file', pasted, '--selector', 's2._domainkey.example.be']);
	assert.deepEqual([own.selector, own.is_made_here], ['s2', false]);
	const p = (await must('openssl', ['pkey', '-in', pasted, '-pubout', '-outform', 'DER'])).stdout.toString('base64');
	assert.equal(own.records[0].value, `v=DKIM1; k=rsa; p=${p}`);
	const states = async () => Object.fromEntries((await h.json(['key', 'list', '--domain', 'example.be'])).keys.map((k) => [k.selector, k.state]));
	assert.deepEqual(await states(), { s1: 'retired', [ed.selector]: 'active', s2: 'active' });
	assert.deepEqual((await h.json(['record', 'example.be', '--include', '_spf.example.com'])).records.map((r) => r.name.split('.')[0]).sort(),
		['_dmarc', 'example', 's2', ed.selector].sort());
	assert.equal((await h.json(['key', 'show', '--domain', 'example.be', '--selector', 's1'])).records[0].value, made.records[0].value);

	await h.refused(['key', 'add', '--domain', 'example.com'], 'example.com', /zegel domain add example\.com/);
	await h.refused(['key', 'add', '--domain', 'example.be', '--selector', 's1'], 's1', /already/);
	await h.refused(['key', 'add', '--domain', 'example.be', '--file', join(DATA, 'keytext', 'rsa2048-public.pem')], join(DATA, 'keytext'), /public half/);
	await h.refused(['key', 'add', '--domain', 'example.be', '--file', pasted, '--type', 'rsa'], '--file', /leave --type/, 2);
	await h.refused(['key', 'show', '--domain', 'example.be', '--selector', 'none'], 'none', /key list/);
	await h.refused(['domain', 'remove', 'example.be'], 'example.be', /still has/);
	await h.ok(['key', 'remove', '--domain', 'example.be', '--selector', 's1']);
	await h.refused(['key', 'remove', '--domain', 'example.be', '--selector', 's1'], 's1', /no such key/);

	// 16 octets of the private exponent; the modulus before it is public
	const kept = readFileSync(pasted, 'latin1').replace(/-----.*-----|\n/g, '');
	for (const f of files(h.state))
		assert.ok(!readFileSync(join(h.state, f)).includes(Buffer.from(kept, 'base64').subarray(310, 326)), f);
});

test('users: invited by a link or with a password, and the last operator stays', async () => {
	const h = house();
	await h.ok(['company', 'add', 'acme']);
	const { link, role } = await h.json(['user', 'add', 'info@example.be', '--role', 'owner', '--company', 'acme', '--base-url', 'https://mail.example.be']);
	assert.match(link, /^https:\/\/mail\.example\.be\/login\/reset\?ticket=[a-z2-7]{64}$/);
	assert.equal(role, 'owner');
	assert.match(await h.ok(['user', 'add', 'root@example.com', '--role', 'operator']), /\/login\/reset\?ticket=/);
	assert.equal((await h.json(['user', 'list'])).users.length, 2);
	assert.equal((await h.json(['user', 'list', '--company', 'acme'])).users.length, 1);
	assert.equal((await h.json(['user', 'set', 'INFO@example.be', '--name', 'Balie'])).name, 'Balie');
	await h.refused(['user', 'add', 'x', '--role', 'operator'], 'x', /no mail address/, 2);
	await h.refused(['user', 'add', 'a@example.be', '--role', 'baas'], '--role', /no role/, 2);
	await h.refused(['user', 'remove', 'root@example.com'], 'root@example.com', /last one/);
	await h.refused(['user', 'show', 'niemand@example.be'], 'niemand@example.be', /no user/);
});

test('credentials: the password is shown once and kept nowhere', async () => {
	const h = house();
	await h.ok(['company', 'add', 'acme']);
	const { user, password } = await h.json(['credential', 'add', '--company', 'acme', '--name', 'web shop']);
	assert.match(user, /^acme-[a-z2-7]{6}$/);
	assert.match(password, /^[a-z2-7]{32}$/);
	assert.match(await h.ok(['credential', 'add', '--company', 'acme']), /User: +acme-\S+\nPassword: +\S{32}\n/);
	const { credentials } = await h.json(['credential', 'list', '--company', 'acme']);
	assert.equal(credentials.length, 2);
	assert.ok(credentials.every((c) => !('password' in c) && !('hash' in c)));
	assert.equal((await h.json(['credential', 'show', user])).name, 'web shop');
	for (const f of files(h.state))
		assert.ok(!readFileSync(join(h.state, f)).includes(password), f);
	await h.ok(['credential', 'remove', user]);
	await h.refused(['credential', 'remove', user], user, /no such user/);
	await h.refused(['credential', 'add', '--company', 'none'], 'none', /no such company/);
});

test('a password that reaches nobody leaves no credential', async () => {
	const h = house();
	await h.ok(['company', 'add', 'acme']);
	for (const more of ['', '--json'])
		for (const [proves, line, what] of [['a full disk', '>/dev/full', /disk is full/], ['a reader that is gone', '| true', /Broken pipe|reader/], ['a closed output', '>&-', /could not be written/]]) {
			const r = await run('bash', ['-c', `set -o pipefail; { sleep 0.2; "$ZEGEL" credential add --company acme --state "$1" ${more}; } ${line}`, 'bash', h.state],
				{ env: { ZEGEL, LANG: 'C' } });
			assert.equal(r.status, 3, `${proves}: ${r.status} ${r.err}`);
			assert.match(r.err, /^zegel: the password could not be written: [^\n]+; acme-\S+ was removed again[^\n]+\n$/, proves);
			assert.match(r.err, what, proves);
			assert.deepEqual((await h.json(['credential', 'list'])).credentials, [], proves);
		}
});

test('the master key: 0600, made once, needed ever after, refused when others can read it', async () => {
	const h = house(), master = join(h.state, process.getuid() === 0 ? 'vault' : '.', 'master.key'), add = ['key', 'add', '--domain', 'example.be', '--type', 'ed25519'];
	await h.ok(['company', 'add', 'acme']);
	await h.ok(['domain', 'add', 'example.be', '--company', 'acme']);
	await h.ok(add);
	assert.equal(statSync(master).mode & 0o777, 0o600);
	assert.match(readFileSync(master, 'latin1'), /^[0-9a-f]{64}\n$/);
	for (const mode of [0o640, 0o604]) {
		chmodSync(master, mode);
		await h.refused(add, master, new RegExp(`chmod 600 ${master}`));
	}
	chmodSync(master, 0o600);
	const right = readFileSync(master);
	writeFileSync(master, `${'ab'.repeat(32)}\n`);
	await h.refused(add, master, /not the master key that the keys/);
	writeFileSync(master, 'abc\n');
	await h.refused(add, master, /64 hexadecimal/);
	renameSync(master, `${master}.away`);
	await h.refused(add, master, /put its copy back/);
	writeFileSync(master, right, { mode: 0o600 });
	await h.ok(add);
	if (process.getuid() === 0) {
		chownSync(master, 65534, -1);
		await h.refused(add, master, new RegExp(`chown root ${master}`));
	}
});

test('what root makes belongs to the relay, and the master key to root', async () => {
	assert.equal(process.getuid(), 0, 'this test needs root');
	const z = new Zegel();
	await z.must(['company', 'add', 'acme']);
	await z.must(['domain', 'add', 'example.be', '--company', 'acme']);
	await z.must(['key', 'add', '--domain', 'example.be']);
	const relay = Number((await must('id', ['-u', z.conf.server.user])).out);
	assert.equal(statSync(z.state).uid, relay);
	for (const f of readdirSync(z.state))
		assert.equal(statSync(join(z.state, f)).uid, relay, f);
	const master = statSync(join(z.dir, 'master.key'));
	assert.deepEqual([master.uid, master.mode & 0o777], [0, 0o600]);
	chmodSync(z.state, 0o700);
	const r = await z.cli(['doctor']);
	assert.equal(r.status, 0, r.out);
});

test('doctor says what is wrong and how to mend it, and changes nothing', async () => {
	const z = new Zegel({ conf: { server: { user: 'no-such-user' }, delivery: { route: 'smarthost', smarthost: 'nothing.invalid' } } });
	chmodSync(z.state, 0o755);
	const r = await z.cli(['doctor', '--json']);
	assert.equal(r.status, 1);
	const { ok, checks } = JSON.parse(r.out);
	assert.equal(ok, false);
	const bad = checks.filter((c) => c.state === 'error');
	assert.deepEqual(bad.map((c) => c.check), [...(process.getuid() === 0 ? ['state', 'users'] : ['state']), 'smarthost']);
	assert.ok(bad.every((c) => /; /.test(c.text)), JSON.stringify(bad));
	assert.deepEqual(readdirSync(z.state), []);
	const text = await z.cli(['doctor', '--lang', 'de']);
	assert.equal(text.out.match(/^falsch /gm).length, bad.length);
});

test('while serve runs: what is added counts at once, mail is listed and shown as it left', async () => {
	const z = await new Zegel().start();
	await z.must(['company', 'add', 'acme']);
	await z.must(['domain', 'add', 'example.be', '--company', 'acme']);
	await z.must(['key', 'add', '--domain', 'example.be', '--selector', 's1', '--type', 'ed25519']);
	const zone = join(z.dir, 'zone');
	writeFileSync(zone, await z.must(['record', 'example.be', '--format', 'bind']));
	let signed;
	await until('a mail that is signed', async () => {
		const s = await smtp(z);
		assert.match(await s.mail('piet@example.be', 'an@example.com', message('piet@example.be')), /^250/);
		const { messages } = await z.json(['queue', 'list', '--only', 'captured']);
		signed = messages.find((m) => m.is_signed);
		return signed;
	}, 15000);
	assert.deepEqual([signed.company, signed.sender, signed.from_domain], ['acme', 'piet@example.be', 'example.be']);
	assert.deepEqual(signed.recipients.map((r) => [r.address, r.state, r.next_at]), [['an@example.com', 'captured', null]]);
	assert.deepEqual(await z.json(['queue', 'show', signed.id]), signed);
	const mail = await z.cli(['queue', 'show', signed.id]);
	assert.deepEqual(mail.stdout, (await z.cli(['queue', 'show', signed.id, '--raw'])).stdout);
	assert.equal(mail.stdout.length, signed.size);
	assert.match(mail.err, new RegExp(`^${signed.id} was accepted \\S+Z from <piet@example\\.be>, ${signed.size} octets\nan@example\\.com: captured \\S+Z, attempts: 0\n$`));
	assert.equal((await z.cli(['queue', 'show', signed.id, '--raw'])).err, '');
	const verified = await zegel(['verify', '--zone', zone], { input: mail.stdout });
	assert.equal(verified.status, 0, verified.out);
	assert.deepEqual((await z.json(['queue', 'list', '--only', 'queued'])).messages, []);
	assert.deepEqual(await z.json(['queue', 'retry']), { retried: 0 });
	for (const verb of ['show', 'retry']) {
		const r = await z.cli(['queue', verb, NO_ID]);
		assert.equal(r.status, 4);
		assert.match(r.err, /^zegel: .*no such mail.*; .*\n$/);
	}
	assert.equal(await z.stop(), 0);
});

test('queue show: what became of a mail stands beside it, and what is missing of it is said', async () => {
	const z = await new Zegel({ conf: { delivery: { route: 'smarthost', smarthost: '127.0.0.1:9', smarthost_tls: 'none', sign: false } } }).start();
	await z.must(['company', 'add', 'acme']);
	await z.must(['domain', 'add', 'example.be', '--company', 'acme']);
	const c = await smtp(z), said = (id) => z.cli(['queue', 'show', id]);
	const id = idOf(await c.mail('piet@example.be', ['an@example.com', 'jan@example.com'], message('piet@example.be', '', 'regel\r\n'.repeat(20000))));
	const waits = /^an@example\.com: waits until \S+Z, attempts: [1-9]; \w/m;
	const tried = await until('it was tried', async () => {
		const r = await said(id);
		return waits.test(r.err) && r;
	});
	assert.equal(tried.status, 0);
	assert.match(tried.err, /^jan@example\.com: waits until \S+Z, attempts: [1-9]/m);
	assert.match(tried.stdout.toString('latin1'), /\r\n\r\n(regel\r\n){20000}$/);
	assert.equal(await z.stop(), 0);

	const [name] = readdirSync(join(z.state, 'spool')), file = join(z.state, 'spool', name);
	const lacks = async (what, status = 4) => {
		for (const args of [[], ['--raw']]) {
			const r = await z.cli(['queue', 'show', id, ...args]);
			assert.deepEqual([r.status, r.out], [status, ''], 'nothing of a mail that is not whole');
			assert.match(r.err, what);
			assert.match(r.err.split('\n')[0], /^zegel: [^\n]+; [^\n]+$/);
			assert.equal(waits.test(r.err), args.length === 0);
		}
		assert.equal((await z.json(['queue', 'show', id])).recipients.length, 2);
	};
	renameSync(file, `${file}.away`);
	await lacks(/^zegel: .*\/spool\/.*: the mail's text is missing; /);
	writeFileSync(file, 'short');
	await lacks(/^zegel: .*\/spool\/.*: the file has 5 octets and the mail's text 140000; /);
	await must('sqlite3', [`${z.state}/zegel.db`, 'UPDATE message SET content = NULL; DELETE FROM content']);
	await lacks(new RegExp(`^zegel: ${id}: the mail's text is no longer kept; `));
});
