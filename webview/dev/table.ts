// The table page with the extension's own host, over tables that are made up.
import { WorkbenchError } from '../../src/base/errors.ts';
import { TableHost } from '../../src/vscode/tables/tableHost.ts';
import { sampleOf, samplePreview, type Reads } from './tableSamples.ts';
import { caseName, startStub, tell } from './stub.ts';

const sample = sampleOf(caseName);
const reads: Reads = { count: 0, cancelled: 0 };
const copied: string[] = [];
let charts = 0;
let tries = 0;

const host = new TableHost({
  name: caseName === 'hostile' ? 'bronze/<b>orders</b>' : 'gold/orders',
  what: '/data/gold/orders',
  async open({ version }) {
    if (caseName === 'reading') await new Promise(() => {});
    if (caseName === 'failed' && tries++ === 0) {
      throw new WorkbenchError(
        'not-found',
        'There is no table /data/gold/orders: run the pipeline that writes it.',
      );
    }
    return samplePreview(sample, version ?? 12, reads);
  },
  post: tell,
  copy(text) {
    copied.push(text);
    return Promise.resolve();
  },
  chart() {
    charts++;
    return Promise.resolve();
  },
  ...(caseName === 'session' && {
    session: {
      zone: 'Asia/Kolkata',
      rows: ({ start, end }) =>
        Promise.resolve({
          kind: 'rows' as const,
          rows: Array.from({ length: Math.min(end, 4_321) - start }, (_x, i) =>
            sample.columns.map(({ name }) => (name === 'order_id' ? 1_000_000 + start + i : null)),
          ),
          rowCount: { rows: 4_321, isFinal: true },
        }),
    },
  }),
});

startStub((message) => void host.receive(message));
Object.assign(globalThis, { table: { host, reads, copied, charts: () => charts } });
if (caseName === 'changed') setTimeout(() => host.changed(), 300);
// After the stub: it asks for it at once.
void import('../table.ts');
