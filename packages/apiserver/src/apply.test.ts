/**
 * Server-side apply at the server, at random: three managers apply, patch and let go of fields of one Deployment, with and without
 * force. Values, owners and conflicts are those of a model that knows nothing but leaves and who holds them; and whatever
 * was applied, applying it again stores nothing.
 */
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type TestServer, startTestServer } from './testing/test-server.ts';

type Json = Record<string, unknown>;
type Leaves = Record<string, unknown>;

interface Step {
  manager: string;
  /** An update is a merge patch of the manager; null takes a leaf away. */
  verb: 'apply' | 'update';
  force: boolean;
  leaves: Leaves;
}

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const CONTAINERS = 'f:spec/f:template/f:spec/f:containers';
const REPLICAS = 'f:spec/f:replicas';
const labelPath = (name: string): string => `f:metadata/f:labels/f:${name}`;
const containerPath = (name: string): string => `${CONTAINERS}/k:{"name":"${name}"}`;
const imagePath = (name: string): string => `${containerPath(name)}/f:image`;
const envPath = (name: string, variable: string): string => `${containerPath(name)}/f:env/k:{"name":"${variable}"}`;
const envValuePath = (name: string, variable: string): string => `${envPath(name, variable)}/f:value`;

const value = fc.constantFrom('x', 'y');
const number = fc.integer({ min: 1, max: 3 });
const env = fc.dictionary(fc.constantFrom('A', 'B'), value, { noNullPrototype: true });
const container = fc.record({ image: value, env }, { noNullPrototype: true });
const applied = fc
  .record(
    {
      replicas: number,
      labels: fc.dictionary(fc.constantFrom('l', 'm'), value, { noNullPrototype: true }),
      containers: fc.dictionary(fc.constantFrom('one', 'two'), container, { noNullPrototype: true }),
    },
    { noNullPrototype: true },
  )
  .map(({ replicas, labels, containers }): Leaves => {
    const leaves: Leaves = replicas === 3 ? {} : { [REPLICAS]: replicas };
    for (const [name, text] of Object.entries(labels)) leaves[labelPath(name)] = text;
    for (const [name, { image, env: variables }] of Object.entries(containers)) {
      leaves[containerPath(name)] = true;
      leaves[imagePath(name)] = image;
      for (const [variable, text] of Object.entries(variables)) {
        leaves[envPath(name, variable)] = true;
        leaves[envValuePath(name, variable)] = text;
      }
    }
    return leaves;
  });
const patched = fc
  .record(
    { [REPLICAS]: number, [labelPath('l')]: fc.option(value), [labelPath('m')]: fc.option(value) },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((leaves): Leaves => leaves);
const manager = fc.constantFrom('anna', 'bert', 'carl');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ manager, verb: fc.constant('apply' as const), force: fc.boolean(), leaves: applied }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ manager, verb: fc.constant('update' as const), force: fc.constant(false), leaves: patched }),
  },
);

let server: TestServer;
before(async () => void (server = await startTestServer()));
after(() => server.close());

test('managers that apply, patch and let go leave what a model of leaves and owners says', async () => {
  let runs = 0;
  const steps = fc.array(step, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const name = `d${(runs += 1)}`;
      await server.ask('PATCH', `${DEPLOYMENTS}/${name}?fieldManager=base`, baseOf(name), APPLY);
      const model = new Model();
      for (const one of list) {
        const expected = model.take(one);
        const { status, body } = await write(name, one);
        assert.equal(status, expected.status, JSON.stringify(body));
        if (status === 409) assert.deepEqual(conflictsOf(body), expected.conflicts);
        const { body: live } = await server.ask('GET', `${DEPLOYMENTS}/${name}`);
        assert.deepEqual(leavesOf(live as Live), model.values());
        assert.deepEqual(ownersOf(live as Live), model.owners());
      }
    }),
    { numRuns: 60 },
  );
});

