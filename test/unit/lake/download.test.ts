import { equal } from 'node:assert/strict';
import { localName } from '../../../src/lake/download.ts';

describe('a name of the lake on this machine', () => {
  it('means the same on Linux', () => {
    equal(localName('a\\b:c', 'linux'), 'a\\b:c');
  });

  it('is one that Windows can keep, and leads nowhere else', () => {
    equal(localName('..\\..\\evil:x', 'win32'), '.._.._evil_x');
    equal(localName('aux.txt', 'win32'), '_aux.txt');
    equal(localName('day=2024 ', 'win32'), 'day=2024_');
  });
});
