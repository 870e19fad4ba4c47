import { deepEqual, doesNotMatch, equal, ok } from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseChart } from '../../../../src/chart/chartFile.ts';
import { parsePipeline } from '../../../../src/pipeline/pipelineFile.ts';
import {
  folderNameFault,
  isProjectFile,
  ownFiles,
  projectText,
} from '../../../../src/vscode/start/projectFiles.ts';

const retail = join(import.meta.dirname, '..', '..', '..', '..', 'pyspark', 'retail');

describe('A new project', () => {
  it('names no file outside of it', async () => {
    const names = await readdir(retail, { recursive: true });
    const paths = names.filter((name) => /\.(yaml|json)$/.test(name));
    ok(paths.length >= 3);
    for (const path of paths) {
      const text = projectText(path, await readFile(join(retail, path), 'utf8'));
      doesNotMatch(text, /schema\.json|\.\.\//, path);
    }
  });

  it('has a pipeline and charts that can be read, with line ends of either kind', async () => {
    for (const end of ['\n', '\r\n']) {
      const read = async (path: string): Promise<string> =>
        projectText(path, (await readFile(join(retail, path), 'utf8')).replaceAll('\n', end));
      ok(parsePipeline(await read('pipeline.yaml'), 'pipeline.yaml'));
      const chart = await read('charts/deliveriescount.chart.json');
      deepEqual(parseChart(chart).source, { table: 'gold/deliveriescount' });
      ok(chart.startsWith(`{${end}  "title"`), chart);
    }
  });

  it('keeps scripts as they are', () => {
    equal(projectText('bronze.py', '# yaml-language-server: x\n'), '# yaml-language-server: x\n');
  });

  it('has a launch configuration and no state in git', () => {
    const files = ownFiles('shop');
    const launch = JSON.parse(files['.vscode/launch.json']!) as { configurations: { type: string }[] };
    deepEqual(
      launch.configurations.map(({ type }) => type),
      ['medallion'],
    );
    ok(files['.gitignore']!.split('\n').includes('.medallion/'));
    ok(files['README.md']!.startsWith('# shop\n'));
  });

  it('takes nothing that Python leaves behind', () => {
    deepEqual(['__pycache__', 'a.pyc', '.ruff_cache', 'rules.py', 'charts'].filter(isProjectFile), [
      'rules.py',
      'charts',
    ]);
  });
});

describe('The name of a new folder', () => {
  it('is one on every system', () => {
    for (const name of ['retail', 'my shop', 'läden', '.hidden', 'v1.2'])
      equal(folderNameFault(name), undefined, name);
    for (const name of ['', ' ']) equal(folderNameFault(name), 'empty');
    for (const name of ['a/b', 'a\\b', 'a:b', 'a*', 'a\n', ' a', 'a ', 'a.'])
      equal(folderNameFault(name), 'characters', name);
    for (const name of ['nul', 'COM1']) equal(folderNameFault(name), 'reserved', name);
    for (const name of ['.', '..']) ok(folderNameFault(name), name);
  });
});
