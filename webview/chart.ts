// So that the window shows the same chart after a reload.
const { chart } = document.querySelector<HTMLElement>('main')?.dataset ?? {};
acquireVsCodeApi().setState({ chart });
