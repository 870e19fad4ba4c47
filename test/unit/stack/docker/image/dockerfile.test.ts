import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseDockerfile, targetInputs } from '../../../../../src/stack/docker/image/dockerfile.ts';

const stages = `
ARG VERSION=12
FROM debian:\${VERSION} AS Base
RUN apt-get update \\
  # a comment in between
  && apt-get install x

FROM base AS tools
COPY --chown=1:1 ["a file", "b", "/x/"]
FROM scratch AS other
ADD https://example.org/x.tar /x
FROM base
COPY --from=tools /x /x
COPY --from=registry.example.org/img:1 /y /y
COPY src/ ./conf.d/*.conf /z/
`;

describe('a Dockerfile', () => {
  it('gives what a target is made of: its stages, files and images', () => {
    const file = parseDockerfile(stages);
    assert.equal(file.stages.length, 4);
    assert.equal(file.buildKitFor, undefined);
    const last = targetInputs(file, undefined)!;
    assert.deepEqual(last.sources, ['a file', 'b', 'src/', './conf.d/*.conf']);
    assert.deepEqual(last.images, ['debian:12', 'registry.example.org/img:1']);
    assert.ok(last.instructions.includes('RUN apt-get update  && apt-get install x'));
    assert.ok(!last.instructions.some((line) => line.startsWith('ADD')));
    const base = targetInputs(file, 'base', { VERSION: '13' })!;
    assert.deepEqual(base.images, ['debian:13']);
    assert.deepEqual(base.sources, []);
    assert.deepEqual(targetInputs(file, 'other')!.sources, []);
    assert.equal(targetInputs(file, 'missing'), undefined);
  });

  it('takes all files as inputs where a source has a variable', () => {
    assert.equal(targetInputs(parseDockerfile('FROM a\nARG X\nCOPY $X /x'), undefined)!.sources, undefined);
  });

  for (const [text, reason] of [
    ['# syntax=docker/dockerfile:1\nFROM a', '# syntax=docker/dockerfile:1'],
    ['FROM a\nRUN --mount=type=cache,target=/x make', 'RUN --mount'],
    ['FROM a\nRUN <<EOF\nmake\nEOF', 'here-documents'],
    ['FROM a\nCOPY --chmod=755 a /a', 'COPY --chmod'],
    ['FROM a\nCOPY --link a /a', 'COPY --link'],
    ['FROM --platform=$BUILDPLATFORM a', 'the variables of the target platform'],
    ['FROM a\nRUN curl x-${TARGETARCH}.tar', 'the variables of the target platform'],
  ] as const) {
    it(`needs BuildKit for ${JSON.stringify(text)}`, () => {
      assert.equal(parseDockerfile(text).buildKitFor, reason);
    });
  }

  for (const text of [
    'FROM --platform=linux/amd64 a',
    'FROM a\nCOPY --from=0 --chown=a:b x y',
    'FROM a\nRUN cat <<<word',
    'FROM a\nHEALTHCHECK --interval=1s CMD x',
    'FROM a\nRUN echo "# syntax=x"',
  ]) {
    it(`needs the classic builder only for ${JSON.stringify(text)}`, () => {
      assert.equal(parseDockerfile(text).buildKitFor, undefined);
    });
  }

  it('reads the text of here-documents as no instructions', () => {
    const file = parseDockerfile('FROM a\nRUN <<-"ONE" cat <<TWO\nFROM b\nONE\nCOPY x y\nTWO\nRUN true');
    assert.equal(file.stages.length, 1);
    assert.deepEqual(file.stages[0]!.sources, []);
    assert.equal(file.stages[0]!.instructions.at(-1), 'RUN true');
  });

  it('keeps to another escape character', () => {
    const file = parseDockerfile('# escape=`\nFROM a\nRUN dir `\n  C:\\\nCOPY x y');
    assert.deepEqual(file.stages[0]!.instructions, ['FROM a', 'RUN dir  C:\\', 'COPY x y']);
  });

  it('ends for any text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'FROM a AS b',
            'COPY --from=b x y',
            'RUN <<E',
            'E',
            '\\',
            '#',
            'ARG A=$B',
            '["',
            ' ',
          ),
        ),
        (lines) => {
          const file = parseDockerfile(lines.join('\n'));
          targetInputs(file, undefined);
          targetInputs(file, 'b');
        },
      ),
    );
  });

  it('of this stack lets a service’s script matter to all targets, and the simulator to one', () => {
    const file = parseDockerfile(readFileSync('stack/image/Dockerfile', 'utf8'));
    assert.equal(file.buildKitFor, undefined);
    for (const target of ['lakehouse', 'postgres', 'retail']) {
      const { sources, images } = targetInputs(file, target)!;
      assert.ok(sources!.includes('stack/services/'), target);
      assert.equal(sources!.includes('dist/simulator.mjs'), target === 'retail', target);
      assert.deepEqual(images, ['debian:bookworm-slim']);
    }
  });
});
