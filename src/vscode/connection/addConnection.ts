import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import { askInSteps, type Answers, type Step } from './askInSteps.ts';
import { remoteConnections, writeConnections } from './connectionList.ts';
import { hasQuery, isHttpUrl, nameFault, parsePostgres, sameHost } from './profileInput.ts';
import { storeSecrets } from './secrets.ts';
import type { RemoteProfile } from './settings.ts';

type Name =
  | 'name'
  | 'webHdfs'
  | 'user'
  | 'fileSystem'
  | 'sparkRest'
  | 'restKey'
  | 'sparkUi'
  | 'sparkMaster'
  | 'sparkHistory'
  | 'postgres'
  | 'postgresPassword'
  | 'session'
  | 'sessionToken';

/** Asks for a cluster's addresses, tries each, and keeps them; gives the connection's name. */
export async function addConnection(secrets: vscode.SecretStorage): Promise<string | undefined> {
  const before = remoteConnections();
  const answers = await askInSteps(vscode.l10n.t('Add Connection'), steps(before.map(({ name }) => name)));
  if (!answers) return undefined;
  const profile = toProfile(answers);
  await storeSecrets(secrets, profile, {
    ...(answers.restKey ? { restKey: answers.restKey } : {}),
    ...(answers.postgresPassword ? { postgresPassword: answers.postgresPassword } : {}),
    ...(answers.sessionToken ? { sessionToken: answers.sessionToken } : {}),
  });
  await writeConnections([...before, profile]);
  return profile.name;
}

function toProfile(answers: Answers<Name>): RemoteProfile {
  const {
    name = '',
    webHdfs = '',
    user,
    fileSystem = '',
    sparkRest = '',
    sparkMaster = '',
    sparkUi = '',
  } = answers;
  const postgres = answers.postgres ? parsePostgres(answers.postgres) : undefined;
  return {
    ...{ name, webHdfs, fileSystem, sparkRest, sparkMaster, sparkUi },
    ...(user && user !== userInfo().username ? { user } : {}),
    ...(answers.sparkHistory ? { sparkHistory: answers.sparkHistory } : {}),
    ...(postgres ? { postgres } : {}),
    ...(answers.session ? { session: answers.session } : {}),
  };
}

