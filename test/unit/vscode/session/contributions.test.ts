import { deepEqual, equal, match, ok } from 'node:assert/strict';
import manifest from '../../../../package.json' with { type: 'json' };

interface Entry {
  command: string;
  key?: string;
  when?: string;
}

const { keybindings, menus } = manifest.contributes as unknown as {
  keybindings: Entry[];
  menus: Record<string, Entry[]>;
};
const inNotebook = "activeEditor == 'workbench.editor.notebook'";
const notInNotebook = "activeEditor != 'workbench.editor.notebook'";
const whenOf = (menu: string, command: string): string =>
  menus[menu]?.find((entry) => entry.command === `medallion.session.${command}`)?.when ?? '';

/** What the editor reads of the session before our code runs. */
describe('The contributions of the session', () => {
  it('come with a notebook, in whichever folder', () => {
    ok(manifest.activationEvents.includes('onNotebook:jupyter-notebook'));
  });

  it('have the keys of cells last: of two extensions the later place wins, and Jupyter has three', () => {
    deepEqual(
      keybindings.slice(-3).map(({ command, key }) => [command, key]),
      [
        ['medallion.session.runSelection', 'shift+enter'],
        ['medallion.session.runCellAndAdvance', 'shift+enter'],
        ['medallion.session.runCell', 'ctrl+enter'],
      ],
    );
    ok(keybindings.length > 3);
  });

  it('offer what runs a script where there is one, and not in a notebook', () => {
    for (const [command, language] of [
      ['runSelection', 'python'],
      ['runFile', 'python'],
      ['runSql', 'sql'],
      ['runSqlStatement', 'sql'],
      ['runSqlStatementAndAdvance', 'sql'],
    ] as const) {
      const when = whenOf('commandPalette', command);
      ok(when.includes(`editorLangId == ${language}`), `${command}: ${when}`);
      ok(when.includes(notInNotebook), `${command}: ${when}`);
    }
    for (const command of ['runSelection', 'runFile', 'runSql', 'runSqlStatement'])
      ok(whenOf('editor/context', command).includes(notInNotebook), command);
  });

  it('offer to restart and run above where there is something above', () => {
    const when = whenOf('commandPalette', 'restartAndRunAbove');
    match(when, /editorLangId == python && medallion\.hasCells/);
    ok(when.includes(inNotebook), when);
  });

  it('offer to interrupt also while only a question is answered, which no run tells of', () => {
    equal(whenOf('commandPalette', 'interrupt'), 'medallion.sessionPhase =~ /^(idle|busy)$/');
  });
});
