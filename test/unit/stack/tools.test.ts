import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { javaAdvice, pythonAdvice, systemOf, venvAdvice } from '../../../src/stack/toolAdvice.ts';
import { findJava, findPython, javaMajor, parseRelease } from '../../../src/stack/tools.ts';

describe('tools', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tools-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function program(path: string, text: string): Promise<string> {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  }
  async function java(
    name: string,
    version: string,
    modules = 'java.base jdk.incubator.vector',
  ): Promise<string> {
    const home = join(dir, name);
    await program(join(home, 'bin', 'java'), 'exit 1');
    await writeFile(
      join(home, 'release'),
      `JAVA_VERSION="${version}"\nJAVA_RUNTIME_VERSION="${version}+9"\nMODULES="${modules}"\n`,
    );
    return home;
  }
  const python = (name: string, version: string, missing: string[] = []): Promise<string> =>
    program(join(dir, name), `echo '${JSON.stringify({ version, implementation: 'cpython', missing })}'`);

  it('reads versions as Java has written them over the years', () => {
    const majors = ['17.0.15', '1.8.0_402', '21-ea', '25', '25.0.3+9'].map(javaMajor);
    assert.deepEqual(majors, [17, 8, 21, 25, 25]);
    assert.deepEqual(parseRelease('A="b c"\nX=1\r\n'), { A: 'b c', X: '1' });
  });

  it('takes JAVA_HOME when it fits, without starting it', async () => {
    const home = await java('seventeen', '17.0.15');
    const found = await findJava({ JAVA_HOME: home, PATH: '' });
    assert.deepEqual(found, { home, version: '17.0.15', build: '17.0.15+9', from: 'JAVA_HOME' });
  });

  it('names a wrong JAVA_HOME with its version, and takes the next', async () => {
    const old = await java('eleven', '11.0.2');
    const home = await java('twentyfive', '25.0.1');
    const found = await findJava({}, [
      { path: old, from: 'JAVA_HOME' },
      { path: home, from: 'PATH' },
    ]);
    assert.equal(found.home, home);
    assert.equal(found.note, `JAVA_HOME, ${old}, is Java 11.0.2.`);
  });

  it('refuses a Java without the vector module', async () => {
    const home = await java('reduced', '17.0.2', 'java.base');
    await assert.rejects(
      findJava({}, [{ path: home, from: 'PATH' }]),
      /without the module jdk\.incubator\.vector/,
    );
  });

  it('says that none is there, and what to do', async () => {
    await assert.rejects(findJava({}, [{ path: join(dir, 'none'), from: 'JAVA_HOME' }]), (error) => {
      assert(isWorkbenchError(error, 'missing-tool'));
      assert.match(error.message, /JAVA_HOME is .*none, where no Java is\. Spark needs Java 17, 21 or 25\. /);
      return true;
    });
  });

  it('asks a shim, which has no release file, for the real home', async () => {
    const home = await java('real', '21.0.4');
    await program(
      join(dir, 'shim', 'bin', 'java'),
      `echo '    java.home = ${home}'; echo '    java.version = 21.0.4'`,
    );
    await program(join(home, 'bin', 'java'), 'echo jdk.incubator.vector@21');
    const found = await findJava({}, [{ path: join(dir, 'shim'), from: 'PATH' }]);
    assert.equal(found.home, home);
  });

  it('takes the first Python that fits', async () => {
    const old = await python('old', '3.9.6');
    const good = await python('good', '3.12.1');
    const found = await findPython({}, [
      { path: old, from: 'PATH' },
      { path: good, from: 'PATH' },
    ]);
    assert.deepEqual(found, {
      path: good,
      version: '3.12.1',
      from: 'PATH',
      note: `${old} is Python 3.9.6, which is too old.`,
    });
  });

  it('names the missing venv module, and a Python that is too new', async () => {
    const bare = await python('bare', '3.11.2', ['ensurepip']);
    await assert.rejects(
      findPython({}, [{ path: bare, from: 'PATH' }]),
      /3\.11\.2, but without the module ensurepip/,
    );
    const next = await python('next', '3.15.0');
    await assert.rejects(findPython({}, [{ path: next, from: 'PATH' }]), /too new/);
  });

  it('takes no other Python than MEDALLION_PYTHON', async () => {
    const good = await python('good', '3.12.1');
    const candidates = [
      { path: join(dir, 'none'), from: 'MEDALLION_PYTHON' },
      { path: good, from: 'PATH' },
    ];
    await assert.rejects(findPython({}, candidates), /MEDALLION_PYTHON, .*none, does not run as a Python/);
  });

  it('knows how each kind of system gets its programs', () => {
    assert.equal(systemOf('linux', 'ID=ubuntu\nID_LIKE=debian\n'), 'debian');
    assert.equal(systemOf('linux', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'), 'fedora');
    assert.equal(systemOf('linux', ''), 'linux');
    assert.equal(systemOf('darwin', ''), 'macos');
    assert.match(javaAdvice('debian'), /apt install openjdk-17/);
    assert.match(javaAdvice('macos'), /brew install openjdk@21/);
    assert.match(pythonAdvice('windows'), /WSL/);
    assert.match(venvAdvice('debian', '3.11'), /apt install python3\.11-venv/);
  });
});
