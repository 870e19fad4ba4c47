import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { serveWebviews, type ServedPages } from '../../../scripts/webviewPages.mjs';
import type { DevTheme } from '../../../webview/dev/themes.ts';

const chromiumPath = process.env.MEDALLION_TEST_CHROMIUM ?? '/usr/bin/chromium';

export interface OpenOptions {
  theme?: DevTheme;
  size?: { width: number; height: number };
  reducedMotion?: boolean;
}

/** The webview pages in a plain browser, without an editor. */
export interface Pages {
  /** Opens `/chart/bar`. A page that says an error in its console fails the test. */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** What the pages said in their consoles so far, where that is an error or a warning; it is forgotten. */
  errors(): string[];
}

/** Serves the pages for a suite, and opens them in a browser of its own. */
export function usePages({ minify = false }: { minify?: boolean } = {}): Pages {
  let served: ServedPages | undefined;
  let browser: Browser | undefined;
  let errors: string[] = [];
  const opened: Page[] = [];

  before(async function () {
    this.timeout(60_000);
    if (!existsSync(chromiumPath)) return this.skip();
    served = await serveWebviews({ minify });
    browser = await chromium.launch({
      executablePath: chromiumPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()));
    const told = errors;
    errors = [];
    if (told.length > 0) throw new Error(`The page said: ${told.join('\n')}`);
  });
  after(async () => {
    await browser?.close();
    await served?.close();
  });

  return {
    async open(path, { theme = 'dark', size = { width: 1200, height: 760 }, reducedMotion = true } = {}) {
      const context = await browser!.newContext({
        viewport: size,
        reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
      });
      page.on('pageerror', ({ message }) => errors.push(message));
      opened.push(page);
      await page.goto(`${served!.url}${path}?theme=${theme}`);
      return page;
    },
    errors() {
      return errors.splice(0);
    },
  };
}
