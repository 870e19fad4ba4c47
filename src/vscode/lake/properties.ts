/** One line of a properties document; without a value it is a heading. */
export type Property = readonly [label: string, value?: string];

/** Lines with their values below each other, and an empty line above each heading. */
export function propertiesText(title: string, properties: readonly Property[]): string {
  const width = Math.max(...properties.map(([label, value]) => (value === undefined ? 0 : label.length)), 0);
  const lines = properties.map(([label, value]) =>
    value === undefined ? `\n${label}` : `  ${label.padEnd(width)}  ${value}`,
  );
  return `${[title, '', ...lines].join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}
