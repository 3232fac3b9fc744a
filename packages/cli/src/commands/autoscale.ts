/** kubectl autoscale: a HorizontalPodAutoscaler for whatever can be scaled. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { defineCommand, intOr, text } from '../command.ts';
import { fileFlags } from '../files.ts';
import { CommandError } from '../io.ts';
import { selectByCommandLine } from '../select.ts';
import { createObject, dryRunOf, submitFlags } from '../submit.ts';

export const command = defineCommand({
  name: 'autoscale',
  usage: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  summary: 'Auto-scale a deployment, replica set, stateful set, or replication controller.',
  examples: '  mkube autoscale deployment foo --min=2 --max=10 --cpu=70%',
  flags: {
    ...fileFlags,
    ...submitFlags,
    min: intOr(-1, 'The lower limit for the number of pods that can be set by the autoscaler.'),
    max: intOr(-1, 'The upper limit for the number of pods that can be set by the autoscaler. Required.'),
    cpu: text('Target CPU utilization over all the pods: "70%" of what is requested, or an average such as "500m".'),
    memory: text(
      'Target memory utilization over all the pods: "60%" of what is requested, or an average such as "200Mi".',
    ),
    'cpu-percent': intOr(-1, 'The target average CPU utilization in percent.'),
    name: text('The name for the newly created object.'),
  },
  async run({ args, flags, io, session }) {
    if (flags.max === -1) throw new CommandError('required flag(s) "max" not set');
    if (flags.max < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${flags.max}`);
    if (flags.max < flags.min)
      throw new CommandError(
        `--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${flags.max}, min: ${flags.min}`,
      );
    if (flags['cpu-percent'] > 0 && flags.cpu) throw new CommandError('--cpu-percent and --cpu are mutually exclusive');
    const cpu = flags['cpu-percent'] > 0 ? `${flags['cpu-percent']}%` : flags.cpu;
    const metrics = [
      ...(cpu ? [metricOf('cpu', cpu, 'm')] : []),
      ...(flags.memory ? [metricOf('memory', flags.memory, 'Mi')] : []),
    ];
    for (const { mapping, name } of await selectByCommandLine({ args, flags, io, session, verb: 'autoscale' })) {
      if (!mapping.subresources.includes('scale'))
        throw new CommandError(
          `cannot autoscale a ${mapping.kind}: could not find scale subresource for ${mapping.group}/${mapping.version}, Resource=${mapping.resource} in discovery information`,
        );
      const apiVersion = mapping.group ? `${mapping.group}/${mapping.version}` : mapping.version;
      const object = {
        kind: 'HorizontalPodAutoscaler',
        apiVersion: 'autoscaling/v2',
        metadata: { name: flags.name ?? name },
        spec: {
          scaleTargetRef: { kind: mapping.kind, name, apiVersion },
          ...(flags.min > 0 && { minReplicas: flags.min }),
          maxReplicas: flags.max,
          ...(metrics.length > 0 && { metrics }),
        },
        status: { desiredReplicas: 0, currentMetrics: null },
      };
      await createObject({
        object: object as unknown as KubernetesObject,
        flags: { ...flags, 'field-manager': flags['field-manager'] ?? 'kubectl-autoscale' },
        io,
        session,
        past: dryRunOf(flags['dry-run']) === 'client' ? 'created' : 'autoscaled',
        generated: {},
      });
    }
  },
});

function metricOf(name: string, words: string, unit: string): object {
  const target = targetOf(name, words.trim(), unit);
  return { type: 'Resource', resource: { name, target } };
}

function targetOf(name: string, words: string, unit: string): object {
  if (words.endsWith('%')) {
    if (!/^\d+%$/.test(words)) throw new CommandError(`invalid percentage value: ${words.slice(0, -1)}`);
    return { type: 'Utilization', averageUtilization: Number(words.slice(0, -1)) };
  }
  if (!/^\d+(\.\d+)?[a-zA-Z]*$/.test(words)) throw new CommandError(`invalid resource ${name} value: ${words}`);
  return { type: 'AverageValue', averageValue: /^[\d.]+$/.test(words) ? words + unit : words };
}
