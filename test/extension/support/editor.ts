import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EditorServer, outDir } from './editorServer.ts';
import { errorsOfOurs } from './errorsOfOurs.ts';
import { Notifications } from './notifications.ts';
import { Panel } from './panel.ts';
import { QuickInput } from './quickInput.ts';
import { SessionResults } from './sessionResults.ts';
import { TextEditor } from './textEditor.ts';
import { TreeView } from './treeView.ts';
import { Walkthrough } from './walkthrough.ts';
import { patienceMs, until } from './until.ts';

interface Parts {
  browser: Browser;
  server: EditorServer;
  settings: Record<string, unknown>;
  size: { width: number; height: number };
  workspaceDir: string | undefined;
}

/** A window of VS Code, in the words of the person before it. */
export class Editor {
  readonly page: Page;
  readonly quick: QuickInput;
  readonly text: TextEditor;
  readonly notifications: Notifications;
  readonly panel: Panel;
  readonly walkthrough: Walkthrough;
  readonly results: SessionResults;
  readonly #parts: Parts;
  readonly #console: string[] = [];
  /** How often a window was loaded: each has an extension host of its own. */
  #windows = 0;

  static async open(parts: Parts): Promise<Editor> {
    const context = await parts.browser.newContext({
      viewport: parts.size,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    const editor = new Editor(page, parts);
    await editor.notifications.record();
    await editor.openWorkspace(parts.workspaceDir);
    return editor;
  }

  private constructor(page: Page, parts: Parts) {
    this.page = page;
    this.#parts = parts;
    this.quick = new QuickInput(page);
    this.text = new TextEditor(page, this.quick);
    this.notifications = new Notifications(page, (command) => this.runCommand(command));
    this.walkthrough = new Walkthrough(page);
    this.results = new SessionResults(() => this.webviewFrame('Session Results'));
    this.panel = new Panel(page, (command) => this.runCommand(command));
    // "Leave the page?" of a window with unsaved files.
    page.on('dialog', (dialog) => void dialog.accept().catch(() => undefined));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#console.push(message.text());
    });
    page.on('pageerror', (error) => this.#console.push(error.stack ?? error.message));
  }

  /** Opens a folder in this window, as "Open Folder" does; none: an empty window. */
  async openWorkspace(dir: string | undefined): Promise<void> {
    const query = dir === undefined ? 'ew=true' : `folder=${encodeURIComponent(dir)}`;
    await this.page.goto(`${this.#parts.server.url}?${query}`);
    await this.waitLoaded();
  }

  /** Until a window that was not there before has loaded its extensions: after a folder was opened, or a reload. */
  async waitLoaded(): Promise<void> {
    await this.page
      .locator('.monaco-workbench .part.statusbar .statusbar-item')
      .first()
      .waitFor({ timeout: patienceMs });
    this.#windows += 1;
    await until('the extensions have been loaded', async () => {
      const started = (await this.#hostLogs()).join().match(/Eager extensions activated/g);
      return (started?.length ?? 0) >= this.#windows;
    });
  }

  /** As after "Developer: Reload Window". */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.waitLoaded();
  }

  /** Changes the user's settings, in their file. */
  async changeSettings(settings: Record<string, unknown>): Promise<void> {
    Object.assign(this.#parts.settings, settings);
    await this.runCommand('Preferences: Open User Settings (JSON)');
    await this.tab('settings.json').waitFor();
    await this.text.setText(JSON.stringify(this.#parts.settings, null, 2));
    await this.text.save();
    await this.runCommand('View: Close Editor');
  }

  /** Trusts the folder of a restricted window. */
  async trustFolder(): Promise<void> {
    await this.runCommand('Workspaces: Manage Workspace Trust');
    await this.page
      .locator('.workspace-trust-editor .workspace-trust-buttons-row .monaco-button', { hasText: /^Trust$/ })
      .click();
    await until(
      'the window is not restricted',
      async () => (await this.page.locator('.statusbar-item[id="status.workspaceTrust"]').count()) === 0,
    );
    await this.runCommand('View: Close Editor');
  }

  /** Runs a command by its title in the palette ("Medallion: Start Stack"); waits until the palette offers it. */
  async runCommand(title: string, timeoutMs = patienceMs): Promise<void> {
    await this.#refuseDialog();
    await until(
      `the palette offers "${title}"`,
      async () => (await this.paletteItems(title)).includes(title),
      timeoutMs,
    );
    await this.quick.pick(title);
  }

  /** Opens the palette with a text and gives the commands that it offers. It stays open. */
  async paletteItems(text: string): Promise<string[]> {
    if (await this.quick.isOpen()) await this.quick.cancel();
    await this.page.keyboard.press('F1');
    await this.quick.fill(`>${text}`);
    let before: string[] | undefined;
    return until('the palette has filtered', async () => {
      const items = await this.quick.items();
      const settled = items.join('\n') === before?.join('\n');
      before = items;
      return settled ? items : undefined;
    });
  }

  /** All commands of the palette whose title contains a text. */
  async commands(text: string): Promise<string[]> {
    await this.paletteItems(text);
    const items = await this.quick.allItems();
    await this.quick.cancel();
    return items.filter((item) => item.toLowerCase().includes(text.toLowerCase()));
  }

  /** Opens a file of the workspace through "Go to File". */
  async openFile(path: string): Promise<void> {
    const name = path.split('/').at(-1)!;
    await this.#refuseDialog();
    await until(`${path} is open`, async () => {
      if (await this.quick.isOpen()) await this.quick.cancel();
      await this.page.keyboard.press('Control+P');
      await this.quick.fill(path);
      try {
        await this.quick.pick(name, 3_000);
      } catch {
        // It is looked for again: the file may be new.
        return false;
      }
      return true;
    });
    await this.tab(name).waitFor();
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`).first();
  }

  async tabs(): Promise<string[]> {
    return this.page
      .locator('.tabs-container .tab')
      .evaluateAll((tabs) => tabs.map((tab) => tab.getAttribute('data-resource-name') ?? ''));
  }

  /** Shows a view of our container in the side bar, by a click on the activity bar. */
  async openView(title: string): Promise<TreeView> {
    const view = this.view(title);
    if (!(await view.pane.isVisible())) await this.clickActivity('Medallion');
    await view.pane.waitFor();
    const header = view.pane.locator('> .pane-header');
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
    return view;
  }

  view(title: string): TreeView {
    return new TreeView(this.page, title);
  }

  activity(title: string): Locator {
    return this.page.locator(
      `.activitybar .composite-bar .action-item .action-label[aria-label^="${title}"]`,
    );
  }

  async clickActivity(title: string): Promise<void> {
    const action = this.activity(title);
    // A click on the one that is shown would hide the side bar.
    const shown = await action.evaluate((label) => label.parentElement?.classList.contains('checked'));
    if (!shown) await action.click();
  }

  /** The item of the open menu or context menu; `path` goes through submenus. */
  async pickMenuItem(...path: string[]): Promise<void> {
    for (const label of path.slice(0, -1)) await this.#menuItem(label).hover();
    const item = this.#menuItem(path.at(-1)!);
    await item.waitFor();
    // A menu takes no click in its first moment.
    await until(`the menu takes ${path.at(-1)}`, async () => {
      await item.click({ timeout: 2_000 }).catch(() => undefined);
      return until('it is closed', async () => !(await item.isVisible()), 1_000).catch(() => undefined);
    });
  }

  #menuItem(label: string): Locator {
    return this.page
      .locator('.monaco-menu .action-item:not(.disabled) .action-label')
      .filter({ hasText: label })
      .first();
  }

  /** The labels of the open menu. */
  async menuItems(): Promise<string[]> {
    await this.page.locator('.monaco-menu .action-label').first().waitFor();
    const labels = await this.page.locator('.monaco-menu .action-menu-item .action-label').allInnerTexts();
    return labels.map((label) => label.trim());
  }

  /** Right-click on a row, then an item of its menu. */
  async contextMenu(view: TreeView, row: Parameters<TreeView['click']>[0], ...path: string[]): Promise<void> {
    // A menu closes when its view is drawn anew.
    await until(`there is a menu with ${path.join(', ')}`, async () => {
      await view.openContextMenu(row);
      await this.#menuItem(path[0]!).waitFor({ timeout: 5_000 });
      return true;
    });
    await this.pickMenuItem(...path);
  }

  /** With a dialog open, keys go nowhere else. */
  async #refuseDialog(): Promise<void> {
    const box = this.page.locator('.monaco-dialog-box');
    if (await box.isVisible()) throw new Error(`A dialog is in the way: ${await box.innerText()}`);
  }

  /** Answers a dialog for files or folders with a path; it looks around while one types. */
  async choosePath(path: string): Promise<void> {
    // What is typed before it shows a folder is put together with that folder's path.
    await until('the file dialog shows a path', async () => (await this.quick.value()).includes('/'));
    await this.quick.settled();
    await this.quick.fill(path);
    await this.quick.settled();
    const value = await this.quick.value();
    if (value.replace(/\/$/, '') !== path) throw new Error(`The file dialog made ${value} of ${path}.`);
    // The first Enter may only take over what was typed.
    await until('the file dialog takes the path', async () => {
      await this.quick.accept(1_000).catch(() => undefined);
      return until('it is closed', async () => !(await this.quick.isOpen()), 3_000).catch(() => undefined);
    });
  }

  /** A modal dialog: its text, once it contains `text`. */
  async dialog(text: string | RegExp, timeoutMs?: number): Promise<string> {
    const box = this.page.locator('.monaco-dialog-box').filter({ hasText: text });
    await box.waitFor({ timeout: timeoutMs ?? patienceMs });
    return box.innerText();
  }

  async dialogButton(label: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box .dialog-buttons .monaco-button', { hasText: label }).click();
  }

  /** The one item of the status bar whose text or label matches, once there is one. */
  async statusBarItem(text: string | RegExp, timeoutMs?: number): Promise<Locator> {
    const items = this.page.locator('.statusbar-item:visible');
    const found = await until(
      `the status bar shows ${String(text)}`,
      async () => {
        for (const item of await items.all()) {
          const label = await item.locator('.statusbar-item-label').getAttribute('aria-label');
          const said = `${await item.innerText()}\n${label ?? ''}`;
          if (typeof text === 'string' ? said.includes(text) : text.test(said)) return item;
        }
        return undefined;
      },
      timeoutMs,
    );
    return this.page.locator(`.statusbar-item[id="${await found.getAttribute('id')}"]`);
  }

  /** An action at the right end of the tabs. */
  async clickEditorAction(label: string): Promise<void> {
    await this.page
      .locator(`.editor-group-container.active .editor-actions .action-label[aria-label^="${label}"]`)
      .click();
  }

  /** The document inside a webview, by the title of its tab or view. */
  async webviewFrame(title: string | RegExp, timeoutMs?: number): Promise<Frame> {
    return until(
      `there is a webview ${String(title)}`,
      async () => {
        for (const frame of this.page.frames()) {
          if (frame.isDetached() || frame.parentFrame() === null) continue;
          const element = await frame.frameElement();
          if ((await element.getAttribute('id')) !== 'active-frame') continue;
          const name = (await element.getAttribute('title')) ?? '';
          const right = typeof title === 'string' ? name === title : title.test(name);
          if (right && (await frame.locator('body').isVisible())) return frame;
        }
        return undefined;
      },
      timeoutMs,
    );
  }

  /** What the clipboard holds. */
  async clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** What has the keyboard's focus, as a screen reader says it. */
  async focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      const id = element?.getAttribute('aria-activedescendant');
      const target = (id ? document.getElementById(id) : undefined) ?? element;
      return target?.getAttribute('aria-label') ?? target?.textContent ?? '';
    });
  }

  /** Saves a picture of the window in out/test/extension. */
  async screenshot(name: string): Promise<string> {
    await mkdir(outDir, { recursive: true });
    const path = join(outDir, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  /** The log that our extension writes, of all windows of this editor. */
  async medallionLog(): Promise<string> {
    return [...(await this.#parts.server.logs())]
      .filter(([name]) => /medallion/i.test(name))
      .map(([, text]) => text)
      .join('');
  }

  /** What our extension did not catch, from the extension hosts' logs and the browser's console. */
  async uncaughtErrors(): Promise<string[]> {
    // What is no failure of the outside world is a fault of the program: only that is logged as an error.
    const faults = (await this.medallionLog())
      .split(/\n(?=\d{4}-)/)
      .filter((entry) => entry.includes(' [error] '));
    return [...errorsOfOurs(await this.#hostLogs(), this.#console), ...faults];
  }

  async #hostLogs(): Promise<string[]> {
    const logs = [...(await this.#parts.server.logs())];
    return logs.filter(([name]) => name.endsWith('remoteexthost.log')).map(([, text]) => text);
  }

  /** Saves a picture and all logs under a name: what one wants to see of a failed test. */
  async saveEvidence(name: string): Promise<void> {
    await this.screenshot(name);
    const logs = [...(await this.#parts.server.logs())].map(([path, text]) => `==> ${path}\n${text}`);
    await writeFile(
      join(outDir, `${name}.log`),
      [...logs, '==> browser console', ...this.#console].join('\n'),
    );
  }

  async close(): Promise<void> {
    // As a person does: the window says goodbye to its extension host.
    await this.page.goto('about:blank').catch(() => undefined);
    await this.#parts.browser.close();
    await this.#parts.server.stop();
  }
}
