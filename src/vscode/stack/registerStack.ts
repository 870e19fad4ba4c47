import * as vscode from 'vscode';
import type { Parts } from '../parts.ts';
import { Doctor } from './doctor.ts';
import { LogTerminals } from './logTerminals.ts';
import { openServiceUi } from './openServiceUi.ts';
import { openShell } from './openShell.ts';
import { removeStackData, restartService, startService, stopService } from './serviceCommands.ts';
import { showMenu } from './showMenu.ts';
import { Simulator } from './simulator.ts';
import { StackTree } from './stackTree.ts';
import { startStack, stopStack } from './startStack.ts';
import { StatusBar } from './statusBar.ts';

/** The Stack view, its commands, the status bar item and the simulator. */
export function registerStack(parts: Parts): vscode.Disposable {
  const { commands, stack, workbench } = parts;
  const simulator = new Simulator(parts);
  const tree = new StackTree(workbench, stack);
  const logs = new LogTerminals(parts);
  const doctor = new Doctor(parts);
  // Gives true once the stack is up, for those who need it.
  commands.add('startStack', () => startStack(parts));
  commands.add('stopStack', () => stopStack(parts));
  commands.add('removeStackData', () => removeStackData(parts));
  commands.add('startService', (row) => startService(parts, row));
  commands.add('stopService', (row) => stopService(parts, row));
  commands.add('restartService', (row) => restartService(parts, row));
  commands.add('showLogs', (row) => logs.show(row));
  commands.add('openShell', (row) => openShell(parts, row));
  commands.add('openServiceUi', (row) => openServiceUi(parts, row));
  commands.add('doctor', () => doctor.run());
  commands.add('refreshStack', () => stack.watchAnew());
  commands.add('showMenu', () => showMenu(parts, simulator));
  commands.add('startSimulator', () => simulator.start());
  commands.add('stopSimulator', () => simulator.stop());
  commands.add('simulateOrders', (orders) => simulator.simulateOrders(orders));
  const describe = (): void => {
    const engine = workbench.isRemote ? workbench.name : (stack.engineName ?? '');
    const rate = simulator.isRunning ? vscode.l10n.t('simulator {0}/s', simulator.rate) : '';
    tree.description = [engine, rate].filter((part) => part !== '').join(' · ');
  };
  describe();
  return vscode.Disposable.from(
    new StatusBar(parts, simulator),
    stack.onDidChange(describe),
    simulator.onDidChange(describe),
    simulator,
    tree,
    logs,
    doctor,
  );
}
