import { describeError } from '../../base/errors.ts';
import { interpolate, variablesOf, type Lookup, type VariableUse } from './interpolation.ts';
import { PathRules, faultAt, isMapping, mapEntries, mapItems } from './tree.ts';
import type { Place, TreePath, Value } from './tree.ts';

type Cast = (text: string) => number | boolean | undefined;

const whole: Cast = (text) => (/^[-+]?\d+$/.test(text) ? Number(text) : undefined);
const decimal: Cast = (text) => (text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text));
const flag: Cast = (text) => {
  if (/^(true|y|yes|on)$/i.test(text)) return true;
  return /^(false|n|no|off)$/i.test(text) ? false : undefined;
};

/** What texts become where Compose wants a number or a flag: a variable can only give a text. */
const casts = new PathRules<{ cast: Cast; wanted: string }>(
  Object.fromEntries([
    ...[
      'cpu_count cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares oom_score_adj pids_limit scale',
      'deploy.replicas deploy.update_config.parallelism deploy.rollback_config.parallelism',
      'deploy.restart_policy.max_attempts deploy.placement.max_replicas_per_node healthcheck.retries',
      'ports.[].target ulimits.* ulimits.*.hard ulimits.*.soft',
    ].flatMap((keys) => castsOf('services.*', keys, whole, 'a whole number')),
    ...[
      'cpu_percent cpus deploy.update_config.max_failure_ratio deploy.rollback_config.max_failure_ratio',
    ].flatMap((keys) => castsOf('services.*', keys, decimal, 'a number')),
    ...[
      'init healthcheck.disable oom_kill_disable privileged read_only stdin_open tty',
      'volumes.[].read_only volumes.[].volume.nocopy',
    ].flatMap((keys) => castsOf('services.*', keys, flag, 'true or false')),
    ...castsOf('networks.*', 'external internal attachable enable_ipv4 enable_ipv6', flag, 'true or false'),
    ...['volumes.*', 'secrets.*', 'configs.*'].flatMap((place) =>
      castsOf(place, 'external', flag, 'true or false'),
    ),
  ]),
);

function castsOf(place: string, keys: string, cast: Cast, wanted: string) {
  return keys.split(' ').map((key) => [`${place}.${key}`, { cast, wanted }] as const);
}

/**
 * Replaces the variables in all values (not in keys), and notes them in `uses`, in order. Throws `invalid` with file,
 * line and column.
 */
export function interpolateTree(root: Value, lookup: Lookup, uses: VariableUse[]): Value {
  const walk = (value: Value, path: TreePath, place: Place | undefined): Value => {
    if (isMapping(value)) return mapEntries(value, (entry, key, at) => walk(entry, [...path, key], at));
    if (Array.isArray(value)) return mapItems(value, (item, at) => walk(item, [...path, '[]'], at));
    if (typeof value !== 'string') return value;
    let text = value;
    if (value.includes('$')) {
      try {
        uses.push(...variablesOf(value));
        text = interpolate(value, lookup);
      } catch (error) {
        throw faultAt(place, describeError(error));
      }
    }
    const rule = casts.find(path);
    if (!rule) return text;
    const cast = rule.cast(text);
    if (cast === undefined) throw faultAt(place, `${path.at(-1)}: expected ${rule.wanted}, found "${text}".`);
    return cast;
  };
  return walk(root, [], undefined);
}
