/** The toolkit's controls. No other file imports it: it is archived, and another one takes its place here. */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import type { Choice } from './choice.ts';
import { make, newId } from './elements.ts';

export type { Choice } from './choice.ts';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeProgressRing(),
  vsCodeTextField(),
);

/** A labelled control. `show` sets it without telling `onChange`. */
export interface Control {
  readonly element: HTMLElement;
  setLabel(label: string): void;
  show(value: string, choices?: readonly Choice[]): void;
  setEnabled(enabled: boolean): void;
}

export function dropdown(label: string, onChange: (value: string) => void): Control {
  const id = newId('label');
  const select = custom('vscode-dropdown', { 'aria-labelledby': id }) as Valued;
  let current = '';
  // Another value than an empty one, which the toolkit takes for none.
  const wire = (value: string): string => `=${value}`;
  const put = (): void => {
    if (select.value !== wire(current)) select.value = wire(current);
  };
  select.addEventListener('change', () => {
    const value = select.value.slice(1);
    if (value !== current) onChange(value);
  });
  const name = make('span', { id, class: 'field-label' }, label);
  let shown = '';
  return {
    element: make('div', { class: 'field' }, name, select),
    setLabel: (text) => void (name.textContent = text),
    show(value, choices = []) {
      current = value;
      const wanted = JSON.stringify(choices);
      if (wanted === shown) return put();
      shown = wanted;
      select.replaceChildren(
        ...choices.map((choice) => {
          const selected = choice.value === value ? { selected: '' } : {};
          const option = custom('vscode-option', { value: wire(choice.value), ...selected });
          option.textContent = choice.label;
          return option;
        }),
      );
      // The toolkit takes the options over in its own time, and the first that had the value before.
      requestAnimationFrame(put);
    },
    setEnabled: (enabled) => select.toggleAttribute('disabled', !enabled),
  };
}

export interface TextFieldOptions {
  placeholder?: string;
  /** Digits are typed, with the keyboard of a phone too. */
  numeric?: boolean;
}

/** Tells a change when it is left or Enter is pressed; Escape puts back what was there. */
export function textField(
  label: string,
  onChange: (value: string) => void,
  { placeholder, numeric = false }: TextFieldOptions = {},
): Control {
  // The toolkit names a field by its own text, and nothing else.
  const field = custom('vscode-text-field', {}) as Valued;
  const name = make('span', {}, label);
  field.append(name);
  if (placeholder !== undefined) field.setAttribute('placeholder', placeholder);
  if (numeric) field.setAttribute('inputmode', 'numeric');
  let shown = '';
  const tell = (): void => {
    const value = field.value.trim();
    if (value !== shown.trim()) onChange(value);
  };
  field.addEventListener('change', tell);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') tell();
    if (event.key === 'Escape') field.value = shown;
  });
  return {
    element: make('div', { class: 'field' }, field),
    setLabel(text) {
      name.textContent = text;
      field.setAttribute('aria-label', text);
    },
    show(value) {
      shown = value;
      field.value = value;
    },
    setEnabled: (enabled) => field.toggleAttribute('disabled', !enabled),
  };
}

export interface ButtonOptions {
  look?: 'primary' | 'secondary' | 'icon';
  /** Beside the text. */
  icon?: Node;
  iconAt?: 'start' | 'end';
  title?: string;
}

export function button(
  text: string,
  onClick: () => void,
  { look = 'secondary', icon, iconAt = 'start', title }: ButtonOptions = {},
): HTMLElement {
  const made = custom('vscode-button', { appearance: look });
  if (icon) {
    const slot = make('span', { slot: look === 'icon' ? undefined : iconAt }, icon);
    made.append(slot);
  }
  if (look === 'icon') made.setAttribute('aria-label', text);
  else made.append(text);
  const tip = title ?? (look === 'icon' ? text : undefined);
  if (tip !== undefined) made.title = tip;
  made.addEventListener('click', onClick);
  return made;
}

export function progressRing(): HTMLElement {
  return custom('vscode-progress-ring', { 'aria-hidden': 'true' });
}

type Valued = HTMLElement & { value: string };

function custom(name: string, attributes: Readonly<Record<string, string>>): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
