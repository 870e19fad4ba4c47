import * as vscode from 'vscode';
import { describeError } from '../../base/errors.ts';

/** One box of a series. `K` are the names of the answers. */
export interface Step<K extends string> {
  name: K;
  prompt: string;
  placeholder?: string;
  isSecret?: boolean;
  /** What stands in the box at first. */
  suggest?: (answers: Answers<K>) => string;
  /** Whether it is asked, after what was answered so far. Default: it is. */
  isAsked?: (answers: Answers<K>) => boolean;
  /** A sentence on what is wrong with a text. */
  fault?: (text: string) => string | undefined;
  /** Tries what was answered; throws a sentence. The user may keep the answer nevertheless. */
  attempt?: (text: string, answers: Answers<K>, signal: AbortSignal) => Promise<void>;
}

export type Answers<K extends string> = Partial<Record<K, string | undefined>>;

/** Asks one after the other, with a way back; undefined when the user leaves. */
export async function askInSteps<K extends string>(
  title: string,
  steps: readonly Step<K>[],
): Promise<Answers<K> | undefined> {
  const answers: Answers<K> = {};
  const asked: number[] = [];
  for (let at = 0; at < steps.length;) {
    const step = steps[at]!;
    if (step.isAsked && !step.isAsked(answers)) {
      answers[step.name] = undefined;
      at += 1;
      continue;
    }
    const answer = await ask(title, step, answers, {
      step: at + 1,
      of: steps.length,
      back: asked.length > 0,
    });
    if (answer === undefined) return undefined;
    if (answer === 'back') {
      at = asked.pop() ?? 0;
      continue;
    }
    answers[step.name] = answer.text;
    asked.push(at);
    at += 1;
  }
  return answers;
}

async function ask<K extends string>(
  title: string,
  { name, prompt, placeholder, isSecret, suggest, fault, attempt }: Step<K>,
  answers: Answers<K>,
  place: { step: number; of: number; back: boolean },
): Promise<{ text: string } | 'back' | undefined> {
  const box = vscode.window.createInputBox();
  const closed = new AbortController();
  box.title = title;
  box.step = place.step;
  box.totalSteps = place.of;
  box.prompt = prompt;
  box.placeholder = placeholder ?? '';
  box.password = isSecret === true;
  box.value = answers[name] ?? suggest?.(answers) ?? '';
  // Addresses are copied from elsewhere.
  box.ignoreFocusOut = true;
  if (place.back) box.buttons = [vscode.QuickInputButtons.Back];
  /** What was tried in vain: the next Enter keeps it. */
  let refused: string | undefined;

  const accept = async (): Promise<{ text: string } | undefined> => {
    const text = box.value.trim();
    const wrong = fault?.(text);
    if (wrong !== undefined) {
      box.validationMessage = wrong;
      return undefined;
    }
    if (!attempt || text === '' || text === refused) return { text };
    box.busy = true;
    box.enabled = false;
    box.validationMessage = {
      message: vscode.l10n.t('Trying it…'),
      severity: vscode.InputBoxValidationSeverity.Info,
    };
    try {
      await attempt(text, answers, closed.signal);
      return { text };
    } catch (error) {
      refused = text;
      box.validationMessage = {
        message: vscode.l10n.t('{0} Press Enter once more to keep it nevertheless.', describeError(error)),
        severity: vscode.InputBoxValidationSeverity.Warning,
      };
      return undefined;
    } finally {
      box.busy = false;
      box.enabled = true;
    }
  };

  const listening: vscode.Disposable[] = [];
  try {
    return await new Promise((resolve) => {
      listening.push(
        box.onDidChangeValue(() => (box.validationMessage = undefined)),
        box.onDidTriggerButton(() => resolve('back')),
        box.onDidHide(() => resolve(undefined)),
        box.onDidAccept(() => {
          if (!box.enabled) return;
          void accept().then((answer) => {
            if (answer) resolve(answer);
          });
        }),
      );
      box.show();
    });
  } finally {
    closed.abort();
    for (const one of listening) one.dispose();
    box.dispose();
  }
}
