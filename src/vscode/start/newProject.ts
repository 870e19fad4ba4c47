import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import { announceArrival } from './arrival.ts';
import { folderNameFault, isProjectFile, ownFiles, projectText } from './projectFiles.ts';

const { fs } = vscode.workspace;

/** Asks for a folder, puts the retail project there and opens it. Files that are there already are never touched. */
export async function newProject(context: vscode.ExtensionContext): Promise<void> {
  const folder = await askForFolder();
  if (!folder) return;
  const made = await writeProject(context.extensionUri, folder);
  const isOpen = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.toString() === folder.toString());
  if (made === 0) {
    throw new WorkbenchError('exists', vscode.l10n.t('The project is there already: {0}', folder.fsPath));
  }
  if (isOpen) {
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.joinPath(folder, 'pipeline.yaml'));
    return;
  }
  await announceArrival(context.globalState, folder);
  const hasFolder = vscode.workspace.workspaceFolders !== undefined;
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: hasFolder });
}

/** An empty folder is taken as it is; in another one a new folder is made. */
async function askForFolder(): Promise<vscode.Uri | undefined> {
  const open = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('New Medallion Project: an empty folder, or one to make a folder in'),
      openLabel: vscode.l10n.t('Create Project Here'),
      canSelectFolders: true,
      canSelectFiles: false,
      canSelectMany: false,
      ...(open ? { defaultUri: open.uri } : {}),
    })) ?? [];
  if (!chosen) return undefined;
  const there = await fs.readDirectory(chosen);
  // A new repository, or settings, are no project.
  if (there.every(([name]) => name.startsWith('.'))) return chosen;
  return askForName(chosen, new Set(there.map(([name]) => name.toLowerCase())));
}

async function askForName(parent: vscode.Uri, taken: ReadonlySet<string>): Promise<vscode.Uri | undefined> {
  const free = ['retail', ...Array.from({ length: 99 }, (_, i) => `retail-${i + 2}`)];
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('New Medallion Project'),
    prompt: vscode.l10n.t('{0} is not empty. The name of a new folder in it:', parent.fsPath),
    value: free.find((one) => !taken.has(one)) ?? '',
    validateInput: (text) => {
      switch (folderNameFault(text)) {
        case 'empty':
          return vscode.l10n.t('A folder needs a name.');
        case 'characters':
          return vscode.l10n.t(
            'No system takes these as a folder: \\ / : * ? " < > |, or a space or dot at an end.',
          );
        case 'reserved':
          return vscode.l10n.t('This name is reserved by the system.');
        default:
          return taken.has(text.toLowerCase()) ? vscode.l10n.t('{0} is there already.', text) : undefined;
      }
    },
  });
  return name === undefined ? undefined : vscode.Uri.joinPath(parent, name);
}

/** Writes what is missing; gives how many files that was. */
async function writeProject(extensionUri: vscode.Uri, folder: vscode.Uri): Promise<number> {
  const source = vscode.Uri.joinPath(extensionUri, 'pyspark', 'retail');
  const texts = new Map(Object.entries(ownFiles(nameOf(folder))));
  for (const path of await filesBelow(source)) {
    const bytes = await fs.readFile(vscode.Uri.joinPath(source, path));
    texts.set(path, projectText(path, new TextDecoder().decode(bytes)));
  }
  let made = 0;
  for (const [path, text] of texts) {
    const uri = vscode.Uri.joinPath(folder, path);
    if (await exists(uri)) continue;
    try {
      await fs.writeFile(uri, new TextEncoder().encode(text));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WorkbenchError('failed', vscode.l10n.t('{0} cannot be written: {1}', uri.fsPath, reason), {
        cause,
      });
    }
    made += 1;
  }
  return made;
}

/** Relative paths, with slashes. */
async function filesBelow(folder: vscode.Uri, prefix = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, type] of await fs.readDirectory(folder)) {
    if (!isProjectFile(name)) continue;
    const path = `${prefix}${name}`;
    if (type & vscode.FileType.Directory) {
      paths.push(...(await filesBelow(vscode.Uri.joinPath(folder, name), `${path}/`)));
    } else paths.push(path);
  }
  return paths;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

function nameOf(folder: vscode.Uri): string {
  return folder.path.slice(folder.path.lastIndexOf('/') + 1);
}
