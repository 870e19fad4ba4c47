// So that the window shows the same chart after a reload. A page that says why there is no chart leaves that as it was.
const { chart } = document.querySelector<HTMLElement>('main')?.dataset ?? {};
if (chart !== undefined) acquireVsCodeApi().setState({ chart });
