import assert from 'node:assert/strict';
import { ModuleZips, packModules, type PackedModules } from '../../../src/session/moduleZips.ts';
import type { SessionFacts } from '../../../src/session/sessionTypes.ts';

interface Asked {
  hash: string;
  zip?: string;
  argv: string[];
}

class Kernel {
  facts: SessionFacts = { kernelId: 'k', incarnation: 'one' };
  readonly asked: Asked[] = [];
  failure: Error | undefined;

  ask(name: string, args: object): Promise<unknown> {
    assert.equal(name, 'imports');
    this.asked.push(args as Asked);
    return this.failure ? Promise.reject(this.failure) : Promise.resolve({});
  }

  get last(): Asked {
    return this.asked.at(-1)!;
  }
}

const modules = (text: string): PackedModules =>
  packModules([{ name: 'pkg/helper.py', path: '/project/pkg/helper.py', content: Buffer.from(text) }]);

describe('the modules of scripts in the kernel', () => {
  it('are told with each run, and sent once to each process of a kernel', async () => {
    const [zips, kernel] = [new ModuleZips(), new Kernel()];
    await zips.tell(kernel, modules('a = 1'), ['/s.py']);
    const first = kernel.last;
    assert.ok(first.zip);
    await zips.tell(kernel, modules('a = 2'), ['/s.py']);
    assert.ok(kernel.last.zip);
    // Another window may have told the kernel of others meanwhile.
    await zips.tell(kernel, modules('a = 1'), ['/s.py', '--day']);
    assert.deepEqual(kernel.last, { hash: first.hash, zip: undefined, argv: ['/s.py', '--day'] });
    kernel.facts = { ...kernel.facts, incarnation: 'two' };
    await zips.tell(kernel, modules('a = 1'), ['/s.py']);
    assert.equal(kernel.last.zip, first.zip);
  });

  it('are told of as none where a script has none', async () => {
    const [zips, kernel] = [new ModuleZips(), new Kernel()];
    await zips.tell(kernel, packModules([]), ['/s.py']);
    await zips.tell(kernel, packModules([]), ['/s.py']);
    assert.deepEqual(kernel.asked, [
      { hash: '', argv: ['/s.py'] },
      { hash: '', argv: ['/s.py'] },
    ]);
  });

  it('are known by the names that tracebacks have for them', () => {
    const { hash, sources } = modules('a = 1');
    assert.deepEqual(sources, { [`${hash.slice(0, 32)}.zip/pkg/helper.py`]: '/project/pkg/helper.py' });
    assert.deepEqual(packModules([]).sources, {});
  });

  it('are sent again where the kernel did not get them', async () => {
    const [zips, kernel] = [new ModuleZips(), new Kernel()];
    kernel.failure = new Error('interrupted');
    await assert.rejects(zips.tell(kernel, modules('a = 1'), ['/s.py']), /interrupted/);
    kernel.failure = undefined;
    await zips.tell(kernel, modules('a = 1'), ['/s.py']);
    assert.ok(kernel.last.zip);
  });
});
