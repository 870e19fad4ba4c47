import { deepEqual, equal } from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type {} from '../../../webview/dev/stub.ts';
import { themeNames } from '../../../webview/dev/themes.ts';
import { axe } from '../support/axe.ts';
import { until } from '../support/until.ts';
import { usePages } from '../support/usePages.ts';

describe('The dashboard page', function () {
  this.timeout(60_000);
  const pages = usePages();

  /** A dashboard of three charts that are drawn. */
  async function dashboard(options: Parameters<typeof pages.open>[1] = {}): Promise<Page> {
    const page = await pages.open('/dashboard/branches', options);
    await until('all are drawn', async () => (await page.locator('figure[data-drawn]').count()) === 3);
    return page;
  }

  const selected = (card: Locator): Promise<string[]> =>
    card.locator('[role=row][aria-selected=true] [role=rowheader]').allInnerTexts();

  it('keeps what is selected where a new version moves it', async () => {
    const page = await dashboard();
    const card = page.getByRole('region', { name: 'Deliveries per branch' });
    await card.getByRole('button', { name: 'Table' }).click();
    await card.getByRole('rowheader', { name: 'Hamburg' }).click();
    deepEqual(await selected(card), ['Hamburg']);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await card.getByRole('rowheader', { name: 'Aachen' }).waitFor();
    deepEqual(await selected(card), ['Hamburg']);
    await card.getByRole('rowheader', { name: 'Hamburg' }).click();
    deepEqual(await selected(card), []);
  });

  it('opens the chart of a card', async () => {
    const page = await dashboard();
    const card = page.getByRole('region', { name: 'Where orders come from' });
    await card.getByRole('button', { name: 'Open', exact: true }).click();
    await until('it is told', async () => {
      const said = (await page.evaluate(() => dev.said)) as { kind: string; index?: number }[];
      return said.some(({ kind, index }) => kind === 'openChart' && index === 2);
    });
    equal(await card.getByText('version 12').count(), 1);
  });

  for (const theme of themeNames) {
    it(`keeps nobody out: ${theme}`, async () => {
      const page = await dashboard({ theme });
      await page.getByRole('button', { name: 'Table' }).first().click();
      deepEqual(await axe(page.mainFrame()), []);
    });
  }
});
