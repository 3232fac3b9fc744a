/**
 * Progress of long work: on a terminal a line per step that is redrawn as it goes, in a pipe a plain line per finished step.
 * Everything goes to stderr, so that stdout stays what was asked for.
 */
import type { ProgressEvent } from '@mkube/cluster';
import { Chalk } from 'chalk';
import type { Io } from './io.ts';

export interface ProgressPrinter {
  print(event: ProgressEvent): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

interface Step {
  text: string;
  state: ProgressEvent['state'];
  elapsedMs: number | undefined;
}

export function createProgressPrinter(io: Io): ProgressPrinter {
  const chalk = new Chalk({ level: io.isTerminal && !io.env['NO_COLOR'] ? 1 : 0 });
  const steps = new Map<string, Step>();
  let drawn = 0;
  const lineOf = ({ text, state, elapsedMs }: Step): string => {
    const time = elapsedMs === undefined ? '' : chalk.dim(` ${formatMillis(elapsedMs)}`);
    if (state === 'done') return `${chalk.green('✓')} ${text}${time}`;
    if (state === 'failed') return `${chalk.red('✗')} ${text}${time}`;
    return `${chalk.yellow('…')} ${text}`;
  };
  const draw = (): void => {
    io.err(
      `${drawn > 0 ? `\u001b[${drawn}A` : ''}${[...steps.values()].map((s) => `\u001b[2K${lineOf(s)}\n`).join('')}`,
    );
    drawn = steps.size;
  };
  return {
    print(event) {
      if (event.state === 'note') {
        if (io.isTerminal && drawn > 0) io.err(`\u001b[${drawn}A\u001b[J`);
        io.err(`${event.text}\n`);
        drawn = 0;
        if (io.isTerminal && steps.size > 0) draw();
        return;
      }
      steps.set(event.step, { text: event.text, state: event.state, elapsedMs: event.elapsedMs });
      if (io.isTerminal) draw();
      else if (event.state !== 'started') io.err(`${lineOf({ ...event, elapsedMs: event.elapsedMs })}\n`);
    },
    end() {
      drawn = 0;
      steps.clear();
    },
  };
}

/** '0.8 s', '12 ms' */
export const formatMillis = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