test('applying again answers with the same bytes and moves no revision', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 3 }), manager, applied, async (list, by, leaves) => {
      const name = `again${(runs += 1)}`;
      await server.ask('PATCH', `${DEPLOYMENTS}/${name}?fieldManager=base`, baseOf(name), APPLY);
      for (const one of list) await write(name, one);
      const last: Step = { manager: by, verb: 'apply', force: true, leaves };
      const first = await write(name, last);
      // an item that another holds may be left without what it needs: that is refused, and nothing has been applied
      fc.pre(first.status === 200);
      const revision = await server.store.revision();
      const second = await write(name, last);
      assert.equal(second.text, first.text);
      assert.equal((await write(name, { ...last, force: false })).text, first.text);
      assert.equal(await server.store.revision(), revision);
    }),
    { numRuns: 40 },
  );
});

const APPLY = { headers: { 'content-type': 'application/apply-patch+yaml' } };
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };

function write(name: string, { manager: by, verb, force, leaves }: Step) {
  const path = `${DEPLOYMENTS}/${name}?fieldManager=${by}`;
  return verb === 'apply'
    ? server.ask('PATCH', `${path}&force=${force}`, intentOf(leaves, by), APPLY)
    : server.ask('PATCH', path, changeOf(leaves), MERGE);
}

/** Leaves and who holds them. The item of a list is a leaf of its own, and takes all below it along. */
class Model {
  #leaves = new Map<string, { value: unknown; owners: Set<string> }>();

