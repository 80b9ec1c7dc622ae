import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openWatchedPage, type WatchedPage } from '../support/browser/watched-page.ts';
import { describeWith } from '../support/describe-with.ts';
import { eventually, ingest } from '../support/http.ts';
import { answers, stallsAfter, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const FIRST_QUESTION = 'Which file formats can I ingest?';
const README = join(import.meta.dirname, '..', '..', 'README.md');
const MANUAL = { title: 'Sallyport', source: 'README.md', text: readFileSync(README, 'utf8') };
const HOSTILE = {
  title: '<img src="x" onerror="window.harmed = 1">Zeppelin notes',
  source: 'zeppelin"><script>window.harmed = 2</script>.txt',
  text: [
    'The zeppelin hangar password hint is <script>window.harmed = 3</script> for all pilots.',
    'The zeppelin mooring mast signal is <img src="x" onerror="window.harmed = 4"> at dusk.',
  ].join('\n\n'),
};
const LONG_WORD = 'Donaudampfschifffahrtsgesellschaft'.repeat(8);

describeWith('TEST_CHROMIUM_BIN', 'the web page', (bin) => {
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;
  let server: RunningServer;

  beforeAll(async () => {
    browser = await launchBrowser(bin);
  });
  afterAll(() => browser.close());

  const openPage = async (options = {}) => {
    watched = await openWatchedPage(browser, options);
    ({ page } = watched);
    await page.goto(server.url);
  };
  const useKey = async (key: string) => {
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Use key' }).click();
  };
  const ask = async (question: string) => {
    await page.getByLabel('Your question').fill(question);
    await page.keyboard.press('Enter');
  };
  /** The newest answer, once it is finished. */
  const answered = async () => {
    const article = page.locator('article').first();
    await page.locator('article[aria-busy="false"]').first().waitFor();
    return article;
  };
  const evaluate = (script: string): Promise<unknown> => page.evaluate(script);

  afterEach(async () => {
    const { requested } = watched;
    await watched.close();
    expect(requested.filter((url) => !url.startsWith(server.url))).toEqual([]);
    expect(requested.filter((url) => url.includes(server.key))).toEqual([]);
  });

  describe('in front of a server that knows its manual', () => {
    beforeAll(async () => {
      server = await startServer();
      await ingest(server, [HOSTILE, MANUAL]);
    });
    afterAll(() => server.stop());
    beforeEach(() => openPage());

    test('answers the first question, and opens the citation at its quote', async () => {
      await useKey(server.key);
      await ask(FIRST_QUESTION);
      const article = await answered();
      expect(await article.locator('.answer-text').innerText()).toContain('PDF');
      expect(await article.innerText()).toMatch(/(High|Medium|Low) confidence, \d+%/);

      const marker = article.getByRole('button', { name: /^Source \d$/ });
      await marker.click();
      const panel = page.getByRole('complementary');
      expect(await panel.locator('mark').innerText()).toContain('PDF');
      expect(await panel.innerText()).toMatch(/README\.md[^]*0\.\d\d/);
      expect(await panel.getByRole('heading').evaluate((heading) => heading.matches(':focus'))).toBe(true);

      await page.keyboard.press('Escape');
      expect(await panel.isVisible()).toBe(false);
      expect(await marker.evaluate((button) => button.matches(':focus'))).toBe(true);
      expect(watched.troubles).toEqual([]);
    });

    test('tells a screen reader how it ended', async () => {
      await useKey(server.key);
      await ask(FIRST_QUESTION);
      await answered();
      expect(await page.getByRole('status').innerText()).toMatch(/PDF[^]*One source, confidence \d+%\./);
    });

    test('keeps the key in this tab alone, hidden unless it is asked for', async () => {
      const field = page.getByLabel('API key');
      expect(await field.getAttribute('type')).toBe('password');
      await page.getByRole('button', { name: 'Show' }).click();
      expect(await field.getAttribute('type')).toBe('text');
      await useKey(server.key);
      expect(await field.isVisible()).toBe(false);
      expect(
        await evaluate('JSON.stringify([{...localStorage}, document.cookie, location.href])'),
      ).not.toContain(server.key);
      expect(await evaluate('JSON.stringify(sessionStorage)')).toContain(server.key);
      expect(await page.content()).not.toContain(server.key);

      await page.reload();
      await ask(FIRST_QUESTION);
      expect(await (await answered()).innerText()).toContain('PDF');

      await page.getByRole('button', { name: 'Forget' }).click();
      expect(await evaluate('JSON.stringify(sessionStorage)')).not.toContain(server.key);
    });

    test('asks for a key where there is none, before it asks anything else', async () => {
      await ask(FIRST_QUESTION);
      expect(await page.locator('#key-note').innerText()).toContain('A key is needed first');
      expect(await page.getByLabel('API key').evaluate((field) => field.matches(':focus'))).toBe(true);
      expect(watched.requested).not.toContain(`${server.url}/query`);
    });

    test('says what to do about a wrong key, and keeps the question', async () => {
      await useKey('sp_00000000_this-key-is-not-one-of-theirs');
      await ask(FIRST_QUESTION);
      const article = await answered();
      expect(await article.innerText()).toMatch(
        /This key is not accepted[^]*Paste it again[^]*request [\w-]{8,}/,
      );
      expect(await page.getByLabel('Your question').inputValue()).toBe(FIRST_QUESTION);
      expect(await page.getByLabel('API key').evaluate((field) => field.matches(':focus'))).toBe(true);

      await useKey(server.key);
      await page.keyboard.press('Enter');
      await page.locator('article', { hasText: 'PDF' }).waitFor();
    });

    test('shows a refusal as one', async () => {
      await useKey(server.key);
      await ask('What is the capital of Mongolia?');
      const article = await answered();
      expect(await article.innerText()).toMatch(
        /Not in the documents[^]*do not hold an answer[^]*request [\w-]{8,}/,
      );
      expect(await article.getByRole('button').count()).toBe(0);
      expect(await article.innerText()).not.toContain('confidence');
    });

    test('writes hostile text of a document as text, in the answer and in the citation', async () => {
      await useKey(server.key);
      for (const [question, markup] of [
        ['What is the zeppelin hangar password hint?', '<script>window.harmed = 3</script>'],
        ['What is the zeppelin mooring mast signal?', '<img src="x" onerror="window.harmed = 4">'],
      ] as const) {
        await ask(question);
        await page.locator('article', { hasText: markup }).waitFor();
        const article = await answered();
        expect(await article.locator('.answer-text').innerText()).toContain(markup);
        await article.locator('.source').first().click();
        const panel = page.getByRole('complementary');
        expect(await panel.locator('mark').innerText()).toContain(markup);
        expect(await panel.innerText()).toContain(HOSTILE.title);
        expect(await page.locator('main img, main script, aside img, aside script').count()).toBe(0);
      }
      expect(await evaluate('window.harmed')).toBeUndefined();
      expect(watched.troubles).toEqual([]);
    });

    test('would have been stopped by the policy, had it been markup', async () => {
      await evaluate(
        `document.body.insertAdjacentHTML('beforeend', '<img src="/x" onerror="window.harmed = 5">')`,
      );
      await eventually(async () => watched.troubles.some((trouble) => trouble.includes('script-src-attr')));
      expect(await evaluate('window.harmed')).toBeUndefined();
    });

    test('reads an event stream that is cut anywhere', async () => {
      const events = await evaluate(`(async () => {
        const { createEventParser } = await import('/event-stream.js');
        const stream = ': hello\\r\\n\\r\\nevent: one\\r\\ndata: {"a":"é"}\\r\\n\\r\\n' +
          'data:first\\ndata: second\\nid: 7\\n\\n:\\n\\nevent: none\\n\\nevent: two\\rdata\\r\\rdata: cut off\\n';
        const readings = new Set();
        for (let first = 0; first <= stream.length; first++)
          for (let second = first; second <= stream.length; second++) {
            const parser = createEventParser();
            const parts = [stream.slice(0, first), stream.slice(first, second), stream.slice(second)];
            readings.add(JSON.stringify(parts.flatMap((part) => parser.push(part))));
          }
        return [...readings].map((reading) => JSON.parse(reading));
      })()`);
      expect(events).toEqual([
        [
          { event: 'one', data: '{"a":"é"}' },
          { event: 'message', data: 'first\nsecond' },
          { event: 'two', data: '' },
        ],
      ]);
    });

    test.each([
      [429, 'rate_limited', 'The limit is 60 a minute.', 'Too many questions', 'Ask again in 30 seconds.'],
      [
        429,
        'budget_exceeded',
        'The day’s $2 are spent.',
        'The budget is used up',
        'Ask again in 30 seconds.',
      ],
      [503, 'unavailable', 'The database is down.', 'The server is not ready', 'Ask again in 30 seconds.'],
      [502, 'upstream_error', 'The model failed.', 'The model failed', 'Ask again in a moment.'],
      [400, 'content_blocked', 'It is about violence.', 'The content filter said no', 'in other words'],
      [418, 'unheard_of', 'Short and stout.', 'Teapot', 'give the request id'],
    ])('explains a problem %i %s', async (status, code, detail, title, advice) => {
      await page.route('**/query', (route) =>
        route.fulfill({
          status,
          headers: { 'retry-after': '30' },
          contentType: 'application/problem+json',
          body: JSON.stringify({ status, code, title: 'Teapot', detail, request_id: 'the-request-id' }),
        }),
      );
      await useKey(server.key);
      await ask('Anything');
      const text = await (await answered()).innerText();
      for (const part of [title, detail, advice, 'the-request-id']) expect(text).toContain(part);
    });

    test.each([
      [
        'a stream that breaks off',
        200,
        'event: answer-delta\ndata: {"text":"Half a"}\n\n',
        /Half a[^]*broke off/,
      ],
      [
        'a problem in the stream',
        200,
        'event: error\ndata: {"status":504,"code":"upstream_timeout"}\n\n',
        /too long/,
      ],
      ['a page of a proxy', 502, '<h1>Bad gateway</h1>', /Bad Gateway[^]*give the request id/],
    ])('explains %s', async (_, status, body, expected) => {
      await page.route('**/query', (route) =>
        route.fulfill({ status, contentType: status === 200 ? 'text/event-stream' : 'text/html', body }),
      );
      await useKey(server.key);
      await ask('Anything');
      expect(await (await answered()).innerText()).toMatch(expected);
      expect(await page.getByLabel('Your question').inputValue()).toBe('Anything');
    });

    test('says so when nobody is there', async () => {
      await page.route('**/query', (route) => route.abort());
      await useKey(server.key);
      await ask('Anything');
      expect(await (await answered()).innerText()).toContain('The server does not answer');
    });
  });

  describe('in front of a model that streams', () => {
    let provider: OpenAiServer;
    beforeAll(async () => {
      provider = await startOpenAiServer();
      server = await startServer({ env: provider.env });
      await ingest(server, [{ text: 'The bridge opens at nine. It closes at ten.', title: 'Bridge' }]);
    });
    afterAll(async () => {
      await server.stop();
      await provider.stop();
    });
    beforeEach(async () => {
      provider.reset();
      await openPage({ viewport: { width: 360, height: 740 } });
      await useKey(server.key);
    });

    test('shows the answer as it is written, and Stop ends the model’s work', async () => {
      provider.onChat = stallsAfter(
        'The bridge opens ',
        'at nine [1]',
        '. And then it is open all day long until ',
      );
      await ask('When does the bridge open?');
      const article = page.locator('article').first();
      await article.getByText('at nine').waitFor();
      expect(await article.getAttribute('aria-busy')).toBe('true');
      await article.getByRole('button', { name: 'Source 1' }).click();
      expect(await page.getByRole('complementary').innerText()).toContain('It closes at ten.');

      await page.getByRole('button', { name: 'Stop' }).click();
      await article.getByText('Stopped.').waitFor();
      expect(await article.getAttribute('aria-busy')).toBe('false');
      expect(await page.getByRole('button', { name: 'Ask' }).isVisible()).toBe(true);
      await eventually(async () => provider.chats()[0]?.aborted, { what: 'the end of the model call' });
      expect(watched.troubles).toEqual([]);
    });

    test('breaks the line with Shift and Enter, and asks with Enter', async () => {
      await page.getByLabel('Your question').fill('When does');
      await page.keyboard.press('Shift+Enter');
      await page.keyboard.type('the bridge open?');
      expect(await page.getByLabel('Your question').inputValue()).toBe('When does\nthe bridge open?');
      expect(provider.chats()).toHaveLength(0);
      await page.keyboard.press('Enter');
      await answered();
      expect(provider.chats()).toHaveLength(1);
      expect(await page.getByLabel('Your question').inputValue()).toBe('');
    });

    test('writes hostile text of a model as text, and fits a narrow screen', async () => {
      const hostile = `<img src=x onerror="window.harmed=6"><a href="javascript:harmed=7">${LONG_WORD}</a> [1]`;
      provider.onChat = answers(...hostile.match(/[^]{1,7}/g)!);
      await ask(`When does the bridge open? ${LONG_WORD}`);
      const article = await answered();
      expect(await article.locator('.answer-text').innerText()).toContain(
        '<img src=x onerror="window.harmed=6">',
      );
      await article.locator('.answer-text').getByRole('button', { name: 'Source 1' }).click();
      expect(await evaluate('window.harmed')).toBeUndefined();
      expect(await page.locator('article img, article a').count()).toBe(0);
      expect(await evaluate('document.documentElement.scrollWidth')).toBe(360);
      expect(watched.troubles).toEqual([]);
    });
  });
});
