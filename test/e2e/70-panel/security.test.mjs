// The page "E-mailbeveiliging", from an address to a domain that is right, against a real name server and without one.
import assert from 'node:assert/strict';
import { closeBrowser, openPage, overflow, violations } from '../lib/browser.mjs';
import { Nsd } from '../lib/nsd.mjs';
import { until } from '../lib/run.mjs';
import { test } from '../lib/test.mjs';
import { Zegel } from '../lib/zegel.mjs';

const PASSWORD = 'een zin die niemand raadt';
const DOMAIN = 'voorbeeldbouw.example';
const RELAY = '_spf.relay.example';

// A panel with an operator signed in and the company "Voorbeeldbouw bv", its DNS at nsd with these records.
async function world({ records = '', script = true } = {}) {
	const nsd = await new Nsd({ [DOMAIN]: records }).start();
	const z = await new Zegel({ dev: true, conf: { http: { listen: ['127.0.0.1:0'] }, dns: { resolver: `${nsd.address}:53` },
		delivery: { spf_include: RELAY } } }).start();
	const page = await openPage(`http://127.0.0.1:${z.panels[0].port}`, { script });
	await page.goto((await z.logged('setup'))[0].open);
	await page.fill('#address', 'info@example.be');
	await page.fill('#password', PASSWORD);
	await page.fill('#company', 'Voorbeeldbouw bv');
	await page.click('main button');
	await page.click('main a.btn.main');
	return { nsd, z, page };
}

// The records that the page shows, as lines of a zone file.
const zone = async (page) => (await page.inputValue('#zone')).trim();

async function domainMade(page) {
	await page.fill('#addr', `facturen@${DOMAIN}`);
	await page.click('main form button');
	assert.match(await page.textContent('.note'), new RegExp(DOMAIN));
	await page.click('text=Verder');
	await page.waitForURL(/security\?domain=/);
}

for (const script of [true, false]) {
	test(`the whole way ${script ? 'with' : 'without'} JavaScript: address, key, records, right, test mail`, async () => {
		const { nsd, page } = await world({ records: '@ IN MX 10 voorbeeldbouw-example.mail.protection.outlook.com.\n@ IN TXT "v=spf1 include:spf.protection.outlook.com -all"', script });
		await domainMade(page);
		const shown = async () => {
			await page.goto(page.url().replace(/&done=\w+/, ''));
			return page.textContent('main');
		};
		await until('the first check', async () => /Aan te passen/.test(await shown()), 20000);
		assert.match(await page.textContent('#spf'), /include:spf\.protection\.outlook\.com/);
		assert.equal(await page.textContent('#spf ins'), `include:${RELAY}`);
		assert.match(await page.textContent('#part-detected'), /Microsoft 365/);
		nsd.change(DOMAIN, `@ IN MX 10 voorbeeldbouw-example.mail.protection.outlook.com.\n${await zone(page)}`);
		await page.click('#part-hero button');
		await until('all records right', async () => /In orde: uw mails zijn ondertekend/.test(script ? await page.textContent('main') : await shown()), 30000);
		await page.goto(page.url().replace(/&done=\w+/, ''));
		await page.fill('#to', 'klant@example.net');
		await page.click('#part-testmail button');
		await page.waitForURL(/sent=/);
		assert.match(await page.textContent('#part-testmail .verdict'), /DKIM\s*geslaagd/);
		assert.deepEqual(page.strays, []);
		assert.deepEqual(page.errors, []);
		await closeBrowser();
	}, { timeout: 120000 });
}

test('each state: nothing for axe-core, no wider than 320 px', async () => {
	const { nsd, page } = await world({ records: '@ IN TXT "v=spf1 include: spf.relay.example -all"' });
	const look = async (what) => {
		await page.setViewportSize({ width: 1280, height: 900 });
		assert.deepEqual(await violations(page), [], what);
		await page.setViewportSize({ width: 320, height: 700 });
		assert.ok(await overflow(page) <= 0, `${what} is wider than 320 px by ${await overflow(page)}`);
		await page.setViewportSize({ width: 1280, height: 900 });
	};
	await look('none');
	await page.fill('#addr', 'geen domein');
	await page.click('main form button');
	await look('not a domain');
	await page.fill('#addr', 'iemand@gmail.com');
	await page.click('main form button');
	await look('public provider');
	await page.goto('/c/voorbeeldbouw-bv/security');
	await domainMade(page);
	await until('the first check', async () => {
		await page.reload();
		return /Aan te passen/.test(await page.textContent('main'));
	}, 20000);
	await look('a space after include:');
	assert.match(await page.textContent('#spf .do'), /spatie/);
	nsd.change(DOMAIN, await zone(page));
	await page.click('#part-hero button');
	await page.waitForSelector('.hero.good', { timeout: 30000 });
	await look('right');
	await closeBrowser();
}, { timeout: 120000 });
