import type * as vscode from 'vscode';
import { readSetting } from '../connection/settings.ts';

/**
 * The Spark properties of the session: what jobs have, but memory and cores of its own, so that the two run side by side.
 * What is not set is left to the defaults of the session.
 */
export function sessionProperties(scope: vscode.ConfigurationScope | undefined): Record<string, string> {
  const cores = readSetting('session.cores', scope);
  const sized = {
    'spark.executor.memory': readSetting('jobs.executorMemory', scope),
    'spark.driver.memory': readSetting('session.driverMemory', scope),
    'spark.cores.max': cores === 0 ? '' : String(cores),
  };
  const set = Object.entries(sized).filter(([, value]) => value !== '');
  return { ...readSetting('jobs.properties', scope), ...Object.fromEntries(set) };
}
