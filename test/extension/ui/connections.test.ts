import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

interface Addresses {
  lake: { url: string; user: string; fileSystem: string };
  spark: { rest: string; restKey: string; master: string; ui: string; history: string };
  postgres: { host: string; port: number; database: string; user: string; password: string };
  session: { url: string; token: string };
}

describe('Connections', () => {
  let workspaceDir: string;
  let at: Addresses;
  const editor = useEditor(async () => {
    workspaceDir = await stackFolder();
    at = JSON.parse(await readFile(process.env.MEDALLION_TEST_STACK ?? '', 'utf8')) as Addresses;
    return { workspaceDir };
  });
  after(() => removeFolder(workspaceDir));

  const settings = async (): Promise<string> =>
    readFile(join(workspaceDir, '.vscode', 'settings.json'), 'utf8').catch(() => '');

  /** Waits for a step of the series, and answers it; without an answer takes what is suggested. */
  async function answer(step: number, text?: string): Promise<string> {
    const { quick } = editor();
    await until(`step ${step}`, async () => (await quick.question()).title.includes(`(${step}/`));
    const suggested = await quick.value();
    if (text !== undefined) await quick.fill(text);
    await quick.accept();
    return suggested;
  }

  async function refusal(text: string): Promise<void> {
    await until(`a refusal: ${text}`, async () => (await editor().quick.question()).message.includes(text));
  }

  it('are added by address, each of which is tried', async () => {
    await editor().statusBarItem(/Medallion: local/);
    await editor().runCommand('Medallion: Switch Connection…');
    deepEqual((await editor().quick.items()).slice(0, 3), ['Automatic', 'Docker', 'Local']);
    await editor().quick.pick('Add Connection…');
    await answer(1, 'stack');
    await refusal('means the stack of a folder');
    await answer(1, 'cluster');
    await answer(2, 'http://127.0.0.1:1');
    await refusal('Press Enter once more to keep it nevertheless.');
    await answer(2, at.lake.url);
    await answer(3, at.lake.user);
    await answer(4, at.lake.fileSystem);
    match(await answer(5, at.spark.rest), /^http:\/\/127\.0\.0\.1:6066$/);
    await answer(6, 'YWJj');
    await refusal('refused the token');
    await answer(6, at.spark.restKey);
    await answer(7, at.spark.ui);
    // As the master itself says it.
    equal(await answer(8), at.spark.master);
    await answer(9, at.spark.history);
    const { user, host, port, database, password } = at.postgres;
    await answer(10, `${user}@${host}:${port}/${database}`);
    await answer(11, password);
    await answer(12, `${at.session.url}?token=${at.session.token}`);
    await refusal('Without a token in it');
    await answer(12, at.session.url);
    await answer(13, 'wrong');
    await refusal('refused the token');
    await answer(13, at.session.token);
    const said = await editor().notifications.waitFor(
      /The stack of this folder goes on running \(local engine\)/,
    );
    await said.close();
    match(await settings(), /"medallion\.connection": "cluster"/);
  });

  it('show the lake of another cluster', async () => {
    const lake = await editor().openView('Lake');
    await lake.expand('gold');
    await lake.row(['gold', 'deliveriescount'], ({ description }) => description.includes('10 rows'));
    ok(!(await editor().commands('Medallion:')).includes('Medallion: Start Stack'));
  });

  it('keep their secrets out of the settings', async () => {
    await editor().runCommand('Preferences: Open User Settings (JSON)');
    await editor().tab('settings.json').waitFor();
    const text = await editor().text.wholeText();
    ok(text.includes('"sparkRest"'), text);
    for (const secret of [at.spark.restKey, at.postgres.password, at.session.token])
      ok(!text.includes(secret));
    await editor().runCommand('View: Close Editor');
    const log = await editor().medallionLog();
    ok(!log.includes(at.spark.restKey) && !log.includes(at.session.token));
    await editor().runCommand('Medallion: Set Connection Secrets…');
    const secrets = ['Key of Spark REST', 'Password of PostgreSQL', 'Token of Jupyter', 'Forget All'];
    deepEqual(await editor().quick.items(), secrets);
    await editor().quick.cancel();
  });

  it('are removed with their secrets; the window goes back to the stack of its folder', async () => {
    await editor().runCommand('Medallion: Remove Connection…');
    await editor().quick.pick('cluster');
    await editor().dialog('Remove the connection "cluster"?');
    await editor().dialogButton('Remove');
    await editor().statusBarItem(/Medallion: local/);
    await until('the setting is gone', async () => !(await settings()).includes('cluster'));
  });
});
