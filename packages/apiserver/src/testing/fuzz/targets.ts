/** What random requests are about: every built-in resource, and a custom one with a schema of many kinds of fields. Not part of the product. */
import { registry } from '@mkube/api';
import { SAMPLES } from '../samples.ts';

export interface FuzzTarget {
  group: string;
  version: string;
  resource: string;
  kind: string;
  namespaced: boolean;
  subresources: Readonly<Record<string, unknown>>;
}

const WIDGETS: FuzzTarget = {
  group: 'fuzz.example.com',
  version: 'v1',
  resource: 'widgets',
  kind: 'Widget',
  namespaced: true,
  subresources: { status: {}, scale: {} },
};
/** Custom resources are one among many; they are worth more of the requests. */
export const TARGETS: readonly FuzzTarget[] = [...registry, WIDGETS, WIDGETS, WIDGETS, WIDGETS];

const WIDGET = {
  spec: {
    replicas: 2,
    port: '80%',
    mode: 'fast',
    when: '2024-01-02T03:04:05Z',
    tags: ['a', 'b'],
    parts: [{ name: 'x', size: 1 }],
    labels: { a: 'b' },
    free: { any: [1, { thing: null }] },
  },
};

/** The valid object of a resource, without apiVersion and kind. */
export const sampleOf = ({ resource, group }: Pick<FuzzTarget, 'resource' | 'group'>): Record<string, unknown> => ({
  metadata: { name: 'sample' },
  ...(group === WIDGETS.group ? WIDGET : SAMPLES[`${resource}.${group}`]),
});

const string = { type: 'string' };
const integer = { type: 'integer' };
const spec = {
  type: 'object',
  required: ['replicas'],
  properties: {
    replicas: { ...integer, minimum: 0, maximum: 100, default: 1 },
    port: { 'x-kubernetes-int-or-string': true, anyOf: [integer, string] },
    mode: { ...string, enum: ['fast', 'slow'], default: 'slow' },
    when: { ...string, format: 'date-time', nullable: true },
    code: { ...string, pattern: '^[a-z]{1,5}$', maxLength: 5 },
    tags: { type: 'array', items: string, 'x-kubernetes-list-type': 'set', maxItems: 10 },
    parts: {
      type: 'array',
      items: { type: 'object', required: ['name'], properties: { name: string, size: { ...integer, default: 3 } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    labels: { type: 'object', additionalProperties: { ...string, minLength: 1 } },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    ratio: { type: 'number', multipleOf: 0.5 },
    template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  },
};

export const DEFINITION = {
  metadata: { name: `${WIDGETS.resource}.${WIDGETS.group}` },
  spec: {
    group: WIDGETS.group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [{ name: 'Mode', type: 'string', jsonPath: '.spec.mode' }],
        selectableFields: [{ jsonPath: '.spec.mode' }],
      },
    ],
  },
};

export const isCustomTarget = ({ group }: Pick<FuzzTarget, 'group'>): boolean => group === WIDGETS.group;

/** Targets whose objects are kept, each once. */
export const STORED: readonly FuzzTarget[] = [...new Set(TARGETS)].filter(
  (target) => isCustomTarget(target) || SAMPLES[`${target.resource}.${target.group}`] !== undefined,
);

export const rootOfTarget = ({ group, version }: FuzzTarget): string =>
  `${group ? `/apis/${group}` : '/api'}/${version}`;

export const pathOfTarget = (target: FuzzTarget): string =>
  `${rootOfTarget(target)}${target.namespaced ? '/namespaces/samples' : ''}/${target.resource}`;
