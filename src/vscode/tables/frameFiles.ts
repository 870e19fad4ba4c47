import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';

/** Of URIs that stand for frames of the session: `medallion-frame:/orders`. */
export const frameScheme = 'medallion-frame';

export function frameUri(name: string): vscode.Uri {
  return vscode.Uri.from({ scheme: frameScheme, path: `/${name}` });
}

/** The variable that a URI of ours stands for. Throws `invalid`. */
export function frameOf({ path }: vscode.Uri): string {
  return frameName(path.slice(1));
}

/** The variable that a command is called with: by its name, or by its row of the session's view. Throws `invalid`. */
export function frameName(what: unknown): string {
  const name = typeof what === 'object' && what !== null && 'name' in what ? what.name : what;
  if (typeof name === 'string' && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) return name;
  throw new WorkbenchError('invalid', vscode.l10n.t('This is no variable of the session.'));
}

/** Lets the editor keep tabs of frames, which are no files: each is there, and empty. */
export class FrameFiles implements vscode.FileSystemProvider {
  readonly onDidChangeFile: vscode.Event<vscode.FileChangeEvent[]> = () => new vscode.Disposable(() => {});

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  stat(): vscode.FileStat {
    const permissions = vscode.FilePermission.Readonly;
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: 0, permissions };
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  readFile(): Uint8Array {
    return new Uint8Array();
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
}
