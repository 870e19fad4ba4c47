import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { WorkbenchError, describeError } from '../../base/errors.ts';
import type { ChartSpec } from '../../chart/chartSpec.ts';
import type { ChartRow } from '../../chart/chartModel.ts';
import type { ChartPlaces } from '../../chart/readSource.ts';
import type { Cli } from '../cli.ts';
import { lakePath } from './lakeCommands.ts';

/** More marks than a picture can show; a chart of more rows wants an aggregate in the pipeline. */
const mostRows = 1_000_000;

export function addChartCommand(program: Command, cli: Cli): void {
  program
    .command('chart')
    .description('draw a chart file: as bars here, or as a picture or page')
    .argument('<file>', 'a .chart.json file')
    .option('-o, --out <file>', 'an .svg or .html file')
    .option('--theme <name>', 'light or dark', 'light')
    .option('--json', 'the rows as JSON')
    .action(async (file: string, options: { out?: string; theme: string; json?: boolean }) => {
      const { loadChart } = await import('../../chart/chartFile.ts');
      const path = cli.fromWorkspace(file);
      const spec = await loadChart(path);
      const rows = await readRows(cli, spec, path);
      if (options.json) cli.terminal.json(rows);
      else if (options.out !== undefined) await draw(cli, spec, rows, options.out, options.theme);
      else {
        const { buildChart } = await import('../../chart/buildChart.ts');
        const { drawBars } = await import('../../chart/bars.ts');
        const ascii = /^(C|POSIX)$/.test(cli.env.LC_ALL ?? cli.env.LC_CTYPE ?? cli.env.LANG ?? '');
        for (const line of drawBars(buildChart(spec, rows), {
          width: Math.min(cli.terminal.width, 100),
          ascii,
        })) {
          cli.terminal.print(line);
        }
      }
    });
}

async function readRows(cli: Cli, spec: ChartSpec, file: string): Promise<readonly ChartRow[]> {
  const [{ readSource }, { DiskFiles }] = await Promise.all([
    import('../../chart/readSource.ts'),
    import('../../lake/diskFiles.ts'),
  ]);
  const places: ChartPlaces = {
    tablePath: lakePath,
    lake: () => cli.lake(),
    beside: (path: string) => {
      const { pathname } = new URL(path, pathToFileURL(file));
      return Promise.resolve({ files: new DiskFiles(), path: decodeURIComponent(pathname) });
    },
    query: queryIn(cli),
  };
  return (await readSource(spec, places, { maxRows: mostRows, signal: cli.signal })).rows;
}

/** In the session that an editor has started for this workspace. */
function queryIn(cli: Cli): NonNullable<ChartPlaces['query']> {
  return async (sql, options) => {
    const [{ noSession }, { askQueryRows }, session] = await Promise.all([
      import('../../chart/readSource.ts'),
      import('../../session/frameRows.ts'),
      cli.workbench.session(),
    ]);
    if (!(await session.attach(cli.signal))) throw noSession();
    return askQueryRows(session, sql, options);
  };
}

async function draw(
  cli: Cli,
  spec: ChartSpec,
  rows: readonly ChartRow[],
  out: string,
  theme: string,
): Promise<void> {
  const format = { '.svg': 'svg', '.html': 'html' }[extname(out)] as 'svg' | 'html' | undefined;
  if (!format) throw new WorkbenchError('invalid', `${out} is neither .svg nor .html.`);
  if (theme !== 'light' && theme !== 'dark') {
    throw new WorkbenchError('invalid', `There is no theme "${theme}"; there are light and dark.`);
  }
  const { drawChart } = await import('../../chart/drawChart.ts');
  const text = drawChart(spec, rows, { format, theme });
  const file = cli.fromWorkspace(out);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw new WorkbenchError('failed', `${out} could not be written: ${describeError(error)}.`, {
      cause: error,
    });
  }
  cli.terminal.ok(out);
}
