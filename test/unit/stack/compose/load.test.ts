import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import schema from '../../../../src/stack/compose/composeSchema.json' with { type: 'json' };
import { loadProject, normalizeProjectName, type LoadOptions } from '../../../../src/stack/compose/load.ts';

describe('loadProject', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'medallion-compose-')));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function load(files: Record<string, string>, options: Partial<LoadOptions> = {}) {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return loadProject({ files: [], env: {}, cwd: folder, ...options });
  }
  const places = (project: Awaited<ReturnType<typeof load>>, ...path: (string | number)[]) =>
    project.fault(path, 'here').message.replace(`${folder}/`, '');

  it('knows where each value was written, through merging, extending and including', async () => {
    const project = await load(
      {
        'compose.yaml': `
include: [more/included.yaml]
x-env: &env { A: one }
services:
  web:
    extends: { file: base.yaml, service: base }
    environment:
      <<: *env
      B: two
    ports: ["80:80"]
  idle: { image: idle, profiles: [idle] }
`,
        'base.yaml':
          'services:\n  base:\n    image: base\n    environment: [C=three]\n    ports: ["81:81"]\n    cap_add: [X]\n',
        'more/included.yaml': 'services:\n  inc: { image: inc, init: true }\n',
        'over.yaml': 'services:\n  web:\n    image: over\n    volumes: [/v]\n',
      },
      { files: ['compose.yaml', 'over.yaml'] },
    );
    assert.deepEqual(Object.keys(project.project.services), ['web', 'inc']);
    assert.deepEqual(Object.keys(project.disabled), ['idle']);
    assert.deepEqual(project.project.services.web!.environment, { C: 'three', A: 'one', B: 'two' });
    assert.equal(places(project, 'services', 'web', 'image'), 'over.yaml:3:12: here');
    assert.equal(places(project, 'services', 'web', 'volumes', 0), 'over.yaml:4:15: here');
    assert.equal(places(project, 'services', 'web', 'cap_add', 0), 'base.yaml:6:15: here');
    assert.equal(places(project, 'services', 'web', 'environment', 'A'), 'compose.yaml:3:18: here');
    assert.equal(places(project, 'services', 'web', 'environment', 'C'), 'base.yaml:4:19: here');
    assert.deepEqual(
      project.project.services.web!.ports!.map(({ target }, index) => [
        target,
        places(project, 'services', 'web', 'ports', index),
      ]),
      [
        [81, 'base.yaml:5:13: here'],
        [80, 'compose.yaml:10:13: here'],
      ],
    );
    assert.equal(places(project, 'services', 'web', 'ports', 1, 'target'), 'compose.yaml:10:13: here');
    assert.equal(places(project, 'services', 'inc', 'init'), 'more/included.yaml:2:28: here');
    assert.equal(places(project, 'services', 'idle', 'profiles'), 'compose.yaml:11:34: here');
  });

  it('doubles dollar signs, as the Compose CLI prints them', async () => {
    const { project } = await load({
      'compose.yaml': 'services: { a: { image: a, command: ["$$A"], labels: { $$k: "" } } }',
    });
    assert.deepEqual(project.services.a!.command, ['$$A']);
    assert.deepEqual(project.services.a!.labels, { $$$$k: '' });
  });

  it('has the variables of all files, and the values of secrets', async () => {
    const project = await load(
      {
        'compose.yaml': 'include: [inc/compose.yaml]\nservices: { a: { image: "${A:-x}${B}" } }\n',
        'inc/compose.yaml':
          'services: { b: { image: "$C", secrets: [s] } }\nsecrets: { s: { environment: TOKEN } }\n',
        'inc/.env': 'TOKEN=t\nC=c\n',
        '.env': 'B=b\n',
      },
      { env: { A: 'a' } },
    );
    assert.deepEqual(project.variables, [{ name: 'A', fallback: 'x' }, { name: 'B' }, { name: 'C' }]);
    assert.equal(project.environment.TOKEN, 't');
    assert.equal(project.project.services.a!.image, 'ab');
    assert.equal(project.workingDir, folder);
    assert.deepEqual(project.files, [join(folder, 'compose.yaml')]);
  });

  it('keeps keys that mean something in JavaScript', async () => {
    const { project } = await load({
      'compose.yaml': 'services: { to-string: { image: a, environment: { __proto__: x, toString: y } } }',
    });
    assert.deepEqual(Object.entries(project.services['to-string']!.environment!), [
      ['__proto__', 'x'],
      ['toString', 'y'],
    ]);
  });

  const mistakes: [text: string, message: RegExp][] = [
    ['services:\n  a:\n    imag: x\n', /:3:5: services\.a has no key "imag"\.$/],
    ['services:\n  a:\n    image: a\n    ports:\n      - 80\n      - 80:x\n', /:6:9: "x" is not a port/],
    [
      'services:\n  a:\n    image: a\n    environment: 3\n',
      /:4:18: services\.a\.environment must be a map or a list\.$/,
    ],
    ['services:\n  a: { image: a, x-a: &x [*x] }\n', /:2:\d+: This anchor contains an alias of itself/],
    ['services:\n  a: { image: "${A?}" }\n', /:2:15: The variable A is required\.$/],
    ['services:\n\ta: {}\n', /:2:1: /],
    [
      'services: { a: { image: a, extends: { file: "https://x.y/z.git", service: b } } }',
      /:1:37: .* remote Compose file/,
    ],
    ['include: ["oci://example.com/x"]\nservices: {}', /:1:11: .* remote Compose file/],
    ['services: { 1: { image: a } }', /:1:13: A key must be a text: put quotes around 1/],
  ];
  for (const [text, message] of mistakes) {
    it(`names the place of a mistake: ${JSON.stringify(text)}`, async () => {
      await assert.rejects(load({ 'compose.yaml': text }), { code: 'invalid', message });
    });
  }

  it('says which file, service or name is missing or wrong', async () => {
    await assert.rejects(load({}, { projectDir: folder, files: ['none.yaml'] }), {
      code: 'not-found',
      message: /none\.yaml does not exist/,
    });
    const files = { 'compose.yaml': 'services: { a: { image: a } }' };
    await assert.rejects(load(files, { services: ['b'] }), { code: 'not-found', message: /no service "b"/ });
    await assert.rejects(load(files, { projectName: 'My Project' }), {
      code: 'invalid',
      message: /cannot name a project/,
    });
    await assert.rejects(load(files, { envFiles: ['none.env'] }), {
      code: 'not-found',
      message: /none\.env does not exist/,
    });
    assert.equal(normalizeProjectName('_My Project.1'), 'myproject1');
  });

  it('has a schema of keywords that are checked', () => {
    const known =
      '$ref $schema $id $comment title description deprecated default definitions type enum pattern minimum maximum items uniqueItems properties patternProperties additionalProperties required oneOf';
    const unknown = new Set<string>();
    const walk = (rule: unknown): void => {
      if (typeof rule !== 'object' || rule === null) return;
      for (const [key, value] of Object.entries(rule) as [string, unknown][]) {
        if (!known.split(' ').includes(key)) unknown.add(key);
        if (['properties', 'patternProperties', 'definitions', 'oneOf'].includes(key)) {
          Object.values(value as object).forEach(walk);
        } else if (['items', 'additionalProperties'].includes(key)) walk(value);
      }
    };
    walk(schema);
    assert.deepEqual([...unknown], []);
  });
});
