import type { Editor } from './editor.ts';
import { type EditorOptions, startEditor } from './startEditor.ts';

/**
 * One editor for the tests of a `describe`. After a failed test, its picture and logs are in out/test/extension; after the
 * last one, an error that the extension did not catch fails the suite. `expectedErrors` excuses those of a fault that the
 * tests cause.
 */
export function useEditor(
  options: EditorOptions | (() => EditorOptions | Promise<EditorOptions>) = {},
  expectedErrors: RegExp[] = [],
): () => Editor {
  let editor: Editor | undefined;

  before('start the editor', async function () {
    this.timeout(180_000);
    editor = await startEditor(typeof options === 'function' ? await options() : options);
  });

  beforeEach(function () {
    // The editor is real, and the machine may be slow.
    if (this.currentTest && this.currentTest.timeout() <= 10_000) this.currentTest.timeout(120_000);
  });

  afterEach('save what a failed test leaves', async function () {
    this.timeout(60_000);
    if (this.currentTest?.state !== 'failed') return;
    await editor?.saveEvidence(
      this.currentTest
        .fullTitle()
        .replace(/[^\w]+/g, '-')
        .slice(0, 120),
    );
  });

  after('stop the editor', async function () {
    this.timeout(60_000);
    if (!editor) return;
    const errors = await editor.uncaughtErrors();
    await editor.close();
    const unexpected = errors.filter((text) => !expectedErrors.some((pattern) => pattern.test(text)));
    if (unexpected.length > 0)
      throw new Error(`The extension left errors uncaught:\n${unexpected.join('\n')}`);
  });

  return () => {
    if (!editor) throw new Error('The editor has not started.');
    return editor;
  };
}
