/** Imports are near the top; a larger file is not read to its end for a line above it. */
const maxLines = 300;
const importLine = /^\s*(?:from|import)\s+(?:pyspark|delta|medallion)\b/;

/** Whether a Python source is for Spark: it imports pyspark, delta or our library, or names SparkSession. */
export function usesSpark(source: string): boolean {
  const lines = source.split('\n', maxLines);
  return lines.some((line) => importLine.test(line) || /\bSparkSession\b/.test(line.replace(/#.*/, '')));
}
