import { equal } from 'node:assert/strict';
import { timeAgo } from '../../../src/vscode/ui/timeAgo.ts';

describe('How long ago', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  const cases: [string, string][] = [
    ['2026-11-21T11:59:10Z', 'now'],
    ['2026-11-21T12:00:10Z', 'now'],
    ['2026-11-21T11:58:00Z', '2 min. ago'],
    ['2026-11-21T09:30:00Z', '2 hr. ago'],
    ['2026-11-20T11:00:00Z', 'yesterday'],
    ['2026-10-01T11:00:00Z', 'last mo.'],
    ['2023-10-01T11:00:00Z', '3 yr. ago'],
  ];
  for (const [then, text] of cases) it(text, () => equal(timeAgo(new Date(then), now, 'en'), text));

  it('in another language', () => equal(timeAgo(new Date('2026-11-21T11:58:00Z'), now, 'de'), 'vor 2 Min.'));
});
