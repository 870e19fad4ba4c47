import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { findLocalImports } from '../../../src/spark/localImports.ts';
import { pythonImports } from '../../../src/spark/pythonImports.ts';

describe('import statements of a Python source', () => {
  const cases: [string, string, string][] = [
    ['plain', 'import a', '0:a:'],
    ['dotted', 'import a.b.c', '0:a.b.c:'],
    ['several with an alias', 'import a, b as c, d.e as f', '0:a: 0:b: 0:d.e:'],
    ['from', 'from a.b import c, d as e', '0:a.b:c,d'],
    ['all', 'from a import *', '0:a:*'],
    ['relative', 'from . import x\nfrom .y import z\nfrom ...p.q import r', '1::x 1:y:z 3:p.q:r'],
    ['in brackets over lines', 'from a import (  # why\n  b,\n  c as d,\n)\n', '0:a:b,c'],
    ['after a backslash', 'from a \\\n  import b\nimport c, \\\n  d', '0:a:b 0:c: 0:d:'],
    ['within blocks', 'def f():\n    import a\ntry: import b\nexcept ImportError: b = None', '0:a: 0:b:'],
    ['after a semicolon', 'x = 1; import a; from b import c', '0:a: 0:b:c'],
    ['not in strings', '"""\nimport a\n"""\ns = \'import b\'\nr"""from c import d"""', ''],
    ['not in comments', '# import a\nx = 1  # from b import c', ''],
    ['not in names', 'importer = 1\nfrom_x = 2\nimported(a)', ''],
    ['after a string with quotes', 's = "it\'s \\" # no"\nimport a', '0:a:'],
    ['with Windows line ends', 'import a\r\nfrom b import c\r\n', '0:a: 0:b:c'],
    ['after a dict and a slice', 'd = {1: 2}\nx = y[1:2]\nimport a', '0:a:'],
  ];
  for (const [what, source, expected] of cases) {
    it(what, () => {
      const said = pythonImports(source).map((i) => `${i.level}:${i.module}:${i.names.join(',')}`);
      assert.equal(said.join(' '), expected);
    });
  }

  it('reads any text without failing, and finds an import that follows it on a line of its own', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '#', '\n', ' ', '.', ',', ';', ':', 'import ') }),
        (text) => {
          assert.ok(pythonImports(`${text}\nimport needle\n`).some((i) => i.module === 'needle'));
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        pythonImports(text);
      }),
    );
  });
});

describe('modules beside a script', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'imports-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function names(source: string, files: Record<string, string>): Promise<string[]> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }
    const modules = await findLocalImports({ path: join(root, 'job.py'), source });
    return modules.map(({ name }) => name);
  }

  it('takes what is imported, recursively, and nothing else', async () => {
    const found = await names('import helper, os\nimport pyspark.sql', {
      'helper.py': 'from lib.deep import thing\nimport helper',
      'unused.py': '',
      'lib/__init__.py': 'from . import first\n',
      'lib/first.py': 'from ..above import x',
      'lib/deep.py': 'from .sibling import *\nfrom .sub.leaf import f',
      'lib/sibling.py': '',
      'lib/sub/__init__.py': '',
      'lib/sub/leaf.py': 'from .. import other',
      'lib/other.py': '',
      'above.py': '',
      'pyspark/sql.py': 'raise SystemExit',
    });
    assert.deepEqual(found, [
      'helper.py',
      'lib/__init__.py',
      'lib/deep.py',
      'lib/first.py',
      'lib/other.py',
      'lib/sibling.py',
      'lib/sub/__init__.py',
      'lib/sub/leaf.py',
    ]);
  });

  it('makes a package of a folder without __init__.py, which a zip could not hold', async () => {
    assert.deepEqual(await names('from plain.mod import f', { 'plain/mod.py': '' }), [
      'plain/__init__.py',
      'plain/mod.py',
    ]);
  });

  it('takes a name from a package when it is a module, and all modules for a star', async () => {
    const files = { 'p/__init__.py': 'value = 1', 'p/a.py': '', 'p/b.py': '' };
    assert.deepEqual(await names('from p import a, value', files), ['p/__init__.py', 'p/a.py']);
    assert.deepEqual(await names('from p import *', files), ['p/__init__.py', 'p/a.py', 'p/b.py']);
  });

  it('refuses what is too large, with a sentence', async () => {
    await writeFile(join(root, 'big.py'), '#'.repeat(2000));
    await assert.rejects(
      findLocalImports(
        { path: join(root, 'job.py'), source: 'import big' },
        { limits: { files: 5, fileBytes: 1000, totalBytes: 9999 } },
      ),
      (error) => isWorkbenchError(error, 'invalid') && error.message.includes('big.py'),
    );
  });

  it('takes what an editor has not saved yet, with what that imports, before what is on the disk', async () => {
    await writeFile(join(root, 'saved.py'), 'import other');
    await writeFile(join(root, 'other.py'), '');
    const unsaved = new Map([
      [join(root, 'saved.py'), 'import fresh'],
      [join(root, 'fresh.py'), 'x = 1'],
    ]);
    const modules = await findLocalImports(
      { path: join(root, 'job.py'), source: 'import saved' },
      { unsaved },
    );
    assert.deepEqual(
      modules.map(({ name, content }) => [name, content.toString()]),
      [
        ['fresh.py', 'x = 1'],
        ['saved.py', 'import fresh'],
      ],
    );
  });

  it('finds nothing beside a script that is nowhere', async () => {
    assert.deepEqual(await findLocalImports({ path: '/nowhere/at/all.py', source: 'import x' }), []);
  });
});
