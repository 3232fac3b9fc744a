/**
 * One pod's worker: looks at what runs, plans, sets off the steps, tells the status, and sleeps until something wakes it: a
 * change in the API, the runtime, a probe, a step that is done, or the time that the plan named. Turns never overlap; steps run
 * beside each other and never block a turn, so a slow pull does not keep a pod from being stopped.
 */
import type { Pod, PodStatus } from '@mkube/api';
import { tellBackOff } from './crash-events.ts';
import { type PodDeps, type PodState, newPodState } from './deps.ts';
import type { UnderWay } from './draft.ts';
import { execute } from './execute.ts';
import { observePod } from './observe.ts';
import { type Plan, planPod } from './plan.ts';
import { refreshVolumesOf } from './refresh.ts';
import { StartError } from './start-error.ts';
import { podStatusOf } from './status.ts';
import { type Amounts, requestsOf } from './admit.ts';
import { asksForMore } from './echo.ts';
import { holdKeyOf, keyOf, type Step } from './steps.ts';
import { isStatic } from './static-pods.ts';
import { allocationOf, describeResize, isBeingResized, type PendingResize, withAllocation } from './resize.ts';
import { deadlineOf, hasEnded, type Stop, stopOf } from './stop.ts';
import { describePod, isTerminal } from './spec.ts';

const FIRST_HOLD_MS = 1000;
const LONGEST_HOLD_MS = 10_000;

const START_ACTIONS: ReadonlySet<Step['action']> = new Set(['createSandbox', 'startContainer']);

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One look at the pod. */
interface Turn {
  now: Date;
  stop: Stop | undefined;
  /** The API is about to forget the pod. */
  parting: boolean;
}

interface Busy extends UnderWay {
  abort: AbortController;
}

export class PodWorker {
  readonly #deps: PodDeps;
  readonly #onDone: () => void;
  readonly #state: PodState;
  readonly #busy = new Map<string, Busy>();
  /** `until`: by the monotonic clock. */
  readonly #held = new Map<string, { until: number; tries: number }>();
  #isTurning = false;
  #isWoken = false;
  #isClosed = false;
  #cancelTimer: () => void = () => undefined;
  #refreshedAt: number;
  /** This kubelet has seen the pod before any of it ran. */
  #isStarting: boolean;

  constructor(deps: PodDeps, pod: Pod, onDone: () => void) {
    this.#deps = deps;
    this.#onDone = onDone;
    this.#state = newPodState(pod, deps.clock.now());
    this.#refreshedAt = deps.clock.monotonic();
    this.#isStarting = pod.status.startTime === undefined;
  }

