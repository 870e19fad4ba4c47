// npm test: sets everything up, checks the sources, and runs every suite; `npm test -- unit` runs some of them.
// Suites: lint, unit, pyspark, integration, extension, docker, walk. With MEDALLION_REQUIRE_ALL=1 a skipped test is a
// failed one.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { delimiter, join } from 'node:path';
import { fail, root, say, setUp } from './setup.mjs';

const known = ['lint', 'unit', 'pyspark', 'integration', 'extension', 'docker', 'walk'];
const wanted = process.argv.slice(2);
const wrong = wanted.find((name) => !known.includes(name));
if (wrong) fail(`There is no suite "${wrong}"; there are ${known.join(', ')}.`, 2);
const wants = (suite) => wanted.length === 0 || wanted.includes(suite);

const out = join(root, 'out', 'test');
const workspace = join(out, 'workspace');
const strict = process.env.MEDALLION_REQUIRE_ALL === '1';
const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, told once more at the end: above it there are thousands of lines. */
const troubles = [];
const beganAt = Date.now();

await setUp();
mkdirSync(workspace, { recursive: true });
process.env.MEDALLION_WORKSPACE = workspace;

/** Runs a program of the project's own tools; true if it ended well. */
function runs(title, command, args, env = {}) {
  say(title);
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.signal === 'SIGINT') process.exit(130);
  return result.status === 0;
}

const bin = (name) => join(root, 'node_modules', '.bin', name);

/** One check that counts as one test. */
function check(title, command, args, env) {
  if (runs(title, command, args, env)) total.passed += 1;
  else {
    total.failed += 1;
    troubles.push(`failed: ${title}`);
  }
}

