import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } });

const files = [
  'docker',
  '../extension/bench',
  '../extension/benchPages',
  'lake',
  'pipeline',
  'preview',
  'retail',
  'session',
  'spark',
];
const results = [];
for (const file of files) {
  const module = (await import(`./${file}.ts`)) as { benchmarks: Benchmark[] };
  for (const benchmark of module.benchmarks) {
    if (values.only !== undefined && !benchmark.name.includes(values.only)) continue;
    process.stderr.write(`measuring ${benchmark.name} …\n`);
    const { ours, peer, peerName } = await benchmark.run();
    const { name, unit, goal } = benchmark;
    const ratio = ours / peer;
    results.push({ name, ours, peer, unit, ratio, goal: goal ?? null });
    if (!values.json) {
      const verdict = goal === undefined ? '' : ratio <= goal ? `  within ${goal}` : `  over ${goal}`;
      const figure = (n: number): string => `${n.toPrecision(3)} ${unit}`;
      console.log(
        `${name}: ${figure(ours)} against ${figure(peer)} (${peerName}), ratio ${ratio.toFixed(2)}${verdict}`,
      );
    }
  }
}
if (values.json) console.log(JSON.stringify(results, null, 2));
// A peer's client may keep sockets open; everything has been measured.
process.exit(0);
