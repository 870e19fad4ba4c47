/**
 * An extension for tests only: its command runs mocha in the extension host, on the test files beside it, and writes
 * the results to MEDALLION_HOST_RESULTS.
 */
import type Mocha from 'mocha';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { HostResult } from './hostTests.ts';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand('medallionTests.run', () =>
      run(join(context.extensionPath, 'tests')).then(report, (error: unknown) =>
        report([
          { title: 'the test files could not be run', state: 'failed', durationMs: 0, error: text(error) },
        ]),
      ),
    ),
  );
}

/** A reporter that says nothing: the results are collected below. */
function silent(): void {}

async function run(folder: string): Promise<HostResult[]> {
  const { MEDALLION_ROOT: root, MEDALLION_HOST_GREP: grep } = process.env;
  const MochaClass = createRequire(join(root!, 'package.json'))('mocha') as typeof Mocha;
  const mocha = new MochaClass({
    ui: 'bdd',
    timeout: 60_000,
    ...(grep ? { grep } : {}),
    reporter: silent as never,
  });
  for (const name of await readdir(folder)) if (name.endsWith('.test.mjs')) mocha.addFile(join(folder, name));
  await mocha.loadFilesAsync();
  const results: HostResult[] = [];
  return new Promise((resolve) => {
    const add = (test: Mocha.Runnable, state: HostResult['state'], error?: unknown) =>
      results.push({
        title: test.fullTitle(),
        state,
        durationMs: test.duration ?? 0,
        ...(error === undefined ? {} : { error: text(error) }),
      });
    mocha
      .run(() => resolve(results))
      .on('pass', (test) => add(test, 'passed'))
      .on('pending', (test) => add(test, 'skipped'))
      .on('fail', (test, error) => add(test, 'failed', error));
  });
}

async function report(results: HostResult[]): Promise<void> {
  const path = process.env.MEDALLION_HOST_RESULTS!;
  await writeFile(`${path}.unfinished`, JSON.stringify(results));
  await rename(`${path}.unfinished`, path);
}

function text(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
