/**
 * The way down: containers get their grace together, sidecars after them in reverse order, then the sandbox ends, and then
 * the API, the volumes or the whole pod, as the reason asks.
 */
import type { ContainerStatus } from '@mkube/runtime';
import type { Draft } from './draft.ts';
import { isAlive } from './observed.ts';
import type { PlanInput } from './plan-input.ts';
import { initContainersOf } from './spec.ts';
import type { Stop } from './stop.ts';

export function planStop(input: PlanInput, stop: Stop, draft: Draft): void {
  const { observed, busy } = input;
  const alive = observed.containers.filter(isAlive);
  if (alive.length > 0) return planKills(input, stop, draft, alive);
  // a start that is under way is being called off: wait for what becomes of it
  if ([...busy.values()].some(({ action }) => action === 'startContainer' || action === 'createSandbox')) return;
  const ready = observed.sandboxes.find(({ state }) => state === 'ready');
  if (ready) return draft.offer({ action: 'stopSandbox', id: ready.id });
  if (busy.has('sandbox')) return;
  planFarewell(input, stop, draft);
}

function planKills(input: PlanInput, stop: Stop, draft: Draft, alive: readonly ContainerStatus[]): void {
  const sidecars = initContainersOf(input.pod)
    .filter(({ kind }) => kind === 'sidecar')
    .map(({ spec }) => spec.name);
  const others = alive.filter(({ name }) => !sidecars.includes(name));
  const turn = others.length > 0 ? others : lastSidecar(sidecars, alive);
  const passed = (input.now.getTime() - stop.since.getTime()) / 1000;
  const graceSeconds = Math.max(0, Math.ceil(stop.graceSeconds - passed));
  for (const { id, name } of turn) {
    draft.offer({ action: 'killContainer', id, name, message: `Stopping container ${name}`, graceSeconds });
  }
}

function lastSidecar(order: readonly string[], alive: readonly ContainerStatus[]): ContainerStatus[] {
  const last = alive.toSorted((a, b) => order.indexOf(b.name) - order.indexOf(a.name))[0];
  return last ? alive.filter(({ name }) => name === last.name) : [];
}

function planFarewell({ released, deletionSent }: PlanInput, { reason }: Stop, draft: Draft): void {
  switch (reason) {
    case 'forgotten':
      return draft.offer({ action: 'cleanUp' });
    case 'deleted':
      if (!deletionSent) draft.offer({ action: 'deletePod' });
      return;
    case 'ended':
    case 'deadline':
    case 'evicted':
    case 'shutdown':
      if (!released) draft.offer({ action: 'releasePod' });
  }
}
