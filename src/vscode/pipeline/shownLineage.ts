import * as vscode from 'vscode';
import { formatCount, formatDuration, plainText } from '../../base/format.ts';
import { freshnessOf, type Freshness } from '../../pipeline/freshness.ts';
import type { Lineage, LineageNode } from '../../pipeline/lineage.ts';
import { timeAgo } from '../ui/timeAgo.ts';
import type { ShownNode } from './lineageProtocol.ts';
import { resultText } from './pipelineLenses.ts';
import type { PipelineCourse, StepResult } from './pipelineRuns.ts';

/** What the lake says of a table; undefined: it is not there. A table that is not in the map could not be read. */
export type LineageFacts = ReadonlyMap<
  string,
  { rows: number | undefined; lastChange: Date; version: number | undefined } | undefined
>;

export interface ShownOptions {
  now: Date;
  freshForMs: number;
  language: string;
}

/** The nodes of a lineage with all that is known of them, in words. */
export function shownNodes(
  lineage: Lineage,
  facts: LineageFacts,
  { steps }: PipelineCourse,
  options: ShownOptions,
): ShownNode[] {
  return lineage.nodes.map((node) => {
    const inputs = lineage.edges.filter(({ to }) => to === node.id).map(({ from }) => nodeOf(lineage, from));
    const result = node.step === undefined ? undefined : steps.get(node.step);
    const freshness =
      node.kind === 'table' ? tableFreshness(node, inputs, facts, result, options) : 'unknown';
    return shown(node, inputs, facts, result, freshness, options);
  });
}

function tableFreshness(
  node: LineageNode,
  inputs: readonly LineageNode[],
  facts: LineageFacts,
  result: StepResult | undefined,
  { now, freshForMs }: ShownOptions,
): Freshness {
  if (!facts.has(node.label)) return 'unknown';
  const refreshedAt =
    result?.state === 'FINISHED' && result.startedAt !== undefined ? new Date(result.startedAt) : undefined;
  return freshnessOf(
    {
      lastChange: facts.get(node.label)?.lastChange,
      refreshedAt,
      inputs: inputs.flatMap(({ kind, label }) =>
        kind === 'table' ? (facts.get(label)?.lastChange ?? []) : [],
      ),
    },
    now.getTime(),
    freshForMs,
  );
}

function shown(
  node: LineageNode,
  inputs: readonly LineageNode[],
  facts: LineageFacts,
  result: StepResult | undefined,
  freshness: Freshness,
  { now, language }: ShownOptions,
): ShownNode {
  const slash = node.kind === 'table' ? node.label.indexOf('/') : -1;
  const fact = facts.get(node.label);
  const age = fact && timeAgo(fact.lastChange, now, language);
  const rows = fact?.rows === undefined ? undefined : vscode.l10n.t('{0} rows', formatCount(fact.rows));
  const factWords = [rows, age].filter((word) => word !== undefined).join(' · ');
  const step = node.step === undefined ? '' : plainText(node.step);
  const how = result && resultText(result);
  const label = plainText(node.label);
  const sentence = [
    `${kindWord(node)} ${label}`,
    factWords,
    freshnessText(freshness),
    fact?.version === undefined ? '' : vscode.l10n.t('version {0}', fact.version),
    step === ''
      ? ''
      : how === undefined
        ? vscode.l10n.t('written by {0}', step)
        : vscode.l10n.t('written by {0}: {1}', step, how),
    inputs.length === 0
      ? ''
      : vscode.l10n.t('made from {0}', inputs.map((input) => plainText(input.label)).join(', ')),
  ];
  return {
    id: node.id,
    kind: node.kind,
    label: slash < 0 ? label : label.slice(slash + 1),
    group: node.kind === 'table' ? (slash < 0 ? '' : label.slice(0, slash)) : kindWord(node),
    column: node.column,
    facts: factWords,
    note: freshnessText(freshness),
    step: [step, shortly(result)].filter((word) => word !== '').join(' · '),
    state: stateOf(result),
    freshness,
    sentence: sentence.filter((word) => word !== '').join('; '),
  };
}

/** The rows are told by the table. */
function shortly(result: StepResult | undefined): string {
  if (!result) return '';
  if (result.state !== 'FINISHED') return resultText(result);
  return result.durationMs === undefined ? '' : formatDuration(result.durationMs);
}

function nodeOf({ nodes }: Lineage, id: string): LineageNode {
  return nodes.find((node) => node.id === id)!;
}

function kindWord({ kind }: LineageNode): string {
  if (kind === 'source') return vscode.l10n.t('Source');
  return kind === 'chart' ? vscode.l10n.t('Chart') : vscode.l10n.t('Table');
}

function freshnessText(freshness: Freshness): string {
  switch (freshness) {
    case 'absent':
      return vscode.l10n.t('not there yet');
    case 'behind':
      return vscode.l10n.t('behind');
    case 'stale':
      return vscode.l10n.t('stale');
    default:
      return '';
  }
}

function stateOf(result: StepResult | undefined): ShownNode['state'] {
  switch (result?.state) {
    case undefined:
    case 'SKIPPED':
      return 'none';
    case 'FINISHED':
      return 'finished';
    case 'FAILED':
      return 'failed';
    case 'RUNNING':
      return 'running';
    case 'PENDING':
      return 'waiting';
    case 'KILLED':
      return 'stopped';
  }
}
