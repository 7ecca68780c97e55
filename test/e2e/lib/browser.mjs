// browser.mjs - Debian's Chromium, driven by playwright-core: pages that speak to nobody but the program under test.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { atEnd } from './test.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;

// A page in a context of its own. strays: addresses of requests that left for elsewhere; errors: what the page's console says is wrong.
export async function openPage(base, { script = true, width = 1280, height = 900, scheme = 'light', lang = 'nl' } = {}) {
	browser ??= await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
	const context = await browser.newContext({ baseURL: base, javaScriptEnabled: script, viewport: { width, height }, colorScheme: scheme, locale: lang });
	const page = await context.newPage();
	page.strays = [];
	page.errors = [];
	page.on('request', (r) => { if (!r.url().startsWith(base) && !r.url().startsWith('data:')) page.strays.push(r.url()); });
	page.on('console', (m) => { if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) page.errors.push(m.text()); });
	page.on('pageerror', (e) => page.errors.push(String(e)));
	atEnd(() => context.close());
	return page;
}

export async function closeBrowser() {
	await browser?.close();
	browser = undefined;
}

// What axe-core finds: WCAG 2.2 A and AA and best practice. The content policy of the page does not let it in as a script element.
export async function violations(page) {
	await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true; });
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
	return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`);
}

// How far a page is wider than its window.
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
