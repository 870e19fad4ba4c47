import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parsePorts, parseVolume, splitCommand } from '../../../../src/stack/compose/shortForms.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('parsePorts', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  const hosts = fc.constantFrom('', '127.0.0.1', '0.0.0.0', '[::1]', '[fe80::1:2]');
  const protocols = fc.constantFrom('tcp', 'udp', 'sctp');

  it('reads back what a port is made of', () => {
    fc.assert(
      fc.property(hosts, fc.option(port), port, protocols, (host, published, target, protocol) => {
        const left =
          host === '' ? (published === null ? '' : `${published}:`) : `${host}:${published ?? ''}:`;
        assert.deepEqual(plain(parsePorts(`${left}${target}/${protocol}`)), {
          value: [
            {
              mode: 'ingress',
              ...(host === '' ? {} : { host_ip: host.replace(/[[\]]/g, '') }),
              target,
              ...(published === null ? {} : { published: String(published) }),
              protocol,
            },
          ],
        });
      }),
    );
  });

  it('makes one port of each number of a range, and pairs ranges of one length', () => {
    const starts = fc.integer({ min: 1, max: 60_000 });
    const lengths = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(starts, starts, lengths, (from, to, more) => {
        const result = parsePorts(`${from}-${from + more}:${to}-${to + more}`);
        assert.ok('value' in result);
        const pairs = result.value.map(
          ({ published, target }) => [Number(published), Number(target)] as const,
        );
        assert.equal(pairs.length, more + 1);
        for (const [published, target] of pairs) assert.equal(published - from, target - to);
        assert.deepEqual(
          pairs.map(([, target]) => target).sort((a, b) => a - b),
          Array.from({ length: more + 1 }, (_, index) => to + index),
        );
      }),
    );
  });

  it('leaves the choice among a published range to the engine', () => {
    assert.deepEqual(plain(parsePorts('8000-8010:80')), {
      value: [{ mode: 'ingress', target: 80, published: '8000-8010', protocol: 'tcp' }],
    });
  });

  it('ends for any text, with ports or a sentence', () => {
    const noise = fc
      .array(fc.constantFrom('1', '80', '-', ':', '/', '[', ']', 'tcp', '.', 'x', ''))
      .map((p) => p.join(''));
    fc.assert(
      fc.property(fc.oneof(noise, fc.string()), (text) => {
        const result = parsePorts(text);
        if ('problem' in result) assert.match(result.problem, /\.$|brackets\.$|"$/);
        else for (const { target } of result.value) assert.ok(Number.isInteger(target));
      }),
    );
  });

  for (const text of [
    '',
    'x',
    '0x50',
    '70000',
    '80-79',
    '80-82:80-81',
    '::1:80:80',
    '1.2.3:80:80',
    '80/ftp',
    '-1',
  ]) {
    it(`refuses "${text}"`, () => assert.ok('problem' in parsePorts(text)));
  }
});

describe('parseVolume', () => {
  const cases: [text: string, volume: object][] = [
    ['/a', { type: 'volume', target: '/a', volume: {} }],
    ['data:/a//b/', { type: 'volume', source: 'data', target: '/a/b', volume: {} }],
    [
      'data:/a:ro,nocopy',
      { type: 'volume', source: 'data', target: '/a', read_only: true, volume: { nocopy: true } },
    ],
    ['./x:/y', { type: 'bind', source: './x', target: '/y', bind: { create_host_path: true } }],
    [
      'C:\\x:/y:ro',
      { type: 'bind', source: 'C:\\x', target: '/y', read_only: true, bind: { create_host_path: true } },
    ],
    [
      '~/x:/y:rslave,Z',
      {
        type: 'bind',
        source: '~/x',
        target: '/y',
        bind: { propagation: 'rslave', selinux: 'Z', create_host_path: true },
      },
    ],
  ];
  for (const [text, volume] of cases) {
    it(text, () => assert.deepEqual(plain(parseVolume(text)), { value: volume }));
  }
  for (const text of ['', ':/a', 'data:', 'data:/a:', 'data:/a:ro:x']) {
    it(`refuses "${text}"`, () => assert.ok('problem' in parseVolume(text)));
  }
});

describe('splitCommand', () => {
  it('gives any words back that were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const text = words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' ');
        assert.deepEqual(splitCommand(text), { value: words });
      }),
    );
  });

  it('ends where a shell would be needed', () => {
    assert.deepEqual(splitCommand('a "b && c" && d'), { value: ['a', 'b && c'] });
    assert.deepEqual(splitCommand('a 2>/dev/null'), { value: ['a'] });
  });

  for (const text of ["a 'b", 'a "b', 'a \\', 'a (b)', 'a `b']) {
    it(`refuses ${text}`, () => assert.ok('problem' in splitCommand(text)));
  }
});
