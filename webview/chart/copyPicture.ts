import * as l10n from '@vscode/l10n';
import { WorkbenchError } from '../../src/base/errors.ts';

/** Copies a PNG, given in base64, to the clipboard. Throws `denied` where the page may not. */
export async function copyPicture(base64: string): Promise<void> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  try {
    const picture = new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) });
    await navigator.clipboard.write([picture]);
  } catch (cause) {
    const sentence = l10n.t('The picture could not be copied: save it as PNG instead.');
    throw new WorkbenchError('denied', sentence, { cause });
  }
}
