import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, openWatchedPage, type WatchedPage } from '../support/browser/watched-page.ts';
import { describeWith } from '../support/describe-with.ts';
import { get } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

describeWith('TEST_CHROMIUM_BIN', 'the page of the API', (bin) => {
  let browser: Browser;
  let server: RunningServer;
  let watched: WatchedPage;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchBrowser(bin), startServer()]);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });
  beforeEach(async () => {
    watched = await openWatchedPage(browser);
    await watched.page.goto(`${server.url}/docs`);
    await watched.page.locator('.opblock').first().waitFor();
  });
  afterEach(async () => {
    const { troubles, requested } = watched;
    await watched.close();
    expect(troubles).toEqual([]);
    expect(requested.filter((url) => !url.startsWith(server.url))).toEqual([]);
  });

  test('shows every operation, and opens each without an error', async () => {
    const { page } = watched;
    const { body } = await get(server, '/openapi.json', { key: null });
    const operations = Object.values(body.paths as Record<string, object>).flatMap((path) =>
      Object.values(path),
    );
    const blocks = page.locator('.opblock');
    expect(await blocks.count()).toBe(operations.length);
    for (const block of await blocks.all()) {
      await block.locator('.opblock-summary-control').click();
      await block.locator('.responses-table').waitFor();
    }
    expect(await page.locator('.errors-wrapper').allInnerTexts()).toEqual([]);
  });

  test('tries an operation with a key, and keeps none', async () => {
    const { page } = watched;
    await page.locator('.btn.authorize').first().click();
    await page.locator('.modal-ux input').first().fill(server.key);
    await page.locator('.modal-ux .btn.authorize').first().click();
    await page.locator('.modal-ux .btn-done').first().click();

    const block = page.locator('.opblock', { hasText: 'List documents' });
    await block.locator('.opblock-summary-control').click();
    await block.getByRole('button', { name: 'Try it out' }).click();
    const [request] = await Promise.all([
      page.waitForRequest(/\/admin\/documents/),
      block.getByRole('button', { name: 'Execute' }).click(),
    ]);
    expect(request.headers()['x-api-key']).toBe(server.key);
    expect(await block.locator('.live-responses-table .response .response-col_status').innerText()).toContain(
      '200',
    );
    expect(
      await page.evaluate('JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])'),
    ).toBe('[{},{},""]');
  });
});