  take({ manager: by, verb, force, leaves }: Step): { status: number; conflicts?: string[] } {
    const before = structuredClone(this.#leaves);
    if (verb === 'update') return this.#update(`${by} Update`, leaves);
    const owner = `${by} Apply`;
    const conflicts = this.#conflicts(owner, leaves);
    if (conflicts.length > 0 && !force) return { status: 409, conflicts };
    for (const [path, wanted] of Object.entries(leaves)) this.#hold(path, wanted, owner);
    for (const path of this.#leaves.keys()) if (!(path in leaves)) this.#letGo(path, owner);
    if (this.#isValid()) return { status: 200 };
    this.#leaves = before;
    return { status: 422 };
  }

  values(): Leaves {
    const values = [...this.#leaves].map(([path, leaf]) => [path, leaf.value] as const);
    return Object.fromEntries([[REPLICAS, 1] as const, ...values]);
  }

  owners(): Record<string, string[]> {
    const held = [...this.#leaves].filter(([, { owners }]) => owners.size > 0);
    return Object.fromEntries(held.map(([path, { owners }]) => [path, [...owners].toSorted()]));
  }

  #update(owner: string, leaves: Leaves): { status: number } {
    const now = this.values();
    for (const [path, wanted] of Object.entries(leaves))
      if (wanted === null) this.#leaves.delete(path);
      else if (now[path] !== wanted) this.#leaves.set(path, { value: wanted, owners: new Set([owner]) });
    return { status: 200 };
  }

  #conflicts(owner: string, leaves: Leaves): string[] {
    const others = Object.entries(leaves).filter(([path, wanted]) => {
      const leaf = this.#leaves.get(path);
      return leaf && leaf.value !== wanted && [...leaf.owners].some((one) => one !== owner);
    });
    return others.map(([path]) => path).toSorted();
  }

  #hold(path: string, wanted: unknown, owner: string): void {
    const leaf = this.#leaves.get(path);
    if (leaf && leaf.value === wanted) leaf.owners.add(owner);
    else this.#leaves.set(path, { value: wanted, owners: new Set([owner]) });
  }

  #letGo(path: string, owner: string): void {
    const leaf = this.#leaves.get(path);
    if (!leaf?.owners.delete(owner) || leaf.owners.size > 0) return;
    for (const below of this.#leaves.keys())
      if (below === path || below.startsWith(`${path}/`)) this.#leaves.delete(below);
  }

  /** A container needs its image. */
  #isValid(): boolean {
    return ['one', 'two'].every((name) => !this.#leaves.has(containerPath(name)) || this.#leaves.has(imagePath(name)));
  }
}

/** What a manager sends: the frame that all managers say, and its leaves. */
/** What makes the object has to say its name. */
function baseOf(name: string): Json {
  const intent = intentOf({}, 'base');
  return { ...intent, metadata: { ...(intent['metadata'] as Json), name } };
}

function intentOf(leaves: Leaves, by: string): Json {
  const names = ['one', 'two'].filter((name) => containerPath(name) in leaves);
  const containers = names.map((name) => {
    const variables = ['A', 'B'].filter((variable) => envPath(name, variable) in leaves);
    return {
      name,
      image: leaves[imagePath(name)],
      ...(variables.length > 0 && {
        env: variables.map((variable) => ({ name: variable, value: leaves[envValuePath(name, variable)] })),
      }),
    };
  });
  if (by === 'base') containers.push({ name: 'base', image: 'base' });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    // an empty map would be a field of its own, and so would a map be that was gone for a while: the base keeps a label
    metadata: by === 'base' || Object.keys(labelsIn(leaves)).length > 0 ? { labels: labelsOf(leaves, by) } : {},
    spec: {
      ...(REPLICAS in leaves && { replicas: leaves[REPLICAS] }),
      selector: { matchLabels: { app: 'a' } },
      template: { metadata: { labels: { app: 'a' } }, spec: { containers } },
    },
  };
}

const changeOf = (leaves: Leaves): Json => ({
  metadata: { labels: labelsIn(leaves) },
  ...(REPLICAS in leaves && { spec: { replicas: leaves[REPLICAS] } }),
});

const labelsIn = (leaves: Leaves): Json =>
  Object.fromEntries(['l', 'm'].filter((l) => labelPath(l) in leaves).map((l) => [l, leaves[labelPath(l)]]));

const labelsOf = (leaves: Leaves, by: string): Json => ({ ...(by === 'base' && { base: by }), ...labelsIn(leaves) });

interface Live {
  metadata: {
    labels?: Json;
    managedFields?: { manager: string; operation: string; fieldsV1: Json }[];
  };
  spec: {
    replicas: number;
    template: { spec: { containers: { name: string; image: string; env?: { name: string; value?: string }[] }[] } };
  };
}

function leavesOf({ metadata, spec }: Live): Leaves {
  const leaves: Leaves = { [REPLICAS]: spec.replicas };
  for (const [name, text] of Object.entries(metadata.labels ?? {})) if (name !== 'base') leaves[labelPath(name)] = text;
  for (const { name, image, env: variables = [] } of spec.template.spec.containers) {
    if (name === 'base') continue;
    leaves[containerPath(name)] = true;
    leaves[imagePath(name)] = image;
    for (const variable of variables) {
      leaves[envPath(name, variable.name)] = true;
      if (variable.value !== undefined) leaves[envValuePath(name, variable.name)] = variable.value;
    }
  }
  return leaves;
}

function ownersOf({ metadata }: Live): Record<string, string[]> {
  const owners: Record<string, string[]> = {};
  for (const { manager: by, operation, fieldsV1 } of metadata.managedFields ?? [])
    if (by !== 'base')
      for (const path of pathsIn(fieldsV1)) if (isLeaf(path)) (owners[path] ??= []).push(`${by} ${operation}`);
  return Object.fromEntries(Object.entries(owners).map(([path, list]) => [path, list.toSorted()]));
}

const LEAF = new RegExp(
  [REPLICAS, 'f:metadata/f:labels/f:.', `${CONTAINERS}/k:[^/]*(/f:image|/f:env/k:[^/]*(/f:value)?)?`]
    .map((path) => `^${path}$`)
    .join('|'),
);
const isLeaf = (path: string): boolean => LEAF.test(path);

function* pathsIn(fields: Json, at: string[] = []): Generator<string> {
  for (const [key, below] of Object.entries(fields)) {
    if (key === '.') yield at.join('/');
    else if (Object.keys(below as Json).length === 0) yield [...at, key].join('/');
    else yield* pathsIn(below as Json, [...at, key]);
  }
}

/** '.spec.template.spec.containers[name="one"].image' as a path of owners. */
function conflictsOf(body: { details: { causes: { field: string }[] } }): string[] {
  const paths = body.details.causes.map(({ field }) =>
    field
      .slice(1)
      .split('.')
      .map((part) => `f:${part.replace(/\[name="(.*)"\]/, '/k:{"name":"$1"}')}`)
      .join('/'),
  );
  return [...new Set(paths)].toSorted();
}
