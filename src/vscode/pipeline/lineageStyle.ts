/** In VS Code's colours: a state is told by a sign and words as well. */
export const lineageStyle = `
body { padding: 0 8px 8px; background: var(--vscode-panel-background); }
main { overflow: auto; }
#message:empty { display: none; }
#message { margin: 8px 0 0; color: var(--vscode-descriptionForeground); }
svg { display: block; margin-top: 4px; }
.column { fill: var(--vscode-descriptionForeground); font-size: 11px; text-transform: uppercase; letter-spacing: 0.04em; }
.edge { fill: none; stroke: var(--vscode-descriptionForeground); stroke-width: 1; opacity: 0.6; }
.edge.near { stroke: var(--vscode-focusBorder); stroke-width: 1.5; opacity: 1; }
.arrow { fill: var(--vscode-descriptionForeground); }
.button { cursor: pointer; outline: none; fill: transparent; }
.node .box { fill: var(--vscode-editorWidget-background); stroke: var(--vscode-widget-border, var(--vscode-panel-border, var(--vscode-contrastBorder))); stroke-width: 1; }
.node.source .box, .node.chart .box { fill: transparent; stroke-dasharray: none; }
.node.absent .box { stroke-dasharray: 4 3; }
.node.behind .box, .node.stale .box { stroke: var(--vscode-editorWarning-foreground); }
.node:hover .box { fill: var(--vscode-list-hoverBackground); stroke: var(--vscode-contrastActiveBorder, var(--vscode-focusBorder)); }
.node:focus-within .box { stroke: var(--vscode-focusBorder); stroke-width: 2; }
.label { fill: var(--vscode-foreground); font-weight: 600; }
.facts, .step { fill: var(--vscode-descriptionForeground); font-size: 0.9em; }
.note { font-size: 11px; fill: var(--vscode-descriptionForeground); }
.behind .note, .stale .note { fill: var(--vscode-editorWarning-foreground); }
.sign { font-weight: 600; fill: var(--vscode-descriptionForeground); }
.finished .sign { fill: var(--vscode-testing-iconPassed, var(--vscode-foreground)); }
.failed .sign, .failed .step { fill: var(--vscode-errorForeground); }
.running .sign { fill: var(--vscode-progressBar-background, var(--vscode-foreground)); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.vscode-high-contrast .facts, .vscode-high-contrast .note, .vscode-high-contrast .step, .vscode-high-contrast .column { fill: var(--vscode-foreground); }
.vscode-high-contrast .edge { stroke: var(--vscode-foreground); opacity: 1; }
.vscode-high-contrast .arrow { fill: var(--vscode-foreground); }
@media (prefers-reduced-motion: no-preference) {
  .running .sign { animation: turn 1.5s ease-in-out infinite alternate; }
}
@keyframes turn { from { opacity: 0.3; } to { opacity: 1; } }
`;
