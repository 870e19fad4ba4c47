import { chromium } from 'playwright-core';
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Editor } from './editor.ts';
import { EditorServer } from './editorServer.ts';
import { findEditor } from './installEditor.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** VS Code's own themes. */
export const themes = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  'high contrast': 'Default High Contrast',
  'high contrast light': 'Default High Contrast Light',
};
export type Theme = keyof typeof themes;

export interface EditorOptions {
  /** The folder to open; without it the window is empty. */
  workspaceDir?: string;
  /** The user's settings, over the harness's. */
  settings?: Record<string, unknown>;
  theme?: Theme;
  /** 'restricted': the folder is not trusted until `trustFolder`; else every folder is. */
  trust?: 'trusted' | 'restricted';
  /** Environment variables of the extension host, over the test's own. */
  env?: Record<string, string>;
  /** Installed beside ours. */
  otherVsixes?: string[];
  size?: { width: number; height: number };
}

const quiet = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  // Settings open as a tab.
  'workbench.editor.useModal': 'off',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  // It tells of each port that a stack opens.
  'remote.autoForwardPorts': false,
  'npm.fetchOnlinePackageInfo': false,
  'json.schemaDownload.enable': false,
  // As on the desktop.
  'files.autoSave': 'off',
  // Its rows are elements, which can be read.
  'terminal.integrated.gpuAcceleration': 'off',
  // Typed text stays as it was typed.
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'none',
};

/** The VSIX under test: MEDALLION_TEST_VSIX, else what `npm run package` made. */
export async function vsixUnderTest(): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const path = process.env.MEDALLION_TEST_VSIX ?? join(root, 'out', `${name}-${version}.vsix`);
  if (!existsSync(path)) throw new Error(`There is no ${path}: \`npm run package\` makes it.`);
  return path;
}

/** A real VS Code with the packed extension, in a browser window of its own. */
export async function startEditor(options: EditorOptions = {}): Promise<Editor> {
  const found = await findEditor();
  if (typeof found === 'string')
    throw new Error(`No editor: ${found}. \`npx tsx test/extension/support/installEditor.ts\` installs it.`);
  const { theme = 'dark', trust = 'trusted', size = { width: 1400, height: 950 } } = options;
  const settings = {
    ...quiet,
    'workbench.colorTheme': themes[theme],
    ...options.settings,
  };
  const server = await EditorServer.start({
    editor: found,
    vsixes: [await vsixUnderTest(), ...(options.otherVsixes ?? [])],
    settings,
    workspaceTrust: trust !== 'trusted',
    ...(options.env ? { env: options.env } : {}),
  });
  try {
    const browser = await chromium.launch({
      executablePath: found.browser,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
    try {
      return await Editor.open({ browser, server, settings, size, workspaceDir: options.workspaceDir });
    } catch (error) {
      await browser.close();
      throw error;
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
}
