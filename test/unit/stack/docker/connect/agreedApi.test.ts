import assert from 'node:assert/strict';
import { isWorkbenchError } from '../../../../../src/base/errors.ts';
import { agreedApi } from '../../../../../src/stack/docker/connect/probe.ts';

describe('the version of the API that is spoken', () => {
  const engine = (ApiVersion: string, MinAPIVersion?: string): Parameters<typeof agreedApi>[0] => ({
    Version: 'X',
    ApiVersion,
    MinAPIVersion,
  });
  const refused = (pattern: RegExp) => (error: unknown) =>
    isWorkbenchError(error, 'unsupported') && pattern.test(error.message);

  it('is the newest that both sides know', () => {
    assert.equal(agreedApi(engine('1.41', '1.12'), undefined), '1.41');
    assert.equal(agreedApi(engine('1.45', '1.24'), undefined), '1.45');
    assert.equal(agreedApi(engine('1.99', '1.44'), undefined), '1.51');
    assert.equal(agreedApi(engine('2.1', '1.44'), undefined), '1.51');
    assert.equal(agreedApi(engine('1.45', '1.24'), '1.42'), '1.42');
  });

  it('may not exist, which is said', () => {
    assert.throws(() => agreedApi(engine('1.39', '1.12'), undefined), refused(/too old.*25 or newer/));
    assert.throws(() => agreedApi(engine('1.99', '1.60'), undefined), refused(/update it/));
    assert.throws(() => agreedApi(engine('1.45', '1.24'), '1.46'), refused(/knows 1\.24 to 1\.45/));
    assert.throws(() => agreedApi(engine('1.45', '1.44'), '1.41'), refused(/knows 1\.44 to 1\.45/));
  });
});