  /** Looks again though nothing woke it: whatever was missed is seen then. */
  get #resyncMs(): number {
    return this.#deps.settings.syncPeriodSeconds * 1000;
  }

  /** What the pod's containers ask of the node. */
  get requests(): Amounts {
    return requestsOf(this.#state.pod);
  }

  get pod(): Pod {
    return this.#state.pod;
  }

  /** Sandboxes of the pod as last seen: events of the runtime name them. */
  owns(sandboxId: string): boolean {
    return this.#state.observed.sandboxes.some(({ id }) => id === sandboxId);
  }

  get isBusyStarting(): boolean {
    return [...this.#busy.values()].some(({ action }) => START_ACTIONS.has(action));
  }

  get state(): Readonly<PodState> {
    return this.#state;
  }

  update(pod: Pod): void {
    const before = this.#state.desired;
    if (pod !== before && Number(pod.metadata.resourceVersion) < Number(before.metadata.resourceVersion)) return;
    this.#state.desired = pod;
    this.#state.pod = withAllocation(pod, this.#state.allocation);
    if (!this.asksForOthers) this.#state.pendingResize = undefined;
    if (pod.metadata.deletionTimestamp) this.#state.deletedAt ??= this.#deps.clock.now();
    if (pod === before || asksForMore(pod, before)) this.wake();
  }

  /** It wants other amounts than it was given. */
  get asksForOthers(): boolean {
    return this.#state.pod !== this.#state.desired;
  }

  /** The node gives the pod what it asks. */
  resize(): void {
    const { desired } = this.#state;
    const { generation } = desired.metadata;
    this.#state.allocation = allocationOf(desired);
    this.#state.pod = desired;
    this.#state.pendingResize = undefined;
    this.#state.resizing = { generation };
    this.#deps.events.ofPod(desired, 'Normal', 'ResizeStarted', describeResize('started', desired, { generation }));
    this.wake();
  }

  /** The node does not, now or ever. */
  refuseResize({ reason, message }: Pick<PendingResize, 'reason' | 'message'>): void {
    const { desired, pendingResize: before } = this.#state;
    const { generation } = desired.metadata;
    if (before?.reason === reason && before.message === message && before.generation === generation) return;
    this.#state.pendingResize = { reason, message, generation };
    if (before?.reason !== reason || before.generation !== generation) {
      const what = describeResize(reason, desired, { generation, error: message });
      this.#deps.events.ofPod(desired, 'Warning', `Resize${reason}`, what);
    }
    this.wake();
  }

  /** Of a static pod: what the API has of it. */
  reflect(mirror: Pod | undefined): void {
    const before = this.#state.mirror;
    this.#state.mirror = mirror;
    if (mirror) this.#state.pod = this.#state.desired = { ...this.#state.pod, status: mirror.status };
    if (mirror?.metadata.uid !== before?.metadata.uid) this.wake();
  }

  /** The API has no such pod any more. */
  forget(): void {
    this.#state.forgottenAt ??= this.#deps.clock.now();
    this.wake();
  }

  /** The node's own decision that this pod has to go. */
  condemn(verdict: NonNullable<PodState['verdict']>): void {
    this.#state.verdict ??= verdict;
    this.wake();
  }

  wake(): void {
    this.#isWoken = true;
    if (this.#isTurning || this.#isClosed) return;
    this.#isTurning = true;
    void this.#turn();
  }

  /** The kubelet ends: containers go on. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    for (const { abort } of this.#busy.values()) abort.abort(new Error('the kubelet is ending'));
  }

  async #turn(): Promise<void> {
    const { log } = this.#deps;
    while (this.#isWoken && !this.#isClosed) {
      await settled(); // what happened at once (a container began, so its step is done) is one reason to look
      this.#isWoken = false;
      this.#cancelTimer();
      try {
        await this.#look();
      } catch (err) {
        log.warn({ err, pod: describePod(this.#state.pod) }, 'cannot look after a pod: trying again');
        this.#wakeIn(FIRST_HOLD_MS);
      }
    }
    this.#isTurning = false;
  }

  async #look(): Promise<void> {
    const { runtime, paths, clock, probes } = this.#deps;
    const state = this.#state;
    // what a step changed while we looked was seen before or after: its object stays busy until the next look
    const busy = new Map(this.#busy);
    state.observed = await observePod(runtime, paths, state);
    this.#checkResize();
    const now = clock.now();
    const deadline = this.#checkDeadline(now);
    const stop = stopOf({ ...state, now });
    if (stop) this.#callOffStarts();
    if (stop) probes.halt(state.pod.metadata.uid, state.observed);
    else probes.sync(state.pod, state.observed, () => this.wake());
    const plan = this.#plan({ now, stop, busy });
    // the last word goes before the API is asked to forget the pod
    const parting = state.deletionSent || plan.steps.some(({ action }) => action === 'deletePod');
    if (stop) this.#tell({ now, stop, parting });
    for (const step of plan.steps) this.#launch(step);
    if (!stop) this.#tell({ now, stop, parting });
    if (!stop) this.#refresh();
    const next = [plan.lookAgainAt, deadline].filter((at) => at !== undefined && at > now) as Date[];
    this.#wakeIn(
      Math.min(this.#resyncMs * (0.8 + 0.4 * this.#deps.random()), ...next.map((at) => at.getTime() - now.getTime())),
    );
  }

  #tell(turn: Turn): void {
    const state = this.#state;
    const { now } = turn;
    const status = this.#status(turn);
    const shown = isStatic(state.pod) ? state.mirror : state.pod;
    tellBackOff(this.#deps, state, [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]);
    if (state.forgottenAt || !shown) return;
    if (this.#isStarting && status.phase !== 'Pending') {
      this.#isStarting = false;
      this.#deps.metrics.podStarted((now.getTime() - state.seenAt.getTime()) / 1000);
    }
    state.told = status.phase;
    this.#deps.statuses.set(shown, status);
  }

  #plan({ now, stop, busy }: { now: Date; stop: Stop | undefined; busy: ReadonlyMap<string, UnderWay> }): Plan {
    const { probes } = this.#deps;
    const { pod, observed, released, deletionSent, starting, faults } = this.#state;
    return planPod({
      pod,
      observed,
      now,
      ...(stop && { stop }),
      busy,
      held: new Map([...this.#held].map(([key, { until }]) => [key, this.#dateAt(until)])),
      health: {
        isStarted: (id) => !starting.has(id) && probes.isStarted(id),
        faultOf: (id) => faults.get(id) ?? probes.faultOf(id),
      },
      released,
      deletionSent,
    });
  }

  #status({ now, stop, parting }: Turn): PodStatus {
    const { probes, runtime, runtimeName, settings } = this.#deps;
    const state = this.#state;
    return podStatusOf({
      pod: state.pod,
      observed: state.observed,
      now,
      runtimeName,
      recursiveReadOnly: runtime.supports.recursiveReadOnly ?? false,
      failures: state.failures,
      health: {
        isStarted: (id) => !state.starting.has(id) && probes.isStarted(id),
        isReady: (id) => probes.isReady(id),
      },
      terminationMessageOf: ({ id }) => state.messages.get(id),
      stopping: stop !== undefined,
      hostIP: settings.nodeIP,
      startTime: state.seenAt,
      ...(state.verdict && { verdict: state.verdict }),
      ended: stop !== undefined && (stop.reason !== 'deleted' || hasEnded(state.pod, state.observed)),
      parting,
      told: state.told,
      pendingResize: state.pendingResize,
      resizing: state.resizing,
    });
  }

  #checkResize(): void {
    const state = this.#state;
    const { generation } = state.pod.metadata;
    if (isBeingResized(state.pod, state.observed)) state.resizing ??= { generation };
    else if (state.resizing) {
      const what = describeResize('completed', state.pod, { generation: state.resizing.generation });
      state.resizing = undefined;
      this.#deps.events.ofPod(state.pod, 'Normal', 'ResizeCompleted', what);
    }
  }

  /** The moment of the deadline, while it is to come. */
  #checkDeadline(now: Date): Date | undefined {
    const { pod, seenAt, verdict } = this.#state;
    const started = pod.status.startTime ? new Date(pod.status.startTime) : seenAt;
    const deadline = deadlineOf(pod, started);
    if (!deadline || verdict || isTerminal(pod)) return undefined;
    if (deadline > now) return deadline;
    const status = {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
    this.#deps.events.ofPod(pod, 'Normal', status.reason, status.message);
    const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
    this.#state.verdict = { reason: 'deadline', since: now, graceSeconds, status };
    return undefined;
  }

  #callOffStarts(): void {
    for (const { action, abort } of this.#busy.values()) {
      if (START_ACTIONS.has(action)) abort.abort(new Error('the pod has to end'));
    }
  }

  #launch(step: Step): void {
    const key = keyOf(step);
    const abort = new AbortController();
    const until =
      step.action === 'killContainer'
        ? new Date(this.#deps.clock.now().getTime() + step.graceSeconds * 1000)
        : undefined;
    const busy: Busy = { action: step.action, abort, ...(until && { until }) };
    this.#busy.set(key, busy);
    void execute(step, { deps: this.#deps, state: this.#state, signal: abort.signal })
      .then(
        () => void this.#held.delete(holdKeyOf(step)),
        (error: unknown) => abort.signal.aborted || this.#hold(step, error),
      )
      .then(() => {
        if (this.#busy.get(key) === busy) this.#busy.delete(key);
        if (step.action === 'cleanUp' && !this.#held.has(holdKeyOf(step))) this.#finish();
        else this.wake();
      });
  }

  #hold(step: Step, error: unknown): void {
    const { log, clock } = this.#deps;
    const key = holdKeyOf(step);
    const tries = (this.#held.get(key)?.tries ?? 0) + 1;
    const wait = Math.min(FIRST_HOLD_MS * 2 ** (tries - 1), LONGEST_HOLD_MS);
    const known = error instanceof StartError ? error : undefined;
    const waitMs = known?.retryAt ? known.retryAt.getTime() - clock.now().getTime() : wait;
    this.#held.set(key, { until: clock.monotonic() + waitMs, tries });
    if (known && step.action === 'startContainer') {
      const { reason, message } = known;
      const shown = reason === 'FailedMount' ? { reason: 'ContainerCreating', message: '' } : { reason, message };
      this.#state.failures.set(step.container.spec.name, shown);
    }
    const details = { pod: describePod(this.#state.pod), step: step.action };
    if (known) log.info({ ...details, why: known.message }, known.reason);
    else log.warn({ ...details, err: error }, 'a step failed: trying again');
  }

  #dateAt(monotonic: number): Date {
    const { clock } = this.#deps;
    return new Date(clock.now().getTime() + monotonic - clock.monotonic());
  }

  #refresh(): void {
    const now = this.#deps.clock.monotonic();
    if (now - this.#refreshedAt < this.#resyncMs * 0.7) return;
    this.#refreshedAt = now;
    void refreshVolumesOf(this.#deps, this.#state);
  }

  #finish(): void {
    this.close();
    this.#onDone();
  }

  #wakeIn(ms: number): void {
    this.#cancelTimer();
    if (this.#isClosed) return;
    this.#cancelTimer = this.#deps.clock.after(ms, () => this.wake());
  }
}
