// From the first start to a company, in a browser: with and without JavaScript.
import assert from 'node:assert/strict';
import { closeBrowser, openPage, overflow, violations } from '../lib/browser.mjs';
import { test } from '../lib/test.mjs';
import { Zegel } from '../lib/zegel.mjs';

const PASSWORD = 'een zin die niemand raadt';

async function started(options = {}) {
	const z = await new Zegel({ dev: true, conf: { http: { listen: ['127.0.0.1:0'] }, ...options } }).start();
	const base = `http://127.0.0.1:${z.panels[0].port}`;
	const setup = (await z.logged('setup'))[0].open;
	return { z, base, setup };
}

for (const script of [true, false]) {
	test(`first run, ${script ? 'with' : 'without'} JavaScript: operator, company, credential`, async () => {
		const { base, setup } = await started();
		const page = await openPage(base, { script });
		await page.goto('/');
		assert.equal(new URL(page.url()).pathname, '/setup');
		await page.goto(setup);
		await page.fill('#address', 'info@example.be');
		await page.fill('#password', 'kort');
		await page.click('main button');
		assert.match(await page.textContent('[role=alert]'), /minstens 12 tekens/);
		assert.equal(await page.inputValue('#address'), 'info@example.be');
		await page.fill('#password', PASSWORD);
		await page.fill('#company', 'Voorbeeld bv');
		await page.click('main button');
		assert.match(await page.textContent('main'), /swaks --server 127\.0\.0\.1/);
		await page.click('main a.btn.main');
		assert.equal(new URL(page.url()).pathname, '/c/voorbeeld-bv/security');
		assert.equal(await page.textContent('#hero'), 'Nog niet ingesteld');
		assert.equal((await page.goto(setup)).status(), 404);
		assert.deepEqual(page.strays, []);
		assert.deepEqual(page.errors, []);
		await closeBrowser();
	});
}

test('each page of the first run: nothing for axe-core, no wider than 320 px, in light and dark', async () => {
	const { base, setup } = await started();
	for (const scheme of ['light', 'dark']) {
		const page = await openPage(base, { scheme });
		for (const path of [setup, '/login', '/login/reset', '/help', '/nergens']) {
			await page.setViewportSize({ width: 1280, height: 900 });
			await page.goto(path);
			assert.deepEqual(await violations(page), [], path);
			await page.setViewportSize({ width: 320, height: 700 });
			assert.ok(await overflow(page) <= 0, `${path} is wider than 320 px by ${await overflow(page)}`);
		}
	}
	await closeBrowser();
});
