/** Red, green and blue, from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** `#rgb`, `#rrggbb` or `rgb(…)`, as style sheets tell colours; undefined for anything else. */
export function parseColor(text: string): Rgb | undefined {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{2})?$/i.exec(text.trim())?.[1];
  if (hex !== undefined) {
    const pairs = (hex.length === 3 ? hex.replace(/./g, '$&$&') : hex).match(/../g)!;
    const [r = 0, g = 0, b = 0] = pairs.map((pair) => parseInt(pair, 16));
    return [r, g, b];
  }
  const parts = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(text.trim());
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : undefined;
}

export function colorText([r, g, b]: Rgb): string {
  return `rgb(${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)})`;
}

/** The colour, or one like it that can be read on the background: WCAG asks for a contrast of 4.5. */
export function readable(color: Rgb, background: Rgb, wanted = 4.5): Rgb {
  const towards = luminance(background) > 0.18 ? 0 : 255;
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = color.map((part) => part + (towards - part) * share) as unknown as Rgb;
    if (contrast(mixed, background) >= wanted) return mixed;
  }
  return [towards, towards, towards];
}

export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const c = part / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
