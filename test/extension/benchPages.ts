import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { build } from '../../scripts/build.mjs';
import { serveWebviews } from '../../scripts/webviewPages.mjs';
import type { Benchmark } from '../bench/benchmark.ts';

/*
 * The webview pages in headless Chromium, without a graphics card and without an editor, against the limits of what a
 * person takes for "at once" and "smooth".
 */

const chromiumPath = process.env.MEDALLION_TEST_CHROMIUM ?? '/usr/bin/chromium';
const root = join(import.meta.dirname, '..', '..');
const repeats = 5;

const limit = (peer: number): { peer: number; peerName: string } => ({ peer, peerName: 'the limit' });

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** What the page is told to note, in milliseconds of its own clock. */
interface Noted {
  /** The last chart came. */
  arrived: number;
  /** The first frame after a picture of it was there. */
  painted: number;
}

/** Runs in the page, before its own script. */
function note(): void {
  const noted: Noted = { arrived: 0, painted: 0 };
  (globalThis as unknown as { noted: Noted }).noted = noted;
  addEventListener('message', ({ data }: MessageEvent<{ kind?: string }>) => {
    if (data.kind === 'chart') Object.assign(noted, { arrived: performance.now(), painted: 0 });
  });
  new MutationObserver((records) => {
    const isDrawn = records.some(({ attributeName }) => attributeName === 'data-drawn');
    if (!isDrawn || noted.painted > 0) return;
    requestAnimationFrame(() => {
      noted.painted ||= performance.now();
    });
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-drawn'] });
}

async function withPage<T>(path: string, use: (page: Page) => Promise<T>): Promise<T> {
  const served = await serveWebviews({ minify: true });
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 760 } });
    await page.addInitScript(note);
    await page.goto(`${served.url}${path}?theme=dark`);
    return await use(page);
  } finally {
    await browser.close();
    await served.close();
  }
}

async function painted(page: Page): Promise<Noted> {
  const noted = await page.waitForFunction(() => {
    const now = (globalThis as unknown as { noted: Noted }).noted;
    return now.painted > 0 ? { ...now } : undefined;
  });
  return (await noted.jsonValue())!;
}

/** Milliseconds from the chart's arrival to the frame that shows it, each time in a page that was opened anew. */
async function firstPaint(name: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    await withPage(`/chart/${name}`, async (page) => {
      const { arrived, painted: at } = await painted(page);
      times.push(at - arrived);
    });
  }
  return median(times);
}

/** Milliseconds between frames, on average, while `act` goes on for two seconds in the page. */
async function frame(page: Page, act: (step: number) => Promise<void>): Promise<number> {
  // As a text: tsx gives functions with names a helper that the page has not.
  await page.evaluate('var frames = 0; (function tick() { frames += 1; requestAnimationFrame(tick); })();');
  const start = performance.now();
  let step = 0;
  while (performance.now() - start < 2_000) await act(step++);
  const frames = await page.evaluate(() => (globalThis as unknown as { frames: number }).frames);
  return (performance.now() - start) / frames;
}

async function zooming(name: string): Promise<number> {
  return withPage(`/chart/${name}`, async (page) => {
    await painted(page);
    const box = (await page.locator('figure .canvas').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    return frame(page, (step) => page.mouse.wheel(0, Math.floor(step / 20) % 2 === 0 ? -100 : 100));
  });
}

const smoothMs = 1_000 / 30;

export const benchmarks: Benchmark[] = [
  {
    name: 'page: from its start to a first chart',
    unit: 'ms',
    run: async () => {
      const times: number[] = [];
      for (let i = 0; i < repeats; i++)
        await withPage('/chart/bar', async (page) => {
          times.push((await painted(page)).painted);
        });
      return { ours: median(times), ...limit(1_000) };
    },
  },
  ...['points100000', 'points1000000', 'line1000000'].flatMap((name): Benchmark[] => [
    {
      name: `page: first paint of ${name}`,
      unit: 'ms',
      goal: 1,
      run: async () => ({ ours: await firstPaint(name), ...limit(300) }),
    },
    {
      name: `page: a frame while zooming ${name}`,
      unit: 'ms',
      goal: 1,
      run: async () => ({ ours: await zooming(name), ...limit(smoothMs) }),
    },
  ]),
  {
    name: 'page: a frame while ten million rows are scrolled',
    unit: 'ms',
    goal: 1,
    run: async () => ({
      ours: await withPage('/table/millions', async (page) => {
        await page.locator('.grid .row .cell:not(.waiting)').first().waitFor();
        const box = (await page.locator('.grid').boundingBox())!;
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        return frame(page, () => page.mouse.wheel(0, 300));
      }),
      ...limit(smoothMs),
    }),
  },
  ...['chart', 'table', 'dashboard'].map((name): Benchmark => ({
    name: `page: bundle of ${name}`,
    unit: 'bytes',
    goal: 1,
    run: async () => {
      await build({ production: true });
      const { size } = await stat(join(root, 'dist', 'webview', `${name}.js`));
      return { ours: size, ...limit(900_000) };
    },
  })),
];
