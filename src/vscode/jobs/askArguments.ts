import * as vscode from 'vscode';
import { describeError } from '../../base/errors.ts';
import type { SubmitArguments } from './rememberedArguments.ts';
import { formatProperties, joinWords, parseProperties, splitWords } from './shellWords.ts';

/** Asks for a script's arguments and Spark properties, beginning with those of the last time; undefined: never mind. */
export async function askArguments(
  script: string,
  last: SubmitArguments,
): Promise<SubmitArguments | undefined> {
  let args = joinWords(last.args);
  let properties = formatProperties(last.properties);
  for (let step = 1; ;) {
    const answer =
      step === 1
        ? await askLine({
            title: vscode.l10n.t('Submit {0}', script),
            step,
            prompt: vscode.l10n.t("The script's arguments, quoted as in a shell; none is fine"),
            placeholder: `--day 2026-01-01 --name 'two words'`,
            value: args,
            check: splitWords,
          })
        : await askLine({
            title: vscode.l10n.t('Submit {0}', script),
            step,
            prompt: vscode.l10n.t('Spark properties, which win over the settings; none is fine'),
            placeholder: 'spark.sql.shuffle.partitions=8 spark.executor.memory=2g',
            value: properties,
            check: parseProperties,
          });
    if (answer === undefined) return undefined;
    if (step === 1) args = answer.line;
    else properties = answer.line;
    if (step === 2 && !answer.isBack) {
      return { args: splitWords(args), properties: parseProperties(properties) };
    }
    step = answer.isBack ? 1 : 2;
  }
}

interface Question {
  title: string;
  step: number;
  prompt: string;
  placeholder: string;
  value: string;
  /** Throws what is wrong with a line. */
  check: (line: string) => unknown;
}

async function askLine(question: Question): Promise<{ line: string; isBack: boolean } | undefined> {
  const input = vscode.window.createInputBox();
  input.title = question.title;
  input.step = question.step;
  input.totalSteps = 2;
  input.prompt = question.prompt;
  input.placeholder = question.placeholder;
  input.value = question.value;
  if (question.step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  const problem = (): string | undefined => {
    try {
      question.check(input.value);
      return undefined;
    } catch (error) {
      return describeError(error);
    }
  };
  try {
    return await new Promise((resolve) => {
      input.onDidChangeValue(() => (input.validationMessage = problem()));
      input.onDidTriggerButton(() => resolve({ line: input.value, isBack: true }));
      input.onDidAccept(() => {
        input.validationMessage = problem();
        if (input.validationMessage === undefined) resolve({ line: input.value, isBack: false });
      });
      input.onDidHide(() => resolve(undefined));
      input.show();
    });
  } finally {
    input.dispose();
  }
}
