import type { TableRequest } from '../src/vscode/lake/tableProtocol.ts';

const vscode = acquireVsCodeApi();

// What is shown is kept by the editor, so that a reload of the window finds it again.
const shown = document.getElementById('view')?.dataset.view;
if (shown !== undefined) vscode.setState(JSON.parse(shown));

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button[data-request]') : null;
  if (!(button instanceof HTMLButtonElement)) return;
  const request = JSON.parse(button.dataset.request ?? '') as TableRequest;
  button.disabled = true;
  vscode.postMessage(request);
});
