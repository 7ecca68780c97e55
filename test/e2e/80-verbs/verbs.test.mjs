// The command line against others: keys, records, signatures both ways; exit statuses; an installation that others build on.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Nsd } from '../lib/nsd.mjs';
import { PYTHON, TOP, ZEGEL, must, run, scratch } from '../lib/run.mjs';
import { message } from '../lib/smtp.mjs';
import { test } from '../lib/test.mjs';
import { dkimpy, mailDkim, openDkim } from '../lib/verify.mjs';
import { zegel } from '../lib/zegel.mjs';

const DATE = 'Date: Tue, 24 Nov 2026 22:39:17 +0000\r\n';
const SIGN = 'import sys, dkim; m = sys.stdin.buffer.read(); a = sys.argv; sys.stdout.buffer.write(dkim.sign(m, a[1].encode(), b"example.be", open(a[2], "rb").read(), canonicalize=(a[3].encode(), a[4].encode())) + m)';
const mail = Buffer.from(message('piet@example.be', DATE, 'Goedendag,  \r\n\r\nen  \tdag.\r\n\r\n\r\n'), 'latin1');

async function keygen(dir, selector, type) {
	const r = await zegel(['keygen', '--domain', 'example.be', '--selector', selector, '--type', type, '--out', dir, '--format', 'bind']);
	assert.equal(r.status, 0, r.err);
	const file = (await must('find', [dir, '-name', `*${selector}*`, '-perm', '600'])).out.trim();
	assert.equal(statSync(file).mode & 0o777, 0o600);
	return { record: r.out, file };
}

test('what sign makes, others verify by nsd; what python3-dkim signs, verify passes by nsd and by a zone file', async () => {
	const dir = scratch(), rsa = await keygen(dir, 's1', 'rsa'), ed = await keygen(dir, 'e1', 'ed25519');
	const nsd = await new Nsd({ 'example.be': rsa.record + ed.record }).start();
	for (const canon of ['relaxed/relaxed', 'simple/simple', 'relaxed/simple', 'simple/relaxed']) {
		const signed = await zegel(['sign', '--key', rsa.file, '--selector', 's1', '--domain', 'example.be', '--canon', canon], { input: mail });
		assert.equal(signed.status, 0, signed.err);
		for (const verify of [dkimpy, openDkim, mailDkim])
			assert.match((await verify(nsd, signed.stdout)).join(), /^pass/, `${verify.name} ${canon}\n${signed.out}`);
		const own = await zegel(['verify', '--resolver', `${nsd.address}:53`, '--json'], { input: signed.stdout });
		assert.equal(own.status, 0, own.out + own.err);
		const theirs = await must(PYTHON, ['-c', SIGN, 's1', rsa.file, ...canon.split('/')], { input: mail });
		const said = await zegel(['verify', '--resolver', `${nsd.address}:53`, '--json'], { input: theirs.stdout });
		assert.equal(said.status, 0, `${canon}: ${said.out}${said.err}`);
		assert.equal(JSON.parse(said.out).dkim[0].result, 'pass');
	}
	const signed = await zegel(['sign', '--key', ed.file, '--selector', 'e1', '--domain', 'example.be'], { input: mail });
	assert.match((await dkimpy(nsd, signed.stdout)).join(), /^pass/, signed.out + signed.err);
});

test('verify: 0 pass, 1 fail and none, 3 when DNS does not answer; its JSON has the members that are promised', async () => {
	const dir = scratch(), rsa = await keygen(dir, 's1', 'rsa'), zone = join(dir, 'zone');
	const signed = (await zegel(['sign', '--key', rsa.file, '--selector', 's1', '--domain', 'example.be'], { input: mail })).stdout;
	const p = rsa.record.replace(/"\s*"/g, '').match(/p=([A-Za-z0-9+/=]+)/)[1];
	writeFileSync(zone, `s1._domainkey.example.be 60 IN TXT "v=DKIM1; k=rsa; p=${p.slice(0, 200)}" "${p.slice(200)}"\n`);
	const verify = (input, ...more) => zegel(['verify', '--zone', zone, ...more], { input });
	const good = await verify(signed, '--json');
	assert.equal(good.status, 0, good.out + good.err);
	const said = JSON.parse(good.out);
	for (const name of ['dkim', 'spf', 'arc', 'dmarc', 'author_domain', 'authentication_results', 'dns_queries'])
		assert.ok(name in said, name);
	assert.deepEqual(Object.keys(said.dkim[0]).sort(), ['algorithm', 'bits', 'domain', 'identity', 'reason', 'result', 'selector'].sort());
	assert.equal(said.author_domain, 'example.be');
	assert.match((await verify(signed)).out, /^Authentication-Results: .*dkim=pass/);
	assert.equal((await verify(Buffer.from(signed.toString('latin1').replace('en dag', 'de dag').replace('dag.', 'dag!'), 'latin1'))).status, 1);
	assert.equal((await verify(mail)).status, 1, 'no signature');
	writeFileSync(zone, 's1._domainkey.example.be 60 IN TIMEOUT TXT\n');
	assert.equal((await verify(signed)).status, 3);
	writeFileSync(zone, 'this is no zone\n');
	const broken = await verify(signed);
	assert.equal(broken.status, 4);
	assert.match(broken.err, /1/);
});

