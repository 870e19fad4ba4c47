import * as l10n from '@vscode/l10n';
import type { Filter, Sort } from '../../src/vscode/tables/tableProtocol.ts';
import { button, dropdown, textField, type Choice } from '../shared/controls.ts';
import { make, newId } from '../shared/elements.ts';

export interface ColumnMenuOptions {
  sort: (sort: Sort | undefined) => void;
  /** Undefined takes the column's filter away. */
  filter: (column: number, filter: Filter | undefined) => void;
  closed: () => void;
}

export interface ColumnMenuFacts {
  column: number;
  name: string;
  sort: Sort | undefined;
  filter: Filter | undefined;
}

/** Sort and filter of one column, in a box below its head. */
export class ColumnMenu {
  readonly element = make('div', { class: 'column-menu', role: 'dialog', hidden: true });
  readonly #o: ColumnMenuOptions;

  constructor(options: ColumnMenuOptions) {
    this.#o = options;
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      this.close();
    });
    // Before what the click is for: it may open the menu of another column.
    const onMouseDown = ({ target }: MouseEvent): void => {
      if (target instanceof Node && !this.element.contains(target)) this.close({ restoreFocus: false });
    };
    window.addEventListener('mousedown', onMouseDown, { capture: true });
  }

  /** Opens it at `leftPx`, `topPx` of its parent. */
  open(facts: ColumnMenuFacts, leftPx: number, topPx: number): void {
    const { column, name, sort, filter } = facts;
    const heading = newId('menu-title');
    const isOn = (descending: boolean): boolean => sort?.column === column && sort.descending === descending;
    const sortButton = (text: string, descending: boolean): HTMLElement => {
      const made = button(text, () => {
        this.#o.sort(isOn(descending) ? undefined : { column, descending });
        this.close();
      });
      made.setAttribute('aria-pressed', String(isOn(descending)));
      return made;
    };
    let is: Filter['is'] = filter?.is ?? 'contains';
    let value = filter?.value ?? '';
    const text = textField(l10n.t('Value'), (typed) => (value = typed));
    text.show(value);
    // What is typed counts before the field is left.
    text.element.addEventListener('input', ({ target }) => {
      if (target && 'value' in target && typeof target.value === 'string') value = target.value;
    });
    const showValue = (): void => {
      text.element.hidden = is === 'null' || is === 'notNull';
    };
    const kind = dropdown(l10n.t('Rows whose value'), (chosen) => {
      is = chosen as Filter['is'];
      showValue();
    });
    kind.show(is, filterChoices());
    showValue();
    const apply = (): void => {
      const isEmpty = value === '' && is !== 'null' && is !== 'notNull' && is !== 'equals';
      this.#o.filter(column, isEmpty ? undefined : { column, is, value: text.element.hidden ? '' : value });
      this.close();
    };
    text.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      apply();
    });
    const remove = button(l10n.t('Remove Filter'), () => {
      this.#o.filter(column, undefined);
      this.close();
    });
    remove.hidden = filter === undefined;
    this.element.replaceChildren(
      make('h2', { id: heading }, name),
      make(
        'div',
        { class: 'actions' },
        sortButton(l10n.t('Sort Ascending'), false),
        sortButton(l10n.t('Sort Descending'), true),
      ),
      kind.element,
      text.element,
      make('div', { class: 'actions' }, button(l10n.t('Filter'), apply, { look: 'primary' }), remove),
    );
    this.element.setAttribute('aria-labelledby', heading);
    this.element.hidden = false;
    const room = this.element.parentElement?.clientWidth ?? 0;
    const left = Math.max(4, Math.min(leftPx, room - this.element.offsetWidth - 4));
    this.element.style.left = `${left}px`;
    this.element.style.top = `${topPx}px`;
    const field = text.element.hidden ? kind.element : text.element;
    // The control puts its field into its shadow tree a moment later.
    requestAnimationFrame(() => (field.lastElementChild as HTMLElement | null)?.focus());
  }

  close({ restoreFocus = true } = {}): void {
    if (this.element.hidden) return;
    this.element.hidden = true;
    if (restoreFocus) this.#o.closed();
  }
}

/** `price > 12`. */
export function filterText(name: string, { is, value }: Filter): string {
  const short = value.length > 24 ? `${value.slice(0, 24)}…` : value;
  switch (is) {
    case 'contains':
      return l10n.t('{0} contains "{1}"', name, short);
    case 'equals':
      return `${name} = "${short}"`;
    case 'less':
      return `${name} < ${short}`;
    case 'greater':
      return `${name} > ${short}`;
    case 'null':
      return l10n.t('{0} is null', name);
    case 'notNull':
      return l10n.t('{0} is not null', name);
  }
}

function filterChoices(): (Choice & { value: Filter['is'] })[] {
  return [
    { value: 'contains', label: l10n.t('contains') },
    { value: 'equals', label: l10n.t('equals') },
    { value: 'less', label: l10n.t('is less than') },
    { value: 'greater', label: l10n.t('is greater than') },
    { value: 'null', label: l10n.t('is null') },
    { value: 'notNull', label: l10n.t('is not null') },
  ];
}
