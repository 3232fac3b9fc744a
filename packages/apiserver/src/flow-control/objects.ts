/** The priority levels and FlowSchemas that every cluster has: two of each are mandatory, the others Kubernetes' suggestions. */
import type { FlowSchema, PriorityLevelConfiguration, PriorityLevelConfigurationSpec } from '@mkube/api';
import type { ObjectMeta } from '@mkube/apimachinery';
import { danglingOf, withCondition } from './dangling.ts';

type Rules = NonNullable<FlowSchema['spec']['rules']>[number];
type Subject = Rules['subjects'][number];
type ResourceRule = NonNullable<Rules['resourceRules']>[number];

/** While 'true', the server keeps the object's spec as it is here. */
export const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
const CONTROLLER_MANAGER = 'system:kube-controller-manager';
const SCHEDULER = 'system:kube-scheduler';

/** What the server fills in at creation is not there yet. */
const metadataOf = (name: string): ObjectMeta =>
  ({ name, annotations: { [AUTO_UPDATE]: 'true' } }) as unknown as ObjectMeta;

const level = (name: string, spec: PriorityLevelConfigurationSpec): PriorityLevelConfiguration =>
  ({
    kind: 'PriorityLevelConfiguration',
    apiVersion: API_VERSION,
    metadata: metadataOf(name),
    spec,
    status: {},
  }) satisfies PriorityLevelConfiguration;

interface Shares {
  shares: number;
  lendable: number;
  queues: number;
  handSize: number;
}

const queued = (name: string, { shares, lendable, queues, handSize }: Shares): PriorityLevelConfiguration =>
  level(name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent: lendable,
      limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  });

interface Schema {
  level: string;
  precedence: number;
  by?: 'ByUser' | 'ByNamespace';
  rules: Rules;
}

const schema = (name: string, { level: of, precedence, by, rules }: Schema): FlowSchema =>
  ({
    kind: 'FlowSchema',
    apiVersion: API_VERSION,
    metadata: metadataOf(name),
    spec: {
      priorityLevelConfiguration: { name: of },
      matchingPrecedence: precedence,
      ...(by && { distinguisherMethod: { type: by } }),
      rules: [rules],
    },
    status: {},
  }) satisfies FlowSchema;

const groups = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'User', user: { name } }));
const systemAccounts = (...names: string[]): Subject[] =>
  names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } }));

const everything = (subjects: Subject[]): Rules => ({
  subjects,
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

const EVERYBODY = groups('system:unauthenticated', 'system:authenticated');
const NODES = groups('system:nodes');
const LEADING = ['get', 'create', 'update'];

const leases = (verbs: string[]): ResourceRule => ({
  verbs,
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: ['*'],
});

/** They work even where somebody has deleted them, and always as they are here. */
export const MANDATORY = {
  levels: [
    level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
    level('catch-all', {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    }),
  ],
  schemas: [
    schema('exempt', { level: 'exempt', precedence: 1, rules: everything(groups('system:masters')) }),
    schema('catch-all', { level: 'catch-all', precedence: 10_000, by: 'ByUser', rules: everything(EVERYBODY) }),
  ],
} as const;

const SUGGESTED_LEVELS = [
  queued('system', { shares: 30, lendable: 33, queues: 64, handSize: 6 }),
  queued('node-high', { shares: 40, lendable: 25, queues: 64, handSize: 6 }),
  queued('leader-election', { shares: 10, lendable: 0, queues: 16, handSize: 4 }),
  queued('workload-high', { shares: 40, lendable: 50, queues: 128, handSize: 6 }),
  queued('workload-low', { shares: 100, lendable: 90, queues: 128, handSize: 6 }),
  queued('global-default', { shares: 20, lendable: 50, queues: 128, handSize: 6 }),
];

const SUGGESTED_SCHEMAS = [
  schema('probes', {
    level: 'exempt',
    precedence: 2,
    rules: {
      subjects: EVERYBODY,
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    },
  }),
  schema('system-leader-election', {
    level: 'leader-election',
    precedence: 100,
    by: 'ByUser',
    rules: {
      subjects: [...users(CONTROLLER_MANAGER, SCHEDULER), ...systemAccounts('*')],
      resourceRules: [leases(LEADING)],
    },
  }),
  schema('endpoint-controller', {
    level: 'workload-high',
    precedence: 150,
    by: 'ByUser',
    rules: {
      subjects: [
        ...users(CONTROLLER_MANAGER),
        ...systemAccounts('endpoint-controller', 'endpointslicemirroring-controller'),
      ],
      resourceRules: [{ verbs: LEADING, apiGroups: [''], resources: ['endpoints'], namespaces: ['*'] }],
    },
  }),
  schema('workload-leader-election', {
    level: 'leader-election',
    precedence: 200,
    by: 'ByUser',
    rules: { subjects: systemAccounts('*'), resourceRules: [leases(LEADING)] },
  }),
  schema('system-node-high', {
    level: 'node-high',
    precedence: 400,
    by: 'ByUser',
    rules: {
      subjects: NODES,
      resourceRules: [
        { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: ['*'] },
        leases(['*']),
      ],
    },
  }),
  schema('system-nodes', { level: 'system', precedence: 500, by: 'ByUser', rules: everything(NODES) }),
  schema('kube-controller-manager', {
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: everything(users(CONTROLLER_MANAGER)),
  }),
  schema('kube-scheduler', {
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    rules: everything(users(SCHEDULER)),
  }),
  schema('kube-system-service-accounts', {
    level: 'workload-high',
    precedence: 900,
    by: 'ByNamespace',
    rules: everything(systemAccounts('*')),
  }),
  schema('service-accounts', {
    level: 'workload-low',
    precedence: 9000,
    by: 'ByUser',
    rules: everything(groups('system:serviceaccounts')),
  }),
  schema('global-default', { level: 'global-default', precedence: 9900, by: 'ByUser', rules: everything(EVERYBODY) }),
];

/** As they are created: schemas know already that their levels exist. */
export const flowControlObjects = (now: Date): (FlowSchema | PriorityLevelConfiguration)[] => [
  ...MANDATORY.levels,
  ...SUGGESTED_LEVELS,
  ...[...MANDATORY.schemas, ...SUGGESTED_SCHEMAS].map((of) => withCondition(of, danglingOf(of, { exists: true, now }))),
];

export const isMandatory = ({ metadata }: { metadata: { name: string } }): boolean =>
  metadata.name === 'exempt' || metadata.name === 'catch-all';
