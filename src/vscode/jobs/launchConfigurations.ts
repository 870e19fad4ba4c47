import * as vscode from 'vscode';
import * as v from 'valibot';
import { WorkbenchError } from '../../base/errors.ts';
import type { Parts } from '../parts.ts';
import { JobDebugAdapter } from './jobDebugAdapter.ts';
import type { JobRun } from './jobRuns.ts';
import { RunFiles } from './runFiles.ts';
import { submitScript } from './submitScript.ts';

const launchSchema = v.object({
  script: v.pipe(v.string(), v.nonEmpty()),
  args: v.optional(v.array(v.string()), []),
  properties: v.optional(v.record(v.string(), v.string()), {}),
});

/** Makes F5 submit: a job is a debug session without breakpoints. */
export function registerLaunch(parts: Pick<Parts, 'workbench' | 'stack' | 'runs'>): vscode.Disposable {
  const files = new RunFiles(parts.workbench, parts.runs);
  const begin = async ({ configuration, workspaceFolder }: vscode.DebugSession): Promise<JobRun> => {
    const { script, args, properties } = readLaunch(configuration);
    const file = scriptUri(script, workspaceFolder ?? parts.workbench.folder);
    const run = await submitScript(parts, { file, args, properties });
    if (run) return run;
    throw new WorkbenchError('cancelled', vscode.l10n.t('Not submitted.'));
  };
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider('medallion', new LaunchConfigurations()),
    vscode.debug.registerDebugAdapterDescriptorFactory('medallion', {
      createDebugAdapterDescriptor: (session) =>
        new vscode.DebugAdapterInlineImplementation(
          new JobDebugAdapter({
            begin: () => begin(session),
            find: (runId, path) => files.find(runId, path),
          }),
        ),
    }),
  );
}

/** Throws `invalid` for what `launch.json` has wrong. */
function readLaunch(configuration: vscode.DebugConfiguration): v.InferOutput<typeof launchSchema> {
  const parsed = v.safeParse(launchSchema, configuration);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new WorkbenchError(
    'invalid',
    vscode.l10n.t('The launch configuration is wrong: {0}: {1}', v.getDotPath(issue) ?? '', issue.message),
  );
}

/** `launch.json` entries of type `medallion`; without any, F5 submits the open script. */
export class LaunchConfigurations implements vscode.DebugConfigurationProvider {
  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [openScript()];
  }

  resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.ProviderResult<vscode.DebugConfiguration> {
    // F5 without a launch.json gives an empty one.
    const given: Partial<vscode.DebugConfiguration> = configuration;
    const whole = given.type ? configuration : { ...openScript(), ...configuration };
    const { script } = whole as { script?: unknown };
    if (script !== undefined && script !== '' && script !== '${file}') return whole;
    // `${file}` is resolved by VS Code for files on a disk only.
    const open = vscode.window.activeTextEditor?.document;
    if (open?.languageId !== 'python') {
      throw new WorkbenchError(
        'invalid',
        vscode.l10n.t('Open the Python script that is to be submitted first.'),
      );
    }
    return { ...whole, script: open.uri.scheme === 'file' ? open.uri.fsPath : open.uri.toString() };
  }
}

function openScript(): vscode.DebugConfiguration {
  return {
    type: 'medallion',
    request: 'launch',
    name: vscode.l10n.t('Submit the open file'),
    script: '${file}',
  };
}

/** The script of a task or a launch: a URI, an absolute path, or one below the folder. */
export function scriptUri(script: string, folder: vscode.WorkspaceFolder | undefined): vscode.Uri {
  if (/^(?:file|hdfs|untitled):/.test(script)) return vscode.Uri.parse(script, true);
  if (/^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(script)) return vscode.Uri.file(script);
  if (!folder) {
    throw new WorkbenchError(
      'invalid',
      vscode.l10n.t('{0} is a relative path, and no folder is open: name the whole path.', script),
    );
  }
  return vscode.Uri.joinPath(folder.uri, ...script.split(/[\\/]/));
}
