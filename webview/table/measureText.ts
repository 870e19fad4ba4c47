const canvas = document.createElement('canvas').getContext('2d');

/** Pixels of a text in the font of the page. */
export function measureText(text: string, isBold = false): number {
  if (!canvas) return text.length * 8;
  const { fontSize, fontFamily } = getComputedStyle(document.body);
  canvas.font = `${isBold ? '600 ' : ''}${fontSize} ${fontFamily}`;
  return canvas.measureText(text).width;
}
