import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { themeNames, type DevTheme } from '../../../webview/dev/themes.ts';
import { axe } from '../support/axe.ts';
import { until } from '../support/until.ts';
import { usePages } from '../support/usePages.ts';

interface Dev {
  table: { reads: { count: number; cancelled: number }; copied: string[]; charts: () => number };
  dev: { said: { kind: string }[]; tell: (message: unknown) => void };
  hacked?: number;
}

describe('The table page', function () {
  this.timeout(60_000);
  const pages = usePages({ minify: true });
  let page: Page;

  const open = async (name: string, theme?: DevTheme): Promise<void> => {
    const size = { width: 1280, height: 720 };
    page = await pages.open(`/table/${name}`, { ...(theme && { theme }), size, reducedMotion: false });
  };
  const cell = (row: number, column: number): string =>
    `.row[aria-rowindex="${row + 2}"] > .cell[aria-colindex="${column + 1}"]`;
  const cellText = async (row: number, column: number): Promise<string> =>
    until(`cell ${row}, ${column} has a text`, async () => {
      const found = page.locator(`${cell(row, column)}:not(.waiting)`);
      return (await found.count()) > 0 && ((await found.textContent()) ?? false);
    });
  const inPage = async <T>(ask: (dev: Dev) => T): Promise<T> => {
    const handle = await page.evaluateHandle(() => globalThis as unknown as Dev);
    return handle.evaluate<T>(ask as never);
  };
  const lineSays = async (pattern: RegExp): Promise<void> => {
    await until(`the line says ${pattern}`, async () =>
      pattern.test(await page.locator('.view-line').innerText()),
    );
  };
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const { row, column } = (document.activeElement as HTMLElement).dataset;
      return `${row},${column}`;
    });

  it('shows the last of ten million rows, with few requests', async () => {
    await open('millions');
    equal(await cellText(0, 0), '1');
    await page.locator('.grid').evaluate((grid) => {
      grid.scrollTop = grid.scrollHeight;
    });
    equal(await cellText(9_999_999, 0), '10,000,000');
    const { bottom, gridBottom } = await page.locator('.grid').evaluate((grid) => ({
      bottom: grid.querySelector('.row[aria-rowindex="10000001"]')!.getBoundingClientRect().bottom,
      gridBottom: grid.getBoundingClientRect().top + grid.clientHeight,
    }));
    ok(bottom <= gridBottom + 0.5, `the last row ends at ${bottom}, the grid at ${gridBottom}`);
    ok((await inPage(({ table }) => table.reads.count)) < 12);
  });

  it('does not ask for what the thumb passes', async () => {
    await open('millions');
    await cellText(0, 0);
    const before = await inPage(({ table }) => table.reads.count);
    await page.locator('.grid').evaluate(async (grid) => {
      for (let i = 1; i <= 60; i++) {
        grid.scrollTop = (grid.scrollHeight * i) / 61;
        await new Promise(requestAnimationFrame);
      }
    });
    await until('rows come', async () => (await page.locator('.cell.waiting').count()) === 0);
    const asked = (await inPage(({ table }) => table.reads.count)) - before;
    ok(asked <= 30, `${asked} reads`);
  });

  it('sorts, filters and searches what is loaded, and says over how many rows', async () => {
    await open('millions');
    await cellText(0, 0);
    await page.locator('.head-cell', { hasText: 'amount' }).locator('.head-name').click();
    await lineSays(/1,\d00 of the 1,\d00 rows that are loaded, of 10,000,000 in all/);
    const amounts = async (): Promise<number[]> =>
      (await page.locator('.row:not([hidden]) > .cell[aria-colindex="6"]').allInnerTexts())
        .map((text) => Number(text.replaceAll(',', '')))
        .sort((a, b) => a - b);
    const lowest = await amounts();
    const top = Number((await cellText(0, 5)).replaceAll(',', ''));
    equal(top, lowest[0]);
    await page.locator('.head-cell', { hasText: 'amount' }).locator('.head-name').click();
    await until('it is the other way round', async () => {
      const first = Number((await cellText(0, 5)).replaceAll(',', ''));
      return first > 2_000;
    });
    equal(await page.locator('.head-cell', { hasText: 'amount' }).getAttribute('aria-sort'), 'descending');

    await page.locator('.search input').fill('neighbours, bell 8');
    await lineSays(/^\d+ of the 1,\d00 rows/);
    for (const text of await page.locator('.row:not([hidden]) > .cell[aria-colindex="9"]').allInnerTexts()) {
      match(text, /bell 8/);
    }
    await page.locator('.search input').fill('no such text');
    await lineSays(/^0 of the/);
  });

  it('filters a column by number, time and null, by keys alone', async () => {
    await open('millions');
    await cellText(0, 0);
    const filter = async (column: number, steps: number, value: string): Promise<void> => {
      await page.locator('.grid [tabindex="0"]').first().focus();
      await page.keyboard.press('Control+Home');
      await page.keyboard.press('ArrowUp');
      for (let i = 0; i < column; i++) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Alt+ArrowDown');
      await page.locator('.column-menu').waitFor();
      await page.locator('.column-menu vscode-dropdown').focus();
      for (let i = 0; i < steps; i++) await page.keyboard.press('ArrowDown');
      if (value !== '') {
        await page.keyboard.press('Tab');
        await page.keyboard.type(value);
        await page.keyboard.press('Enter');
      } else await page.locator('.column-menu').getByText('Filter', { exact: true }).click();
      await page.locator('.column-menu').waitFor({ state: 'hidden' });
    };
    await filter(4, 3, '11');
    await until('items are 12', async () => (await cellText(0, 4)) === '12');
    await filter(6, 4, '');
    await until('no discount', async () => (await cellText(0, 6)) === 'null');
    equal(await page.locator('.chip').count(), 2);
    await page.locator('.chip').first().click();
    await page.locator('.chip').first().click();
    await filter(1, 3, '2023-11-15 01:00');
    await until('it is later', async () => (await cellText(0, 1)).startsWith('2023-11-15 01:00:'));
  });

  it('is walked and copied by keys alone', async () => {
    await open('millions');
    await cellText(0, 0);
    await page.getByText('Details', { exact: true }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await until('a cell has the focus', async () => (await focused()) === '0,0');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    equal(await focused(), '1,1');
    await page.keyboard.press('Control+End');
    await until('the last cell', async () => (await focused()) === '9999999,8');
    await page.keyboard.press('Home');
    equal(await focused(), '9999999,0');
    await page.keyboard.press('PageUp');
    await page.keyboard.press('Control+Home');
    await until('the first cell', async () => (await focused()) === '0,0');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    match(await page.locator('.footer').innerText(), /2 rows × 3 columns selected/);
    await page.keyboard.press('Control+c');
    const copied = await until('it is copied', () => inPage(({ table }) => table.copied[0] ?? false));
    equal(copied, '1\t2023-11-14T22:13:20.000Z\tTōkyō\n2\t2023-11-14T22:14:21.000137Z\tNairobi');
  });

  it('shows a whole cell: nested, bytes, all digits, a time in the chosen zone', async () => {
    await open('types');
    await cellText(0, 0);
    equal(await cellText(0, 1), '9,007,199,254,740,993');
    equal(await cellText(0, 2), '12,345,678,901.234567890123456789');
    equal(await cellText(0, 3), 'NaN');
    equal(await cellText(2, 3), '-0');
    equal(await cellText(0, 7), '2023-11-14 22:13:20');
    const panel = page.locator('.tab-panel');
    const look = async (row: number, column: number, pattern: RegExp): Promise<void> => {
      await page.locator('.grid [tabindex="0"]').first().focus();
      await page.keyboard.press('Control+Home');
      for (let i = 0; i < row; i++) await page.keyboard.press('ArrowDown');
      for (let i = 0; i < column; i++) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await until(`the panel says ${pattern}`, async () => pattern.test(await panel.innerText()));
    };
    await look(3, 5, /The end\.\s+5,208 characters/);
    await look(4, 6, /4,000 bytes[\s\S]*000000 {2}04 29/);
    await look(5, 9, /list of 20000[\s\S]*tag 4[\s\S]*more/);
    await look(1, 7, /2023-11-14 23:13:20\.000001 UTC/);
  });

  it('opens versions and tells what differs', async () => {
    await open('millions');
    await cellText(0, 0);
    await page.getByText('Details', { exact: true }).click();
    for (const name of ['Schema', 'Statistics', 'Row Groups', 'Metadata', 'History']) {
      await page.getByRole('tab', { name }).click();
      await until(`${name} is filled`, async () => {
        const busy = await page.locator('.tab-panel [aria-busy]').count();
        return busy === 0 && (await page.locator('.tab-panel').innerText()).length > 20;
      });
    }
    equal(await page.getByRole('tab', { name: 'Partitions' }).count(), 0);
    await page.getByRole('button', { name: 'Compare with version 10' }).click();
    const summary = page.locator('.summary');
    await summary.waitFor({ timeout: 30_000 });
    match(await summary.innerText(), /None of the rows that were compared differs from version 10/);
    match(await page.locator('.tab-panel').innerText(), /Only the first rows of each version were compared/);
    await page.getByText('Back to History').click();
    await page.getByRole('button', { name: 'Open version 11' }).click();
    await until('version 11', async () =>
      (await page.locator('.facts').innerText()).includes('version 11 · 9,999,000 rows'),
    );
    await page.getByText('Newest Version').click();
    await until('version 12', async () => (await page.locator('.facts').innerText()).includes('version 12'));
  });

  it('has rows and columns in windows where a table is wide', async () => {
    await open('wide');
    await cellText(0, 0);
    ok((await page.locator('.row').first().locator('.cell').count()) < 15);
    await page.locator('.grid [tabindex="0"]').first().focus();
    await page.keyboard.press('Control+End');
    match(await cellText(99_999, 599), /^[\d,]+\.\d+$/);
    ok((await inPage(({ table }) => table.reads.count)) < 20);
  });

  it('makes nothing of hostile names and values but text', async () => {
    await open('hostile');
    match(await cellText(0, 0), /^<img src=x/);
    equal(await cellText(0, 1), 'proto 0');
    await page.getByText('Details', { exact: true }).click();
    await page.locator(cell(0, 5)).dblclick();
    await page.locator('.tree').first().waitFor();
    await page.locator(cell(0, 4)).click();
    equal(await page.locator('main img, main script, main iframe').count(), 0);
    equal(await inPage(({ hacked }) => hacked ?? 0), 0);
  });

  it('comes back as it was after a reload', async () => {
    await open('millions');
    await cellText(0, 0);
    await page.locator('.grid').evaluate((grid) => {
      grid.scrollTop = grid.scrollHeight / 2;
    });
    await until('it is there', async () => (await page.locator('.cell.waiting').count()) === 0);
    await page.getByText('Details', { exact: true }).click();
    await page.getByRole('tab', { name: 'History' }).click();
    const edge = page.locator('.head-cell', { hasText: 'branch' });
    const before = (await edge.boundingBox())!;
    await page.mouse.move(before.x + before.width - 2, before.y + 10);
    await page.mouse.down();
    await page.mouse.move(before.x + before.width + 60, before.y + 10);
    await page.mouse.up();
    const row = (): Promise<number> =>
      page
        .locator('.row-number:not([hidden])')
        .allInnerTexts()
        .then((texts) => texts.map((text) => Number(text.replaceAll(',', ''))).sort((a, b) => a - b)[0] ?? 0);
    const firstRow = await row();
    await page.waitForTimeout(400);
    await page.reload();
    await until(
      'the same rows',
      async () => (await page.locator('.row').count()) > 0 && (await row()) === firstRow,
    );
    equal(await page.getByRole('tab', { name: 'History' }).getAttribute('aria-selected'), 'true');
    const after = (await page.locator('.head-cell', { hasText: 'branch' }).boundingBox())!;
    ok(Math.abs(after.width - before.width - 62) < 4, `${before.width} -> ${after.width}`);

    await page.locator('.head-cell', { hasText: 'items' }).locator('.head-name').click();
    await page.locator('.search input').fill('Nairobi');
    await lineSays(/^\d+ of the/);
    await page.waitForTimeout(400);
    await page.reload();
    await lineSays(/^\d+ of the/);
    equal(await cellText(0, 2), 'Nairobi');
    equal(await page.locator('.search input').inputValue(), 'Nairobi');
    equal(await page.locator('.head-cell', { hasText: 'items' }).getAttribute('aria-sort'), 'ascending');
  });

  it('says what is read, what failed, and that a file has changed or grows', async () => {
    await open('reading');
    await page.getByText('Reading /data/gold/orders…').waitFor();
    await open('failed');
    match(await page.getByRole('alert').innerText(), /There is no table/);
    await page.getByText('Try Again').click();
    equal(await cellText(0, 0), '1');
    await open('empty');
    await page.getByText('This table has no rows.').waitFor();
    await open('changed');
    await page.getByText('The file has changed since it was opened.').waitFor();
    await page.locator('.banner').getByText('Refresh').click();
    await page.locator('.banner').waitFor({ state: 'hidden' });
    await open('growing');
    await until('rows come', async () => {
      await page.locator('.grid').evaluate((grid) => {
        grid.scrollTop = grid.scrollHeight;
      });
      return (await page.locator('.facts').innerText()).includes('· 5,000 rows ·');
    });
  });

  it('offers the whole table only with a warm session', async () => {
    await open('millions');
    await cellText(0, 0);
    // A locator is of one page, and each `open` makes one.
    const whole = (): Locator => page.getByText('The Whole Table, Through the Warm Session');
    await page.locator('.head-cell', { hasText: 'items' }).locator('.head-name').click();
    await lineSays(/of the/);
    equal(await whole().isVisible(), false);
    await open('session');
    await cellText(0, 0);
    await page.locator('.head-cell', { hasText: 'items' }).locator('.head-name').click();
    await lineSays(/of the/);
    await page.locator('.zone vscode-dropdown').focus();
    await page.keyboard.press('ArrowDown');
    await until('the zone is another one', async () => (await cellText(0, 1)) === '2023-11-15 03:43:20');
    match(await page.locator('.head-cell', { hasText: 'ordered_at' }).innerText(), /Asia\/Kolkata/);
    await whole().click();
    await lineSays(/4,321 rows of the whole table/);
    equal(await cellText(0, 0), '1,000,000');
  });

  it('lets the extension make a chart and refuse what it does not know', async () => {
    await open('millions');
    await cellText(0, 0);
    await page.getByText('Chart This Table').click();
    await until('a chart is made', () => inPage(({ table }) => table.charts() === 1));
    await page.evaluate(() => {
      const { dev } = globalThis as unknown as Dev;
      dev.tell({ kind: 'table', name: 7 });
    });
    await until('it is said', () => pages.errors().some((fault) => fault.includes('does not fit')));
    equal(await cellText(0, 0), '1');
  });

  for (const theme of themeNames) {
    it(`keeps nobody out in the theme ${theme}`, async () => {
      await open('millions', theme);
      await cellText(0, 0);
      await page.locator('.head-cell', { hasText: 'items' }).locator('.head-name').click();
      await lineSays(/of the/);
      await page.getByText('Details', { exact: true }).click();
      for (const name of ['Schema', 'Statistics', 'History']) {
        await page.getByRole('tab', { name }).click();
        await page.waitForTimeout(200);
        deepEqual(await axe(page.mainFrame()), []);
      }
      await page.locator('.head-cell', { hasText: 'items' }).hover();
      await page.locator('.head-cell', { hasText: 'items' }).locator('.head-menu').click();
      await page.locator('.column-menu').waitFor();
      deepEqual(await axe(page.mainFrame()), []);
    });
  }
});
