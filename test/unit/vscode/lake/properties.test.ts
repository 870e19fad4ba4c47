import { equal } from 'node:assert/strict';
import { propertiesText } from '../../../../src/vscode/lake/properties.ts';

describe('the properties document', () => {
  it('has its values below each other, in sections', () => {
    equal(
      propertiesText('/data/x', [
        ['Owner', 'me'],
        ['Permission', 'rw-r--r-- (644)'],
        ['Blocks (1)'],
        ['1', '5 bytes'],
      ]),
      [
        '/data/x',
        '',
        '  Owner       me',
        '  Permission  rw-r--r-- (644)',
        '',
        'Blocks (1)',
        '  1           5 bytes',
        '',
      ].join('\n'),
    );
  });
});