function steps(taken: readonly string[]): Step<Name>[] {
  // Learnt from what answers, for the boxes that follow.
  let needsKey = true;
  let master: string | undefined;
  const optional = (fault: (text: string) => string | undefined) => (text: string) =>
    text === '' ? undefined : fault(text);
  return [
    {
      name: 'name',
      prompt: vscode.l10n.t('A name for the cluster, as it stands in hdfs://name/…'),
      placeholder: 'production',
      fault: (text) => nameSentence(text, taken),
    },
    {
      name: 'webHdfs',
      prompt: vscode.l10n.t("The NameNode's HTTP address"),
      placeholder: 'http://namenode.example:9870',
      fault: httpSentence,
      attempt: async (url, _, signal) => (await import('./tryService.ts')).tryWebHdfs(url, signal),
    },
    {
      name: 'user',
      prompt: vscode.l10n.t('The user of HDFS calls'),
      suggest: () => userInfo().username,
      fault: (text) => (/\s/.test(text) ? vscode.l10n.t('A user name has no spaces.') : undefined),
    },
    {
      name: 'fileSystem',
      prompt: vscode.l10n.t('How Spark names the lake'),
      placeholder: 'hdfs://namenode.example:8020',
      suggest: ({ webHdfs }) => sameHost(webHdfs, 'hdfs', 8020),
      fault: (text) =>
        /^[a-z0-9]+:\/\/[^/\s]+\/?$/.test(text)
          ? undefined
          : vscode.l10n.t('Such as hdfs://namenode.example:8020, without a path.'),
    },
    {
      name: 'sparkRest',
      prompt: vscode.l10n.t("Spark's REST submission server"),
      placeholder: 'http://master.example:6066',
      suggest: ({ webHdfs }) => sameHost(webHdfs, 'http', 6066),
      fault: httpSentence,
      attempt: async (url, _, signal) => {
        const { trySparkRest } = await import('./tryService.ts');
        needsKey = true;
        needsKey = (await trySparkRest(url, undefined, signal)) === 'needs key';
      },
    },
    {
      name: 'restKey',
      prompt: vscode.l10n.t('The key of the submission server, kept as a secret. Empty: it asks for none.'),
      isSecret: true,
      isAsked: () => needsKey,
      attempt: async (key, { sparkRest = '' }, signal) => {
        await (await import('./tryService.ts')).trySparkRest(sparkRest, key, signal);
      },
    },
    {
      name: 'sparkUi',
      prompt: vscode.l10n.t("The master's web page"),
      placeholder: 'http://master.example:8080',
      suggest: ({ sparkRest }) => sameHost(sparkRest, 'http', 8080),
      fault: httpSentence,
      attempt: async (url, _, signal) => {
        master = undefined;
        master = await (await import('./tryService.ts')).trySparkUi(url, signal);
      },
    },
    {
      name: 'sparkMaster',
      prompt: vscode.l10n.t('The master, as drivers see it'),
      placeholder: 'spark://master.example:7077',
      suggest: ({ sparkRest }) => master ?? sameHost(sparkRest, 'spark', 7077),
      fault: (text) =>
        /^spark:\/\/[^/\s]+$/.test(text) ? undefined : vscode.l10n.t('Such as spark://master.example:7077.'),
    },
    {
      name: 'sparkHistory',
      prompt: vscode.l10n.t('The history server. Empty: there is none.'),
      placeholder: 'http://history.example:18080',
      suggest: ({ sparkRest }) => sameHost(sparkRest, 'http', 18080),
      fault: optional(httpSentence),
      attempt: async (url, _, signal) => (await import('./tryService.ts')).tryHistory(url, signal),
    },
    {
      name: 'postgres',
      prompt: vscode.l10n.t(
        'The source database in PostgreSQL, for Verify and the simulator. Empty: there is none.',
      ),
      placeholder: 'user@host:5432/database',
      fault: optional((text) =>
        parsePostgres(text)
          ? undefined
          : vscode.l10n.t('Such as user@host:5432/database, without a password: that is asked next.'),
      ),
    },
    {
      name: 'postgresPassword',
      prompt: vscode.l10n.t('The password of the database, kept as a secret'),
      isSecret: true,
      isAsked: ({ postgres }) => Boolean(postgres),
      attempt: async (password, { postgres = '' }) => {
        const address = parsePostgres(postgres);
        if (address) await (await import('./tryService.ts')).tryPostgres({ ...address, password });
      },
    },
    {
      name: 'session',
      prompt: vscode.l10n.t('A Jupyter server of the cluster, for the warm session. Empty: there is none.'),
      placeholder: 'http://jupyter.example:8888',
      fault: optional(jupyterSentence),
    },
    {
      name: 'sessionToken',
      prompt: vscode.l10n.t('The token of the Jupyter server, kept as a secret'),
      isSecret: true,
      isAsked: ({ session }) => Boolean(session),
      attempt: async (token, { session = '' }, signal) =>
        (await import('./tryService.ts')).tryJupyter(session, token, signal),
    },
  ];
}

function nameSentence(text: string, taken: readonly string[]): string | undefined {
  switch (nameFault(text, taken)) {
    case 'shape':
      return vscode.l10n.t('Small letters, digits and hyphens; a letter first; at most 40.');
    case 'reserved':
      return vscode.l10n.t('"{0}" means the stack of a folder: take another name.', text);
    case 'taken':
      return vscode.l10n.t('There is a connection "{0}" already.', text);
    default:
      return undefined;
  }
}

function jupyterSentence(text: string): string | undefined {
  return hasQuery(text) ? vscode.l10n.t('Without a token in it: that is asked next.') : httpSentence(text);
}

function httpSentence(text: string): string | undefined {
  return isHttpUrl(text)
    ? undefined
    : vscode.l10n.t('An address such as http://host:port, without a user or password in it.');
}
