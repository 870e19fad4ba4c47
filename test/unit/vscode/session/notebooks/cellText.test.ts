import { deepEqual } from 'node:assert/strict';
import { CellText } from '../../../../../src/vscode/session/notebooks/cellText.ts';

describe('CellText', () => {
  it('takes text until it is too much, and says so once', () => {
    const text = new CellText(10);
    deepEqual(
      [text.take('1234'), text.take('5678'), text.take('90'), text.take('a')],
      ['whole', 'whole', 'last', 'none'],
    );
  });

  it('has room again once the cell is cleared', () => {
    const text = new CellText(10);
    for (let i = 0; i < 5; i++) {
      deepEqual([text.take('1234567'), text.take('1234567'), text.take('x')], ['whole', 'last', 'none']);
      text.clear();
    }
  });
});
