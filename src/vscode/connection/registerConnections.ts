import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import {
  addAndOffer,
  removeConnection,
  setConnectionSecrets,
  switchConnection,
} from './connectionCommands.ts';

/** Switching, adding and removing connections. They ask the user only, so they work in an untrusted window, too. */
export function registerConnections(parts: Parts): vscode.Disposable {
  const { commands } = parts;
  commands.add('switchConnection', () => switchConnection(parts));
  commands.add('addConnection', () => addAndOffer(parts));
  commands.add('setConnectionSecrets', () => setConnectionSecrets(parts));
  commands.add('removeConnection', () => removeConnection(parts));
  return vscode.Disposable.from();
}