test('sign refuses what a receiver would reject, and says why', async () => {
	const dir = scratch(), rsa = await keygen(dir, 's1', 'rsa');
	for (const [what, text] of [['two From', message('piet@example.be', 'From: jan@example.be\r\n')], ['no From', 'Subject: x\r\n\r\nx\r\n'], ['a foreign From', message('piet@example.com')], ['two addresses', message('a@example.be, b@example.be')]]) {
		const r = await zegel(['sign', '--key', rsa.file, '--selector', 's1', '--domain', 'example.be'], { input: text });
		assert.notEqual(r.status, 0, what);
		assert.equal(r.out, '', what);
		assert.match(r.err, /^zegel: .*From/m, what);
	}
	assert.equal((await zegel(['sign', '--key', rsa.file, '--domain', 'example.be'], { input: mail })).status, 2, 'no selector');
	writeFileSync(join(dir, 'x'), 'no key');
	assert.equal((await zegel(['sign', '--key', join(dir, 'x'), '--selector', 's1', '--domain', 'example.be'], { input: mail })).status, 4);
});

test('four languages speak; LANG and --lang choose', async () => {
	const said = await Promise.all(['en', 'nl', 'fr', 'de'].map(async (l) => (await run(ZEGEL, ['help', '--lang', l])).out));
	assert.equal(new Set(said).size, 4);
	assert.equal((await run(ZEGEL, ['help'], { env: { LC_ALL: '', LC_MESSAGES: '', LANG: 'nl_BE.UTF-8' } })).out, said[1]);
});

test('make install: program, library, headers, pages, unit; a program outside builds against it by pkg-config', async () => {
	const dest = scratch();
	await must('make', ['-C', TOP, '--no-print-directory', 'install', 'SAN=', `DESTDIR=${dest}`, 'prefix=/usr'], { timeout: 240000 });	// as users do
	for (const f of ['bin/zegel', 'include/zegel/dkim.h', 'share/man/man1/zegel.1', 'share/man/man5/zegel.conf.5', 'share/man/man3/libzegel.3', 'share/man/man3/zg_dkim_sign_init.3', 'lib/systemd/system/zegel.service', 'lib/sysusers.d/zegel.conf', 'lib/tmpfiles.d/zegel.conf'])
		assert.ok(existsSync(join(dest, 'usr', f)), f);
	assert.match(readFileSync(join(dest, 'usr/lib/systemd/system/zegel.service'), 'utf8'), /^ExecStart=\/usr\/bin\/zegel serve/m);
	const pc = (await must('find', [dest, '-name', 'zegel.pc'])).out.trim();
	const env = { PKG_CONFIG_PATH: join(pc, '..'), PKG_CONFIG_SYSROOT_DIR: dest };
	const flags = (await must('pkg-config', ['--cflags', '--libs', 'zegel'], { env })).out.trim().split(/\s+/);
	writeFileSync(join(dest, 'zone'), 's1._domainkey.example.be 60 IN TXT "v=DKIM1; p="\n');
	await must('gcc', ['-std=c11', join(TOP, 'examples/verify.c'), '-o', join(dest, 'example'), ...flags]);
	const signed = `DKIM-Signature: v=1; a=rsa-sha256; d=example.be; s=s1; h=from;\r\n bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\nFrom: a@example.be\r\n\r\n`;
	const r = await run(join(dest, 'example'), [join(dest, 'zone')], { input: signed, env: { LD_LIBRARY_PATH: (await must('dirname', [(await must('find', [dest, '-name', 'libzegel.so.0'])).out.trim()])).out.trim() } });
	assert.deepEqual([r.status, r.out], [1, 'permerror example.be the key is revoked (p= is empty)\n']);
}, { timeout: 300000 });
