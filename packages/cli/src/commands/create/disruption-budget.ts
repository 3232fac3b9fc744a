/** kubectl create poddisruptionbudget. */
import { text } from '../../command.ts';
import { createCommand } from '../../create-command.ts';
import { CommandError } from '../../io.ts';
import { labelSelectorOf } from '../../label-selector.ts';

export const command = createCommand({
  name: 'poddisruptionbudget',
  usage: '--selector=SELECTOR --min-available=N',
  summary: 'Create a pod disruption budget with the specified name.',
  examples: '  mkube create pdb my-pdb --selector=app=rails --min-available=1',
  flags: {
    'min-available': text('The minimum number or percentage of available pods this budget requires.'),
    'max-unavailable': text('The maximum number or percentage of unavailable pods this budget requires.'),
    selector: text('A label selector to use for this budget. Only equality-based selector requirements are supported.'),
  },
  failure: 'failed to create poddisruptionbudgets:',
  make(name, { flags }) {
    const { 'min-available': min, 'max-unavailable': max, selector } = flags;
    if (!selector) throw new CommandError('a selector must be specified');
    if (!min && !max) throw new CommandError('one of min-available or max-unavailable must be specified');
    if (min && max) throw new CommandError('min-available and max-unavailable cannot be both specified');
    return {
      kind: 'PodDisruptionBudget',
      apiVersion: 'policy/v1',
      metadata: { name },
      spec: {
        ...(min && { minAvailable: amountOf(min, 'min-available') }),
        selector: labelSelectorOf(selector),
        ...(max && { maxUnavailable: amountOf(max, 'max-unavailable') }),
      },
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    };
  },
});

function amountOf(text: string, flag: string): number | string {
  if (!/^\d+%?$/.test(text)) throw new CommandError(`invalid format specified for ${flag}`);
  return text.endsWith('%') ? text : Number(text);
}
