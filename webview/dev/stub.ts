/** What VS Code is to a page, without VS Code: its messages, its state and its themes. */
import { applyTheme, themeNames, type DevTheme } from './themes.ts';

/** The part of a case in the address: `hostile` of `/chart/hostile`. */
export const caseName = location.pathname.split('/')[2] ?? '';

const stateKey = `state of ${location.pathname}`;

/** What tests and designers may use in the console. */
declare global {
  var dev: {
    /** What the page said, oldest first. */
    said: unknown[];
    /** Says something to the page, as the extension would. */
    tell: (message: unknown) => void;
    /** Says something to the host, as the page would. */
    hear: (message: unknown) => void;
    setTheme: (theme: DevTheme) => void;
  };
}

/** Sends a message to the page: copied, as between two processes. */
export function tell(message: unknown): void {
  window.postMessage(message);
}

/** Gives the page its `acquireVsCodeApi`; `hear` gets what it says. The theme is the address's `?theme=`. */
export function startStub(hear: (message: unknown) => void): void {
  const asked = new URLSearchParams(location.search).get('theme');
  applyTheme(themeNames.find((name) => name === asked) ?? 'dark');
  globalThis.dev = { said: [], tell, hear, setTheme: applyTheme };
  const api = {
    postMessage(message: unknown) {
      dev.said.push(message);
      // Not before the page goes on, as in the editor.
      setTimeout(() => hear(structuredClone(message)));
    },
    getState: () => JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as unknown,
    setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
  };
  Object.assign(globalThis, { acquireVsCodeApi: () => api });
}
