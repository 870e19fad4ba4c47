import * as vscode from 'vscode';
import type { UploadSource } from './localFiles.ts';

/** What `medallion.uploadToLake` does without asking. */
export interface UploadRequest {
  sources: readonly UploadSource[];
  folder: vscode.Uri;
}

/** Uploads what was dropped: URIs of any file system but the lake's, or files that have only their content. */
export async function uploadInto(sources: readonly UploadSource[], folder: vscode.Uri): Promise<void> {
  const request: UploadRequest = { sources, folder };
  await vscode.commands.executeCommand('medallion.uploadToLake', request);
}

export function isUploadRequest(value: unknown): value is UploadRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { sources, folder } = value as Record<string, unknown>;
  return folder instanceof vscode.Uri && folder.scheme === 'hdfs' && Array.isArray(sources);
}
