import * as vscode from 'vscode';
import { formatCount, plainText } from '../../base/format.ts';
import { faultItem } from '../ui/faultItem.ts';
import { columnsOf, contextOf, describeVariable, type Variable } from './variables.ts';

/** A row of the Session view. Commands of menus get it: `name` says which variable is meant. */
export type SessionRow =
  | { type: 'variable'; name: string; variable: Variable }
  | { type: 'column'; column: { id: string; name: string; type: string } }
  | { type: 'more'; count: number }
  | { type: 'fault'; error: unknown };

/** Columns that a tooltip names; the row's children are all of them. */
const maxTooltipColumns = 30;

export function sessionItem(row: SessionRow): vscode.TreeItem {
  switch (row.type) {
    case 'variable':
      return variableItem(row.variable);
    case 'column': {
      const item = new vscode.TreeItem(plainText(row.column.name));
      item.id = row.column.id;
      item.description = plainText(row.column.type);
      item.iconPath = new vscode.ThemeIcon('symbol-field');
      item.contextValue = ';column;';
      return item;
    }
    case 'more': {
      const item = new vscode.TreeItem(vscode.l10n.t('{0} more', formatCount(row.count)));
      item.iconPath = new vscode.ThemeIcon('ellipsis');
      return item;
    }
    case 'fault':
      return faultItem(row.error, 'medallion.session.refreshVariables');
  }
}

/** Text of the kernel's is never Markdown. */
export function variableTooltip(variable: Variable): vscode.MarkdownString {
  const { name, preview, columns } = variable;
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown('**').appendText(name).appendMarkdown('** ');
  tooltip.appendText(describeVariable(variable)).appendMarkdown('  \n');
  if (preview !== '') tooltip.appendCodeblock(plainLines(preview), 'text');
  for (const column of columns?.slice(0, maxTooltipColumns) ?? [])
    tooltip.appendMarkdown('- ').appendText(`${column.name}: ${column.type}`).appendMarkdown('\n');
  const more = (columns?.length ?? 0) - maxTooltipColumns;
  if (more > 0) tooltip.appendMarkdown('- ').appendText(vscode.l10n.t('{0} more', formatCount(more)));
  return tooltip;
}

function variableItem(variable: Variable): vscode.TreeItem {
  const { name } = variable;
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const hasColumns = columnsOf(variable).length > 0;
  const item = new vscode.TreeItem(plainText(name), hasColumns ? Collapsed : None);
  item.id = name;
  item.description = describeVariable(variable);
  item.iconPath = new vscode.ThemeIcon(iconOf(variable));
  item.contextValue = contextOf(variable);
  item.accessibilityInformation = { label: `${plainText(name)}, ${item.description}` };
  return item;
}

function iconOf({ kind }: Variable): string {
  switch (kind) {
    case 'frame':
    case 'pandas':
      return 'table';
    case 'value':
      return 'symbol-variable';
    case 'function':
      return 'symbol-function';
    case 'module':
      return 'symbol-namespace';
  }
}

function plainLines(text: string): string {
  return text.split('\n').map(plainText).join('\n');
}
