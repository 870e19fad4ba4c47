import assert from 'node:assert/strict';
import fc from 'fast-check';
import { silentLog, type Progress } from '../../../../../src/base/log.ts';
import { decodeTrace } from '../../../../../src/stack/docker/image/buildKitTrace.ts';
import { BuildProgress } from '../../../../../src/stack/docker/image/buildProgress.ts';

function collect(): { progress: BuildProgress; seen: Progress[] } {
  const seen: Progress[] = [];
  return { seen, progress: new BuildProgress('x:1', { onProgress: (p) => seen.push(p), log: silentLog }) };
}

// Messages as the engine sends them, one field after the other.
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const bytes = (field: number, value: Buffer | string): Buffer => {
  const content = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([field * 8 + 2, ...varint(content.length)]), content]);
};
const number = (field: number, value: number): Buffer => Buffer.from([field * 8, ...varint(value)]);
const time = number(1, 1_800_000_000);
const vertex = (digest: string, name: string, ...rest: Buffer[]): Buffer =>
  bytes(1, Buffer.concat([bytes(1, digest), bytes(2, 'sha256:input'), bytes(3, name), ...rest]));
const trace = (...parts: Buffer[]): unknown => ({
  id: 'moby.buildkit.trace',
  aux: Buffer.concat(parts).toString('base64'),
});

describe('the progress of a build', () => {
  it('tells the classic builder’s steps, however its output is cut', () => {
    const text =
      'Step 1/3 : FROM a\n ---> 123\nStep 2/3 : RUN make   all\n ---> Running in 4\nout\n\u001b[91merr\n\u001b[0mStep 3/3 : CMD x\n';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const { progress, seen } = collect();
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        at.slice(1).forEach((end, index) => progress.take({ stream: text.slice(at[index], end) }));
        progress.take({ aux: { ID: 'sha256:abc' } });
        assert.deepEqual(
          seen.map(({ message, done, total }) => [message, done, total]),
          [
            ['Building x:1: step 1 of 3: FROM a', 0, 3],
            ['Building x:1: step 2 of 3: RUN make all', 1, 3],
            ['Building x:1: step 3 of 3: CMD x', 2, 3],
          ],
        );
        assert.equal(progress.imageId, 'sha256:abc');
        assert.equal(progress.failure, undefined);
      }),
    );
  });

  it('keeps the failing step’s output, without colours and overwritten lines', () => {
    const { progress } = collect();
    progress.take({ stream: 'Step 1/2 : RUN a\nbefore\nStep 2/2 : RUN b\n ---> Running in 12\n' });
    progress.take({ stream: '10%\r50%\rdone\n\u001b[91mno such file\n\u001b[0mlast' });
    progress.take({ errorDetail: { code: 1, message: "'b' returned a non-zero code: 1" }, error: 'x' });
    assert.deepEqual(progress.failure, {
      message: "'b' returned a non-zero code: 1",
      step: 'step 2 of 2: RUN b',
      provision: undefined,
      tail: ['done', 'no such file', 'last'],
    });
  });

  it('passes on what the provisioning says, by bytes', () => {
    const { progress, seen } = collect();
    progress.take({ stream: 'Step 1/1 : RUN p\n{"step":"spark","message":"Downloading Spark","done":5,' });
    progress.take({ stream: '"total":9,"unit":"bytes"}\n{"error":"No way.","code":"unreachable"}\n' });
    assert.deepEqual(seen.at(-1), {
      message: 'Building x:1: Downloading Spark',
      done: 5,
      total: 9,
      unit: 'bytes',
    });
    progress.take({ error: 'code 1' });
    assert.deepEqual(progress.failure?.provision, { error: 'No way.', code: 'unreachable' });
  });

  it('adds up the layers of a base image', () => {
    const { progress, seen } = collect();
    progress.take({ status: 'Downloading', id: 'a', progressDetail: { current: 1, total: 10 } });
    progress.take({ status: 'Downloading', id: 'b', progressDetail: { current: 5, total: 20 } });
    assert.deepEqual(seen.at(-1), {
      message: 'Building x:1: getting its base image',
      done: 6,
      total: 30,
      unit: 'bytes',
    });
  });

  it('tells BuildKit’s steps and the failing one’s output', () => {
    const { progress, seen } = collect();
    progress.take(trace(vertex('d0', '[internal] load build definition', bytes(5, time), bytes(6, time))));
    progress.take(trace(vertex('d1', '[1/2] FROM a', bytes(5, time)), vertex('d2', '[2/2] RUN b')));
    progress.take(trace(vertex('d1', '[1/2] FROM a', bytes(5, time), bytes(6, time))));
    progress.take(trace(vertex('d2', '[2/2] RUN b', bytes(5, time))));
    progress.take(trace(bytes(3, Buffer.concat([bytes(1, 'd2'), number(3, 2), bytes(4, 'one\ntw')]))));
    progress.take(trace(bytes(3, Buffer.concat([bytes(1, 'd2'), bytes(4, 'o\n')]))));
    progress.take(
      trace(vertex('d2', '[2/2] RUN b', bytes(5, time), bytes(6, time), bytes(7, 'exit code: 1'))),
    );
    progress.take({
      error: 'process "b" did not complete',
      errorDetail: { message: 'process "b": exit code: 1' },
    });
    assert.deepEqual(
      seen.map(({ message }) => message.replace('Building x:1: ', '')),
      ['step 1 of 1: FROM a', 'step 2 of 2: FROM a', 'step 2 of 2: RUN b', 'step 2 of 2: RUN b'],
    );
    assert.deepEqual(progress.failure, {
      message: 'process "b": exit code: 1',
      step: '[2/2] RUN b',
      provision: undefined,
      tail: ['one', 'two'],
    });
  });

  it('is not stopped by messages that cannot be read', () => {
    const { progress } = collect();
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        progress.take({ id: 'moby.buildkit.trace', aux: Buffer.from(content).toString('base64') });
        try {
          decodeTrace(Buffer.from(content));
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
    );
    progress.take({ stream: 7 });
    progress.take(null);
    assert.equal(progress.failure, undefined);
  });
});
