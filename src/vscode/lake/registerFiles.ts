import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';

/** The `hdfs:` file system, uploads, downloads and what is done with one file. */
export function registerFiles({ context }: Parts): vscode.Disposable {
  context;
  return vscode.Disposable.from();
}
