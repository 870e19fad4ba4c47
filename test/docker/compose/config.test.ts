import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { loadProject, type LoadOptions } from '../../../src/stack/compose/load.ts';
import { composeProgram, run, tempDir } from '../support/machine.ts';

const fixtures = resolve('test/fixtures/compose');

type FixtureOptions = Partial<Omit<LoadOptions, 'env'>> & { env?: Record<string, string> };

const baseEnv = () => ({ PATH: process.env.PATH ?? '', HOME: homedir() });

/** What the Compose CLI makes of a folder: its model, or the error that it prints. */
async function theirs(folder: string, options: FixtureOptions): Promise<{ model?: unknown; error?: string }> {
  const flags = [
    ...(options.files ?? []).flatMap((file) => ['--file', file]),
    ...(options.envFiles ?? []).flatMap((file) => ['--env-file', file]),
    ...(options.profiles ?? []).flatMap((profile) => ['--profile', profile]),
    ...(options.projectName === undefined ? [] : ['--project-name', options.projectName]),
    ...(options.projectDir === undefined ? [] : ['--project-directory', options.projectDir]),
  ];
  const args = [...flags, 'config', '--format', 'json', ...(options.services ?? [])];
  const { code, stdout, stderr } = await run(composeProgram(), args, {
    cwd: folder,
    env: { ...baseEnv(), ...options.env },
  });
  return code === 0 ? { model: JSON.parse(stdout) } : { error: stderr };
}

async function ours(folder: string, options: FixtureOptions): Promise<unknown> {
  const env = { ...baseEnv(), ...options.env };
  const { project } = await loadProject({ files: [], ...options, env, cwd: folder });
  // As it would be printed, without what has no JSON.
  return JSON.parse(JSON.stringify(project));
}

async function optionsOf(folder: string): Promise<FixtureOptions> {
  const text = await readFile(join(folder, 'options.json'), 'utf8').catch(() => '{}');
  return JSON.parse(text) as FixtureOptions;
}

const service = (text: string) => `services: { a: { image: a, ${text} } }\n`;

/** Files that both refuse, and what our sentence says. */
const refused: [text: string, message: RegExp][] = [
  ['', /empty/],
  ['# only a comment', /empty|must be a map/],
  ['[]', /must be a map/],
  ['services: []', /services must be a map/],
  ['services: { "a b": { image: a } }', /no key "a b"/],
  ['services: { a: { imag: a } }', /no key "imag"/],
  ['services: { a: {} }', /needs an image or a build/],
  ['services: { a: &a { image: a, image: b } }', /unique|twice/],
  [service('ports: 80'), /ports must be a list/],
  [service('ports: ["80:x"]'), /"x" is not a port/],
  [service('ports: ["1.2.3:80:80"]'), /not an IP address/],
  [service('ports: ["80-82:80-81"]'), /differ in length/],
  [service('ports: ["80/http"]'), /tcp, udp or sctp/],
  [service('ports: [{ target: 80, host_ip: x }]'), /not an IP address/],
  [service('volumes: ["data:/a"]'), /not among the volumes/],
  [service('volumes: ["data:/b:ro:d"]'), /too many colons/],
  [service('volumes: ["/a::ro"]'), /nothing between the colons/],
  [service('volumes: [{ type: bind, target: /a }]'), /`source` .* missing/],
  [service('tmpfs: /a, volumes: ["./b:/a"]'), /Two mounts/],
  [service('networks: [b]'), /not among the networks/],
  [service('secrets: [b]'), /not among the secrets/],
  [service('configs: [b]'), /not among the configs/],
  [service('models: [b]'), /not among the models/],
  [service('depends_on: [b]'), /depends on "b"/],
  [service('depends_on: { b: { condition: ready } }'), /must be one of service_started/],
  [service('depends_on: [a]'), /circle: a -> a/],
  [service('links: [b]'), /depends on "b"/],
  [service('extends: b'), /no service "b"/],
  [service('extends: a'), /circle/],
  [service('network_mode: host, networks: [default]'), /network_mode or networks/],
  [service('network_mode: "service:b"'), /depends on "b"/],
  [service('environment: ["${A:?must be set}"]'), /A is required: must be set/],
  [service('environment: ["${A"]'), /not a variable/],
  [service('environment: { A: [1] }'), /environment\.A must be/],
  [service('mem_limit: many'), /not a size/],
  [service('mem_limit: 5x'), /not a size/],
  [service('healthcheck: { interval: soon }'), /not a duration/],
  [service('healthcheck: { test: [curl] }'), /CMD, CMD-SHELL or NONE/],
  [service('command: "a \'b"'), /not closed/],
  [service('scale: 2, container_name: one'), /share one container_name/],
  [service('scale: 2, deploy: { replicas: 3 }'), /scale is 2/],
  [service('scale: "${N:-many}"'), /expected a whole number/],
  [service('read_only: "${N:-maybe}"'), /expected true or false/],
  [service('env_file: missing.env'), /missing\.env does not exist/],
  [service('deploy: { resources: { limits: { memory: 1g } } }, mem_limit: 2g'), /differ/],
  [service('extra_hosts: [x]'), /no address/],
  [service('build: { context: ., additional_contexts: { b: "service:b" } }'), /no service "b" with a build/],
  [service('build: { context: ., dockerfile: x, dockerfile_inline: y }'), /not both/],
  ['services: { a: { image: a, secrets: [s] } }\nsecrets: { s: {} }', /needs one of/],
  ['services: { a: { image: a } }\nsecrets: { s: { driver: x } }', /needs a file or an environment/],
  ['services: { a: { image: a } }\nsecrets: { s: { file: x, environment: Y } }', /only one of/],
  ['services: { a: { image: a } }\nvolumes: { v: { external: true, driver: x } }', /external/],
  ['services: { a: { image: a } }\nnetworks: { n: { external: { name: x }, name: y } }', /differ/],
  ['services: { a: { image: a } }\nunknown: 1', /no key "unknown"/],
  ['services: { a: { image: a, x: *b } }', /anchor|alias/],
  ['services: { a: { image: a } }\ninclude: [compose.yaml]', /circle/],
  ['name: "---"\nservices: { a: { image: a } }', /has no name/],
  [
    'services: { a: { image: a }, b: { image: b, container_name: one }, c: { image: c, container_name: one } }',
    /container/,
  ],
];

