import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { WebHdfs } from '../../lake/webHdfs.ts';
import type { JobParts } from '../../spark/job.ts';
import type { SparkCluster } from '../../spark/sparkCluster.ts';
import type { Connection } from '../../stack/connection.ts';
import type { Engine } from '../../stack/engine.ts';
import type { EngineOptions, Workbench } from '../../workbench.ts';
import { isConnectionSecret, readSecrets, type ConnectionSecrets } from './secrets.ts';
import { onSettingChange, readSetting, type RemoteProfile } from './settings.ts';

/** The connections to the folder's own stack; any other name is one of `medallion.connections`. */
export const stackConnections = ['auto', 'docker', 'local'] as const;
export type StackConnection = (typeof stackConnections)[number];

/** The authority of `hdfs:` URIs of the folder's own stack, whichever engine runs it. */
export const stackAuthority = 'stack';

/** The workbench of the open folder and the chosen connection; another one after either of them changes. */
export class ActiveWorkbench implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: { dispose(): unknown }[];
  #open: Promise<Workbench> | undefined;

  /** Another connection, folder, or trust, or a stack that was started anew: what was read is of no use any more. */
  readonly onDidChange = this.#changed.event;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#context = context;
    this.#log = log;
    const anew = (): void => this.reconnect();
    this.#listening = [
      this.#changed,
      onSettingChange(anew, 'connection', 'connections', 'stack.variables', 'lake.root'),
      vscode.workspace.onDidChangeWorkspaceFolders(anew),
      vscode.workspace.onDidGrantWorkspaceTrust(anew),
      context.secrets.onDidChange((event) => {
        if (this.isRemote && isConnectionSecret(event, this.name)) anew();
      }),
    ];
    this.#tellContext();
  }

  /** `auto`, `docker`, `local`, or a remote connection's name. */
  get name(): string {
    const name: unknown = vscode.workspace.getConfiguration('medallion', this.folder).get('connection');
    return typeof name === 'string' && name !== '' ? name : 'auto';
  }

  get isRemote(): boolean {
    return !(stackConnections as readonly string[]).includes(this.name);
  }

  /** The authority of this connection's `hdfs:` URIs. */
  get authority(): string {
    return this.isRemote ? this.name : stackAuthority;
  }

  /** The folder that the stack belongs to: the first one on a disk. */
  get folder(): vscode.WorkspaceFolder | undefined {
    return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  }

  /** The directory on HDFS that holds bronze, silver and gold. */
  get lakeRoot(): string {
    return readSetting('lake.root', this.folder).replace(/(?<=.)\/+$/, '');
  }

  /** Whether something may be started or submitted: a trusted folder, or a window with a remote connection. */
  get isUsable(): boolean {
    return vscode.workspace.isTrusted && (this.isRemote || this.folder !== undefined);
  }

  /** To be called before anything of the workspace reaches a command, an endpoint or a Compose file. Throws `denied`. */
  requireTrust(): void {
    if (vscode.workspace.isTrusted) return;
    throw new WorkbenchError(
      'denied',
      vscode.l10n.t('This folder is not trusted: trust it first (Workspaces: Manage Workspace Trust).'),
    );
  }

  /** Throws `not-found` without a folder, `denied` in an untrusted one, `invalid` for wrong settings. */
  workbench(): Promise<Workbench> {
    this.#open ??= this.#make().catch((error: unknown) => {
      this.#open = undefined;
      throw error;
    });
    return this.#open;
  }

  async connection(): Promise<Connection> {
    return (await this.workbench()).connection();
  }

  async engine(options?: EngineOptions): Promise<Engine> {
    return (await this.workbench()).engine(options);
  }

  async lake(): Promise<WebHdfs> {
    return (await this.workbench()).lake();
  }

  async spark(): Promise<SparkCluster> {
    return (await this.workbench()).spark();
  }

  async jobParts(): Promise<JobParts> {
    return (await this.workbench()).jobParts();
  }

  /** After a start of the stack, which may have given it other ports and keys. */
  reconnect(): void {
    this.#closeOpen();
    this.#tellContext();
    this.#changed.fire();
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
    this.#closeOpen();
  }

  async #make(): Promise<Workbench> {
    const { folder, isRemote } = this;
    if (!isRemote) {
      if (!folder) {
        throw new WorkbenchError(
          'not-found',
          vscode.l10n.t('Open a folder first: a stack belongs to a folder.'),
        );
      }
      this.requireTrust();
    }
    const remote = isRemote ? await this.#remoteConnection() : undefined;
    // Loaded at its first use: HTTP, Compose and HDFS are most of the program.
    const { Workbench } = await import('../../workbench.ts');
    return new Workbench({
      workspaceDir: folder?.uri.fsPath ?? this.#context.globalStorageUri.fsPath,
      installDir: this.#context.extensionPath,
      env: { ...process.env, ...(remote ? {} : readSetting('stack.variables', folder)) },
      log: this.#log,
      remote,
    });
  }

  async #remoteConnection(): Promise<Connection> {
    const { name } = this;
    const profile = readSetting('connections', this.folder).find((one) => one.name === name);
    if (!profile) {
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('There is no connection "{0}" in the setting medallion.connections.', name),
      );
    }
    return toConnection(profile, await readSecrets(this.#context.secrets, profile));
  }

  #closeOpen(): void {
    const old = this.#open;
    this.#open = undefined;
    old?.then((workbench) => workbench.close()).catch(() => undefined);
  }

  #tellContext(): void {
    const set = (key: string, value: boolean): void =>
      void vscode.commands.executeCommand('setContext', `medallion.${key}`, value);
    set('activated', true);
    set('noFolder', this.folder === undefined);
    set('untrusted', !vscode.workspace.isTrusted);
    set('remote', this.isRemote);
    set('usable', this.isUsable);
  }
}

function toConnection(
  profile: RemoteProfile,
  { restKey, postgresPassword, sessionToken }: ConnectionSecrets,
): Connection {
  const { postgres, session } = profile;
  return {
    name: profile.name,
    lake: {
      url: new URL(profile.webHdfs),
      user: profile.user ?? userInfo().username,
      fileSystem: profile.fileSystem,
    },
    spark: {
      rest: new URL(profile.sparkRest),
      ...(restKey ? { restKey } : {}),
      master: profile.sparkMaster,
      ui: new URL(profile.sparkUi),
      ...(profile.sparkHistory === undefined ? {} : { history: new URL(profile.sparkHistory) }),
      driverJavaOptions: '',
      executorJavaOptions: '',
    },
    ...(postgres ? { postgres: { ...postgres, password: postgresPassword ?? '' } } : {}),
    ...(session === undefined ? {} : { session: { url: new URL(session), token: sessionToken ?? '' } }),
  };
}
