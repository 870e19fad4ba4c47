import * as l10n from '@vscode/l10n';
import { describeError } from '../../src/base/errors.ts';
import type { ChartSpec } from '../../src/chart/chartSpec.ts';
import { dropdown, textField, type Control } from '../shared/controls.ts';
import { make } from '../shared/elements.ts';
import type { Change, Column } from './chartChange.ts';
import { changesFor, controlNames, shownControls, type ControlName } from './chartChoices.ts';

export interface ControlBarOptions {
  /** Writes to the chart's file; rejects with a sentence. */
  edit: (changes: Change[]) => Promise<unknown>;
}

/** The controls of a chart. What is chosen goes into the chart's file; they always show what the file says. */
export class ControlBar {
  readonly element: HTMLElement;
  readonly #edit: ControlBarOptions['edit'];
  readonly #controls: ReadonlyMap<ControlName, Control>;
  readonly #error = make('p', { class: 'error', role: 'alert', hidden: true });
  #spec: ChartSpec | undefined;
  #columns: readonly Column[] = [];
  #edits = 0;

  constructor({ edit }: ControlBarOptions) {
    this.#edit = edit;
    this.#controls = new Map(controlNames.map((name) => [name, this.#make(name)]));
    const fields = make('div', { class: 'fields' });
    for (const [name, { element }] of this.#controls) {
      element.classList.add(name);
      fields.append(element);
    }
    this.element = make(
      'section',
      { class: 'controls', 'aria-label': l10n.t('Controls') },
      fields,
      this.#error,
    );
  }

  /** Shows what a chart's file says. */
  show(spec: ChartSpec, columns: readonly Column[], canEdit: boolean): void {
    this.#spec = spec;
    this.#columns = columns;
    const shown = shownControls(spec, columns);
    const measure = spec.mark === 'heatMap' ? l10n.t('Color') : l10n.t('Y');
    this.#controls.get('y')?.setLabel(measure);
    for (const [name, control] of this.#controls) {
      const one = shown.get(name);
      control.element.hidden = one === undefined;
      if (!one) continue;
      control.show(one.value, one.choices);
      control.setEnabled(canEdit);
    }
  }

  #make(name: ControlName): Control {
    const label = labelOf(name);
    const change = (value: string): void => void this.#change(name, value);
    switch (name) {
      case 'bins':
      case 'decimals':
        return textField(label, change, { numeric: true, placeholder: l10n.t('Automatic') });
      case 'top':
        return textField(label, change, { numeric: true, placeholder: l10n.t('All') });
      case 'title':
        return textField(label, change);
      default:
        return dropdown(label, change);
    }
  }

  async #change(name: ControlName, value: string): Promise<void> {
    if (!this.#spec) return;
    const edit = (this.#edits += 1);
    const changes = changesFor(this.#spec, this.#columns, name, value);
    try {
      if (typeof changes === 'string') return this.#reject(name, changes);
      this.#tell('');
      if (changes.length > 0) await this.#edit(changes);
    } catch (error) {
      // A later choice has its own answer.
      if (edit === this.#edits) this.#reject(name, describeError(error));
    }
  }

  #reject(name: ControlName, sentence: string): void {
    this.#tell(sentence);
    if (!this.#spec) return;
    const says = shownControls(this.#spec, this.#columns).get(name);
    if (says) this.#controls.get(name)?.show(says.value, says.choices);
  }

  #tell(sentence: string): void {
    this.#error.textContent = sentence;
    this.#error.hidden = sentence === '';
  }
}

function labelOf(name: ControlName): string {
  const labels: Record<ControlName, string> = {
    mark: l10n.t('Mark'),
    x: l10n.t('X'),
    grain: l10n.t('Time grain'),
    bins: l10n.t('Bins'),
    aggregate: l10n.t('Aggregate'),
    y: l10n.t('Y'),
    rows: l10n.t('Rows'),
    color: l10n.t('Color'),
    sort: l10n.t('Sort'),
    top: l10n.t('Top'),
    style: l10n.t('Number format'),
    decimals: l10n.t('Decimals'),
    title: l10n.t('Title'),
  };
  return labels[name];
}