describe('A Compose project, against the Compose CLI', function () {
  this.timeout(60_000);

  for (const name of readdirSync(fixtures)) {
    it(`is read as the CLI reads it: ${name}`, async () => {
      const folder = join(fixtures, name);
      const options = await optionsOf(folder);
      const { model, error } = await theirs(folder, options);
      assert.equal(error, undefined);
      assert.deepEqual(await ours(folder, options), model);
    });
  }

  it('is the stack of this repository, with and without its profile', async () => {
    const folder = resolve('stack');
    for (const profiles of [[], ['retail']]) {
      const { model, error } = await theirs(folder, { profiles });
      assert.equal(error, undefined);
      assert.deepEqual(await ours(folder, { profiles }), model);
    }
  });

  it('has its variables replaced as the CLI replaces them', async () => {
    const folder = await tempDir();
    const env = { SET: 'value', EMPTY: '', BRACES: '{}', DOLLAR: '$SET', SPACES: ' a b ' };
    const name = fc.constantFrom('SET', 'EMPTY', 'BRACES', 'DOLLAR', 'SPACES', 'UNSET', 'unset_2');
    const literal = fc.constantFrom(
      '',
      'x',
      ' ',
      ':',
      '-',
      '=',
      '/',
      '"',
      "'",
      '#',
      'a b',
      '$$',
      '%',
      '\\',
      'é',
    );
    const { template } = fc.letrec<{ template: string; part: string; word: string }>((tie) => ({
      template: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
      part: fc.oneof(
        { depthSize: 'small' },
        literal,
        name.map((variable) => `\${${variable}}`),
        fc
          .tuple(name, fc.constantFrom(':-', '-', ':+', '+'), tie('word'))
          .map(([variable, operator, word]) => `\${${variable}${operator}${word}}`),
      ),
      // A single colon, plus or minus at its start would make another operator of the one before.
      word: tie('template').filter((word) => !/^[-+?:]/.test(word)),
    }));
    const templates = fc.sample(template, { numRuns: 400, seed: 4 });
    const environment = Object.fromEntries(templates.map((text, index) => [`V${index}`, text]));
    await writeFile(
      join(folder, 'compose.yaml'),
      JSON.stringify({ services: { a: { image: 'a', environment } } }),
    );
    await assertSame(folder, { env }, environment);
  });

  it('has its short ports written long as the CLI writes them', async () => {
    const folder = await tempDir();
    const port = fc.integer({ min: 1, max: 60_000 });
    const target = fc.tuple(port, fc.integer({ min: 0, max: 12 }));
    const published = fc.option(fc.tuple(port, fc.integer({ min: 0, max: 12 }), fc.boolean()));
    const host = fc.option(fc.constantFrom('127.0.0.1', '0.0.0.0', '[::1]', '[2001:db8::1]', ''));
    const protocol = fc.constantFrom('', '/tcp', '/udp', '/sctp', '/UDP');
    const text = fc.tuple(host, published, target, protocol).map(([ip, from, [to, length], suffix]) => {
      const range = (first: number, more: number) => (more === 0 ? `${first}` : `${first}-${first + more}`);
      const left = from === null ? '' : range(from[0], from[2] || length > 0 ? length : from[1]);
      const start = ip === null ? (from === null ? '' : `${left}:`) : `${ip}:${left}:`;
      return `${start}${range(to, length)}${suffix}`;
    });
    const ports = fc.sample(text, { numRuns: 300, seed: 4 });
    const services = Object.fromEntries(
      ports.map((short, index) => [`s${index}`, { image: 'a', ports: [short] }]),
    );
    await writeFile(join(folder, 'compose.yaml'), JSON.stringify({ services }));
    await assertSame(folder, {}, services);
  });

  for (const [text, message] of refused) {
    it(`is refused where the CLI refuses it: ${text.trim()}`, async () => {
      const folder = await tempDir();
      await writeFile(join(folder, 'compose.yaml'), text);
      const { error } = await theirs(folder, {});
      assert.ok(error !== undefined, 'The CLI takes it.');
      await assert.rejects(ours(folder, {}), (thrown: Error & { code?: string }) => {
        assert.equal(thrown.code, 'invalid', thrown.stack);
        assert.match(thrown.message, message);
        assert.match(thrown.message, /compose\.yaml:\d+:\d+: |^The (project|Compose file)/);
        return true;
      });
    });
  }
});

async function assertSame(folder: string, options: FixtureOptions, input: Record<string, unknown>) {
  const { model, error } = await theirs(folder, options);
  assert.equal(error, undefined, JSON.stringify(input));
  assert.deepEqual(await ours(folder, options), model);
}
