import * as vscode from 'vscode';
import { describeError, isWorkbenchError } from '../../base/errors.ts';

/** What the editor understands of a failure; its sentence is kept. */
export function toFileSystemError(error: unknown): Error {
  if (error instanceof vscode.FileSystemError) return error;
  const sentence = describeError(error);
  if (!isWorkbenchError(error)) return error instanceof Error ? error : new Error(sentence);
  switch (error.code) {
    case 'not-found':
      return vscode.FileSystemError.FileNotFound(sentence);
    case 'exists':
      return vscode.FileSystemError.FileExists(sentence);
    case 'denied':
      return vscode.FileSystemError.NoPermissions(sentence);
    case 'unreachable':
    case 'timeout':
    case 'protocol':
      return vscode.FileSystemError.Unavailable(sentence);
    case 'failed':
      // Found only after the first byte, when there is no second try.
      if (error.details.remote === 'SafeModeException') return vscode.FileSystemError.Unavailable(sentence);
      return new vscode.FileSystemError(sentence);
    default:
      return new vscode.FileSystemError(sentence);
  }
}
