import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { parsePermission, permissionText } from '../../../../src/vscode/lake/permissions.ts';

describe('permissions', () => {
  it('are read as octal or as letters', () => {
    for (const [text, octal] of [
      ['750', '750'],
      ['0640', '640'],
      ['1777', '1777'],
      [' rwxr-x--- ', '750'],
      ['drwxrwxrwt', '1777'],
      ['-rw-r--r--', '644'],
      ['rwxrwxrwT', '1776'],
      ['---------', '000'],
    ]) {
      equal(parsePermission(text!), octal, text);
    }
    for (const wrong of ['', '888', '75', '12345', 'rwx', 'u=rwx', 'rwxrwxrwz', '2755']) {
      equal(parsePermission(wrong), undefined, wrong);
    }
  });

  it('are written as ls does, and read back', () => {
    equal(permissionText('755'), 'rwxr-xr-x');
    equal(permissionText('1777'), 'rwxrwxrwt');
    equal(permissionText('1770'), 'rwxrwx--T');
    equal(permissionText('0'), '---------');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0o1777 }), (bits) => {
        const octal = bits.toString(8).padStart(3, '0');
        equal(parsePermission(permissionText(octal)), octal);
        equal(parsePermission(octal), octal);
      }),
    );
  });
});
