import assert from 'node:assert/strict';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import {
  beginCode,
  pythonText,
  readKernelBundle,
  type KernelSettings,
} from '../../../src/session/kernelBundle.ts';

const settings: KernelSettings = {
  format: 1,
  appName: 'it\'s "quoted"\n\\ 😀',
  master: 'local',
  properties: {},
  lakeRoot: '/data',
  fileSystem: 'hdfs://n:1',
  environment: {},
};

describe('what a kernel gets at its beginning', () => {
  it('is its own package and the library, without the wrapper of jobs', async () => {
    const names = Object.keys(unzipSync(await readKernelBundle()));
    assert.ok(names.includes('medallion_kernel/__init__.py'));
    assert.ok(names.includes('medallion/__init__.py'));
    assert.ok(!names.includes('medallion/driver.py'));
    assert.ok(names.every((name) => name.endsWith('.py')));
  });

  it('is code of its own lines only, whatever the settings hold', () => {
    const lines = (of: KernelSettings): number => beginCode(Buffer.from('zip'), of).split('\n').length;
    assert.equal(lines(settings), lines({ ...settings, appName: '' }));
    assert.match(beginCode(Buffer.from('zip'), settings), /__medallion_begin\("emlw", "\{/);
  });

  it('has its texts as Python literals of ASCII quotes and escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const literal = pythonText(text);
        assert.equal(JSON.parse(literal), text);
        // What ends a literal early, or a line within it.
        assert.doesNotMatch(literal.slice(1, -1).replace(/\\./gs, ''), /["\\\n\r]/);
      }),
    );
  });
});
