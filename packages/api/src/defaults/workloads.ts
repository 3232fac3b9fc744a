/** Defaults of apps/v1, batch/v1, autoscaling, policy and of ReplicationController. */
import type { DaemonSetSpec, DeploymentSpec, StatefulSetSpec } from '../generated/types/apps-v1.ts';
import type { HorizontalPodAutoscalerSpec } from '../generated/types/autoscaling-v2.ts';
import type { Job, JobSpec } from '../generated/types/batch-v1.ts';
import type { ReplicationController } from '../generated/types/core-v1.ts';
import type { Input } from '@mkube/apimachinery';
import { type Rules, rule, setMissing, withAbsent, withMissing } from './rule.ts';

const APPS = 'io.k8s.api.apps.v1.';
const BATCH = 'io.k8s.api.batch.v1.';

const deploymentSpec = rule<DeploymentSpec>((spec) => {
  const type = spec.strategy?.type ?? 'RollingUpdate';
  const strategy = { ...spec.strategy, type };
  if (type === 'RollingUpdate')
    strategy.rollingUpdate = withAbsent({ ...strategy.rollingUpdate }, { maxUnavailable: '25%', maxSurge: '25%' });
  return withMissing({ ...spec, strategy }, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
});

const daemonSetSpec = rule<DaemonSetSpec>((spec) => {
  const type = spec.updateStrategy?.type ?? 'RollingUpdate';
  const updateStrategy = { ...spec.updateStrategy, type };
  if (type === 'RollingUpdate')
    updateStrategy.rollingUpdate = withAbsent({ ...updateStrategy.rollingUpdate }, { maxUnavailable: 1, maxSurge: 0 });
  return withMissing({ ...spec, updateStrategy }, { revisionHistoryLimit: 10 });
});

const statefulSetSpec = rule<StatefulSetSpec>((spec) => {
  const updateStrategy = spec.updateStrategy?.type
    ? { ...spec.updateStrategy }
    : {
        ...spec.updateStrategy,
        type: 'RollingUpdate' as const,
        rollingUpdate: { ...spec.updateStrategy?.rollingUpdate },
      };
  if (updateStrategy.type === 'RollingUpdate' && updateStrategy.rollingUpdate)
    updateStrategy.rollingUpdate = withMissing({ ...updateStrategy.rollingUpdate }, { partition: 0 });
  const claims = spec.volumeClaimTemplates?.map((claim) => ({
    ...claim,
    apiVersion: 'v1' as const,
    kind: 'PersistentVolumeClaim' as const,
  }));
  return withMissing(
    {
      ...spec,
      ...(claims && { volumeClaimTemplates: claims }),
      updateStrategy,
      persistentVolumeClaimRetentionPolicy: withMissing(
        { ...spec.persistentVolumeClaimRetentionPolicy },
        { whenDeleted: 'Retain', whenScaled: 'Retain' },
      ),
    },
    { podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10 },
  );
});

/** Of Jobs alone: the template of a CronJob stays as it was written. */
const job = rule<Job>((object) => {
  const labels = object.spec?.template?.metadata?.labels;
  const own = object.metadata?.labels;
  const spec = object.spec && jobSpec(object.spec);
  const filled = spec ? { ...object, spec } : object;
  if (!labels || Object.keys(labels).length === 0 || (own && Object.keys(own).length > 0)) return filled;
  return { ...filled, metadata: { ...object.metadata, labels: { ...labels } } };
});

const jobSpec = (spec: Input<JobSpec>): Input<JobSpec> =>
  withAbsent(
    spec.completions === undefined && spec.parallelism === undefined
      ? { ...spec, completions: 1, parallelism: 1 }
      : spec,
    {
      parallelism: 1,
      backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2147483647,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
      manualSelector: false,
    },
  );

const replicationController = rule<ReplicationController>((object) => {
  const labels = object.spec?.template?.metadata?.labels;
  if (!labels || Object.keys(labels).length === 0) return object;
  const empty = (map: object | undefined) => !map || Object.keys(map).length === 0;
  return {
    ...object,
    metadata: empty(object.metadata?.labels) ? { ...object.metadata, labels: { ...labels } } : object.metadata,
    spec: empty(object.spec?.selector) ? { ...object.spec, selector: { ...labels } } : object.spec,
  };
});

const CPU_AT_80_PERCENT = {
  type: 'Resource' as const,
  resource: { name: 'cpu', target: { type: 'Utilization' as const, averageUtilization: 80 } },
};
const BY_PERCENT = { type: 'Percent' as const, value: 100, periodSeconds: 15 };
const BY_PODS = { type: 'Pods' as const, value: 4, periodSeconds: 15 };

const hpaSpec = rule<HorizontalPodAutoscalerSpec>((spec) => {
  const filled = withMissing(spec, { minReplicas: 1, ...(!spec.metrics?.length && { metrics: [CPU_AT_80_PERCENT] }) });
  if (!spec.behavior) return filled;
  const { scaleUp, scaleDown } = spec.behavior;
  return {
    ...filled,
    behavior: {
      ...spec.behavior,
      scaleUp: withAbsent(
        { ...scaleUp },
        { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [BY_PODS, BY_PERCENT] },
      ),
      scaleDown: withAbsent({ ...scaleDown }, { selectPolicy: 'Max', policies: [BY_PERCENT] }),
    },
  };
});

export const workloadDefaults: Rules = {
  [`${APPS}DeploymentSpec`]: deploymentSpec,
  [`${APPS}DaemonSetSpec`]: daemonSetSpec,
  [`${APPS}StatefulSetSpec`]: statefulSetSpec,
  [`${APPS}ReplicaSetSpec`]: setMissing({ replicas: 1 }),
  [`${BATCH}Job`]: job,
  [`${BATCH}CronJobSpec`]: setMissing({
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  }),
  [`${BATCH}PodFailurePolicyOnPodConditionsPattern`]: setMissing({ status: 'True' }),
  'io.k8s.api.core.v1.ReplicationController': replicationController,
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec': setMissing({ minReplicas: 1 }),
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec': hpaSpec,
};
