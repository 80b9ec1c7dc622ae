import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** A page with a record of everything that should not have happened on it. */
export type WatchedPage = {
  page: Page;
  /** Console errors, uncaught exceptions and violations of the content security policy, in their own words. */
  troubles: string[];
  /** The addresses of all requests, `data:` ones left out. */
  requested: string[];
  close(): Promise<void>;
};

/** Nothing that a browser does by itself: no updates, no synchronisation, no first-run page. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const REPORT_VIOLATIONS = `
  addEventListener('securitypolicyviolation', (event) =>
    console.error('policy violation: ' + event.effectiveDirective + ' ' + event.blockedURI));
`;

export const launchBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, headless: true, args: QUIET });

/** A page with storage of its own, watched from its first request on. */
export const openWatchedPage = async (
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> => {
  const context = await browser.newContext(options);
  await context.addInitScript(REPORT_VIOLATIONS);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const troubles: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requested.push(request.url());
  });
  return { page, troubles, requested, close: () => context.close() };
};
