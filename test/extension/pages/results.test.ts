import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { RunEvent } from '../../../src/session/sessionTypes.ts';
import type { ResultsRequest } from '../../../src/vscode/session/results/resultsProtocol.ts';
import { themeNames, type DevTheme } from '../../../webview/dev/themes.ts';
import { axe } from '../support/axe.ts';
import { until } from '../support/until.ts';
import { usePages } from '../support/usePages.ts';

interface Dev {
  results: {
    asked: ResultsRequest[];
    copied: string[];
    store: { add(update: { runId: string; event: RunEvent }): void };
    run: (id: string, title: string, ...events: RunEvent[]) => void;
    print: (text: string) => RunEvent;
    begin: RunEvent;
    ok: RunEvent;
  };
  dev: { said: { kind: string }[]; tell: (message: unknown) => void };
  hacked?: number;
}

describe('The page of results', function () {
  this.timeout(60_000);
  const pages = usePages({ minify: true });
  let page: Page;

  const open = async (name: string, theme?: DevTheme): Promise<void> => {
    page = await pages.open(`/results/${name}`, {
      ...(theme && { theme }),
      size: { width: 900, height: 700 },
    });
  };
  const inPage = async <T>(ask: (dev: Dev) => T): Promise<T> => {
    const handle = await page.evaluateHandle(() => globalThis as unknown as Dev);
    return handle.evaluate<T>(ask as never);
  };
  const asked = (): Promise<ResultsRequest[]> => inPage(({ results }) => results.asked);
  const run = (id: string): ReturnType<Page['locator']> => page.locator(`[data-run="${id}"]`);
  const isAtEnd = (): Promise<boolean> =>
    page.evaluate(() => window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 2);

  it('shows text, tables, pictures and errors of runs, in their order', async () => {
    await open('loop');
    await run('f').waitFor();
    deepEqual(await page.locator('.run h2').allInnerTexts(), [
      ...['silver.py, cell 1', 'silver.py: Orders', 'silver.py: SQL'],
      ...['silver.py, cell 4', 'silver.py, cell 5', 'silver.py, cell 6'],
    ]);
    match(await run('a').locator('pre').innerText(), /^Spark 4\.2\.0\ncolour 0 colour 1/);
    match(await run('b').innerText(), /The first 40 of 11,000 rows · 4 columns/);
    equal(await run('b').locator('.cell').first().innerText(), '9,007,199,254,740,993');
    ok((await run('b').locator('.cell.null').count()) > 0);
    const picture = run('c').locator('img');
    equal(await picture.getAttribute('alt'), '<Figure>');
    equal(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth), 240);
    match(await run('d').locator('.failure').innerText(), /column "brnch" does not exist/);
    match(await run('e').innerText(), /not run: one before it failed/);
    match(await run('f').locator('.run-progress').innerText(), /stage 3, 40 of 200 tasks/);
    await until('the time goes on', async () => /running for [1-9]/.test(await run('f').innerText()));
  });

  it('leads to the person’s own lines, which stand first', async () => {
    await open('loop');
    const links = run('d').locator('.link');
    deepEqual(await links.allInnerTexts(), ['silver.py:12', 'silver.py:3']);
    await links.first().focus();
    await page.keyboard.press('Enter');
    const request = await until('it is asked for', async () => (await asked())[0] ?? false);
    deepEqual(
      { ...request, id: 0 },
      {
        ...{ kind: 'goToFrame', id: 0, run: 'd' },
        ...{ output: 2, part: 0, frame: 0 },
      },
    );
    await run('d').locator('summary', { hasText: 'Traceback' }).click();
    match(await run('d').locator('details').last().innerText(), /AnalysisException: column/);
  });

  it('opens and charts the frame of a table, and copies its cells', async () => {
    await open('loop');
    await run('b').getByText('Open in Table Preview', { exact: true }).click();
    await run('b').getByText('Chart This', { exact: true }).click();
    deepEqual(
      (await asked()).map((request) => [request.kind, 'name' in request && request.name]),
      [
        ['openTable', 'orders'],
        ['chartTable', 'orders'],
      ],
    );
    await run('b').locator('.cell').first().click();
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Control+c');
    const copied = await until('it is copied', () => inPage(({ results }) => results.copied[0] ?? false));
    equal(copied, '9007199254740993\tTōkyō\n1001\tNairobi');
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Enter');
    equal(await run('b').locator('.whole-cell').innerText(), '9007199254740993');
  });

  it('stays at the end until the reader scrolls up', async () => {
    await open('many');
    await run('r199').waitFor();
    await until('the end is in sight', isAtEnd);
    await inPage(({ results }) => results.run('new', 'new', results.begin, results.print('x\n'.repeat(60))));
    await run('new').waitFor();
    await until('the end is in sight again', isAtEnd);
    await page.evaluate(() => window.scrollTo(0, 100));
    await until('it is up there', () => page.evaluate(() => window.scrollY < 200));
    await inPage(({ results }) =>
      results.store.add({ runId: 'new', event: results.print('y\n'.repeat(60)) }),
    );
    await until('text comes', async () => (await run('new').locator('.line').count()) >= 120);
    ok(await page.evaluate(() => window.scrollY < 200), 'it stays where the reader is');
  });

  it('keeps few of many runs, and shows another one when asked', async () => {
    await open('many');
    await run('r0').waitFor();
    equal(await run('r0').locator('pre').count(), 0);
    await run('r0').locator('.run-toggle').focus();
    await page.keyboard.press('Enter');
    await run('r0').locator('pre').waitFor();
    equal(await run('r0').locator('.run-toggle').getAttribute('aria-expanded'), 'true');
    await page.keyboard.press('Enter');
    equal(await run('r0').locator('pre').isVisible(), false);
    await page.reload();
    await run('r199').waitFor();
    await run('r199').locator('.run-toggle').click();
    await page.reload();
    await run('r199').waitFor();
    equal(await run('r199').locator('pre').isVisible(), false, 'what was hidden stays so');
    await page.getByText('Clear All', { exact: true }).click();
    await until('all are gone', async () => (await page.locator('.run').count()) === 0);
    match(await page.locator('main').innerText(), /run one with Ctrl\+Enter/);
  });

  it('shows the end of a flood, stays quick, and gives what came before', async () => {
    await open('flood');
    await until('it has begun', async () => (await page.locator('.line').count()) > 500);
    const frameMs = await page.evaluate(async () => {
      const times: number[] = [];
      let last = performance.now();
      for (let i = 0; i < 60; i++) {
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - last);
        last = performance.now();
      }
      return times.sort((a, b) => a - b)[57]!;
    });
    ok(frameMs < 250, `a frame takes ${frameMs} ms`);
    await until(
      'it ends',
      async () => /line 199999 of a flood\s*$/.test(await page.locator('pre').innerText()),
      30_000,
    );
    ok((await page.locator('.line').count()) <= 1_000);
    const before = await page.locator('.line').first().innerText();
    equal(before, 'line 199000 of a flood');
    match(
      await page.locator('.output .text-head').first().innerText(),
      /199,000 earlier lines are not shown/,
    );
    await page.getByText('Show Earlier Lines', { exact: true }).click();
    await until('they come', async () => (await page.locator('.line').count()) === 6_000);
    equal(await page.locator('.line').first().innerText(), 'line 194000 of a flood');
    const told = await inPage(({ dev }) => dev.said.length);
    ok(told < 10, 'the page asks little');
  });

  it('renders nothing of what comes as markup', async () => {
    await open('hostile');
    await run('a').waitFor();
    match(
      await run('a').locator('pre').first().innerText(),
      /<script>globalThis\.hacked = 1<\/script>\nshown/,
    );
    equal(await run('a').locator('img').count(), 1, 'the drawing alone');
    equal(await page.locator('script').count(), 1);
    await page.waitForTimeout(300);
    equal(await inPage(({ hacked }) => hacked), undefined);
    // A drawing that is no XML cannot be shown.
    pages.errors();
  });

  it('says that a run has ended, and what the host refuses', async () => {
    await open('loop');
    await run('f').waitFor();
    await page.getByText('Stop', { exact: true }).click();
    await until('it is told', async () =>
      (await page.locator('[aria-live]').innerText()).includes('silver.py, cell 6: stopped after'),
    );
    await until(
      'it cannot be stopped again',
      async () => !(await page.getByText('Stop', { exact: true }).isVisible()),
    );
    await run('a').locator('vscode-button[title="Go to Code"]').click();
    await until('it says why not', async () =>
      (await page.locator('.message').innerText()).includes('stands in no document'),
    );
    await run('a').locator('vscode-button[title="Clear"]').click();
    await run('a').waitFor({ state: 'detached' });
  });

  for (const theme of themeNames) {
    it(`has nothing that keeps people out, in ${theme}`, async () => {
      await open('loop', theme);
      await run('f').waitFor();
      deepEqual(await axe(page.mainFrame()), []);
    });
  }
});
