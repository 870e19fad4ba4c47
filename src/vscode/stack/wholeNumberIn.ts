/** The whole number that a person typed, with or without separators ("10,000"), if it is within the bounds. */
export function wholeNumberIn(text: string, least: number, most: number): number | undefined {
  const digits = text.trim().replaceAll(/(?<=\d)[,_ ](?=\d)/g, '');
  if (!/^\d{1,15}$/.test(digits)) return undefined;
  const value = Number(digits);
  return value >= least && value <= most ? value : undefined;
}
