import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import type { StackEvent } from '../../../src/stack/engine.ts';
import { LocalEngine, type LocalEngineOptions } from '../../../src/stack/local/localEngine.ts';
import { systemProcesses } from '../../../src/stack/processes.ts';

/** A workspace with a small Compose file of its own: real processes that start in milliseconds. */
export class FakeStack {
  readonly base: string;
  readonly workspace: string;
  readonly stackDir: string;
  readonly events: StackEvent[] = [];

  private constructor(base: string) {
    this.base = base;
    this.workspace = join(base, 'workspace');
    this.stackDir = join(base, 'stack');
  }

  static async make(compose: string): Promise<FakeStack> {
    const stack = new FakeStack(await realpath(await mkdtemp(join(tmpdir(), 'medallion-engine-'))));
    await mkdir(stack.workspace);
    await mkdir(stack.stackDir);
    await stack.write(compose);
    return stack;
  }

  /** Each service gets an image, which Compose asks for and a process has no use for. */
  write(compose: string): Promise<void> {
    const document = parseDocument(compose);
    const services = document.get('services');
    if (document.errors.length === 0 && isMap(services)) {
      for (const { value } of services.items) if (isMap(value)) value.set('image', 'none');
    }
    const text = document.errors.length === 0 ? document.toString({ lineWidth: 0 }) : compose;
    return writeFile(join(this.stackDir, 'compose.yaml'), text);
  }

  /** A new engine, as another process would have. */
  engine(options: Partial<LocalEngineOptions> = {}): LocalEngine {
    return new LocalEngine({
      workspace: this.workspace,
      stackDir: this.stackDir,
      runtime: { runtimeDir: '/none', javaHome: '/none' },
      reservations: join(tmpdir(), 'medallion-engine-test-ports'),
      ...options,
    });
  }

  readonly onEvent = (event: StackEvent): void => {
    this.events.push(event);
  };

  /** "a-1 starting", in order. */
  steps(...wanted: StackEvent['step'][]): string[] {
    return this.events
      .filter(({ step }) => wanted.includes(step))
      .map(
        ({ service = '', replica, step }) =>
          `${service}${replica === undefined ? '' : `-${replica}`} ${step}`,
      );
  }

  stateFile(...names: string[]): string {
    return join(this.workspace, '.medallion', ...names);
  }

  async records(): Promise<{ service: string; replica: number; pid: number; started: string }[]> {
    const text = await readFile(this.stateFile('local', 'processes.json'), 'utf8');
    return (
      JSON.parse(text) as { processes: { service: string; replica: number; pid: number; started: string }[] }
    ).processes;
  }

  async pid(service: string, replica = 1): Promise<number> {
    return (await this.records()).find((r) => r.service === service && r.replica === replica)!.pid;
  }

  /** Processes that were started for this workspace and still live, whatever their state on disk says. */
  async survivors(): Promise<number[]> {
    const processes = systemProcesses();
    const marks = await processes.withVariable('MEDALLION_PROCESS');
    const alive = new Set((await processes.all()).map(({ pid }) => pid));
    return [...marks]
      .filter(([pid, mark]) => mark.startsWith(this.workspace) && alive.has(pid))
      .map(([pid]) => pid);
  }

  async remove(): Promise<void> {
    await this.engine().down();
    await rm(this.base, { recursive: true, force: true });
  }
}
