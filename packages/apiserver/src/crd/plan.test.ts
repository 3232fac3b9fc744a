import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { CustomResourceDefinition } from '@mkube/api';
import { planStatus } from './plan.ts';

type Names = CustomResourceDefinition['spec']['names'];

const now = new Date('2026-01-02T03:04:05Z');
const crd = (names: Names, accepted?: Partial<Names>, rest: { group?: string; annotation?: string } = {}) =>
  ({
    metadata: {
      name: `${names.plural}.x.io`,
      ...(rest.annotation !== undefined && { annotations: { 'api-approved.kubernetes.io': rest.annotation } }),
    },
    spec: { group: rest.group ?? 'x.io', names },
    status: { acceptedNames: accepted ?? { plural: '', kind: '' } },
  }) as unknown as CustomResourceDefinition;
const said = ({ conditions = [] }: NonNullable<CustomResourceDefinition['status']>) =>
  conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);

const taken = crd(
  { plural: 'ws', kind: 'Wa' },
  { plural: 'ws', singular: 'wa', kind: 'Wa', listKind: 'WaList', shortNames: ['w'] },
);
const ESTABLISHED = 'Established True InitialNamesAccepted: the initial names have been accepted';
const names: [what: string, of: CustomResourceDefinition, accepted: Partial<Names>, conditions: string[]][] = [
  [
    'free names',
    crd({ plural: 'vs', kind: 'Va', categories: ['all'], shortNames: ['v'] }),
    { plural: 'vs', kind: 'Va', singular: 'va', shortNames: ['v'], listKind: 'VaList', categories: ['all'] },
    ['NamesAccepted True NoConflicts: no conflicts found', ESTABLISHED],
  ],
  [
    'a kind that is taken, and what is made of it',
    crd({ plural: 'wt', kind: 'Wa', shortNames: ['ws', 'x'] }),
    { plural: 'wt', kind: '' },
    [
      'NamesAccepted False ListKindConflict: "WaList" is already in use',
      'Established False NotAccepted: not all names are accepted',
    ],
  ],
  [
    'short names that are taken',
    crd({ plural: 'wu', kind: 'Wu', shortNames: ['wa', 'w', 'free'], categories: ['all'] }),
    { plural: 'wu', kind: 'Wu', singular: 'wu', listKind: 'WuList', categories: ['all'] },
    [
      'NamesAccepted False ShortNamesConflict: ["wa" is already in use, "w" is already in use]',
      'Established False NotAccepted: not all names are accepted',
    ],
  ],
  [
    'a singular that is its own plural, later on',
    crd({ plural: 'wt', kind: 'Wt', singular: 'wt' }, { plural: 'wt', kind: '' }),
    { plural: 'wt', kind: 'Wt', listKind: 'WtList' },
    [
      'NamesAccepted False SingularConflict: "wt" is already in use',
      'Established False NotAccepted: not all names are accepted',
    ],
  ],
];
for (const [what, of, accepted, conditions] of names)
  test(`names of a definition: ${what}`, () => {
    const status = planStatus(of, [taken, of], now);
    assert.deepEqual(status.acceptedNames, accepted);
    assert.deepEqual(said(status), conditions);
    assert.deepEqual(planStatus({ ...of, status }, [taken, { ...of, status }], now), status, 'planned again');
  });

const PROTECTED = 'protected groups must have approval annotation "api-approved.kubernetes.io"';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';
const approvals: [group: string, annotation: string | undefined, condition: string | undefined][] = [
  ['x.io', undefined, undefined],
  ['x.k8s.io', undefined, `False MissingAnnotation: ${PROTECTED}, ${SEE}`],
  ['x.k8s.io', 'https://github.com/x/y', 'True ApprovedAnnotation: approved in https://github.com/x/y'],
  ['kubernetes.io', 'unapproved, testing', 'False UnapprovedAnnotation: not approved: "unapproved, testing"'],
  [
    'x.kubernetes.io',
    'yes',
    `False InvalidAnnotation: ${PROTECTED} with either a URL or a reason starting with "unapproved", ${SEE}`,
  ],
];
for (const [group, annotation, condition] of approvals)
  test(`approval of ${group}: ${annotation}`, () => {
    const of = crd({ plural: 'vs', kind: 'Va' }, undefined, { group, ...(annotation !== undefined && { annotation }) });
    const [first] = said(planStatus(of, [of], now));
    if (condition) assert.equal(first, `KubernetesAPIApprovalPolicyConformant ${condition}`);
    else assert.match(first ?? '', /^NamesAccepted True/);
  });
