import type * as vscode from 'vscode';
import { readSetting } from '../connection/settings.ts';

/** The settings `medallion.jobs.*` as Spark properties; what is not set is left to the defaults of jobs. */
export function jobProperties(scope: vscode.ConfigurationScope | undefined): Record<string, string> {
  const sized = {
    'spark.driver.memory': readSetting('jobs.driverMemory', scope),
    'spark.executor.memory': readSetting('jobs.executorMemory', scope),
    'spark.executor.cores': count(readSetting('jobs.executorCores', scope)),
    'spark.cores.max': count(readSetting('jobs.maxCores', scope)),
  };
  const set = Object.entries(sized).filter(([, value]) => value !== '');
  return { ...Object.fromEntries(set), ...readSetting('jobs.properties', scope) };
}

function count(cores: number): string {
  return cores === 0 ? '' : String(cores);
}
