import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { WorkbenchError } from '../../base/errors.ts';
import { formatCount, formatDuration } from '../../base/format.ts';
import { requirePostgres } from '../../stack/connection.ts';
import type { Cli } from '../cli.ts';
import { wholeNumber } from './lakeCommands.ts';

interface SimulateOptions {
  orders?: number;
  days: number;
  seed?: number;
  rate?: number;
  badRows?: number;
  json?: boolean;
}

export function addSimulateCommand(program: Command, cli: Cli): void {
  program
    .command('simulate')
    .description('let the shop take and deliver orders in PostgreSQL')
    .option('--orders <n>', 'a batch of so many orders', wholeNumber)
    .option('--days <n>', 'spread over so many days', wholeNumber, 7)
    .option(
      '--seed <n>',
      'the same seed gives the same rows (default: a new one, which is shown)',
      wholeNumber,
    )
    .option('--rate <n>', 'instead of a batch: so many events a second, until Ctrl-C', positive)
    .option('--bad-rows <n>', 'add so many orders of each kind that breaks a rule', wholeNumber)
    .option('--json', 'the counts as JSON')
    .action(async (options: SimulateOptions) => {
      if ((options.orders === undefined) === (options.rate === undefined)) {
        throw new WorkbenchError(
          'invalid',
          'Say either --orders N for a batch or --rate R for a shop that goes on.',
        );
      }
      const postgres = requirePostgres(await cli.workbench.connection());
      const { simulateBatch, simulateLive } = await import('../../../stack/retail/simulate.ts');
      const seed = options.seed ?? randomInt(2 ** 31);
      const { signal, log } = cli;
      if (options.rate !== undefined) {
        cli.terminal.note(`Simulating ${options.rate} events a second until Ctrl-C.`);
        const rate = options.rate;
        const { orders, events } = await cli.withProgress((onProgress) =>
          simulateLive(postgres, { rate, seed, signal, onProgress, log }),
        );
        if (options.json) cli.terminal.json({ orders, events });
        cli.terminal.ok(`${formatCount(orders)} orders, ${formatCount(events)} events`);
        return;
      }
      const { orders = 0, days, badRows } = options;
      const result = await cli.withProgress((onProgress) =>
        simulateBatch(postgres, { orders, days, seed, badRows, signal, onProgress }),
      );
      if (options.json) cli.terminal.json({ ...result, seed });
      const bad = result.badOrders > 0 ? ` and ${formatCount(result.badOrders)} that break a rule` : '';
      cli.terminal.ok(
        `${formatCount(result.orders)} orders with ${formatCount(result.events)} events${bad} ` +
          `in ${formatDuration(result.durationMs)} (--seed ${seed})`,
      );
    });
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new WorkbenchError('invalid', `"${text}" is not a rate above 0.`);
  return value;
}
