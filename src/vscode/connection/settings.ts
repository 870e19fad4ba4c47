import * as vscode from 'vscode';
import * as v from 'valibot';
import { WorkbenchError } from '../../base/errors.ts';

/** A cluster elsewhere, as `medallion.connections` describes it; its secrets are in SecretStorage. */
const remoteSchema = v.object({
  // Also the authority of URIs, which the editor writes in small letters.
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z][a-z0-9-]{0,39}$/),
    v.check((name) => !['auto', 'docker', 'local', 'stack'].includes(name), 'this name is taken'),
  ),
  webHdfs: v.pipe(v.string(), v.url()),
  user: v.optional(v.string()),
  fileSystem: v.pipe(v.string(), v.regex(/^[a-z0-9]+:\/\//)),
  sparkRest: v.pipe(v.string(), v.url()),
  sparkMaster: v.pipe(v.string(), v.regex(/^spark:\/\//)),
  sparkUi: v.pipe(v.string(), v.url()),
  sparkHistory: v.optional(v.pipe(v.string(), v.url())),
  postgres: v.optional(
    v.object({
      host: v.string(),
      port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)), 5432),
      database: v.string(),
      user: v.string(),
    }),
  ),
  /** A Jupyter server whose kernels can reach the master and the lake. */
  session: v.optional(v.pipe(v.string(), v.url())),
});
export type RemoteProfile = v.InferOutput<typeof remoteSchema>;

const wordsSchema = v.record(v.string(), v.string());
const listSchema = v.array(v.string());

const schemas = {
  connection: v.string(),
  connections: v.array(remoteSchema),
  'stack.composeFiles': listSchema,
  'stack.envFiles': listSchema,
  'stack.projectName': v.string(),
  'stack.profiles': listSchema,
  'stack.scale': v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))),
  'stack.variables': wordsSchema,
  'simulator.eventsPerSecond': v.pipe(v.number(), v.minValue(0.01), v.maxValue(1000)),
  'lake.root': v.pipe(v.string(), v.startsWith('/')),
  'lake.pageSize': v.pipe(v.number(), v.integer(), v.minValue(20), v.maxValue(1000)),
  'lake.readOnly': v.boolean(),
  'lake.maxEditorMegabytes': v.pipe(v.number(), v.integer(), v.minValue(1)),
  'lake.freshForMinutes': v.pipe(v.number(), v.integer(), v.minValue(1)),
  'jobs.driverMemory': v.string(),
  'jobs.executorMemory': v.string(),
  'jobs.executorCores': v.pipe(v.number(), v.integer(), v.minValue(0)),
  'jobs.maxCores': v.pipe(v.number(), v.integer(), v.minValue(0)),
  'jobs.properties': wordsSchema,
  'jobs.showSparkLog': v.boolean(),
  'jobs.revealTerminal': v.picklist(['always', 'onFailure', 'never']),
  'codeLens.enabled': v.boolean(),
  'session.cores': v.pipe(v.number(), v.integer(), v.minValue(0)),
  'session.driverMemory': v.string(),
  'session.idleTimeoutMinutes': v.pipe(v.number(), v.minValue(0)),
  'session.memoryWarningPercent': v.pipe(v.number(), v.minValue(1), v.maxValue(100)),
} as const;
type Schemas = typeof schemas;
export type SettingName = keyof Schemas;
export type Setting<K extends SettingName> = v.InferOutput<Schemas[K]>;

/**
 * A setting of ours, checked: a settings file is the user's to write. Its default is package.json's. Throws `invalid`.
 */
export function readSetting<K extends SettingName>(name: K, scope?: vscode.ConfigurationScope): Setting<K> {
  const value: unknown = vscode.workspace.getConfiguration('medallion', scope).get(name);
  const parsed = v.safeParse(schemas[name], value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  throw new WorkbenchError(
    'invalid',
    vscode.l10n.t('The setting medallion.{0} is wrong: {1}', path ? `${name}.${path}` : name, issue.message),
  );
}

/** Calls `changed` after one of these settings has changed; without names, after any of ours. */
export function onSettingChange(changed: () => void, ...names: SettingName[]): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    const keys = names.length === 0 ? ['medallion'] : names.map((name) => `medallion.${name}`);
    if (keys.some((key) => event.affectsConfiguration(key))) changed();
  });
}