/** Adds what a suite counted; a suite that left no counts has crashed. */
function add(title, ended, counts) {
  if (counts) for (const key of Object.keys(total)) total[key] += counts[key];
  if (!counts || (!ended && counts.failed === 0)) {
    total.failed += 1;
    troubles.push(`failed: ${title} ended before its end`);
  }
  troubles.push(...(counts?.troubles ?? []));
  if (counts) say(`${title}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
}

function mocha(title, patterns, env = {}, ...args) {
  const file = join(out, 'mocha.json');
  rmSync(file, { force: true });
  const reporter = ['--reporter', join(root, 'test/support/countingReporter.cjs')];
  const ended = runs(title, bin('mocha'), [...[patterns].flat(), ...reporter, ...args], {
    ...env,
    MEDALLION_TEST_COUNTS: file,
  });
  add(title, ended, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);
}

/**
 * Starts a program beside what follows; what it says is told at its end, so that nothing is mixed. Gives what waits for
 * that, and tells whether it ended well.
 */
function beside(title, command, args, env) {
  const file = join(out, 'beside.log');
  const log = openSync(file, 'w');
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
  });
  closeSync(log);
  // It computes, and what runs beside it waits for answers: these come first.
  if (child.pid !== undefined) setPriority(child.pid, 10);
  process.once('exit', () => child.kill());
  const ended = new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  return async () => {
    const isWell = await ended;
    say(title);
    process.stdout.write(readFileSync(file));
    return isWell;
  };
}

/** Starts the PySpark tests, which need no stack; gives what waits for them, and counts them. */
function pytest(title, runtime, env) {
  const file = join(out, 'pytest.xml');
  rmSync(file, { force: true });
  const args = [
    '-m',
    'pytest',
    '-q',
    '--rootdir',
    'pyspark',
    '-c',
    'pyspark/pyproject.toml',
    `--junitxml=${file}`,
    'test/pyspark',
  ];
  // Seen at once where nothing else is to be seen.
  const ended = wants('integration')
    ? beside(title, runtime.python, args, env)
    : (
        (isWell) => () =>
          isWell
      )(runs(title, runtime.python, args, env));
  return async () => addPytest(title, await ended(), file);
}

function addPytest(title, ended, file) {
  if (!existsSync(file)) return add(title, ended, undefined);
  const report = readFileSync(file, 'utf8');
  const number = (name) => Number(new RegExp(`<testsuite[^>]* ${name}="(\\d+)"`).exec(report)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = number('skipped');
  const failures = report.matchAll(
    /<testcase classname="([^"]*)" name="([^"]*)"[^>]*><(?:failure|error) message="([^"]{0,600})/g,
  );
  const troubles = Array.from(
    failures,
    ([, file, name, message]) => `failed: ${file} ${name}\n    ${message}`,
  );
  add(title, ended, { passed: number('tests') - failed - skipped, failed, skipped, troubles });
}

/** pytest and ruff beside the runtime, not in it: the runtime is what users get. */
function pythonTools(runtime) {
  const target = join(root, 'out', 'python-tools');
  const lock = join(root, 'test', 'requirements.txt');
  const stamp = join(target, '.installed-lock');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== readFileSync(lock, 'utf8')) {
    rmSync(target, { recursive: true, force: true });
    const args = ['-m', 'pip', 'install', '-q', '--require-hashes', '--target', target, '-r', lock];
    if (!runs('Installing pytest and ruff', runtime.python, args))
      fail('pytest and ruff could not be installed.');
    spawnSync('cp', [lock, stamp]);
  }
  return target;
}

/** Looks for what a suite needs, and installs what can be, beside what runs meanwhile. */
function look(readiness) {
  const child = spawn(bin('tsx'), [readiness], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  process.once('exit', () => child.kill());
  const looked = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? '' : said.trim() || `it ended with ${code}`));
  });
  /** Whether nothing is missing; else the suite of this title is skipped. */
  return async (title) => {
    const missing = await looked;
    if (missing === '') return true;
    say(`${title}: skipped, because ${missing}`);
    total.skipped += 1;
    return false;
  };
}

/** Tables for the tests in the editor to look at, if the suites before have left none. */
function fillLake(env) {
  const medallion = (...args) => [process.execPath, [join(root, 'bin', 'medallion.mjs'), ...args]];
  const quiet = { cwd: workspace, stdio: 'ignore', env: { ...process.env, ...env } };
  if (spawnSync(...medallion('ls', '/data/gold/deliveriescount'), quiet).status === 0) return;
  if (!runs('Orders for the lake', ...medallion('simulate', '--orders', '500'), env)) return;
  runs('Tables for the lake', ...medallion('pipeline', 'run'), env);
}

// Its installation takes as long as what needs no editor.
const editorIsThere =
  wants('extension') || wants('walk')
    ? look('test/extension/support/installEditor.ts')
    : () => Promise.resolve(false);

if (wants('lint')) {
  check('Types (tsc)', bin('tsc'), []);
  check('Types of the webviews (tsc)', bin('tsc'), ['-p', 'webview']);
  check('Types of the tests in the editor (tsc)', bin('tsc'), ['-p', 'test/extension']);
  check('ESLint, with the direction of imports', bin('eslint'), ['.']);
  check('Prettier', bin('prettier'), ['--check', '--log-level', 'warn', '.']);
}
if (wants('unit')) mocha('Unit tests', 'test/unit/**/*.test.ts');

if (wants('pyspark') || wants('integration') || wants('extension')) {
  // A Docker engine that happens to run here changes nothing.
  const local = { MEDALLION_ENGINE: 'local' };
  const stack = (action) =>
    runs(`Test stack: ${action}`, bin('tsx'), ['test/support/stackWorkspace.ts', action, workspace], local);
  if (!stack('up')) {
    stack('down');
    fail('The test stack did not start.');
  }
  try {
    const connectionFile = join(workspace, 'connection.json');
    const { runtime } = JSON.parse(readFileSync(connectionFile, 'utf8'));
    const env = {
      ...local,
      MEDALLION_TEST_STACK: connectionFile,
      MEDALLION_RUNTIME_DIR: runtime.dir,
      JAVA_HOME: runtime.javaHome,
    };
    let pysparkEnded = async () => {};
    if (wants('pyspark')) {
      const tools = pythonTools(runtime);
      const config = ['--config', join('pyspark', 'pyproject.toml')];
      check('Ruff', join(tools, 'bin', 'ruff'), ['check', ...config, 'pyspark', 'test', 'stack']);
      check('Ruff format', join(tools, 'bin', 'ruff'), [
        'format',
        '--check',
        ...config,
        'pyspark',
        'test',
        'stack',
      ]);
      pysparkEnded = pytest(
        'PySpark tests',
        { python: join(runtime.dir, 'venv', 'bin', 'python') },
        {
          ...env,
          PYTHONPATH: [join(root, 'pyspark'), tools].join(delimiter),
          SPARK_HOME: join(runtime.dir, 'spark'),
        },
      );
    }
    if (wants('integration'))
      mocha('Integration tests', 'test/integration/**/*.test.ts', env, '--timeout', '180000');
    await pysparkEnded();
    const title = 'Tests in the editor';
    if (wants('extension') && (await editorIsThere(title))) {
      check('The VSIX', process.execPath, ['scripts/package.mjs']);
      fillLake(env);
      // Faults last: they break the stack, and mend it.
      const files = ['*', 'pages/**/*', 'ui/**/*', 'faults/**/*'].map(
        (name) => `test/extension/${name}.test.ts`,
      );
      // Once more for a click that an editor under load did not take; what is wrong fails twice.
      mocha(title, files, env, '--retries', '1', '--exit');
    }
  } finally {
    stack('down');
  }
}

// After the others, for it starts a second whole stack.
if (wants('docker')) {
  const title = 'Docker tests';
  // Ends even if a connection to an engine was left open: a suite that hangs tells nothing.
  if (await look('test/docker/support/readiness.ts')(title))
    mocha(title, 'test/docker/**/*.test.ts', {}, '--timeout', '120000', '--exit');
}

// Last, for it takes the images that the Docker suite has built.
if (wants('walk')) {
  const title = 'From an empty window to a gold chart';
  if (await editorIsThere(title)) {
    if (!wants('extension')) check('The VSIX', process.execPath, ['scripts/package.mjs']);
    mocha(title, 'test/extension/walk/**/*.test.ts', {}, '--exit');
  }
}

if (strict && total.skipped > 0) {
  say(`${total.skipped} tests were skipped, and MEDALLION_REQUIRE_ALL is set: they count as failed.`);
  total.failed += total.skipped;
  total.skipped = 0;
}
const minutes = ((Date.now() - beganAt) / 60_000).toFixed(1);
for (const trouble of troubles) say(trouble);
say(`All suites took ${minutes} minutes`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = total.failed > 0 ? 1 : 0;
