import { describeError } from '../../base/errors.ts';
import { variablesOf, type VariableUse } from './interpolation.ts';
import { readComposeFile } from './modelReader.ts';
import { faultAt, isMapping, placeOf, type Place, type Value } from './tree.ts';

/**
 * The variables that one Compose file names, in order, before any of them has a value; one name may come several times.
 * Files that it includes are not looked at. Throws `not-found`, or `invalid` with file, line and column.
 */
export async function variablesIn(path: string): Promise<VariableUse[]> {
  const { documents } = await readComposeFile(path);
  const uses: VariableUse[] = [];
  const walk = (value: Value, place: Place | undefined): void => {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, placeOf(value, index));
    else if (isMapping(value))
      for (const [key, item] of Object.entries(value)) walk(item, placeOf(value, key));
    else if (typeof value === 'string') {
      try {
        uses.push(...variablesOf(value));
      } catch (error) {
        throw faultAt(place, describeError(error));
      }
    }
  };
  for (const { value } of documents) walk(value, undefined);
  return uses;
}
