// The page of results with the extension's own feed, over runs that are made up.
import * as v from 'valibot';
import { tableMime, type RunEvent } from '../../src/session/sessionTypes.ts';
import { ResultsFeed } from '../../src/vscode/session/results/resultsFeed.ts';
import {
  earlierLines,
  fromResultsPageSchema,
  type ResultsRequest,
} from '../../src/vscode/session/results/resultsProtocol.ts';
import { isEnded, RunStore } from '../../src/vscode/session/results/runStore.ts';
import { caseName, startStub, tell } from './stub.ts';

const store = new RunStore({ foreignTitle: 'Another client', note: (error) => console.error(error) });
const asked: ResultsRequest[] = [];
const copied: string[] = [];

const feed = new ResultsFeed(store, {
  post: tell,
  nameFrame:
    () =>
    ({ file, line }) => ({ label: `${file}:${line}`, isOwn: file.endsWith('silver.py') }),
});

function run(id: string, title: string, ...events: RunEvent[]): void {
  store.begin(id, {
    ...{ code: 'x', language: title.includes('SQL') ? 'sql' : 'python', title },
    place: { uri: 'file:///silver.py', line: 3 },
  });
  for (const event of events) store.add({ runId: id, event });
}

const begin: RunEvent = { kind: 'begin', count: 4, code: 'x' };
const ok: RunEvent = { kind: 'end', end: 'ok' };
const print = (text: string, name: 'stdout' | 'stderr' = 'stdout'): RunEvent => ({
  ...{ kind: 'stream', name, text },
});
const show = (bundle: Record<string, unknown>): RunEvent => ({ kind: 'data', bundle, isResult: true });

const table = {
  name: 'orders',
  columns: [
    { name: 'order_id', type: 'bigint' },
    { name: 'branch', type: 'string' },
    { name: 'amount', type: 'decimal(10,2)' },
    { name: 'delivered', type: 'boolean' },
  ],
  rows: Array.from({ length: 40 }, (_x, i) => [
    i === 0 ? '9007199254740993' : 1_000 + i,
    ['Tōkyō', 'Nairobi', 'Lima'][i % 3]!,
    i % 7 === 0 ? null : `${i * 1_234}.50`,
    i % 2 === 0,
  ]),
  more: true,
  rowCount: 11_000,
};

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="90"><rect width="240" height="90" fill="#fff"/>' +
  '<path d="M10 80 60 40 110 55 160 20 230 30" fill="none" stroke="#1f77b4" stroke-width="3"/></svg>';
const colors = Array.from(
  { length: 16 },
  (_x, i) => `\u001b[${i < 8 ? 30 + i : 82 + i}mcolour ${i}\u001b[0m`,
);
const failure: RunEvent = {
  ...{ kind: 'error', name: 'AnalysisException', message: 'column "brnch" does not exist' },
  traceback: [
    '\u001b[31m---------------------------------------\u001b[39m',
    '\u001b[31mAnalysisException\u001b[39m: column "brnch" does not exist',
  ],
  failure: {
    type: 'pyspark.errors.AnalysisException',
    message: 'column "brnch" does not exist. Did you mean "branch"?',
    frames: [
      { file: 'silver.py', line: 3, function: '<module>', code: 'clean(orders)' },
      { file: 'silver.py', line: 12, function: 'clean', code: 'return df.groupBy("brnch").count()' },
      { file: 'pyspark/sql/dataframe.py', line: 900, function: 'groupBy' },
      { file: 'py4j/protocol.py', line: 326, function: 'get_return_value' },
    ],
    causes: [{ type: 'KeyError', message: "'brnch'", frames: [], causes: [] }],
  },
};

function loop(): void {
  run('a', 'silver.py, cell 1', begin, print('Spark 4.2.0\n'), print(`${colors.join(' ')}\n`), ok);
  run('b', 'silver.py: Orders', begin, show({ [tableMime]: table, 'text/plain': 'orders' }), ok);
  run('c', 'silver.py: SQL', begin, show({ 'image/svg+xml': svg, 'text/plain': '<Figure>' }), ok);
  run('d', 'silver.py, cell 4', begin, print('careful\n', 'stderr'), failure, { kind: 'end', end: 'error' });
  run('e', 'silver.py, cell 5', { kind: 'end', end: 'aborted' });
  run('f', 'silver.py, cell 6', begin, print('counting\n'));
}

function hostile(): void {
  const script = '<img src=x onerror="globalThis.hacked = 1"><script>globalThis.hacked = 1</script>';
  run(
    ...(['a', `silver.py: ${script}`, begin] as const),
    ...[
      print(`${script}\n\u001b]0;title\u0007\u001b[2Jshown\u0007\n`),
      show({ 'text/html': script, 'text/plain': script }),
    ],
    ...[
      show({
        'image/svg+xml': `<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.hacked = 1">${script}</svg>`,
      }),
      show({
        [tableMime]: { ...table, name: script, columns: [{ name: script, type: script }], rows: [[script]] },
      }),
      { ...failure, name: script, message: script, traceback: [script] } as RunEvent,
      ok,
    ],
  );
}

let flooded = 0;
function flood(): void {
  run('a', 'silver.py, cell 1', begin);
  const timer = setInterval(() => {
    // 100,000 lines a second.
    const lines = Array.from({ length: 2_000 }, (_x, i) => `line ${flooded + i} of a flood\n`);
    flooded += lines.length;
    store.add({ runId: 'a', event: print(lines.join('')) });
    if (flooded < 200_000) return;
    clearInterval(timer);
    store.add({ runId: 'a', event: ok });
  }, 20);
}

if (caseName === 'loop') loop();
if (caseName === 'hostile') hostile();
if (caseName === 'many')
  for (let i = 0; i < 200; i++) run(`r${i}`, `silver.py, cell ${i + 1}`, begin, print(`${i}\n`), ok);

function answer(request: ResultsRequest): void {
  asked.push(request);
  switch (request.kind) {
    case 'open':
      return feed.open(request.run);
    case 'clear':
      return store.remove([request.run]);
    case 'clearAll':
      return store.remove(store.runs.filter(isEnded).map(({ id }) => id));
    case 'copyText':
      return void copied.push(request.text);
    case 'stop': {
      const { running } = store;
      if (running) store.add({ runId: running.id, event: { kind: 'end', end: 'interrupted' } });
      return;
    }
    case 'earlier': {
      const output = store.get(request.run)?.outputs.get(request.output);
      if (output?.kind !== 'text') return;
      const { first } = output.text;
      const from = Math.max(first, request.before - earlierLines);
      const lines = output.text.slice(from, request.before);
      return tell({ kind: 'earlier', run: request.run, output: request.output, first, from, lines });
    }
    case 'goTo':
      throw new Error('Its code stands in no document.');
    default:
  }
}

startStub((message) => {
  const request = v.parse(fromResultsPageSchema, message);
  if (request.kind === 'ready') {
    feed.start();
    if (caseName === 'loop') tell({ kind: 'progress', run: 'f', text: 'stage 3', done: 40, total: 200 });
    if (caseName === 'flood') flood();
    return;
  }
  try {
    answer(request);
    tell({ kind: 'reply', id: request.id, ok: true });
  } catch (error) {
    tell({ kind: 'reply', id: request.id, ok: false, error: (error as Error).message });
  }
});
Object.assign(globalThis, { results: { store, asked, copied, run, print, begin, ok } });
// After the stub: it asks for it at once.
void import('../results.ts');
