import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type {} from '../../../webview/dev/stub.ts';
import { themeNames } from '../../../webview/dev/themes.ts';
import { axe } from '../support/axe.ts';
import { settled, until } from '../support/until.ts';
import { usePages } from '../support/usePages.ts';

const marks = ['horizontalBar', 'bar', 'line', 'area', 'scatter', 'pie', 'histogram', 'box', 'heatMap'];

type Said = Record<string, unknown> & { kind: string };

describe('The chart page', function () {
  this.timeout(60_000);
  const pages = usePages();

  /** A chart page whose picture is drawn. */
  async function chart(name: string, options: Parameters<typeof pages.open>[1] = {}): Promise<Page> {
    const page = await pages.open(`/chart/${name}`, options);
    await page.locator('figure[data-drawn]').waitFor();
    return page;
  }

  const said = (page: Page, kind: string): Promise<Said | undefined> =>
    page.evaluate((wanted) => (dev.said as Said[]).findLast((one) => one.kind === wanted), kind);
  const selected = (page: Page): Promise<string[]> =>
    page.locator('[role=row][aria-selected=true] [role=rowheader]').allInnerTexts();
  // What is selected may have a canvas of its own.
  const picture = (page: Page): Promise<string> =>
    page
      .locator('canvas')
      .evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()).join());

  const settledPicture = (page: Page): Promise<string> => settled('the picture', () => picture(page), 500);

  async function choose(page: Page, label: string, option: string): Promise<void> {
    const control = page.getByRole('combobox', { name: label, exact: true });
    await control.click();
    await control.getByRole('option', { name: option, exact: true }).click();
  }

  for (const mark of marks) {
    it(`draws a ${mark} chart, and the same as a table`, async () => {
      const page = await chart(mark);
      const colors = await page
        .locator('canvas')
        .first()
        .evaluate((element) => {
          const canvas = element as HTMLCanvasElement;
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
      ok(colors > 20, `${colors} colours`);
      ok((await page.getByRole('row').count()) > 2);
      match((await page.getByRole('img').getAttribute('aria-label')) ?? '', / of .*: /);
    });
  }

  it('writes what is chosen to the file, and draws it', async () => {
    const page = await chart('horizontalBar');
    await choose(page, 'Sort', 'Smallest first');
    deepEqual(await said(page, 'edit'), {
      kind: 'edit',
      id: 1,
      changes: [{ path: ['sort'], value: { by: 'y', order: 'ascending' } }],
    });
    await until(
      'the first row is the smallest',
      async () => (await page.getByRole('rowheader').first().innerText()) === 'Dresden',
    );
    await page.getByRole('textbox', { name: 'Top' }).fill('3');
    await page.keyboard.press('Enter');
    await until('three rows are left', async () => (await page.getByRole('rowheader').count()) === 3);
    await choose(page, 'Mark', 'Line');
    await until(
      'there is no Top any more',
      async () => !(await page.getByRole('textbox', { name: 'Top' }).isVisible()),
    );
  });

  it('says why a choice is not taken, and shows what the file says', async () => {
    const page = await chart('horizontalBar');
    const decimals = page.getByRole('textbox', { name: 'Decimals' });
    await decimals.fill('77');
    await page.keyboard.press('Enter');
    equal(await page.locator('.controls [role=alert]').innerText(), 'Enter a whole number from 0 to 10.');
    equal(await decimals.inputValue(), '');
    const refused = await chart('refused');
    await choose(refused, 'Sort', 'As read');
    await refused.getByText('The file is read-only.').waitFor();
    const sort = refused.getByRole('combobox', { name: 'Sort' });
    await until('the control shows what the file says', async () =>
      (await sort.locator('.selected-value').innerText()).includes('Largest first'),
    );
  });

  it('selects in the picture what is selected in the table', async () => {
    for (const mark of ['bar', 'line', 'histogram', 'heatMap']) {
      const page = await chart(mark);
      await page.getByRole('row').nth(3).click();
      equal((await selected(page)).length, 1);
      ok(await page.locator('.place-mark').isVisible(), mark);
      await page.getByRole('row').nth(3).click();
      deepEqual(await selected(page), []);
      ok(await page.locator('.place-mark').isHidden(), mark);
    }
  });

  it('moves the selected slice out of a pie', async () => {
    const page = await chart('pie');
    const before = await settledPicture(page);
    await page.getByRole('row').nth(3).click();
    await until('the picture is another one', async () => (await picture(page)) !== before);
    await page.getByRole('row').nth(3).click();
    await until('it is as before', async () => (await picture(page)) === before);
  });

  it('selects in the table what is clicked in the picture', async () => {
    const page = await chart('horizontalBar');
    const box = (await page.locator('canvas').first().boundingBox())!;
    await page.mouse.click(box.x + 150, box.y + 95);
    await until('a row is selected', async () => (await selected(page)).length === 1);
    deepEqual(await selected(page), ['Berlin']);
    const line = await chart('line');
    const room = (await line.locator('canvas').first().boundingBox())!;
    await line.mouse.click(room.x + room.width / 2, room.y + room.height / 2);
    await until('the nearest day is selected', async () =>
      ((await selected(line))[0] ?? '').includes('2026-0'),
    );
  });

  /** Shows the middle quarter of the places. */
  async function zoomIn(page: Page): Promise<void> {
    const whole = await settledPicture(page);
    await page.getByRole('img').focus();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await until('it is zoomed', async () => (await picture(page)) !== whole);
  }

  /** Draws the chart of the next version. */
  async function refreshed(page: Page): Promise<void> {
    const drawn = await page.locator('figure').getAttribute('data-drawn');
    await page.evaluate(() => dev.hear({ kind: 'refresh', id: 99 }));
    await until(
      'it is drawn again',
      async () => (await page.locator('figure').getAttribute('data-drawn')) !== drawn,
    );
    await until('version 13 is named', async () =>
      (await page.locator('.source').innerText()).includes('version 13'),
    );
  }

  it('keeps zoom and selection over a new version, and over a reload', async () => {
    const page = await chart('line');
    const day = '2026-01-25';
    await page.getByRole('rowheader', { name: day }).click();
    await zoomIn(page);
    const zoom = (): Promise<unknown> =>
      page.evaluate(
        () => (JSON.parse(sessionStorage.getItem('state of /chart/line') ?? '{}') as { zoom?: unknown }).zoom,
      );
    const zoomed = await settledPicture(page);
    const kept = await until('the zoom is kept', zoom);
    await refreshed(page);
    equal(await settledPicture(page), zoomed);
    await page.reload();
    await page.locator('figure[data-drawn]').waitFor();
    deepEqual(await selected(page), [day]);
    await until('the picture is as it was', async () => (await picture(page)) === zoomed);
    deepEqual(await zoom(), kept);
  });

  it('stays where a person has moved it from what is selected, over a new version', async () => {
    const page = await chart('line');
    await page.getByRole('rowheader', { name: '2026-01-02' }).click();
    await zoomIn(page);
    const zoomed = await settledPicture(page);
    const lastDay = page.getByRole('rowheader', { name: '2026-03-01' });
    await page.getByRole('grid').evaluate((grid) => (grid.scrollTop = grid.scrollHeight));
    await lastDay.waitFor();
    await refreshed(page);
    equal(await settledPicture(page), zoomed);
    ok(await page.locator('.place-mark').isHidden());
    ok(await lastDay.isVisible());
  });

  it('shows what changed when asked, and again after a reload', async () => {
    const page = await chart('horizontalBar');
    const toggle = page.getByRole('button', { name: 'What Changed' });
    await toggle.click();
    await page.getByRole('columnheader', { name: /before/ }).waitFor();
    match(await page.locator('.changed').innerText(), /7 values changed/);
    await page.reload();
    await page.getByRole('columnheader', { name: /before/ }).waitFor();
    await toggle.click();
    await until(
      'the columns are gone',
      async () => (await page.getByRole('columnheader', { name: /before/ }).count()) === 0,
    );
  });

  it('saves and copies', async () => {
    const page = await chart('horizontalBar');
    const pick = async (item: string): Promise<void> => {
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await pick('Save as PNG…');
    const png = await until('the picture is told', () => said(page, 'save'));
    equal(png.format, 'png');
    equal(
      Buffer.from(png.data as string, 'base64')
        .subarray(1, 4)
        .toString(),
      'PNG',
    );
    await pick('Save as SVG…');
    await until('SVG is asked for', async () => (await said(page, 'save'))?.format === 'svg');
    await pick('Copy as Markdown Table');
    await until('it is told', async () => (await page.locator('.message').innerText()) === 'Copied.');
    deepEqual(await said(page, 'copy'), { kind: 'copy', id: 3, format: 'markdown' });
    await page.bringToFront();
    await pick('Copy Image');
    await until('the clipboard has it', () =>
      page.evaluate(async () =>
        (await navigator.clipboard.read()).some(({ types }) => types.includes('image/png')),
      ),
    );
  });

  it('says what went wrong, and draws again', async () => {
    const page = await pages.open('/chart/failed');
    match(await page.locator('.failure').innerText(), /deliveriescount is not drawn/);
    ok(await page.locator('.controls').isHidden());
    await page.getByRole('button', { name: 'Draw Again' }).click();
    await page.locator('figure[data-drawn]').waitFor();
    ok(await page.locator('.failure').isHidden());
  });

  it('keeps the controls where they may mend the chart', async () => {
    const page = await pages.open('/chart/failedEdit');
    match(await page.locator('.failure').innerText(), /several rows for Berlin/);
    await choose(page, 'Aggregate', 'Sum');
    await page.locator('figure[data-drawn]').waitFor();
  });

  it('takes no text for more than a text', async () => {
    const page = await chart('hostile');
    await page.getByRole('row').nth(1).click();
    await page.getByRole('img').focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
    const hacked = await page.evaluate(() => ({
      set: 'hacked' in globalThis,
      images: document.querySelectorAll('main img, main b, main script').length,
      polluted: Object.keys(Object.prototype),
    }));
    deepEqual(hacked, { set: false, images: 0, polluted: [] });
    const labels = await page.getByRole('rowheader').allInnerTexts();
    ok(labels.includes('<img src=x onerror="window.hacked=1">'));
    ok(labels.includes('__proto__') && labels.includes('constructor') && labels.includes('שלום עולם'));
    ok(labels.includes('\\x202egnihtemos\\x202c'));
  });

  it('drops messages that do not fit', async () => {
    const page = await chart('bar');
    await page.evaluate(() => dev.tell({ kind: 'chart', model: 7 }));
    await until('it says so', () => pages.errors().some((text) => text.includes('does not fit')));
    equal(await page.getByRole('row').count(), 9);
  });

  it('follows the theme', async () => {
    const page = await chart('bar');
    const before = await settledPicture(page);
    await page.evaluate(() => dev.setTheme('light'));
    await until('the picture has other colours', async () => (await picture(page)) !== before);
  });

  for (const theme of themeNames) {
    it(`keeps nobody out: ${theme}`, async () => {
      for (const name of ['bar', 'changed', 'failedEdit', 'readOnly']) {
        const page = await pages.open(`/chart/${name}`, { theme });
        await page.locator('main:is(.drawn, .failed)').waitFor();
        deepEqual(await axe(page.mainFrame()), [], name);
      }
      const page = await chart('line', { theme, size: { width: 500, height: 700 } });
      await page.getByRole('button', { name: 'Export' }).click();
      deepEqual(await axe(page.mainFrame()), []);
    });
  }

  it('hides its controls in a narrow window, and remembers them', async () => {
    const page = await chart('bar', { size: { width: 500, height: 700 } });
    const toggle = page.getByRole('button', { name: 'Controls' });
    ok(await page.locator('.controls').isHidden());
    await toggle.click();
    ok(await page.locator('.controls').isVisible());
    await page.reload();
    await page.locator('figure[data-drawn]').waitFor();
    ok(await page.locator('.controls').isVisible());
    ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  });

  it('is worked by keys alone', async () => {
    const page = await chart('horizontalBar');
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const { activeElement: one } = document;
        return one?.getAttribute('aria-label') ?? one?.textContent.trim() ?? '';
      });
    const seen = [];
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
      if (seen.at(-1)?.startsWith('The same as a table')) break;
    }
    for (const name of ['gold/deliveriescount', 'Controls', 'What Changed', 'Export', 'Title']) {
      ok(
        seen.some((one) => one.startsWith(name)),
        `${name} in ${seen.join(' | ')}`,
      );
    }
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    deepEqual(await selected(page), ['Hamburg']);
    const active = await page.getByRole('grid').getAttribute('aria-activedescendant');
    equal(await page.locator(`#${active ?? ''} [role=rowheader]`).innerText(), 'Hamburg');
    await page.keyboard.press('Escape');
    deepEqual(await selected(page), []);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    equal(
      await page.locator('.unseen[role=status]').innerText(),
      'Branch Hamburg, Deliveries (orders) 17,170',
    );
    await page.keyboard.press('Enter');
    deepEqual(await selected(page), ['Hamburg']);
    await page.getByRole('button', { name: 'Export' }).focus();
    await page.keyboard.press('ArrowDown');
    equal(await focused(), 'Save as PNG…');
    await page.keyboard.press('End');
    equal(await focused(), 'Copy as Markdown Table');
    await page.keyboard.press('Escape');
    ok(await page.getByRole('menu').isHidden());
    await page.getByRole('combobox', { name: 'Mark' }).focus();
    await page.keyboard.press('ArrowDown');
    await until('the mark is another one', async () => (await said(page, 'edit')) !== undefined);
  });

  it('scrolls a table of a million rows to its end', async () => {
    const page = await chart('points1000000');
    equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '1000001');
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await until(
      'the last row is selected',
      async () =>
        (await page.locator('[role=row][aria-selected=true]').getAttribute('aria-rowindex')) === '1000001',
    );
    ok((await page.getByRole('row').count()) < 100);
    await page.keyboard.press('ArrowUp');
    notEqual(await page.locator('[role=row][aria-selected=true]').getAttribute('aria-rowindex'), '1000001');
  });
});
