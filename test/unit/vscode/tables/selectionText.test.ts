import assert from 'node:assert/strict';
import { selectionText } from '../../../../src/vscode/tables/selectionText.ts';

describe('a selection as text', () => {
  const rows = [
    { id: 1, 'a|b': 'x, "y"\nz', note: null },
    { id: 20, 'a|b': '', note: '<b>*bold*</b>' },
  ];
  const columns = ['id', 'a|b', 'note'];

  it('is CSV of RFC 4180, in which an empty text is no null', () => {
    assert.equal(
      selectionText(columns, rows, 'csv'),
      'id,a|b,note\r\n1,"x, ""y""\nz",\r\n20,"",<b>*bold*</b>\r\n',
    );
  });

  it('is TSV for a spreadsheet', () => {
    assert.equal(selectionText(columns, rows, 'tsv'), '1\t"x, ""y""\nz"\t\n20\t\t<b>*bold*</b>');
  });

  it('is a Markdown table without markup in it', () => {
    assert.equal(
      selectionText(columns, rows, 'markdown'),
      '| id | a\\|b | note |\n| ---: | --- | --- |\n| 1 | x, "y" z |  |\n| 20 |  | \\<b\\>\\*bold\\*\\</b\\> |\n',
    );
  });
});
